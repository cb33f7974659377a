"""Mutations inside model files that keep their container valid, so that fuzzing reaches the code behind it."""

import io
import json
import random
import zipfile
from collections.abc import Callable
from typing import Any

Mutate = Callable[[bytes, int], bytes]
"""Changes some bytes; the second argument is the maximum length of the result."""

_PREFIX = 8  # bytes of the length of a safetensors header
_RAW = 0.2  # share of mutations that ignore the container
_STRANGE: tuple[Any, ...] = (
    None,
    True,
    -1,
    0,
    1,
    2**31,
    2**63,
    -(2**63),
    10**40,
    1e308,
    0.5,
    "",
    "\0",
    "../../x",
    "F64",
    "I8",
    "9" * 5000,
    "x" * 20_000,
    "\x1b[2J=1+1\n",
    [],
    [0, 2**40],
    [1, 1, 1, 1, 1, 1, 1, 1],
    {},
    {"a": {"b": []}},
)
"""Unusual values."""


def mutated(data: bytes, most: int, seed: int, mutate: Mutate) -> bytes:
    """A model file with mutated content.

    Args:
        data: a safetensors file, a PyTorch archive or pickle, or a mutated one.
        most: maximum length of the result.
        seed: of all random choices except those of ``mutate``.
        mutate: the mutation of bytes by the fuzzer.
    """
    chance = random.Random(seed)
    if chance.random() >= _RAW:
        try:
            if data[_PREFIX : _PREFIX + 1] == b"{":
                return _with_mutated_header(data, chance)[:most]
            if data.startswith(b"PK"):
                return _with_mutated_entry(data, most, chance, mutate)[:most]
        except (ValueError, IndexError, RecursionError, zipfile.BadZipFile, NotImplementedError, EOFError):
            pass  # not a container any more
    return mutate(data, most)


def _with_mutated_header(data: bytes, chance: random.Random) -> bytes:
    end = _PREFIX + int.from_bytes(data[:_PREFIX], "little")
    header = json.loads(data[_PREFIX:end])
    inside = header.get("__metadata__")
    name = chance.choice(sorted(inside)) if isinstance(inside, dict) and inside and chance.random() < 0.6 else None
    if name is not None and isinstance(inside[name], str) and inside[name][:1] in "{[":
        part = json.loads(inside[name])
        _change(part, chance)
        inside[name] = json.dumps(part)
    else:
        _change(header, chance)
    text = json.dumps(header).encode()
    return len(text).to_bytes(_PREFIX, "little") + text + data[end:]


def _change(value: Any, chance: random.Random) -> None:
    """Replace, remove or copy one entry of a JSON value."""
    while True:
        keys = list(value) if isinstance(value, dict) else list(range(len(value))) if isinstance(value, list) else []
        if not keys:
            return
        key = chance.choice(keys)
        if isinstance(value[key], dict | list) and value[key] and chance.random() < 0.7:
            value = value[key]
            continue
        what = chance.random()
        if what < 0.2:
            del value[key]
        elif what < 0.4 and isinstance(value, dict):
            value[str(chance.choice(_STRANGE))[:40]] = value[key]
        elif what < 0.6 and isinstance(value[key], int):
            value[key] += chance.choice((-1, 1, 8, 2**16))
        else:
            value[key] = chance.choice(_STRANGE)
        return


def _with_mutated_entry(data: bytes, most: int, chance: random.Random, mutate: Mutate) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        entries = [(entry.filename, archive.read(entry)) for entry in archive.infolist()]
    pickles = [number for number, (name, _) in enumerate(entries) if name.endswith("data.pkl")]
    number = chance.choice(pickles if pickles and chance.random() < 0.8 else range(len(entries)))
    name, content = entries[number]
    what = chance.random()
    if what < 0.1:
        del entries[number]
    elif what < 0.2:
        entries[number] = (chance.choice((name.upper(), "../" + name, "x/data.pkl", "x/constants.pkl")), content)
    else:
        limit = max(most - len(data) + len(content), 1)
        entries[number] = (name, mutate(content, limit) if content else b"\x80\x02.")
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_STORED) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return written.getvalue()
