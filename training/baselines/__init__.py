"""Classical filters for comparison with the network.

Each takes a (H, W, 3) float32 sRGB-encoded RGB picture in [0, 1] and returns one of the same form. Parameters were
chosen on training pictures, not on the test sets.
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
"""Degraded picture, standard deviation of its noise on the 0-255 scale, and its blur kernel (None where unknown) ->
restored picture."""


@dataclass(frozen=True)
class Baseline:
    """A classical method.

    Attributes:
        name: for tables.
        family: of the degradations that it removes, see :class:`core.degradations.Degradation`.
        restore: the method; arguments that it must not know are ignored.
        package: optional package that it requires, or None.
        oracle: whether it uses information that is unknown for real photographs.
    """

    name: str
    family: str
    restore: Filter
    package: str | None = None
    oracle: bool = False

    @property
    def available(self) -> bool:
        """Whether the required package is installed."""
        return self.package is None or find_spec(self.package) is not None


def _blind(method: Callable[[Picture], Picture]) -> Filter:
    return lambda picture, sigma, kernel: method(picture)


def _with_sigma(method: Callable[[Picture, float], Picture]) -> Filter:
    def restore(picture: Picture, sigma: float | None, kernel: Kernel | None) -> Picture:
        if sigma is None:
            raise ValueError("the standard deviation of the noise is unknown")
        return method(picture, sigma)

    return restore


def _with_kernel(method: Callable[[Picture, Kernel], Picture]) -> Filter:
    def restore(picture: Picture, sigma: float | None, kernel: Kernel | None) -> Picture:
        if kernel is None:
            raise ValueError("the blur kernel is unknown")
        return method(picture, kernel)

    return restore


BASELINES: tuple[Baseline, ...] = (
    Baseline("non-local means", "noise", _with_sigma(non_local_means)),
    Baseline("CBM3D", "noise", _with_sigma(bm3d), package="bm3d"),
    Baseline("median 3x3", "rain", _blind(median)),
    Baseline("dark channel prior", "haze", _blind(dark_channel_prior)),
    Baseline("gamma to mean 0.45", "low-light", _blind(gamma_to_mean)),
    Baseline("CLAHE", "low-light", _blind(clahe)),
    Baseline("unsharp mask", "blur", _blind(unsharp)),
    Baseline("Wiener, assumed Gaussian", "blur", _blind(wiener_gaussian)),
    Baseline("Wiener, true kernel (oracle)", "blur", _with_kernel(wiener), oracle=True),
)
"""All baselines."""


def baselines_for(family: str, *, kernel_known: bool) -> tuple[Baseline, ...]:
    """The baselines for a family of degradations; oracles only if the kernel is known."""
    return tuple(entry for entry in BASELINES if entry.family == family and (kernel_known or not entry.oracle))
