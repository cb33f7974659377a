"""Shows a file in the file manager of the desktop."""

import subprocess
import sys
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QUrl
from PySide6.QtGui import QDesktopServices


def show_in_folder(path: Path) -> None:
    """Open the folder of ``path`` in the file manager and select the file where the system can. Does not wait.

    Windows and macOS select it by a command of their own, other desktops by the D-Bus interface
    ``org.freedesktop.FileManager1``; where that is missing, the folder is opened.
    """
    path = path.absolute()
    folder = path.parent
    if sys.platform == "win32":
        _start(["explorer", f"/select,{path}"], folder)
    elif sys.platform == "darwin":
        _start(["open", "-R", str(path)], folder)
    elif not _select_by_dbus(path):
        open_folder(folder)


def open_folder(folder: Path) -> None:
    """Open ``folder`` in the file manager."""
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))


def _start(command: list[str], folder: Path) -> None:
    try:
        subprocess.Popen(command)
    except OSError:
        open_folder(folder)


def _select_by_dbus(path: Path) -> bool:
    """Ask the file manager to select ``path``, and open the folder if it refuses; return whether there is a bus."""
    from PySide6.QtDBus import QDBusConnection, QDBusMessage, QDBusPendingCallWatcher

    bus = QDBusConnection.sessionBus()
    if not bus.isConnected():
        return False
    name = "org.freedesktop.FileManager1"
    call = QDBusMessage.createMethodCall(name, "/org/freedesktop/FileManager1", name, "ShowItems")
    call.setArguments([[QUrl.fromLocalFile(str(path)).toString()], ""])
    watcher = QDBusPendingCallWatcher(bus.asyncCall(call), QCoreApplication.instance())

    def finish() -> None:
        if watcher.isError():
            open_folder(path.parent)
        watcher.deleteLater()

    watcher.finished.connect(finish)
    return True
