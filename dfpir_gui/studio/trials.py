"""One prompt tried on a part of a photo, for the contact sheet."""

from collections.abc import Callable
from dataclasses import dataclass

from core.inference import Restorer, Step
from core.photo import Photo
from core.progress import CancelToken
from core.quality import Changes, compare, harm
from dfpir_gui.i18n.language import translate
from dfpir_gui.workers.image_pyramid import Pyramid
from dfpir_gui.workers.requests import Work
from dfpir_gui.workers.worker_thread import Progress, Report


@dataclass(frozen=True, eq=False)
class Trial:
    """What one prompt makes of the part.

    Attributes:
        picture: for the screen.
        changes: from the part to the result, in numbers.
        harm: why it looks worse than the original, a sentence each.
    """

    picture: Pyramid
    changes: Changes
    harm: tuple[str, ...]


def trial(part: Photo, key: str, restorer: Callable[[], Restorer]) -> Work:
    """The work that tries the degradation called ``key`` on ``part``; it returns a :class:`Trial`."""

    def work(report: Report, cancel: CancelToken) -> Trial:
        steps = (Step(key),)
        result = restorer().restore(
            part, steps, progress=lambda f: report(Progress(translate("Session", "Trying"), f)), cancel=cancel
        )
        changes = compare(part.pixels, result.photo.pixels, part.space.to_srgb)
        return Trial(Pyramid.from_photo(result.photo), changes, harm(changes, steps))

    return work
