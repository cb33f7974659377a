import numpy as np
import psutil
import pytest
import torch

from core import Photo, Restorer
from core.checkpoints import Checkpoint
from core.inference.available_devices import available_devices
from core.inference.devices import choose_device, choose_precision
from core.inference.memory_plan import plans


def test_the_cpu_is_always_there_with_its_name_and_free_memory() -> None:
    cpu = available_devices()[-1]
    assert cpu.key == "cpu"
    assert cpu.name
    assert 0 < cpu.free <= psutil.virtual_memory().total


def test_every_device_and_precision_that_is_offered_can_be_chosen() -> None:
    for entry in available_devices():
        device = choose_device(entry.key)
        for precision in entry.precisions:
            assert choose_precision(precision, device) == precision


def test_gpus_come_first_with_their_own_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda index: f"Card {index}")
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda device: (1000 + torch.device(device).index, 9000))
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda: False)
    first, second, *_ = available_devices()
    assert (first.key, first.name, first.free) == ("cuda:0", "Card 0", 1000)
    assert (second.key, second.free, second.precisions) == ("cuda:1", 1001, ("float32", "float16"))


def test_with_a_limit_on_memory_it_works_in_tiles(tiny_checkpoint: Checkpoint) -> None:
    photo = Photo.from_array(np.random.default_rng(0).random((520, 500, 3), np.float32))
    limit = min(plan.needed for plan in plans(tiny_checkpoint.config, 520, 500, ["float32"]) if plan.tile) + 1
    restorer = Restorer(tiny_checkpoint, device="cpu", precision="float32", memory_limit=limit, threads=1)
    assert Restorer(tiny_checkpoint, device="cpu").restore(photo, "haze").path == "bands"
    assert restorer.restore(photo, "haze").path == "tiled"
