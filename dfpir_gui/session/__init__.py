"""The state of the window: which photos are open, what is to be done to each, and how far it is. No widgets.

Views read properties and subscribe to changes; they keep no copies. Only the main thread calls the session, and the
session calls its observers on the main thread. Nothing that this package exports here needs Qt;
:mod:`~dfpir_gui.session.journal`, :mod:`~dfpir_gui.session.model_registry` and the folders with locks do.
"""

from dfpir_gui.session.document import Document
from dfpir_gui.session.remembered_steps import RememberedEdit, RememberedSteps
from dfpir_gui.session.session import Session
from dfpir_gui.session.state import STOPPED, Change, Observer, State
from dfpir_gui.session.steps import Edit, PhotoToOpen, StackStep

__all__ = [
    "STOPPED",
    "Change",
    "Document",
    "Edit",
    "Observer",
    "PhotoToOpen",
    "RememberedEdit",
    "RememberedSteps",
    "Session",
    "StackStep",
    "State",
]
