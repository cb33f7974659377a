"""Counts that add up."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from core.batch.journal import Row, State
from core.batch.pipeline import Waiting
from core.batch.plan import Item, Why
from core.batch.scan import PassedOver


@dataclass
class Summary:
    """What became of the photos of a plan.

    Attributes:
        total: photos in the plan.
        counts: how many ended in each state in this run; ``WAITING`` are those that a stop left over.
        before: how many were not touched, by the reason.
        unreadable: folders that could not be looked into, with the reason.
        seconds: that the run took.
        waiting: how long the device waited for the disk.
        stopped: whether the run was stopped before its end.
        outdated: photos that have an earlier result in the target which is no longer current. They are counted above,
            too, most of them as failed, to review or not reached.
        passed_over: pictures that are not restored, with the reason; they are not counted in ``total``.
    """

    total: int
    counts: Counter[State] = field(default_factory=Counter)
    before: Counter[Why] = field(default_factory=Counter)
    unreadable: list[str] = field(default_factory=list)
    seconds: float = 0.0
    waiting: Waiting = field(default_factory=Waiting)
    stopped: bool = False
    outdated: int = 0
    passed_over: list[PassedOver] = field(default_factory=list)

    @classmethod
    def of(cls, items: Iterable[Item], unreadable: list[str], passed_over: Iterable[PassedOver] = ()) -> "Summary":
        """The summary of a plan that has not begun: all that is to be done waits."""
        listed = list(items)
        before = Counter(item.why for item in listed if not item.why.runs)
        waits = Counter({State.WAITING: len(listed) - before.total()})
        outdated = sum(bool(item.row.outdated) for item in listed)
        over = list(passed_over)
        return cls(len(listed), waits, before, list(unreadable), passed_over=over, outdated=outdated)

    def ended(self, planned: Row, row: Row) -> None:
        """Count a photo that has waited, as ``planned``, as what it is now."""
        self.counts[State.WAITING] -= 1
        self.counts[row.state] += 1
        self.outdated += bool(row.outdated) - bool(planned.outdated)

    @property
    def failed(self) -> int:
        """Photos without a result for a reason: failed now, failed before, or with a name that was taken."""
        return self.counts[State.FAILED] + self.before[Why.FAILED_BEFORE] + self.before[Why.TAKEN]

    @property
    def adds_up(self) -> bool:
        """Whether every photo is counted once."""
        return self.counts.total() + self.before.total() == self.total

    @property
    def lines(self) -> list[tuple[str, int]]:
        """Words and numbers for people; the numbers add up to ``total``."""
        named = [
            ("restored", self.counts[State.RESTORED]),
            ("clean, copied", self.counts[State.COPIED]),
            ("clean, left out", self.counts[State.LEFT]),
            ("to review", self.counts[State.REVIEW]),
            ("failed", self.counts[State.FAILED]),
            ("not reached", self.counts[State.WAITING] + self.counts[State.WRITING]),
            ("skipped, done before", self.before[Why.DONE]),
            ("skipped, failed before", self.before[Why.FAILED_BEFORE]),
            ("skipped, name taken", self.before[Why.TAKEN]),
        ]
        return [(words, number) for words, number in named if number]

    @property
    def exit_code(self) -> int:
        """0: all went well; 1: something failed or could not be looked into; 130: it was stopped."""
        if self.stopped:
            return 130
        return 1 if self.failed or self.unreadable else 0
