"""Decoded pictures in memory, or packed into one memory-mapped file, from which crops are read.

A pack consists of two files: ``pictures-KEY.bin`` holds the pixels, uint8, one picture after the other, and
``pictures-KEY.json`` the index. KEY is a hash of the files' paths, sizes and times and of the decoding settings, so a
pack never changes, is reused by every run that needs the same pictures, and is replaced when one of them changes.

A large picture is stored in square tiles, one row of tiles after the other, so that a crop is read from a few
contiguous parts of the file instead of one for each of its rows. Crops are identical either way.
"""

import contextlib
import hashlib
import json
import logging
import os
import secrets
import shutil
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from math import prod
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from core.io.atomic import publish
from training.data.data_errors import DataError, Problem
from training.data.pictures import Picture, Source

FORMAT = 1
TILE = 512
"""Side of a tile in pixels; pictures with more pixels than four tiles are stored in tiles."""

DISK_RESERVE = 1 << 30
"""Bytes of disk space that packing leaves free."""

MEMORY_SHARE = 0.8
"""Share of the free memory that decoded pictures may use."""

log = logging.getLogger(__name__)


@dataclass
class Pictures:
    """Decoded pictures.

    Attributes:
        opened: pictures to read crops from; empty if packing failed.
        shapes: (H, W, 3) or (H, W) of every picture that could be decoded.
        problems: of the pictures that could not be decoded.
    """

    opened: dict[Source, Picture] = field(default_factory=dict)
    shapes: dict[Source, tuple[int, ...]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


def open_pictures(sources: Sequence[Source], cache: Path | None, tile: int = TILE) -> Pictures:
    """Decode every picture once, or open an existing pack.

    Args:
        sources: the pictures; repeated ones are decoded once.
        cache: folder of packs, created if needed; None decodes into memory.
        tile: side of a tile in pixels.

    Raises:
        DataError: memory or disk space is not sufficient, or the folder cannot be written.
    """
    unique = sorted(set(sources), key=lambda source: (str(source.file), source.grey, source.longest, source.scene))
    return _in_memory(unique) if cache is None else _packed(unique, cache, tile)


class TiledPicture:
    """A picture stored in tiles; see the docstring of this module.

    Args:
        pixels: (H * W * channels,) uint8, tile after tile.
        shape: (H, W, 3) or (H, W).
        tile: side of a tile; those at the right and lower edges are smaller.
    """

    def __init__(self, pixels: NDArray[np.uint8], shape: tuple[int, ...], tile: int) -> None:
        self.shape = shape
        self._pixels, self._tile = pixels, tile

    def __getitem__(self, window: tuple[slice, slice]) -> NDArray[np.uint8]:
        """Pixels of a slice of rows and one of columns, both of step 1."""
        (top, bottom, _), (left, right, _) = (
            part.indices(side) for part, side in zip(window, self.shape, strict=False)
        )
        out = np.empty((max(bottom - top, 0), max(right - left, 0), *self.shape[2:]), np.uint8)
        for y, height in _steps(top, bottom, self._tile, self.shape[0]):
            for x, width in _steps(left, right, self._tile, self.shape[1]):
                tile = self._at(y, x, height, width)
                upper, lower = max(top, y), min(bottom, y + height)
                near, far = max(left, x), min(right, x + width)
                out[upper - top : lower - top, near - left : far - left] = tile[
                    upper - y : lower - y, near - x : far - x
                ]
        return out

    def _at(self, y: int, x: int, height: int, width: int) -> NDArray[np.uint8]:
        channels = prod(self.shape[2:])
        start = (y * self.shape[1] + height * x) * channels  # whole rows of tiles above, then those to the left
        return self._pixels[start : start + height * width * channels].reshape(height, width, *self.shape[2:])


def _steps(start: int, stop: int, tile: int, side: int) -> Iterator[tuple[int, int]]:
    """Position and length of the tiles that cover ``start`` to ``stop`` along a side."""
    for position in range(start // tile * tile, stop, tile):
        yield position, min(tile, side - position)


def _is_tiled(shape: tuple[int, ...], tile: int) -> bool:
    return shape[0] * shape[1] > 4 * tile * tile


def _write(stream: BinaryIO, picture: NDArray[np.uint8], tile: int) -> None:
    if not _is_tiled(picture.shape, tile):
        stream.write(np.ascontiguousarray(picture).data)
        return
    for y, height in _steps(0, picture.shape[0], tile, picture.shape[0]):
        for x, width in _steps(0, picture.shape[1], tile, picture.shape[1]):
            stream.write(np.ascontiguousarray(picture[y : y + height, x : x + width]).data)


def _decoded(sources: Sequence[Source]) -> Iterator[tuple[Source, NDArray[np.uint8] | Problem]]:
    workers = min(4, os.cpu_count() or 1)
    with ThreadPoolExecutor(workers) as pool:
        for start in range(0, len(sources), workers):  # a few at a time: photographs are large once decoded
            some = sources[start : start + workers]
            yield from zip(some, pool.map(_read, some), strict=True)


def _read(source: Source) -> NDArray[np.uint8] | Problem:
    try:
        return source.read()
    except DataError as error:
        return Problem("unreadable pictures", str(error))


def _in_memory(sources: Sequence[Source]) -> Pictures:
    result, taken, limit = Pictures(), 0, MEMORY_SHARE * _free_memory()
    for source, picture in _decoded(sources):
        if isinstance(picture, Problem):
            result.problems.append(picture)
            continue
        result.opened[source], result.shapes[source] = picture, picture.shape
        taken += picture.nbytes
        if taken > limit:
            raise DataError(
                f"Not enough memory: {len(result.opened)} of {len(sources)} pictures take {taken / 1e9:.1f} GB. "
                "Use a cache folder (--cache DIR) to keep them in a file instead."
            )
    return result


def _free_memory() -> float:
    try:
        import psutil
    except ImportError:  # optional for training; without it the free memory is unknown
        return float("inf")
    return float(psutil.virtual_memory().available)


def _packed(sources: Sequence[Source], cache: Path, tile: int) -> Pictures:
    signatures = [_signature(source) for source in sources]
    key = hashlib.sha256(json.dumps([FORMAT, tile, signatures]).encode()).hexdigest()[:16]
    index = cache / f"pictures-{key}.json"
    if (existing := _open(index, sources)) is not None:
        return existing
    try:
        cache.mkdir(parents=True, exist_ok=True)
        _remove_stale(cache)
        packed = _pack(sources, signatures, index, tile)
    except OSError as error:
        raise DataError(f"{cache}: the pictures cannot be packed there: {error.strerror or error}.") from error
    return packed if packed.problems else _open(index, sources) or packed


def _signature(source: Source) -> list[Any]:
    """Path, size, time and decoding settings of a picture: they differ if it is no longer the packed one."""
    try:
        state: os.stat_result | None = source.file.stat()
    except OSError:
        state = None
    decoding = [source.grey, source.longest, *([source.scene] if source.scene else [])]  # earlier packs have no maps
    size, time_changed = (-1, -1) if state is None else (state.st_size, state.st_mtime_ns)
    return [str(source.file.absolute()), size, time_changed, *decoding]


def _open(index: Path, sources: Sequence[Source]) -> Pictures | None:
    """The pictures of a pack, or None if it does not exist or is incomplete."""
    pixels = index.with_suffix(".bin")
    try:
        content = json.loads(index.read_text(encoding="utf-8"))
        if pixels.stat().st_size != content["bytes"] or len(content["pictures"]) != len(sources):
            return None
        flat = np.asarray(np.memmap(pixels, np.uint8, "r"))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    result = Pictures()
    for source, (_, shape, offset) in zip(sources, content["pictures"], strict=True):
        part = flat[offset : offset + prod(shape)]
        tiled = _is_tiled(shape, content["tile"])
        result.shapes[source] = tuple(shape)
        result.opened[source] = TiledPicture(part, tuple(shape), content["tile"]) if tiled else part.reshape(shape)
    return result


def _pack(sources: Sequence[Source], signatures: list[list[Any]], index: Path, tile: int) -> Pictures:
    """Write a pack, or nothing if a picture cannot be decoded; returns shapes and problems."""
    result, entries, offset, reported = Pictures(), [], 0, time.monotonic()
    log.info("packing %d pictures into %s", len(sources), index.parent)
    temporary = index.with_name(f".{index.stem}-{secrets.token_hex(4)}.part")
    try:
        with temporary.open("wb") as stream:
            for number, (source, picture) in enumerate(_decoded(sources)):
                if isinstance(picture, Problem):
                    result.problems.append(picture)
                    continue
                if shutil.disk_usage(index.parent).free < DISK_RESERVE + picture.nbytes:
                    raise DataError(
                        f"{index.parent}: the disk is nearly full after {number} of {len(sources)} pictures "
                        f"({offset / 1e9:.1f} GB). Free disk space, or choose another cache folder (--cache DIR)."
                    )
                _write(stream, picture, tile)
                entries.append([signatures[number], picture.shape, offset])
                result.shapes[source] = picture.shape
                offset += picture.nbytes
                if time.monotonic() - reported > 10:
                    log.info("packed %d of %d pictures, %.1f GB", number + 1, len(sources), offset / 1e9)
                    reported = time.monotonic()
            stream.flush()
            os.fsync(stream.fileno())
        if not result.problems:
            temporary.replace(index.with_suffix(".bin"))
            content = {"format": FORMAT, "tile": tile, "bytes": offset, "pictures": entries}
            publish(json.dumps(content).encode(), index, overwrite=True)  # last: a pack with an index is complete
    finally:
        temporary.unlink(missing_ok=True)
    return result


def _remove_stale(cache: Path) -> None:
    """Remove packs with pictures that have changed since, and incomplete files older than a day."""
    for index in cache.glob("pictures-*.json"):
        try:
            entries = json.loads(index.read_text(encoding="utf-8"))["pictures"]
            stale = any(_signature(Source(Path(entry[0]), *entry[3:])) != entry for entry, _, _ in entries)
        except (OSError, ValueError, KeyError, TypeError):
            stale = True
        if stale:
            _remove(index)
            _remove(index.with_suffix(".bin"))
    incomplete = [file for file in cache.glob("pictures-*.bin") if not file.with_suffix(".json").exists()]
    for file in [*incomplete, *cache.glob(".pictures-*.part")]:
        _remove(file, older_than=86400)


def _remove(file: Path, older_than: float = 0) -> None:
    with contextlib.suppress(OSError):  # removed by another process, or open on a system that locks open files
        if time.time() - file.stat().st_mtime >= older_than:
            file.unlink()
