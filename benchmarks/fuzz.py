"""Coverage-guided fuzzing of what reads strangers' files: ``python -m benchmarks.fuzz photo --runs 100000``.

Needs ``pip install '.[fuzz]'`` (atheris; on Linux). Begins with the sound files of ``tests/hostile`` and with whatever
an earlier run with the same ``--corpus`` found to reach new code. Anything but a result or an error of ours is a crash:
the fuzzer stops, prints it, and leaves the input in the folder of the corpus; ``--seconds`` ends it earlier. The last
lines tell the number of runs and the code reached. ``TMPDIR=/dev/shm`` spares the disk and is several times as fast.
Model files are changed inside their containers as well, see :mod:`benchmarks.mutations`.
"""

import argparse
import importlib
import pkgutil
import tempfile
import warnings
from pathlib import Path

import atheris
import torch  # before the watching begins: there is too much of it

from benchmarks.mutations import changed

READERS = ["core.photo", "core.checkpoints", "core.model_files", "core.prompts.bank", "core.models.config"]

with atheris.instrument_imports(include=READERS):
    # The rooms are imported when first asked for; what is imported later is not watched.
    for room in READERS:
        imported = importlib.import_module(room)
        for module in pkgutil.iter_modules(getattr(imported, "__path__", ())):
            importlib.import_module(f"{room}.{module.name}")
    from core import DFPIRError, Photo, load_checkpoint
    from core.checkpoints import native

SLOW_S = 120  # an input that takes longer is a finding too; in wall time, on machines busy with other things
MEMORY_MB = 4096
LONGEST = 2**16  # bytes of an input


def photo(path: Path) -> None:
    """Open the file as a photo, and save what opens."""
    try:
        opened = Photo.open(path)
        if opened.width * opened.height < 10**5:
            opened.save(path.with_name("saved.png"), overwrite=True)
    except DFPIRError as error:
        assert path.name in str(error), f"an error that does not name the file: {error}"


def model(path: Path) -> None:
    """Load the file as a checkpoint, and build what loads."""
    try:
        load_checkpoint(path).build()
    except DFPIRError as error:
        assert path.name in str(error), f"an error that does not name the file: {error}"


def photo_seeds() -> dict[str, bytes]:
    """Sound pictures of every kind."""
    from tests.hostile.conftest import seeds

    return seeds()


def model_seeds() -> dict[str, bytes]:
    """The native format and pickled files, new and old, with hardly any weights.

    They are refused in the end: even the smallest network would be ten times as long as an input may be.
    """
    import safetensors.torch

    from tests.hostile.models import pickled, seeds

    whole = seeds()["tiny.safetensors"]
    weights, few = safetensors.torch.load(whole), {"module.patch_embed.proj.weight": torch.zeros(3, 3, 3, 3)}
    kept = {name: weights[name] for name in ("prompt_bank.embeddings", "head.weight")}
    return {
        "few.safetensors": safetensors.torch.save(kept, native.read_metadata(whole, len(whole))),
        "few.pth.tar": pickled({"state_dict": few}),
        "few.pth": pickled(few, legacy=True),
    }


TARGETS = {"photo": (photo, photo_seeds), "model": (model, model_seeds)}


def main() -> None:
    """Fuzz one target until the runs are done, the time is over, or something breaks."""
    parser = argparse.ArgumentParser(description="Coverage-guided fuzzing of what reads strangers' files.")
    parser.add_argument("target", choices=TARGETS)
    parser.add_argument("--runs", type=int, default=100_000)
    parser.add_argument("--seconds", type=int, default=0, help="end after so long; 0 is never")
    parser.add_argument("--corpus", type=Path, help="folder that keeps what reaches new code; by default forgotten")
    options = parser.parse_args()
    one, seeds = TARGETS[options.target]
    scratch = Path(tempfile.mkdtemp(prefix="fuzz-"))
    corpus = options.corpus or scratch / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    for name, data in seeds().items():
        (corpus / name).write_bytes(data)
    warnings.simplefilter("ignore")  # PyTorch warns of unusual pickles

    def try_input(data: bytes) -> None:
        path = scratch / "input.bin"
        path.write_bytes(data)
        one(path)

    limits = {"runs": options.runs, "max_total_time": options.seconds, "max_len": LONGEST}
    limits |= {"timeout": SLOW_S, "rss_limit_mb": MEMORY_MB, "print_final_stats": 1}
    flags = [f"-{name}={value}" for name, value in limits.items()]

    def inside(data: bytes, most: int, seed: int) -> bytes:
        return changed(data, most, seed, atheris.Mutate)

    mutator = {"custom_mutator": inside} if options.target == "model" else {}
    atheris.Setup(["fuzz", *flags, f"-artifact_prefix={corpus}/", str(corpus)], try_input, **mutator)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
