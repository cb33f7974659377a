"""Working through folders: plan, triage, run, report."""

from core.batch.journal import Journal, Row, State
from core.batch.layout import Layout
from core.batch.plan import Item, Plan, Why, make_plan
from core.batch.treatment import Treatment

__all__ = ["Item", "Journal", "Layout", "Plan", "Row", "State", "Treatment", "Why", "make_plan"]
