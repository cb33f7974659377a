"""The state of the window: which photos are open, what is to be done to each, how far it is. No widgets in here.

Views read the properties and subscribe to changes; they never keep a copy. Only the main thread calls the session,
and the session calls its observers on the main thread.
"""

from dfpir_gui.session.choices import Choices
from dfpir_gui.session.document import Document
from dfpir_gui.session.edits import Edit, StackStep, Wanted
from dfpir_gui.session.journal import Abandoned, Journal, files_in_use, take_abandoned
from dfpir_gui.session.pasted import PastedPictures, is_pasted
from dfpir_gui.session.session import Session
from dfpir_gui.session.state import STOPPED, Change, Observer, State
from dfpir_gui.session.store import ResultStore

__all__ = [
    "STOPPED",
    "Abandoned",
    "Change",
    "Choices",
    "Document",
    "Edit",
    "Journal",
    "Observer",
    "PastedPictures",
    "ResultStore",
    "Session",
    "StackStep",
    "State",
    "Wanted",
    "files_in_use",
    "is_pasted",
    "take_abandoned",
]
