"""The states of a photo, and the kinds of change that observers are notified of."""

from collections.abc import Callable
from enum import Flag, StrEnum, auto

from dfpir_gui.i18n.language import tr


class State(StrEnum):
    """The state of an open photo; :mod:`dfpir_gui.session.document` shows how one follows another."""

    NEW = "new"
    LOADING = "loading"
    DETECTING = "detecting"
    READY = "ready"
    QUEUED = "queued"
    RUNNING = "running"
    RESTORED = "restored"
    SAVING = "saving"
    SAVED = "saved"
    FAILED = "failed"


class Change(Flag):
    """What has changed since the previous notification.

    ``PHOTO``, ``DETECTION``, ``STEPS`` and ``RESULT`` concern the current photo; all four are set when another photo
    becomes current. ``DOCUMENTS`` is set when a photo was opened or closed, or when any photo looks different.
    """

    DOCUMENTS = auto()
    PHOTO = auto()
    DETECTION = auto()
    STEPS = auto()
    RESULT = auto()
    STATE = auto()
    PROGRESS = auto()
    NOTICE = auto()


Observer = Callable[[Change], None]

NEW_CURRENT = ~Change.NOTICE
"""What has changed when another photo becomes current."""

STOPPED = tr("Stopped at your request; nothing was changed.")
