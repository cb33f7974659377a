"""The pages of the window, and the bar at the left that selects one."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFrame, QHBoxLayout, QStackedWidget, QToolButton, QVBoxLayout, QWidget

from dfpir_gui.app.error_bar import ErrorBar
from dfpir_gui.i18n.language import tr, translate
from dfpir_gui.session import Change, Session
from dfpir_gui.settings.theme import GRID
from dfpir_gui.widgets.lazy_page import loaded_or_lazy
from dfpir_gui.widgets.page import STUDIO, Page, PageWidget

_INSPECTOR_MODULES = ("matplotlib", "pyqtgraph", "core.inspection", "core.inspection.charts", "dfpir_gui.inspector")
_BATCH_MODULES = ("core.batch", "core.batch.report", "dfpir_gui.batch.page")
"""They take long to import, which would block the window."""


def _inspector(session: Session) -> PageWidget:
    def make(session: Session) -> Iterator[PageWidget]:
        from dfpir_gui.inspector import InspectorPage

        return InspectorPage.in_steps(session)

    return loaded_or_lazy(session, _INSPECTOR_MODULES, make)


def _batch(session: Session) -> PageWidget:
    def make(session: Session) -> Iterator[PageWidget | None]:
        from dfpir_gui.batch.page import BatchPage

        return BatchPage.in_steps(session)

    return loaded_or_lazy(session, _BATCH_MODULES, make)


PAGES: tuple[Page, ...] = (
    Page("inspector", tr("Ins&pector"), tr("Inspect the model"), "inspector", _inspector),
    Page("batch", tr("Bat&ch"), tr("Restore whole folders"), "batch", _batch),
)
"""The pages other than the Studio, in the order of the bar."""

_BAR_WIDTH = 9 * GRID


class PageStack(QWidget):
    """Shows one page at a time, with the error bar above. Pages are created when they are first shown.

    Attributes:
        bar: the bar that selects a page.
        error_bar: the bar above the pages.
        shown: emitted with the key of the page that is now shown.
        photo_wanted: emitted with the path of a photo that a page wants to open in the Studio.
        work_changed: emitted with the key of a page and its :attr:`dfpir_gui.widgets.page.PageWidget.work_changed`.
    """

    shown = Signal(str)
    photo_wanted = Signal(object)
    work_changed = Signal(str, str)

    def __init__(
        self,
        session: Session,
        studio: QWidget,
        pages: Sequence[Page],
        actions: Mapping[str, QAction],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._pages = {page.key: page for page in pages}
        self._created: dict[str, QWidget] = {STUDIO: studio}
        self._actions = actions
        self.error_bar = ErrorBar()
        self._stack = QStackedWidget()
        self._stack.addWidget(studio)
        right = self._right = QVBoxLayout()
        right.setSpacing(0)
        right.addWidget(self.error_bar)
        right.addWidget(self._stack, 1)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        self.bar = _page_bar(list(actions.values()))
        layout.addWidget(self.bar)
        layout.addLayout(right, 1)
        for key, action in actions.items():
            action.triggered.connect(lambda _=False, key=key: self.show_page(key))
        self.error_bar.dismissed.connect(session.dismiss)
        session.subscribe(self._on_change)
        self.show_page(STUDIO)

    def put_above(self, widget: QWidget) -> None:
        """Put a bar above the pages, beside the bar of the pages: hidden or shown, it leaves that where it is."""
        self._right.insertWidget(0, widget)

    def show_page(self, key: str) -> QWidget:
        """Show the page called ``key``, creating it if necessary, and return it."""
        if key not in self._created:
            page = self._pages[key].make(self._session)
            page.photo_wanted.connect(self.photo_wanted)
            page.work_changed.connect(partial(self.work_changed.emit, key))
            self._created[key] = page
            self._stack.addWidget(page)
        self._actions[key].setChecked(True)
        self._stack.setCurrentWidget(self._created[key])
        self.shown.emit(key)
        return self._created[key]

    @property
    def current(self) -> str:
        """Key of the current page."""
        return next(key for key, page in self._created.items() if page is self._stack.currentWidget())

    @property
    def current_page(self) -> QWidget:
        """The current page."""
        return self._created[self.current]

    @property
    def unfinished(self) -> str:
        """The work of the pages that closing the window would stop, in sentences; empty if there is none."""
        return " ".join(filter(None, (page.unfinished for page in self._page_widgets())))

    def end(self) -> None:
        """Stop the work of all pages."""
        for page in self._page_widgets():
            page.end()

    def _page_widgets(self) -> list[PageWidget]:
        return [page for page in self._created.values() if isinstance(page, PageWidget)]

    def _on_change(self, changed: Change) -> None:
        if changed & Change.NOTICE:
            self.error_bar.show_notice(self._session.notice)


def _page_bar(actions: Sequence[QAction]) -> QFrame:
    bar = QFrame()
    bar.setObjectName("pageBar")
    bar.setFixedWidth(_BAR_WIDTH)
    bar.setAccessibleName(translate("PageStack", "Pages"))
    layout = QVBoxLayout(bar)
    layout.setContentsMargins(0, GRID, 0, GRID)
    layout.setSpacing(GRID // 2)
    for action in actions:
        button = QToolButton()
        button.setAutoRaise(True)
        button.setDefaultAction(action)
        button.setProperty("role", "page")
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
        button.setIconSize(QSize(3 * GRID, 3 * GRID))
        button.setFixedSize(_BAR_WIDTH, 7 * GRID)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        layout.addWidget(button)
    layout.addStretch(1)
    return bar
