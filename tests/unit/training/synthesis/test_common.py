"""Properties of all degradations, and results behind the bundled model and samples."""

from collections.abc import Callable

import numpy as np
import pytest

from training import synthesis

Degrade = Callable[[np.ndarray, np.random.Generator], np.ndarray]

RANDOM: dict[str, Degrade] = {
    "rain": synthesis.random_rain,
    "low-light": synthesis.random_low_light,
    "blur": lambda clean, rng: synthesis.random_blur(clean, [], rng),
    "gaussian": lambda clean, rng: synthesis.gaussian_noise(clean, 25.0, rng),
    "haze": lambda clean, rng: synthesis.random_haze(clean, synthesis.synthetic_depth(*clean.shape[:2], rng), rng),
    "poisson": lambda clean, rng: synthesis.poisson_gaussian_noise(clean, gain=0.01, read_noise=0.01, rng=rng),
    "camera": lambda clean, rng: synthesis.camera_noise(clean, gain=0.01, read_noise=0.01, rng=rng, grain=(0.5, 2)),
    "jpeg": synthesis.random_jpeg,
    "mixed": lambda clean, rng: synthesis.random_mixed(clean, (*synthesis.FAMILIES, "jpeg"), rng),
    **{
        f"degrade {family}": lambda clean, rng, family=family: synthesis.degrade(clean, family, 0.6, rng)[0]
        for family in (*synthesis.FAMILIES, "jpeg")
    },
}


@pytest.mark.parametrize("name", RANDOM)
def test_seed_determines_the_result_which_is_a_picture(name: str, random_picture: Callable[..., np.ndarray]) -> None:
    clean = random_picture()
    kept = clean.copy()
    results = [RANDOM[name](clean, np.random.default_rng(seed)) for seed in (5, 5, 6)]
    np.testing.assert_array_equal(results[0], results[1])
    assert not np.array_equal(results[0], results[2]) and not np.array_equal(results[0], clean)
    np.testing.assert_array_equal(clean, kept)
    for result in results:
        assert result.shape == clean.shape and result.dtype == np.float32
        assert result.min() >= 0 and result.max() <= 1


@pytest.mark.parametrize("name", RANDOM)
def test_pictures_of_odd_and_small_sizes(name: str, random_picture: Callable[..., np.ndarray]) -> None:
    for height, width in ((17, 33), (64, 9)):
        result = RANDOM[name](random_picture(height, width), np.random.default_rng(1))
        assert result.shape == (height, width, 3) and np.isfinite(result).all()


def wave() -> np.ndarray:
    rows, columns = np.indices((40, 56), np.float32)
    waves = [0.5 + 0.45 * np.sin(columns / 5 + shift) * np.cos(rows / 7) for shift in range(3)]
    return np.stack(waves, axis=2).astype(np.float32)


@pytest.mark.parametrize(
    ("name", "degrade", "mean", "deviation", "first", "second"),
    [
        ("rain", synthesis.random_rain, 0.583479, 0.199461, 0.579658, 0.557692),
        ("low-light", synthesis.random_low_light, 0.037916, 0.02777, 0.048091, 0.031526),
        (
            "measured blur",
            lambda clean, rng: synthesis.random_blur(clean, [np.eye(9, dtype=np.float32) / 9], rng),
            0.548103,
            0.076252,
            0.509592,
            0.600722,
        ),
        ("shake", RANDOM["blur"], 0.525457, 0.159579, 0.565453, 0.502396),
        ("noise", RANDOM["gaussian"], 0.500796, 0.237447, 0.585621, 0.50719),
        (
            "haze",
            lambda clean, rng: synthesis.random_haze(
                clean, synthesis.synthetic_depth(40, 56, np.random.default_rng(11)), rng
            ),
            0.610873,
            0.126103,
            0.678314,
            0.534057,
        ),
    ],
)
def test_results_behind_the_bundled_model_and_samples_do_not_change(
    name: str, degrade: Degrade, mean: float, deviation: float, first: float, second: float
) -> None:
    result = degrade(wave(), np.random.default_rng(11)).astype(np.float64)
    found = [result.mean(), result.std(), result[7, 9].mean(), result[30, 41].mean()]
    np.testing.assert_allclose(found, [mean, deviation, first, second], atol=2e-5, err_msg=name)
