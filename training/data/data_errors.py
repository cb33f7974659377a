"""Errors in training and evaluation data, collected into one message."""

from collections.abc import Iterable
from dataclasses import dataclass

from core.errors import DFPIRError

LISTED = 20
"""Number of problems of each kind that are listed one by one; of the others only the count is given."""


class DataError(DFPIRError):
    """Training or evaluation data is missing or unreadable; the message names the folder or file."""


@dataclass(frozen=True)
class Problem:
    """One problem of the data.

    Attributes:
        kind: heading under which problems of this kind are listed, e.g. ``"unreadable pictures"``.
        detail: a sentence that names the folder or file.
    """

    kind: str
    detail: str


def describe(problems: Iterable[Problem]) -> str:
    """One text for all problems, grouped by kind; a single problem is returned as it is."""
    kinds: dict[str, list[str]] = {}
    for problem in dict.fromkeys(problems):  # tasks share folders: each problem once
        kinds.setdefault(problem.kind, []).append(problem.detail)
    details_of_all = [detail for details in kinds.values() for detail in details]
    if len(details_of_all) == 1:
        return details_of_all[0]
    lines = [f"The data has {len(details_of_all)} problems:"]
    for kind, details in kinds.items():
        lines.append(f"{kind} ({len(details)}):")
        lines += [f"  {detail}" for detail in details[:LISTED]]
        if len(details) > LISTED:
            lines.append(f"  and {len(details) - LISTED} more")
    return "\n".join(lines)
