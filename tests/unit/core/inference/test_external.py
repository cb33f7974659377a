"""Restorers of other families: tiny networks with random weights, read from files in their published form."""

import hashlib
import sys
from pathlib import Path

import numpy as np
import pytest
import safetensors.torch
import torch
from hypothesis import given
from hypothesis import strategies as st
from spandrel import ModelTiling
from spandrel.architectures.ESRGAN import ESRGAN
from spandrel.architectures.NAFNet import NAFNet
from spandrel_extra_arches.architectures.Restormer import Restormer

from core.errors import Cancelled, CheckpointError, RestorationError
from core.inference import Restorer, Step
from core.inference.external import ExternalRestorer, run_tiled
from core.inference.result import PhotoRestorer
from core.photo import Photo
from core.progress import CancelToken, no_progress
from tests.hostile.models import nested_key


@pytest.fixture(scope="module")
def nafnet() -> NAFNet:
    torch.manual_seed(0)
    network = NAFNet(width=8, enc_blk_nums=[1, 1], middle_blk_num=1, dec_blk_nums=[1, 1])
    for weight in network.parameters():
        torch.nn.init.normal_(weight, std=0.05)  # its own initialisation is the identity in parts
    return network.eval()


@pytest.fixture(scope="module")
def nafnet_file(nafnet: NAFNet, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("others") / "my-nafnet.pth"
    torch.save({"params": nafnet.state_dict()}, path)
    return path


def photo(height: int, width: int) -> Photo:
    return Photo.from_array(np.random.default_rng(1).random((height, width, 3), np.float32))


def test_the_result_is_the_networks_output(nafnet: NAFNet, nafnet_file: Path) -> None:
    source = photo(48, 64)
    other = ExternalRestorer(nafnet_file, device="cpu")
    shares: list[float] = []
    result = other.restore(source, progress=shares.append)
    with torch.inference_mode():
        expected = nafnet(torch.from_numpy(source.pixels).permute(2, 0, 1)[None])[0].permute(1, 2, 0).clamp(0, 1)
    np.testing.assert_allclose(result.photo.pixels, expected.numpy(), atol=1e-5)
    assert (result.model, result.architecture, result.device, result.precision) == (
        *("my-nafnet", "NAFNet", "cpu", "float32"),
    )
    assert shares[-1] == 1.0
    assert (result.path, result.steps) == ("whole", ())
    assert result.model_sha256 == hashlib.sha256(nafnet_file.read_bytes()).hexdigest()
    assert other.parameters == sum(weight.numel() for weight in nafnet.parameters())


@pytest.mark.parametrize("size", [(1, 1), (37, 51)])
def test_any_size_is_preserved(nafnet_file: Path, size: tuple[int, int]) -> None:
    result = ExternalRestorer(nafnet_file, device="cpu").restore(photo(*size))
    assert result.photo.pixels.shape == (*size, 3)
    assert np.isfinite(result.photo.pixels).all()


def test_restormer_is_read_through_the_extra_architectures(tmp_path: Path) -> None:
    network = Restormer(dim=8, num_blocks=[1, 1, 1, 1], num_refinement_blocks=1, heads=[1, 2, 4, 8])
    torch.save({"params": network.state_dict()}, tmp_path / "deraining.pth")
    other = ExternalRestorer(tmp_path / "deraining.pth", device="cpu")
    assert other.architecture == "Restormer"
    assert other.restore(photo(16, 24)).photo.pixels.shape == (16, 24, 3)


def test_cancel_stops_within_the_network(nafnet_file: Path) -> None:
    other = ExternalRestorer(nafnet_file, device="cpu")
    cancel = CancelToken()
    layers = []

    def after_three(*_: object) -> None:
        layers.append(1)
        if len(layers) == 3:
            cancel.cancel()

    for module in other._model.model.modules():
        module.register_forward_hook(after_three)
    with pytest.raises(Cancelled):
        other.restore(photo(32, 32), cancel=cancel)
    assert len(layers) == 3


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError(),
        MemoryError(),
        RuntimeError("[enforce fail at alloc_cpu.cpp:117] DefaultCPUAllocator: can't allocate memory: you tried"),
    ],
)
def test_smaller_tiles_are_tried_when_memory_is_out(
    nafnet_file: Path, error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = ExternalRestorer(nafnet_file, device="cpu")
    forward = other._forward
    sides = []

    def little_memory(pixels: np.ndarray) -> np.ndarray:
        if max(pixels.shape[:2]) > 256:
            raise error
        sides.append(max(pixels.shape[:2]))
        return forward(pixels)

    monkeypatch.setattr(other, "_forward", little_memory)
    result = other.restore(photo(300, 280))
    assert (result.photo.pixels.shape, result.path) == ((300, 280, 3), "tiled")
    assert set(sides) == {256}


def test_other_errors_of_torch_are_raised(nafnet_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = ExternalRestorer(nafnet_file, device="cpu")

    def fault(pixels: np.ndarray) -> np.ndarray:
        raise RuntimeError("shapes do not fit")

    monkeypatch.setattr(other, "_forward", fault)
    with pytest.raises(RuntimeError, match="shapes do not fit"):
        other.restore(photo(30, 30))


@pytest.mark.parametrize(
    ("tiling", "free", "expected"),
    [
        (ModelTiling.SUPPORTED, 1 << 50, [150]),
        (ModelTiling.DISCOURAGED, 1 << 50, [700]),
        (ModelTiling.DISCOURAGED, 1 << 20, [150]),
        (ModelTiling.INTERNAL, 1 << 20, [700]),
    ],
)
def test_spandrels_tiling_advice_is_followed(
    nafnet_file: Path, tiling: ModelTiling, free: int, expected: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.inference.external.MAX_TILE", 150)
    monkeypatch.setattr("core.inference.external.free_memory", lambda: free)
    other = ExternalRestorer(nafnet_file, device="cpu")
    monkeypatch.setattr(other._model, "tiling", tiling)
    sides = []
    monkeypatch.setattr(other, "_forward", lambda pixels: (sides.append(max(pixels.shape)), pixels)[1])
    other.restore(photo(40, 700))
    assert sorted(set(sides)) == expected


def test_a_network_that_needs_the_whole_photo_is_named_when_memory_is_out(
    nafnet_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = ExternalRestorer(nafnet_file, device="cpu")
    monkeypatch.setattr(other._model, "tiling", ModelTiling.INTERNAL)

    def full(pixels: np.ndarray) -> np.ndarray:
        raise MemoryError

    monkeypatch.setattr(other, "_forward", full)
    with pytest.raises(RestorationError, match="needs the photo as a whole"):
        other.restore(photo(300, 300))


def test_a_model_that_enlarges_is_refused(tmp_path: Path) -> None:
    network = ESRGAN(in_nc=3, out_nc=3, num_filters=8, num_blocks=1, scale=4)
    torch.save(network.state_dict(), tmp_path / "x4.pth")
    with pytest.raises(CheckpointError, match=r"x4\.pth is a ESRGAN.*own size"):
        ExternalRestorer(tmp_path / "x4.pth", device="cpu")


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 nothing", b"no model at all" * 100])
def test_files_that_are_not_models_are_refused_by_name(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "broken.pth"
    path.write_bytes(content)
    with pytest.raises(CheckpointError, match=r"broken\.pth"):
        ExternalRestorer(path, device="cpu")


def test_safetensors_are_read_as_well(nafnet: NAFNet, tmp_path: Path) -> None:
    safetensors.torch.save_file(nafnet.state_dict(), tmp_path / "mine.safetensors")
    assert ExternalRestorer(tmp_path / "mine.safetensors", device="cpu").architecture == "NAFNet"


@pytest.mark.parametrize("name", ["nested.pth", "bytearray.ckpt", "numbers.pth", "long.pth", "script.pt", "list.pth"])
def test_hostile_files_are_refused(name: str, nafnet: NAFNet, tmp_path: Path) -> None:
    path, state = tmp_path / name, nafnet.state_dict()
    if name == "script.pt":
        torch.jit.save(torch.jit.script(torch.nn.Linear(2, 2)), path)
    elif name == "nested.pth":
        path.write_bytes(nested_key(40))
    elif name == "bytearray.ckpt":
        path.write_bytes(b"\x80\x02}X\x01\x00\x00\x00acbuiltins\nbytearray\n\x8a\x05\x00^\xd0\xb2\x00\x85Rs.")
    else:
        content = {
            "numbers.pth": {"params": {**state, "middle_blks.9999999.conv1.weight": torch.zeros(1)}},
            "long.pth": {**state, "x" * 10**6: torch.zeros(1)},
            "list.pth": [state],
        }
        torch.save(content[name], path)
    with pytest.raises(CheckpointError, match=path.stem) as caught:
        ExternalRestorer(path, device="cpu")
    assert len(str(caught.value)) < 1000


def test_a_network_much_larger_than_its_file_is_not_built(nafnet: NAFNet, tmp_path: Path) -> None:
    state = nafnet.state_dict()
    state["intro.weight"] = torch.zeros(100_000, 3, 1, 1)  # its first side is the width of all layers
    torch.save({"params": state}, tmp_path / "wide.pth")
    with pytest.raises(CheckpointError, match=r"wide\.pth cannot be used.*much larger than the file"):
        ExternalRestorer(tmp_path / "wide.pth", device="cpu")


def test_without_spandrel_the_error_says_what_to_install(nafnet_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "spandrel", None)
    with pytest.raises(CheckpointError, match=r"dfpir-studio\[spandrel\]"):
        ExternalRestorer(nafnet_file, device="cpu")


def test_every_restorer_has_the_same_interface_and_result(
    nafnet_file: Path, tiny_model_file: Path, nafnet: NAFNet
) -> None:
    restorers: list[tuple[PhotoRestorer, str]] = [
        (ExternalRestorer(nafnet_file, device="cpu"), ""),
        (Restorer(tiny_model_file, device="cpu"), "haze"),
    ]
    source = photo(24, 32)
    for restorer, steps in restorers:
        full, half = (restorer.restore(source, steps, strength=strength) for strength in (1.0, 0.5))
        named = (restorer.model_name, restorer.model_sha256, restorer.architecture, restorer.device, restorer.precision)
        assert named == (full.model, full.model_sha256, full.architecture, full.device, full.precision)
        np.testing.assert_allclose(half.photo.pixels, (source.pixels + full.photo.pixels) / 2, atol=1e-6)
        assert bool(restorer.removable) == bool(steps)


@pytest.mark.parametrize("steps", ["haze", Step("haze"), ["haze"]])
def test_steps_and_invalid_strengths_are_refused(nafnet_file: Path, steps: str | Step | list[str]) -> None:
    other = ExternalRestorer(nafnet_file, device="cpu")
    with pytest.raises(RestorationError, match=r"'my-nafnet' has no steps"):
        other.restore(photo(8, 8), steps)
    with pytest.raises(RestorationError, match=r"1\.5 is out of range"):
        other.restore(photo(8, 8), strength=1.5)


@given(height=st.integers(1, 90), width=st.integers(1, 90), seed=st.integers(0, 99))
def test_tiles_of_an_identity_reproduce_the_image(height: int, width: int, seed: int) -> None:
    picture = np.random.default_rng(seed).random((height, width, 3), np.float32)
    out = run_tiled(picture, 32, 8, np.copy, no_progress, CancelToken())
    np.testing.assert_allclose(out, picture, atol=1e-6)


def test_neighbouring_tiles_are_blended() -> None:
    numbers = iter([0.0, 1.0])
    out = run_tiled(
        np.zeros((8, 56, 3), np.float32), 32, 8, lambda t: np.full_like(t, next(numbers)), no_progress, CancelToken()
    )
    row = out[4, :, 0]
    assert (row[:24] == 0).all() and (row[32:] == 1).all()
    assert (np.diff(row[23:33]) > 0).all() and np.diff(row).max() < 0.2


def test_progress_reaches_1_and_cancel_is_checked_before_each_tile() -> None:
    token, seen = CancelToken(), []

    def progress(fraction: float) -> None:
        seen.append(fraction)
        if fraction >= 0.5:
            token.cancel()

    with pytest.raises(Cancelled):
        run_tiled(np.zeros((64, 64, 3), np.float32), 40, 16, np.copy, progress, token)
    assert seen == [0.25, 0.5]
    seen.clear()
    run_tiled(np.zeros((64, 64, 3), np.float32), 40, 16, np.copy, seen.append, CancelToken())
    assert seen == [0.25, 0.5, 0.75, 1.0]
