"""Stopping a run from outside: SIGINT (Ctrl+C) and SIGTERM."""

import logging
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

log = logging.getLogger(__name__)


@contextmanager
def stop_signals() -> Iterator[list[int]]:
    """Collects the signals received inside instead of dying of them; a second SIGINT breaks off at once.

    Raises:
        KeyboardInterrupt: at the second SIGINT.
    """
    received: list[int] = []

    def note(number: int, frame: FrameType | None) -> None:
        if number == signal.SIGINT and number in received:
            raise KeyboardInterrupt
        received.append(number)
        log.info("%s: stopping after this step", signal.Signals(number).name)

    previous = {}
    for number in (signal.SIGINT, signal.SIGTERM):
        try:
            previous[number] = signal.signal(number, note)
        except ValueError:  # not on the main thread: nothing to catch there
            continue
    try:
        yield received
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
