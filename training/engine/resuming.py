"""Whether a run may go on with a configuration: all that its past steps depended on must be as it was."""

import json
from dataclasses import replace

from training.engine.config import RunSettings, Stage
from training.engine.optimiser import Rates


def same_until(settings: RunSettings, told: str, step: int) -> bool:
    """Whether ``settings`` would have made the same first ``step`` steps.

    Stages may differ from then on: a run at a constant rate can be made longer, or get another last stage. A cosine
    depends on its own length, so its stages cannot change while it runs.

    Args:
        settings: the configuration that is to go on.
        told: :meth:`RunSettings.fingerprint` of the one that made the steps.
        step: how many were made.
    """
    if told == settings.fingerprint():
        return True
    before, now = json.loads(told), json.loads(settings.fingerprint())
    stages = tuple(Stage(**{"steps": 0, **stage}) for stage in before.pop("stages"))
    now.pop("stages")
    return before == now and _plan(replace(settings, stages=stages), step) == _plan(settings, step)


def _plan(settings: RunSettings, steps: int) -> list[tuple[int, int, float]]:
    rates = Rates(settings)
    stages = [settings.stage_at(step) for step in range(min(steps, settings.steps))]
    return [(stage.patch, stage.batch, rates.share(step)) for step, stage in enumerate(stages)]
