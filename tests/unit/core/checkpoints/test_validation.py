"""Native files that are damaged, forged or of other programs: each has its own error."""

import json
import warnings
from pathlib import Path

import pytest
import safetensors
import safetensors.torch
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.checkpoints import Checkpoint, load_checkpoint
from core.checkpoints.native import pack
from core.degradations import KEYS
from core.errors import CheckpointError
from core.prompts import random_codes


def forged(path: Path, checkpoint: Checkpoint, **metadata: str | None) -> Path:
    """Write a native file with changed entries of its header; None omits an entry."""
    path.write_bytes(pack(checkpoint))
    with safetensors.safe_open(path, "pt") as file:
        header = {**file.metadata(), **metadata}
        tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
    safetensors.torch.save_file(tensors, path, {key: value for key, value in header.items() if value is not None})
    return path


def with_config(checkpoint: Checkpoint, **changes: object) -> str:
    return json.dumps({**checkpoint.config.to_dict(), **changes})


def refused(path: Path, reason: str) -> None:
    with pytest.raises(CheckpointError, match=reason) as caught:
        load_checkpoint(path)
    assert str(path) in str(caught.value)


def test_no_file(tmp_path: Path) -> None:
    refused(tmp_path / "missing", "There is no file")


def test_a_folder(tmp_path: Path) -> None:
    refused(tmp_path, "is a folder|cannot be read")  # Windows does not tell a folder from a locked file


def test_an_empty_file(tmp_path: Path) -> None:
    (tmp_path / "empty.safetensors").touch()
    refused(tmp_path / "empty.safetensors", r"empty \(0 bytes\)")


def test_a_photograph(tmp_path: Path) -> None:
    (tmp_path / "photo.safetensors").write_bytes(b"\xff\xd8\xff\xe0" + bytes(100))
    refused(tmp_path / "photo.safetensors", "[Nn]ot a model file")


def test_another_programs_safetensors(tmp_path: Path) -> None:
    for metadata in (None, {"format": "pt"}):
        safetensors.torch.save_file({"a": torch.zeros(3)}, tmp_path / "other", metadata)
        refused(tmp_path / "other", "not a DFPIR Studio model")


def test_a_newer_format(tmp_path: Path, checkpoint: Checkpoint) -> None:
    path = forged(tmp_path / "new", checkpoint, format="dfpir-studio checkpoint, format 2")
    refused(path, "format 2.*Update DFPIR Studio")


@pytest.mark.parametrize("entry", ["config", "prompts", "card"])
@pytest.mark.parametrize("text", [None, "", "[]", "{", '"x"', "[" * 100_000])
def test_a_damaged_header(tmp_path: Path, checkpoint: Checkpoint, entry: str, text: str | None) -> None:
    refused(forged(tmp_path / "bad", checkpoint, **{entry: text}), "header cannot be used")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"colour": 1}, "unknown configuration fields: colour"),
        ({"dim": 0}, "dim"),
        ({"dim": 8.0}, r"dim = 8\.0: expected an even number"),
        ({"expansion": float("inf")}, "header cannot be used"),
        ({"dim": 4}, "of a wrong shape"),
        ({"dim": 16}, "shuffle_factor asks for 256 channels"),
        ({"dim": 10**40}, "dim asks for 8000"),
        ({"blocks": [2, 1, 1, 1]}, r"missing \(encoder\.0\.1\.norm1\.weight"),
        ({"refinement_blocks": 0}, r"unexpected \(refinement\.0"),
        ({"refinement_blocks": 10**12}, "Transformer blocks"),
        ({"prompt_dim": 32}, r"of a wrong shape \(dgpb\.0\.dgcpm\.dgm"),
    ],
)
def test_a_configuration_of_another_network(tmp_path: Path, checkpoint: Checkpoint, changes: dict, reason: str) -> None:
    refused(forged(tmp_path / "bad", checkpoint, config=with_config(checkpoint, **changes)), reason)


def test_more_names_than_embeddings(tmp_path: Path, checkpoint: Checkpoint) -> None:
    texts, _ = random_codes([*KEYS, "more"], seed=7, width=64).to_arrays()
    refused(forged(tmp_path / "bad", checkpoint, prompts=json.dumps(texts)), "names 8 prompts")


def with_stem(path: Path, checkpoint: Checkpoint, stem: torch.Tensor) -> Path:
    """Write a native file with another first tensor, without the checks of saving."""
    forged(path, checkpoint)
    with safetensors.safe_open(path, "pt") as file:
        metadata = file.metadata()
        tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
    safetensors.torch.save_file({**tensors, "stem.weight": stem}, path, metadata)
    return path


@pytest.mark.parametrize("value", [float("nan"), float("-inf")])
def test_weights_that_are_not_finite(tmp_path: Path, checkpoint: Checkpoint, value: float) -> None:
    stem = torch.zeros_like(checkpoint.state["stem.weight"])
    stem[-1, -1, -1, -1] = value
    refused(with_stem(tmp_path / "bad", checkpoint, stem), r"stem\.weight has values that are not finite")


def test_weights_that_are_integers(tmp_path: Path, checkpoint: Checkpoint) -> None:
    stem = torch.zeros_like(checkpoint.state["stem.weight"], dtype=torch.int64)
    refused(with_stem(tmp_path / "bad", checkpoint, stem), r"stem\.weight has the type torch\.int64")


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(share=st.floats(0, 1, exclude_max=True))
def test_a_truncated_file(tmp_path: Path, packed: bytes, share: float) -> None:
    path = tmp_path / "cut.safetensors"
    path.write_bytes(packed[: int(share * len(packed))])
    refused(path, "missing|damaged|empty|[Nn]ot a model file")


def test_missing_bytes_are_counted(tmp_path: Path, checkpoint: Checkpoint) -> None:
    (tmp_path / "cut").write_bytes(pack(checkpoint)[:-10])
    refused(tmp_path / "cut", "Its last 10 bytes are missing")


def test_additional_bytes(tmp_path: Path, checkpoint: Checkpoint) -> None:
    (tmp_path / "long").write_bytes(pack(checkpoint) + b"\0" * 10)
    refused(tmp_path / "long", "damaged")


@settings(deadline=None, max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_damaged_header_is_always_a_checkpoint_error(tmp_path: Path, packed: bytes, data: st.DataObject) -> None:
    content = bytearray(packed)
    end = 8 + int.from_bytes(content[:8], "little")
    for position in data.draw(st.lists(st.integers(0, end - 1), min_size=1, max_size=3)):
        content[position] = data.draw(st.integers(0, 255))
    path = tmp_path / "flipped"
    path.write_bytes(content)
    try:
        loaded = load_checkpoint(path)
    except CheckpointError as error:
        assert str(path) in str(error)
    else:  # e.g. another letter in a prompt's text
        assert loaded.build().config == loaded.config


@settings(deadline=None, max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    start=st.sampled_from([b"", b"PK\x03\x04", b"\x80\x02", b"\x80\x04", b"\x20" + bytes(7) + b"{"]),
    rest=st.binary(),
)
def test_noise(tmp_path: Path, start: bytes, rest: bytes) -> None:
    path = tmp_path / "noise"
    path.write_bytes(start + rest)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # PyTorch warns of unusual pickle protocols
        refused(path, "cannot be used as a model")
