"""Running networks on photographs. :class:`Restorer` is the entry point."""

from typing import TYPE_CHECKING

from core.steps import Step, parse_steps
from core.system.lazy_imports import importer

if TYPE_CHECKING:
    from core.inference.restorer import Restorer
    from core.inference.result import RestorationResult

__all__ = ["RestorationResult", "Restorer", "Step", "parse_steps"]

__getattr__ = importer(__name__, {"RestorationResult": "core.inference.result", "Restorer": "core.inference.restorer"})
