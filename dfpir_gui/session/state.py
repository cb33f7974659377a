"""The states of a photo, and the kinds of change that observers are told of."""

from collections.abc import Callable
from enum import Flag, StrEnum, auto

from dfpir_gui.i18n.language import tr


class State(StrEnum):
    """What a photo is doing; the value is also the text for people."""

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
    """What has changed since the observers were last told.

    ``PHOTO``, ``DETECTION``, ``STEPS`` and ``RESULT`` concern the current photo; all four are set when another photo
    becomes current. ``DOCUMENTS`` tells that a photo was opened or closed, or that one of the others looks different.
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

STOPPED = tr("Stopped at your request; nothing was changed.")

ANOTHER = ~Change.NOTICE
"""What has changed when another photo is shown."""
