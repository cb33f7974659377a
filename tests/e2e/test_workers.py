"""Several processes and a cluster give the results of one process, and end when the run is killed."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import psutil
import pytest
from pytestqt.qtbot import QtBot

from core.batch import BackendConfig
from dfpir_gui.app.main_window import MainWindow
from dfpir_gui.batch.page import BatchPage

COMMAND = [sys.executable, "-c", "import sys; from core.cli import main; sys.exit(main())", "batch"]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), "OMP_NUM_THREADS": "1"}
TIMEOUT_S = 120


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    for number in range(10):
        file = folder / f"roll {number % 2}" / f"{number}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        pixels = np.random.default_rng(number).integers(0, 256, (24, 32, 3), np.uint8)
        file.write_bytes(cv2.imencode(".png", pixels)[1].tobytes())
    (folder / "broken.jpg").write_bytes(b"?")
    return folder


def run(source: Path, target: Path, model: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [*COMMAND, source, target, "--steps", "haze", "--model", model, *arguments]
    return subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, check=False)


def tree(folder: Path) -> dict[str, bytes]:
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in folder.rglob("*.png")}


def test_two_processes_give_the_same_results_as_one(source: Path, tmp_path: Path, tiny_model_file: Path) -> None:
    one = run(source, tmp_path / "one", tiny_model_file, "--device", "cpu")
    two = run(source, tmp_path / "two", tiny_model_file, "--device", "cpu,cpu")
    assert (one.returncode, two.returncode) == (1, 1), two.stderr
    assert "10 restored" in two.stdout and "broken.jpg" in two.stderr
    assert tree(tmp_path / "two") == tree(tmp_path / "one") and len(tree(tmp_path / "one")) == 10


@pytest.mark.skipif(sys.platform == "win32", reason="kills by SIGKILL")
def test_workers_end_with_a_killed_run_and_the_next_run_continues(
    source: Path, tmp_path: Path, tiny_model_file: Path
) -> None:
    command = [*COMMAND, source, tmp_path / "out", "--steps", "haze", "--model", tiny_model_file, "--device", "cpu,cpu"]
    child = subprocess.Popen(command, env=ENVIRONMENT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    end, workers = time.monotonic() + TIMEOUT_S, []
    while len(workers) < 2 and time.monotonic() < end:
        workers = psutil.Process(child.pid).children(recursive=True)
    child.send_signal(signal.SIGKILL)
    child.wait()
    _, alive = psutil.wait_procs(workers, timeout=TIMEOUT_S)
    assert len(workers) >= 2 and not alive
    assert "10 " in run(source, tmp_path / "out", tiny_model_file, "--device", "cpu").stdout
    assert len(tree(tmp_path / "out")) == 10 and not (tmp_path / "out" / ".dfpir-batch.parts").exists()


@pytest.fixture(scope="module")
def scheduler(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a cluster with two workers, started by its commands."""
    pytest.importorskip("distributed")
    folder = tmp_path_factory.mktemp("cluster")
    address = folder / "scheduler.json"
    commands = [
        ["scheduler", "--port", "0", "--no-dashboard", "--host", "127.0.0.1"],
        ["worker", "--nworkers", "2", "--nthreads", "1", "--no-dashboard", "--local-directory", str(folder / "w")],
    ]
    running = [
        subprocess.Popen(
            [sys.executable, "-m", f"distributed.cli.dask_{name}", "--scheduler-file", address, *options],
            env=ENVIRONMENT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for name, *options in commands
    ]
    try:
        end = time.monotonic() + TIMEOUT_S
        while not (address.exists() and address.stat().st_size) and time.monotonic() < end:
            assert running[0].poll() is None
        yield json.loads(address.read_text("utf-8"))["address"]
    finally:
        for process in reversed(running):
            process.terminate()
            process.wait(TIMEOUT_S)


def test_cluster_gives_the_same_results(scheduler: str, source: Path, tmp_path: Path, tiny_model_file: Path) -> None:
    one = run(source, tmp_path / "one", tiny_model_file, "--device", "cpu")
    assert one.returncode == 1
    end, done = time.monotonic() + TIMEOUT_S, None
    while done is None or ("no workers" in done.stderr and time.monotonic() < end):  # they may still be starting
        done = run(source, tmp_path / "cluster", tiny_model_file, "--scheduler", scheduler)
    assert done.returncode == 1 and "10 restored" in done.stdout, done.stderr
    assert tree(tmp_path / "cluster") == tree(tmp_path / "one")
    again = run(source, tmp_path / "cluster", tiny_model_file, "--scheduler", scheduler)
    assert "10 skipped, done before" in again.stdout


def test_window_uses_the_cluster(
    qtbot: QtBot, window: MainWindow, scheduler: str, source: Path, tmp_path: Path, tiny_model_file: Path
) -> None:
    # A device chosen for this machine must not be used on theirs.
    page = BatchPage(window.session, lambda: BackendConfig(model=str(tiny_model_file), devices=("cuda:7",)))
    qtbot.addWidget(page)
    page.options.what.setCurrentIndex(page.options.what.findData("haze"))
    page.options.cluster.address.setText(scheduler)
    try:
        page.open_folder(source)
        end, restored = time.monotonic() + TIMEOUT_S, 0
        while restored < 10 and time.monotonic() < end:  # the workers may still be starting
            qtbot.waitUntil(lambda: not page.busy, timeout=1000 * TIMEOUT_S)
            page.start()
            qtbot.waitUntil(lambda: not page.busy, timeout=1000 * TIMEOUT_S)
            restored = len(tree(tmp_path / "photos-restored"))
        assert page.controls.counts.text() == "11 photos:  10 restored · 1 failed"
    finally:
        page.end()


def test_missing_scheduler_gives_an_error_without_traceback(
    source: Path, tmp_path: Path, tiny_model_file: Path
) -> None:
    pytest.importorskip("distributed")
    done = run(source, tmp_path / "out", tiny_model_file, "--scheduler", "tcp://127.0.0.1:9")
    assert done.returncode == 2 and "No scheduler answers" in done.stderr and "Traceback" not in done.stderr


@pytest.mark.parametrize("devices", ["cpu", "cpu,cpu"])
def test_time_limit_applies_in_this_process_and_in_others(
    source: Path, tmp_path: Path, tiny_model_file: Path, devices: str
) -> None:
    done = run(source, tmp_path / "out", tiny_model_file, "--device", devices, "--timeout", "0.0001")
    assert done.returncode == 1 and "11 failed" in done.stdout, done.stderr
    # The broken photo fails for its content or for the time limit, whichever is noticed first.
    assert done.stderr.count("the time limit of a photo") in (10, 11) and tree(tmp_path / "out") == {}


LOST = (
    "import sys; from core.batch.backends import dask; from core.cli import main; "
    "dask.NOTE_AFTER_S, dask.GIVE_UP_AFTER_S = 1, 4; sys.exit(main())"
)


@pytest.mark.skipif(sys.platform == "win32", reason="kills by SIGKILL")
@pytest.mark.parametrize(
    ("victim", "told"),
    [("worker", "has had no workers for 4 s"), ("scheduler", "no longer answers: it was stopped")],
)
def test_lost_cluster_gives_an_error_and_the_next_run_continues(
    source: Path, tmp_path: Path, tiny_model_file: Path, victim: str, told: str
) -> None:
    pytest.importorskip("distributed")
    for number in range(10, 40):  # enough for the run to last
        (source / f"{number}.png").write_bytes((source / "roll 0" / "0.png").read_bytes())
    file = tmp_path / "scheduler.json"
    running = {
        name: subprocess.Popen(
            [
                sys.executable,
                "-m",
                f"distributed.cli.dask_{name}",
                "--scheduler-file",
                file,
                "--no-dashboard",
                *options,
            ],
            env=ENVIRONMENT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for name, options in (
            ("scheduler", ["--port", "0", "--host", "127.0.0.1"]),
            ("worker", ["--no-nanny", "--nthreads", "1", "--local-directory", str(tmp_path / "w")]),
        )
    }
    try:
        end = time.monotonic() + TIMEOUT_S
        while not (file.exists() and file.stat().st_size) and time.monotonic() < end:
            assert running["scheduler"].poll() is None
        address = json.loads(file.read_text("utf-8"))["address"]
        command = [sys.executable, "-c", LOST, *COMMAND[3:], source, tmp_path / "out", "--steps", "haze"]
        command += ["--model", tiny_model_file, "--scheduler", address]
        first, child = "", None
        while not first and time.monotonic() < end:  # the worker may still be starting
            child = subprocess.Popen(
                command, env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
            )
            assert child.stdout is not None
            first = child.stdout.readline()
            if not first:
                child.communicate()
        assert child is not None and "(haze" in first
        running[victim].kill()
        _, err = child.communicate(timeout=TIMEOUT_S)
    finally:
        for process in running.values():
            process.kill()
            process.wait(TIMEOUT_S)
    assert child.returncode == 1 and told in err and "Traceback" not in err, err
    if victim == "worker":
        assert "has no workers. The batch waits" in err
    last = run(source, tmp_path / "out", tiny_model_file, "--device", "cpu")
    assert "not reached" not in last.stdout and len(tree(tmp_path / "out")) == 40
