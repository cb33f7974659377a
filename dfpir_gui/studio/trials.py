"""One prompt tried on a part of a photo, for the contact sheet."""

from collections.abc import Callable
from dataclasses import dataclass

from core.inference import Restorer, Step
from core.photo import Photo
from core.progress import CancelToken
from core.quality import QualityReport, quality_report
from dfpir_gui.i18n.language import translate
from dfpir_gui.workers.image_pyramid import Pyramid
from dfpir_gui.workers.requests import Work
from dfpir_gui.workers.tasks import Progress, Report
from dfpir_gui.workers.worker import shown


@dataclass(frozen=True, eq=False)
class Trial:
    """What one prompt makes of the part.

    Attributes:
        picture: for the screen.
        report: what it has changed.
    """

    picture: Pyramid
    report: QualityReport


def trial(part: Photo, key: str, restorer: Callable[[], Restorer]) -> Work:
    """The work that tries the degradation called ``key`` on ``part``; it returns a :class:`Trial`."""

    def work(report: Report, cancel: CancelToken) -> Trial:
        steps = (Step(key),)
        result = restorer().restore(
            part, steps, progress=lambda f: report(Progress(translate("Session", "Trying"), f)), cancel=cancel
        )
        return Trial(shown(result.photo), quality_report(part, result.photo, steps))

    return work
