"""The steps that the user chose for photos, remembered from one start of the program to the next."""

import json
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from core.errors import DFPIRError
from core.io import atomic
from dfpir_gui.session.steps import Stack, StackStep

_log = logging.getLogger(__name__)

_VERSION = 1
_MAX_PHOTOS = 500
"""Number of photos that are remembered; the oldest choices are dropped first."""


class RememberedSteps:
    """Stacks by photo, kept in one file. A photo whose file has changed since counts as another one.

    Args:
        path: the file; it need not exist.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stacks = _read(path)

    def find(self, photo: Path) -> Stack | None:
        """The steps that were chosen for a photo, or None if none were."""
        return self._stacks.get(_key(photo))

    def update(self, chosen: Mapping[Path, Stack]) -> bool:
        """Remember these stacks, in memory until :meth:`write`; return whether any of them is new."""
        stacks = {_key(photo): stack for photo, stack in chosen.items()}
        changed = any(self._stacks.get(key) != stack for key, stack in stacks.items())
        for key, stack in stacks.items():
            self._stacks.pop(key, None)  # moves the photo to the end, which is dropped last
            self._stacks[key] = stack
        return changed

    def write(self) -> None:
        """Write the file, with what other windows have written meanwhile. May be called from any thread.

        Raises:
            OSError: the file cannot be written.
        """
        merged = {**_read(self._path), **self._stacks}
        newest = dict(list(merged.items())[-_MAX_PHOTOS:])
        stacks = {key: [entry.to_json() for entry in stack] for key, stack in newest.items()}
        text = json.dumps({"choices": _VERSION, "stacks": stacks}, ensure_ascii=False)
        self._path.parent.mkdir(parents=True, exist_ok=True)
        atomic.publish(text.encode(), self._path, overwrite=True, mode=atomic.PRIVATE)


def _key(photo: Path) -> str:
    try:
        status = photo.stat()
    except OSError:
        return str(photo.absolute())
    return f"{photo.absolute()}|{status.st_size}|{status.st_mtime_ns}"


def _read(path: Path) -> dict[str, Stack]:
    try:
        values = json.loads(path.read_text("utf-8"))
        if values["choices"] != _VERSION:
            return {}
        return {key: _stack(entries) for key, entries in values["stacks"].items()}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, DFPIRError) as error:
        _log.warning("%s cannot be read and is ignored: %s", path.name, error)
        return {}


def _stack(entries: Sequence[list[Any]]) -> Stack:
    return tuple(map(StackStep.from_json, entries))
