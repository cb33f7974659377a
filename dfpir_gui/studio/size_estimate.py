"""The expected size of a file in the export dialog, computed on the file thread."""

from collections.abc import Callable

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QLabel, QWidget

from core.errors import DFPIRError
from core.inference import RestorationResult
from core.io.sizes import size_text
from core.photo.output_options import OutputEstimate, estimate_output
from core.progress import CancelToken
from dfpir_gui.i18n.messages import translated_message
from dfpir_gui.settings.export_options import ExportOptions, output_options, quality_for
from dfpir_gui.workers.worker_thread import Report

Estimate = Callable[[Report, CancelToken], OutputEstimate]
Submit = Callable[[Estimate, Callable[[OutputEstimate], None], Callable[[BaseException], None]], CancelToken]
"""As :meth:`dfpir_gui.session.Session.submit_to_files`."""

_DELAY_MS = 300
"""After the last change of an option, so that a slider that moves does not encode the photo at every step."""


class SizeLabel(QLabel):
    """Shows size and pixels of the file that the options would give, and what it cannot keep.

    Args:
        submit: runs work on a thread.
        parent: the dialog.
    """

    def __init__(self, submit: Submit, parent: QWidget | None = None) -> None:
        super().__init__(parent, wordWrap=True, indent=0, textFormat=Qt.TextFormat.PlainText)
        self.setProperty("role", "quiet")
        self.setAccessibleName(self.tr("Expected file size"))
        self._submit = submit
        self._token: CancelToken | None = None
        self._work: Estimate | None = None
        self._timer = QTimer(self, singleShot=True, interval=_DELAY_MS)
        self._timer.timeout.connect(self._start)

    def request(self, result: RestorationResult | None, suffix: str, options: ExportOptions) -> None:
        """Estimate the file of a result anew; None clears the text."""
        self.cancel()
        if result is None:
            self.clear()
            return
        self.setText(self.tr("Estimating the size…"))

        def work(report: Report, cancel: CancelToken) -> OutputEstimate:
            cancel.check()
            quality = quality_for(suffix, options)
            preview = options.embed_preview
            return estimate_output(result.photo, suffix, output_options(options), quality=quality, preview=preview)

        self._work = work
        self._timer.start()

    def cancel(self) -> None:
        """Drop the estimate that is being made; it changes nothing any more."""
        self._timer.stop()
        if self._token is not None:
            self._token.cancel()
            self._token = None

    def _start(self) -> None:
        if self._work is None:
            return
        work = self._work

        def done(estimate: OutputEstimate) -> None:
            if self._token is token:
                self._show(estimate)

        def failed(error: BaseException) -> None:
            if self._token is token:
                self.setText(translated_message(error.message) if isinstance(error, DFPIRError) else "")

        token = self._submit(work, done, failed)
        self._token = token

    def _show(self, estimate: OutputEstimate) -> None:
        text = (
            self.tr("{size}, {width}×{height} px") if estimate.exact else self.tr("About {size}, {width}×{height} px")
        )
        shown = text.format(size=size_text(estimate.bytes), width=estimate.width, height=estimate.height)
        self.setText(" ".join((shown + ".", *map(translated_message, estimate.notes))))
