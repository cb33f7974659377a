"""Built-in models by name, other models by path."""

from pathlib import Path

import pytest

from core.checkpoints import load_checkpoint
from core.checkpoints.builtin import built_in_models, find_model
from core.degradations import KEYS
from core.errors import CheckpointError


def test_file_is_found_by_its_path(tmp_path: Path) -> None:
    file = tmp_path / "mine.pth.tar"
    file.touch()
    assert find_model(file) == file
    assert find_model(str(file)) == file


def test_unknown_name_is_reported_with_the_known_names() -> None:
    with pytest.raises(CheckpointError) as caught:
        find_model("no-such-model")
    assert all(name in str(caught.value) for name in ["no-such-model", *built_in_models()])


def test_built_in_models_are_found_by_name_and_have_prompts() -> None:
    for name, file in built_in_models().items():
        assert find_model(name) == file
        checkpoint = load_checkpoint(file)
        assert checkpoint.kind == "native"
        assert set(checkpoint.prompts.names) <= set(KEYS)
