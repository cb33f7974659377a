"""The sRGB curve."""

import numpy as np

from training.synthesis.light import to_encoded, to_linear


def test_srgb_curve_round_trips_and_meets_known_values() -> None:
    values = np.linspace(0, 1, 1001, dtype=np.float32)
    np.testing.assert_allclose(to_encoded(to_linear(values)), values, atol=2e-6)
    np.testing.assert_allclose(to_linear(np.array([0.5, 0.04], np.float32)), [0.21404114, 0.04 / 12.92], rtol=1e-5)
