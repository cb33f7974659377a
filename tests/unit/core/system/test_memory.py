import ctypes

import pytest
import torch

import core.system.memory
from core.inference.streaming import CompiledDFPIR, compiled
from core.models import DFPIR, DFPIRConfig
from core.system.memory import keep_freed, release_free_memory


def test_free_memory_is_released_through_the_c_library(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    class Glibc:
        malloc_trim = asked.append

    for library, expected in ((Glibc(), [0]), (object(), [0])):  # the second one, such as musl, has no such function
        core.system.memory._trim.cache_clear()
        monkeypatch.setattr("sys.platform", "linux")
        monkeypatch.setattr(ctypes, "CDLL", lambda name, library=library: library)
        release_free_memory()
        assert asked == expected
    core.system.memory._trim.cache_clear()


@pytest.mark.parametrize(("band", "times"), [(8, 5), (128, 1), (1 << 20, 0)])
def test_memory_is_released_after_each_level(monkeypatch: pytest.MonkeyPatch, band: int, times: int) -> None:
    given: list[None] = []
    monkeypatch.setattr(compiled, "release_free_memory", lambda: given.append(None))
    torch.manual_seed(0)
    model = DFPIR(
        DFPIRConfig(dim=8, blocks=(1, 1, 1, 1), refinement_blocks=0, heads=(1, 1, 1, 1), prompt_dim=16)
    ).eval()
    CompiledDFPIR(model).restore(torch.rand(48, 48, 3), torch.randn(16), band=band)
    assert len(given) == times  # maps of more than 16 bands: of 48, 24 and 12 on the way down, then 24 and 48


def test_what_is_freed_is_kept_where_the_c_library_can(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[int, int]] = []

    class Library:
        def mallopt(self, parameter: int, value: int) -> int:
            asked.append((parameter, value))
            return 1

    monkeypatch.setattr(core.system.memory.sys, "platform", "linux")
    monkeypatch.setattr(core.system.memory.ctypes, "CDLL", lambda name: Library())
    keep_freed()
    assert asked == [(-4, 0), (-1, 2**31 - 1)]  # nothing from the system by itself, nothing back to it
    monkeypatch.setattr(core.system.memory.ctypes, "CDLL", lambda name: object())  # another C library
    keep_freed()
    monkeypatch.setattr(core.system.memory.sys, "platform", "win32")
    keep_freed()
    assert len(asked) == 2
