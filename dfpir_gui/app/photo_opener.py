"""Opens photos that are dropped, pasted or chosen, and keeps the menu of recent files."""

import os
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QBuffer, QDateTime, QObject
from PySide6.QtGui import QColorSpace, QGuiApplication, QImage, QImageWriter
from PySide6.QtWidgets import QMenu

from core.photo import READABLE
from dfpir_gui.session import Change, Session
from dfpir_gui.session.notices import Notice, Severity
from dfpir_gui.session.pasted import is_pasted
from dfpir_gui.session.samples import shipped_samples
from dfpir_gui.settings.settings import Settings
from dfpir_gui.widgets.drops import local_files

MAX_PHOTOS = 200
"""At most this many photos are opened from folders at once; the Batch page restores more."""

_MAX_ENTRIES = 20_000
"""At most this many directory entries are read."""


@dataclass(frozen=True)
class ExpandedPaths:
    """Photos to open.

    Attributes:
        paths: the files without duplicates; those of a folder in natural order (2 before 10).
        truncated: whether folders contain more photos than :data:`MAX_PHOTOS`.
        empty_folders: names of folders without any photo.
    """

    paths: tuple[Path, ...]
    truncated: bool = False
    empty_folders: tuple[str, ...] = ()


def expand_paths(paths: Iterable[Path]) -> ExpandedPaths:
    """Replace folders by the photos in them and in their subfolders.

    Files are kept whatever their suffix, so that opening one that is not a photo reports an error. In folders, only
    files with the suffix of a photo are used, and hidden entries are skipped.
    """
    photos: dict[Path, None] = {}
    empty_folders = []
    truncated = False
    for entry in paths:
        if not entry.is_dir():
            photos[entry] = None
            continue
        is_empty = True
        for path in _photos_in(entry):
            is_empty = False
            if path not in photos and len(photos) >= MAX_PHOTOS:
                truncated = True
                break
            photos[path] = None
        if is_empty:
            empty_folders.append(entry.name or str(entry))
    return ExpandedPaths(tuple(photos), truncated, tuple(empty_folders))


def _photos_in(folder: Path) -> Iterator[Path]:
    entries = 0
    for base, folders, files in os.walk(folder):
        folders[:] = sorted((name for name in folders if not name.startswith(".")), key=_natural_sort_key)
        for name in sorted(files, key=_natural_sort_key):
            if not name.startswith(".") and Path(name).suffix.lower() in READABLE:
                yield Path(base, name)
        entries += len(folders) + len(files)
        if entries > _MAX_ENTRIES:
            return


def _natural_sort_key(name: str) -> list[tuple[int, int, str]]:
    """A key that sorts ``IMG_2`` before ``IMG_10`` and ignores case."""
    parts = re.findall(r"\d+|\D+", name.casefold())
    return [(0, int(part), "") if part.isdecimal() else (1, 0, part) for part in parts]


_FAST_PNG_QUALITY = 80
"""Quality value that Qt maps to weak, fast PNG compression."""


class PhotoOpener(QObject):
    """Opens files, folders and the clipboard in the session, and remembers the recent files.

    Args:
        session: opens the photos.
        settings: store the recent files.
        show_studio: shows the Studio page.
        parent: the window.
    """

    def __init__(
        self, session: Session, settings: Settings, show_studio: Callable[[], object], parent: QObject
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._settings = settings
        self._show_studio = show_studio
        self._remembered: set[Path] = set()
        session.subscribe(self._on_change)

    def open_paths(self, paths: Iterable[Path]) -> None:
        """Open files, and the photos in folders; warn about folders without photos."""
        found = expand_paths(paths)
        if found.paths:
            self._show_studio()
            self._session.open_all(found.paths)
        warnings = [
            self.tr("There is no photo in the folder {name}.").format(name=name) for name in found.empty_folders
        ]
        if found.truncated:
            warnings.append(
                self.tr("Only the first {count} photos were opened. The Batch page restores whole folders.").format(
                    count=MAX_PHOTOS
                )
            )
        if warnings:
            self._session.show_notice(Notice(" ".join(warnings), severity=Severity.WARNING))

    def paste(self) -> None:
        """Open the files or the image in the clipboard."""
        data = QGuiApplication.clipboard().mimeData()
        paths = local_files(data) if data is not None else []  # some platforms have None for an empty clipboard
        if paths:
            self.open_paths(paths)
        elif data is not None and data.hasImage() and not (image := QGuiApplication.clipboard().image()).isNull():
            self._open_image(image)
        else:
            self._session.show_notice(
                Notice(
                    self.tr("The clipboard contains no image and no file."),
                    self.tr("Copy an image, or a photo in your file manager, and paste again."),
                    severity=Severity.WARNING,
                )
            )

    def attach_recent_menu(self, menu: QMenu) -> None:
        """Fill ``menu`` with the recent files whenever it opens."""
        menu.setToolTipsVisible(True)
        menu.aboutToShow.connect(lambda: self._fill_recent_menu(menu))
        self._fill_recent_menu(menu)

    def _fill_recent_menu(self, menu: QMenu) -> None:
        menu.clear()
        recent = self._settings.recent
        for number, path in enumerate(recent, 1):
            name = path.name.replace("&", "&&")
            action = menu.addAction(f"&{number} {name}" if number < 10 else name)
            action.setToolTip(str(path))
            action.triggered.connect(lambda _=False, path=path: self.open_paths([path]))
        if not recent:
            menu.addAction(self.tr("No recent photos")).setEnabled(False)
            return
        menu.addSeparator()
        menu.addAction(self.tr("&Clear list")).triggered.connect(self._clear_recent)

    def _clear_recent(self) -> None:
        self._settings.recent = []

    def _open_image(self, image: QImage) -> None:
        if image.colorSpace().isValid():
            image.convertToColorSpace(QColorSpace(QColorSpace.NamedColorSpace.SRgb))
        now = QDateTime.currentDateTime().toString("yyyy-MM-dd HH.mm.ss.zzz")
        self._show_studio()
        self._session.paste(self.tr("Pasted {time}").format(time=now) + ".png", lambda: _png(image))

    def _on_change(self, changed: Change) -> None:
        if changed & Change.DOCUMENTS:
            opened = [document.path for document in self._session.documents if document.photo is not None]
            for path in reversed([path for path in opened if path not in self._remembered]):
                self._remember(path)
        if changed & Change.PHOTO and self._session.current is not None:
            self._remember(self._session.current.path)

    def _remember(self, path: Path) -> None:
        self._remembered.add(path)
        bundled = any(sample.path == path for sample in shipped_samples())
        if not bundled and not is_pasted(path):
            self._settings.remember(path.absolute())


def _png(image: QImage) -> bytes:
    buffer = QBuffer()
    buffer.open(QBuffer.OpenModeFlag.WriteOnly)
    writer = QImageWriter(buffer, b"png")
    writer.setQuality(_FAST_PNG_QUALITY)
    if not writer.write(image):
        raise MemoryError("the image could not be compressed")
    return bytes(buffer.data().data())
