"""The dfpir-gui command, its log and its messages without a display."""

import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest

import dfpir_gui
from dfpir_gui.__main__ import EXIT_NO_DISPLAY, main
from dfpir_gui.app import logging as app_logging
from dfpir_gui.app.display import display_problem, explain_import_error


def test_help_and_version_need_no_display(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    for option, word in (("--help", "PHOTO"), ("--version", "dfpir-gui")):
        with pytest.raises(SystemExit) as ended:
            main([option])
        assert ended.value.code == 0
        assert word in capsys.readouterr().out


def test_unknown_options_are_rejected(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["one.jpg", "--two"])
    assert ended.value.code == 2
    assert "--two" in capsys.readouterr().err


def test_without_a_display_a_message_is_printed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    program = "import sys; sys.platform = 'linux'; from dfpir_gui.__main__ import main; sys.exit(main([]))"
    done = run_program(program, tmp_path)
    assert done.returncode == EXIT_NO_DISPLAY
    assert done.stdout == ""
    assert "No display" in done.stderr
    assert "dfpir restore" in done.stderr
    assert "Traceback" not in done.stderr


def run_program(program: str, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join(filter(None, [str(Path(dfpir_gui.__file__).parents[1]), os.environ.get("PYTHONPATH")]))
    return subprocess.run(
        [sys.executable, "-c", program, *arguments],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": path, "XDG_STATE_HOME": str(folder)},
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.mark.parametrize("platform", ["win32", "linux"])
def test_torch_is_loaded_before_qt_on_windows_and_after_the_window_elsewhere(tmp_path: Path, platform: str) -> None:
    (tmp_path / "torch.py").write_text("import sys; print('torch, after Qt:', 'PySide6' in sys.modules)")
    program = f"""
import sys, types
import dfpir_gui.__main__
sys.platform = {platform!r}
window = types.ModuleType("dfpir_gui.app.application")
window.run = lambda photos, **options: print("window, after torch:", "torch" in sys.modules, *photos) or 0
sys.modules["dfpir_gui.app.application"] = window
from dfpir_gui.__main__ import main
sys.exit(main(sys.argv[1:]))
"""
    done = run_program(program, tmp_path, "beach.jpg", "folder")
    assert (done.returncode, done.stderr) == (0, "")
    if platform == "win32":
        assert done.stdout.splitlines() == ["torch, after Qt: False", "window, after torch: True beach.jpg folder"]
    else:
        assert done.stdout.splitlines() == ["window, after torch: False beach.jpg folder"]


def test_the_engine_is_imported_after_the_window_was_shown(tmp_path: Path) -> None:
    program = """
import sys
from PySide6.QtWidgets import QToolButton
from dfpir_gui.app import application as app

class Watched(app.MainWindow):
    def showEvent(self, event):
        self.engine_button = self.tool_bar.findChild(QToolButton, "engineButton")
        self.texts = [self.engine_button.text(), "torch" in sys.modules]
        self.preferences.devices_found.connect(self.report)

    def report(self):
        print(*self.texts, self.engine_button.text(), "core.inference.restorer" in sys.modules, sep="|")
        self.close()

app.MainWindow = Watched
from dfpir_gui.__main__ import main
sys.exit(main(sys.argv[1:]))
"""
    done = run_program(program, tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    before, imported, after, restores = done.stdout.strip().split("|")
    assert (before, imported, restores) == ("Loading the engine…", "False", "True")
    assert " · " in after  # device and precision


def test_uncaught_exceptions_are_shown_in_the_window_and_logged(photo_path: Path, tmp_path: Path) -> None:
    program = """
import sys
from PySide6.QtCore import QTimer
from dfpir_gui.app import application as app
from dfpir_gui.session import State

class Watched(app.MainWindow):
    def showEvent(self, event):
        self.failed = False
        self.timer = QTimer(self, interval=5)
        self.timer.timeout.connect(self.check)
        self.timer.start()

    def check(self):
        bar = self.error_bar
        if self.session.state is State.READY and not self.failed:
            self.failed = True
            raise ZeroDivisionError("a failing slot")
        if bar.isVisible():
            self.timer.stop()
            with open("shown.txt", "w") as file:
                file.write(self.windowTitle() + "|" + bar.text.text() + "|" + bar.details.toPlainText())
            self.close()

app.MainWindow = Watched
from dfpir_gui.__main__ import main
sys.exit(main(sys.argv[1:]))
"""
    done = run_program(program, tmp_path, str(photo_path))
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    title, text, details = (tmp_path / "shown.txt").read_text().split("|")
    assert title.startswith("beach.png")
    assert text.startswith("Something unexpected happened while handling an event.")
    assert "ZeroDivisionError: a failing slot" in details
    log = next(tmp_path.rglob("window.log")).read_text(encoding="utf-8")
    assert "ZeroDivisionError: a failing slot" in log


def test_the_smoke_test_reports_the_window_and_exits(photo_path: Path, tmp_path: Path) -> None:
    program = "import sys; from dfpir_gui.__main__ import main; sys.exit(main(sys.argv[1:]))"
    done = run_program(program, tmp_path, str(photo_path), "--smoke-test")
    assert (done.returncode, done.stderr) == (0, "")
    assert "window of" in done.stdout


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs the display system of Linux")
@pytest.mark.parametrize("plugin", ["xcb", "nonsense"])
def test_a_display_that_cannot_be_opened_is_reported_on_the_terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, plugin: str
) -> None:
    monkeypatch.setenv("QT_QPA_PLATFORM", plugin)
    monkeypatch.setenv("DISPLAY", ":4711")
    program = "import sys; from dfpir_gui.__main__ import main; sys.exit(main(sys.argv[1:]))"
    done = run_program(program, tmp_path)
    assert done.returncode == EXIT_NO_DISPLAY
    assert "platform plugin could be initialized" in done.stderr
    assert "dfpir restore --help" in done.stderr and "apt-get install" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("environ", "platform"),
    [
        ({"QT_QPA_PLATFORM": "offscreen"}, "linux"),
        ({"WAYLAND_DISPLAY": "wayland-0"}, "linux"),
        ({}, "win32"),
        ({}, "darwin"),
    ],
)
def test_no_problem_is_reported_with_a_display(environ: dict[str, str], platform: str) -> None:
    assert display_problem(environ, platform) is None


def test_empty_variables_count_as_no_display() -> None:
    assert "No display" in (display_problem({"DISPLAY": "", "WAYLAND_DISPLAY": ""}, "linux") or "")


def test_a_missing_system_library_is_named_with_the_packages_to_install() -> None:
    text = explain_import_error(ImportError("libEGL.so.1: cannot open shared object file"))
    assert "libEGL.so.1" in text
    assert "apt-get install" in text


def test_the_log_is_written_to_a_file_and_closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    root = logging.getLogger()
    before = list(root.handlers)
    level = root.level
    try:
        path = app_logging.start_logging()
        assert path is not None
        logging.getLogger("dfpir_gui.test").warning("a line for the log")
        assert "a line for the log" in path.read_text(encoding="utf-8")
        assert path.is_relative_to(tmp_path) or not sys.platform.startswith("linux")
    finally:
        app_logging.stop_logging()
        root.setLevel(level)
    assert root.handlers == before


def test_the_program_runs_without_a_log_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    monkeypatch.setattr(app_logging, "log_path", lambda: blocked / "window.log")
    level = logging.getLogger().level
    try:
        assert app_logging.start_logging() is None
    finally:
        app_logging.stop_logging()
        logging.getLogger().setLevel(level)
