"""The built-in models give the golden results in library, command line, batch and window."""

import queue
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from core import Detector, Photo, Restorer, Step
from core.cli import main
from core.evaluation import golden
from core.io.regular_files import file_sha256
from dfpir_gui.session import Session, State

KEYS = tuple(golden.samples())


@pytest.fixture(scope="module")
def restorer() -> Restorer:
    return Restorer(device="cpu", precision="float32")


def test_every_family_of_degradations_has_a_golden_sample() -> None:
    assert KEYS == ("noise25", "rain", "haze", "blur", "low-light")
    assert set(golden.expected()["restored"]) == set(golden.expected()["detected"]) == set(KEYS)


def test_golden_results_are_of_the_built_in_models() -> None:
    """After replacing a model: ``python -m training.publishing.golden``."""
    assert golden.expected()["models"] == {name: file_sha256(file) for name, file in golden.bundled_models().items()}


@pytest.mark.parametrize("key", KEYS)
def test_restored_samples_match(restorer: Restorer, key: str) -> None:
    difference = golden.compare(golden.restore_sample(restorer, key), key)
    assert difference.within("float32"), difference
    untouched = golden.compare(golden.centre_crop(golden.samples()[key]).pixels, key)
    assert not untouched.within("float32"), "the golden result must not be the sample itself"


@pytest.mark.parametrize("key", ["noise25", "low-light"])
def test_half_precision_is_within_its_limits(key: str) -> None:
    difference = golden.compare(golden.restore_sample(Restorer(device="cpu", precision="bfloat16"), key), key)
    assert difference.within("bfloat16"), difference


def test_detector_probabilities_match() -> None:
    detector = Detector()
    for key in KEYS:
        wanted = golden.expected()["detected"][key]
        assert golden.detect_sample(detector, key) == pytest.approx(wanted, abs=golden.PROBABILITY_TOLERANCE)


def test_results_are_repeatable_and_independent_of_the_restorer(restorer: Restorer) -> None:
    first = golden.restore_sample(restorer, "rain")
    assert np.array_equal(golden.restore_sample(restorer, "rain"), first)
    assert np.array_equal(golden.restore_sample(Restorer(device="cpu", precision="float32"), "rain"), first)


@pytest.fixture
def sample_file(tmp_path: Path) -> Path:
    """The centre of a sample as a 16-bit file, so that its values are exact."""
    return golden.centre_crop(golden.samples()["haze"]).save(tmp_path / "haze.png", bit_depth=16)


@pytest.fixture
def wanted(restorer: Restorer, sample_file: Path) -> np.ndarray:
    """The result of the library for that file, read back from the saved file."""
    saved = restorer.restore(Photo.open(sample_file), "haze").photo.save(sample_file.with_name("wanted.png"))
    return Photo.open(saved).pixels


def test_command_line_gives_the_result_of_the_library(sample_file: Path, wanted: np.ndarray) -> None:
    output = sample_file.with_name("by-command.png")
    options = ["-d", "haze", "-o", str(output), "--device", "cpu", "--precision", "float32"]
    assert main(["restore", str(sample_file), *options]) == 0
    assert np.array_equal(Photo.open(output).pixels, wanted)


def test_batch_gives_the_result_of_the_library(sample_file: Path, wanted: np.ndarray, tmp_path: Path) -> None:
    source, target = tmp_path / "source", tmp_path / "target"
    source.mkdir()
    sample_file.rename(source / "haze.png")
    options = ["-d", "haze", "--device", "cpu", "--precision", "float32"]
    assert main(["batch", str(source), str(target), *options]) == 0
    assert np.array_equal(Photo.open(target / "haze.png").pixels, wanted)


def test_window_gives_the_result_of_the_library(sample_file: Path, wanted: np.ndarray) -> None:
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
