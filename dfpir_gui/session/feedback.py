"""What the session says to the user: a notice in the error bar and a text in the status bar."""

from collections.abc import Callable
from pathlib import Path

from dfpir_gui.session.notices import Notice
from dfpir_gui.session.state import Change


class Feedback:
    """The notice and the status text.

    Args:
        notify: is called after :meth:`show` and :meth:`dismiss`.

    Attributes:
        notice: what the error bar shows, or None. Set directly by callers that notify themselves.
        status: a short remark for the status bar; may be empty. It disappears with the next command.
        file: the file that ``status`` is about, or None. Setting ``status`` removes it.
    """

    def __init__(self, notify: Callable[[Change], None]) -> None:
        self._notify = notify
        self.notice: Notice | None = None
        self.file: Path | None = None
        self._status = ""

    @property
    def status(self) -> str:
        """A short remark for the status bar; may be empty."""
        return self._status

    @status.setter
    def status(self, text: str) -> None:
        self.set_status(text)

    def set_status(self, text: str, file: Path | None = None) -> None:
        """Set the remark for the status bar, and the file that it is about."""
        self._status, self.file = text, file

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
