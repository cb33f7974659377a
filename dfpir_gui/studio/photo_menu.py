"""What the actions on the photo do: undo, preview, trying all prompts, export, recipes."""

from pathlib import Path

from PySide6.QtGui import QColorSpace, QGuiApplication, QImage
from PySide6.QtWidgets import QWidget

from core.errors import RecipeError
from core.inference import RestorationResult
from core.recipes import Recipe, read_recipe
from dfpir_gui.dialogs.questions import Questions, suggested_path
from dfpir_gui.i18n.language import translate
from dfpir_gui.session import Document, Session
from dfpir_gui.session.notices import Notice, Severity, notice_from_error
from dfpir_gui.settings.export_options import ExportOptions, output_path
from dfpir_gui.settings.settings import Settings
from dfpir_gui.studio.actions import Actions
from dfpir_gui.studio.export import ExportDialog
from dfpir_gui.studio.studio import Studio
from dfpir_gui.studio.try_all import TryAll


class PhotoMenu:
    """Wires the actions that work on the photo that is shown."""

    def __init__(
        self,
        window: QWidget,
        session: Session,
        actions: Actions,
        studio: Studio,
        questions: Questions,
        settings: Settings,
    ) -> None:
        self._window = window
        self._session = session
        self._studio = studio
        self._settings = settings
        actions.undo.triggered.connect(session.editor.undo)
        actions.redo.triggered.connect(session.editor.redo)
        actions.restore.triggered.connect(session.restore)
        actions.restore_all.triggered.connect(session.restore_all)
        actions.stop.triggered.connect(session.stop)
        actions.preview.triggered.connect(lambda: session.preview(studio.canvas.viewport.region))
        actions.try_all.triggered.connect(self.try_all)
        actions.export.triggered.connect(self.export)
        actions.copy.triggered.connect(self.copy)
        actions.apply_recipe.triggered.connect(lambda: questions.ask_recipe(self.apply_recipe))
        actions.next_photo.triggered.connect(lambda: session.show_next(1))
        actions.previous_photo.triggered.connect(lambda: session.show_next(-1))

    def try_all(self) -> None:
        """Open the contact sheet for what is in sight."""
        if self._session.photo is not None:
            TryAll(self._session, self._studio.canvas.viewport.region, self._window).show()

    def export(self) -> None:
        """Ask how the result is to be written, and write it."""
        session = self._session
        document = session.current
        if document is None or not document.can_save:
            return
        others = [other for other in session.documents if other is not document and other.unsaved and other.can_save]

        def write(documents: list[Document], options: ExportOptions) -> None:
            self._settings.export = options
            taken: set[Path] = set()
            for each in documents:
                if each.result is not None:
                    path = output_path(suggested_path(each.result.photo), each.result, options, taken)
                    taken.add(path)
                    session.save(path, options=options, document=each)

        def usual(result: RestorationResult) -> Path:
            return suggested_path(result.photo)

        ExportDialog(document, others, self._settings.export, usual, write, self._window).open()

    def copy(self) -> None:
        """Put the result, or else the photo, into the clipboard, as it is shown."""
        shown = self._session.after or self._session.before
        if shown is None:
            return
        level = shown.levels[0]
        image = QImage(level.data, shown.width, shown.height, 3 * shown.width, QImage.Format.Format_RGB888).copy()
        image.setColorSpace(QColorSpace(QColorSpace.NamedColorSpace.SRgb))
        QGuiApplication.clipboard().setImage(image)

    def apply_recipe(self, path: Path) -> None:
        """Take the steps of a recipe for the photo that is shown, and tell if it was made with another model."""
        session = self._session
        try:
            recipe = read_recipe(path)
        except RecipeError as error:
            session.show_notice(
                notice_from_error(error, translate("PhotoMenu", "reading {name}").format(name=path.name))
            )
            return
        session.editor.replace(recipe.steps, translate("PhotoMenu", "Apply a recipe"))
        session.submit(
            lambda report, cancel: session.restorer().model_sha256,
            lambda sha256: self._compare(recipe, path, sha256),
            lambda error: session.show_notice(notice_from_error(error, translate("PhotoMenu", "loading the model"))),
        )

    def _compare(self, recipe: Recipe, path: Path, sha256: str) -> None:
        if recipe.model_sha256 != sha256:
            words = translate("PhotoMenu", "{file} was made with another model, {model}: the result will differ.")
            what = words.format(file=path.name, model=recipe.model)
            self._session.show_notice(Notice(what, severity=Severity.WARNING))
