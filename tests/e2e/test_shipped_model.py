"""The model that ships: it truly improves photographs it has never seen, and its card tells the truth about it."""

from importlib import resources
from pathlib import Path

import cv2
import numpy as np
import pytest

from core import Photo, Restorer, load_checkpoint
from core.checkpoints.library import built_in_models
from core.degradations import KEYS
from core.evaluation import psnr
from training import synthesis

CLEAN = Path(__file__).parents[1] / "data" / "photos"


@pytest.fixture(scope="module")
def restorer() -> Restorer:
    return Restorer(device="cpu")


def clean_photo(name: str) -> np.ndarray:
    return Photo.open(CLEAN / name).pixels


@pytest.mark.parametrize(
    ("key", "name", "least"),
    [
        ("noise15", "bark.png", 3.5),
        ("noise25", "bark.png", 5.0),
        ("noise50", "bark.png", 8.0),
        ("rain", "stream.png", 1.5),
        ("haze", "mountain.png", 3.0),
        ("low-light", "stream.png", 5.0),
    ],
)
def test_shipped_model_improves_photographs(restorer: Restorer, key: str, name: str, least: float) -> None:
    clean, rng = clean_photo(name), np.random.default_rng(0)
    height, width = clean.shape[:2]
    degraded = {
        "rain": lambda: synthesis.rain(clean, angle=8, length=24, width=0.6, density=0.004, strength=0.6, rng=rng),
        "haze": lambda: synthesis.haze(
            clean,
            np.linspace(1, 0.2, height * width, dtype=np.float32).reshape(height, width),
            beta=1.6,
            airlight=np.full(3, 0.9, np.float32),
        ),
        "low-light": lambda: synthesis.low_light(
            clean, exposure=0.05, gamma=1.0, white_balance=np.ones(3, np.float32), photons=2e4, read_noise=3e-4, rng=rng
        ),
    }.get(key, lambda: synthesis.gaussian_noise(clean, float(key.removeprefix("noise")), rng))()
    restored = restorer.restore(Photo.from_array(degraded), key).photo.pixels
    assert psnr(restored, clean) > psnr(degraded, clean) + least


def test_checkpoint_needs_no_text_encoder_and_says_what_its_prompts_are() -> None:
    checkpoint = load_checkpoint(built_in_models()["dfpir-compact"])
    assert checkpoint.prompts.names == KEYS
    assert "not CLIP" in checkpoint.prompts.encoder
    for field in ("name", "licence", "data", "command", "steps", "device", "prompts", "figures"):
        assert checkpoint.card[field], field
    assert built_in_models()["dfpir-compact"].stat().st_size < 25_000_000


def test_every_sample_opens_and_is_changed_by_the_prompt_it_is_named_after(restorer: Restorer) -> None:
    folder = Path(str(resources.files("resources") / "samples"))
    samples = sorted(folder.glob("*.jpg"))
    assert sorted(sample.stem for sample in samples) == ["blur", "haze", "low-light", "noise25", "rain"]
    for sample in samples:
        pixels = cv2.resize(Photo.open(sample).pixels, (120, 80), interpolation=cv2.INTER_AREA)
        restored = restorer.restore(Photo.from_array(pixels), sample.stem).photo.pixels
        assert np.abs(restored - pixels).mean() > 0.002
