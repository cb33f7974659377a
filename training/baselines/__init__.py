"""What a user could pick instead of the network: classical filters, for comparison only.

Each takes a (H, W, 3) float32 sRGB-encoded RGB picture in [0, 1] and gives back the same form. Parameters were chosen
on training pictures, not on the test sets.
"""

from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec

from training.baselines.blur import unsharp, wiener, wiener_gaussian
from training.baselines.haze import dark_channel_prior
from training.baselines.low_light import clahe, gamma_to_mean
from training.baselines.noise import bm3d, non_local_means
from training.baselines.rain import median
from training.synthesis.blur import Kernel
from training.synthesis.light import Picture

__all__ = [
    "BASELINES",
    "Baseline",
    "baselines_for",
    "bm3d",
    "clahe",
    "dark_channel_prior",
    "gamma_to_mean",
    "median",
    "non_local_means",
    "unsharp",
    "wiener",
    "wiener_gaussian",
]


Filter = Callable[[Picture, float | None, Kernel | None], Picture]
"""Degraded picture, standard deviation of its noise on the 0-255 scale, and the kernel that it was blurred with (None
where there is none) -> restored picture."""


@dataclass(frozen=True)
class Baseline:
    """A classical method.

    Attributes:
        name: for tables.
        family: of the degradations it is for, see :class:`core.degradations.Degradation`.
        restore: the method; what it must not know, it does not look at.
        package: optional package that it needs, or None.
        oracle: whether it is told what nobody knows of a photograph.
    """

    name: str
    family: str
    restore: Filter
    package: str | None = None
    oracle: bool = False

    @property
    def available(self) -> bool:
        """Whether the package that it needs is installed."""
        return self.package is None or find_spec(self.package) is not None


def _blind(method: Callable[[Picture], Picture]) -> Filter:
    return lambda picture, sigma, kernel: method(picture)


def _knowing_sigma(method: Callable[[Picture, float], Picture]) -> Filter:
    def restore(picture: Picture, sigma: float | None, kernel: Kernel | None) -> Picture:
        if sigma is None:
            raise ValueError("the standard deviation of the noise is not known")
        return method(picture, sigma)

    return restore


def _knowing_kernel(method: Callable[[Picture, Kernel], Picture]) -> Filter:
    def restore(picture: Picture, sigma: float | None, kernel: Kernel | None) -> Picture:
        if kernel is None:
            raise ValueError("the kernel that the picture was blurred with is not known")
        return method(picture, kernel)

    return restore


BASELINES: tuple[Baseline, ...] = (
    Baseline("non-local means", "noise", _knowing_sigma(non_local_means)),
    Baseline("CBM3D", "noise", _knowing_sigma(bm3d), package="bm3d"),
    Baseline("median 3x3", "rain", _blind(median)),
    Baseline("dark channel prior", "haze", _blind(dark_channel_prior)),
    Baseline("gamma to mean 0.45", "low-light", _blind(gamma_to_mean)),
    Baseline("CLAHE", "low-light", _blind(clahe)),
    Baseline("unsharp mask", "blur", _blind(unsharp)),
    Baseline("Wiener, assumed Gaussian", "blur", _blind(wiener_gaussian)),
    Baseline("Wiener, true kernel (oracle)", "blur", _knowing_kernel(wiener), oracle=True),
)
"""All baselines."""


def baselines_for(family: str, *, kernel_known: bool) -> tuple[Baseline, ...]:
    """The baselines for a family of degradations; oracles only where there is something to tell them."""
    return tuple(entry for entry in BASELINES if entry.family == family and (kernel_known or not entry.oracle))
