"""Restoring whole folders: plan, triage, run, report. :class:`Batch` is the entry point."""

from core.batch.backends.config import BackendConfig
from core.batch.batch import Batch
from core.batch.control import Control
from core.batch.journal import Journal
from core.batch.layout import Layout
from core.batch.plan import Item, Plan, Why, make_plan
from core.batch.progress import Progress, Summary
from core.batch.rows import Row, State
from core.batch.settings import BatchSettings
from core.batch.triage import Group

__all__ = [
    "BackendConfig",
    "Batch",
    "BatchSettings",
    "Control",
    "Group",
    "Item",
    "Journal",
    "Layout",
    "Plan",
    "Progress",
    "Row",
    "State",
    "Summary",
    "Why",
    "make_plan",
]
