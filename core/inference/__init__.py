"""Running the network on photographs. :class:`Restorer` is the entry point."""

from typing import TYPE_CHECKING

from core.steps import Step, parse_steps
from core.system.lazy_imports import importer

if TYPE_CHECKING:
    from core.inference.restorer import RestorationResult, Restorer

__all__ = ["RestorationResult", "Restorer", "Step", "parse_steps"]

__getattr__ = importer(__name__, dict.fromkeys(("RestorationResult", "Restorer"), "core.inference.restorer"))
