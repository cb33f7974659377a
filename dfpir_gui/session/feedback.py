"""What the session says to the user: a notice in the error bar and a text in the status bar."""

from collections.abc import Callable

from dfpir_gui.session.notices import Notice
from dfpir_gui.session.state import Change


class Feedback:
    """The notice and the status text.

    Args:
        notify: is called after :meth:`show` and :meth:`dismiss`.

    Attributes:
        notice: what the error bar shows, or None. Set directly by callers that notify themselves.
        status: a short remark for the status bar; may be empty. It disappears with the next command.
    """

    def __init__(self, notify: Callable[[Change], None]) -> None:
        self._notify = notify
        self.notice: Notice | None = None
        self.status = ""

    def show(self, notice: Notice) -> None:
        """Show ``notice`` in place of the previous one."""
        if notice != self.notice:  # an error that occurs while showing an error must not repeat without end
            self.notice = notice
            self._notify(Change.NOTICE)

    def dismiss(self) -> None:
        """Remove the notice."""
        if self.notice is not None:
            self.notice = None
            self._notify(Change.NOTICE)

    def clear(self) -> None:
        """Remove notice and status text without notifying: a command begins, which notifies itself."""
        self.notice = None
        self.status = ""
