"""Saving the report of a folder."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QFileDialog, QWidget

from core.batch import Layout, Summary
from core.batch.report import Report
from dfpir_gui.batch.worker import Listing


def ask_report(parent: QWidget, layout: Layout, write: Callable[[Path], None]) -> None:
    """Ask where the report is to go, and let ``write`` write it there."""
    suggested = layout.target.with_name(f"{layout.target.name}-report.html")
    title = QCoreApplication.translate("BatchReport", "Save the report")
    dialog = QFileDialog(parent, title, str(suggested.parent), "HTML (*.html);;CSV (*.csv);;JSON (*.json)")
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setFileMode(QFileDialog.FileMode.AnyFile)
    dialog.setDefaultSuffix("html")
    dialog.selectFile(suggested.name)

    dialog.fileSelected.connect(lambda file: write(Path(file)))
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.open()


def report_of(layout: Layout, listing: Listing) -> Report:
    """The report on the photos as they are now; time and waiting are those of the last run."""
    summary = Summary(len(listing.rows), unreadable=list(listing.unreadable), passed_over=list(listing.passed_over))
    for row in listing.rows:
        summary.counts[row.state] += 1
        summary.outdated += bool(row.outdated)
    if listing.summary is not None:
        summary.seconds, summary.waiting = listing.summary.seconds, listing.summary.waiting
    return Report(layout.source, layout.target, summary, listing.rows, {})
