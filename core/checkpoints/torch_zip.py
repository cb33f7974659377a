"""PyTorch's own files, its zip archives and its older pickles, read without PyTorch's unpickler.

``torch.load(weights_only=True)`` executes nothing, but does believe the file: a number in it decides how much memory is
taken, and a key made of tuples within tuples is hashed for ever. Here the pickle's operations are carried out on plain
values alone, only those that a state dict needs, in limited numbers; a tensor at first is a :class:`StoredTensor`,
which takes no memory and must lie within bytes that the file really has. Checksums of archives are verified.
"""

import io
import math
import pickletools
import struct
import sys
import zipfile
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from core.errors import CheckpointError

INCOMPLETE = "The file is incomplete or damaged: download or copy it again."
UNUSUAL = f"Its contents are like no weights at all. {INCOMPLETE}"

_ZIP = b"PK\x03\x04"
_PICKLE = b"\x80"
_LONGEST_PICKLE = 64 * 2**20  # bytes; that of the published network has 50,000
_LONGEST_DIRECTORY = 16 * 2**20  # bytes of an archive's table
_MOST_OPERATIONS = 1_000_000
_MOST_ENTRIES = 100_000
_MOST_VALUES = 10_000_000  # with whatever is there several times counted as often
_DEEPEST = 32
_MOST_DIMENSIONS = 16
_MOST_SHARED = 8  # how many times the file's size all its tensors may have together; some lie in the same bytes
_LARGEST_KEY = 2**63
_MAGIC, _PROTOCOL = 0x1950A86A20F9469CFC6C, 1001  # how PyTorch's older files begin

_DTYPES = {
    "DoubleStorage": torch.float64,
    "FloatStorage": torch.float32,
    "HalfStorage": torch.float16,
    "BFloat16Storage": torch.bfloat16,
    "LongStorage": torch.int64,
    "IntStorage": torch.int32,
    "ShortStorage": torch.int16,
    "CharStorage": torch.int8,
    "ByteStorage": torch.uint8,
    "BoolStorage": torch.bool,
}
_STORAGES = {f"{place} {name}": dtype for place in ("torch", "torch.cuda") for name, dtype in _DTYPES.items()}
_FUNCTIONS = {
    "collections OrderedDict",
    "collections Counter",
    "torch Size",
    "torch._utils _rebuild_tensor",
    "torch._utils _rebuild_tensor_v2",
    "torch._utils _rebuild_parameter",
}
_VALUES = {"BININT", "BININT1", "BININT2", "LONG1", "BINFLOAT", "BINUNICODE", "SHORT_BINSTRING", "SHORT_BINUNICODE"}
_CONSTANTS = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False}
_TUPLES = {"EMPTY_TUPLE": 0, "TUPLE1": 1, "TUPLE2": 2, "TUPLE3": 3}


@dataclass(frozen=True)
class Storage:
    """Numbers in the file that tensors show parts of: its key there, their dtype, and how many there are."""

    key: str
    dtype: torch.dtype
    count: int

    @property
    def size(self) -> int:
        """Bytes."""
        return self.count * self.dtype.itemsize


@dataclass(frozen=True)
class StoredTensor:
    """A tensor that is not read yet. It lies within its storage, and has no more elements than that."""

    storage: Storage
    offset: int
    shape: tuple[int, ...]
    stride: tuple[int, ...]

    @property
    def size(self) -> int:
        """Bytes that its elements have together."""
        return math.prod(self.shape) * self.storage.dtype.itemsize

    def outline(self) -> Tensor:
        """A tensor of the same shape and dtype without memory, on the device ``meta``.

        Raises:
            CheckpointError: it has no elements, but sizes beyond numbers.
        """
        try:
            return torch.empty(self.shape, dtype=self.storage.dtype, device="meta")
        except (RuntimeError, TypeError) as error:  # no elements, but sizes beyond numbers
            raise CheckpointError(INCOMPLETE) from error


@dataclass(frozen=True)
class _Global:
    """What a file asks for by name: ``"module name"``."""

    name: str


class TorchFile:
    """A file of PyTorch's, open for reading.

    Attributes:
        content: its values: None, bool, int, float, str, tuple, list, dict, OrderedDict, and :class:`StoredTensor`.

    Args:
        file: seekable; it must stay open until the tensors are read.

    Raises:
        CheckpointError: it is damaged, holds more than plain values, or claims what it does not have.
    """

    content: Any

    def __init__(self, file: io.BufferedReader | io.BytesIO) -> None:
        self._file = file
        self._size = file.seek(0, io.SEEK_END)
        self._archive: _Archive | None = None
        self._places: dict[str, int] = {}
        file.seek(0)
        try:
            if file.read(len(_ZIP)) == _ZIP:
                self._archive = _Archive(file, self._size)
                self.content = _Machine(io.BytesIO(self._archive.pickle()), self._archive.sized).run()
            else:
                self._read_older()
        except CheckpointError:
            raise
        except (MemoryError, OSError):
            raise
        except Exception as error:  # anything can go wrong in a damaged file
            raise CheckpointError(INCOMPLETE) from error
        _measure(self.content, {}, 0)
        claimed = sum(tensor.size for tensor in _tensors(self.content, set()))
        if claimed > _MOST_SHARED * self._size:
            raise CheckpointError(f"Its tensors claim to be larger than the file. {INCOMPLETE}")

    def read(self, wanted: Mapping[str, StoredTensor]) -> dict[str, Tensor]:
        """Read tensors; those of one storage share their memory.

        Raises:
            CheckpointError: their bytes are damaged.
        """
        storages: dict[str, Tensor] = {}
        return {name: self._tensor(stored, storages) for name, stored in wanted.items()}

    def read_all(self) -> Any:
        """The whole content, with every tensor read.

        Raises:
            CheckpointError: their bytes are damaged.
        """
        return self._filled(self.content, {}, {})

    def _filled(self, value: Any, storages: dict[str, Tensor], done: dict[int, Any]) -> Any:
        if isinstance(value, StoredTensor):
            if id(value) not in done:
                done[id(value)] = self._tensor(value, storages)
            return done[id(value)]
        if isinstance(value, tuple):
            return tuple(self._filled(one, storages, done) for one in value)
        if isinstance(value, list | dict) and id(value) not in done:
            done[id(value)] = value
            for key, one in list(value.items() if isinstance(value, dict) else enumerate(value)):
                value[key] = self._filled(one, storages, done)
        return value

    def _tensor(self, stored: StoredTensor, storages: dict[str, Tensor]) -> Tensor:
        storage = stored.storage
        if storage.key not in storages:
            storages[storage.key] = torch.from_numpy(self._bytes(storage))
        whole = storages[storage.key].view(storage.dtype) if storage.size else torch.empty(0, dtype=storage.dtype)
        try:
            return torch.as_strided(whole, stored.shape, stored.stride, stored.offset)
        except (RuntimeError, TypeError) as error:  # no elements, but sizes beyond numbers
            raise CheckpointError(INCOMPLETE) from error

    def _bytes(self, storage: Storage) -> np.ndarray:
        # (n,) uint8, writable
        room = np.empty(storage.size, np.uint8)
        if self._archive is not None:
            self._archive.fill(storage.key, room)
        else:
            self._file.seek(self._places[storage.key])
            _fill(self._file, room)
        swapped = self._archive is not None and self._archive.byteorder != sys.byteorder
        return np.ascontiguousarray(room.reshape(-1, storage.dtype.itemsize)[:, ::-1]).ravel() if swapped else room

    def _read_older(self) -> None:
        # Five pickles - magic number, version, machine, content, keys - then the storages: a count and its bytes each.
        self._file.seek(0)
        head = io.BytesIO(self._file.read(_LONGEST_PICKLE))
        claimed: dict[str, Storage] = {}
        together = 0

        def sized(storage: Storage) -> None:
            nonlocal together
            if storage.key not in claimed:
                together += storage.size
            if claimed.setdefault(storage.key, storage) != storage:
                raise CheckpointError(INCOMPLETE)
            if together > self._size:
                raise CheckpointError(f"Its tensors claim to be larger than the file. {INCOMPLETE}")

        plain = _Machine(head, _no_storage).run()
        if plain != _MAGIC:
            self.content = plain
            return
        if _Machine(head, _no_storage).run() != _PROTOCOL:
            raise CheckpointError(INCOMPLETE)
        _Machine(head, _no_storage).run()
        self.content = _Machine(head, sized).run()
        keys = [_as(str, key) for key in _as(list, _Machine(head, _no_storage).run())]
        at = head.tell()
        for key in keys:
            self._file.seek(at)
            (count,) = struct.unpack("<q", self._file.read(8))
            at += 8
            if count != claimed[key].count:
                raise CheckpointError(INCOMPLETE)
            self._places[key] = at
            at += claimed[key].size
        if at > self._size or set(keys) != set(claimed):
            raise CheckpointError(INCOMPLETE)


class _Archive:
    """The zip archive that ``torch.save`` writes: a pickle, and an uncompressed entry for each storage."""

    def __init__(self, file: io.BufferedReader | io.BytesIO, size: int) -> None:
        try:
            told = zipfile._EndRecData(file)  # type: ignore[attr-defined]  # ZipFile would read it whatever its length
            if told is None or told[5] > _LONGEST_DIRECTORY:
                raise CheckpointError(INCOMPLETE)
            self._zip = zipfile.ZipFile(file)
        except (zipfile.BadZipFile, ValueError, NotImplementedError, EOFError, struct.error) as error:
            raise CheckpointError(INCOMPLETE) from error
        entries = self._zip.infolist()
        self._entries = {entry.filename: entry for entry in entries}
        if len(entries) > _MOST_ENTRIES or len(self._entries) < len(entries):
            raise CheckpointError(INCOMPLETE)
        if any(name.endswith("/constants.pkl") for name in self._entries):
            raise CheckpointError("It is a TorchScript program and not a checkpoint. Choose a DFPIR checkpoint.")
        pickles = [name for name in self._entries if name.endswith("/data.pkl")]
        if not pickles:
            raise CheckpointError("It is a zip archive and not a checkpoint. Unpack it, and choose a model file in it.")
        if len(pickles) > 1:
            raise CheckpointError(f"It has two tables of contents. {INCOMPLETE}")
        if sum(entry.file_size for entry in entries) > size:
            # PyTorch stores without compression; a forged archive could unfold until the memory is full.
            raise CheckpointError(f"Its contents claim to be larger than the file. {INCOMPLETE}")
        if any(entry.compress_type != zipfile.ZIP_STORED for entry in entries):
            raise CheckpointError(INCOMPLETE)
        if not any(entry.CRC for entry in entries):  # torch.serialization.set_crc32_options(False)
            for entry in entries:
                entry.CRC = None  # type: ignore[assignment]  # zipfile then does not compare
        self._folder = pickles[0].removesuffix("data.pkl")
        if not all(name.startswith(self._folder) for name in self._entries):
            raise CheckpointError(INCOMPLETE)
        order = self._entries.get(f"{self._folder}byteorder")
        if order is not None and order.file_size > len("little"):
            raise CheckpointError(INCOMPLETE)
        self.byteorder = "little" if order is None else self._zip.read(order).decode()
        if self.byteorder not in ("little", "big"):
            raise CheckpointError(INCOMPLETE)

    def pickle(self) -> bytes:
        entry = self._entries[f"{self._folder}data.pkl"]
        if entry.file_size > _LONGEST_PICKLE:
            raise CheckpointError(UNUSUAL)
        return self._zip.read(entry)

    def sized(self, storage: Storage) -> None:
        if self._entries[f"{self._folder}data/{storage.key}"].file_size != storage.size:
            raise CheckpointError(f"Its tensors claim to be larger than the file. {INCOMPLETE}")

    def fill(self, key: str, room: np.ndarray) -> None:
        try:
            with self._zip.open(self._entries[f"{self._folder}data/{key}"]) as stream:
                _fill(stream, room)  # type: ignore[arg-type]
        except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, UnicodeError, struct.error) as error:
            raise CheckpointError(INCOMPLETE) from error


class _Machine:
    """Carries out the operations of one pickle on plain values.

    Args:
        stream: of bytes in memory, since what an operation says it needs is asked for at once.
        sized: checks that the file has the bytes of a storage.
    """

    def __init__(self, stream: io.BytesIO, sized: Callable[[Storage], None]) -> None:
        self._stream = stream
        self._sized = sized
        self._stack: list[Any] = []
        self._marked: list[list[Any]] = []
        self._memo: dict[int, Any] = {}
        self._operations = 0

    def run(self) -> Any:
        """The pickle's value; the stream then is behind it."""
        for opcode, argument, _ in pickletools.genops(self._stream):
            self._count(1)
            if opcode.name == "STOP":
                return self._stack.pop()
            self._carry_out(opcode.name, argument)
        raise CheckpointError(INCOMPLETE)

    def _count(self, operations: int) -> None:
        self._operations += operations
        if self._operations > _MOST_OPERATIONS:
            raise CheckpointError(UNUSUAL)

    def _carry_out(self, name: str, argument: Any) -> None:
        stack = self._stack
        if name in _VALUES:
            stack.append(argument)
        elif name in _CONSTANTS:
            stack.append(_CONSTANTS[name])
        elif name in ("BINGET", "LONG_BINGET"):
            stack.append(self._memo[argument])
        elif name in ("BINPUT", "LONG_BINPUT"):
            self._memo[argument] = stack[-1]
        elif name == "MEMOIZE":
            self._memo[len(self._memo)] = stack[-1]
        elif name in _TUPLES:
            count = _TUPLES[name]
            items = tuple(stack.pop() for _ in range(count))
            stack.append(items[::-1])
        elif name == "TUPLE":
            items = tuple(self._back_to_mark())
            self._stack.append(items)
        elif name == "EMPTY_LIST":
            stack.append([])
        elif name == "EMPTY_DICT":
            stack.append({})
        elif name == "MARK":
            self._marked.append(stack)
            self._stack = []
        elif name in ("APPEND", "APPENDS"):
            more = [stack.pop()] if name == "APPEND" else self._back_to_mark()
            _as(list, self._stack[-1]).extend(more)
        elif name in ("SETITEM", "SETITEMS"):
            pairs = [stack.pop(), stack.pop()][::-1] if name == "SETITEM" else self._back_to_mark()
            _put(_as(dict, self._stack[-1]), pairs[::2], pairs[1::2])
        elif name == "GLOBAL":
            stack.append(_asked(argument))
        elif name == "STACK_GLOBAL":
            last, first = _as(str, stack.pop()), _as(str, stack.pop())  # a tuple of tuples is not written out in time
            stack.append(_asked(f"{first} {last}"))
        elif name == "BINPERSID":
            stack.append(self._storage(stack.pop()))
        elif name == "REDUCE":
            given, function = stack.pop(), stack.pop()
            stack.append(self._called(_as(_Global, function).name, _as(tuple, given)))
        elif name == "BUILD":
            state = _as(dict, stack.pop())
            if set(state) - {"_metadata"}:
                raise CheckpointError(INCOMPLETE)
            _as(OrderedDict, stack[-1]).__dict__.update(state)
        elif name not in ("PROTO", "FRAME"):
            _refuse("")

    def _back_to_mark(self) -> list[Any]:
        items, self._stack = self._stack, self._marked.pop()
        return items

    def _storage(self, told: Any) -> Storage:
        kind, storage_type, key, _, count, *view = _as(tuple, told)
        if kind != "storage" or any(part is not None for part in view):
            raise CheckpointError(INCOMPLETE)
        storage = Storage(_as(str, key), _STORAGES[_as(_Global, storage_type).name], _natural(count))
        self._sized(storage)
        return storage

    def _called(self, function: str, given: tuple[Any, ...]) -> Any:
        if function == "collections OrderedDict":
            pairs = _as(list, given[0]) if given else []  # Python 2 put them here
            self._count(len(pairs))
            made: OrderedDict[Any, Any] = OrderedDict()
            _put(made, [_as(list, pair)[0] for pair in pairs], [pair[1] for pair in pairs])
            return made
        if function == "collections Counter":
            return _as(dict, given[0]) if given else {}
        if function == "torch Size":
            return tuple(map(_natural, self._short(given[0])))
        if function == "torch._utils _rebuild_parameter":
            return _as(StoredTensor, given[0])
        if function in ("torch._utils _rebuild_tensor", "torch._utils _rebuild_tensor_v2"):
            storage, offset, shape, stride = given[:4]
            return _within(
                _as(Storage, storage),
                _natural(offset),
                tuple(map(_natural, self._short(shape))),
                tuple(map(_natural, self._short(stride))),
            )
        return _refuse(function)

    def _short(self, sizes: Any) -> tuple[Any, ...]:
        if len(_as(tuple, sizes)) > _MOST_DIMENSIONS:
            raise CheckpointError(INCOMPLETE)
        return sizes


def _asked(name: str) -> _Global:
    return _Global(name) if name in _FUNCTIONS or name in _STORAGES else _refuse(name)


def _refuse(name: str) -> Any:
    asked = name[:80].replace(" ", ".")
    raise CheckpointError(
        "The file holds more than plain weights"
        + (f" (it asks for {asked})" if asked else "")
        + "; reading that could run a stranger's program, so it was not read. Get the weights from their authors, "
        "or, if you trust the file, save its state_dict by itself and choose that."
    )


def _no_storage(storage: Storage) -> None:
    raise CheckpointError(INCOMPLETE)


def _as(kind: type, value: Any) -> Any:
    if not isinstance(value, kind):
        raise CheckpointError(INCOMPLETE)
    return value


def _natural(value: Any) -> int:
    if type(value) is not int or not 0 <= value < _LARGEST_KEY:
        raise CheckpointError(INCOMPLETE)
    return value


def _put(target: dict[Any, Any], keys: list[Any], values: list[Any]) -> None:
    # Only what is hashed in no time: a tuple of tuples of tuples is not, nor are long numbers made to collide.
    for key, value in zip(keys, values, strict=True):
        if not (isinstance(key, str) or (type(key) is int and abs(key) < _LARGEST_KEY)):
            raise CheckpointError(f"Its entries have no names. {INCOMPLETE}")
        target[key] = value


def _within(storage: Storage, offset: int, shape: tuple[int, ...], stride: tuple[int, ...]) -> StoredTensor:
    reach = offset + sum((size - 1) * step for size, step in zip(shape, stride, strict=True)) + 1 if all(shape) else 0
    if max(reach, math.prod(shape)) > storage.count:
        raise CheckpointError(f"Its tensors claim to be larger than the file. {INCOMPLETE}")
    return StoredTensor(storage, offset if all(shape) else 0, shape, stride)


def _measure(value: Any, known: dict[int, tuple[int, int]], depth: int) -> tuple[int, int]:
    """How many values there are, shared ones counted as often as they appear, and on how many levels.

    Raises:
        CheckpointError: too many, or values within values beyond measure or within themselves.
    """
    if not isinstance(value, tuple | list | dict):
        return 1, 1
    if id(value) not in known:
        if depth >= _DEEPEST:
            raise CheckpointError(UNUSUAL)
        parts = value.values() if isinstance(value, dict) else value
        measured = [_measure(part, known, depth + 1) for part in parts]
        known[id(value)] = (1 + sum(count for count, _ in measured), 1 + max((high for _, high in measured), default=0))
    count, high = known[id(value)]
    if count > _MOST_VALUES or depth + high > _DEEPEST:
        raise CheckpointError(UNUSUAL)
    return count, high


def _tensors(value: Any, seen: set[int]) -> list[StoredTensor]:
    if isinstance(value, StoredTensor):
        return [value]
    if not isinstance(value, tuple | list | dict) or id(value) in seen:
        return []
    seen.add(id(value))
    return [
        tensor for part in (value.values() if isinstance(value, dict) else value) for tensor in _tensors(part, seen)
    ]


def _fill(stream: io.BufferedIOBase, room: np.ndarray) -> None:
    at = memoryview(room.data)
    while len(at):
        read = stream.readinto(at)
        if not read:
            raise CheckpointError(INCOMPLETE)
        at = at[read:]


def looks_like(head: bytes) -> bool:
    """Whether a file that begins so can be one of PyTorch's."""
    return head.startswith((_ZIP, _PICKLE))
