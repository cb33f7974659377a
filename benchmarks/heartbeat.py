"""How long the window does not react during its main jobs: ``python -m benchmarks.heartbeat --megapixels 24``.

A timer of the main thread beats every 10 ms while the program opens, restores, masks, tries, exports, undoes, switches
photos and opens every page and dialog for the first time. For each job the longest gap between two beats is printed,
and what the main thread did in it: its own processor time; the time in which it was ready but other programs had the
cores (Linux only); and the rest, in which it waited for the interpreter lock or a disk. Where a gap is longer than the
limit, the code that the main thread was in is printed, as sampled by another thread. The exit code is 1 if the main
thread itself has used more than the limit in any gap.
"""

import argparse
import os
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication


_BEAT_MS = 10
_TABS = ("Attention", "Features", "Ablations", "Order")
_SAMPLE_S = 0.02
_REPOSITORY = Path(__file__).resolve().parents[1]


def main() -> int:
    """Measure and print one line for each job; return the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--megapixels", type=float, default=24.0)
    parser.add_argument("--photo", type=Path, help="this photo instead of one that is made up")
    parser.add_argument("--strip", type=int, default=30, metavar="N", help="photos in the filmstrip")
    parser.add_argument("--limit", type=float, default=100.0, metavar="MS", help="longest gap between two beats")
    parser.add_argument("--load", type=int, default=0, metavar="N", help="processes that keep the cores busy meanwhile")
    parser.add_argument("--only", nargs="+", metavar="JOB", help="only jobs whose names contain one of these")
    parser.add_argument("--pages", action="store_true", help="the Inspector while a batch of ten photos runs, instead")
    options = parser.parse_args()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    with tempfile.TemporaryDirectory() as home:
        for name in ("CONFIG", "DATA", "STATE", "CACHE"):
            os.environ[f"XDG_{name}_HOME"] = home
        import torch  # noqa: F401 - before Qt, see dfpir_gui.__main__

        return _measure(options, Path(home))


@dataclass
class Gap:
    """The time between two beats.

    Attributes:
        wall: seconds.
        busy: processor seconds of the main thread.
        ready: seconds in which the main thread was ready to run but had no core.
        places: where the main thread was, and how often it was seen there.
    """

    wall: float = 0.0
    busy: float = 0.0
    ready: float = 0.0
    places: Counter[str] = field(default_factory=Counter)


class Heart:
    """Beats on the main thread and watches it from another one."""

    def __init__(self) -> None:
        from PySide6.QtCore import Qt, QTimer

        self._main = threading.get_ident()
        self._schedule = Path(f"/proc/self/task/{threading.get_native_id()}/schedstat")
        self._last = self._now()
        self._places: Counter[str] = Counter()
        self._closed = threading.Event()
        self.gaps: list[Gap] = []
        self._timer = QTimer()
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._beat)
        self._timer.start(_BEAT_MS)
        threading.Thread(target=self._watch, daemon=True).start()

    def close(self) -> None:
        """Stop."""
        self._closed.set()
        self._timer.stop()

    def begin(self) -> None:
        """Forget the gaps so far."""
        self._beat()
        self.gaps.clear()

    def _now(self) -> tuple[float, float, float]:
        ready = 0.0
        with suppress(OSError, ValueError, IndexError):
            ready = int(self._schedule.read_text().split()[1]) / 1e9
        return time.perf_counter(), time.thread_time(), ready

    def _beat(self) -> None:
        now = self._now()
        values = (new - old for new, old in zip(now, self._last, strict=True))
        self.gaps.append(Gap(*values, places=self._places))
        self._last, self._places = now, Counter()

    def _watch(self) -> None:
        while not self._closed.wait(_SAMPLE_S):
            if time.perf_counter() - self._last[0] > 2 * _SAMPLE_S:
                self._note_place(sys._current_frames().get(self._main))

    def _note_place(self, frame: FrameType | None) -> None:
        """Note the innermost code of the window that the main thread is in."""
        while frame is not None and "dfpir_gui" not in frame.f_code.co_filename:
            frame = frame.f_back
        if frame is not None:
            path = Path(frame.f_code.co_filename)
            with suppress(ValueError):
                path = path.relative_to(_REPOSITORY)
            self._places[f"{path}:{frame.f_lineno} {frame.f_code.co_name}"] += 1


def _burn() -> None:
    while True:
        pass


def _measure(options: argparse.Namespace, home: Path) -> int:
    import multiprocessing

    from PySide6.QtWidgets import QApplication

    from benchmarks.made_up import landscape

    burners = [multiprocessing.get_context("spawn").Process(target=_burn, daemon=True) for _ in range(options.load)]
    for burner in burners:
        burner.start()
    photo = options.photo
    if photo is None:
        photo = home / "large.jpg"
        _write(photo, landscape(options.megapixels))
    strip = [home / "strip" / f"{number:02}.jpg" for number in range(options.strip)]
    strip[0].parent.mkdir()
    small = landscape(2.0)
    for number, path in enumerate(strip):
        _write(path, small * np.float32(0.5 + number / (2 * len(strip))))
    app = QApplication(["DFPIR Studio"])
    try:
        return _Run(app, photo, strip, home, options).run()
    finally:
        for burner in burners:
            burner.kill()


def _write(path: Path, pixels: np.ndarray) -> None:
    path.write_bytes(cv2.imencode(".jpg", np.rint(pixels[..., ::-1] * 255).astype(np.uint8))[1].tobytes())


class _Run:
    def __init__(
        self, app: "QApplication", photo: Path, strip: list[Path], home: Path, options: argparse.Namespace
    ) -> None:
        from core.photo import Photo
        from dfpir_gui.app.main_window import MainWindow
        from dfpir_gui.i18n.qt_translators import use_language
        from dfpir_gui.session import Session
        from dfpir_gui.settings.settings import Settings
        from dfpir_gui.settings.theme import apply_theme
        from dfpir_gui.studio.hints import HINTS
        from dfpir_gui.workers.main_thread import MainThread

        self._app, self._photo, self._strip, self._home, self._options = app, photo, strip, home, options
        use_language(app, "en")
        apply_theme(app)
        Settings().hints_seen = HINTS
        self._made_up = True
        self.session = Session(
            post=MainThread().post, restorer_factory=self._restorer, open_photo=Photo.open, memory_limit=3 * 2**30
        )
        self.window: MainWindow = MainWindow(self.session)
        self.window.resize(1400, 900)
        self.window.show()
        self._settle()
        self._heart = Heart()

    def _restorer(self) -> Any:
        from benchmarks.made_up import Restorer as MadeUp
        from core.inference import Restorer

        return MadeUp() if self._made_up else Restorer(device="cpu")

    def run(self) -> int:
        """Do all jobs, print their gaps, and return the exit status."""
        jobs: list[tuple[str, Callable[[], None]]] = [
            ("open 24 MP", self._open),
            ("restore 24 MP", self._restore),
            ("strength", self._strength),
            ("mask: brush", self._paint),
            ("mask: sky and sliders", self._sky),
            ("undo and redo", self._undo),
            ("rotate", lambda: self._then(lambda: self.session.rotate(1))),
            ("compare, zoom, histogram", self._compare),
            ("crop page", self._crop),
            ("export dialog", self._export),
            ("save", self._save),
            ("open a strip of photos", self._open_strip),
            ("switch through the strip", self._switch),
            ("restore with the network", self._restore_really),
            ("try all", self._try_all),
            ("first opening: Inspector", lambda: self._page("inspector")),
            ("first opening: Batch", lambda: self._page("batch")),
            *((f"first opening: {name}", self._dialog(name)) for name in ("settings", "models", "guide", "shortcuts")),
        ]
        if self._options.pages:
            jobs = [
                ("open a photo", self._open),
                ("batch: list ten photos", self._list_batch),
                ("batch runs, first Inspector", self._start_batch),
                *((f"batch runs, tab {title}", self._tab(title)) for title in _TABS),
                ("batch runs, Batch page", self._watch_batch),
                ("batch: look at a row", self._look_at_row),
            ]
        worst = 0.0
        print("longest gaps, ms:                wall   own   no core  waited   beats  over the limit")
        for name, job in jobs:
            self._heart.begin()
            started = time.perf_counter()
            job()
            self._settle()
            self._heart._beat()
            if not self._options.only or any(part in name for part in self._options.only):
                worst = max(worst, self._report(name, time.perf_counter() - started))
        self._heart.close()
        self.session.close()
        self.window.pages.end()
        return int(1000 * worst > self._options.limit)

    def _report(self, name: str, seconds: float) -> float:
        gaps = self._heart.gaps
        longest, busiest = max(gaps, key=lambda gap: gap.wall), max(gaps, key=lambda gap: gap.busy)
        late = [gap for gap in gaps if 1000 * gap.wall > self._options.limit]
        waited = max(longest.wall - longest.busy - longest.ready, 0.0)
        print(
            f"{name:28} {1000 * longest.wall:8.0f} {1000 * longest.busy:5.0f} {1000 * longest.ready:9.0f} "
            f"{1000 * waited:7.0f} {len(gaps):7}  {len(late)}; most processor time {1000 * busiest.busy:.0f}; "
            f"{seconds:.1f} s",
            flush=True,
        )
        for gap in sorted(late, key=lambda gap: -gap.busy)[:2]:
            if 1000 * gap.busy > self._options.limit / 2:
                places = ", ".join(f"{place} ×{count}" for place, count in gap.places.most_common(3))
                print(f"    {1000 * gap.wall:.0f} ms, {1000 * gap.busy:.0f} own: {places}", flush=True)
        return busiest.busy

    # Waiting

    def _wait(self, done: Callable[[], object]) -> None:
        from PySide6.QtCore import QEventLoop, QTimer

        while not done():
            loop = QEventLoop()
            QTimer.singleShot(20, loop.quit)
            loop.exec()

    def _settle(self) -> None:
        """Wait until nothing is done any more and delayed work has run."""
        for _ in range(3):
            self._wait(lambda: not self.session.busy)
            end = time.perf_counter() + 0.2
            self._wait(lambda end=end: time.perf_counter() > end)  # type: ignore[misc]

    def _then(self, do: Callable[[], object]) -> None:
        """Do something in the event loop, as a click does."""
        from PySide6.QtCore import QTimer

        done: list[object] = []
        QTimer.singleShot(0, lambda: done.append(do()))
        self._wait(lambda: done)
        self._settle()

    def _repeat(self, times: int, do: Callable[[int], object]) -> None:
        for number in range(times):
            self._then_soon(lambda number=number: do(number))  # type: ignore[misc]

    def _then_soon(self, do: Callable[[], object]) -> None:
        from PySide6.QtCore import QTimer

        done: list[object] = []
        QTimer.singleShot(0, lambda: done.append(do()))
        self._wait(lambda: done)

    # Jobs of the pages

    def _list_batch(self) -> None:
        source = self._home / "batch"
        source.mkdir()
        for path in self._strip[:10]:
            (source / path.name).write_bytes(path.read_bytes())
        self._then(lambda: self.window.pages.show_page("batch"))
        self._batch_page.options.review_harm.setChecked(True)
        self._then(lambda: self._batch_page.open_folder(source))
        self._wait(lambda: not self._batch_page.busy)

    @property
    def _batch_page(self) -> Any:
        return self._shown_page("batch")

    def _shown_page(self, key: str) -> Any:
        """The page called ``key``, once its modules are imported."""
        from dfpir_gui.widgets.lazy_page import LazyPage

        page = self.window.pages.show_page(key)
        if not isinstance(page, LazyPage):
            return page
        self._wait(lambda: page.page is not None)
        return page.page

    def _start_batch(self) -> None:
        self._made_up = False
        self.session.use_restorer(self._restorer)
        self._then(self._batch_page.start)
        self._page("inspector")
        self._wait(lambda: self._inspector.model_info is not None)

    @property
    def _inspector(self) -> Any:
        return self._shown_page("inspector")

    def _tab(self, title: str) -> Callable[[], None]:
        return lambda: self._then(lambda: self._inspector.tabs.setCurrentWidget(self._inspector.panels[title]))

    def _watch_batch(self) -> None:
        page = self._batch_page
        self._wait(lambda: not page.busy)

    def _look_at_row(self) -> None:
        rows = self._batch_page.view.rows
        self._repeat(5, lambda number: self._batch_page.view.table.doubleClicked.emit(rows.index(number, 0)))
        self._settle()

    # Jobs

    def _open(self) -> None:
        self._then(lambda: self.window.photo_opener.open_paths([self._photo]))
        self._wait(lambda: self.session.photo is not None)

    def _restore(self) -> None:
        self._then(lambda: self.session.choose("haze"))
        self._then(self.session.restore)

    def _strength(self) -> None:
        slider = self.window.studio.panel.steps.rows[0].strength
        self._repeat(20, lambda number: slider.setValue(30 + 3 * number))

    def _send(self, kind: str, x: float, y: float) -> None:
        from PySide6.QtCore import QEvent, QPointF, Qt
        from PySide6.QtGui import QMouseEvent
        from PySide6.QtWidgets import QApplication

        canvas, left, none = self.window.studio.canvas, Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
        at = canvas.photo_frames()[0].to_canvas(x, y)
        kinds = {
            "press": (QEvent.Type.MouseButtonPress, left, left),
            "move": (QEvent.Type.MouseMove, none, left),
            "release": (QEvent.Type.MouseButtonRelease, left, none),
        }
        event, button, held = kinds[kind]
        position = QPointF(canvas.mapToGlobal(at))
        QApplication.sendEvent(canvas, QMouseEvent(event, at, position, button, held, Qt.KeyboardModifier.NoModifier))

    def _paint(self) -> None:
        self._then(lambda: self.window.studio.mask_editor.begin(0))
        self._then(self.window.actions_.mask_brush.trigger)
        for row in range(3):
            y = 0.2 + 0.2 * row
            self._then_soon(lambda y=y: self._send("press", 0.1, y))  # type: ignore[misc]
            self._repeat(20, lambda number, y=y: self._send("move", 0.1 + 0.04 * number, y))  # type: ignore[misc]
            self._then_soon(lambda y=y: self._send("release", 0.9, y))  # type: ignore[misc]

    def _sky(self) -> None:
        panel = self.window.studio.panel.mask_panel
        self._then(self.window.actions_.mask_sky.trigger)
        self._repeat(15, lambda number: panel.rows[0].slider.setValue(60 + 5 * number))
        self._repeat(15, lambda number: panel.feather.slider.setValue(5 * number))
        self._then(self.window.actions_.mask_linear.trigger)
        self._then_soon(lambda: self._send("press", 0.5, 0.6))
        self._repeat(20, lambda number: self._send("move", 0.5 + 0.01 * number, 0.6))
        self._then(lambda: self._send("release", 0.7, 0.6))

    def _undo(self) -> None:
        actions = self.window.actions_
        self._repeat(6, lambda number: actions.undo.trigger())
        self._repeat(6, lambda number: actions.redo.trigger())
        self._then(self.window.studio.mask_editor.finish)

    def _compare(self) -> None:
        actions, canvas = self.window.actions_, self.window.studio.canvas
        self._then(actions.histogram.trigger)
        for action in actions.modes.values():
            self._then_soon(action.trigger)
            for zoom in (0.5, 1.0, 3.0):
                self._then_soon(lambda zoom=zoom: canvas.zoom_to(zoom))  # type: ignore[misc]
            self._then_soon(actions.fit.trigger)
        self._then(actions.split.trigger)

    def _crop(self) -> None:
        self._then(self.window.actions_.crop.trigger)
        self._wait(lambda: self.window.studio.is_cropping)
        self._settle()
        self._then(self.window.studio.end_crop)

    def _close_dialogs(self) -> None:
        from PySide6.QtWidgets import QDialog

        for dialog in self.window.findChildren(QDialog):
            if dialog.isVisible():
                dialog.close()

    def _export(self) -> None:
        self._wait(lambda: self.session.can_save or self.session.can_restore)
        if self.session.can_restore:
            self._then(self.session.restore)
        self._then(self.window.actions_.export.trigger)
        self._then(self._close_dialogs)

    def _save(self) -> None:
        self._then(lambda: self.session.save(self._home / "saved.jpg", overwrite=True))

    def _open_strip(self) -> None:
        self._then(lambda: self.window.photo_opener.open_paths(self._strip))
        self._wait(lambda: len(self.session.documents) > len(self._strip))

    def _switch(self) -> None:
        self._repeat(len(self._strip), lambda number: self.session.show_next(1))

    def _restore_really(self) -> None:
        self._made_up = False
        self._then(lambda: self.session.use_restorer(lambda: self._restorer()))
        self._then(lambda: self.window.photo_opener.open_paths([_sample("haze")]))
        self._wait(lambda: self.session.photo is not None and self.session.current is self.session.selected)
        self._then(lambda: self.session.choose("haze"))
        self._then(self.session.restore)

    def _try_all(self) -> None:
        self._then(self.window.actions_.try_all.trigger)
        self._then(self._close_dialogs)

    def _page(self, key: str) -> None:
        self._then(lambda: self.window.pages.show_page(key))
        self._then(lambda: self.window.pages.show_page("studio"))

    def _dialog(self, name: str) -> Callable[[], None]:
        def job() -> None:
            self._then(getattr(self.window.actions_, name).trigger)
            self._then(self._close_dialogs)

        return job


def _sample(key: str) -> Path:
    from dfpir_gui.session.samples import shipped_samples

    return next(sample.path for sample in shipped_samples() if sample.degradation == key)


if __name__ == "__main__":
    sys.exit(main())
