"""The commands on the current photo: undo, restore, preview, try all, export, copy, recipes."""

from pathlib import Path

from PySide6.QtGui import QColorSpace, QGuiApplication, QImage
from PySide6.QtWidgets import QWidget

from core.degradations import QualityMode
from core.errors import RecipeError, RestorationError
from core.geometry import Geometry, geometry_for_other
from core.inference import RestorationResult
from core.presets import is_preset
from core.recipes import Recipe, read_recipe
from dfpir_gui.app.actions import Actions
from dfpir_gui.dialogs.standard_dialogs import StandardDialogs, suggested_path
from dfpir_gui.i18n.language import tr, translate, translated
from dfpir_gui.i18n.messages import translated_message
from dfpir_gui.session import Document, Session
from dfpir_gui.session.notices import Notice, Severity, notice_from_error
from dfpir_gui.settings.export_options import ExportOptions, output_path
from dfpir_gui.settings.settings import Settings
from dfpir_gui.studio.export import ExportDialog
from dfpir_gui.studio.page import StudioPage
from dfpir_gui.studio.try_all import TryAllDialog

_MODES: dict[QualityMode, str] = {"standard": tr("Standard"), "best": tr("Best")}


class PhotoCommands:
    """Connects the actions on the current photo to the session and to dialogs."""

    def __init__(
        self,
        window: QWidget,
        session: Session,
        actions: Actions,
        studio: StudioPage,
        dialogs: StandardDialogs,
        settings: Settings,
    ) -> None:
        self._window = window
        self._session = session
        self._studio = studio
        self._settings = settings
        actions.undo.triggered.connect(session.editor.undo)
        actions.redo.triggered.connect(session.editor.redo)
        actions.restore.triggered.connect(session.restore)
        actions.restore_all.triggered.connect(lambda: session.restore_all())
        actions.stop.triggered.connect(session.stop)
        actions.preview.triggered.connect(lambda: session.preview(studio.canvas.viewport.region))
        actions.try_all.triggered.connect(self.try_all)
        actions.export.triggered.connect(self.export)
        actions.copy.triggered.connect(self.copy)
        actions.apply_recipe.triggered.connect(lambda: dialogs.choose_recipe(self.apply_recipe))
        actions.next_photo.triggered.connect(lambda: session.show_next(1))
        actions.previous_photo.triggered.connect(lambda: session.show_next(-1))

    def try_all(self) -> None:
        """Open the dialog that tries every step on the visible area."""
        if self._session.photo is not None:
            TryAllDialog(self._session, self._studio.canvas.viewport.region, self._window).show()

    def export(self) -> None:
        """Ask for the export options and write the result."""
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

        def default_path(result: RestorationResult) -> Path:
            return suggested_path(result.photo)

        ExportDialog(
            document, others, self._settings.export, default_path, write, session.submit_to_files, self._window
        ).open()

    def copy(self) -> None:
        """Copy the result, or the photo if there is none, to the clipboard as displayed."""
        pyramid = self._session.after or self._session.before
        if pyramid is None:
            return
        level = pyramid.levels[0]
        image = QImage(level.data, pyramid.width, pyramid.height, 3 * pyramid.width, QImage.Format.Format_RGB888).copy()
        image.setColorSpace(QColorSpace(QColorSpace.NamedColorSpace.SRgb))
        QGuiApplication.clipboard().setImage(image)

    def apply_recipe(self, path: Path) -> None:
        """Apply steps, rotation and crop of a recipe to the current photo; say what of it could not be applied.

        A recipe without rotation and crop leaves those of the photo as they are. A crop keeps its shares of width and
        height, as in a batch.
        """
        session = self._session
        try:
            recipe = read_recipe(path)
        except RecipeError as error:
            session.show_notice(
                notice_from_error(error, translate("PhotoCommands", "reading {name}").format(name=path.name))
            )
            return
        text = translate("PhotoCommands", "Apply a recipe")
        if is_preset(recipe):
            session.editor.replace(recipe.steps, text)
            return  # of no model, no rotation and no crop
        left_out = []
        geometry = session.geometry if recipe.geometry.is_identity else recipe.geometry
        size, note = session.source_size, None
        if not recipe.geometry.is_identity and recipe.full_size is not None and size is not None:
            geometry, note = geometry_for_other(recipe.geometry, recipe.full_size, *size)
        if geometry != session.geometry and not session.can_change_geometry:
            left_out.append(
                translate("PhotoCommands", "Rotation and crop were left out: the photo is being processed.")
            )
            geometry = session.geometry
        elif note is not None:
            left_out.append(translated_message(note))
        elif not self._fits(geometry):
            left_out.append(
                translate("PhotoCommands", "Rotation and crop were left out: the crop lies outside this photo.")
            )
            geometry = session.geometry
        if recipe.quality_mode != self._settings.engine.quality_mode:
            left_out.append(
                translate(
                    "PhotoCommands", "It was made with quality “{mode}”; choose that in the menu at the top right."
                ).format(mode=translated(_MODES[recipe.quality_mode]))
            )
        session.editor.apply(recipe.steps, geometry, text)
        self._warn(path, left_out)
        session.submit(
            lambda report, cancel: session.restorer().model_sha256,
            lambda sha256: self._warn_about_other_model(recipe, path, sha256, left_out),
            lambda error: session.show_notice(
                notice_from_error(error, translate("PhotoCommands", "loading the model"))
            ),
        )

    def _fits(self, geometry: Geometry) -> bool:
        """Whether a crop lies inside the current photo."""
        size = self._session.source_size
        if size is None:
            return geometry.is_identity
        try:
            geometry.box(*size)
        except RestorationError:
            return False
        return True

    def _warn(self, path: Path, left_out: list[str]) -> None:
        if left_out:
            text = " ".join([f"{path.name}:", *left_out])
            self._session.show_notice(Notice(text, severity=Severity.WARNING))

    def _warn_about_other_model(self, recipe: Recipe, path: Path, sha256: str, left_out: list[str]) -> None:
        if recipe.model_sha256 != sha256:
            text = translate("PhotoCommands", "It was made with another model, {model}. The result will differ.")
            self._warn(path, [*left_out, text.format(model=recipe.model)])
