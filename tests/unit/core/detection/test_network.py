"""The detector's network and the statistics of its input."""

import numpy as np
import pytest
import torch
from skimage.restoration import estimate_sigma

from core.detection.network import DetectorConfig, DetectorNetwork, crop_numbers, view_numbers
from core.detection.statistics import COUNT


def inputs(config: DetectorConfig, batch: int = 2) -> list[torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    native = torch.rand(batch, config.native_crops, 3, config.crop, config.crop, generator=generator)
    reduced = torch.rand(batch, config.reduced_crops, 3, config.crop, config.crop, generator=generator)
    view = torch.rand(batch, 3, config.view, config.view, generator=generator)
    return [native, reduced, view, torch.randn(batch, COUNT, generator=generator)]


@pytest.fixture
def network(small_config: DetectorConfig) -> DetectorNetwork:
    torch.manual_seed(1)
    return DetectorNetwork(small_config).eval()


def test_verdict_and_votes_have_an_output_for_every_family_and_sigma(
    network: DetectorNetwork, small_config: DetectorConfig
) -> None:
    verdict, native, reduced = network(*inputs(small_config))
    assert verdict.shape == (2, 6)
    assert native.shape == (2, small_config.native_crops, 6) and reduced.shape == (2, small_config.reduced_crops, 6)


def test_pictures_of_a_batch_are_independent(network: DetectorNetwork, small_config: DetectorConfig) -> None:
    both = inputs(small_config)
    alone = network(*[part[1:] for part in both])[0]
    torch.testing.assert_close(network(*both)[0][1:], alone, rtol=1e-4, atol=1e-5)


def test_order_of_crops_does_not_matter(network: DetectorNetwork, small_config: DetectorConfig) -> None:
    native, reduced, *whole = inputs(small_config)
    once = network(native, reduced, *whole)[0]
    again = network(native.flip(1), reduced.flip(1), *whole)[0]
    torch.testing.assert_close(once, again, rtol=1e-4, atol=1e-5)


def test_every_weight_gets_a_gradient(network: DetectorNetwork, small_config: DetectorConfig) -> None:
    with torch.no_grad():
        for parameter in network.parameters():  # the residual branches begin at zero
            parameter.add_(0.01)
    outputs = network(*inputs(small_config))
    sum(part.square().sum() for part in outputs).backward()
    assert all(parameter.grad is not None and parameter.grad.abs().sum() > 0 for parameter in network.parameters())


@pytest.mark.parametrize("value", [0.0, 0.5, 1.0])
def test_constant_pictures_give_finite_gradients(
    network: DetectorNetwork, small_config: DetectorConfig, value: float
) -> None:
    flat = [torch.full_like(part, value) for part in inputs(small_config)]
    network(*flat)[0].sum().backward()
    assert all(torch.isfinite(parameter.grad).all() for parameter in network.parameters() if parameter.grad is not None)


def test_default_network_is_small_enough_to_ship() -> None:
    assert sum(parameter.numel() for parameter in DetectorNetwork(DetectorConfig()).parameters()) <= 2_000_000


@pytest.mark.parametrize("sigma", [5.0, 15.0, 50.0])
def test_noise_statistic_agrees_with_an_independent_estimate(sigma: float) -> None:
    noisy = np.random.default_rng(0).normal(0.5, sigma / 255, (3, 128, 128))
    numbers = crop_numbers(torch.tensor(noisy, dtype=torch.float32)[None])[0]
    ours = (numbers[:3] - 3.5).exp() - 0.5 / 255
    theirs = estimate_sigma(noisy, channel_axis=0)  # db2 wavelets; ours are Haar's
    np.testing.assert_allclose(255 * ours.numpy(), 255 * np.array(theirs), rtol=0.05)
    np.testing.assert_allclose(255 * ours.numpy(), sigma, rtol=0.05)


def test_noise_statistic_ignores_smooth_content() -> None:
    numbers = crop_numbers(torch.linspace(0, 1, 64).expand(3, 64, 64)[None])[0]
    assert (numbers[:3] - 3.5).exp().sub(0.5 / 255).abs().max() < 1e-4
    down, across, diagonal = (numbers[3:6] - 3.5).exp() - 0.5 / 255
    assert down.item() == pytest.approx(0, abs=1e-6) and diagonal.item() == pytest.approx(0, abs=1e-6)
    assert across.item() == pytest.approx(1 / 63, rel=1e-3)  # half of two differences of 1/63
    assert (numbers[10] - 3.5).exp().item() - 0.5 / 255 == pytest.approx(4 / 63, rel=1e-3)  # at a quarter of the size
    assert numbers[-2].item() == pytest.approx(0.5, abs=1e-3)  # mean
    assert numbers[-1].item() == pytest.approx(12**-0.5, abs=0.01)  # standard deviation of an even distribution


def test_moments_distinguish_bright_streaks_from_even_noise() -> None:
    generator = torch.Generator().manual_seed(3)
    noise = torch.randn(1, 1, 64, 64, generator=generator).expand(1, 3, 64, 64) * 0.05 + 0.5
    streaks = torch.full((1, 3, 64, 64), 0.5)
    streaks[..., ::16] = 1.0
    skewness, kurtosis = crop_numbers(torch.cat([noise, streaks]))[:, -4:-2].T
    assert skewness[0].abs() < 0.1 and skewness[1] > 0.5
    assert kurtosis[0].item() == pytest.approx(np.log(4) - 1.5, abs=0.1)  # kurtosis of a Gaussian is 3
    assert kurtosis[1] > kurtosis[0] + 0.5


def test_view_statistics_are_histograms_of_luminance_dark_channel_and_saturation() -> None:
    view = torch.zeros(1, 3, 32, 32)
    view[:, 0] = 0.9  # red, so the dark channel is black and the saturation nearly full
    luminance, dark, saturation = view_numbers(view)[0].split([16, 8, 8])
    for part, total in ((luminance, 4.0), (dark, 2.0), (saturation, 2.0)):
        assert part.sum().item() == pytest.approx(total, rel=1e-5)
    centre = (luminance * torch.linspace(0, 1, 16)).sum() / luminance.sum()
    assert centre.item() == pytest.approx(0.3, abs=1e-4)
    assert dark[0] == dark.sum() and saturation[-1] > 1.5


@pytest.mark.parametrize(
    "values",
    [{"widths": [1, 2]}, {"widths": [0, 8, 8]}, {"crop": 20}, {"view": 12}, {"hidden": 0}, {"depth": 3}, {"crop": 8.0}],
)
def test_unusable_sizes_are_refused(values: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        DetectorConfig.from_dict(values)


def test_configuration_round_trip(small_config: DetectorConfig) -> None:
    assert DetectorConfig.from_dict(small_config.to_dict()) == small_config


def test_sigma_of_an_untrained_network_is_that_of_the_wavelets(small_config: DetectorConfig) -> None:
    network = DetectorNetwork(small_config)
    for layer in (network.head[-1], network.vote):
        torch.nn.init.zeros_(layer.weight)
        torch.nn.init.zeros_(layer.bias)
    generator = torch.Generator().manual_seed(2)
    pictures = [(0.5 + 30 / 255 * torch.randn(part.shape, generator=generator)) for part in inputs(small_config)]
    verdict, votes, _ = network(*pictures)
    assert verdict[:, :-1].abs().max() == 0
    np.testing.assert_allclose(verdict[:, -1].exp().detach(), 30.5, rtol=0.15)  # few pixels in so small crops
    assert votes[..., -1].exp().mean().item() == pytest.approx(30.5, rel=0.1)
