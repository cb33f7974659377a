"""Malicious model files: wrong sizes, nested values and executable pickles, beside valid ones."""

import io
import json
import os
import pickle
import struct
import zipfile
from collections.abc import Iterator
from pathlib import Path

import safetensors.torch
import torch

from core.checkpoints import Checkpoint
from core.checkpoints.native import pack
from core.checkpoints.published import published_name
from core.degradations import KEYS
from core.detection.files import built_in_detector
from core.models import DFPIR, DFPIRConfig
from core.prompts import random_codes

GIGABYTES_10 = 10 * 2**30
Header = dict[str, dict]


class Hostile:
    """Unpickling it makes the folder ``trace``."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self) -> tuple:
        return os.mkdir, (str(self.trace),)


def native() -> bytes:
    """A small network in the native format."""
    torch.manual_seed(0)
    config = DFPIRConfig(
        dim=8, blocks=(1, 1, 1, 1), refinement_blocks=1, heads=(1, 1, 2, 2), expansion=1.5, prompt_dim=16, stem=2
    )
    return pack(Checkpoint.from_model(DFPIR(config), random_codes(KEYS, seed=7, width=16), {"name": "Tiny"}))


def pickled(content: object, *, legacy: bool = False) -> bytes:
    """``content`` as ``torch.save`` writes it."""
    buffer = io.BytesIO()
    torch.save(content, buffer, _use_new_zipfile_serialization=not legacy)
    return buffer.getvalue()


def seeds() -> dict[str, bytes]:
    """Sound files of every kind that is read: native, PyTorch's archive, its older pickle."""
    data = native()
    weights = safetensors.torch.load(data)
    del weights["prompt_bank.embeddings"]
    published = {published_name(name): tensor.float() for name, tensor in weights.items()}
    return {
        "tiny.safetensors": data,
        "tiny.pth.tar": pickled({"state_dict": published}),
        "legacy.pth": pickled(published, legacy=True),
    }


def relabelled(data: bytes, change: object) -> bytes:
    """A safetensors file whose header ``change`` has altered, and whose data are as they were."""
    length = int.from_bytes(data[:8], "little")
    header: Header = json.loads(data[8 : 8 + length])
    change(header)
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data[8 + length :]


def _first_tensor(header: Header) -> dict:
    return next(entry for name, entry in header.items() if name != "__metadata__")


def _claim(header: Header) -> None:
    _first_tensor(header)["shape"] = [GIGABYTES_10 // 2]
    _first_tensor(header)["data_offsets"] = [0, GIGABYTES_10]


def _huge_shape(header: Header) -> None:
    _first_tensor(header)["shape"] = [2**62, 2**62]


def _negative(header: Header) -> None:
    _first_tensor(header)["data_offsets"] = [-8, 0]


def _backwards(header: Header) -> None:
    _first_tensor(header)["data_offsets"].reverse()


def _overlap(header: Header) -> None:
    entries = [entry for name, entry in header.items() if name != "__metadata__"]
    entries[1]["data_offsets"] = entries[0]["data_offsets"]


def _traversal(header: Header) -> None:
    header["../../../evil"] = header.pop(next(name for name in header if name != "__metadata__"))


def _many(header: Header) -> None:
    header.update({f"t{n}": {"dtype": "F32", "shape": [0], "data_offsets": [0, 0]} for n in range(100_000)})


def _asks_for_much(header: Header) -> None:
    config = json.loads(header["__metadata__"]["config"])
    header["__metadata__"]["config"] = json.dumps({**config, "dim": 2**20, "prompt_dim": 2**30})


def _asks_for_crops(header: Header) -> None:
    card = json.loads(header["__metadata__"]["dfpir-studio detector"])
    card["config"] |= {"native_crops": 4096, "crop": 4096}
    header["__metadata__"]["dfpir-studio detector"] = json.dumps(card)


def _random_order(header: Header) -> None:
    config = json.loads(header["__metadata__"]["config"])
    header["__metadata__"]["config"] = json.dumps({**config, "order": "random", "shuffle_factor": 2**27})


def _long_card(header: Header) -> None:
    header["__metadata__"]["card"] = json.dumps({"name": "x", "data": "y" * 3_000_000})


def _card_of_many(header: Header) -> None:
    header["__metadata__"]["card"] = json.dumps({str(number): "y" for number in range(20_000)})


def _giant_header(header: Header) -> None:
    header["__metadata__"]["card"] = json.dumps({"data": "y" * 15_000_000})


def _long_prompts(header: Header) -> None:
    prompts = json.loads(header["__metadata__"]["prompts"])
    prompts["prompts"][0][1] = "y" * 100_000
    header["__metadata__"]["prompts"] = json.dumps(prompts)


def _long_name(header: Header) -> None:
    header["n" * 1_000_000] = header.pop(next(name for name in header if name != "__metadata__"))


FORGED_HEADERS = {
    "claims-10-gigabytes": _claim,
    "shape-beyond-numbers": _huge_shape,
    "negative-offsets": _negative,
    "backwards-offsets": _backwards,
    "overlapping": _overlap,
    "name-climbs-folders": _traversal,
    "100000-tensors": _many,
    "asks-for-a-giant-network": _asks_for_much,
    "asks-for-a-giant-order": _random_order,
    "card-of-3-megabytes": _long_card,
    "card-of-20000-entries": _card_of_many,
    "header-of-15-megabytes": _giant_header,
    "prompt-of-100000-letters": _long_prompts,
    "name-of-a-megabyte": _long_name,
}
FOR_RESTORERS = (_asks_for_much, _random_order, _long_card, _card_of_many, _giant_header, _long_prompts)
"""Change metadata that detectors do not have."""


def hostile(trace: Path) -> Iterator[tuple[str, bytes]]:
    """File name → bytes; those that would run a program would make the folder ``trace``."""
    valid = seeds()
    detector = built_in_detector().read_bytes()
    for name, change in FORGED_HEADERS.items():
        yield f"{name}.safetensors", relabelled(valid["tiny.safetensors"], change)
        if change not in FOR_RESTORERS:
            yield f"detector-{name}.safetensors", relabelled(detector, change)
    yield "detector-asks-for-much.safetensors", relabelled(detector, _asks_for_crops)
    for length in (2**63, 2**40, 100 * 2**20):
        yield f"header-of-{length}.safetensors", struct.pack("<Q", length) + b"{" + bytes(1000)
    state = torch.load(io.BytesIO(valid["tiny.pth.tar"]), weights_only=True)["state_dict"]
    nan = {**state, "output.weight": torch.full_like(state["output.weight"], float("nan"))}
    yield "nan.pth", pickled(nan)
    yield "shape.pth", pickled({**state, "output.weight": torch.zeros(3, 3)})
    yield "expanded.pth", pickled({**state, "output.weight": torch.zeros(1).expand(GIGABYTES_10)})
    for legacy in (False, True):
        kind = "legacy" if legacy else "archive"
        for place, content in {
            "alone": Hostile(trace),
            "beside": {"state_dict": state, "optimizer": Hostile(trace)},
            "within": {**state, "output.weight": Hostile(trace)},
        }.items():
            yield f"hostile-{place}-{kind}.pth.tar", pickled(content, legacy=legacy)
    for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
        yield f"hostile-{protocol}.pkl", pickle.dumps(Hostile(trace), protocol=protocol)
    yield "exponential.pkl", exponential_list()
    yield "nested-key.pkl", nested_key(40)
    yield "bytearray.pkl", b"\x80\x02}X\x01\x00\x00\x00acbuiltins\nbytearray\n\x8a\x05\x00^\xd0\xb2\x00\x85Rs."
    yield "many-operations.pkl", b"\x80\x02" + b"N0" * 3_000_000 + b"}."
    yield "one-storage-often.pth", pickled({f"t{n}": state["output.weight"].view(-1)[:] for n in range(5000)})
    yield "names-of-a-megabyte.pth", pickled({f"{n}" * 1_000_000: torch.zeros(1) for n in range(3)})
    yield "colliding.pkl", pickle.dumps({n * (2**61 - 1): 0 for n in range(20_000)}, protocol=2)
    yield "nested.pkl", b"\x80\x02" + b"]" * 100_000 + b"a" * 99_999 + b"."
    # An older file says how large its storages are before their bytes come.
    size = state["output.weight"].numel()
    yield "claims.pth", pickled(state, legacy=True).replace(struct.pack("<Q", size), struct.pack("<Q", 2**33))
    yield "climbing.pth.tar", with_entry(valid["tiny.pth.tar"], "../../../evil", b"x")
    yield "two-indices.pth.tar", with_entry(valid["tiny.pth.tar"], "evil/data.pkl", pickle.dumps(Hostile(trace)))


def exponential_list() -> bytes:
    """A pickle of a list of two lists of two lists …: 2**60 entries, were they counted one by one."""
    value: list = ["ha"]
    for _ in range(60):
        value = [value, value]
    return pickle.dumps({"state_dict": value}, protocol=2)


def nested_key(times: int) -> bytes:
    """A pickle of a dictionary whose key is a pair of the same pair of the same pair …: hashing it never ends."""
    return b"\x80\x02}q\x00)q\x01" + b"h\x01\x86q\x01" * times + b"K\x01s."


def with_entry(archive: bytes, name: str, content: bytes) -> bytes:
    """The zip archive with one entry more."""
    buffer = io.BytesIO(archive)
    with zipfile.ZipFile(buffer, "a") as file:
        file.writestr(name, content)
    return buffer.getvalue()
