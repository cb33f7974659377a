"""Importing torch: what is imported, and that the collector runs again."""

import gc
import subprocess
import sys
from importlib.machinery import ModuleSpec
from types import ModuleType

import pytest

from core.system import torch_import


def test_the_collector_is_paused_during_the_import_only(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[bool] = []

    class Finder:
        @staticmethod
        def find_spec(name: str, path: object = None, target: object = None) -> None:
            if name == "torch":
                seen.append(gc.isenabled())
                raise ImportError("no torch")

    monkeypatch.delitem(sys.modules, "torch")
    monkeypatch.setattr(sys, "meta_path", [Finder, *sys.meta_path])
    with pytest.raises(ImportError, match="no torch"):
        torch_import.import_torch()
    assert seen == [False]
    assert gc.isenabled()
    gc.disable()
    try:
        with pytest.raises(ImportError, match="no torch"):
            torch_import.import_torch()
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_a_module_that_is_being_imported_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    module = ModuleType("torch")
    module.__spec__ = ModuleSpec("torch", None)
    monkeypatch.setitem(sys.modules, "torch", module)
    assert torch_import.torch_is_imported()
    module.__spec__._initializing = True
    assert not torch_import.torch_is_imported()
    monkeypatch.delitem(sys.modules, "torch")
    assert not torch_import.torch_is_imported()


def test_libraries_are_loaded_without_importing_torch() -> None:
    program = (
        "import sys\n"
        "from core.system.torch_import import load_libraries_meanwhile\n"
        "load_libraries_meanwhile().join()\n"
        "assert 'torch' not in sys.modules\n"
        "if sys.platform == 'linux':\n"
        "    assert 'libtorch_cpu.so' in open('/proc/self/maps').read()\n"
        "import torch\n"
        "assert torch.ones(2).sum() == 2"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_a_program_without_torch_loads_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch_import, "torch_is_imported", lambda: False)
    monkeypatch.setattr(torch_import, "find_spec", lambda name: None)
    torch_import.load_libraries()
