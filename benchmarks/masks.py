"""Time to edit masks of a large photo in the window: ``python benchmarks/masks.py --megapixels 24``.

The photo is made up (a bright sky above a textured ground), and so are the passes of the network. Measured are, in wall
and processor time of the main thread: a move of the brush and of a gradient's handle, painted; the time from a move of
a slider to the overlay and to the exact result; and the same for a slider that moves all the time.
"""

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable


def main() -> None:
    """Measure and print one line for each."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--megapixels", type=float, default=24.0)
    parser.add_argument("--width", type=int, default=1600, help="of the window, logical pixels")
    parser.add_argument("--height", type=int, default=1000)
    parser.add_argument("--moves", type=int, default=30)
    options = parser.parse_args()

    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    with tempfile.TemporaryDirectory() as home:
        for name in ("CONFIG", "DATA", "STATE"):
            os.environ[f"XDG_{name}_HOME"] = home
        import torch  # noqa: F401 - before Qt, see dfpir_gui.__main__

        _measure(options)


def _measure(options: argparse.Namespace) -> None:
    from pathlib import Path

    from PySide6.QtCore import QEvent, QPointF, Qt
    from PySide6.QtGui import QMouseEvent, QPixmap
    from PySide6.QtWidgets import QApplication

    from benchmarks.made_up import Detector, Restorer, landscape
    from core.inference import Step
    from core.photo import Photo
    from dfpir_gui.app.main_window import MainWindow
    from dfpir_gui.session import Session, State
    from dfpir_gui.workers.main_thread import MainThread

    app = QApplication([])
    pixels = landscape(options.megapixels)
    session = Session(
        post=MainThread().post,
        restorer_factory=Restorer,  # type: ignore[arg-type]
        detector_factory=Detector,  # type: ignore[arg-type]
        open_photo=lambda path: Photo.from_array(pixels),
        memory_limit=2**40,
    )
    window = MainWindow(session)
    window.resize(options.width, options.height)
    window.show()

    def wait(done: Callable[[], object]) -> None:
        while not done():
            app.processEvents()

    session.open(Path("made-up.png"))
    wait(lambda: session.state is State.READY and not session.busy)
    session.editor.replace([Step("haze")])
    session.restore()
    wait(lambda: session.state is State.RESTORED and not session.busy)
    canvas, editor, panel = window.studio.canvas, window.studio.mask_editor, window.studio.panel.mask_panel
    frame = QPixmap(canvas.size())
    document = session.current
    assert document is not None
    print(f"{pixels.shape[1]}x{pixels.shape[0]}, canvas {canvas.width()}x{canvas.height()}")

    def send(kind: QEvent.Type, x: float, y: float, held: bool = True) -> None:
        at = canvas.photo_frames()[0].to_canvas(x, y)
        button = Qt.MouseButton.NoButton if kind is QEvent.Type.MouseMove else Qt.MouseButton.LeftButton
        buttons = Qt.MouseButton.LeftButton if held else Qt.MouseButton.NoButton
        event = QMouseEvent(kind, at, QPointF(canvas.mapToGlobal(at)), button, buttons, Qt.KeyboardModifier.NoModifier)
        QApplication.sendEvent(canvas, event)

    def drag(name: str, begin: tuple[float, float], end: tuple[float, float]) -> None:
        wall, busy = [], []
        send(QEvent.Type.MouseButtonPress, *begin)
        for move in range(1, options.moves + 1):
            share = move / options.moves
            start, cpu = time.perf_counter(), time.thread_time()
            send(
                QEvent.Type.MouseMove,
                begin[0] + share * (end[0] - begin[0]),
                begin[1] + share * (end[1] - begin[1]),
            )
            app.processEvents()  # paints
            wall.append(time.perf_counter() - start)
            busy.append(time.thread_time() - cpu)
        send(QEvent.Type.MouseButtonRelease, *end, held=False)
        wait(lambda: not session.busy)
        print(f"  {name:28} {_line(wall)}; processor {_line(busy)}")

    def slide(name: str, change: Callable[[float], None]) -> None:
        overlay, exact = [], []
        for move in range(1, options.moves + 1):
            shown, result = editor.overlay.values, session.result
            start = time.perf_counter()
            change(move / (options.moves + 1))
            wait(lambda shown=shown: editor.overlay.values is not shown)
            canvas.render(frame)
            overlay.append(time.perf_counter() - start)
            if move % 5 == 0:
                wait(lambda result=result: session.result is not result and not session.busy)
                exact.append(time.perf_counter() - start)
        wait(lambda: not session.busy)
        start, busy, shown_after, updates = time.perf_counter(), [], [], 0
        last, since = editor.overlay.values, start
        while time.perf_counter() - start < 3:  # moved all the time, as by a mouse that sends 60 events a second
            now, cpu = time.perf_counter(), time.thread_time()
            change(0.2 + 0.2 * (now - start))
            app.processEvents()
            busy.append(time.thread_time() - cpu)
            if editor.overlay.values is not last:
                shown_after.append(time.perf_counter() - since)
                last, since, updates = editor.overlay.values, time.perf_counter(), updates + 1
            while time.perf_counter() - now < 1 / 60:
                app.processEvents()
        end, result = time.perf_counter(), session.result
        wait(lambda: not session.busy)
        print(
            f"  {name:28} overlay {_line(overlay)}; exact {_line(exact)}; moved all the time: "
            f"{updates} overlays in 3 s, {_line(shown_after)} apart, processor {_line(busy)} a move, "
            f"exact {time.perf_counter() - end:.2f} s after the last"
        )

    editor.begin(0)
    window.actions_.mask_brush.trigger()
    drag("brush", (0.1, 0.2), (0.9, 0.5))
    editor.clear()
    editor.add_linear()
    wait(lambda: not session.busy)
    drag("handle of a linear gradient", (0.5, 0.6), (0.6, 0.9))
    drag("middle of a linear gradient", (0.55, 0.55), (0.4, 0.4))
    slide("length of a linear gradient", lambda place: panel.rows[3].slider.setValue(round(200 * place)))
    editor.clear()
    editor.add_radial()
    wait(lambda: not session.busy)
    drag("handle of a radial gradient", (0.5, 0.5), (0.4, 0.4))
    editor.add_sky()
    wait(lambda: not session.busy)
    slide("sensitivity of the sky", lambda place: panel.rows[0].slider.setValue(round(200 * place)))
    editor.clear()
    editor.add_luminance()
    wait(lambda: not session.busy)
    slide("range of lightness", lambda place: panel.rows[0].slider.setValue(round(200 * place)))
    slide("feather", lambda place: panel.feather.slider.setValue(round(200 * place)))
    session.close()
    app.quit()


def _line(seconds: list[float]) -> str:
    if not seconds:
        return "never"
    ordered = sorted(1000 * value for value in seconds)
    p95 = ordered[min(int(0.95 * len(ordered)), len(ordered) - 1)]
    return f"{statistics.median(ordered):.1f} / {p95:.1f} / {ordered[-1]:.1f} ms"


if __name__ == "__main__":
    main()
