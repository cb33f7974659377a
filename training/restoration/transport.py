"""Transfer of models and data to a machine that accepts few and small files: split files, reduced data folders.

A part begins with one line of JSON: the file's name, size and SHA-256, the part's number and the number of parts. Parts
therefore need no index file and may be in any order and in several folders, and an incomplete file is never joined.
"""

import hashlib
import json
import math
import tarfile
from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from core.errors import DFPIRError
from core.io.atomic import publish
from training.data.layouts import list_pairs, list_pictures
from training.restoration.config import TrainingConfig
from training.restoration.task import Task

PART_BYTES = 16 << 20
"""Size of a part, including its first line."""

MAX_PARTS = 8

_HEAD_BYTES = 512
_SUFFIX = ".part"
_MIN_PICTURES = 4  # of a folder, however small the archive must be


class TransportError(DFPIRError):
    """A file cannot be split or joined."""


def split(file: Path, folder: Path, *, size: int = PART_BYTES, max_parts: int = MAX_PARTS) -> list[Path]:
    """Write ``file`` as parts into ``folder``.

    Args:
        file: any file.
        folder: for the parts; created if needed.
        size: maximum size of a part in bytes.
        max_parts: maximum number of parts.

    Returns:
        The parts, ``NAME.0.part`` and so on.

    Raises:
        TransportError: more parts would be needed.
    """
    content = file.stat().st_size
    count = max(math.ceil(content / (size - _HEAD_BYTES)), 1)
    if count > max_parts:
        raise TransportError(f"{file} has {content} bytes, too many for {max_parts} parts of {size} bytes.")
    with file.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
        stream.seek(0)
        folder.mkdir(parents=True, exist_ok=True)
        made = []
        for number in range(count):
            head = {"name": file.name, "size": content, "sha256": digest, "part": number, "parts": count}
            line = json.dumps(head).encode().ljust(_HEAD_BYTES - 1) + b"\n"
            part = folder / f"{file.name}.{number}{_SUFFIX}"
            publish(line + stream.read(size - _HEAD_BYTES), part, overwrite=True)
            made.append(part)
    return made


def join(folders: Iterable[Path], name: str, target: Path) -> Path:
    """Join the parts of the file ``name`` to ``target``, atomically.

    Args:
        folders: of the parts.
        name: of the file that was split.
        target: path of the result; an existing file is replaced.

    Raises:
        TransportError: a part is missing or damaged, or parts are of different files.
    """
    found: dict[int, Path] = {}
    heads: list[dict[str, Any]] = []
    for part in sorted(path for folder in folders for path in folder.glob(f"{name}.*{_SUFFIX}")):
        with part.open("rb") as stream:
            heads.append(_head(stream, part))
        found[heads[-1]["part"]] = part
    if not heads:
        raise TransportError(f"There are no parts of {name}.")
    first = heads[0]
    if any(head[key] != first[key] for head in heads for key in ("size", "sha256", "parts")):
        raise TransportError(f"The parts of {name} are of different files. Remove the older ones.")
    if missing := sorted(set(range(first["parts"])) - set(found)):
        raise TransportError(f"Parts of {name} are missing: {', '.join(map(str, missing))} of {first['parts']}.")
    content = bytearray()
    for number in range(first["parts"]):
        content += found[number].read_bytes()[_HEAD_BYTES:]
    if len(content) != first["size"] or hashlib.sha256(content).hexdigest() != first["sha256"]:
        raise TransportError(f"The parts of {name} are damaged. Copy them again.")
    target.parent.mkdir(parents=True, exist_ok=True)
    publish(bytes(content), target, overwrite=True)
    return target


def archive_data(config: TrainingConfig, root: Path, target: Path, max_bytes: int) -> tuple[int, int]:
    """Write the training files of a configuration to an archive, with as many pictures as fit.

    The same share of the pictures of every folder is included, spread evenly over their names, at least a few. Pictures
    that a task excludes by name are included, since every pattern must match something.

    Args:
        config: the configuration, whose tasks name folders and files.
        root: data folder.
        target: the archive, a tar file.
        max_bytes: maximum total size of the files.

    Returns:
        Number of files in the archive, and in the data folder.

    Raises:
        DataError: a folder is missing or empty.
        TransportError: not even a few pictures of each folder fit.
    """
    folders = {(folder, task.kind == "pairs"): task for task in config.tasks for folder in task.folders}
    groups = [_groups(task, root / folder, root, config.tasks) for (folder, _), task in folders.items()]
    named = {root / task.options[key] for task in config.tasks for key in ("kernels", "gyro") if task.options.get(key)}
    everything = named | {file for units in groups for unit, _ in units for file in unit}
    share = 1.0
    while True:
        chosen = named | {file for units in groups for file in _thinned(units, share)}
        if sum(file.stat().st_size for file in chosen) <= max_bytes:
            break
        share *= 0.9
        if share < 0.01:
            raise TransportError(f"{max_bytes} bytes are too few for pictures of every folder of {root}.")
    with tarfile.open(target, "w") as archive:
        for file in sorted(chosen):
            archive.add(file, str(file.relative_to(root)), recursive=False)
    return len(chosen), len(everything)


def unpack_data(archive: Path, folder: Path) -> None:
    """Unpack an archive of :func:`archive_data`; nothing is written outside ``folder``."""
    with tarfile.open(archive) as stream:
        stream.extractall(folder, filter="data")


Unit = tuple[tuple[Path, ...], bool]
"""Files that belong together, and whether they must be included."""


def _groups(task: Task, folder: Path, root: Path, tasks: Sequence[Task]) -> list[Unit]:
    # The pictures of one folder, in units that can be omitted.
    files: list[tuple[Path, ...]]
    if task.kind == "pairs":
        files = list(list_pairs(folder))
    else:
        maps = [root / other.options["depth"] for other in tasks if other.options.get("depth")]
        partners = {(path.parent, path.stem): path for depth in maps for path in list_pictures(depth)}
        pictures = list_pictures(folder, task.options.get("recursive", False))
        files = [
            (file, *(partners[key] for depth in maps if (key := (depth, file.stem)) in partners)) for file in pictures
        ]
    patterns = task.options.get("exclude", ())
    return [(unit, any(fnmatchcase(file.stem, pattern) for file in unit for pattern in patterns)) for unit in files]


def _thinned(units: Sequence[Unit], share: float) -> set[Path]:
    count = min(max(round(share * len(units)), _MIN_PICTURES), len(units))
    places = set(np.linspace(0, len(units) - 1, count).round().astype(int).tolist())
    return {file for place, (unit, stays) in enumerate(units) if stays or place in places for file in unit}


def _head(stream: BinaryIO, part: Path) -> dict[str, Any]:
    try:
        head: dict[str, Any] = json.loads(stream.read(_HEAD_BYTES))
        if not {"name", "size", "sha256", "part", "parts"} <= head.keys():
            raise ValueError("entries are missing")
    except (ValueError, AttributeError) as error:
        raise TransportError(f"{part} is not a part of a file: {error}.") from error
    return head
