"""Several degradations in one picture, in their physical order: scene, camera, file."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from training.synthesis.blur import Kernel
from training.synthesis.haze import synthetic_depth
from training.synthesis.light import Picture
from training.synthesis.strength import Facts, Scene, degrade_unrounded, eight_bit

ORDER = ("rain", "haze", "blur", "low-light", "noise", "jpeg")
"""Scene, lens and camera shake, sensor, file. Haze follows rain as in the heavy rain model of Li et al., CVPR 2019."""


def degrade_mixed(
    clean: Picture,
    strengths: Mapping[str, float],
    rng: np.random.Generator,
    *,
    depth: NDArray[np.float32] | None = None,
    kernels: Sequence[Kernel] = (),
) -> tuple[Picture, tuple[Facts, ...]]:
    """Degrade a picture by several families, each at its strength, in ``ORDER`` whatever the order of ``strengths``.

    Args:
        clean: (H, W, 3) float32 in [0, 1].
        strengths: family (see ``degrade``) to strength in [0, 1].
        rng: random generator.
        depth: (H, W) float32 in [0, 1], 1 far; if None, one is generated for all families.
        kernels: measured kernels for blur.

    Returns:
        The picture, (H, W, 3) float32 in [0, 1] in multiples of 1/255, and the facts about each family in ``ORDER``.

    Raises:
        ValueError: no family is given, one is unknown, or a strength is outside [0, 1].
    """
    unknown = [family for family in strengths if family not in ORDER]
    if unknown or not strengths:
        given = ", ".join(unknown) or "none"
        raise ValueError(f"degradation families: {given}; expected one or more of {', '.join(ORDER)}")
    if depth is None:
        depth = synthetic_depth(clean.shape[0], clean.shape[1], rng)
    picture, facts = clean, []
    for family in ORDER:
        if family in strengths:
            picture, fact = degrade_unrounded(picture, family, strengths[family], rng, Scene(depth, kernels))
            facts.append(fact)
    return eight_bit(picture), tuple(facts)


def random_mixed(
    clean: Picture,
    families: Sequence[str],
    rng: np.random.Generator,
    depth: NDArray[np.float32] | None = None,
    kernels: Sequence[Kernel] = (),
) -> Picture:
    """``degrade_mixed`` with uniform strengths from 0.1 to 0.6; stronger combinations could not be restored."""
    strengths = {family: float(rng.uniform(0.1, 0.6)) for family in families}
    return degrade_mixed(clean, strengths, rng, depth=depth, kernels=kernels)[0]
