"""Restorers of other families: tiny ones with random weights, read from files as their authors publish them."""

import sys
from pathlib import Path

import numpy as np
import pytest
import safetensors.torch
import torch
from spandrel import ModelTiling
from spandrel.architectures.ESRGAN import ESRGAN
from spandrel.architectures.NAFNet import NAFNet
from spandrel_extra_arches.architectures.Restormer import Restormer

from core.errors import Cancelled, CheckpointError, RestorationError
from core.inference.external import ExternalRestorer
from core.photo import Photo
from core.progress import CancelToken
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


def test_it_gives_what_the_network_gives(nafnet: NAFNet, nafnet_file: Path) -> None:
    source = photo(48, 64)
    other = ExternalRestorer(nafnet_file, device="cpu")
    told: list[float] = []
    result = other.restore(source, progress=told.append)
    with torch.inference_mode():
        expected = nafnet(torch.from_numpy(source.pixels).permute(2, 0, 1)[None])[0].permute(1, 2, 0).clamp(0, 1)
    np.testing.assert_allclose(result.photo.pixels, expected.numpy(), atol=1e-5)
    assert (result.model, result.architecture, result.device, result.precision) == (
        *("my-nafnet", "NAFNet", "cpu", "float32"),
    )
    assert told[-1] == 1.0
    assert other.parameters == sum(weight.numel() for weight in nafnet.parameters())


@pytest.mark.parametrize("size", [(1, 1), (37, 51)])
def test_any_size_comes_back_as_it_was(nafnet_file: Path, size: tuple[int, int]) -> None:
    result = ExternalRestorer(nafnet_file, device="cpu").restore(photo(*size))
    assert result.photo.pixels.shape == (*size, 3)
    assert np.isfinite(result.photo.pixels).all()


def test_restormer_is_read_through_the_extra_architectures(tmp_path: Path) -> None:
    network = Restormer(dim=8, num_blocks=[1, 1, 1, 1], num_refinement_blocks=1, heads=[1, 2, 4, 8])
    torch.save({"params": network.state_dict()}, tmp_path / "deraining.pth")
    other = ExternalRestorer(tmp_path / "deraining.pth", device="cpu")
    assert other.architecture == "Restormer"
    assert other.restore(photo(16, 24)).photo.pixels.shape == (16, 24, 3)


def test_it_stops_inside_the_network(nafnet_file: Path) -> None:
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
def test_too_little_memory_means_smaller_tiles(
    nafnet_file: Path, error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = ExternalRestorer(nafnet_file, device="cpu")
    forward = other._forward
    sides = []

    def small_machine(pixels: np.ndarray) -> np.ndarray:
        if max(pixels.shape[:2]) > 256:
            raise error
        sides.append(max(pixels.shape[:2]))
        return forward(pixels)

    monkeypatch.setattr(other, "_forward", small_machine)
    assert other.restore(photo(300, 280)).photo.pixels.shape == (300, 280, 3)
    assert set(sides) == {256}


def test_other_faults_of_torch_are_not_taken_for_want_of_memory(
    nafnet_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
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
def test_spandrels_advice_on_tiles_is_taken(
    nafnet_file: Path, tiling: ModelTiling, free: int, expected: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.inference.external.LARGEST_TILE", 150)
    monkeypatch.setattr("core.inference.external.free_memory", lambda: free)
    other = ExternalRestorer(nafnet_file, device="cpu")
    monkeypatch.setattr(other._model, "tiling", tiling)
    sides = []
    monkeypatch.setattr(other, "_forward", lambda pixels: (sides.append(max(pixels.shape)), pixels)[1])
    other.restore(photo(40, 700))
    assert sorted(set(sides)) == expected


def test_a_network_that_needs_the_whole_photo_says_so_when_memory_is_out(
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
def test_what_is_no_model_is_refused_by_name(tmp_path: Path, content: bytes) -> None:
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


def test_without_spandrel_it_says_what_to_install(nafnet_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "spandrel", None)
    with pytest.raises(CheckpointError, match=r"dfpir-studio\[spandrel\]"):
        ExternalRestorer(nafnet_file, device="cpu")
