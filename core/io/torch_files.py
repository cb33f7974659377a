"""Safe reader of PyTorch's files (zip archives, and older pickles) without PyTorch's unpickler.

``torch.load(weights_only=True)`` executes nothing, but trusts the file: a number in it determines how much memory is
allocated, and a key of deeply nested tuples takes exponential time to hash. Here only the pickle operations that a
state dict needs are executed, on plain values, and their number is limited. A tensor is first read as a
:class:`StoredTensor`, which takes no memory and must be within bytes that the file has. Checksums of archives are
verified.
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
from typing import Any, Protocol, TypeVar, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from core.errors import CheckpointError
from core.messages import message

T = TypeVar("T")

INCOMPLETE = message("The file is incomplete or damaged: download or copy it again.")
UNUSUAL = message("Its contents do not look like weights. {advice}", advice=INCOMPLETE)
TOO_LARGE = message("Its tensors claim to be larger than the file. {advice}", advice=INCOMPLETE)

_ZIP = b"PK\x03\x04"
_PICKLE = b"\x80"
_MAX_PICKLE_SIZE = 64 * 2**20  # bytes; the published network has 50,000
_MAX_DIRECTORY_SIZE = 16 * 2**20  # bytes of an archive's central directory
_MAX_OPERATIONS = 1_000_000
_MAX_ENTRIES = 100_000
_MAX_VALUES = 10_000_000  # shared ones counted as often as they are referred to
_MAX_DEPTH = 32
_MAX_DIMENSIONS = 16
_MAX_SHARING = 8  # size of all tensors together relative to the file; tensors may share bytes
_MAX_INTEGER = 2**63
_MAGIC, _PROTOCOL = 0x1950A86A20F9469CFC6C, 1001  # at the start of PyTorch's older files

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
    """An array of numbers in the file, of which tensors are views: its key, dtype and number of elements."""

    key: str
    dtype: torch.dtype
    count: int

    @property
    def size(self) -> int:
        """Size in bytes."""
        return self.count * self.dtype.itemsize


@dataclass(frozen=True)
class StoredTensor:
    """A tensor that has not been read yet. It is within its storage and has no more elements than that."""

    storage: Storage
    offset: int
    shape: tuple[int, ...]
    stride: tuple[int, ...]

    @property
    def size(self) -> int:
        """Size of its elements in bytes."""
        return math.prod(self.shape) * self.storage.dtype.itemsize

    def outline(self) -> Tensor:
        """Make a tensor of the same shape and dtype without memory, on the device ``meta``.

        Raises:
            CheckpointError: it has no elements, but dimensions that are too large.
        """
        try:
            return torch.empty(self.shape, dtype=self.storage.dtype, device="meta")
        except (RuntimeError, TypeError) as error:  # no elements, but dimensions that are too large
            raise CheckpointError(INCOMPLETE) from error


@dataclass(frozen=True)
class _Global:
    """A global that a pickle refers to: ``"module name"``."""

    name: str


class TorchFile:
    """A file in PyTorch's format, open for reading.

    Attributes:
        content: its value: None, bool, int, float, str, tuple, list, dict, OrderedDict or :class:`StoredTensor`.

    Args:
        file: seekable; it must stay open until the tensors are read.

    Raises:
        CheckpointError: the file is damaged, contains more than plain values, or tensors that exceed the file.
    """

    content: Any

    def __init__(self, file: io.BufferedReader | io.BytesIO) -> None:
        self._file = file
        self._size = file.seek(0, io.SEEK_END)
        self._archive: _Archive | None = None
        self._offsets: dict[str, int] = {}
        file.seek(0)
        try:
            if file.read(len(_ZIP)) == _ZIP:
                self._archive = _Archive(file, self._size)
                self.content = _Unpickler(io.BytesIO(self._archive.pickle()), self._archive.check_size).run()
            else:
                self._read_older()
        except CheckpointError:
            raise
        except (MemoryError, OSError):
            raise
        except Exception as error:  # a damaged file can cause any error
            raise CheckpointError(INCOMPLETE) from error
        _check_depth(self.content, {}, 0)
        size = sum(tensor.size for tensor in _tensors(self.content, set()))
        if size > _MAX_SHARING * self._size:
            raise CheckpointError(TOO_LARGE)

    def read(self, tensors: Mapping[str, StoredTensor]) -> dict[str, Tensor]:
        """Read tensors; those of one storage share their memory.

        Raises:
            CheckpointError: their bytes are damaged.
        """
        storages: dict[str, Tensor] = {}
        return {name: self._tensor(stored, storages) for name, stored in tensors.items()}

    def read_all(self) -> Any:
        """Read the whole content with every tensor.

        Raises:
            CheckpointError: their bytes are damaged.
        """
        return self._with_tensors(self.content, {}, {})

    def _with_tensors(self, value: Any, storages: dict[str, Tensor], done: dict[int, Any]) -> Any:
        if isinstance(value, StoredTensor):
            if id(value) not in done:
                done[id(value)] = self._tensor(value, storages)
            return done[id(value)]
        if isinstance(value, tuple):
            return tuple(self._with_tensors(item, storages, done) for item in value)
        if isinstance(value, list | dict) and id(value) not in done:
            done[id(value)] = value
            for key, item in list(value.items() if isinstance(value, dict) else enumerate(value)):
                value[key] = self._with_tensors(item, storages, done)
        return value

    def _tensor(self, stored: StoredTensor, storages: dict[str, Tensor]) -> Tensor:
        storage = stored.storage
        if storage.key not in storages:
            storages[storage.key] = torch.from_numpy(self._bytes(storage))
        whole = storages[storage.key].view(storage.dtype) if storage.size else torch.empty(0, dtype=storage.dtype)
        try:
            return torch.as_strided(whole, stored.shape, stored.stride, stored.offset)
        except (RuntimeError, TypeError) as error:  # no elements, but dimensions that are too large
            raise CheckpointError(INCOMPLETE) from error

    def _bytes(self, storage: Storage) -> NDArray[np.uint8]:
        # (n,), writable
        buffer = np.empty(storage.size, np.uint8)
        if self._archive is not None:
            self._archive.fill(storage.key, buffer)
        else:
            self._file.seek(self._offsets[storage.key])
            _fill(self._file, buffer)
        swapped = self._archive is not None and self._archive.byteorder != sys.byteorder
        return np.ascontiguousarray(buffer.reshape(-1, storage.dtype.itemsize)[:, ::-1]).ravel() if swapped else buffer

    def _read_older(self) -> None:
        # Five pickles: magic number, version, machine, content, keys; then for each storage its count and its bytes.
        self._file.seek(0)
        head = io.BytesIO(self._file.read(_MAX_PICKLE_SIZE))
        storages: dict[str, Storage] = {}
        total = 0

        def check_size(storage: Storage) -> None:
            nonlocal total
            if storage.key not in storages:
                total += storage.size
            if storages.setdefault(storage.key, storage) != storage:
                raise CheckpointError(INCOMPLETE)
            if total > self._size:
                raise CheckpointError(TOO_LARGE)

        first = _Unpickler(head, _reject_storage).run()
        if first != _MAGIC:
            self.content = first
            return
        if _Unpickler(head, _reject_storage).run() != _PROTOCOL:
            raise CheckpointError(INCOMPLETE)
        _Unpickler(head, _reject_storage).run()
        self.content = _Unpickler(head, check_size).run()
        keys = [_as(str, key) for key in _as(list, _Unpickler(head, _reject_storage).run())]
        offset = head.tell()
        for key in keys:
            self._file.seek(offset)
            (count,) = struct.unpack("<q", self._file.read(8))
            offset += 8
            if count != storages[key].count:
                raise CheckpointError(INCOMPLETE)
            self._offsets[key] = offset
            offset += storages[key].size
        if offset > self._size or set(keys) != set(storages):
            raise CheckpointError(INCOMPLETE)


class _Archive:
    """The zip archive that ``torch.save`` writes: a pickle and an uncompressed entry for each storage."""

    def __init__(self, file: io.BufferedReader | io.BytesIO, size: int) -> None:
        try:
            # ZipFile reads the central directory whatever its length.
            end = zipfile._EndRecData(file)  # type: ignore[attr-defined]
            if end is None or end[5] > _MAX_DIRECTORY_SIZE:
                raise CheckpointError(INCOMPLETE)
            self._zip = zipfile.ZipFile(file)
        except (zipfile.BadZipFile, ValueError, NotImplementedError, EOFError, struct.error) as error:
            raise CheckpointError(INCOMPLETE) from error
        entries = self._zip.infolist()
        self._entries = {entry.filename: entry for entry in entries}
        if len(entries) > _MAX_ENTRIES or len(self._entries) < len(entries):
            raise CheckpointError(INCOMPLETE)
        if any(name.endswith("/constants.pkl") for name in self._entries):
            raise CheckpointError(
                message("It is a TorchScript program and not a checkpoint. Choose a DFPIR checkpoint.")
            )
        pickles = [name for name in self._entries if name.endswith("/data.pkl")]
        if not pickles:
            raise CheckpointError(
                message("It is a zip archive and not a checkpoint. Unpack it, and choose a model file in it.")
            )
        if len(pickles) > 1:
            raise CheckpointError(message("It has two tables of contents. {advice}", advice=INCOMPLETE))
        if sum(entry.file_size for entry in entries) > size:
            # PyTorch stores without compression; a forged archive could expand until the memory is full.
            raise CheckpointError(message("Its contents claim to be larger than the file. {advice}", advice=INCOMPLETE))
        if any(entry.compress_type != zipfile.ZIP_STORED for entry in entries):
            raise CheckpointError(INCOMPLETE)
        if not any(entry.CRC for entry in entries):  # torch.serialization.set_crc32_options(False)
            for entry in entries:
                entry.CRC = None  # type: ignore[assignment]  # zipfile does not verify None
        self._folder = pickles[0].removesuffix("data.pkl")
        if not all(name.startswith(self._folder) for name in self._entries):
            raise CheckpointError(INCOMPLETE)
        byteorder = self._entries.get(f"{self._folder}byteorder")
        if byteorder is not None and byteorder.file_size > len("little"):
            raise CheckpointError(INCOMPLETE)
        self.byteorder = "little" if byteorder is None else self._zip.read(byteorder).decode()
        if self.byteorder not in ("little", "big"):
            raise CheckpointError(INCOMPLETE)

    def pickle(self) -> bytes:
        """The pickle with the content."""
        entry = self._entries[f"{self._folder}data.pkl"]
        if entry.file_size > _MAX_PICKLE_SIZE:
            raise CheckpointError(UNUSUAL)
        return self._zip.read(entry)

    def check_size(self, storage: Storage) -> None:
        """Check that the archive has the bytes of a storage."""
        if self._entries[f"{self._folder}data/{storage.key}"].file_size != storage.size:
            raise CheckpointError(TOO_LARGE)

    def fill(self, key: str, buffer: NDArray[np.uint8]) -> None:
        """Read the bytes of a storage into ``buffer``."""
        try:
            with self._zip.open(self._entries[f"{self._folder}data/{key}"]) as stream:
                _fill(cast(_Readable, stream), buffer)
        except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, UnicodeError, struct.error) as error:
            raise CheckpointError(INCOMPLETE) from error


class _Unpickler:
    """Executes the operations of a pickle on plain values.

    Args:
        stream: bytes in memory, so that the size stated by an operation allocates nothing.
        check_size: checks that the file has the bytes of a storage.
    """

    def __init__(self, stream: io.BytesIO, check_size: Callable[[Storage], None]) -> None:
        self._stream = stream
        self._check_size = check_size
        self._stack: list[Any] = []
        self._marked: list[list[Any]] = []
        self._memo: dict[int, Any] = {}
        self._operations = 0

    def run(self) -> Any:
        """Return the pickle's value; the stream is then at its end."""
        for opcode, argument, _ in pickletools.genops(self._stream):
            self._count(1)
            if opcode.name == "STOP":
                return self._stack.pop()
            self._execute(opcode.name, argument)
        raise CheckpointError(INCOMPLETE)

    def _count(self, operations: int) -> None:
        self._operations += operations
        if self._operations > _MAX_OPERATIONS:
            raise CheckpointError(UNUSUAL)

    def _execute(self, name: str, argument: Any) -> None:
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
            items = tuple(self._pop_to_mark())
            self._stack.append(items)
        elif name == "EMPTY_LIST":
            stack.append([])
        elif name == "EMPTY_DICT":
            stack.append({})
        elif name == "MARK":
            self._marked.append(stack)
            self._stack = []
        elif name in ("APPEND", "APPENDS"):
            more = [stack.pop()] if name == "APPEND" else self._pop_to_mark()
            _as(list, self._stack[-1]).extend(more)
        elif name in ("SETITEM", "SETITEMS"):
            pairs = [stack.pop(), stack.pop()][::-1] if name == "SETITEM" else self._pop_to_mark()
            _set_items(_as(dict, self._stack[-1]), pairs[::2], pairs[1::2])
        elif name == "GLOBAL":
            stack.append(_allowed_global(argument))
        elif name == "STACK_GLOBAL":
            last, first = (
                _as(str, stack.pop()),
                _as(str, stack.pop()),
            )  # before formatting: nested tuples have endless texts
            stack.append(_allowed_global(f"{first} {last}"))
        elif name == "BINPERSID":
            stack.append(self._storage(stack.pop()))
        elif name == "REDUCE":
            arguments, function = stack.pop(), stack.pop()
            stack.append(self._call(_as(_Global, function).name, _as(tuple, arguments)))
        elif name == "BUILD":
            state = _as(dict, stack.pop())
            if set(state) - {"_metadata"}:
                raise CheckpointError(INCOMPLETE)
            _as(OrderedDict, stack[-1]).__dict__.update(state)
        elif name not in ("PROTO", "FRAME"):
            raise _refusal("")

    def _pop_to_mark(self) -> list[Any]:
        items, self._stack = self._stack, self._marked.pop()
        return items

    def _storage(self, persistent_id: object) -> Storage:
        kind, storage_type, key, _, count, *view = _as(tuple, persistent_id)
        if kind != "storage" or any(part is not None for part in view):
            raise CheckpointError(INCOMPLETE)
        storage = Storage(_as(str, key), _STORAGES[_as(_Global, storage_type).name], _natural_number(count))
        self._check_size(storage)
        return storage

    def _call(self, function: str, arguments: tuple[Any, ...]) -> Any:
        if function == "collections OrderedDict":
            pairs = _as(list, arguments[0]) if arguments else []  # as written by Python 2
            self._count(len(pairs))
            ordered: OrderedDict[Any, Any] = OrderedDict()
            _set_items(ordered, [_as(list, pair)[0] for pair in pairs], [pair[1] for pair in pairs])
            return ordered
        if function == "collections Counter":
            return _as(dict, arguments[0]) if arguments else {}
        if function == "torch Size":
            return tuple(map(_natural_number, self._checked_sizes(arguments[0])))
        if function == "torch._utils _rebuild_parameter":
            return _as(StoredTensor, arguments[0])
        if function in ("torch._utils _rebuild_tensor", "torch._utils _rebuild_tensor_v2"):
            storage, offset, shape, stride = arguments[:4]
            return _stored_tensor(
                _as(Storage, storage),
                _natural_number(offset),
                tuple(map(_natural_number, self._checked_sizes(shape))),
                tuple(map(_natural_number, self._checked_sizes(stride))),
            )
        raise _refusal(function)

    def _checked_sizes(self, sizes: object) -> tuple[Any, ...]:
        checked: tuple[Any, ...] = _as(tuple, sizes)
        if len(checked) > _MAX_DIMENSIONS:
            raise CheckpointError(INCOMPLETE)
        return checked


def _allowed_global(name: str) -> _Global:
    if name in _FUNCTIONS or name in _STORAGES:
        return _Global(name)
    raise _refusal(name)


def _refusal(name: str) -> CheckpointError:
    advice = message(
        "Loading it could run unknown code, so it was not read. Get the weights from their authors or, if you trust "
        "the file, save its state_dict separately and choose that file."
    )
    if not name:
        return CheckpointError(message("The file contains more than plain weights. {advice}", advice=advice))
    return CheckpointError(
        message(
            "The file contains more than plain weights (it requests {name}). {advice}",
            name=name[:80].replace(" ", "."),
            advice=advice,
        )
    )


def _reject_storage(storage: Storage) -> None:
    raise CheckpointError(INCOMPLETE)


def _as(kind: type[T], value: object) -> T:
    if not isinstance(value, kind):
        raise CheckpointError(INCOMPLETE)
    return value


def _natural_number(value: object) -> int:
    if type(value) is not int or not 0 <= value < _MAX_INTEGER:
        raise CheckpointError(INCOMPLETE)
    return value


def _set_items(target: dict[Any, Any], keys: list[Any], values: list[Any]) -> None:
    # Only keys that are hashed quickly: nested tuples are not, nor are long numbers chosen to collide.
    for key, value in zip(keys, values, strict=True):
        if not (isinstance(key, str) or (type(key) is int and abs(key) < _MAX_INTEGER)):
            raise CheckpointError(message("Its entries have no names. {advice}", advice=INCOMPLETE))
        target[key] = value


def _stored_tensor(storage: Storage, offset: int, shape: tuple[int, ...], stride: tuple[int, ...]) -> StoredTensor:
    end = offset + sum((size - 1) * step for size, step in zip(shape, stride, strict=True)) + 1 if all(shape) else 0
    if max(end, math.prod(shape)) > storage.count:
        raise CheckpointError(TOO_LARGE)
    return StoredTensor(storage, offset if all(shape) else 0, shape, stride)


def _check_depth(value: object, known: dict[int, tuple[int, int]], depth: int) -> tuple[int, int]:
    """Count the values, shared ones as often as they appear, and the levels of nesting.

    Raises:
        CheckpointError: there are too many values or levels, or a value contains itself.
    """
    if not isinstance(value, tuple | list | dict):
        return 1, 1
    if id(value) not in known:
        if depth >= _MAX_DEPTH:
            raise CheckpointError(UNUSUAL)
        parts = value.values() if isinstance(value, dict) else value
        measured = [_check_depth(part, known, depth + 1) for part in parts]
        known[id(value)] = (
            1 + sum(count for count, _ in measured),
            1 + max((levels for _, levels in measured), default=0),
        )
    count, levels = known[id(value)]
    if count > _MAX_VALUES or depth + levels > _MAX_DEPTH:
        raise CheckpointError(UNUSUAL)
    return count, levels


def _tensors(value: object, seen: set[int]) -> list[StoredTensor]:
    if isinstance(value, StoredTensor):
        return [value]
    if not isinstance(value, tuple | list | dict) or id(value) in seen:
        return []
    seen.add(id(value))
    return [
        tensor for part in (value.values() if isinstance(value, dict) else value) for tensor in _tensors(part, seen)
    ]


class _Readable(Protocol):
    def readinto(self, buffer: memoryview, /) -> int | None: ...


def _fill(stream: _Readable, buffer: NDArray[np.uint8]) -> None:
    remaining = memoryview(buffer.data)
    while remaining.nbytes:
        count = stream.readinto(remaining)
        if not count:
            raise CheckpointError(INCOMPLETE)
        remaining = remaining[count:]


def is_torch_file(head: bytes) -> bool:
    """Whether a file that begins with these bytes can be a PyTorch file."""
    return head.startswith((_ZIP, _PICKLE))
