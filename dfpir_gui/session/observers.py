"""Who is notified when the session changes."""

from dfpir_gui.session.state import Change, Observer


class Observers:
    """Calls its observers in the order in which they subscribed. Main thread only."""

    def __init__(self) -> None:
        self._observers: list[tuple[Observer, bool]] = []

    def subscribe(self, observer: Observer, *, persistent: bool = False) -> None:
        """Call ``observer`` after every change, with what has changed.

        Args:
            observer: is called on the main thread.
            persistent: whether it stays when the window is replaced by another one.
        """
        self._observers.append((observer, persistent))

    def detach_window(self) -> None:
        """Remove all observers but the persistent ones: their window is replaced by another."""
        self._observers = [(observer, persistent) for observer, persistent in self._observers if persistent]

    def clear(self) -> None:
        """Remove all observers."""
        self._observers.clear()

    def notify(self, changed: Change) -> None:
        """Call the observers; nothing else happens."""
        for observer, _ in tuple(self._observers):
            observer(changed)
