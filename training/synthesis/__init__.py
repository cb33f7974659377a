"""Synthesis of the degradations from clean photographs.

Every function takes ``clean``, (H, W, 3) float32 sRGB-encoded RGB in [0, 1], and a ``numpy.random.Generator``, the only
source of randomness, and returns the degraded picture in the same form, clipped to [0, 1]. Functions whose names begin
with ``random_`` also draw their parameters. ``degrade`` and ``degrade_mixed`` take a strength instead of parameters,
and also return the values that they drew.
"""

from training.synthesis.blur import blur, camera_shake_kernel, load_kernels, random_blur, random_kernel
from training.synthesis.grain import NOISE_SOURCES, camera_grain, film_grain, random_level, random_noise, sensor_grain
from training.synthesis.graphics import drawn_graphic, flat_colour
from training.synthesis.haze import haze, haze_density, random_airlight, random_haze, synthetic_depth
from training.synthesis.jpeg import jpeg, random_jpeg
from training.synthesis.kernels import disc_kernel, gaussian_kernel, line_kernel, resized_kernel, shake_kernel
from training.synthesis.low_light import low_light, measured_low_light, random_low_light
from training.synthesis.mixed import degrade_mixed, random_mixed
from training.synthesis.motion import load_trace, motion_margin, random_motion_blur
from training.synthesis.noise import camera_noise, gaussian_noise, poisson_gaussian_noise
from training.synthesis.outdoor_haze import exposed, measured_haze, outdoor_haze, well_lit
from training.synthesis.photographed_rain import photographed_rain
from training.synthesis.physical_rain import StreakLayer, depth_layers, environment_light, heavy_rain, layered_rain
from training.synthesis.rain import rain, random_rain
from training.synthesis.scene_augmentation import (
    augment_colours,
    augment_depth,
    augment_scene,
    segment_depth,
    vivid_colours,
)
from training.synthesis.sky import scene_map
from training.synthesis.slight import slight
from training.synthesis.strength import FAMILIES, Facts, degrade

__all__ = [
    "FAMILIES",
    "NOISE_SOURCES",
    "Facts",
    "StreakLayer",
    "augment_colours",
    "augment_depth",
    "augment_scene",
    "blur",
    "camera_grain",
    "camera_noise",
    "camera_shake_kernel",
    "degrade",
    "degrade_mixed",
    "depth_layers",
    "disc_kernel",
    "drawn_graphic",
    "environment_light",
    "exposed",
    "film_grain",
    "flat_colour",
    "gaussian_kernel",
    "gaussian_noise",
    "haze",
    "haze_density",
    "heavy_rain",
    "jpeg",
    "layered_rain",
    "line_kernel",
    "load_kernels",
    "load_trace",
    "low_light",
    "measured_haze",
    "measured_low_light",
    "motion_margin",
    "outdoor_haze",
    "photographed_rain",
    "poisson_gaussian_noise",
    "rain",
    "random_airlight",
    "random_blur",
    "random_haze",
    "random_jpeg",
    "random_kernel",
    "random_level",
    "random_low_light",
    "random_mixed",
    "random_motion_blur",
    "random_noise",
    "random_rain",
    "resized_kernel",
    "scene_map",
    "segment_depth",
    "sensor_grain",
    "shake_kernel",
    "slight",
    "synthetic_depth",
    "vivid_colours",
    "well_lit",
]
