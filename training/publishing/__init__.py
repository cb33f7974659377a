"""From a finished training run to the files that ship: models, cards, golden results, sample photos."""
