"""The log file. The window prints nothing."""

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

from dfpir_gui.app.display import NO_DISPLAY_ADVICE, NO_WINDOW
from dfpir_gui.settings.private_folders import log_path, make_private

_QT_LEVELS = {
    QtMsgType.QtDebugMsg: logging.DEBUG,
    QtMsgType.QtInfoMsg: logging.INFO,
    QtMsgType.QtWarningMsg: logging.WARNING,
    QtMsgType.QtCriticalMsg: logging.ERROR,
    QtMsgType.QtFatalMsg: logging.CRITICAL,
}

_HANDLER = "dfpir-window"


def start_logging() -> Path | None:
    """Write the log to a file of at most 1 MB, keeping the two before; return it.

    A window that cannot write its log still opens: None is returned then.
    """
    path = log_path()
    root = logging.getLogger()
    root.setLevel(logging.INFO)
    logging.captureWarnings(True)
    _starting.set()
    qInstallMessageHandler(_log_qt)
    handler: logging.Handler
    try:
        make_private(path.parent)
        handler = _PrivateFile(path, maxBytes=1_000_000, backupCount=2, encoding="utf-8")
    except OSError:
        handler = logging.NullHandler()  # without any handler, Python would print to the terminal
    handler.set_name(_HANDLER)
    handler.setFormatter(_Discreet("%(asctime)s %(levelname)s %(threadName)s %(name)s: %(message)s"))
    root.addHandler(handler)
    return path if isinstance(handler, RotatingFileHandler) else None


class _PrivateFile(RotatingFileHandler):
    """A log that its user alone can read: it holds names of photos."""

    def _open(self) -> TextIOWrapper:
        path = Path(self.baseFilename)
        file = open(  # noqa: SIM115 - the handler closes it
            path,
            self.mode,
            encoding=self.encoding,
            errors=self.errors,
            opener=lambda name, flags: os.open(name, flags, 0o600),
        )
        with contextlib.suppress(OSError):  # one that an earlier version has made
            path.chmod(0o600)
        return file


class _Discreet(logging.Formatter):
    """Writes ``~`` for the user's home folder, tracebacks included: people send their logs to others."""

    def format(self, record: logging.LogRecord) -> str:
        text = super().format(record)
        home = os.path.expanduser("~")  # noqa: PTH111 - it never fails; Path.home() does where there is none
        return text.replace(home, "~") if len(home) > 1 else text


def stop_logging() -> None:
    """Close the log file; Qt and Python say what they have to say on the terminal again."""
    root = logging.getLogger()
    for handler in [handler for handler in root.handlers if handler.get_name() == _HANDLER]:
        root.removeHandler(handler)
        handler.close()
    logging.captureWarnings(False)
    display_found()
    qInstallMessageHandler(None)


def catch_everything(show: Callable[[BaseException], None]) -> None:
    """Send every exception that nothing else caught to ``show`` instead of the terminal.

    Args:
        show: is called on the thread that raised.
    """

    def on_main(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
        else:
            show(error)

    def on_thread(args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None:
            show(args.exc_value)

    sys.excepthook = on_main
    threading.excepthook = on_thread


def _log_qt(kind: QtMsgType, context: QMessageLogContext, text: str) -> None:
    logging.getLogger("qt").log(_QT_LEVELS.get(kind, logging.WARNING), "%s", text)
    if _starting.is_set() and kind is not QtMsgType.QtDebugMsg:
        _before_start.append(text.strip())
    if kind is QtMsgType.QtFatalMsg:  # Qt aborts the process when this returns
        _tell_why(text)


def _tell_why(text: str) -> None:
    """Say on the terminal why the process ends; before the window could be opened, end it with a status of its own."""
    starting = _starting.is_set()
    reasons = list(dict.fromkeys(_before_start)) if starting else [text]
    with contextlib.suppress(OSError, ValueError):
        sys.stderr.write("".join(f"dfpir-gui: {reason}\n" for reason in reasons))
        if starting:
            sys.stderr.write(f"dfpir-gui: {NO_DISPLAY_ADVICE}\n")
        sys.stderr.flush()
    if starting:
        logging.shutdown()
        os._exit(NO_WINDOW)


def display_found() -> None:
    """Note that Qt could open the display: from now on it ends the process for other reasons."""
    _starting.clear()
    _before_start.clear()


_starting = threading.Event()
_before_start: list[str] = []
"""What Qt has said before it could open the display: why it could not stands there."""
