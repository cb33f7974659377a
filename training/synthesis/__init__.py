"""Synthesis of the five degradations from clean photographs.

Every function takes ``clean``, (H, W, 3) float32 sRGB-encoded RGB in [0, 1], and a ``numpy.random.Generator`` that
alone decides the result, and returns the degraded picture in the same form, clipped to [0, 1]. Functions whose
names begin with ``random_`` draw their parameters too.
"""

from training.synthesis.blur import blur, camera_shake_kernel, load_kernels, random_blur, random_kernel
from training.synthesis.haze import haze, random_haze, synthetic_depth
from training.synthesis.low_light import low_light, random_low_light
from training.synthesis.noise import gaussian_noise
from training.synthesis.rain import rain, random_rain

__all__ = [
    "blur",
    "camera_shake_kernel",
    "gaussian_noise",
    "haze",
    "load_kernels",
    "low_light",
    "rain",
    "random_blur",
    "random_haze",
    "random_kernel",
    "random_low_light",
    "random_rain",
    "synthetic_depth",
]
