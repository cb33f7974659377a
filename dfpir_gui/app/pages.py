"""The pages of the window besides the Studio."""

from dfpir_gui.i18n.language import tr
from dfpir_gui.session import Session
from dfpir_gui.widgets.page import Page, PageWidget


def _inspector(session: Session) -> PageWidget:
    from dfpir_gui.inspector import InspectorPage  # its plots take long to import

    return InspectorPage(session)


def _batch(session: Session) -> PageWidget:
    from dfpir_gui.batch.page import BatchPage

    return BatchPage(session)


PAGES: tuple[Page, ...] = (
    Page("inspector", tr("Inspector"), tr("Inspect the model"), "inspector", _inspector),
    Page("batch", tr("Batch"), tr("Restore whole folders"), "batch", _batch),
)
"""The pages besides the Studio, in the order of the bar."""
