"""The slim bar at the left that chooses the page, and the pages beside it."""

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFrame, QHBoxLayout, QStackedWidget, QToolButton, QVBoxLayout, QWidget

from dfpir_gui.app.error_bar import ErrorBar
from dfpir_gui.i18n.language import translate
from dfpir_gui.session import Change, Session
from dfpir_gui.settings.theme import GRID
from dfpir_gui.widgets.page import STUDIO, Page, PageWidget

_WIDTH = 9 * GRID


class PageStack(QWidget):
    """Shows one page at a time, below the error bar that they share. Pages are made when they are first shown.

    Attributes:
        error_bar: above the pages.
        shown: another page is in sight; carries its key.
        photo_wanted: a page wants a photo to be shown in the Studio; carries its path.
    """

    shown = Signal(str)
    photo_wanted = Signal(object)

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
        self._made: dict[str, QWidget] = {STUDIO: studio}
        self._actions = actions
        self.error_bar = ErrorBar()
        self._stack = QStackedWidget()
        self._stack.addWidget(studio)
        right = QVBoxLayout()
        right.setSpacing(0)
        right.addWidget(self.error_bar)
        right.addWidget(self._stack, 1)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(_bar(list(actions.values())))
        layout.addLayout(right, 1)
        for key, action in actions.items():
            action.triggered.connect(lambda _=False, key=key: self.show_page(key))
        self.error_bar.dismissed.connect(session.dismiss)
        session.subscribe(self._on_change)
        self.show_page(STUDIO)

    def show_page(self, key: str) -> QWidget:
        """Bring the page called ``key`` into sight, making it if need be, and return it."""
        if key not in self._made:
            page = self._pages[key].make(self._session)
            page.photo_wanted.connect(self.photo_wanted)
            self._made[key] = page
            self._stack.addWidget(page)
        self._actions[key].setChecked(True)
        self._stack.setCurrentWidget(self._made[key])
        self.shown.emit(key)
        return self._made[key]

    @property
    def current(self) -> str:
        """Key of the page in sight."""
        return next(key for key, page in self._made.items() if page is self._stack.currentWidget())

    @property
    def shown_page(self) -> QWidget:
        """The page in sight."""
        return self._stack.currentWidget()

    @property
    def unfinished(self) -> str:
        """What closing the window would break off on the pages, or nothing."""
        return " ".join(filter(None, (page.unfinished for page in self._others())))

    def end(self) -> None:
        """Let the pages that were made end what they do."""
        for page in self._others():
            page.end()

    def _others(self) -> list[PageWidget]:
        return [page for page in self._made.values() if isinstance(page, PageWidget)]

    def _on_change(self, changed: Change) -> None:
        if changed & Change.NOTICE:
            self.error_bar.show_notice(self._session.notice)


def _bar(actions: Sequence[QAction]) -> QFrame:
    bar = QFrame(objectName="pageBar")
    bar.setFixedWidth(_WIDTH)
    bar.setAccessibleName(translate("PageStack", "Pages"))
    layout = QVBoxLayout(bar)
    layout.setContentsMargins(0, GRID, 0, GRID)
    layout.setSpacing(GRID // 2)
    for action in actions:
        button = QToolButton(autoRaise=True)
        button.setDefaultAction(action)
        button.setProperty("role", "page")
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
        button.setIconSize(QSize(3 * GRID, 3 * GRID))
        button.setFixedSize(_WIDTH, 7 * GRID)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        layout.addWidget(button)
    layout.addStretch(1)
    return bar
