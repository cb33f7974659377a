"""Saves the main states of the window as PNG files: ``python packaging/screenshots.py DIR``.

Each state is saved in both themes and both languages. Qt renders off screen, and the user's settings are neither read
nor changed. Each bundled sample is restored once with the built-in model, so all states take a few minutes.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from PySide6.QtCore import QSize
    from PySide6.QtGui import QPainter
    from PySide6.QtWidgets import QWidget

    from core.inference import RestorationResult, Restorer, Step
    from core.photo import Photo
    from dfpir_gui.app.main_window import MainWindow

_TIMEOUT_S = 600
_SIZES = ("960x600", "1280x800", "1920x1080")
_DEFAULT_SIZE = "1280x800"
_SCREEN = {
    "screens": [
        {"name": "main", "x": 0, "y": 0, "width": 1920, "height": 1080}
        | {"logicalDpi": 96, "logicalBaseDpi": 96, "dpr": 1}
    ]
}
"""For Qt's platform plugin. Its default screen, of 800 × 800 pixels, is smaller than the window."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Save the screenshots and return the exit status."""
    parser = argparse.ArgumentParser(prog="python packaging/screenshots.py", description=__doc__)
    parser.add_argument("folder", type=Path, metavar="DIR", help="folder for the files STATE-THEME-LANGUAGE[-SIZE].png")
    parser.add_argument("--states", nargs="+", metavar="STATE", help="only these states; by default all")
    parser.add_argument("--themes", nargs="+", default=["dark", "light"], choices=["dark", "light"])
    parser.add_argument("--languages", nargs="+", default=["en", "zh_CN"], choices=["en", "zh_CN"])
    parser.add_argument("--sizes", nargs="+", default=[_DEFAULT_SIZE], choices=_SIZES, help="of the window")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as home:
        screen = Path(home, "screen.json")
        screen.write_text(json.dumps(_SCREEN))
        os.environ["QT_QPA_PLATFORM"] = f"offscreen:configfile={screen}"
        for name in ("CONFIG", "DATA", "STATE"):
            os.environ[f"XDG_{name}_HOME"] = home
        import torch  # noqa: F401 - before Qt, see dfpir_gui.__main__

        _save_all(options)
    return 0


def _save_all(options: argparse.Namespace) -> None:
    from PySide6.QtWidgets import QApplication

    from dfpir_gui.i18n.qt_translators import use_language
    from dfpir_gui.settings.theme import Theme, apply_theme

    app = QApplication(["DFPIR Studio"])
    restorer = cast("Restorer", _CachingRestorer())
    options.folder = options.folder.resolve()
    options.folder.mkdir(parents=True, exist_ok=True)
    for language in options.languages:
        use_language(app, language)
        for theme in options.themes:
            apply_theme(app, Theme(theme))
            for state, prepare in STATES.items():
                if options.states and state not in options.states:
                    continue
                for size in options.sizes:
                    with _window(restorer, size) as window:
                        prepare(window)
                        _wait_until_idle(window)
                        ending = "" if size == _DEFAULT_SIZE else f"-{size}"
                        path = options.folder / f"{state}-{theme}-{language}{ending}.png"
                        _grab(window, path)
                        sys.stdout.write(f"{path}\n")
                        sys.stdout.flush()


class _CachingRestorer:
    """The built-in model on the CPU, which restores each photo with the same steps only once."""

    def __init__(self) -> None:
        self._results: dict[tuple[object, ...], RestorationResult] = {}
        self._passes: dict[tuple[object, ...], dict[Any, Any]] = {}

    @cached_property
    def _restorer(self) -> "Restorer":
        from core.inference import Restorer

        return Restorer(device="cpu")

    def __getattr__(self, name: str) -> Any:
        return getattr(self._restorer, name)

    def restore(self, photo: "Photo", steps: "Sequence[Step]", **options: Any) -> "RestorationResult":
        key = (photo.source, tuple(steps), photo.pixels.shape, float(photo.pixels.sum()))
        if key not in self._results:
            self._results[key] = self._restorer.restore(photo, steps, **options)
            self._passes[key] = dict(options.get("passes") or {})
        elif options.get("passes") is not None:
            options["passes"].update(self._passes[key])
        return self._results[key]


@contextmanager
def _window(restorer: "Restorer", size: str) -> Iterator["MainWindow"]:
    from PySide6.QtCore import QSettings

    from core.photo import Photo
    from dfpir_gui.app.main_window import MainWindow
    from dfpir_gui.session import Session
    from dfpir_gui.settings.settings import APPLICATION, ORGANISATION, Settings
    from dfpir_gui.studio.hints import HINTS
    from dfpir_gui.workers.main_thread import MainThread

    QSettings(QSettings.Format.IniFormat, QSettings.Scope.UserScope, ORGANISATION, APPLICATION).clear()
    Settings().hints_seen = HINTS
    main_thread = MainThread()
    session = Session(post=main_thread.post, restorer_factory=lambda: restorer, open_photo=Photo.open)
    window = MainWindow(session)
    width, height = map(int, size.split("x"))
    window.resize(width, height)
    window.show()
    yield window
    session.close()
    window.pages.end()
    window.hide()
    window.deleteLater()


def _wait_until_idle(window: "MainWindow") -> None:
    """Wait until no work is running and everything is drawn."""
    _wait(lambda: not window.session.busy and not _is_drawing(window))
    _pause(300)


def _is_drawing(window: "MainWindow") -> bool:
    """Whether the Inspector still draws the charts of the tab that is shown."""
    inspector = getattr(window.pages.current_page, "page", window.pages.current_page)
    if not hasattr(inspector, "tabs"):
        return False
    panel = inspector.tabs.currentWidget()
    return panel is None or inspector.model_info is None or bool(panel.busy)


def _wait(done: Callable[[], bool]) -> None:
    end = time.monotonic() + _TIMEOUT_S
    while not done():
        if time.monotonic() > end:
            raise TimeoutError("the window did not become idle")
        _pause(20)


def _pause(milliseconds: int) -> None:
    """Run an event loop. ``QTest.qWait`` would hold the interpreter lock, which the worker thread needs."""
    from PySide6.QtCore import QEventLoop, QTimer

    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()


def _grab(window: "MainWindow", path: Path) -> None:
    """Save the window with its dialogs."""
    from PySide6.QtCore import QSize
    from PySide6.QtGui import QColor, QPainter, QPixmap
    from PySide6.QtWidgets import QDialog

    from dfpir_gui.settings import theme

    dialogs = [dialog for dialog in window.findChildren(QDialog) if dialog.isVisible()]
    size = window.size()
    for dialog in dialogs:  # they may be larger than the window
        size = size.expandedTo(dialog.size() + QSize(2, 2))
    picture = QPixmap(size)
    picture.fill(QColor(theme.EDGE))
    painter = QPainter(picture)
    _draw_centred(painter, size, window)
    for dialog in dialogs:
        _draw_centred(painter, size, dialog, edge=1)
    painter.end()
    picture.save(str(path))


def _draw_centred(painter: "QPainter", size: "QSize", widget: "QWidget", *, edge: int = 0) -> None:
    from PySide6.QtGui import QColor

    from dfpir_gui.settings import theme

    left, top = (size.width() - widget.width()) // 2, (size.height() - widget.height()) // 2
    width, height = widget.width() + 2 * edge, widget.height() + 2 * edge
    painter.fillRect(left - edge, top - edge, width, height, QColor(theme.EDGE))
    painter.drawPixmap(left, top, widget.grab())


# The states


def _open(window: "MainWindow", name: str, *more: str) -> None:
    from dfpir_gui.session.samples import shipped_samples

    paths = {sample.degradation: sample.path for sample in shipped_samples()}
    window.photo_opener.open_paths([paths[key] for key in (name, *more)])
    _wait(lambda: window.session.photo is not None and not window.session.busy)


def _restored(window: "MainWindow", name: str = "haze") -> None:
    _open(window, name)
    window.session.choose(name)
    window.session.restore()
    _wait(lambda: window.session.result is not None)


def _compared(mode: str) -> "Callable[[MainWindow], None]":
    def prepare(window: "MainWindow") -> None:
        _restored(window)
        getattr(window.actions_, mode).trigger()

    return prepare


def _loupe(window: "MainWindow") -> None:
    from PySide6.QtTest import QTest

    _restored(window)
    window.actions_.loupe.trigger()
    canvas, centre = window.studio.canvas, window.studio.canvas.rect().center()
    for place in (centre, centre / 1.4):  # no event without a movement
        QTest.mouseMove(canvas, place)


def _mask(window: "MainWindow") -> None:
    """Haze is removed everywhere but in the sky."""
    _restored(window)
    editor = window.studio.mask_editor
    editor.begin(0)
    editor.add_sky()
    editor.invert(True)
    editor.show_overlay(True)
    _wait(lambda: not window.session.busy)


def _mask_tool(tool: str) -> "Callable[[MainWindow], None]":
    def prepare(window: "MainWindow") -> None:
        from core.masks import Stroke

        _restored(window)
        editor = window.studio.mask_editor
        editor.begin(0)
        getattr(window.actions_, tool).trigger()
        if tool == "mask_brush":
            editor.add_stroke(Stroke(((0.2, 0.3), (0.6, 0.5)), 0.15))
        editor.show_overlay(True)
        _wait(lambda: not window.session.busy)

    return prepare


def _without_sky(window: "MainWindow") -> None:
    """The sky of a photo that has none, inverted."""
    _restored(window, "low-light")
    editor = window.studio.mask_editor
    editor.begin(0)
    editor.add_sky()
    editor.invert(True)
    _wait(lambda: not window.session.busy)


def _result_removed(window: "MainWindow") -> None:
    _restored(window)
    window.actions_.rotate_right.trigger()
    _wait(lambda: window.session.can_bring_back_result)


def _cropping(window: "MainWindow") -> None:
    _restored(window)
    window.actions_.crop.trigger()
    _wait(lambda: window.studio.is_cropping)


def _histogram(window: "MainWindow") -> None:
    from PySide6.QtWidgets import QScrollArea

    _restored(window)
    _pause(300)
    scroll = window.studio.panel.findChild(QScrollArea)
    assert isinstance(scroll, QScrollArea)
    scroll.verticalScrollBar().setValue(scroll.verticalScrollBar().maximum())


def _dialog(action: str) -> "Callable[[MainWindow], None]":
    def prepare(window: "MainWindow") -> None:
        if action in ("export", "try_all"):
            _restored(window)
        getattr(window.actions_, action).trigger()

    return prepare


def _presets(window: "MainWindow") -> None:
    from core.presets import Presets
    from dfpir_gui.dialogs.presets_dialog import PresetsDialog

    PresetsDialog(Presets(), window).show()


def _with_error(window: "MainWindow") -> None:
    """A photo is open, and another one is cut short."""
    from dfpir_gui.session.samples import shipped_samples

    _open(window, "rain")
    beach = Path(os.environ["XDG_DATA_HOME"], "beach.jpg")
    beach.write_bytes(shipped_samples()[0].path.read_bytes()[:20_000])
    window.photo_opener.open_paths([beach])
    _wait(lambda: window.session.notice is not None and not window.session.busy)
    window.error_bar.details_button.click()


def _models(window: "MainWindow") -> None:
    window.actions_.models.trigger()
    _wait(lambda: all(entry.family for entry in window.model_registry.entries))


def _page(key: str) -> "Callable[[MainWindow], None]":
    def prepare(window: "MainWindow") -> None:
        from dfpir_gui.widgets.lazy_page import LazyPage

        if key in window.actions_.pages:
            _restored(window)
            window.pages.show_page(key)
            _wait(lambda: all(lazy.page is not None for lazy in window.findChildren(LazyPage) if lazy.isVisible()))

    return prepare


def _shown_page(window: "MainWindow", key: str) -> Any:
    """The page called ``key``, once its modules are imported."""
    from dfpir_gui.widgets.lazy_page import LazyPage

    page = window.pages.show_page(key)
    if not isinstance(page, LazyPage):
        return page
    _wait(lambda: page.page is not None)
    return page.page


def _inspector_tab(
    title: str, scrolled: float = 0.0, then: "Callable[[Any], None] | None" = None
) -> "Callable[[MainWindow], None]":
    """A tab of the Inspector: ``then`` is called with its panel, which is scrolled to a share of its height."""

    def prepare(window: "MainWindow") -> None:
        from PySide6.QtWidgets import QScrollArea

        _open(window, "haze", "rain")
        page = _shown_page(window, "inspector")
        _wait(lambda: page.model_info is not None)
        panel = page.panels[title]
        page.tabs.setCurrentWidget(panel)
        _pause(100)
        _wait_until_idle(window)
        if then is not None:
            then(panel)
            _wait_until_idle(window)
        bar = panel.findChild(QScrollArea).verticalScrollBar()
        bar.setValue(round(scrolled * bar.maximum()))

    return prepare


def _many_photos() -> Path:
    """A folder with parts of each sample, in folders with the names of their degradations."""
    import cv2

    from dfpir_gui.session.samples import shipped_samples

    folder = Path(os.environ["XDG_DATA_HOME"], "degraded")
    for sample in shipped_samples():
        place = folder / sample.degradation
        if place.exists():
            continue
        place.mkdir(parents=True)
        pixels = cv2.imread(str(sample.path))
        for number in range(4):
            left = number * (pixels.shape[1] - 128) // 3
            cv2.imwrite(str(place / f"{number + 1}.png"), pixels[64:192, left : left + 128])
    return folder


def _with_changed_gamma(panel: Any) -> None:
    """Drop rates over a folder, and γ 0.3."""
    panel.count_drops(_many_photos())
    panel.gamma.setValue(30)
    _pause(300)
    _wait(lambda: not panel.stop.isEnabled())


def _all_ablations(panel: Any) -> None:
    """All ablations, and the result of one."""
    panel.order_choice.setCurrentIndex(3)
    panel.run_all.click()
    _wait(lambda: not panel.stop.isEnabled())


def _clusters(panel: Any) -> None:
    panel.find_clusters(_many_photos())
    _wait(lambda: not panel.stop.isEnabled())
    panel.point_at(0)


def _batch(then: "Callable[[Any], None]") -> "Callable[[MainWindow], None]":
    """The samples, made smaller, as a batch that withholds harmful results."""

    def prepare(window: "MainWindow") -> None:
        import cv2

        from dfpir_gui.session.samples import shipped_samples

        os.chdir(os.environ["XDG_DATA_HOME"])  # so that the window shows no temporary folder
        source = Path("holiday")
        source.mkdir(exist_ok=True)
        for sample in shipped_samples():
            pixels = cv2.imread(str(sample.path))
            cv2.imwrite(str(source / sample.path.name), cv2.resize(pixels, None, fx=0.3, fy=0.3))
        page = _shown_page(window, "batch")
        page.options.review_harm.setChecked(True)
        page.options.set_folders(source, Path("holiday-restored"))
        _wait(lambda: not page.busy)
        if page.controls.start.isEnabled():
            page.start()
            _wait(lambda: not page.busy)
        then(page)
        _pause(500)

    return prepare


def _first_withheld(page: Any) -> int:
    from PySide6.QtCore import Qt

    rows = page.view.rows
    lines = range(rows.rowCount())
    return next(n for n in lines if rows.index(n, 0).data(Qt.ItemDataRole.UserRole).may_be_accepted)


STATES: "dict[str, Callable[[MainWindow], None]]" = {
    "empty": lambda window: None,
    "opened": lambda window: _open(window, "rain", "haze", "low-light"),
    "split": _restored,
    "side-by-side": _compared("side"),
    "difference": _compared("difference"),
    "loupe": _loupe,
    "mask": _mask,
    "mask-empty": lambda window: (_restored(window), window.studio.mask_editor.begin(0))[0],
    "mask-brush": _mask_tool("mask_brush"),
    "mask-radial": _mask_tool("mask_radial"),
    "mask-colour": _mask_tool("mask_colour"),
    "mask-no-sky": _without_sky,
    "crop": _cropping,
    "result-removed": _result_removed,
    "histogram": _histogram,
    "try-all": _dialog("try_all"),
    "export": _dialog("export"),
    "error": _with_error,
    "settings": _dialog("settings"),
    "guide": _dialog("guide"),
    "about": _dialog("about"),
    "presets": _presets,
    "models": _models,
    "shortcuts": _dialog("shortcuts"),
    "inspector": _page("inspector"),
    **{f"inspector-{title.lower()}": _inspector_tab(title) for title in ("Attention", "Features", "Ablations")},
    "inspector-order-followed": _inspector_tab("Order", 0.0, lambda panel: panel.follow(100)),
    "inspector-order-middle": _inspector_tab("Order", 0.5),
    "inspector-order-end": _inspector_tab("Order", 1.0),
    "inspector-attention-middle": _inspector_tab("Attention", 0.5, _with_changed_gamma),
    "inspector-attention-end": _inspector_tab("Attention", 1.0, _with_changed_gamma),
    "inspector-features-end": _inspector_tab("Features", 1.0),
    "inspector-clusters": _inspector_tab("Clusters", 0.0, _clusters),
    "inspector-clusters-empty": _inspector_tab("Clusters"),
    "inspector-ablations-all": _inspector_tab("Ablations", 0.0, _all_ablations),
    "inspector-ablations-end": _inspector_tab("Ablations", 1.0, _all_ablations),
    "inspector-empty": lambda window: _shown_page(window, "inspector") and None,
    "batch": _page("batch"),
    "batch-list": _batch(lambda page: page.view.table.selectRow(_first_withheld(page))),
    "batch-review": _batch(
        lambda page: page.view.table.doubleClicked.emit(page.view.rows.index(_first_withheld(page), 0))
    ),
}
"""Functions that bring a new window into a state, by the name of the state."""


if __name__ == "__main__":
    sys.exit(main())
