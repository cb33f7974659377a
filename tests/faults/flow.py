"""A whole workflow in a process that ends at the first network connection: ``flow.py FOLDER MODEL``."""

import os
import sys
import time
from pathlib import Path

FORBIDDEN = {
    "socket.connect",
    "socket.bind",
    "socket.sendto",
    "socket.sendmsg",
    "socket.getaddrinfo",
    "socket.gethostbyname",
    "urllib.Request",
    "http.client.connect",
    "ftplib.connect",
    "smtplib.connect",
}
TOUCHED = 66
TIMEOUT_S = 120.0


def refuse(event: str, arguments: tuple) -> None:
    """An audit hook; Python raises an audit event for every network operation."""
    if event in FORBIDDEN:
        os.write(2, f"{event} {arguments}\n".encode())
        os._exit(TOUCHED)


def commands(folder: Path, model: str) -> None:
    """The commands."""
    from core.cli import main

    photo = str(folder / "photo.png")
    assert main(["detect", photo]) == 0
    assert main(["restore", photo, "-d", "rain", "--model", model, "-o", str(folder / "by-command.png")]) == 0
    (folder / "many").mkdir()
    (folder / "many" / "one.png").write_bytes(Path(photo).read_bytes())
    assert main(["batch", str(folder / "many"), str(folder / "results"), "--model", model, "-d", "haze"]) == 0
    assert (folder / "results" / "one.png").is_file()


def inspection(folder: Path, model: str) -> None:
    """The computations of the Inspector."""
    from core import Photo
    from core.inspection import Inspector, region_of

    inspector = Inspector(model)
    inspector.orders()
    inspector.trace(region_of(Photo.open(folder / "photo.png").pixels), "haze")


def window(folder: Path, model: str) -> None:
    """Open, detect, restore, save and close in the window, and show all its pages."""
    from PySide6.QtWidgets import QApplication

    from core import Photo, Restorer
    from dfpir_gui.app.main_window import MainWindow
    from dfpir_gui.app.pages import PAGES
    from dfpir_gui.session import Session, State
    from dfpir_gui.widgets.lazy_page import LazyPage
    from dfpir_gui.workers.main_thread import MainThread

    app = QApplication([])
    main_thread = MainThread()
    session = Session(post=main_thread.post, restorer_factory=lambda: Restorer(model), open_photo=Photo.open)
    shown = MainWindow(session)
    shown.show()

    def until(state: State) -> None:
        deadline = time.monotonic() + TIMEOUT_S
        while session.state is not state or session.busy:
            app.processEvents()
            assert time.monotonic() < deadline, f"{session.state} instead of {state}"

    shown.open_photo(folder / "photo.png", "haze")
    until(State.READY)
    session.restore()
    until(State.RESTORED)
    session.save(folder / "by-window.png")
    until(State.SAVED)
    for page in PAGES:
        made = shown.pages.show_page(page.key)
        deadline = time.monotonic() + TIMEOUT_S
        while isinstance(made, LazyPage) and made.page is None:
            app.processEvents()
            assert time.monotonic() < deadline, page.key
        for _ in range(20):
            app.processEvents()
    shown.close()
    session.close()


def main() -> None:
    """Run everything, and check for connections that bypass Python."""
    import psutil

    folder, model = Path(sys.argv[1]), sys.argv[2]
    sys.addaudithook(refuse)
    commands(folder, model)
    inspection(folder, model)
    window(folder, model)
    connections = psutil.Process().net_connections(kind="inet")
    assert connections == [], connections
    print("no network")


if __name__ == "__main__":
    main()
