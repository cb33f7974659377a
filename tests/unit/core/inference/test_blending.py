import numpy as np
import pytest

from core.inference.blending import mix


@pytest.mark.parametrize("shape", [(1, 1, 3), (7, 5, 3), (301, 257, 3), (3, 90_000, 3)])
@pytest.mark.parametrize("strength", [0.01, 0.37, 0.999])
def test_bands_give_what_the_formula_gives_to_the_last_bit(shape: tuple[int, ...], strength: float) -> None:
    pixels, restored = np.random.default_rng(0).random((2, *shape), np.float32)
    before = pixels.copy(), restored.copy()
    expected = pixels + np.float32(strength) * (restored - pixels)
    np.testing.assert_array_equal(mix(pixels, restored, strength), expected)
    np.testing.assert_array_equal((pixels, restored), before)


def test_the_ends_are_the_pictures_themselves() -> None:
    pixels, restored = np.random.default_rng(0).random((2, 4, 4, 3), np.float32)
    assert mix(pixels, restored, 0.0) is pixels and mix(pixels, restored, 1.0) is restored
