"""The settings dialog. Changes take effect at once."""

from pathlib import Path

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from dfpir_gui.dialogs.preferences import Preferences
from dfpir_gui.i18n.qt_translators import LANGUAGES
from dfpir_gui.session import wording
from dfpir_gui.settings.engine_settings import AUTO, GIB
from dfpir_gui.settings.theme import GRID, Theme
from dfpir_gui.widgets.combo_box import ComboBox
from dfpir_gui.widgets.enter_key import leave_enter_to
from dfpir_gui.widgets.headings import heading, quiet

_MAX_MEMORY_GB = 1024


class SettingsDialog(QDialog):
    """Shows and changes the preferences."""

    def __init__(self, preferences: Preferences, parent: QWidget) -> None:
        super().__init__(parent)
        self._preferences = preferences
        self.setWindowTitle(self.tr("Settings"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.theme = ComboBox()
        self.language = ComboBox()
        self.profile = QLabel()
        self.device = ComboBox()
        self.precision = ComboBox()
        self.memory = QSpinBox(minimum=0, maximum=_MAX_MEMORY_GB)
        self._build()
        self._refresh()
        self.theme.activated.connect(lambda: preferences.set_theme(Theme(self.theme.currentData())))
        self.language.activated.connect(lambda: preferences.set_language(self.language.currentData()))
        self.device.activated.connect(lambda: preferences.set_engine(device=self.device.currentData()))
        self.precision.activated.connect(lambda: preferences.set_engine(precision=self.precision.currentData()))
        self.memory.editingFinished.connect(lambda: preferences.set_engine(memory=self.memory.value()))
        preferences.changed.connect(self._refresh)
        preferences.devices_found.connect(self._refresh)
        preferences.find_devices()

    def _build(self) -> None:
        form = QGridLayout()  # QFormLayout reserves too much height for wrapped hints
        form.setHorizontalSpacing(3 * GRID)
        form.setVerticalSpacing(GRID)
        form.setColumnStretch(1, 1)
        form.addWidget(heading(self.tr("Appearance")), 0, 0, 1, 2)
        for theme, text in (
            (Theme.SYSTEM, self.tr("System default")),
            (Theme.DARK, self.tr("Dark")),
            (Theme.LIGHT, self.tr("Light")),
        ):
            self.theme.addItem(text, theme.value)
        self._add(form, self.tr("&Theme"), self.theme)
        self.language.addItem(self.tr("System default"), "")
        for code, name in LANGUAGES.items():
            self.language.addItem(name, code)
        self._add(form, self.tr("&Language"), self.language)
        choose = QPushButton(self.tr("Choose…"))
        choose.setAccessibleName(self.tr("Choose the colour profile of the screen"))
        self.reset = QPushButton(self.tr("None"))
        self.reset.setAccessibleName(self.tr("Use no colour profile"))
        choose.clicked.connect(self._choose_profile)
        self.reset.clicked.connect(lambda: self._preferences.set_screen_profile(None))
        profile = QWidget()
        row = QHBoxLayout(profile)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GRID)
        row.addWidget(self.profile, 1)
        row.addWidget(choose)
        row.addWidget(self.reset)
        self._add(
            form,
            self.tr("Colour profile of the screen"),
            profile,
            self.tr(
                "Needed only if the system does not manage colours. Choose the file that the calibration of the "
                "screen created."
            ),
        )

        form.setRowMinimumHeight(form.rowCount(), GRID)
        form.addWidget(heading(self.tr("Restoring")), form.rowCount(), 0, 1, 2)
        self._add(form, self.tr("&Device"), self.device)
        self._add(
            form,
            self.tr("&Precision"),
            self.precision,
            self.tr("Half precision takes half the memory; float32 is exact."),
        )
        self.memory.setSuffix(self.tr(" GB"))
        self.memory.setSpecialValueText(self.tr("Automatic"))
        self._add(
            form,
            self.tr("&Memory limit"),
            self.memory,
            self.tr("With a lower limit, large photos are restored in parts."),
        )

        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.close)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(3 * GRID, 3 * GRID, 3 * GRID, 2 * GRID)
        layout.setSpacing(GRID)
        layout.addLayout(form)
        layout.addSpacing(2 * GRID)
        layout.addStretch(1)
        layout.addWidget(buttons)
        leave_enter_to(self, buttons.button(QDialogButtonBox.StandardButton.Close))
        self.setMinimumWidth(76 * GRID)
        self.resize(76 * GRID, layout.totalHeightForWidth(76 * GRID))

    def _add(self, form: QGridLayout, label: str, field: QWidget, hint: str = "") -> None:
        name, row = QLabel(label), form.rowCount()
        name.setBuddy(field)
        form.addWidget(name, row, 0)
        form.addWidget(field, row, 1)
        field.setAccessibleName(label.replace("&", ""))
        field.setAccessibleDescription(hint)
        if hint:
            form.addWidget(quiet(hint), row + 1, 1)

    def _refresh(self) -> None:
        preferences, engine = self._preferences, self._preferences.engine
        self.theme.setCurrentIndex(self.theme.findData(preferences.theme.value))
        self.language.setCurrentIndex(max(0, self.language.findData(preferences.language)))
        profile = preferences.screen_profile
        self.profile.setText(profile.name if profile else self.tr("None"))
        self.reset.setEnabled(profile is not None)
        devices = {AUTO: self.tr("Automatic")}
        devices |= {entry.key: wording.device_line(entry) for entry in preferences.devices}
        _fill(self.device, devices, engine.device)
        precisions = {AUTO: self.tr("Automatic")} | {name: name for name in preferences.precisions}
        _fill(self.precision, precisions, engine.precision)
        with QSignalBlocker(self.memory):
            self.memory.setValue(engine.memory)
        if preferences.devices:
            free = max(entry.free for entry in preferences.devices)
            self.memory.setToolTip(self.tr("{size} GB are free now").format(size=f"{free / GIB:.1f}"))

    def _choose_profile(self) -> None:
        dialog = QFileDialog(
            self, self.tr("Colour profile of the screen"), "", self.tr("Colour profiles") + " (*.icc *.icm)"
        )
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(lambda name: self._preferences.set_screen_profile(Path(name)))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()


def _fill(box: QComboBox, entries: dict[str, str], chosen: str) -> None:
    with QSignalBlocker(box):
        box.clear()
        for data, text in entries.items():
            box.addItem(text, data)
        if chosen not in entries:
            box.addItem(chosen, chosen)
        box.setCurrentIndex(box.findData(chosen))
