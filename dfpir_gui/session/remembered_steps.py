"""Which steps the user chose for which photo, remembered from one start to the next."""

import json
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from core.errors import DFPIRError
from core.io import atomic
from dfpir_gui.session.steps import Stack, StackStep

_log = logging.getLogger(__name__)

_VERSION = 1
_MOST = 500
"""Photos that are remembered; those that were chosen for longest ago go first."""


class RememberedSteps:
    """Stacks by photo, kept in one file. A photo that was changed since counts as another one.

    Args:
        path: the file; there is none before the first choice.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._kept = _read(path)

    def of(self, photo: Path) -> Stack | None:
        """The steps that were chosen for a photo, or None if none were."""
        return self._kept.get(_key(photo))

    def take(self, chosen: Mapping[Path, Stack]) -> bool:
        """Remember these until :meth:`write`; return whether any of them is new."""
        fresh = {_key(photo): stack for photo, stack in chosen.items()}
        news = any(self._kept.get(key) != stack for key, stack in fresh.items())
        for key, stack in fresh.items():
            self._kept.pop(key, None)
            self._kept[key] = stack
        return news

    def write(self) -> None:
        """Write them down, with what other windows have written meanwhile. May be called from any thread.

        Raises:
            OSError: the file cannot be written.
        """
        together = {**_read(self._path), **self._kept}
        last = dict(list(together.items())[-_MOST:])
        stacks = {key: [[e.degradation, e.strength, e.enabled] for e in stack] for key, stack in last.items()}
        text = json.dumps({"choices": _VERSION, "stacks": stacks}, ensure_ascii=False)
        self._path.parent.mkdir(parents=True, exist_ok=True)
        atomic.publish(text.encode(), self._path, overwrite=True, mode=atomic.PRIVATE)


def _key(photo: Path) -> str:
    try:
        state = photo.stat()
    except OSError:
        return str(photo.absolute())
    return f"{photo.absolute()}|{state.st_size}|{state.st_mtime_ns}"


def _read(path: Path) -> dict[str, Stack]:
    try:
        values = json.loads(path.read_text("utf-8"))
        if values["choices"] != _VERSION:
            return {}
        return {key: _stack(entries) for key, entries in values["stacks"].items()}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, DFPIRError) as error:
        _log.warning("%s cannot be read and is left: %s", path.name, error)
        return {}


def _stack(entries: Any) -> Stack:
    return tuple(StackStep(str(key), float(strength), on is True) for key, strength, on in entries)
