"""``--mask``: grey pictures that limit steps to a part of a photo."""

import argparse
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.degradations import FREE_TEXT, KEYS, degradation
from core.steps import Step

if TYPE_CHECKING:
    from core.photo import Photo
    from core.photo.mask_files import MaskFile


@dataclass(frozen=True)
class StepMask:
    """A mask of the command line.

    Attributes:
        target: key or family of the degradation whose steps it limits; empty for all steps.
        file: the picture.
    """

    target: str
    file: "MaskFile"

    def limits(self, step: Step) -> bool:
        """Whether it is meant for ``step``."""
        return self.target in ("", step.degradation, degradation(step.degradation).family)


def add_mask(group: argparse.ArgumentParser) -> None:
    """Add ``--mask``."""
    group.add_argument(
        "--mask",
        action="append",
        default=[],
        metavar="[KIND=]FILE",
        help="grey picture with the shape of the photo after --rotate and --crop, any size: steps apply where it is "
        "white, not where black; with KIND= only steps of this kind, such as haze=sky.png; may be given several times, "
        "and the mask of a step's own kind has precedence",
    )


def masks_from(options: argparse.Namespace) -> list[StepMask]:
    """The masks of ``--mask``, read from their files.

    Raises:
        MaskError: a file cannot be used as a mask.
    """
    from core.photo.mask_files import read_mask

    kinds = {*KEYS, *(degradation(key).family for key in KEYS), FREE_TEXT}
    masks = []
    for text in options.mask:
        kind, equals, file = text.partition("=")
        target, path = (kind, file) if equals and kind in kinds else ("", text)
        masks.append(StepMask(target, read_mask(Path(path))))
    return masks


def with_masks(steps: Iterable[Step], masks: Sequence[StepMask], photo: "Photo") -> tuple[Step, ...]:
    """The steps with their masks; steps for which there is none keep their own.

    Raises:
        MaskError: a mask does not have the shape of the photo.
    """
    fitted = [(entry, entry.file.mask_for(photo)) for entry in masks]
    masked = []
    for step in steps:
        suiting = [(entry, mask) for entry, mask in fitted if entry.limits(step)]
        own = [mask for entry, mask in suiting if entry.target]
        chosen = own or [mask for _, mask in suiting]
        masked.append(replace(step, mask=chosen[-1]) if chosen else step)
    return tuple(masked)


def unused_masks(steps: Iterable[Step], masks: Iterable[StepMask]) -> list[str]:
    """A note for each mask that limits none of the steps."""
    steps = list(steps)
    return [
        f"The mask {entry.file.path} is not used: there is no step {entry.target}".rstrip() + "."
        for entry in masks
        if not any(map(entry.limits, steps))
    ]


def steps_record(steps: Iterable[Step]) -> list[dict[str, Any]]:
    """Steps for ``--json``. Of a picture in a mask only the size is printed."""
    from core.masks.pictures import picture_size

    records = []
    for step in steps:
        record = step.to_dict()
        if step.mask is not None:
            from core.masks import Picture

            for component, entry in zip(step.mask.components, record["mask"]["components"], strict=True):
                if isinstance(component.shape, Picture):
                    del entry["png"]
                    entry["size"] = list(picture_size(component.shape))
        records.append(record)
    return records
