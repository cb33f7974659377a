import sys
from types import SimpleNamespace
from urllib.error import URLError

import numpy as np
import pytest
import torch
from torch import Tensor

from core.evaluation import Lpips, MetricError


def test_pictures_reach_the_network_as_signed_planes() -> None:
    seen: list[Tensor] = []

    def network(a: Tensor, b: Tensor) -> Tensor:
        seen.extend((a, b))
        return (a - b).abs().mean().reshape(1, 1, 1, 1)

    a = np.random.default_rng(0).random((32, 40, 3))
    distance = Lpips(network=lambda device: network)(a, np.zeros_like(a))
    assert distance == pytest.approx(2 * a.mean(), abs=1e-6)  # the range is twice as wide in there
    assert seen[0].shape == (1, 3, 32, 40) and seen[0].dtype == torch.float32
    assert seen[0][0, 1, 5, 7].item() == pytest.approx(2 * a[5, 7, 1] - 1, abs=1e-6)
    assert seen[1].min() == seen[1].max() == -1


def test_pictures_must_have_equal_and_sufficient_sizes() -> None:
    metric = Lpips(network=lambda device: lambda a, b: a.mean())
    with pytest.raises(ValueError, match="shapes"):
        metric(np.zeros((32, 32, 3)), np.zeros((32, 33, 3)))
    with pytest.raises(ValueError, match="40x31"):
        metric(np.zeros((31, 40, 3)), np.zeros((31, 40, 3)))


def test_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "lpips", None)
    with pytest.raises(MetricError, match=r"dfpir-studio\[lpips\]"):
        Lpips()


def test_unavailable_weights_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(**options: object) -> None:
        raise URLError("no route to host")

    monkeypatch.setitem(sys.modules, "lpips", SimpleNamespace(LPIPS=refuse))
    with pytest.raises(MetricError, match=r"(?s)no route to host.*alexnet.*checkpoints"):
        Lpips()


def test_alexnet_of_the_package_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: dict[str, object] = {}

    class Network(torch.nn.Module):
        def __init__(self, **options: object) -> None:
            super().__init__()
            asked.update(options)

        def forward(self, a: Tensor, b: Tensor) -> Tensor:
            return (a - b).abs().amax().reshape(1, 1, 1, 1)

    monkeypatch.setitem(sys.modules, "lpips", SimpleNamespace(LPIPS=Network))
    assert Lpips()(np.zeros((32, 32, 3)), np.ones((32, 32, 3))) == 2.0
    assert asked["net"] == "alex"
