"""The error family that users see.

Every message says what happened, names the file or the setting, and says what to do next. Code below
the user interface raises these; the command line prints them, and the window shows them in the user's language.
"""

from core.messages import Message, verbatim


class DFPIRError(Exception):
    """Base of all errors that this project raises on purpose. ``str(error)`` is fit to be shown.

    The one argument is a :class:`core.messages.Message`; a plain text is shown as it is in every language.
    """

    @property
    def message(self) -> Message:
        """The text with its template and parameters."""
        return verbatim(self.args[0] if self.args and isinstance(self.args[0], str) else str(self))


class PhotoError(DFPIRError):
    """A photograph cannot be read, decoded, converted or written. The message names the file."""


class CheckpointError(DFPIRError):
    """A model file is damaged, unsafe, empty, or belongs to another network."""


class PromptError(DFPIRError):
    """A prompt has no embedding, and the text encoder that would make one is not available."""


class TextEncoderMissing(PromptError):
    """The text encoder's weights are not on this computer, and the caller has not allowed their download."""


class RestorationError(DFPIRError):
    """The network cannot run as asked: unknown step, unusable device, or no memory."""


class DeviceError(RestorationError):
    """A device failed while it worked: a fault of its driver, of its hardware, or of an earlier computation on it."""


class BatchError(DFPIRError):
    """A folder cannot be worked through as asked: bad settings, a journal of another kind, or it is busy already."""


class RecipeError(DFPIRError):
    """A recipe cannot be read, understood or written. The message names the file and the entry."""


class Cancelled(DFPIRError):
    """The user asked to stop. Nothing was changed or written."""
