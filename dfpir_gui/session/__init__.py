"""The state of the window: which photos are open, what is to be done to each, how far it is. No widgets in here.

Views read the properties and subscribe to changes; they never keep a copy. Only the main thread calls the session,
and the session calls its observers on the main thread.
"""

from dfpir_gui.session.document import Document
from dfpir_gui.session.journal import Journal, RecoveredSession, files_in_use, recover_session
from dfpir_gui.session.pasted import PastedPictures, is_pasted
from dfpir_gui.session.remembered_steps import RememberedSteps
from dfpir_gui.session.session import Session
from dfpir_gui.session.state import STOPPED, Change, Observer, State
from dfpir_gui.session.steps import Edit, PhotoToOpen, StackStep
from dfpir_gui.session.swap_folder import SwapFolder

__all__ = [
    "STOPPED",
    "Change",
    "Document",
    "Edit",
    "Journal",
    "Observer",
    "PastedPictures",
    "PhotoToOpen",
    "RecoveredSession",
    "RememberedSteps",
    "Session",
    "StackStep",
    "State",
    "SwapFolder",
    "files_in_use",
    "is_pasted",
    "recover_session",
]
