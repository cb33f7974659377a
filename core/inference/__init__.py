"""Running the network on photographs. :class:`Restorer` is the entry point."""

from core.inference.restorer import RestorationResult, Restorer
from core.inference.steps import Step, parse_steps

__all__ = ["RestorationResult", "Restorer", "Step", "parse_steps"]
