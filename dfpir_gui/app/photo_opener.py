"""How pictures come into the window: dropped, pasted, chosen, named again."""

from collections.abc import Callable, Iterable
from pathlib import Path

from PySide6.QtCore import QBuffer, QDateTime, QObject
from PySide6.QtGui import QColorSpace, QGuiApplication, QImage
from PySide6.QtWidgets import QMenu

from dfpir_gui.app.expand_paths import MOST, collected
from dfpir_gui.session import Change, Session
from dfpir_gui.session.notices import Notice, Severity
from dfpir_gui.session.pasted import is_pasted
from dfpir_gui.session.samples import shipped_samples
from dfpir_gui.settings.settings import Settings
from dfpir_gui.widgets.drops import local_files

_FAST = 80
"""Qt's quality for PNG: hardly compressed, and written at once."""


class PhotoOpener(QObject):
    """Hands what the user brings to the session, and remembers it for the menu of recent files.

    Args:
        session: gets the photos.
        settings: keep the recent files.
        show: brings the Studio page into sight.
    """

    def __init__(self, session: Session, settings: Settings, show: Callable[[], object], parent: QObject) -> None:
        super().__init__(parent)
        self._session = session
        self._settings = settings
        self._show = show
        self._remembered: set[Path] = set()
        session.subscribe(self._on_change)

    def take(self, given: Iterable[Path]) -> None:
        """Open these files, and the photos in these folders."""
        found = collected(given)
        if found.paths:
            self._show()
            self._session.open_all(found.paths)
        told = [self.tr("There is no photo in the folder {name}.").format(name=name) for name in found.empty]
        if found.more:
            told.append(
                self.tr("Only the first {count} photos were opened. The Batch page restores whole folders.").format(
                    count=MOST
                )
            )
        if told:
            self._session.show_notice(Notice(" ".join(told), severity=Severity.WARNING))

    def paste(self) -> None:
        """Open what the clipboard holds: files, or a picture."""
        data = QGuiApplication.clipboard().mimeData()
        paths = local_files(data)
        if paths:
            self.take(paths)
        elif data.hasImage() and not (image := QGuiApplication.clipboard().image()).isNull():
            self._take_image(image)
        else:
            self._session.show_notice(
                Notice(
                    self.tr("The clipboard holds no picture and no file."),
                    self.tr("Copy a picture, or a photo in your file manager, and paste again."),
                    severity=Severity.WARNING,
                )
            )

    def fill(self, menu: QMenu) -> None:
        """Put the recent files into ``menu``, anew whenever it opens."""
        menu.setToolTipsVisible(True)
        menu.aboutToShow.connect(lambda: self._list_recent(menu))
        self._list_recent(menu)

    def _list_recent(self, menu: QMenu) -> None:
        menu.clear()
        recent = self._settings.recent
        for number, path in enumerate(recent, 1):
            name = path.name.replace("&", "&&")
            action = menu.addAction(f"&{number} {name}" if number < 10 else name)
            action.setToolTip(str(path))
            action.triggered.connect(lambda _=False, path=path: self.take([path]))
        if not recent:
            menu.addAction(self.tr("No photo yet")).setEnabled(False)
            return
        menu.addSeparator()
        menu.addAction(self.tr("&Forget these")).triggered.connect(self._forget)

    def _forget(self) -> None:
        self._settings.recent = []

    def _take_image(self, image: QImage) -> None:
        if image.colorSpace().isValid():
            image.convertToColorSpace(QColorSpace(QColorSpace.NamedColorSpace.SRgb))
        now = QDateTime.currentDateTime().toString("yyyy-MM-dd HH.mm.ss.zzz")
        self._show()
        self._session.paste(self.tr("Pasted {time}").format(time=now) + ".png", lambda: _png(image))

    def _on_change(self, changed: Change) -> None:
        if changed & Change.DOCUMENTS:
            read = [document.path for document in self._session.documents if document.photo is not None]
            for path in reversed([path for path in read if path not in self._remembered]):
                self._remember(path)
        if changed & Change.PHOTO and self._session.current is not None:
            self._remember(self._session.current.path)

    def _remember(self, path: Path) -> None:
        self._remembered.add(path)
        ours = any(sample.path == path for sample in shipped_samples())
        if not ours and not is_pasted(path):
            self._settings.remember(path.absolute())


def _png(image: QImage) -> bytes:
    buffer = QBuffer()
    buffer.open(QBuffer.OpenModeFlag.WriteOnly)
    if not image.save(buffer, "PNG", _FAST):
        raise MemoryError("the picture could not be compressed")
    return buffer.data().data()
