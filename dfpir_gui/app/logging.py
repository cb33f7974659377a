"""The log file, which also receives the messages of Qt, and the handlers of uncaught exceptions."""

import contextlib
import logging
import os
import sys
import threading
from collections.abc import Callable
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QMessageLogContext, QtMsgType, qInstallMessageHandler

from dfpir_gui.app.display import EXIT_NO_DISPLAY, NO_DISPLAY_ADVICE
from dfpir_gui.settings.private_folders import log_path, make_private

_QT_LEVELS = {
    QtMsgType.QtDebugMsg: logging.DEBUG,
    QtMsgType.QtInfoMsg: logging.INFO,
    QtMsgType.QtWarningMsg: logging.WARNING,
    QtMsgType.QtCriticalMsg: logging.ERROR,
    QtMsgType.QtFatalMsg: logging.CRITICAL,
}

_HANDLER_NAME = "dfpir-window"


def start_logging() -> Path | None:
    """Write log records to a file of at most 1 MB, keep the two previous files, and return the path.

    Until :func:`display_opened` is called, a fatal message of Qt means that no window can be opened.

    Returns:
        The log file, or None if it cannot be written; the program runs without a log then.
    """
    path = log_path()
    root = logging.getLogger()
    root.setLevel(logging.INFO)
    logging.captureWarnings(True)
    _opening_display.set()
    qInstallMessageHandler(_log_qt)
    handler: logging.Handler
    try:
        make_private(path.parent)
        handler = _PrivateFileHandler(path, maxBytes=1_000_000, backupCount=2, encoding="utf-8")
    except OSError:
        handler = logging.NullHandler()  # without any handler, Python would print to the terminal
    handler.set_name(_HANDLER_NAME)
    handler.setFormatter(_HomeFolderFormatter("%(asctime)s %(levelname)s %(threadName)s %(name)s: %(message)s"))
    root.addHandler(handler)
    return path if isinstance(handler, RotatingFileHandler) else None


class _PrivateFileHandler(RotatingFileHandler):
    """Creates log files that only the user can read, since they contain names of photos."""

    def _open(self) -> TextIOWrapper:
        path = Path(self.baseFilename)
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600))
        with contextlib.suppress(OSError):  # a file created by an earlier version
            path.chmod(0o600)
        return super()._open()


class _HomeFolderFormatter(logging.Formatter):
    """Writes ``~`` in place of the home folder, also in tracebacks, since users send their logs to others."""

    def format(self, record: logging.LogRecord) -> str:
        text = super().format(record)
        home = os.path.expanduser("~")  # noqa: PTH111 - Path.home() raises an error if there is no home folder
        return text.replace(home, "~") if len(home) > 1 else text


def stop_logging() -> None:
    """Close the log file; messages of Qt and Python go to the terminal again."""
    root = logging.getLogger()
    for handler in [handler for handler in root.handlers if handler.get_name() == _HANDLER_NAME]:
        root.removeHandler(handler)
        handler.close()
    logging.captureWarnings(False)
    display_opened()
    qInstallMessageHandler(None)


def install_exception_hooks(show: Callable[[BaseException], None]) -> None:
    """Pass uncaught exceptions of all threads to ``show`` instead of printing them.

    Args:
        show: called on the thread that raised the exception.
    """

    def handle_main_thread(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
        else:
            show(error)

    def handle_other_thread(args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None:
            show(args.exc_value)

    sys.excepthook = handle_main_thread
    threading.excepthook = handle_other_thread


def _log_qt(kind: QtMsgType, context: QMessageLogContext, text: str) -> None:
    logging.getLogger("qt").log(_QT_LEVELS.get(kind, logging.WARNING), "%s", text)
    if _opening_display.is_set() and kind is not QtMsgType.QtDebugMsg:
        _startup_messages.append(text.strip())
    if kind is QtMsgType.QtFatalMsg:  # Qt aborts the process when this returns
        _report_fatal(text)


def _report_fatal(text: str) -> None:
    """Print why Qt ends the process; before the display was opened, exit with :data:`EXIT_NO_DISPLAY`."""
    opening = _opening_display.is_set()
    messages = list(dict.fromkeys(_startup_messages)) if opening else [text]
    with contextlib.suppress(OSError, ValueError):
        sys.stderr.write("".join(f"dfpir-gui: {line}\n" for line in messages))
        if opening:
            sys.stderr.write(f"dfpir-gui: {NO_DISPLAY_ADVICE}\n")
        sys.stderr.flush()
    if opening:
        logging.shutdown()
        os._exit(EXIT_NO_DISPLAY)


def display_opened() -> None:
    """Record that Qt has opened the display: fatal messages have other causes from now on."""
    _opening_display.clear()
    _startup_messages.clear()


_opening_display = threading.Event()
_startup_messages: list[str] = []
"""Messages of Qt until the display is opened; they contain the reason if it cannot be."""
