"""The native format: round trips, precision, and errors."""

import dataclasses
import hashlib
import json
import os
import stat
from pathlib import Path

import numpy as np
import pytest
import safetensors
import safetensors.torch
import torch

from core.checkpoints import Checkpoint, load_checkpoint, save_checkpoint
from core.checkpoints.native import FORMAT, pack
from core.degradations import KEYS
from core.errors import CheckpointError
from core.models import DFPIR
from core.prompts import PromptBank, random_codes


def orders(model: DFPIR, bank: PromptBank) -> torch.Tensor:
    prompts = torch.from_numpy(np.stack([bank.embedding(key) for key in bank.names]))
    return torch.cat([block.dgcpm.dgm(prompts) for block in model.dgpb], dim=1)


class TestRoundTrip:
    def test_all_content_is_read_back(self, tmp_path: Path, checkpoint: Checkpoint, model: DFPIR) -> None:
        path = save_checkpoint(tmp_path / "tiny.safetensors", checkpoint, dtype=torch.float32)
        loaded = load_checkpoint(str(path))

        assert loaded.config == checkpoint.config
        assert loaded.card == checkpoint.card
        assert (loaded.kind, loaded.source, loaded.name) == ("native", path, "Tiny")
        assert loaded.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
        assert loaded.prompts.encoder == checkpoint.prompts.encoder
        assert loaded.prompts.names == KEYS
        for key in KEYS:
            assert loaded.prompts.prompts[key].text == checkpoint.prompts.prompts[key].text
            np.testing.assert_array_equal(loaded.prompts.embedding(key), checkpoint.prompts.embedding(key))

        built = loaded.build()
        assert not built.training
        image, prompt = torch.rand(1, 3, 16, 16), torch.from_numpy(loaded.prompts.embedding("haze").copy())[None]
        with torch.no_grad():
            assert torch.equal(built(image, prompt), model(image, prompt))

    @pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
    def test_half_precision_rounds_all_but_the_channel_orders(
        self, tmp_path: Path, checkpoint: Checkpoint, model: DFPIR, dtype: torch.dtype
    ) -> None:
        path = save_checkpoint(tmp_path / "tiny", checkpoint, dtype=dtype)
        built = load_checkpoint(path).build()

        for name, weight in built.state_dict().items():
            assert weight.dtype == torch.float32
            stored = model.state_dict()[name]
            assert torch.equal(weight, stored if ".dgm." in name else stored.to(dtype).float())
        assert torch.equal(orders(built, checkpoint.prompts), orders(model, checkpoint.prompts))

    def test_rounding_the_dgm_would_change_orders(self, checkpoint: Checkpoint, model: DFPIR) -> None:
        rounded = {name: weight.half().float() for name, weight in checkpoint.state.items()}
        other = dataclasses.replace(checkpoint, state=rounded).build()
        assert not torch.equal(orders(other, checkpoint.prompts), orders(model, checkpoint.prompts))

    def test_half_precision_is_the_default_and_halves_the_file(self, checkpoint: Checkpoint) -> None:
        assert pack(checkpoint) == pack(checkpoint, torch.float16)
        dgm = sum(weight.numel() for name, weight in checkpoint.state.items() if ".dgm." in name)
        other = sum(weight.numel() for name, weight in checkpoint.state.items() if ".dgm." not in name)
        embeddings = len(KEYS) * 64
        assert 0 < len(pack(checkpoint)) - (4 * dgm + 2 * other + 4 * embeddings) < 40_000  # the header

    def test_saving_what_was_loaded_gives_the_same_bytes(self, tmp_path: Path, checkpoint: Checkpoint) -> None:
        first = save_checkpoint(tmp_path / "first", checkpoint).read_bytes()
        second = save_checkpoint(tmp_path / "second", load_checkpoint(tmp_path / "first")).read_bytes()
        assert first == second

    def test_the_same_content_gives_the_same_bytes(self, checkpoint: Checkpoint) -> None:
        reordered = dataclasses.replace(
            checkpoint,
            state=dict(reversed(checkpoint.state.items())),
            card=dict(reversed(checkpoint.card.items())),
        )
        packed = {pack(checkpoint) for _ in range(8)} | {pack(reordered) for _ in range(8)}
        assert len(packed) == 1

    def test_any_safetensors_reader_can_open_it(self, tmp_path: Path, checkpoint: Checkpoint) -> None:
        path = save_checkpoint(tmp_path / "tiny.safetensors", checkpoint)
        with safetensors.safe_open(path, "np") as file:
            assert set(file.keys()) == {*checkpoint.state, "prompt_bank.embeddings"}
            assert file.metadata()["format"] == FORMAT
            assert json.loads(file.metadata()["card"]) == checkpoint.card
            assert file.get_tensor("prompt_bank.embeddings").shape == (7, 64)

    def test_weights_in_any_memory_layout_can_be_saved(
        self, tmp_path: Path, checkpoint: Checkpoint, model: DFPIR
    ) -> None:
        last = Checkpoint.from_model(DFPIR(model.config).to(memory_format=torch.channels_last), checkpoint.prompts)
        loaded = load_checkpoint(save_checkpoint(tmp_path / "tiny", last, dtype=torch.float32))
        assert all(torch.equal(loaded.state[name], weight) for name, weight in last.state.items())

    def test_an_empty_bank_and_card(self, tmp_path: Path, model: DFPIR) -> None:
        path = save_checkpoint(tmp_path / "tiny.safetensors", Checkpoint.from_model(model, PromptBank("someone", {})))
        loaded = load_checkpoint(path)
        assert loaded.prompts.names == () and loaded.prompts.encoder == "someone"
        assert loaded.card == {} and loaded.name == "tiny"


class TestCheckpoint:
    def test_networks_built_from_it_share_no_memory(self, checkpoint: Checkpoint) -> None:
        first, second = checkpoint.build(), checkpoint.build()
        with torch.no_grad():
            for parameter in first.parameters():
                parameter.add_(1)
        assert all(torch.equal(weight, checkpoint.state[name]) for name, weight in second.state_dict().items())
        assert all(parameter.requires_grad for parameter in second.parameters())

    def test_is_a_copy_of_the_model(self, model: DFPIR) -> None:
        trained = DFPIR(model.config)
        taken = Checkpoint.from_model(trained, PromptBank("someone", {}))
        before = taken.state["stem.weight"].clone()
        torch.nn.init.zeros_(trained.stem.weight)
        assert torch.equal(taken.state["stem.weight"], before)

    @pytest.mark.parametrize(
        ("file", "name"), [("a.b.safetensors", "a.b"), ("5D.pth.tar", "5D"), ("5D.pth", "5D"), ("model", "model")]
    )
    def test_is_named_after_its_file_if_the_card_has_no_name(
        self, checkpoint: Checkpoint, file: str, name: str
    ) -> None:
        assert dataclasses.replace(checkpoint, card={}, source=Path("models") / file).name == name
        assert dataclasses.replace(checkpoint, card={"name": 5}, source=Path(file)).name == name
        assert dataclasses.replace(checkpoint, card={}).name == "unnamed"

    def test_prompts_must_have_the_width_of_the_network(self, checkpoint: Checkpoint) -> None:
        with pytest.raises(CheckpointError, match="32 numbers, but the network takes 64"):
            dataclasses.replace(checkpoint, prompts=random_codes(KEYS, seed=7, width=32))

    def test_weights_that_do_not_fit_are_named(self, checkpoint: Checkpoint) -> None:
        state = dict(checkpoint.state)
        del state["stem.weight"]
        state["strange.weight"] = torch.zeros(1)
        state["head.weight"] = torch.zeros(3, 3)
        with pytest.raises(CheckpointError) as caught:
            dataclasses.replace(checkpoint, state=state).build()
        assert "1 missing (stem.weight)" in str(caught.value)
        assert "1 unexpected (strange.weight)" in str(caught.value)
        assert "1 of a wrong shape (head.weight is (3, 3), expected (12, 16, 3, 3))" in str(caught.value)

    def test_long_lists_are_shortened_and_counted(self, checkpoint: Checkpoint) -> None:
        strangers = {f"s{n:02}": torch.zeros(1) for n in range(30)}
        with pytest.raises(CheckpointError, match=r"30 unexpected \(s00, s01, s02, s03 and 26 more\)"):
            dataclasses.replace(checkpoint, state={**checkpoint.state, **strangers}).build()


class TestSaving:
    @pytest.mark.parametrize("value", [float("nan"), float("inf")])
    def test_weights_that_are_not_finite_are_refused(
        self, tmp_path: Path, checkpoint: Checkpoint, value: float
    ) -> None:
        checkpoint.state["stem.weight"][0, 0] = value
        with pytest.raises(CheckpointError, match=r"stem\.weight.*diverged"):
            save_checkpoint(tmp_path / "tiny", checkpoint)
        assert not list(tmp_path.iterdir())

    def test_weights_too_large_for_half_precision_are_refused(self, tmp_path: Path, checkpoint: Checkpoint) -> None:
        checkpoint.state["stem.weight"][0, 0] = -70_000
        with pytest.raises(CheckpointError, match=r"stem\.weight has values up to 7e\+04.*float16"):
            save_checkpoint(tmp_path / "tiny", checkpoint)
        loaded = load_checkpoint(save_checkpoint(tmp_path / "tiny", checkpoint, dtype=torch.float32))
        assert loaded.state["stem.weight"][0, 0, 0, 0] == -70_000

    def test_card_must_be_json(self, tmp_path: Path, checkpoint: Checkpoint) -> None:
        for value in (float("nan"), object(), {1, 2}):
            with pytest.raises(CheckpointError, match="model card"):
                save_checkpoint(tmp_path / "tiny", dataclasses.replace(checkpoint, card={"value": value}))

    def test_weights_must_fit(self, tmp_path: Path, checkpoint: Checkpoint) -> None:
        state = {name: weight for name, weight in checkpoint.state.items() if name != "head.weight"}
        with pytest.raises(CheckpointError, match=r"tiny was not written.*1 missing \(head\.weight\)"):
            save_checkpoint(tmp_path / "tiny", dataclasses.replace(checkpoint, state=state))

    def test_failure_leaves_the_old_file(
        self, tmp_path: Path, checkpoint: Checkpoint, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path = tmp_path / "tiny"
        path.write_bytes(b"old")

        def full(_: int) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(os, "fsync", full)
        with pytest.raises(CheckpointError, match="No space left on device"):
            save_checkpoint(path, checkpoint)
        assert path.read_bytes() == b"old"
        assert list(tmp_path.iterdir()) == [path]

    def test_replaces_the_old_file_and_leaves_nothing_else(self, tmp_path: Path, checkpoint: Checkpoint) -> None:
        path = tmp_path / "tiny"
        path.write_bytes(b"old")
        save_checkpoint(path, checkpoint)
        assert load_checkpoint(path).name == "Tiny"
        assert list(tmp_path.iterdir()) == [path]

    def test_file_has_default_permissions(self, tmp_path: Path, checkpoint: Checkpoint) -> None:
        (tmp_path / "other").touch()
        saved = save_checkpoint(tmp_path / "tiny", checkpoint)
        assert stat.S_IMODE(saved.stat().st_mode) == stat.S_IMODE((tmp_path / "other").stat().st_mode)

    def test_missing_folder_is_named(self, tmp_path: Path, checkpoint: Checkpoint) -> None:
        with pytest.raises(CheckpointError, match=r"nowhere.tiny cannot be written"):
            save_checkpoint(tmp_path / "nowhere" / "tiny", checkpoint)
