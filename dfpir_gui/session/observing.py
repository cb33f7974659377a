"""Who is told when the session changes."""

from dfpir_gui.session.state import Change, Observer


class Observed:
    """Calls its observers after every change, in the order in which they subscribed."""

    def __init__(self) -> None:
        self._observers: list[tuple[Observer, bool]] = []

    def subscribe(self, observer: Observer, *, persistent: bool = False) -> None:
        """Call ``observer`` after every change, with what has changed.

        Args:
            observer: is called on the main thread.
            persistent: whether it stays when the window goes and another one takes its place.
        """
        self._observers.append((observer, persistent))

    def detach_window(self) -> None:
        """Remove all observers but the persistent ones: their window is replaced by another."""
        self._observers = [entry for entry in self._observers if entry[1]]

    def forget_all(self) -> None:
        """Forget all observers."""
        self._observers.clear()

    def notify(self, changed: Change) -> None:
        """Call the observers."""
        for observer, _ in tuple(self._observers):
            observer(changed)
