"""What views read of the photo that is shown."""

from pathlib import Path

from core.detection import Detection
from core.inference import RestorationResult, Step
from core.photo import Photo
from dfpir_gui.session.document import Document
from dfpir_gui.workers.image_pyramid import Pyramid


class Shown:
    """The photo that is shown, if there is one.

    Attributes:
        current: its document, or None.
    """

    def __init__(self) -> None:
        self.current: Document | None = None

    @property
    def unsaved(self) -> bool:
        """Whether the photo that is shown has a result that exists nowhere else."""
        return self.current is not None and self.current.unsaved

    @property
    def photo(self) -> Photo | None:
        """The photo that is shown, or None."""
        return self.current and self.current.photo

    @property
    def before(self) -> Pyramid | None:
        """The photo as it is shown, or None."""
        return self.current and self.current.before

    @property
    def detection(self) -> Detection | None:
        """What the photo suffers from, or None until that is known."""
        return self.current and self.current.detection

    @property
    def steps(self) -> tuple[Step, ...]:
        """What a restoration would do now; empty while nothing is chosen."""
        return self.current.edit.steps if self.current else ()

    @property
    def result(self) -> RestorationResult | None:
        """The newest restoration of the photo, or None."""
        return self.current and self.current.result

    @property
    def after(self) -> Pyramid | None:
        """The preview or the result as it is shown, or None."""
        if self.current is None:
            return None
        return self.current.preview.pyramid if self.current.preview else self.current.after

    @property
    def saved_as(self) -> Path | None:
        """The file that the result was written to, or None."""
        return self.current and self.current.saved_as

    @property
    def can_restore(self) -> bool:
        """Whether :meth:`restore` would start."""
        return self.current is not None and self.current.can_restore

    @property
    def can_save(self) -> bool:
        """Whether :meth:`save` would start."""
        return self.current is not None and self.current.can_save
