"""The choice of a backend, and what all of them have in common."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from core.batch import BackendConfig, BatchSettings, Control, State
from core.batch.backends import Backend, DaskCluster, InProcess, Processes, create_backend, processes
from core.batch.backends.pool import WorkerSlot
from core.batch.job import JobResult
from core.errors import CheckpointError
from tests.unit.core.batch.backends.test_pool import Worker, jobs


@pytest.mark.parametrize(
    ("devices", "scheduler", "kind"),
    [
        (("cpu",), None, InProcess),
        (("cpu", "cpu"), None, Processes),
        (("cpu", "cpu"), "tcp://there:8786", DaskCluster),
    ],
)
def test_backend_follows_from_devices_and_scheduler(
    tiny_model_file: Path, tmp_path: Path, devices: tuple[str, ...], scheduler: str | None, kind: type
) -> None:
    config = BackendConfig(str(tiny_model_file), devices, scheduler=scheduler)
    assert type(create_backend(config, BatchSettings(), tmp_path, Control(), lambda note: None)) is kind


def test_each_device_gets_a_process_with_the_same_model(
    tiny_model_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config, started = BackendConfig(str(tiny_model_file), ("cpu", "cuda:1")), []

    def start(self: Processes, stack: ExitStack) -> list[WorkerSlot]:
        started.extend(self._setups)
        return [WorkerSlot(Worker(set(), []), 1, setup) for setup in self._setups]

    monkeypatch.setattr(processes.Processes, "_start", start)
    results: list[JobResult] = []
    with create_backend(config, BatchSettings(), tmp_path, Control(), lambda note: None) as backend:
        backend.run(jobs("a", "b", "c"), results.append, lambda path, share: None)
    assert [setup.device for setup in started] == ["cpu", "cuda:1"]
    assert {setup.model for setup in started} == {config.model_hash()}
    assert {(result.path, result.state) for result in results} == {(name, State.RESTORED) for name in "abc"}


@pytest.fixture
def unavailable(tmp_path: Path) -> Iterator[Backend]:
    file = tmp_path / "damaged.safetensors"
    file.write_bytes(b"no model")
    yield create_backend(BackendConfig(str(file)), BatchSettings(), tmp_path, Control(), lambda note: None)


def test_model_that_cannot_be_loaded_is_an_error_before_the_first_job(unavailable: Backend) -> None:
    with pytest.raises(CheckpointError, match=r"damaged\.safetensors"), unavailable:
        pytest.fail("the backend has started")
