"""Ablations: each equals a network built that way, and all are undone."""

import dataclasses
from collections.abc import Callable

import numpy as np
import pytest
import torch

from core.errors import Cancelled, RestorationError
from core.evaluation import psnr
from core.inspection import Ablation, Inspector, ablated, region_of, run, standard_ablations
from core.models import DFPIR
from core.progress import CancelToken


def rebuilt(inspector: Inspector, **changes: object) -> DFPIR:
    """The same weights, as far as they are used, in a network of another configuration."""
    model = DFPIR(dataclasses.replace(inspector.network.config, **changes)).eval()
    fitting = {name: tensor for name, tensor in inspector.network.state_dict().items() if name in model.state_dict()}
    model.load_state_dict(fitting, strict=False)
    return model.to(memory_format=torch.channels_last)


@pytest.mark.parametrize(
    ("ablation", "changes"),
    [
        (Ablation(), {}),
        (Ablation(order="identity"), {"order": "identity"}),
        (Ablation(keep=1.0), {"keep": 1.0}),
        (Ablation(keep=0.3), {"keep": 0.3}),
        (Ablation(dgcpm=False), {"perturbation": "caapm"}),
        (Ablation(caapm=False), {"perturbation": "dgcpm"}),
        (Ablation(dgcpm=False, caapm=False), {"perturbation": "none"}),
        (Ablation(order="identity", caapm=False), {"order": "identity", "perturbation": "dgcpm"}),
    ],
)
@pytest.mark.parametrize("residual", [False, True])
def test_ablation_equals_a_network_built_that_way(
    make_inspector: Callable, picture: Callable, ablation: Ablation, changes: dict, residual: bool
) -> None:
    inspector = make_inspector(dgpb_residual=residual)
    region = region_of(picture(32, 32))
    expected = run(rebuilt(inspector, **changes), inspector.embedding("rain"), region.pixels)
    np.testing.assert_array_equal(inspector.restore(region, "rain", ablation), expected)


def test_prompt_acts_only_through_its_order(inspector: Inspector, picture: Callable) -> None:
    region = region_of(picture(32, 32))
    haze = inspector.restore(region, "haze")
    np.testing.assert_array_equal(inspector.restore(region, "rain", Ablation(order="other", other="haze")), haze)
    assert np.abs(haze - inspector.restore(region, "rain")).max() > 1e-4


def test_random_orders_follow_their_seed(inspector: Inspector, picture: Callable) -> None:
    region = region_of(picture(32, 32))
    first, again, second = (inspector.restore(region, "rain", Ablation(order="random", seed=s)) for s in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert np.abs(first - second).max() > 1e-4


def test_random_orders_are_different_permutations_in_each_block(inspector: Inspector) -> None:
    with ablated(inspector.network, Ablation(order="random", seed=4)):
        orders = [entry.orders for entry in inspector.orders(["rain", "haze"])]
    for order in orders:
        np.testing.assert_array_equal(order[0], order[1])
        np.testing.assert_array_equal(np.sort(order[0]), np.arange(order.shape[1]))
        assert (order[0] != np.arange(order.shape[1])).any()


@pytest.mark.parametrize("ablation", [*standard_ablations("haze"), Ablation(order="random", dgcpm=False, keep=0.2)])
def test_ablation_is_undone_even_after_a_failure(
    inspector: Inspector, picture: Callable, count_hooks: Callable, ablation: Ablation
) -> None:
    state, modules = dict(inspector.network.state_dict()), dict(inspector.network.named_modules())
    with (
        pytest.raises(RuntimeError, match="of the test"),
        ablated(inspector.network, ablation, inspector.embedding("haze")),
    ):
        raise RuntimeError("of the test")
    assert dict(inspector.network.named_modules()) == modules
    assert list(inspector.network.state_dict()) == list(state)
    assert count_hooks(inspector.network) == 0


@pytest.mark.parametrize("perturbation", ["none", "dgcpm", "caapm"])
def test_ablations_of_absent_parts_do_nothing(make_inspector: Callable, picture: Callable, perturbation: str) -> None:
    inspector = make_inspector(perturbation=perturbation)
    region = region_of(picture(16, 16))
    absent = Ablation(keep=0.2) if perturbation == "dgcpm" else Ablation(order="identity")
    if perturbation == "none":
        absent = Ablation(order="random", keep=0.2)
    np.testing.assert_array_equal(inspector.restore(region, "rain", absent), inspector.restore(region, "rain"))


class TestComparison:
    def test_differences_and_gains(self, inspector: Inspector, picture: Callable) -> None:
        region, clean = region_of(picture(32, 32)), picture(32, 32, seed=9)
        shares: list[float] = []
        wanted = (Ablation(), Ablation(keep=1.0))
        plain, unmasked = inspector.ablations(region, "rain", wanted, clean, progress=shares.append)
        assert plain.gain == 0 and plain.change == 0 and not plain.difference.any()
        np.testing.assert_array_equal(unmasked.difference, unmasked.result - plain.result)
        assert unmasked.change == pytest.approx(np.abs(unmasked.result - plain.result).mean() * 255)
        assert unmasked.psnr == psnr(unmasked.result, clean)
        assert unmasked.gain == pytest.approx(psnr(unmasked.result, clean) - psnr(plain.result, clean))
        assert shares == [0.5, 1.0]

    def test_without_a_reference_there_is_no_psnr(self, inspector: Inspector, picture: Callable) -> None:
        (found,) = inspector.ablations(region_of(picture(16, 16)), "rain", [Ablation(keep=0.5)])
        assert found.psnr is None and found.gain is None

    def test_a_reference_of_another_size_is_refused(self, inspector: Inspector, picture: Callable) -> None:
        with pytest.raises(RestorationError, match=r"20×10 pixels, the photo 16×16"):
            inspector.ablations(region_of(picture(16, 16)), "rain", [Ablation()], picture(10, 20))

    def test_cancel(self, inspector: Inspector, picture: Callable) -> None:
        token = CancelToken()
        token.cancel()
        with pytest.raises(Cancelled):
            inspector.ablations(region_of(picture(16, 16)), "rain", [Ablation()], cancel=token)


@pytest.mark.parametrize(
    ("ablation", "expected"),
    [
        (Ablation(), ""),
        (Ablation(dgcpm=False), "dgcpm-off"),
        (Ablation(dgcpm=False, caapm=False), "dgpb-off"),
        (Ablation(order="identity", keep=0.5), "order-identity-gamma-0.5"),
        (Ablation(order="random", seed=3, keep=1.0), "order-random-seed-3-mask-off"),
        (Ablation(order="other", other="low-light"), "order-of-low-light"),
        (Ablation(order="other", other="noise15"), "order-of-noise15"),
    ],
)
def test_files_are_named_by_the_changes(ablation: Ablation, expected: str) -> None:
    assert ablation.slug == expected


def test_labels_name_the_changes() -> None:
    assert [ablation.label for ablation in standard_ablations("haze")] == [
        "unchanged",
        "order of haze",
        "order identity",
        "order random (seed 0)",
        "order random (seed 1)",
        "order random (seed 2)",
        "mask off",
        "γ 0.5",
        "γ 0.1",
        "DGCPM off",
        "CAAPM off",
        "DGPB off",
    ]
    assert Ablation(order="identity", keep=0.5).label == "order identity, γ 0.5"
    assert "order of" not in " ".join(ablation.label for ablation in standard_ablations(None))


@pytest.mark.parametrize("values", [{"order": "other"}, {"keep": 0.0}, {"keep": 1.1}, {"order": "random", "seed": -1}])
def test_invalid_values_are_refused(values: dict) -> None:
    with pytest.raises(RestorationError):
        Ablation(**values)
