"""The dialogs: which file, and the questions that would lose work. None of them blocks the event loop."""

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from core.photo import FORMATS, READABLE, SUFFIXES, Photo
from core.photo.output_paths import restored_path
from core.prompts.preparing import DOWNLOAD_MB, encoder_file_there
from core.recipes import SUFFIX as RECIPE_SUFFIX
from dfpir_gui.i18n.language import translate
from dfpir_gui.session.pasted import is_pasted
from dfpir_gui.session.samples import shipped_samples
from dfpir_gui.settings.settings import Settings, pictures

_MOST_NAMES = 5
"""Of photos, in a question."""


class Questions:
    """Asks the user, and calls back with the answer; a question that is cancelled calls nothing back."""

    def __init__(self, window: QWidget, settings: Settings) -> None:
        self._window = window
        self._settings = settings

    def ask_open(self, then: Callable[[list[Path]], None]) -> None:
        """Ask which photos to open."""
        dialog = QFileDialog(
            self._window, translate("Questions", "Open photos"), str(self._settings.folder), _filter(READABLE)
        )
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)

        def chosen(names: list[str]) -> None:
            self._settings.folder = Path(names[0]).parent
            then([Path(name) for name in names])

        self._open(dialog, chosen)

    def ask_folder(self, then: Callable[[list[Path]], None]) -> None:
        """Ask for the folder whose photos are to be opened."""
        dialog = QFileDialog(self._window, translate("Questions", "Open a folder"), str(self._settings.folder))
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)

        def chosen(names: list[str]) -> None:
            self._settings.folder = Path(names[0])
            then([Path(names[0])])

        self._open(dialog, chosen)

    def ask_save(self, photo: Photo, then: Callable[[Path], None]) -> None:
        """Ask where to save ``photo``; a file that exists is confirmed by the dialog."""
        suggested = suggested_path(photo)
        dialog = QFileDialog(
            self._window, translate("Questions", "Save the restored photo"), str(suggested.parent), _filter(SUFFIXES)
        )
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setFileMode(QFileDialog.FileMode.AnyFile)
        dialog.setDefaultSuffix(suggested.suffix.removeprefix("."))
        dialog.selectFile(suggested.name)
        self._open(dialog, lambda names: then(Path(names[0])))

    def ask_recipe(self, then: Callable[[Path], None]) -> None:
        """Ask for the recipe to apply."""
        patterns = _kinds(translate("Questions", "Recipes"), f"*{RECIPE_SUFFIX}")
        dialog = QFileDialog(
            self._window, translate("Questions", "Apply a recipe"), str(self._settings.folder), patterns
        )
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        self._open(dialog, lambda names: then(Path(names[0])))

    def ask_unsaved(self, save: Callable[[], None], discard: Callable[[], None], names: Sequence[str]) -> None:
        """Ask what to do with the results of these photos, which were not saved."""
        if len(names) == 1:
            words = translate("Questions", "The restored photo {name} has not been saved.")
            box = self._box(words.format(name=names[0]), translate("Questions", "Save it before it is lost?"))
        else:
            words = translate("Questions", "{count} restored photos have not been saved: {names}.")
            listed = ", ".join(names[:_MOST_NAMES]) + (", …" if len(names) > _MOST_NAMES else "")
            box = self._box(
                words.format(count=len(names), names=listed),
                translate("Questions", "Save them before they are lost?"),
            )
        kinds = QMessageBox.StandardButton
        box.setStandardButtons(kinds.Save | kinds.Discard | kinds.Cancel)
        box.setDefaultButton(kinds.Save)
        answers = {kinds.Save: save, kinds.Discard: discard}
        self._answer(box, lambda: answers.get(box.standardButton(box.clickedButton())))

    def ask_reopen(self, count: int, then: Callable[[], None]) -> None:
        """Ask whether to open again what was open when the program ended without being closed."""
        box = self._box(
            translate("Questions", "DFPIR Studio was not closed properly last time."),
            translate("Questions", "Open the photo again that was open, with its steps?")
            if count == 1
            else translate("Questions", "Open the {count} photos again that were open, with their steps?").format(
                count=count
            ),
        )
        button = box.addButton(translate("Questions", "Open again"), QMessageBox.ButtonRole.AcceptRole)
        box.setEscapeButton(box.addButton(translate("Questions", "Not now"), QMessageBox.ButtonRole.RejectRole))
        box.setDefaultButton(button)
        self._answer(box, lambda: then if box.clickedButton() is button else None)

    def ask_stop(self, stop: Callable[[], None]) -> None:
        """Ask whether to stop a restoration that runs, and close."""
        self.ask_break_off(translate("Questions", "A restoration is running."), stop)

    def ask_break_off(self, running: str, stop: Callable[[], None]) -> None:
        """Ask whether to stop what ``running`` says, in a sentence, and close."""
        box = self._box(running, translate("Questions", "Stop it and close the window?"))
        button = box.addButton(translate("Questions", "Stop and close"), QMessageBox.ButtonRole.AcceptRole)
        keep = box.addButton(translate("Questions", "Keep running"), QMessageBox.ButtonRole.RejectRole)
        box.setDefaultButton(keep)
        box.setEscapeButton(keep)
        self._answer(box, lambda: stop if box.clickedButton() is button else None)

    def ask_download(self, then: Callable[[], None]) -> None:
        """Ask whether the text encoder may be downloaded; see :func:`ask_download`."""
        ask_download(self._window, then)

    def _box(self, what: str, question: str) -> QMessageBox:
        box = QMessageBox(QMessageBox.Icon.Question, "DFPIR Studio", what, parent=self._window)
        box.setInformativeText(question)
        return box

    def _answer(self, box: QMessageBox, answer: Callable[[], Callable[[], None] | None]) -> None:
        def finished() -> None:
            chosen = answer()
            box.deleteLater()
            if chosen is not None:
                chosen()

        box.finished.connect(finished)
        box.open()

    def _open(self, dialog: QFileDialog, chosen: Callable[[list[str]], None]) -> None:
        dialog.filesSelected.connect(chosen)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()


def ask_download(parent: QWidget, then: Callable[[], None]) -> None:
    """Ask whether the text encoder may be downloaded, unless it is there. The answer is not remembered."""
    if encoder_file_there():
        then()
        return
    box = QMessageBox(QMessageBox.Icon.Question, translate("Questions", "Prepare prompts"), "", parent=parent)
    words = translate("Questions", "The text encoder CLIP has to be downloaded once: {size} MB.")
    box.setText(words.format(size=DOWNLOAD_MB))
    box.setInformativeText(
        translate(
            "Questions",
            "It comes from OpenAI (ViT-B-32.pt), is checked against its published checksum and stays on this "
            "computer. Nothing is sent but the request for the file.",
        )
    )
    download = box.addButton(translate("Questions", "Download"), QMessageBox.ButtonRole.AcceptRole)
    cancel = box.addButton(QMessageBox.StandardButton.Cancel)
    box.setDefaultButton(cancel)
    box.setEscapeButton(cancel)
    box.finished.connect(lambda: then() if box.clickedButton() is download else None)
    box.finished.connect(box.deleteLater)
    box.open()


def _filter(suffixes: tuple[str, ...]) -> str:
    patterns = " ".join(f"*{suffix}" for suffix in suffixes)
    return _kinds(translate("Questions", "Photos"), patterns)


def _kinds(name: str, patterns: str) -> str:
    return f"{name} ({patterns});;{translate('Questions', 'All files')} (*)"


def suggested_path(photo: Photo) -> Path:
    """Return a free name for the restoration of ``photo``: ``<stem>-restored<suffix>`` in the folder of its source.

    The suffix is that of what the file holds, even if its name says otherwise: a PNG that is called ``.jpg`` would
    lose its transparency as a JPEG. Shipped samples and pasted pictures are suggested into the user's pictures, since
    their own folders belong to the program.
    """
    source = photo.source
    if source is None:
        return pictures() / "restored.png"
    shipped = any(sample.path == source for sample in shipped_samples())
    folder = pictures() if shipped or is_pasted(source) else source.absolute().parent
    suffix = _suffix_of(photo, source)
    path = wanted = restored_path(folder / f"{source.stem}{suffix}")
    count = 2
    while path.exists():
        path = wanted.with_stem(f"{wanted.stem}-{count}")
        count += 1
    return path


def _suffix_of(photo: Photo, source: Path) -> str:
    held = FORMATS.get(photo.format or "")
    if held is None:
        return source.suffix if source.suffix.lower() in READABLE else ".png"
    return source.suffix if source.suffix.lower() in held.suffixes else held.suffixes[0]
