"""PyTorch files read without its unpickler: the values of ``torch.load``, and refusal of forged files."""

import io
import pickle
import resource
import zipfile
from collections import Counter, OrderedDict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st

from core.errors import CheckpointError
from core.io.torch_files import Storage, StoredTensor, TorchFile

DTYPES = [
    *(torch.float64, torch.float32, torch.float16, torch.bfloat16),
    *(torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8, torch.bool),
]


def saved(content: object, *, legacy: bool = False, protocol: int = 2) -> bytes:
    buffer = io.BytesIO()
    torch.save(content, buffer, pickle_protocol=protocol, _use_new_zipfile_serialization=not legacy)
    return buffer.getvalue()


def read(data: bytes) -> Any:
    return TorchFile(io.BytesIO(data)).read_all()


def same(ours: Any, theirs: Any) -> bool:
    if isinstance(theirs, torch.Tensor):
        return ours.dtype == theirs.dtype and ours.stride() == theirs.stride() and torch.equal(ours, theirs)
    if isinstance(theirs, dict):
        return list(ours) == list(theirs) and all(same(ours[key], theirs[key]) for key in theirs)
    if isinstance(theirs, list | tuple):
        return type(ours) is type(theirs) and len(ours) == len(theirs) and all(map(same, ours, theirs))
    return bool(ours == theirs and type(ours) is type(theirs))


@pytest.mark.parametrize("legacy", [False, True])
def test_training_states_are_read_like_by_pytorch(legacy: bool) -> None:
    network = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3), torch.nn.BatchNorm2d(4))
    optimiser = torch.optim.AdamW(network.parameters())
    network(torch.rand(2, 3, 8, 8)).sum().backward()
    optimiser.step()
    schedule = torch.optim.lr_scheduler.MultiStepLR(optimiser, [2, 3])
    wide = torch.arange(24.0).reshape(4, 6)
    content = {
        "state_dict": network.state_dict(),
        "optimizer": optimiser.state_dict(),
        "milestones": dict(schedule.state_dict()["milestones"]),
        "views": [wide[1:, ::2], wide.T, wide, torch.zeros(0, 3), torch.tensor(5)],
        "numbers": (1, -1, 2**31, -(2**40), 0.1, float("inf"), True, None, "text", "Ü"),
        "dtypes": {str(dtype): torch.tensor([0, 1, 1]).to(dtype) for dtype in DTYPES},
        "parameter": torch.nn.Parameter(torch.rand(2)),
    }
    data = saved(content, legacy=legacy)
    ours, theirs = read(data), torch.load(io.BytesIO(data), weights_only=True)
    theirs["parameter"] = theirs["parameter"].detach()
    assert same(ours, theirs)
    assert isinstance(ours["state_dict"], OrderedDict)
    assert ours["state_dict"]._metadata == theirs["state_dict"]._metadata
    one, two = ours["views"][1:3]
    assert one.data_ptr() == two.data_ptr()  # what shares its memory still does


def test_counter_of_a_scheduler_is_a_plain_dictionary() -> None:
    assert read(saved({"milestones": Counter([3, 3, 5])})) == {"milestones": {3: 2, 5: 1}}


@pytest.mark.parametrize("protocol", [2, 3, 4])
def test_later_protocols(protocol: int) -> None:
    state = OrderedDict(a=torch.rand(3))
    assert same(read(saved(state, protocol=protocol)), state)


def test_files_of_the_other_byte_order() -> None:
    data = saved({"a": torch.tensor([1, 2**33]), "b": torch.tensor([0.5, -3.0])})
    swapped = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(swapped, "w") as target:
        for entry in source.infolist():
            content = source.read(entry)
            if entry.filename.endswith("byteorder"):
                content = b"big"
            elif "/data/" in entry.filename:
                size = 8 if len(content) == 16 else 4
                content = np.frombuffer(content, np.uint8).reshape(-1, size)[:, ::-1].tobytes()
            target.writestr(entry.filename, content)
    assert same(read(swapped.getvalue()), {"a": torch.tensor([1, 2**33]), "b": torch.tensor([0.5, -3.0])})


def test_files_without_checksums() -> None:
    torch.serialization.set_crc32_options(False)
    try:
        data = saved({"a": torch.arange(3)})
    finally:
        torch.serialization.set_crc32_options(True)
    assert same(read(data), {"a": torch.arange(3)})


@settings(deadline=None, max_examples=150)
@given(place=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
@example(place=0.39, bit=7)  # in the name of a member: no text any more
def test_flipped_bit_is_detected_or_changes_nothing(place: float, bit: int) -> None:
    content = {"step": 3, "a": torch.arange(40.0), "b": {"c": [1, 2.5, "x"]}}
    data = bytearray(saved(content))
    data[int(place * len(data))] ^= 1 << bit
    try:
        loaded = read(bytes(data))
    except CheckpointError:
        return
    assert same(loaded, content)


def test_tensors_are_read_on_request_only() -> None:
    data = saved({"a": torch.arange(5), "b": torch.zeros(3)})
    file = TorchFile(io.BytesIO(data))
    assert {name: (value.shape, type(value)) for name, value in file.content.items()} == {
        "a": ((5,), StoredTensor),
        "b": ((3,), StoredTensor),
    }
    assert torch.equal(file.read({"mine": file.content["a"]})["mine"], torch.arange(5))


class Calls:
    def __init__(self, function: Any, *given: Any) -> None:
        self.parts = function, given

    def __reduce__(self) -> Any:
        return self.parts


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ({("a", "b"): 1}, "no names"),
        ({2**70: 1}, "no names"),
        ({0.5: 1}, "no names"),
        ({"a": Calls(bytearray, 3 * 10**9)}, "requests __builtin__.bytearray"),
        ({"a": Calls(set, [1])}, "requests __builtin__.set"),
        ({"a": Calls(complex, 1, 2)}, "requests __builtin__.complex"),
        ({"a": torch.float32}, "requests torch.float32"),
        ({"a": Calls(OrderedDict, [("b", 1)])}, "damaged"),
        (torch.zeros(1).expand(10), "larger than the file"),
        ({f"t{n}": torch.zeros(1000)[:] for n in range(3)} | {"x": [[[[[[1]]]]]]}, ""),
    ],
)
def test_only_what_a_state_dict_needs(content: Any, reason: str) -> None:
    data = saved(content)
    if not reason:
        assert same(read(data), content)
        return
    with pytest.raises(CheckpointError, match=reason):
        read(data)


def nested(levels: int, pairs: bool) -> bytes:
    value: Any = ["x"]
    for _ in range(levels):
        value = [value, value] if pairs else [value]
    return pickle.dumps({"a": value}, protocol=2)


@pytest.mark.parametrize("data", [nested(40, False), nested(25, True), b"\x80\x02]q\x00h\x00a."])
def test_excessive_nesting_is_refused(data: bytes) -> None:
    with pytest.raises(CheckpointError, match="do not look like weights"):
        read(data)


@pytest.mark.parametrize("claim", [2**33, 11])
def test_storage_longer_than_its_bytes_is_refused(claim: int) -> None:
    for legacy in (False, True):
        data = saved({"a": torch.arange(10)}, legacy=legacy)
        end = b"Nt" if legacy else b"t"
        forged = data.replace(b"K\x0a" + end, b"\x8a\x05" + claim.to_bytes(5, "little") + end)
        assert forged != data
        with pytest.raises(CheckpointError):
            read(forged)


def test_tensor_beyond_its_storage_takes_no_memory() -> None:
    data = saved({"a": torch.arange(10)}, legacy=True)
    shape = b"\x8a\x05" + (2**33).to_bytes(5, "little") + b"\x85"
    forged = data.replace(b"K\x0a\x85", shape)
    assert forged != data
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(CheckpointError, match="larger than the file"):
        read(forged)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000


def test_two_tables_of_contents(tmp_path: Path) -> None:
    buffer = io.BytesIO(saved({"a": torch.zeros(1)}))
    with zipfile.ZipFile(buffer, "a") as archive:
        archive.writestr("archive/more/data.pkl", b"\x80\x02}.")
    with pytest.raises(CheckpointError, match="two tables"):
        read(buffer.getvalue())


PAIRS = b")\x94" + b"".join(b"h%ch%c\x86\x94" % (level, level) for level in range(40))
"""A nested tuple that is small in the file, but whose hash and text take exponential time."""


def older(content: bytes, keys: bytes) -> bytes:
    head = [pickle.dumps(part, protocol=2) for part in (0x1950A86A20F9469CFC6C, 1001, {})]
    return b"".join([*head, content, keys])


@pytest.mark.parametrize(
    "data",
    [
        b"\x80\x04" + PAIRS + b"\x8c\x01x\x93.",
        b"\x80\x04\x8c\x01x" + PAIRS + b"\x93.",
        older(pickle.dumps({}, protocol=2), b"\x80\x04" + PAIRS + b"\x85." + bytes(64)),
        older(pickle.dumps({}, protocol=2), b"\x80\x04]" + PAIRS + b"a." + bytes(64)),
    ],
    ids=["module", "name", "key of a tuple", "key of a list"],
)
def test_names_and_keys_of_nested_tuples_are_refused_quickly(data: bytes) -> None:
    with pytest.raises(CheckpointError, match="damaged"):
        read(data)


def test_time_is_linear_in_the_number_of_storages(monkeypatch: pytest.MonkeyPatch) -> None:
    counted = 0
    size = Storage.size.fget
    assert size is not None

    def counting(storage: Storage) -> int:
        nonlocal counted
        counted += 1
        return size(storage)

    monkeypatch.setattr(Storage, "size", property(counting))
    assert same(read(saved([torch.zeros(1) for _ in range(200)], legacy=True)), [torch.zeros(1)] * 200)
    assert counted < 20 * 200
