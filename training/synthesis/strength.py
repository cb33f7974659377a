"""Every degradation at a chosen strength, from just visible to heavy, with the parameters that were drawn.

The detector is trained on these, so the kinds within a family vary as widely as in photographs.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from training.synthesis.blur import Kernel, blur
from training.synthesis.haze import beta_for_veil, haze, haze_density, random_airlight, synthetic_depth
from training.synthesis.jpeg import jpeg, random_subsampling
from training.synthesis.kernels import disc_kernel, gaussian_kernel, line_kernel, resized_kernel, shake_kernel, spread
from training.synthesis.light import Picture, to_encoded, to_linear
from training.synthesis.low_light import darkened, low_light
from training.synthesis.noise import COLOUR_MATRIX, camera_noise_field, gaussian_noise
from training.synthesis.physical_rain import StreakLayer, coverage, depth_layers, environment_light, heavy_rain
from training.synthesis.rain import rain

FAMILIES = ("noise", "rain", "haze", "blur", "low-light")
"""The degradations of ``degrade``, apart from ``"jpeg"``."""


@dataclass(frozen=True)
class Facts:
    """The parameters of one degradation.

    Attributes:
        family: one of ``FAMILIES``, or ``"jpeg"``.
        kind: noise: ``"gaussian"`` or ``"camera"``; rain: ``"optical"`` or ``"added"`` (to encoded values, as in
            synthetic data sets); blur: ``"motion"``, ``"defocus"`` or ``"gaussian"``; otherwise the family.
        strength: 0 (just visible) to 1 (heavy).
        sigma: standard deviation of the added noise on the 0-255 scale, 0 if none: nominal for Gaussian noise,
            measured for camera noise.
        values: other parameters by name.
    """

    family: str
    kind: str
    strength: float
    sigma: float = 0.0
    values: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Scene:
    """Optional inputs of a degradation besides the picture.

    Attributes:
        depth: (H, W) float32 in [0, 1], 1 far; None where unknown.
        kernels: measured kernels, see ``load_kernels``; may be empty.
    """

    depth: NDArray[np.float32] | None = None
    kernels: Sequence[Kernel] = ()


def degrade(
    clean: Picture,
    family: str,
    strength: float,
    rng: np.random.Generator,
    *,
    depth: NDArray[np.float32] | None = None,
    kernels: Sequence[Kernel] = (),
) -> tuple[Picture, Facts]:
    """Degrade a picture by one family at a chosen strength; all other parameters are random.

    Args:
        clean: (H, W, 3) float32 in [0, 1].
        family: one of ``FAMILIES``, or ``"jpeg"``.
        strength: 0 (just visible) to 1 (heavy); PSNR falls with it on average.
        rng: random generator.
        depth: (H, W) float32 in [0, 1], 1 far, for haze and the veil of rain; if None, one is generated.
        kernels: measured kernels for blur, used in addition to synthetic ones.

    Returns:
        The picture, (H, W, 3) float32 in [0, 1] in multiples of 1/255 for every family, so that rounding does not
        reveal the degradation; and the facts.

    Raises:
        ValueError: the family is unknown or the strength outside [0, 1].
    """
    picture, facts = degrade_unrounded(clean, family, strength, rng, Scene(depth, kernels))
    return eight_bit(picture), facts


def degrade_unrounded(
    clean: Picture, family: str, strength: float, rng: np.random.Generator, scene: Scene
) -> tuple[Picture, Facts]:
    """``degrade`` without the rounding to 8 bit, for combinations of degradations."""
    if family not in _RECIPES:
        raise ValueError(f"degradation family {family!r} is unknown; expected one of {', '.join(_RECIPES)}")
    if not 0.0 <= strength <= 1.0:
        raise ValueError(f"strength {strength!r} must be between 0 and 1")
    return _RECIPES[family](clean, float(strength), rng, scene)


def eight_bit(picture: Picture) -> Picture:
    """Round float32 in [0, 1] to multiples of 1/255, as an 8-bit file holds it."""
    return (np.round(picture * 255.0) / 255.0).astype(np.float32)


def _noise(clean: Picture, strength: float, rng: np.random.Generator, scene: Scene) -> tuple[Picture, Facts]:
    sigma = 5.0 + 45.0 * strength
    if strength > 0.6 or rng.random() < 0.6:  # camera noise is rarely stronger
        return gaussian_noise(clean, sigma, rng), Facts("noise", "gaussian", strength, sigma)
    # Noise of the PolyU photographs (five cameras): colour 0.3 to 0.8 of luminance, correlation 0.5 over 4 pixels.
    grain = float(rng.uniform(0.0, 0.8)), float(rng.uniform(1.5, 4.0))
    balance = np.array([rng.uniform(1.9, 2.4), 1.0, rng.uniform(1.5, 1.9)], np.float32)
    mixing = np.eye(3) + rng.uniform(0.2, 0.8) * (COLOUR_MATRIX - np.eye(3))
    pattern = camera_noise_field(
        clean,
        gain=0.002,
        read_noise=float(10 ** rng.uniform(-3.0, -1.7)),
        rng=rng,
        white_balance=balance,
        colour_matrix=mixing.astype(np.float32),
        grain=grain,
    )
    noisy = _scaled(clean, pattern, sigma)
    values = {"luma_grain": grain[0], "chroma_grain": grain[1]}
    return noisy, Facts("noise", "camera", strength, _deviation(noisy, clean), values)


def _scaled(clean: Picture, pattern: Picture, sigma: float) -> Picture:
    """Add noise in linear light, scaled to a standard deviation of ``sigma`` after the tone curve."""
    light, factor = to_linear(clean), np.float32(1.0)
    for _ in range(4):  # tone curve and clipping are nonlinear
        deviation = _deviation(to_encoded(light + factor * pattern), clean)
        factor *= np.float32(sigma / max(deviation, 0.1))
    return to_encoded(light + factor * pattern)


def _rain(clean: Picture, strength: float, rng: np.random.Generator, scene: Scene) -> tuple[Picture, Facts]:
    angle = float(rng.normal(0.0, 15.0))
    if rng.random() < 0.4:
        return _added_rain(clean, angle, strength, rng)
    nearest = StreakLayer(
        length=float(rng.uniform(40.0, 110.0)),
        width=float(rng.uniform(0.6, 1.3)),
        density=1.0,
        opacity=float(rng.uniform(0.1, 0.2) + 0.3 * strength),
    )
    count = int(rng.integers(3, 5))
    target = 0.04 * 14.0**strength * float(rng.uniform(0.8, 1.25))
    density = target / coverage(depth_layers(nearest, count))
    layers = depth_layers(replace(nearest, density=density), count)
    depth = _depth(clean, scene, rng)
    veil = 0.01 + 0.3 * strength**1.5 * float(rng.random())
    wet = heavy_rain(
        clean,
        layers,
        depth,
        angle=angle,
        drop_light=min(environment_light(clean) * float(rng.uniform(0.9, 1.6)), 1.0),
        beta=beta_for_veil(depth, veil),
        airlight=random_airlight(rng),
        rng=rng,
    )
    values = {"angle": angle, "length": nearest.length, "layers": float(count), "coverage": target, "veil": veil}
    return wet, Facts("rain", "optical", strength, values=values)


def _added_rain(clean: Picture, angle: float, strength: float, rng: np.random.Generator) -> tuple[Picture, Facts]:
    """Streaks as in the usual synthetic data sets."""
    out, count = clean, int(rng.integers(1, 4))
    for _ in range(count):
        out = rain(
            out,
            angle=angle + float(rng.uniform(-4.0, 4.0)),
            length=int(rng.integers(12, 46)),
            width=float(rng.uniform(0.4, 1.0)),
            density=float(10 ** (-3.1 + 1.1 * strength + rng.uniform(-0.2, 0.2))),
            strength=float((0.15 + 0.45 * strength) * rng.uniform(0.8, 1.2)),
            rng=rng,
        )
    return out, Facts("rain", "added", strength, values={"angle": angle, "layers": float(count)})


def _haze(clean: Picture, strength: float, rng: np.random.Generator, scene: Scene) -> tuple[Picture, Facts]:
    depth = _depth(clean, scene, rng)
    uneven = float(rng.uniform(0.2, 0.8)) if rng.random() < 0.3 else 0.0
    density = haze_density(clean.shape[0], clean.shape[1], rng, unevenness=uneven)
    veil = float(np.clip((0.07 + 0.68 * strength) * rng.uniform(0.92, 1.08), 0.0, 0.85))
    airlight = random_airlight(rng)
    hazy = haze(clean, depth, beta=beta_for_veil(depth * density, veil), airlight=airlight, density=density)
    values = {"veil": veil, "airlight": float(airlight.mean()), "unevenness": uneven}
    return hazy, Facts("haze", "haze", strength, values=values)


def _blur(clean: Picture, strength: float, rng: np.random.Generator, scene: Scene) -> tuple[Picture, Facts]:
    target = 0.9 * 10.0**strength
    kind, kernel = _kernel(target, rng, scene.kernels)
    highlights = float(rng.uniform(1.25, 2.75)) if rng.random() < 0.5 else 1.0
    out = blur(clean, kernel, highlights=highlights)
    sigma = float(rng.uniform(0.0, 1.5)) if rng.random() < 1 / 3 else 0.0
    if sigma:
        out = np.clip(out + rng.normal(0.0, sigma / 255.0, out.shape), 0.0, 1.0).astype(np.float32)
    return out, Facts("blur", kind, strength, sigma, {"radius": spread(kernel), "highlights": highlights})


def _kernel(radius: float, rng: np.random.Generator, measured: Sequence[Kernel]) -> tuple[str, Kernel]:
    """A kernel of the given root mean square radius, and its kind."""
    draw, angle = rng.random(), float(rng.uniform(0.0, 360.0))
    if draw < 0.2:
        return "defocus", disc_kernel(radius * np.sqrt(2.0))
    if draw < 0.35:
        aspect = float(rng.uniform(0.6, 1.0))
        along = radius / np.sqrt(1.0 + aspect**2)
        return "gaussian", gaussian_kernel(along, along * aspect, angle)
    if draw < 0.45:
        return "motion", line_kernel(radius * np.sqrt(12.0), angle)
    if measured and draw < 0.75:
        chosen = measured[int(rng.integers(len(measured)))]
        return "motion", resized_kernel(chosen, radius, angle=angle, mirrored=bool(rng.random() < 0.5))
    return "motion", shake_kernel(radius, rng)


def _low_light(clean: Picture, strength: float, rng: np.random.Generator, scene: Scene) -> tuple[Picture, Facts]:
    exposure = float(10 ** (-0.13 - 1.8 * strength + rng.uniform(-0.06, 0.06)))
    gamma = float(rng.uniform(0.9, 1.3))
    balance = rng.uniform(0.85, 1.15, 3).astype(np.float32)
    dark = low_light(
        clean,
        exposure=exposure,
        gamma=gamma,
        white_balance=balance,
        photons=float(10 ** (rng.uniform(3.7, 4.7) - 0.5 * strength)),
        read_noise=float(10 ** rng.uniform(-3.8, -3.0)),
        rng=rng,
        bayer=bool(rng.random() < 0.5),
    )
    sigma = _deviation(dark, darkened(clean, exposure=exposure, gamma=gamma, white_balance=balance))
    return dark, Facts("low-light", "low-light", strength, sigma, {"exposure": exposure, "gamma": gamma})


def _jpeg(clean: Picture, strength: float, rng: np.random.Generator, scene: Scene) -> tuple[Picture, Facts]:
    quality = round(92 - 80 * strength + rng.uniform(-4.0, 4.0))
    coded = jpeg(clean, quality, subsampling=random_subsampling(rng))
    return coded, Facts("jpeg", "jpeg", strength, values={"quality": float(quality)})


def _depth(clean: Picture, scene: Scene, rng: np.random.Generator) -> NDArray[np.float32]:
    if scene.depth is not None:
        return scene.depth
    # Not every view begins at the photographer's feet.
    return synthetic_depth(clean.shape[0], clean.shape[1], rng) + np.float32(rng.uniform(0.0, 0.5))


def _deviation(noisy: Picture, clean: Picture) -> float:
    return float(np.sqrt(np.mean((noisy - clean) ** 2)) * 255.0)


_RECIPES = {"noise": _noise, "rain": _rain, "haze": _haze, "blur": _blur, "low-light": _low_light, "jpeg": _jpeg}
