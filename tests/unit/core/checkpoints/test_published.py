"""The authors' files: every variant loads, and everything else is refused without executing it."""

import io
import json
import os
import pickle
import warnings
import zipfile
from collections import OrderedDict
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.checkpoints import Checkpoint, load_checkpoint, save_checkpoint
from core.checkpoints.checkpoint import check_fit
from core.checkpoints.published import config_from_shapes, from_published, our_name, published_name
from core.errors import CheckpointError
from core.models import DFPIR, DFPIRConfig
from core.prompts import CLIP

DATA = Path(__file__).parents[3] / "data" / "parity"
SMALL = DFPIRConfig(dim=16, blocks=(1, 2, 2, 2), refinement_blocks=1, expansion=2.0)
State = dict[str, torch.Tensor]


def saved(path: Path, content: object, *, legacy: bool = False) -> Path:
    torch.save(content, path, _use_new_zipfile_serialization=not legacy)
    return path


def refused(path: Path, reason: str) -> str:
    with pytest.raises(CheckpointError, match=reason) as caught:
        load_checkpoint(path)
    assert str(path) in str(caught.value)
    return str(caught.value)


class TestForms:
    @pytest.mark.parametrize("legacy", [False, True])
    @pytest.mark.parametrize("prefix", ["", "module."])
    @pytest.mark.parametrize("wrapped", [False, True])
    def test_all_load(self, tmp_path: Path, published_state: State, legacy: bool, prefix: str, wrapped: bool) -> None:
        state = OrderedDict((prefix + key, tensor) for key, tensor in published_state.items())
        training = {"epoch": 79, "state_dict": state, "optimizer": {"state": {}, "param_groups": [{"lr": 1e-4}]}}
        path = saved(tmp_path / "5D.pth.tar", training if wrapped else state, legacy=legacy)

        checkpoint = load_checkpoint(path)

        assert (checkpoint.kind, checkpoint.source, checkpoint.name) == ("published", path, "5D")
        assert checkpoint.config == SMALL
        assert len(checkpoint.sha256) == 64
        assert len(checkpoint.state) == len(published_state)
        built = checkpoint.build().state_dict()
        for key, tensor in published_state.items():
            assert torch.equal(built[our_name(key)], tensor)

    def test_bank_is_empty_and_names_the_encoder(self, tmp_path: Path, published_state: State) -> None:
        bank = load_checkpoint(saved(tmp_path / "5D.pth.tar", published_state)).prompts
        assert bank.names == ()
        assert bank.encoder == CLIP == "open_clip ViT-B-32-quickgelu/openai"

    def test_half_precision_loads_as_float32(self, tmp_path: Path, published_state: State) -> None:
        half = {key: tensor.half() for key, tensor in published_state.items()}
        state = load_checkpoint(saved(tmp_path / "5D.pth", half)).state
        assert {tensor.dtype for tensor in state.values()} == {torch.float32}

    def test_becomes_a_native_file_once_it_has_prompts(self, tmp_path: Path, published_state: State) -> None:
        published = load_checkpoint(saved(tmp_path / "5D.pth", published_state))
        bank = published.prompts.with_prompts({"haze": ("Hazy", np.ones(512, np.float32))})
        native = Checkpoint(published.config, published.state, bank, {"name": "5D"})
        loaded = load_checkpoint(save_checkpoint(tmp_path / "5D.safetensors", native, dtype=torch.float32))
        assert loaded.kind == "native" and loaded.prompts.names == ("haze",)
        assert all(torch.equal(tensor, published.state[name]) for name, tensor in loaded.state.items())


class TestNames:
    @pytest.mark.parametrize(("name", "config"), [("small", SMALL), ("published", DFPIRConfig())])
    def test_translate_to_those_of_the_network_and_back(self, name: str, config: DFPIRConfig) -> None:
        shapes = json.loads((DATA / f"state_dict_{name}.json").read_text())
        state = from_published({key: torch.empty(shape, device="meta") for key, shape in shapes.items()})
        assert config_from_shapes(state) == config
        check_fit(state, config)
        assert [published_name(our_name(key)) for key in shapes] == list(shapes)

    @pytest.mark.parametrize("key", ["stem.weight", "encoder_level1.0.attn.bias", "conv1.weight", "", "latent.x.qkv"])
    def test_of_other_networks_are_unknown(self, key: str) -> None:
        assert our_name(key) is None

    def test_without_a_published_name_are_unchanged(self) -> None:
        assert published_name("strange.weight") == "strange.weight"
        assert published_name("encoder.0.1.strange.weight") == "encoder_level1.1.strange.weight"

    @settings(deadline=None, max_examples=25)
    @given(
        st.builds(
            DFPIRConfig,
            dim=st.sampled_from([8, 12, 24]),
            blocks=st.tuples(st.integers(0, 2), st.integers(0, 2), st.integers(0, 2), st.integers(1, 2)),
            decoder_blocks=st.tuples(*[st.integers(0, 2)] * 3),
            refinement_blocks=st.integers(0, 2),
            heads=st.tuples(*[st.sampled_from([1, 2, 4])] * 4),
            expansion=st.floats(1, 4),
            prompt_dim=st.integers(1, 40),
            shuffle_factor=st.integers(1, 3),
            stem=st.integers(1, 3),
        )
    )
    def test_shapes_determine_the_configuration(self, config: DFPIRConfig) -> None:
        with torch.device("meta"):
            state = DFPIR(config).state_dict()
        derived = config_from_shapes(state)
        check_fit(state, derived)  # the same tensors, strictly
        assert (derived.heads, derived.stem, derived.num_decoder_blocks) == (
            config.heads,
            config.stem,
            config.decoder_blocks,
        )


class TestOtherContent:
    @pytest.mark.parametrize("content", [{}, {"state_dict": {}}, {"state_dict": OrderedDict(), "epoch": 3}])
    def test_empty(self, tmp_path: Path, content: dict) -> None:
        assert "saved empty" in refused(saved(tmp_path / "3D.pth.tar", content), "contains no weights")

    def test_weights_of_another_family(self, tmp_path: Path) -> None:
        content = {"params": torch.nn.Conv2d(3, 8, 3).state_dict()}
        assert "another family" in refused(saved(tmp_path / "nafnet.pth", content), "its weights are in 'params'")

    def test_another_network(self, tmp_path: Path) -> None:
        other = torch.nn.Sequential(torch.nn.Conv2d(3, 8, 3), torch.nn.BatchNorm2d(8)).state_dict()
        message = refused(saved(tmp_path / "resnet.pth", other), "belong to another network")
        assert "0.weight" in message and "7 tensors" in message and "and 2 more" in message

    def test_restormer(self, tmp_path: Path, published_state: State) -> None:
        restormer = {key: tensor for key, tensor in published_state.items() if "shuffle" not in key}
        refused(saved(tmp_path / "restormer.pth", restormer), "missing: dgpb|missing: .*latent_shuffle_channel")

    def test_missing_and_unexpected_tensors_are_named_as_in_the_file(
        self, tmp_path: Path, published_state: State
    ) -> None:
        del published_state["output.weight"]
        published_state["patch_embed.proj.bias"] = torch.zeros(16)
        message = refused(saved(tmp_path / "5D.pth", published_state), "do not fit")
        assert "1 missing (output.weight)" in message
        assert "1 unexpected (patch_embed.proj.bias)" in message

    @pytest.mark.parametrize(
        "key",
        [
            "patch_embed.proj.weight",
            "latent.0.ffn.project_out.weight",
            "latent_shuffle_channel.select_attn.temperature",
        ],
    )
    def test_missing_tensors_that_determine_the_configuration_are_named(
        self, tmp_path: Path, published_state: State, key: str
    ) -> None:
        del published_state[key]
        refused(saved(tmp_path / "5D.pth", published_state), f"missing: {key}")

    @pytest.mark.parametrize(
        "key",
        [
            "patch_embed.proj.weight",
            "encoder_level2.1.attn.temperature",
            "latent.0.ffn.project_out.weight",
            "encoder_shuffle_channel1.linear_layer3.weight",
            "encoder_shuffle_channel2.select_attn.temperature",
            "output.weight",
        ],
    )
    @pytest.mark.parametrize("shape", [(), (0,), (5,), (0, 0, 0, 0), (7, 3, 3, 3), (3, 100, 1, 1)])
    def test_wrong_shapes(self, tmp_path: Path, published_state: State, key: str, shape: tuple[int, ...]) -> None:
        published_state[key] = torch.zeros(shape)
        refused(saved(tmp_path / "5D.pth", published_state), "shape|do not fit")

    def test_weights_that_are_not_finite(self, tmp_path: Path, published_state: State) -> None:
        published_state["output.weight"][0, 0, 0, 0] = float("nan")
        refused(saved(tmp_path / "5D.pth", published_state), "not finite.*Use another")

    def test_both_a_plain_and_a_prefixed_name(self, tmp_path: Path, published_state: State) -> None:
        published_state["module.output.weight"] = published_state["output.weight"].clone()
        refused(saved(tmp_path / "5D.pth", published_state), r"module\.output\.weight")

    @pytest.mark.parametrize(
        ("content", "reason"),
        [
            ([1, 2], "contains a list"),
            (torch.zeros(3), "contains a Tensor"),
            ({"state_dict": [torch.zeros(3)]}, "no names"),
            ({1: torch.zeros(3)}, "no names"),
            ({"a": torch.zeros(3), "b": "text"}, "'b' is not a tensor"),
        ],
    )
    def test_no_named_weights(self, tmp_path: Path, content: object, reason: str) -> None:
        refused(saved(tmp_path / "5D.pth", content), reason)

    def test_a_small_tensor_that_claims_to_be_huge(self, tmp_path: Path, published_state: State) -> None:
        published_state["output.weight"] = torch.zeros(1).expand(10**6, 10**6)
        refused(saved(tmp_path / "5D.pth", published_state), "larger than the file")

    def test_sparse_weights(self, tmp_path: Path, published_state: State) -> None:
        published_state["output.weight"] = torch.zeros(3, 32).to_sparse()
        refused(saved(tmp_path / "5D.pth", published_state), "more than plain weights.*_rebuild_sparse_tensor")

    def test_integers(self, tmp_path: Path, published_state: State) -> None:
        published_state["output.weight"] = published_state["output.weight"].int()
        refused(saved(tmp_path / "5D.pth", published_state), "int32")


class Hostile:
    """Creates a folder when it is unpickled."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self) -> tuple:
        return os.mkdir, (str(self.trace),)


class TestHostileFiles:
    @pytest.mark.parametrize("legacy", [False, True])
    @pytest.mark.parametrize("place", ["alone", "as an entry", "beside the weights"])
    def test_pytorchs_format(self, tmp_path: Path, published_state: State, legacy: bool, place: str) -> None:
        hostile = Hostile(tmp_path / "trace")
        content = {
            "alone": hostile,
            "as an entry": {**published_state, "output.weight": hostile},
            "beside the weights": {"state_dict": published_state, "optimizer": hostile},
        }[place]
        message = refused(saved(tmp_path / "evil.pth.tar", content, legacy=legacy), "unknown code.*was not read")
        assert "mkdir" in message
        assert "weights_only" not in message  # no advice to load it unsafely
        assert not hostile.trace.exists()

    @pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
    def test_plain_pickles(self, tmp_path: Path, protocol: int) -> None:
        hostile = Hostile(tmp_path / "trace")
        path = tmp_path / "evil.pth"
        path.write_bytes(pickle.dumps(hostile, protocol=protocol))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # PyTorch warns of unusual pickle protocols
            refused(path, "unknown code|damaged")
        assert not hostile.trace.exists()
        pickle.loads(path.read_bytes())
        assert hostile.trace.exists()  # the file was a threat

    def test_whole_models_are_not_loaded(self, tmp_path: Path) -> None:
        refused(saved(tmp_path / "model.pth", torch.nn.Linear(2, 2)), r"requests torch\.nn\.modules\.linear\.Linear")

    def test_torchscript(self, tmp_path: Path) -> None:
        with zipfile.ZipFile(tmp_path / "script.pth", "w") as archive:
            for name in ("data.pkl", "constants.pkl", "code/__torch__.py"):
                archive.writestr(f"script/{name}", b"x")
        refused(tmp_path / "script.pth", "TorchScript program")

    def test_archives_that_expand(self, tmp_path: Path, published_state: State) -> None:
        plain = saved(tmp_path / "plain.pth", {key: torch.zeros_like(v) for key, v in published_state.items()})
        with (
            zipfile.ZipFile(plain) as source,
            zipfile.ZipFile(tmp_path / "bomb.pth", "w", zipfile.ZIP_DEFLATED) as bomb,
        ):
            for entry in source.infolist():
                bomb.writestr(entry.filename, source.read(entry))
        refused(tmp_path / "bomb.pth", "claim to be larger than the file")

    def test_ordinary_zip_archives(self, tmp_path: Path) -> None:
        with zipfile.ZipFile(tmp_path / "download.zip", "w") as archive:
            archive.writestr("model.pth", b"x")
        refused(tmp_path / "download.zip", "zip archive.*Unpack it")

    @pytest.mark.parametrize("legacy", [False, True])
    @settings(deadline=None, max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(share=st.floats(0.001, 0.999))
    def test_truncated(self, tmp_path: Path, legacy: bool, share: float) -> None:
        content = io.BytesIO()
        state = {"output.weight": torch.rand(3, 32, 3, 3)}
        torch.save({"state_dict": state}, content, _use_new_zipfile_serialization=not legacy)
        data = content.getvalue()
        path = tmp_path / "cut.pth"
        path.write_bytes(data[: max(2, int(share * len(data)))])
        refused(path, "incomplete or damaged|[Nn]ot a model file")

    def test_cut_inside_a_name_is_damage_and_not_an_attack(self, tmp_path: Path) -> None:
        content = io.BytesIO()
        torch.save({"state_dict": {"a": torch.rand(2)}}, content, _use_new_zipfile_serialization=False)
        data = content.getvalue()
        path = tmp_path / "cut.pth"
        for cut in range(2, len(data)):
            path.write_bytes(data[:cut])
            refused(path, "incomplete or damaged|[Nn]ot a model file")
