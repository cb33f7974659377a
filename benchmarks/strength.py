"""Time until a changed strength is on the screen: ``python benchmarks/strength.py --megapixels 24 --steps 2``.

The photo has random pixels, and the passes of the network are made up: the network does not run. Measured are the time
from the command to the first painted frame with the new strength, and the time to the exact result.
"""

import argparse
import itertools
import json
import os
import statistics
import time

import numpy as np


def main() -> None:
    """Measure at several zooms and print one line for each."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--megapixels", type=float, default=24.0)
    parser.add_argument("--steps", type=int, default=1, choices=(1, 2), help="the strength of the last one changes")
    parser.add_argument("--width", type=int, default=1600, help="of the canvas, logical pixels")
    parser.add_argument("--height", type=int, default=1000)
    parser.add_argument("--changes", type=int, default=5)
    parser.add_argument("--json", action="store_true", help="print one JSON object: milliseconds by zoom in percent")
    options = parser.parse_args()

    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from pathlib import Path

    from made_up import Detector, Restorer
    from PySide6.QtGui import QPixmap
    from PySide6.QtWidgets import QApplication

    from core.inference import Step
    from core.photo import Photo
    from dfpir_gui.session import Session, State
    from dfpir_gui.studio.canvas import Canvas
    from dfpir_gui.workers.main_thread import MainThread

    app = QApplication([])
    height = round((options.megapixels * 1e6 / 1.5) ** 0.5)
    pixels = np.random.default_rng(0).random((height, round(height * 1.5), 3), np.float32)
    session = Session(
        post=MainThread().post,
        restorer_factory=Restorer,  # type: ignore[arg-type]
        detector_factory=Detector,  # type: ignore[arg-type]
        open_photo=lambda path: Photo.from_array(pixels),
        memory_limit=2**40,
    )

    def wait(state: State) -> None:
        while session.state is not state or session.busy:
            app.processEvents()

    session.open(Path("random.png"))
    wait(State.READY)
    session.editor.replace([Step("haze", 0.6), Step("rain")][-options.steps :])
    session.restore()
    wait(State.RESTORED)
    canvas = Canvas()
    canvas.resize(options.width, options.height)
    canvas.set_photo(session.before)
    canvas.set_result(session.after)
    frame = QPixmap(canvas.size())
    canvas.render(frame)
    if not options.json:
        print(f"{pixels.shape[1]}x{height}, {options.steps} steps, canvas {options.width}x{options.height}")
    medians: dict[int, float] = {}
    strengths = itertools.cycle([0.2, 0.3, 0.4, 0.5, 0.6])  # an unchanged one would change nothing
    for zoom in (canvas.viewport.fit_zoom, 0.6, 1.0):
        canvas.zoom_to(zoom)
        first, exact = [], []
        for _ in range(options.changes):
            shown = session.after
            start = time.perf_counter()
            session.editor.set_strength(options.steps - 1, next(strengths))
            while session.after is shown:
                app.processEvents()
            canvas.set_result(session.after)
            canvas.render(frame)
            first.append(time.perf_counter() - start)
            while session.busy:
                app.processEvents()
            exact.append(time.perf_counter() - start)
        middle, worst = (1000 * value for value in (statistics.median(first), max(first)))
        medians[round(100 * zoom)] = middle
        if options.json:
            continue
        print(
            f"  at {100 * zoom:4.0f} %: on the screen after {middle:6.0f} ms, worst {worst:6.0f} ms; exact after "
            f"{1000 * statistics.median(exact):6.0f} ms"
        )
    if options.json:
        print(json.dumps(medians))
    session.close()
    app.quit()


if __name__ == "__main__":
    main()
