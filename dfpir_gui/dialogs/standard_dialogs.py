"""File dialogs and confirmations. None of them blocks the event loop."""

from collections.abc import Callable, Collection, Sequence
from pathlib import Path

from PySide6.QtWidgets import QAbstractButton, QFileDialog, QMessageBox, QWidget

from core.photo import FORMATS, READABLE, SUFFIXES, Photo
from core.photo.output_paths import restored_path
from core.prompts.preparing import DOWNLOAD_MB, encoder_file_there
from core.recipes import SUFFIX as RECIPE_SUFFIX
from dfpir_gui.i18n.language import listed, translate
from dfpir_gui.session.pasted import is_pasted
from dfpir_gui.session.samples import shipped_samples
from dfpir_gui.settings.settings import Settings, pictures

_MAX_NAMES = 5
"""A confirmation lists the names of this many photos."""


class StandardDialogs:
    """Asks the user and passes the answer to a callback; a dialog that is cancelled calls nothing."""

    def __init__(self, window: QWidget, settings: Settings) -> None:
        self._window = window
        self._settings = settings

    def choose_photos(self, then: Callable[[list[Path]], None]) -> None:
        """Ask which photos to open."""
        dialog = QFileDialog(
            self._window, translate("Dialogs", "Open photos"), str(self._settings.folder), _filter(READABLE)
        )
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)

        def chosen(names: list[str]) -> None:
            self._settings.folder = Path(names[0]).parent
            then([Path(name) for name in names])

        _open_file_dialog(dialog, chosen)

    def choose_folder(self, then: Callable[[list[Path]], None]) -> None:
        """Ask for the folder whose photos are to be opened."""
        dialog = QFileDialog(self._window, translate("Dialogs", "Open a folder"), str(self._settings.folder))
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)

        def chosen(names: list[str]) -> None:
            self._settings.folder = Path(names[0])
            then([Path(names[0])])

        _open_file_dialog(dialog, chosen)

    def choose_save_path(self, photo: Photo, then: Callable[[Path], None]) -> None:
        """Ask where to save ``photo``; the dialog confirms that an existing file is replaced."""
        suggested = suggested_path(photo)
        dialog = QFileDialog(
            self._window, translate("Dialogs", "Save the restored photo"), str(suggested.parent), _filter(SUFFIXES)
        )
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setFileMode(QFileDialog.FileMode.AnyFile)
        dialog.setDefaultSuffix(suggested.suffix.removeprefix("."))
        dialog.selectFile(suggested.name)
        _open_file_dialog(dialog, lambda names: then(Path(names[0])))

    def choose_recipe(self, then: Callable[[Path], None]) -> None:
        """Ask for the recipe to apply."""
        patterns = _name_filter(translate("Dialogs", "Recipes"), f"*{RECIPE_SUFFIX}")
        dialog = QFileDialog(self._window, translate("Dialogs", "Apply a recipe"), str(self._settings.folder), patterns)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        _open_file_dialog(dialog, lambda names: then(Path(names[0])))

    def choose_mask(self, then: Callable[[Path], None]) -> None:
        """Ask for the grey picture of a mask."""
        title = translate("Dialogs", "Choose a grey picture as mask")
        dialog = QFileDialog(self._window, title, str(self._settings.folder), _filter(READABLE))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        _open_file_dialog(dialog, lambda names: then(Path(names[0])))

    def confirm_unsaved(self, save: Callable[[], None], discard: Callable[[], None], names: Sequence[str]) -> None:
        """Ask whether to save or discard the unsaved results of the photos called ``names``."""
        if len(names) == 1:
            text = translate("Dialogs", "The restored photo {name} has not been saved.").format(name=names[0])
            box = self._message_box(text, translate("Dialogs", "Save it before closing?"))
        else:
            some = listed([*names[:_MAX_NAMES], *(["…"] if len(names) > _MAX_NAMES else [])])
            text = translate("Dialogs", "{count} restored photos have not been saved: {names}.")
            box = self._message_box(
                text.format(count=len(names), names=some), translate("Dialogs", "Save them before closing?")
            )
        buttons = QMessageBox.StandardButton
        box.setStandardButtons(buttons.Save | buttons.Discard | buttons.Cancel)
        box.setDefaultButton(buttons.Save)
        _open_message_box(box, {box.button(buttons.Save): save, box.button(buttons.Discard): discard})

    def confirm_reopening(self, count: int, then: Callable[[], None]) -> None:
        """Ask whether to reopen the ``count`` photos that were open when the program ended unexpectedly."""
        question = translate("Dialogs", "Reopen the photo and its steps?")
        if count > 1:
            question = translate("Dialogs", "Reopen the {count} photos and their steps?").format(count=count)
        box = self._message_box(translate("Dialogs", "DFPIR Studio was not closed properly last time."), question)
        reopen = box.addButton(translate("Dialogs", "Reopen"), QMessageBox.ButtonRole.AcceptRole)
        box.setEscapeButton(box.addButton(translate("Dialogs", "Not now"), QMessageBox.ButtonRole.RejectRole))
        box.setDefaultButton(reopen)
        _open_message_box(box, {reopen: then})

    def confirm_stopping_restoration(self, stop: Callable[[], None]) -> None:
        """Ask whether to stop the restoration that is running and close the window."""
        self.confirm_stopping(translate("Dialogs", "A restoration is running."), stop)

    def confirm_stopping(self, running: str, stop: Callable[[], None]) -> None:
        """Ask whether to stop the work described by the sentence ``running`` and close the window."""
        box = self._message_box(running, translate("Dialogs", "Stop it and close the window?"))
        stop_button = box.addButton(translate("Dialogs", "Stop and close"), QMessageBox.ButtonRole.AcceptRole)
        keep_running = box.addButton(translate("Dialogs", "Keep running"), QMessageBox.ButtonRole.RejectRole)
        box.setDefaultButton(keep_running)
        box.setEscapeButton(keep_running)
        _open_message_box(box, {stop_button: stop})

    def confirm_download(self, then: Callable[[], None]) -> None:
        """Ask whether the text encoder may be downloaded; see :func:`confirm_download`."""
        confirm_download(self._window, then)

    def _message_box(self, text: str, question: str) -> QMessageBox:
        box = QMessageBox(QMessageBox.Icon.Question, "DFPIR Studio", text, parent=self._window)
        box.setInformativeText(question)
        return box


def confirm_download(parent: QWidget, then: Callable[[], None]) -> None:
    """Ask whether the text encoder may be downloaded; if its file exists, call ``then`` without asking.

    The answer is not stored: nothing is ever downloaded without being asked for.
    """
    if encoder_file_there():
        then()
        return
    box = QMessageBox(QMessageBox.Icon.Question, translate("Dialogs", "Prepare prompts"), "", parent=parent)
    text = translate("Dialogs", "The text encoder CLIP has to be downloaded once: {size} MB.")
    box.setText(text.format(size=DOWNLOAD_MB))
    box.setInformativeText(
        translate(
            "Dialogs",
            "It comes from OpenAI (ViT-B-32.pt), is checked against its published checksum and stays on this "
            "computer. Nothing is sent but the request for the file.",
        )
    )
    download = box.addButton(translate("Dialogs", "Download"), QMessageBox.ButtonRole.AcceptRole)
    cancel = box.addButton(QMessageBox.StandardButton.Cancel)
    box.setDefaultButton(cancel)
    box.setEscapeButton(cancel)
    _open_message_box(box, {download: then})


def _open_file_dialog(dialog: QFileDialog, chosen: Callable[[list[str]], None]) -> None:
    dialog.filesSelected.connect(chosen)
    dialog.finished.connect(dialog.deleteLater)
    dialog.open()


def _open_message_box(box: QMessageBox, actions: dict[QAbstractButton, Callable[[], None]]) -> None:
    """Open ``box`` and call the action of the button that is clicked; other buttons do nothing."""

    def finish() -> None:
        clicked = box.clickedButton()
        box.deleteLater()
        for button, action in actions.items():
            if button is clicked:
                action()

    box.finished.connect(finish)
    box.open()


def _filter(suffixes: tuple[str, ...]) -> str:
    return _name_filter(translate("Dialogs", "Photos"), " ".join(f"*{suffix}" for suffix in suffixes))


def _name_filter(name: str, patterns: str) -> str:
    return f"{name} ({patterns});;{translate('Dialogs', 'All files')} (*)"


def suggested_path(photo: Photo, taken: Collection[Path] = ()) -> Path:
    """Return a free path for the restoration of ``photo``: ``<stem>-restored<suffix>`` in the folder of its source.

    The suffix is that of the file's real format, even if its name says otherwise: a PNG called ``.jpg`` would lose its
    transparency as a JPEG. For bundled samples and pasted pictures the folder is the user's picture folder, since
    their own folders belong to the program. ``taken`` are files that are being written.
    """
    source = photo.source
    if source is None:
        return _free(pictures() / "restored.png", taken)
    bundled = any(sample.path == source for sample in shipped_samples())
    folder = pictures() if bundled or is_pasted(source) else source.absolute().parent
    return _free(restored_path(folder / f"{source.stem}{_suffix_of(photo, source)}"), taken)


def _free(first: Path, taken: Collection[Path]) -> Path:
    """``first``, or the same with a number if that file exists or is taken."""
    path, count = first, 2
    while path.exists() or path in taken:
        path = first.with_stem(f"{first.stem}-{count}")
        count += 1
    return path


def _suffix_of(photo: Photo, source: Path) -> str:
    real_format = FORMATS.get(photo.format or "")
    if real_format is None:
        return source.suffix if source.suffix.lower() in READABLE else ".png"
    return source.suffix if source.suffix.lower() in real_format.suffixes else real_format.suffixes[0]
