"""What all tests share: no display, no trace in the user's folders, no thread left behind."""

import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from core.checkpoints import Checkpoint

os.environ["QT_QPA_PLATFORM"] = "offscreen"  # before anything makes a QApplication

# Before anything imports torch, as the programs do (core.system.openmp): threads that spin while they wait take most of
# the processor from each other if tests run in several processes.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

_PATIENCE_S = 5.0


@pytest.fixture(scope="session", autouse=True)
def _isolated_folders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Let settings, caches, models and logs of the program under test live in a temporary folder."""
    base = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        for name in ("CONFIG", "DATA", "CACHE", "STATE"):
            patch.setenv(f"XDG_{name}_HOME", str(base / name.lower()))
        yield


@pytest.fixture(scope="session", autouse=True)
def real_native_bfloat16() -> Iterator[Callable[[], bool]]:
    """Let "auto" mean float32 on every processor, so that results can be compared with exact ones.

    Of the session, so that it holds for restorers that a whole module shares. Gives the function that really asks.
    """
    from core.system import devices

    real = devices.native_bfloat16
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("core.system.devices.native_bfloat16", lambda: False)
        yield real


@pytest.fixture(autouse=True)
def _no_thread_left_behind() -> Iterator[None]:
    """Fail the test that leaves a thread of ours running."""
    before = set(threading.enumerate())
    yield
    new = [thread for thread in threading.enumerate() if thread not in before and not _belongs_to_a_library(thread)]
    for thread in new:
        thread.join(_PATIENCE_S)
    left = [thread.name for thread in new if thread.is_alive()]
    assert not left, f"threads left running: {left}"


@pytest.fixture(scope="session")
def tiny_checkpoint() -> "Checkpoint":
    """An untrained compact DFPIR with the prompts of all degradations: a fraction of a second a picture."""
    import torch

    from core.checkpoints import Checkpoint
    from core.degradations import KEYS
    from core.models import DFPIR, DFPIRConfig
    from core.prompts import random_codes

    torch.manual_seed(3)
    config = DFPIRConfig(
        dim=8, blocks=(1, 1, 1, 1), refinement_blocks=1, heads=(1, 1, 2, 2), expansion=1.5, prompt_dim=32, stem=2
    )
    return Checkpoint.from_model(DFPIR(config), random_codes(KEYS, seed=1, width=32), {"name": "tiny"})


@pytest.fixture(scope="session")
def tiny_model_file(tiny_checkpoint: "Checkpoint", tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny checkpoint as a file."""
    from core.checkpoints import save_checkpoint

    return save_checkpoint(tmp_path_factory.mktemp("models") / "tiny.safetensors", tiny_checkpoint)


def _belongs_to_a_library(thread: threading.Thread) -> bool:
    """Tell the monitor that tqdm starts once for the whole process, and foreign threads that merely called Python."""
    return type(thread).__module__.startswith("tqdm") or isinstance(thread, threading._DummyThread)
