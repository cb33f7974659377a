"""The pictures of a training run: all are found, opened and checked before the first step."""

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path

import numpy as np

from training.data.data_errors import DataError, Problem, describe
from training.data.layouts import find_pairs, find_pictures
from training.data.packing import Pictures, open_pictures
from training.data.pictures import Pair, Source, border
from training.restoration.degrading import kernel_problems
from training.restoration.task import Task, weights


@dataclass(frozen=True)
class Entry:
    """The files of one training picture; the attributes are those of :class:`training.data.pictures.Pair`."""

    clean: Source
    degraded: Source | None = None
    depth: Source | None = None

    @property
    def sources(self) -> tuple[Source, ...]:
        """All files."""
        return tuple(source for source in (self.clean, self.degraded, self.depth) if source is not None)


@dataclass(frozen=True)
class TaskInventory:
    """The pictures of one task.

    Attributes:
        task: its settings.
        training: pictures to train on.
        validation: held-out pictures.
        small: number of both that are smaller than the largest crop; their crops are padded by mirroring.
    """

    task: Task
    training: tuple[Pair, ...]
    validation: tuple[Pair, ...]
    small: int

    def row(self, share: float) -> tuple[str, ...]:
        """The task's line in :meth:`Inventory.table`."""
        task = self.task
        kind = f"mixed {task.name}" if task.kind == "mixed" else task.kind
        prompt = task.degradation or ("random" if task.kind == "clean" else "nearest")
        counts = (str(len(self.training)), str(len(self.validation)))
        return kind, prompt, f"{100 * share:.1f} %", *counts, ", ".join(task.folders)

    def note(self) -> str:
        """A note on the small pictures."""
        where = f"{self.task.name} in {', '.join(self.task.folders)}"
        return f"{self.small} pictures of {where} are smaller than the largest crop; crops are padded by mirroring"


@dataclass(frozen=True)
class Inventory:
    """All pictures of a training run.

    Attributes:
        tasks: in the order of the configuration.
        weights: relative frequency of each task.
        files: number of picture files, each counted once.
        bytes: their decoded size.
    """

    tasks: tuple[TaskInventory, ...]
    weights: tuple[float, ...]
    files: int
    bytes: int

    @property
    def samples_per_epoch(self) -> int:
        """Number of pictures times repeats; tasks with shares count their pictures once."""
        return round(sum((entry.task.repeats or 1.0) * len(entry.training) for entry in self.tasks))

    def table(self) -> str:
        """Tasks with their shares, pictures, held-out pictures and folders, in columns of plain text."""
        rows: list[tuple[str, ...]] = [("task", "prompt", "share", "pictures", "held out", "folders")]
        rows += [entry.row(weight / sum(self.weights)) for entry, weight in zip(self.tasks, self.weights, strict=True)]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
        size = f"{self.files} picture files, {self.bytes / 1e9:.2f} GB decoded"
        lines.append(f"{size}; {self.samples_per_epoch} samples an epoch")
        lines += [entry.note() for entry in self.tasks if entry.small]
        return "\n".join(lines)


def take_inventory(tasks: Sequence[Task], root: Path, holdout: int, crop: int, packs: Path | None = None) -> Inventory:
    """Find, decode and check all pictures.

    Args:
        tasks: the sources of samples.
        root: data folder, which the tasks' folders are relative to.
        holdout: number of pictures of every folder that are held out for validation.
        crop: side of the largest crop, in pixels.
        packs: folder of packs, see :mod:`training.data.packing`; None decodes into memory.

    Raises:
        DataError: pictures are missing, unreadable or inconsistent; one message lists all problems.
    """
    problems: list[Problem] = []
    found = [[_entries(task, folder, root, problems) for folder in task.folders] for task in tasks]
    found = [_without_excluded(task, folders, problems) for task, folders in zip(tasks, found, strict=True)]
    for task in tasks:
        problems += kernel_problems(task, root)
    entries = [entry for folders in found for folder in folders for entry in folder]
    pictures = open_pictures([source for entry in entries for source in entry.sources], packs)
    problems += pictures.problems
    for entry in dict.fromkeys(entries):
        problems += _unequal(entry, pictures)
    split = _split(tasks, found, holdout, root, problems)
    shares = _weights(tasks, [len(training) for training, _ in split], problems)
    if problems:
        raise DataError(describe(problems))
    return Inventory(
        tuple(_opened(task, *part, pictures, crop) for task, part in zip(tasks, split, strict=True)),
        tuple(shares),
        len({source.file for source in pictures.shapes}),
        sum(int(np.prod(shape)) for shape in pictures.shapes.values()),
    )


def _entries(task: Task, folder: str, root: Path, problems: list[Problem]) -> list[Entry]:
    if task.kind == "pairs":
        pairs, wrong = find_pairs(root / folder)
        problems += wrong
        return [Entry(Source(clean), Source(degraded)) for degraded, clean in pairs]
    files, wrong = find_pictures(root / folder, task.options.get("recursive", False))
    problems += wrong
    longest = task.options.get("longest", 0)
    depths = _depths(task, root, problems)
    if depths is None and task.wants_scene:
        return [Entry(Source(file, longest=longest), depth=Source(file, longest=longest, scene=True)) for file in files]
    if depths is None:
        return [Entry(Source(file, longest=longest)) for file in files]
    entries = []
    for file in files:
        depth = depths.get(file.stem)
        if depth is None and depths:
            detail = f"{file}: there is no depth picture in {root / task.options['depth']}."
            problems.append(Problem("pictures without a partner", detail))
        entries.append(Entry(Source(file), depth=None if depth is None else Source(depth, grey=True)))
    return entries


def _without_excluded(task: Task, found: list[list[Entry]], problems: list[Problem]) -> list[list[Entry]]:
    """``found`` without the pictures that the task excludes."""
    patterns = task.options.get("exclude", ())
    for pattern in patterns if any(found) else ():
        if not any(_matches(entry, pattern) for entries in found for entry in entries):
            detail = f"{', '.join(task.folders)}: exclude {pattern!r} matches no picture. Correct or remove it."
            problems.append(Problem("patterns without a match", detail))
    return [[entry for entry in entries if not any(_matches(entry, one) for one in patterns)] for entries in found]


def _matches(entry: Entry, pattern: str) -> bool:
    return any(fnmatchcase(source.file.stem, pattern) for source in entry.sources)


def _depths(task: Task, root: Path, problems: list[Problem]) -> dict[str, Path] | None:
    """Depth pictures by stem; None if the task has none."""
    if not (folder := task.options.get("depth")):
        return None
    files, wrong = find_pictures(root / folder)
    problems += wrong
    return {file.stem: file for file in files}


def _unequal(entry: Entry, pictures: Pictures) -> list[Problem]:
    problems = []
    for other in entry.sources[1:]:
        clean, shape = pictures.shapes.get(entry.clean), pictures.shapes.get(other)
        if clean and shape and shape[:2] != tuple(side - 2 * border(clean, shape) for side in clean[:2]):
            detail = f"{other.file}: differs in size from its clean picture {entry.clean.file}"
            detail += f" ({_size(shape)} against {_size(clean)})."
            problems.append(Problem("pairs of unequal size", detail))
    return problems


def _size(shape: tuple[int, ...]) -> str:
    return f"{shape[1]} x {shape[0]}"


def _split(
    tasks: Sequence[Task], found: list[list[list[Entry]]], holdout: int, root: Path, problems: list[Problem]
) -> list[tuple[list[Entry], list[Entry]]]:
    """Training and held-out entries of every task.

    The held-out pictures are spread evenly over the sorted files of a folder, so that all runs and tasks that use the
    folder hold out the same ones. No task is trained on a picture that another one is validated on.
    """
    split, held_out = [], []
    for task, folders in zip(tasks, found, strict=True):
        validation: list[Entry] = []
        for folder, entries in zip(task.folders, folders, strict=True):
            if entries and len(entries) <= holdout:
                detail = f"{root / folder}: {len(entries)} pictures are too few with {holdout} held out. "
                detail += "Add pictures or reduce holdout."
                problems.append(Problem("too few pictures", detail))
                continue
            chosen = np.linspace(0, len(entries) - 1, holdout if entries else 0).round().astype(int)
            validation += [entries[index] for index in sorted(set(chosen.tolist()))]
        held_out.append(validation)
    real = cache(Path.resolve)  # files may be linked; several hazy pictures share a clean one
    held = {real(entry.clean.file) for validation in held_out for entry in validation}
    for task, folders, validation in zip(tasks, found, held_out, strict=True):
        training = [entry for entries in folders for entry in entries if real(entry.clean.file) not in held]
        if any(folders) and not training:
            detail = f"{', '.join(task.folders)}: every picture is held out, here or in another task."
            problems.append(Problem("too few pictures", detail))
        split.append((training, validation))
    return split


def _weights(tasks: Sequence[Task], counts: list[int], problems: list[Problem]) -> list[float]:
    try:
        return weights(tasks, counts)
    except ValueError as error:
        problems.append(Problem("inconsistent tasks", f"{error}."))
        return []


def _opened(task: Task, training: list[Entry], validation: list[Entry], pictures: Pictures, crop: int) -> TaskInventory:
    def pair(entry: Entry) -> Pair:
        clean = pictures.opened[entry.clean]
        degraded, depth = (None if part is None else pictures.opened[part] for part in (entry.degraded, entry.depth))
        if degraded is not None and (side := border(clean.shape, degraded.shape)):
            clean = clean[side:-side, side:-side]
        return Pair(clean, degraded, depth)

    small = sum(min(pictures.shapes[entry.clean][:2]) < crop for entry in training + validation)
    return TaskInventory(task, tuple(map(pair, training)), tuple(map(pair, validation)), small)
