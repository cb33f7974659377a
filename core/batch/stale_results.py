"""Results that still lie in the target, and are no longer what the source and the settings would give.

A photo that has changed, or is to be done differently, may fail, wait, or get a result of another name. Its earlier
result is then kept, for it may be all that there is; but it must not pass for a current one.
"""

import json
import os
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from core.batch.journal import Row


def files(row: Row) -> tuple[str, ...]:
    """Paths of the photo's outdated results, within the target, with slashes."""
    return tuple(json.loads(row.outdated)) if row.outdated else ()


def with_files(row: Row, paths: Iterable[str]) -> Row:
    """The row with these outdated results, each named once."""
    named = list(dict.fromkeys(paths))
    return replace(row, outdated=json.dumps(named) if named else "")


def still_there(row: Row, target: Path) -> Row:
    """The row without those that someone has removed from ``target`` meanwhile."""
    if not row.outdated:
        return row
    return with_files(row, (path for path in files(row) if os.path.lexists(target / path)))


def replaced(row: Row) -> Row:
    """The row after ``row.output`` has got its new content."""
    return with_files(row, (path for path in files(row) if path != row.output)) if row.outdated else row
