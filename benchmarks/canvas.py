"""Time to paint a large photo, and per frame of panning: ``python benchmarks/canvas.py --megapixels 24``.

The photo has random pixels, which take as long as a real one at every level of the pyramid. Frames are painted by the
CPU into memory, as Qt paints a window.
"""

import argparse
import os
import statistics
import time

import numpy as np


def main() -> None:
    """Measure and print one line for each comparison mode."""
    parser = argparse.ArgumentParser(description="Time to paint a large photo.")
    parser.add_argument("--megapixels", type=float, default=24.0)
    parser.add_argument("--width", type=int, default=1600, help="of the canvas, logical pixels")
    parser.add_argument("--height", type=int, default=1000)
    parser.add_argument("--frames", type=int, default=20)
    options = parser.parse_args()

    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtGui import QPixmap
    from PySide6.QtWidgets import QApplication

    from dfpir_gui.studio.canvas import Canvas
    from dfpir_gui.studio.scene import Mode
    from dfpir_gui.workers.image_pyramid import Pyramid

    app = QApplication([])
    height = round((options.megapixels * 1e6 / 1.5) ** 0.5)
    pixels = np.random.default_rng(0).random((height, round(height * 1.5), 3), np.float32)
    canvas = Canvas()
    canvas.resize(options.width, options.height)
    frame = QPixmap(canvas.size())

    start = time.perf_counter()
    before = Pyramid.from_pixels(pixels)
    built = time.perf_counter()
    canvas.set_photo(before)
    canvas.render(frame)
    painted = time.perf_counter()
    print(
        f"{before.width}x{before.height}: pyramid {built - start:.2f} s on the worker, "
        f"first frame {1000 * (painted - built):.0f} ms"
    )
    canvas.set_result(Pyramid.from_pixels(1.0 - pixels))
    for mode in Mode:
        canvas.set_mode(mode)
        for zoom in (canvas.viewport.fit_zoom, 0.6, 1.0, 3.0):
            canvas.zoom_to(zoom)
            times = []
            busy = time.process_time()
            for _ in range(options.frames):
                canvas.viewport.pan(17, 11)
                start = time.perf_counter()
                canvas.render(frame)
                times.append(time.perf_counter() - start)
            worst, middle = 1000 * max(times), 1000 * statistics.median(times)
            busy = 1000 * (time.process_time() - busy) / options.frames
            text = f"{middle:5.1f} ms a frame, worst {worst:5.1f} ms, {busy:5.1f} ms of CPU time"
            print(f"  {mode:10} at {100 * zoom:4.0f} %: {text}")
    app.quit()


if __name__ == "__main__":
    main()
