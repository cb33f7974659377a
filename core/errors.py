"""The errors that users see.

Every message says what happened, names the file or the setting, and says what to do next. The library raises these; the
command line prints them, and the window shows them in the user's language.
"""

from core.messages import Message, verbatim


class DFPIRError(Exception):
    """Base class of the errors whose text, ``str(error)``, is written for users.

    The argument is a :class:`core.messages.Message`; a plain text is shown untranslated in every language.
    """

    @property
    def message(self) -> Message:
        """The text with its template and parameters."""
        return verbatim(self.args[0] if self.args and isinstance(self.args[0], str) else str(self))


class PhotoError(DFPIRError):
    """A photograph cannot be read, decoded, converted or written. The message names the file."""


class CheckpointError(DFPIRError):
    """A model file is damaged, unsafe, empty, or of another network."""


class PromptError(DFPIRError):
    """A prompt has no embedding, and the text encoder that could compute one is not available."""


class TextEncoderMissing(PromptError):
    """The text encoder's weights are not on this computer, and the caller has not allowed their download."""


class RestorationError(DFPIRError):
    """The network cannot run: unknown step, unusable device, or not enough memory."""


class MaskError(RestorationError):
    """A mask cannot be used: its values are out of range, its file is damaged, or it does not fit the photo."""


class DeviceError(RestorationError):
    """A device failed during a computation: a fault of its driver, of its hardware, or of an earlier computation."""


class BatchError(DFPIRError):
    """A batch cannot be run: invalid settings, an unsuitable journal, or the folder is already being processed."""


class RecipeError(DFPIRError):
    """A recipe cannot be read, parsed or written. The message names the file and the entry."""


class Cancelled(DFPIRError):
    """The user stopped the work. Nothing was changed or written."""
