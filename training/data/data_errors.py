"""What can be wrong with the pictures of a training, gathered into one message."""

from collections.abc import Iterable
from dataclasses import dataclass

from core.errors import DFPIRError

LISTED = 20
"""Of each kind of problem so many are named one by one; of the rest the message gives the number."""


class DataError(DFPIRError):
    """Training or evaluation data is missing or unreadable; the message names the folder or file."""


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong.

    Attributes:
        kind: heading under which problems of a kind are listed, e.g. ``"unreadable pictures"``.
        detail: a sentence that names the folder or file.
    """

    kind: str
    detail: str


def message(problems: Iterable[Problem]) -> str:
    """One text for all problems, grouped by kind; a single problem is said in its own sentence."""
    kinds: dict[str, list[str]] = {}
    for problem in dict.fromkeys(problems):  # tasks share folders: each problem once
        kinds.setdefault(problem.kind, []).append(problem.detail)
    found = [detail for details in kinds.values() for detail in details]
    if len(found) == 1:
        return found[0]
    lines = [f"{len(found)} things are wrong with the pictures:"]
    for kind, details in kinds.items():
        lines.append(f"{kind} ({len(details)}):")
        lines += [f"  {detail}" for detail in details[:LISTED]]
        if len(details) > LISTED:
            lines.append(f"  and {len(details) - LISTED} more")
    return "\n".join(lines)
