"""The bundled model on photographs that were not used for training, and its card."""

import struct
from importlib import resources
from pathlib import Path

import numpy as np
import pytest
import pyvips
import tifffile

from core import Photo, Restorer, load_checkpoint
from core.checkpoints.builtin import built_in_models
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
        whole = Photo.open(sample).pixels
        height, width = whole.shape[:2]
        # A crop, not a reduction, which would take away what is to be removed.
        pixels = np.ascontiguousarray(whole[height // 2 - 64 : height // 2 + 64, width // 2 - 96 : width // 2 + 96])
        restored = restorer.restore(Photo.from_array(pixels), sample.stem).photo.pixels
        assert np.abs(restored - pixels).mean() > 0.002


PROPHOTO = np.array([[0.7976749, 0.1351917, 0.0313534], [0.2880402, 0.7118741, 0.0000857], [0.0, 0.0, 0.8252100]])
"""Linear ProPhoto RGB to XYZ under D50 (ISO 22028-2)."""


def profile_of(matrix: np.ndarray, gamma: float) -> bytes:
    """An ICC profile of version 2 with a matrix and a power."""

    def xyz(values: np.ndarray) -> bytes:
        return b"XYZ " + bytes(4) + struct.pack(">3i", *np.rint(np.asarray(values) * 65536).astype(int))

    tags = {letter + b"XYZ": xyz(column) for letter, column in zip((b"r", b"g", b"b"), matrix.T, strict=True)}
    tags |= {
        letter + b"TRC": b"curv" + bytes(4) + struct.pack(">IHxx", 1, round(gamma * 256))
        for letter in (b"r", b"g", b"b")
    }
    tags |= {b"wtpt": xyz(matrix.sum(axis=1)), b"cprt": b"text" + bytes(4) + b"CC0\x00"}
    tags |= {b"desc": b"desc" + bytes(4) + struct.pack(">I", 5) + b"Test\x00" + bytes(81)}
    table, body = b"", b""
    for name, value in tags.items():
        table += name + struct.pack(">II", 132 + 12 * len(tags) + len(body), len(value))
        body += value + bytes(-len(value) % 4)
    head = struct.pack(">4s4s4s4s4s", bytes(4), b"\x02\x10\x00\x00", b"mntr", b"RGB ", b"XYZ ")
    head += struct.pack(">6H", 2024, 1, 1, 0, 0, 0) + b"acsp" + bytes(28) + xyz([0.9642, 1, 0.8249])[8:] + bytes(48)
    rest = struct.pack(">I", len(tags)) + table + body
    return struct.pack(">I", 4 + len(head) + len(rest)) + head + rest


@pytest.mark.parametrize("colour", [(0.15, 0.75, 0.15), (0.5, 0.5, 0.5)])
@pytest.mark.parametrize("gamut", ["p3", "prophoto"])
def test_a_wide_gamut_photo_loses_as_much_noise_as_an_untagged_one(
    restorer: Restorer, tmp_path: Path, colour: tuple[float, float, float], gamut: str
) -> None:
    icc = profile_of(PROPHOTO, 1.8) if gamut == "prophoto" else bytes(pyvips.Operation.call("profile_load", "p3"))
    rng = np.random.default_rng(0)
    noisy = np.clip(np.asarray(colour) + rng.normal(0, 15 / 255, (96, 96, 3)), 0, 1)
    left, middle = [], []
    for profile in (None, icc):
        tifffile.imwrite(
            tmp_path / "a.tif", np.rint(noisy * 65535).astype(np.uint16), photometric="rgb", iccprofile=profile
        )
        result = restorer.restore(Photo.open(tmp_path / "a.tif"), "noise15").photo
        saved = tifffile.imread(result.save(tmp_path / "b.tif", overwrite=True)) / 65535
        left.append(np.sqrt(np.mean((saved - colour) ** 2)))
        middle.append(saved.mean(axis=(0, 1)))
    assert left[1] < 1.2 * left[0] < 0.5 * 15 / 255
    assert np.abs(middle[1] - middle[0]).max() < 1.5 / 255  # no cast
