"""The checks of :mod:`gpu`: each says what it finds, and raises :class:`CheckFailed` if the engine does not keep it."""

import contextlib
import gc
import importlib.util
import itertools
import json
import multiprocessing
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest import mock

import numpy as np
import torch

from core.checkpoints import Checkpoint, load_checkpoint
from core.checkpoints.builtin import DEFAULT_MODEL, find_model
from core.degradations import KEYS
from core.errors import Cancelled
from core.evaluation import golden
from core.inference import Restorer
from core.inference.streaming import CompiledDFPIR
from core.inference.streaming.compiled import BAND_POSITIONS, GPU_BAND_POSITIONS
from core.models import DFPIR, DFPIRConfig
from core.photo import Photo
from core.progress import CancelToken
from core.prompts import random_codes
from core.system.devices import PRECISIONS, exact_convolutions
from core.system.memory import out_of_memory

ROOT = Path(__file__).resolve().parents[1]

PIECES = "golden.npz"
"""File of the inputs with pieces of the sample photos."""

TINY = DFPIRConfig(dim=8, blocks=(1, 1, 1, 1), refinement_blocks=1, heads=(1, 1, 2, 2), expansion=1.5, stem=2)
"""Replaces both networks with ``--small``."""

SIZES = {"256": (256, 256), "512": (512, 512), "1MP": (1024, 1024), "6MP": (2000, 3000), "24MP": (4000, 6000)}
SMALL_SIZES = {"tiny": (40, 56)}

AGREES = {"float32": 1e-3, "bfloat16": 0.6, "float16": 0.1}
"""Tolerance by precision: root mean square difference from float64, relative to that of the network's residual.

Twice the value on the CPU: with random weights, rounding changes the entries that CAAPM's masks keep. The golden
results check the precisions on photos.
"""


class CheckFailed(Exception):
    """A check failed; the message gives the reason."""


@dataclass
class Context:
    """Settings of all checks.

    Attributes:
        device: device of the network.
        small: use tiny networks and sizes.
        inputs: folders with the files of ``pack``; may be empty.
        out: folder of returned files.
        keep: folder of the parts of the state, of which as many as possible are returned.
        deadline: on the clock of ``time.monotonic``.
        reserve: seconds reserved for the training.
        compile: measure and use torch.compile.
    """

    device: torch.device
    small: bool
    inputs: list[Path]
    out: Path
    keep: Path
    deadline: float
    reserve: float
    compile: bool

    @property
    def left(self) -> float:
        """Remaining seconds."""
        return self.deadline - time.monotonic()

    @property
    def name(self) -> str:
        """Name of the device for Restorer."""
        return str(self.device)

    @property
    def cuda(self) -> bool:
        """Whether it is a CUDA device."""
        return self.device.type == "cuda"

    @property
    def band(self) -> int:
        """Positions of a band, as in Restorer."""
        return GPU_BAND_POSITIONS if self.cuda else BAND_POSITIONS

    def wait(self) -> None:
        """Wait until the device has finished."""
        if self.cuda:
            torch.cuda.synchronize(self.device)

    def checkpoint(self) -> Checkpoint:
        """The bundled model, or a tiny one."""
        if not self.small:
            return load_checkpoint(find_model(DEFAULT_MODEL))
        torch.manual_seed(3)
        return Checkpoint.from_model(DFPIR(TINY), random_codes(KEYS, seed=1, width=TINY.prompt_dim), {"name": "tiny"})

    def networks(self) -> Iterator[tuple[str, DFPIR]]:
        """The compact and the published network, the latter with random weights; on the CPU."""
        yield "compact", self.checkpoint().build()
        torch.manual_seed(0)
        yield "published", DFPIR(TINY if self.small else None).eval().requires_grad_(False)

    def input(self, name: str) -> Path | None:
        """The file ``name`` of the inputs, joined from parts if needed; None if it does not exist."""
        from training.restoration.transport import join

        for folder in self.inputs:
            if (folder / name).exists():
                return folder / name
        if not any(list(folder.glob(f"{name}.*.part")) for folder in self.inputs):
            return None
        return join(self.inputs, name, Path(tempfile.gettempdir()) / f"dfpir-gpu-{os.getpid()}" / name)


Say = Callable[[str], None]


def photo(height: int, width: int, seed: int = 0) -> Photo:
    """Random pixels, (H, W, 3)."""
    return Photo.from_array(np.random.default_rng(seed).random((height, width, 3), np.float32))


def check_parity(context: Context, say: Say) -> None:
    """Plain network and engine on the device compared with float64 results of the published program."""
    conftest = _conftest()
    folder = ROOT / "tests" / "data" / "parity"
    for name in ["small"] if context.small else ["small", "published"]:
        shapes = json.loads((folder / f"state_dict_{name}.json").read_text())
        state = {f"module.{key}": torch.from_numpy(conftest.filled(key, shape)) for key, shape in shapes.items()}
        with tempfile.TemporaryDirectory() as temporary:
            torch.save({"epoch": 80, "state_dict": state}, Path(temporary) / "published.pth.tar")
            model = load_checkpoint(Path(temporary) / "published.pth.tar").build().to(context.device)
        with np.load(folder / f"parity_{name}.npz") as file:
            x, prompt, y = (file[key] for key in ("x", "prompt", "y"))
        added = np.sqrt(np.square(y - x).mean())
        with torch.inference_mode(), exact_convolutions(context.device, "float32"):
            plain = model(*(torch.from_numpy(array).float().to(context.device) for array in (x, prompt)))
        results = {"plain float32": plain.float().cpu().numpy()}
        for precision, dtype in PRECISIONS.items():
            compiled = CompiledDFPIR(model, dtype)
            with exact_convolutions(context.device, precision):  # type: ignore[arg-type]
                pictures = [
                    compiled.restore(
                        torch.from_numpy(image).float().permute(1, 2, 0).contiguous(),
                        torch.from_numpy(code).float(),
                        band=context.band,
                    )
                    for image, code in zip(x, prompt, strict=True)
                ]
            results[f"engine {precision}"] = torch.stack(pictures).permute(0, 3, 1, 2).numpy()
        apart = {way: float(np.sqrt(np.square(made - y).mean()) / added) for way, made in results.items()}
        say(f"{name}: " + ", ".join(f"{way} {value:.1e}" for way, value in apart.items()) + " of what is added")
        for way, value in apart.items():
            if not value <= AGREES[way.split()[1]]:
                raise CheckFailed(f"{name}, {way}: {value:.1e} off")


def check_golden(context: Context, say: Say) -> None:
    """Restored sample photos compared with the golden results, in three precisions."""
    if context.small:
        say("skipped: there are none for tiny networks")
        return
    file = context.input(PIECES)
    if file is None:
        pieces = {key: golden.centre_crop(path).pixels for key, path in golden.samples().items()}
    else:
        with np.load(file) as stored:
            pieces = dict(stored)
    for precision in PRECISIONS:
        restorer = Restorer(device=context.name, precision=precision)
        for key, pixels in pieces.items():
            result = restorer.restore(Photo.from_array(pixels), key)
            apart = golden.compare(result.photo.pixels, key)
            say(f"{precision} {key}: mean {apart.mean:.5f}, largest {apart.largest:.4f}")
            if result.precision != precision or not apart.within(precision):
                raise CheckFailed(f"{precision} {key}: {apart}, computed in {result.precision}")


def check_engine(context: Context, say: Say) -> None:
    """The engine compared with the plain network on the device, for sizes that are not multiples."""
    height, width = (37, 50) if context.small else (517, 1031)
    for name, model in context.networks():
        model = model.to(context.device)
        pixels = torch.from_numpy(photo(height, width).pixels)
        code = torch.randn(model.config.prompt_dim, generator=torch.Generator().manual_seed(1))
        with exact_convolutions(context.device, "float32"):
            expected = plain(model, pixels, code, context.device)
            made = CompiledDFPIR(model).restore(pixels, code, band=context.band // 8)
        apart = float((made - expected).square().mean().sqrt() / (expected - pixels).square().mean().sqrt())
        say(f"{name} {height}x{width}: {apart:.1e} of what is added")
        if not apart <= AGREES["float32"]:
            raise CheckFailed(f"{name}: {apart:.1e} off")


def check_memory_step_down(context: Context, say: Say) -> None:
    """Out of memory, the engine uses smaller bands or tiles, and afterwards works as before."""
    restorer = Restorer(context.checkpoint(), device=context.name, precision="float32")
    source = photo(700, 300) if context.small else photo(4000, 6000)
    whole = restorer.restore(source, "noise25")
    with _little_memory(context, (600 << 20) if context.cuda else (3 << 19)):
        less = restorer.restore(source, "noise25")
    again = restorer.restore(source, "noise25")
    psnr = -10 * np.log10(max(float(np.square(less.photo.pixels - whole.photo.pixels).mean()), 1e-12))
    say(f"{whole.path} {whole.seconds:.2f} s; with little memory {less.path} {less.seconds:.2f} s, {psnr:.1f} dB apart")
    if (whole.path, less.path, again.path) != ("bands", "tiled", "bands"):
        raise CheckFailed(f"paths are {whole.path}, {less.path}, {again.path}")
    if psnr < 35:
        raise CheckFailed(f"tiles are {psnr:.1f} dB from the whole frame")


def check_cancel(context: Context, say: Say) -> None:
    """A restoration stops within a band, and the restorer can be used again."""
    restorer = Restorer(context.checkpoint(), device=context.name)
    source = photo(100, 120) if context.small else photo(4000, 6000)
    seen: list[tuple[float, float]] = []
    restorer.restore(source, "noise25", progress=lambda done: seen.append((done, time.perf_counter())))
    longest = max(after - before for (_, before), (_, after) in itertools.pairwise(seen))
    token, asked = CancelToken(), 0.0

    def progress(done: float) -> None:
        nonlocal asked
        if done > 0.3 and not token.cancelled:
            asked = time.perf_counter()
            token.cancel()

    try:
        restorer.restore(source, "noise25", progress=progress, cancel=token)
    except Cancelled:
        took = time.perf_counter() - asked
    else:
        raise CheckFailed("the restoration was not stopped")
    context.wait()
    drained = time.perf_counter() - asked
    restorer.restore(photo(64, 64), "noise25")
    half = next(at for done, at in seen if done >= 0.5)
    share = (half - seen[0][1]) / (seen[-1][1] - seen[0][1])
    say(f"stopped after {took:.3f} s, device idle after {drained:.3f} s; longest band {longest:.3f} s")
    say(f"progress is one half after {share:.0%} of the time")
    if drained > max(2 * longest, 0.5):
        raise CheckFailed(f"it took {drained:.2f} s to stop")


def check_memory_returned(context: Context, say: Say) -> None:
    """After a restoration only the weights use device memory; after deleting the restorer nothing does."""
    if not context.cuda:
        say("skipped: not a GPU")
        return
    # Libraries keep their workspaces; allocate them first.
    Restorer(context.checkpoint(), device=context.name).restore(photo(200, 300), "noise25")
    gc.collect()
    torch.cuda.empty_cache()
    before = torch.cuda.memory_allocated(context.device)
    restorer = Restorer(context.checkpoint(), device=context.name)
    loaded = torch.cuda.memory_allocated(context.device)
    torch.cuda.reset_peak_memory_stats(context.device)
    for _ in range(3):
        restorer.restore(photo(1000, 1500), "noise25")
    after = torch.cuda.memory_allocated(context.device)
    peak = torch.cuda.max_memory_allocated(context.device)
    del restorer
    gc.collect()
    torch.cuda.empty_cache()
    left = torch.cuda.memory_allocated(context.device)
    mib = [f"{value / 2**20:.1f}" for value in (before, loaded, peak, after, left)]
    say("MiB before {}, loaded {}, peak {}, after three photos {}, without the restorer {}".format(*mib))
    if after - loaded > 1 << 20 or left - before > 1 << 20:
        raise CheckFailed("memory is not released")


def check_two_workers(context: Context, say: Say) -> None:
    """Two processes with a restorer each on one device give the results of one."""
    count, side = (1, 48) if context.small else (6, 1024)
    spawn = multiprocessing.get_context("spawn")
    with spawn.Pool(2, _share, (spawn.Barrier(2),)) as pool:
        answers = pool.starmap(_work, [(context.name, context.small, count, side)] * 2, chunksize=1)
    checkpoint = context.checkpoint()
    alone, seconds = _restored(checkpoint, context.name, count, side)
    apart = max(float(np.abs(result - alone).max()) for result, _ in answers)
    together = max(took for _, took in answers)
    say(f"{count} photos each: {together:.2f} s, one alone {seconds:.2f} s; {apart:.1e} apart")
    if apart > 0.02:
        raise CheckFailed(f"results are {apart:.3f} apart")


def check_times(context: Context, say: Say) -> None:
    """Times of the engine, the plain network and torch.compile, without assertions."""
    sizes = SMALL_SIZES if context.small else SIZES
    enough = 0.0 if context.small else max(context.reserve, 60.0)
    for name, model in context.networks():
        model = model.to(context.device)
        code = torch.randn(model.config.prompt_dim, generator=torch.Generator().manual_seed(1))
        engines = {precision: CompiledDFPIR(model, dtype) for precision, dtype in PRECISIONS.items()}
        for size, (height, width) in sizes.items():
            pixels = torch.from_numpy(photo(height, width).pixels)
            ways: dict[str, Callable[[], torch.Tensor]] = {
                f"engine {precision}": partial(engine.restore, pixels, code, band=context.band)
                for precision, engine in engines.items()
            }
            ways["plain float32"] = partial(plain, model, pixels, code, context.device)
            ways["plain bfloat16"] = partial(plain, model, pixels, code, context.device, torch.bfloat16)
            for way, run in ways.items():
                if context.left < enough:
                    say(f"{name} {size}: no time left for {way}")
                    return
                measured = _measured(context, run, may_fail=way.startswith("plain"))
                say(f"{name:9} {size:>5} {way:17} {measured}")
        del model, engines, ways, run
        gc.collect()
        if context.cuda:
            torch.cuda.empty_cache()
    if not context.compile:
        return
    height, width = next(iter(SMALL_SIZES.values())) if context.small else SIZES["1MP"]
    for name, model in context.networks():
        if not context.small and context.left < enough + 120:
            say(f"{name}: no time left for torch.compile")
            return
        model = model.to(context.device)
        code = torch.randn(model.config.prompt_dim, generator=torch.Generator().manual_seed(1))
        pixels = torch.from_numpy(photo(height, width).pixels)
        compiled = torch.compile(model, dynamic=False)
        begun = time.monotonic()
        run = partial(plain, model, pixels, code, context.device, torch.bfloat16, compiled)
        run()
        first = time.monotonic() - begun
        say(f"{name:9} {height}x{width} compile bfloat16 {_measured(context, run)}, the first time {first:.0f} s")


CHECKS: dict[str, Callable[[Context, Say], None]] = {
    "parity": check_parity,
    "golden": check_golden,
    "engine": check_engine,
    "memory": check_memory_step_down,
    "cancel": check_cancel,
    "returned": check_memory_returned,
    "workers": check_two_workers,
    "times": check_times,
}


def plain(
    model: DFPIR,
    pixels: torch.Tensor,
    code: torch.Tensor,
    device: torch.device,
    dtype: torch.dtype = torch.float32,
    run: Callable[..., torch.Tensor] | None = None,
) -> torch.Tensor:
    """The plain pass of a picture (H, W, 3) of any size, optionally by ``run`` instead of the network; on the CPU."""
    height, width = pixels.shape[:2]
    below, right = -height % model.config.multiple, -width % model.config.multiple
    image = torch.nn.functional.pad(pixels.to(device).permute(2, 0, 1)[None], (0, right, 0, below), mode="reflect")
    with torch.inference_mode(), torch.autocast(device.type, dtype, enabled=dtype != torch.float32):
        made = (run or model)(image, code.to(device)[None])
    return made[0, :, :height, :width].permute(1, 2, 0).float().cpu()


def _measured(context: Context, run: Callable[[], torch.Tensor], *, may_fail: bool = False) -> str:
    # The best of up to three runs, after an untimed one, including the transfer of the result to the CPU. Kernels of
    # the plain pass may refuse maps of more than 2^31 values, as photos of 24 megapixels have: no fault of the engine.
    times: list[float] = []
    failure = ""
    try:
        if context.cuda:
            torch.cuda.reset_peak_memory_stats(context.device)
        for _ in range(4):
            begun = time.perf_counter()
            run()
            context.wait()
            times.append(time.perf_counter() - begun)
            if sum(times) > 20:
                break
    except (RuntimeError, MemoryError) as error:
        if not out_of_memory(error) and not may_fail:
            raise
        failure = "out of memory" if out_of_memory(error) else f"not possible: {str(error).partition(chr(10))[0]}"
    if failure:  # outside the handler, as the traceback references tensors
        if context.cuda:
            torch.cuda.empty_cache()
        return failure
    memory = f", {torch.cuda.max_memory_allocated(context.device) / 2**20:.0f} MiB" if context.cuda else ""
    return f"{min(times[1:] or times):8.4f} s{memory}"


@contextlib.contextmanager
def _little_memory(context: Context, size: int) -> Iterator[None]:
    """Make allocations beyond ``size`` more bytes fail; on the CPU, those of whole frames."""
    if context.cuda:
        gc.collect()
        torch.cuda.empty_cache()
        total = torch.cuda.get_device_properties(context.device).total_memory
        used = torch.cuda.memory_reserved(context.device)
        torch.cuda.set_per_process_memory_fraction(min((used + size) / total, 1.0), context.device)
        try:
            yield
        finally:
            torch.cuda.set_per_process_memory_fraction(1.0, context.device)
        return

    def check_free(wanted: int) -> None:
        if wanted > size:
            raise MemoryError(f"{wanted} bytes")

    with mock.patch("core.inference.streaming.compiled.check_free", check_free):
        yield


_together: Any = None


def _share(barrier: Any) -> None:
    global _together
    _together = barrier


def _work(device: str, small: bool, count: int, side: int) -> tuple[np.ndarray, float]:
    # In a separate process, concurrently with the other one.
    _together.wait(120)
    context = Context(torch.device(device), small, [], Path(), Path(), 0.0, 0.0, compile=False)
    return _restored(context.checkpoint(), device, count, side)


def _restored(checkpoint: Checkpoint, device: str, count: int, side: int) -> tuple[np.ndarray, float]:
    restorer = Restorer(checkpoint, device=device, precision="float32")
    restorer.restore(photo(side, side), "haze")
    begun = time.perf_counter()
    results = [restorer.restore(photo(side, side, seed), "haze").photo.pixels for seed in range(count)]
    return np.stack(results), time.perf_counter() - begun


def _conftest() -> ModuleType:
    """The module that generates the weights of the parity files."""
    spec = importlib.util.spec_from_file_location("parity", ROOT / "tests" / "unit" / "core" / "conftest.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["parity"] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module
