"""What a model card says of the training: every part of it, and the sum."""

from collections.abc import Mapping, Sequence
from typing import Any

from training.engine.config import RunSettings

Part = dict[str, Any]
"""One run: ``config``, ``steps`` and, where known, ``samples``, ``batches``, ``loss``, ``device``, ``precision``, and
``init``, the checkpoint it began with."""


def earlier_parts(card: Mapping[str, Any]) -> list[Part]:
    """The parts that a checkpoint's card tells of, oldest first; a card that only counts steps gives one part."""
    match card:
        case {"history": [*parts]} if all(isinstance(part, dict) and "steps" in part for part in parts):
            return [dict(part) for part in parts]
        case {"steps": int(steps)}:
            return [{"config": str(card.get("name", "unnamed")), "steps": steps}]
        case _:
            return []


def this_part(settings: RunSettings, steps: int, device: str, init: str | None) -> Part:
    """The record of a run after ``steps`` of its steps."""
    batches, samples, left = [], 0, steps
    for stage in settings.stages:
        done = min(stage.steps, left)
        left -= done
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
    """The card of a checkpoint: what the configuration says of itself, and the parts with their sum.

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
    """A part in one line."""
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
