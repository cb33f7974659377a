"""From a finished training run to published files: models, cards, golden results, sample photos."""
