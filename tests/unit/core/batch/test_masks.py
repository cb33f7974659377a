"""Masks in a batch: what makes sense on other photos is used, the rest is left out with a note."""

from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest

from core.batch import Batch, BatchSettings, Layout, Row
from core.batch.journal import known_rows
from core.batch.settings import steps_for_batch
from core.masks import Brush, Component, LinearGradient, Mask, Mode, Sky, Stroke
from core.steps import Step

if TYPE_CHECKING:
    from tests.unit.core.batch.conftest import FakeConfig

GRADIENT = Component(LinearGradient((0.5, 0.2), (0.5, 0.6)))
STROKES = Component(Brush(tuple(Stroke(((0.1, 0.1), (0.2, 0.3)), 0.1) for _ in range(500))))
MIXED, PAINTED, FITTING = Mask((Component(Sky()), STROKES)), Mask((STROKES,)), Mask((GRADIENT,))


def run(source: Path, target: Path, config: "FakeConfig", steps: tuple[Step, ...], *, single: bool = False) -> Row:
    settings = BatchSettings(steps=(Step("rain"),) if single else steps)
    with Batch(Layout(source, target), settings, config) as batch:
        plan = batch.plan()
        if single:
            batch.run(plan)
            batch.set_steps(["a.png"], steps)
            plan = batch.plan()
        batch.run(plan)
    return known_rows(target)["a.png"]


@pytest.mark.parametrize("single", [False, True])
@pytest.mark.parametrize(
    ("mask", "kept", "note"),
    [
        (FITTING, FITTING, None),
        (MIXED, Mask((Component(Sky()),)), "Step Haze: brush strokes and pictures of its mask were left out"),
        (PAINTED, None, "Step Haze is applied to the whole photo: its mask was made for another photo"),
    ],
)
def test_masks_of_other_photos_are_left_out_with_a_note(
    source: Path,
    target: Path,
    config: "FakeConfig",
    mask: Mask,
    kept: Mask | None,
    note: str | None,
    single: bool,
) -> None:
    picture = np.random.default_rng(1).integers(40, 90, (60, 80, 3), np.uint8)
    picture[:30] = (230, 200, 170)  # a sky
    cv2.imwrite(str(source / "a.png"), picture)
    row = run(source, target, config, (Step("haze", 0.5, mask),), single=single)
    assert row.steps == (Step("haze", 0.5, kept),)
    assert [str(text)[: len(note or "")] for text in row.notes] == ([note] if note else [])


def test_strokes_are_not_stored_with_every_photo(source: Path, target: Path, make, config: "FakeConfig") -> None:
    make("a.png")
    row = run(source, target, config, (Step("haze", 0.5, MIXED),), single=True)
    assert row.override is not None and row.override[0].mask is not None
    assert len(str(row.override[0].to_dict())) < 600


def test_only_what_is_used_of_a_mask_makes_results_out_of_date() -> None:
    def fingerprint(mask: Mask | None) -> str:
        return BatchSettings(steps=(Step("haze", 1.0, mask),)).fingerprint("m", "d")

    assert fingerprint(PAINTED) == fingerprint(None)
    assert fingerprint(MIXED) == fingerprint(Mask((Component(Sky()),)))
    assert len({fingerprint(None), fingerprint(FITTING), fingerprint(MIXED)}) == 3


def test_steps_without_masks_are_as_before() -> None:
    steps = (Step("haze"), Step("rain", 0.5))
    assert steps_for_batch(steps) == (steps, ())


@pytest.mark.parametrize("mode", [Mode.ADD, Mode.SUBTRACT])
def test_a_photo_without_a_sky_is_noted(source: Path, target: Path, make, config: "FakeConfig", mode: Mode) -> None:
    make("a.png", side=6)  # too small for one
    row = run(source, target, config, (Step("haze", 0.5, Mask((Component(Sky(), mode),))),))
    effect = "the step changes nothing" if mode is Mode.ADD else "the step applies everywhere"
    assert [f"no sky was found in this photo, so {effect}" in str(note) for note in row.notes] == [True]
