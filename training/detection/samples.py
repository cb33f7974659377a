"""Training samples of the detector: network inputs of a known kind, with their labels.

Each is a pure function of its random generator, so a resumed run sees the samples of an uninterrupted one.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from core.detection.detection import FAMILIES
from core.detection.sampling import cut, planes, reduce, squeeze
from core.detection.statistics import statistics
from training import synthesis
from training.data.pictures import to_unit
from training.detection import variety
from training.detection.config import DetectorTraining, families_of
from training.detection.photographic import photographic
from training.detection.pictures import Gallery, Scene
from training.synthesis.blur import Kernel
from training.synthesis.jpeg import random_jpeg
from training.synthesis.light import Picture
from training.synthesis.mixed import degrade_mixed
from training.synthesis.strength import Facts, eight_bit

VISIBLE_NOISE = 4.0
"""σ on the 0-255 scale from which noise counts as present; below a third of it, as absent."""

FAINT_VEIL = 0.1
"""Largest share of airlight at which the veil of rain does not count as haze."""


@dataclass
class Labels:
    """The true degradations of a picture.

    Attributes:
        present: (5,) float32, 1 for each of ``FAMILIES`` that is present.
        counts: (5,) float32, 0 for ambiguous families, else 1.
        sigma: of the noise on the 0-255 scale, 0 if unknown.
    """

    present: NDArray[np.float32]
    counts: NDArray[np.float32] = field(default_factory=lambda: np.ones(len(FAMILIES), np.float32))
    sigma: float = 0.0

    @classmethod
    def from_families(cls, families: Sequence[str]) -> "Labels":
        """The labels of a picture with exactly these families."""
        return cls(np.array([name in families for name in FAMILIES], np.float32))

    def ignore(self, family: str) -> None:
        """Exclude an ambiguous family from loss and validation."""
        self.counts[FAMILIES.index(family)] = 0.0


@dataclass(frozen=True)
class Sample:
    """The inputs of the network for one picture, and its labels.

    uint8 crops (N, 3, S, S) and (M, 3, S, S), view (3, V, V); float32 statistics.
    """

    native: NDArray[np.uint8]
    reduced: NDArray[np.uint8]
    view: NDArray[np.uint8]
    numbers: NDArray[np.float32]
    answer: Labels


@dataclass(frozen=True)
class SceneDraw:
    """The random choices that the samples of one scene share.

    Attributes:
        scene: the selected part of it.
        clean: (H, W, 3) float32, with random tone and sharpness.
        own: whether to use the scene's own degraded picture or depth where possible.
        zoom: above 1 if the picture represents a larger one, reduced by this factor.
    """

    scene: Scene
    clean: Picture
    own: bool
    zoom: float


class Sampler:
    """Draws samples.

    Args:
        config: of the training.
        kernels: measured blur kernels.
    """

    def __init__(self, config: DetectorTraining, kernels: Sequence[Kernel]) -> None:
        self._network, self._kernels = config.network, kernels
        self._photographic = config.photographic

    def draw_scene(self, kind: str, gallery: Gallery, rng: np.random.Generator) -> SceneDraw:
        """A scene for samples of which at least one is of this kind."""
        families = families_of(kind)
        scene, own = gallery.draw(families[0], rng) if len(families) == 1 else (gallery.draw_clean(rng), False)
        scene = variety.framed(scene, rng, native=own and scene.family == "noise")
        clean = eight_bit(variety.finished(variety.toned(to_unit(scene.clean), rng), rng))
        zoom = float(np.exp(rng.uniform(np.log(1.3), np.log(6.0)))) if rng.random() < 0.35 else 1.0
        return SceneDraw(scene, clean, own, zoom)

    def draw(self, kind: str, setting: SceneDraw, counts: tuple[int, int], rng: np.random.Generator) -> Sample:
        """A sample of a kind, with ``counts`` native and reduced crops."""
        families, scene = families_of(kind), setting.scene
        # In a mixture the strength of noise in the reduced picture would be unknown.
        zoom = 1.0 if len(families) > 1 and "noise" in families else setting.zoom
        if setting.own and families == (scene.family,):
            return self._seen(*_real(scene, rng), counts, zoom, rng)
        if families == ("noise",) and zoom > 1:
            return self._noisy_and_large(setting.clean, counts, zoom, rng)
        depth = to_unit(scene.depth) if setting.own and scene.depth is not None else None
        return self._seen(*self._degraded(setting.clean, families, depth, rng), counts, zoom, rng)

    def _degraded(
        self, clean: Picture, families: tuple[str, ...], depth: NDArray[np.float32] | None, rng: np.random.Generator
    ) -> tuple[Picture, Labels]:
        answer = Labels.from_families(families)
        if not families:
            grain = float(rng.uniform(0.0, 1.3)) if rng.random() < 0.25 else 0.0
            return _with_noise(clean, grain, rng), answer
        share = self._photographic.get(families[0], 0.0) if len(families) == 1 else 0.0
        if share and rng.random() < share:  # without a share, no number is drawn: older configurations stay the same
            picture, answer.sigma = photographic(clean, families[0], self._kernels, rng)
            if families == ("rain",):
                answer.ignore("haze")  # some of it has a veil
            return eight_bit(picture), answer
        if len(families) == 1:
            picture, *single = synthesis.degrade(
                clean, families[0], float(rng.random()), rng, depth=depth, kernels=self._kernels
            )
            facts = tuple(single)
        else:
            strengths = {family: float(rng.uniform(0.05, 0.9)) for family in families}
            picture, facts = degrade_mixed(clean, strengths, rng, depth=depth, kernels=self._kernels)
        sigma = float(np.hypot.reduce([fact.sigma for fact in facts]))
        if "noise" in families:
            answer.sigma = sigma
        elif sigma > VISIBLE_NOISE / 3:
            answer.ignore("noise")
        if "haze" not in families and any(fact.values.get("veil", 0.0) > FAINT_VEIL for fact in facts):
            answer.ignore("haze")
        return _varied(picture, clean, facts, rng), answer

    def _seen(
        self, picture: Picture, answer: Labels, counts: tuple[int, int], zoom: float, rng: np.random.Generator
    ) -> Sample:
        """The picture as a file, or, if ``zoom`` is above 1, as the reduced version of a larger one."""
        if zoom > 1:
            return self._packed(_enlarged(picture, counts[0], self._network.crop, zoom, rng), picture, counts, answer)
        picture = _compressed(picture, answer, rng)
        if rng.random() < 0.03:
            picture = variety.bordered(picture, rng)
        return self._packed(cut(picture, counts[0], self._network.crop), picture, counts, answer)

    def _noisy_and_large(
        self, clean: Picture, counts: tuple[int, int], zoom: float, rng: np.random.Generator
    ) -> Sample:
        """A large picture with noise at full resolution, little of which remains in the reduced picture."""
        answer = Labels.from_families(["noise"])
        answer.sigma = float(rng.uniform(5.0, 50.0))
        crops = _enlarged(clean, counts[0], self._network.crop, zoom, rng)
        noisy = np.stack([_with_noise(crop, answer.sigma, rng) for crop in crops])
        return self._packed(noisy, _with_noise(clean, answer.sigma / zoom, rng), counts, answer)

    def _packed(self, native: Picture, picture: Picture, counts: tuple[int, int], answer: Labels) -> Sample:
        small = reduce(picture, self._network.reduced_side)
        return Sample(
            planes(_bytes(native)),
            planes(_bytes(cut(small, counts[1], self._network.crop))),
            planes(_bytes(squeeze(small, self._network.view))[None])[0],
            statistics(small),
            answer,
        )


def _varied(picture: Picture, clean: Picture, facts: Sequence[Facts], rng: np.random.Generator) -> Picture:
    """Further properties of low light and haze in real photographs that the synthesis lacks."""
    draw = rng.random()
    families = [fact.family for fact in facts]
    if families == ["low-light"] and draw < 0.45:
        return eight_bit((variety.backlit if draw < 0.2 else variety.lamplit)(picture, clean, rng))
    if families == ["haze"] and draw < 0.6:
        # A faint veil without a hazy foreground would be invisible.
        clear = draw < 0.4 and facts[0].strength > 0.35
        picture = variety.near_clear(picture, clean, rng) if clear else picture
        return eight_bit(variety.developed(picture, rng) if draw > 0.2 else picture)
    return picture


def _real(scene: Scene, rng: np.random.Generator) -> tuple[Picture, Labels]:
    """A picture of a degraded source, with its labels."""
    assert scene.degraded is not None
    picture, answer = to_unit(scene.degraded), Labels.from_families([scene.family])
    sigma = float(np.std(picture - to_unit(scene.clean))) * 255.0
    if scene.family == "noise":
        answer.sigma = sigma
        if sigma < VISIBLE_NOISE:
            answer.ignore("noise")
        return picture, answer
    if scene.family == "low-light":
        answer.ignore("noise")  # low light has sensor noise of unknown strength
        return picture, answer
    return eight_bit(variety.toned(picture, rng)), answer


def _enlarged(picture: Picture, count: int, side: int, zoom: float, rng: np.random.Generator) -> Picture:
    """Crops of a larger original of the picture, (count, side, side, 3): soft, some sharpened, grainy, compressed."""
    margin = 4
    small = cut(picture, count, int(np.ceil(side / zoom)) + 2 * margin)
    sharpening = float(rng.uniform(0.0, 1.5)) if rng.random() < 0.5 else 0.0
    grain = float(rng.uniform(0.0, 1.3)) if rng.random() < 0.5 else 0.0
    quality = int(rng.integers(75, 99)) if rng.random() < 0.6 else 0
    crops = []
    for piece in small:
        size = round(len(piece) * zoom)
        large = cv2.resize(piece, (size, size), interpolation=cv2.INTER_CUBIC)
        if sharpening:
            large = large + sharpening * (large - cv2.GaussianBlur(large, (0, 0), 1.2))
        start = (size - side) // 2
        crop = _with_noise(np.clip(large[start : start + side, start : start + side], 0, 1), grain, rng)
        crops.append(synthesis.jpeg(crop, quality) if quality else crop)
    return np.stack(crops)


def _compressed(picture: Picture, answer: Labels, rng: np.random.Generator) -> Picture:
    """JPEG compression of most pictures; weak noise that it may have removed no longer counts."""
    if rng.random() < 0.4:
        return picture
    lowest = int(rng.choice([60, 75, 85]))
    if answer.sigma:
        if lowest < 85 and answer.sigma < 10:
            answer.ignore("noise")
        answer.sigma = answer.sigma if lowest == 85 else 0.0
    return random_jpeg(picture, rng, qualities=(lowest, 98))


def _with_noise(picture: Picture, sigma: float, rng: np.random.Generator) -> Picture:
    if not sigma:
        return picture
    noise = rng.standard_normal(picture.shape, np.float32) * np.float32(sigma / 255.0)
    return eight_bit(np.clip(picture + noise, 0.0, 1.0))


def _bytes(pictures: Picture) -> NDArray[np.uint8]:
    return np.round(pictures * 255.0).astype(np.uint8)
