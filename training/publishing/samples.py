"""Create the bundled sample photos: ``python -m training.publishing.samples PHOTOS OUT``.

The sources are the photographs credited in ``resources/samples/CREDITS.md``; each is cropped, reduced, degraded by the
project's own synthesis with a fixed seed, and saved as JPEG.
"""

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from training import synthesis
from training.data.pictures import read_picture
from training.synthesis.light import Picture

WIDTH, HEIGHT = 960, 640
QUALITY = 93


@dataclass(frozen=True)
class SampleRecipe:
    """How one sample photo is made.

    Attributes:
        degradation: its key, also the file name.
        source: file name of the photograph.
        centre: of the crop, as fractions of width and height.
        zoom: 1 for the largest possible crop, 2 for half of it.
        degrade: (H, W, 3) float32 and a random generator -> the degraded picture.
    """

    degradation: str
    source: str
    centre: tuple[float, float]
    zoom: float
    degrade: Callable[[Picture, np.random.Generator], Picture]


def _rainy(clean: Picture, rng: np.random.Generator) -> Picture:
    out = clean
    for length, width, density, strength in ((28, 0.7, 0.0022, 0.55), (14, 0.5, 0.006, 0.35)):
        out = synthesis.rain(out, angle=-12.0, length=length, width=width, density=density, strength=strength, rng=rng)
    return out


def _hazy(clean: Picture, rng: np.random.Generator) -> Picture:
    depth = synthesis.synthetic_depth(clean.shape[0], clean.shape[1], rng)
    return synthesis.haze(clean, depth, beta=1.8, airlight=np.full(3, 0.86, np.float32))


def _dark(clean: Picture, rng: np.random.Generator) -> Picture:
    return synthesis.low_light(
        clean,
        exposure=0.035,
        gamma=1.1,
        white_balance=np.array([1.05, 1.0, 0.93], np.float32),
        photons=12_000.0,
        read_noise=4e-4,
        rng=rng,
    )


RECIPES = (
    SampleRecipe(
        "noise25",
        "lomiri_Kleiber_by_Lukas_Baubkus.jpg",
        (0.52, 0.52),
        1.6,
        lambda c, r: synthesis.gaussian_noise(c, 25.0, r),
    ),
    SampleRecipe("rain", "lomiri_life_by_Aitzol_Berasategi.jpg", (0.35, 0.6), 1.5, _rainy),
    SampleRecipe("haze", "lomiri_picosdeeuropa_by_Aitzol_Berasategi.jpg", (0.5, 0.5), 1.0, _hazy),
    SampleRecipe(
        "blur",
        "lomiri_Bridge_by_Sander_Klootwijk.jpg",
        (0.6, 0.65),
        1.8,
        lambda c, r: synthesis.blur(c, synthesis.camera_shake_kernel(17, r)),
    ),
    SampleRecipe("low-light", "lomiri_life_by_Aitzol_Berasategi.jpg", (0.6, 0.7), 1.1, _dark),
)


def make_sample(recipe: SampleRecipe, photos: Path) -> NDArray[np.uint8]:
    """Degraded picture of a recipe: (HEIGHT, WIDTH, 3) uint8 RGB.

    Raises:
        DataError: the photograph is missing or unreadable.
    """
    picture = read_picture(photos / recipe.source)
    height, width = picture.shape[:2]
    crop_width = min(width, height * WIDTH / HEIGHT) / recipe.zoom
    crop_height = crop_width * HEIGHT / WIDTH
    left = round(np.clip(recipe.centre[0] * width - crop_width / 2, 0, width - crop_width))
    top = round(np.clip(recipe.centre[1] * height - crop_height / 2, 0, height - crop_height))
    crop = picture[top : top + round(crop_height), left : left + round(crop_width)]
    clean = cv2.resize(crop, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA).astype(np.float32) / np.float32(255.0)
    degraded = recipe.degrade(clean, np.random.default_rng(7))
    return np.round(degraded * 255.0).astype(np.uint8)


def main() -> None:
    """Write every sample to the output folder."""
    parser = argparse.ArgumentParser(description="Create the bundled sample photos.")
    parser.add_argument("photos", type=Path, help="folder with the clean photographs")
    parser.add_argument("out", type=Path, help="folder for the samples, e.g. resources/samples")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    for recipe in RECIPES:
        bgr = cv2.cvtColor(make_sample(recipe, options.photos), cv2.COLOR_RGB2BGR)
        settings = [
            cv2.IMWRITE_JPEG_QUALITY,
            QUALITY,
            cv2.IMWRITE_JPEG_SAMPLING_FACTOR,
            cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444,
        ]
        _, data = cv2.imencode(".jpg", bgr, settings)
        (options.out / f"{recipe.degradation}.jpg").write_bytes(data.tobytes())


if __name__ == "__main__":
    main()
