"""The numbers stay true: what ships gives the golden results, every time and by every way to it."""

import queue
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from core import Detector, Photo, Restorer, Step
from core.cli import main
from core.evaluation import golden
from dfpir_gui.session import Session, State

KEYS = tuple(golden.samples())


@pytest.fixture(scope="module")
def restorer() -> Restorer:
    return Restorer(device="cpu", precision="float32")


def test_every_family_of_degradations_has_a_golden_sample() -> None:
    assert KEYS == ("noise25", "rain", "haze", "blur", "low-light")
    assert set(golden.expected()["restored"]) == set(golden.expected()["detected"]) == set(KEYS)


def test_the_models_are_those_that_the_golden_results_are_of() -> None:
    """After replacing a model: ``python -m training.publishing.golden``."""
    assert golden.expected()["models"] == {name: golden.sha256(file) for name, file in golden.bundled_models().items()}


@pytest.mark.parametrize("key", KEYS)
def test_restored_samples_are_the_golden_ones(restorer: Restorer, key: str) -> None:
    apart = golden.compare(golden.restore_sample(restorer, key), key)
    assert apart.within("float32"), apart
    untouched = golden.compare(golden.centre_crop(golden.samples()[key]).pixels, key)
    assert not untouched.within("float32"), "the golden result must not be the sample itself"


@pytest.mark.parametrize("key", ["noise25", "low-light"])
def test_half_precision_stays_near(key: str) -> None:
    apart = golden.compare(golden.restore_sample(Restorer(device="cpu", precision="bfloat16"), key), key)
    assert apart.within("bfloat16"), apart


def test_verdicts_are_the_golden_ones() -> None:
    detector = Detector()
    for key in KEYS:
        wanted = golden.expected()["detected"][key]
        assert golden.detect_sample(detector, key) == pytest.approx(wanted, abs=golden.PROBABILITY_TOLERANCE)


def test_the_same_photo_gives_the_same_numbers_again_and_in_another_restorer(restorer: Restorer) -> None:
    first = golden.restore_sample(restorer, "rain")
    assert np.array_equal(golden.restore_sample(restorer, "rain"), first)
    assert np.array_equal(golden.restore_sample(Restorer(device="cpu", precision="float32"), "rain"), first)


@pytest.fixture
def sample_file(tmp_path: Path) -> Path:
    """The piece of a sample as a file of its own, 16 bits, so that nothing is lost on the way."""
    return golden.centre_crop(golden.samples()["haze"]).save(tmp_path / "haze.png", bit_depth=16)


@pytest.fixture
def wanted(restorer: Restorer, sample_file: Path) -> np.ndarray:
    """What the library makes of that file, as the file that it saves holds it."""
    saved = restorer.restore(Photo.open(sample_file), "haze").photo.save(sample_file.with_name("wanted.png"))
    return Photo.open(saved).pixels


def test_the_command_line_gives_what_the_library_gives(sample_file: Path, wanted: np.ndarray) -> None:
    output = sample_file.with_name("by-command.png")
    options = ["-d", "haze", "-o", str(output), "--device", "cpu", "--precision", "float32"]
    assert main(["restore", str(sample_file), *options]) == 0
    assert np.array_equal(Photo.open(output).pixels, wanted)


def test_a_batch_gives_what_the_library_gives(sample_file: Path, wanted: np.ndarray, tmp_path: Path) -> None:
    source, target = tmp_path / "source", tmp_path / "target"
    source.mkdir()
    sample_file.rename(source / "haze.png")
    options = ["-d", "haze", "--device", "cpu", "--precision", "float32"]
    assert main(["batch", str(source), str(target), *options]) == 0
    assert np.array_equal(Photo.open(target / "haze.png").pixels, wanted)


def test_the_window_gives_what_the_library_gives(sample_file: Path, wanted: np.ndarray) -> None:
    posted: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
    session = Session(
        post=posted.put,
        restorer_factory=lambda: Restorer(device="cpu", precision="float32"),
        open_photo=Photo.open,
    )

    def until(state: State) -> None:
        while session.state is not state or session.busy:
            posted.get(timeout=60)()

    try:
        session.open(sample_file, [Step("haze")])
        until(State.READY)
        session.restore()
        until(State.RESTORED)
        output = sample_file.with_name("by-window.png")
        session.save(output)
        until(State.SAVED)
    finally:
        session.close()
    assert np.array_equal(Photo.open(output).pixels, wanted)
