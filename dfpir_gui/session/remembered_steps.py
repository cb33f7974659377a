"""What the user chose for photos - steps, rotation and crop - remembered from one start of the program to the next."""

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.errors import DFPIRError
from core.geometry import UNCHANGED, Geometry
from core.io import atomic
from dfpir_gui.session.steps import Stack, StackStep

_log = logging.getLogger(__name__)

_VERSION = 1
_MAX_PHOTOS = 500
"""Number of photos that are remembered; the oldest choices are dropped first."""


@dataclass(frozen=True)
class RememberedEdit:
    """What was chosen for one photo.

    Attributes:
        stack: its steps, with masks of the rotated and cropped photo; None leaves them to the detector.
        geometry: rotation and crop.
        upright: the stack with masks of the whole upright photo, which earlier versions of the program read; without
            rotation and crop it equals ``stack``. It has no part in comparisons.
    """

    stack: Stack | None
    geometry: Geometry = UNCHANGED
    upright: Stack | None = None

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, RememberedEdit):
            return NotImplemented
        return (self.stack, self.geometry) == (other.stack, other.geometry)

    def __hash__(self) -> int:
        return hash((self.stack, self.geometry))

    @property
    def is_empty(self) -> bool:
        """Whether nothing was chosen."""
        return self.stack is None and self.geometry.is_identity


class RememberedSteps:
    """Edits by photo, kept in one file. A photo whose file has changed since counts as another one.

    Args:
        path: the file; it need not exist.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._edits = _read(path)

    def find(self, photo: Path) -> RememberedEdit | None:
        """What was chosen for a photo, or None if nothing was."""
        edit = self._edits.get(_key(photo))
        return None if edit is None or edit.is_empty else edit

    def update(self, chosen: Mapping[Path, RememberedEdit]) -> bool:
        """Remember these edits, in memory until :meth:`write`; return whether any of them is new.

        An empty edit makes the photo forgotten.
        """
        edits = {_key(photo): edit for photo, edit in chosen.items()}
        edits = {key: edit for key, edit in edits.items() if key in self._edits or not edit.is_empty}
        changed = any(self._edits.get(key) != edit for key, edit in edits.items())
        for key, edit in edits.items():
            self._edits.pop(key, None)  # moves the photo to the end, which is dropped last
            self._edits[key] = edit
        return changed

    def write(self) -> None:
        """Write the file, with what other windows have written meanwhile. May be called from any thread.

        Raises:
            OSError: the file cannot be written.
        """
        merged = {**_read(self._path), **self._edits}
        kept = {key: edit for key, edit in merged.items() if not edit.is_empty}
        newest = dict(list(kept.items())[-_MAX_PHOTOS:])
        stacks = {key: _entries(edit.upright or edit.stack) for key, edit in newest.items() if edit.stack is not None}
        changed = {
            key: {
                "geometry": edit.geometry.to_dict(),
                "stack": None if edit.stack is None else _entries(edit.stack),
            }
            for key, edit in newest.items()
            if not edit.geometry.is_identity
        }
        values: dict[str, Any] = {"choices": _VERSION, "stacks": stacks}
        if changed:
            values |= {"cropped": changed}  # earlier versions of the program read only "stacks"
        text = json.dumps(values, ensure_ascii=False)
        self._path.parent.mkdir(parents=True, exist_ok=True)
        atomic.publish(text.encode(), self._path, overwrite=True, mode=atomic.PRIVATE)


def _key(photo: Path) -> str:
    try:
        status = photo.stat()
    except OSError:
        return str(photo.absolute())
    return f"{photo.absolute()}|{status.st_size}|{status.st_mtime_ns}"


def _read(path: Path) -> dict[str, RememberedEdit]:
    try:
        values = json.loads(path.read_text("utf-8"))
        if values["choices"] != _VERSION:
            return {}
        edits = {key: RememberedEdit(_stack(entries)) for key, entries in values["stacks"].items()}
        for key, entry in values.get("cropped", {}).items():
            upright, entries = edits.get(key), entry["stack"]
            edits[key] = RememberedEdit(
                None if entries is None else _stack(entries),
                Geometry.from_dict(entry["geometry"]),
                None if upright is None else upright.stack,
            )
        return edits
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, DFPIRError) as error:
        _log.warning("%s cannot be read and is ignored: %s", path.name, error)
        return {}


def _stack(entries: list[list[Any]]) -> Stack:
    return tuple(map(StackStep.from_json, entries))


def _entries(stack: Stack | None) -> list[list[Any]]:
    return [entry.to_json() for entry in stack or ()]
