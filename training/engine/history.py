"""The training history on a model card: every run, and totals."""

from collections.abc import Mapping, Sequence
from typing import Any

from training.engine.config import RunSettings

Part = dict[str, Any]
"""One run: ``config``, ``steps`` and, where known, ``samples``, ``batches``, ``loss``, ``device``, ``precision``, and
``init``, the checkpoint it began with."""


def earlier_parts(card: Mapping[str, Any]) -> list[Part]:
    """The parts listed on a checkpoint's card, oldest first; a card with only a step count gives one part."""
    match card:
        case {"history": [*parts]} if all(isinstance(part, dict) and "steps" in part for part in parts):
            return [dict(part) for part in parts]
        case {"steps": int(steps)}:
            return [{"config": str(card.get("name", "unnamed")), "steps": steps}]
        case _:
            return []


def this_part(settings: RunSettings, steps: int, device: str, init: str | None) -> Part:
    """The record of a run after ``steps`` of its steps."""
    batches, samples, remaining = [], 0, steps
    for stage in settings.stages:
        done = min(stage.steps, remaining)
        remaining -= done
        if done:
            batches.append(f"{_counted(done)} of {stage.batch} crops of {stage.patch}x{stage.patch}")
            samples += done * stage.batch
    part: Part = {
        "config": settings.source or settings.name,
        "steps": steps,
        "samples": samples,
        "batches": batches,
        "device": device,
        "precision": "float32" if settings.autocast == "float32" else f"{settings.autocast} autocast",
    }
    if settings.loss_text:
        part["loss"] = settings.loss_text
    if init is not None:
        part["init"] = init
    return part


def run_card(settings: RunSettings, parts: Sequence[Part]) -> dict[str, Any]:
    """The card of a checkpoint: the entries of the configuration, and the parts with totals.

    Args:
        settings: of the last part.
        parts: all, oldest first.
    """
    return {
        "device": parts[-1]["device"],
        "precision": parts[-1]["precision"],
        **settings.card,
        "name": settings.name,
        "steps": sum(part["steps"] for part in parts),
        "samples": sum(part.get("samples", 0) for part in parts),
        "history": list(parts),
    }


def sentence(part: Mapping[str, Any]) -> str:
    """A part as one line of text."""
    batches = part.get("batches") or [_counted(part["steps"])]
    pieces = [f"{part.get('config', 'unnamed')}: {', then '.join(batches)}"]
    if "loss" in part:
        pieces.append(f"loss {part['loss']}")
    pieces += [str(part[name]) for name in ("device", "precision") if name in part]
    if "init" in part:
        pieces.append(f"begun with {part['init']}")
    return "; ".join(pieces)


def _counted(steps: int) -> str:
    return f"{steps} step{'s' if steps != 1 else ''}"
