"""Coverage-guided fuzzing of the readers of untrusted files: ``python -m benchmarks.fuzz photo --runs 100000``.

Needs ``pip install '.[fuzz]'`` (atheris; on Linux). Starts with the valid files of ``tests/hostile`` and the corpus of
earlier runs with the same ``--corpus``. Anything but a result or a DFPIRError is a crash: the fuzzer stops, prints it,
and leaves the input in the folder of the corpus; ``--seconds`` ends it earlier. The last lines give the number of runs
and the coverage. ``TMPDIR=/dev/shm`` avoids the disk and is several times faster. Model files are also mutated inside
their containers, see :mod:`benchmarks.mutations`.
"""

import argparse
import csv
import html.parser
import importlib
import io
import json
import os
import pkgutil
import shutil
import tempfile
import warnings
from pathlib import Path

import atheris
import torch  # imported before the instrumentation, as it is too large

from benchmarks.mutations import mutated

READERS = [
    *(
        "core.photo",
        "core.checkpoints",
        "core.checkpoints.validation",
        "core.io.torch_files",
        "core.prompts.bank",
        "core.models.config",
    ),
    *("core.detection.files", "core.recipes", "core.photo.output_paths"),
    *("core.masks.files", "core.masks.pictures", "core.masks.shapes"),
    *(f"core.batch.{name}" for name in ("journal", "layout", "report", "settings")),
]

with atheris.instrument_imports(include=READERS):
    # Packages import their modules lazily; later imports are not instrumented.
    for package in READERS:
        imported = importlib.import_module(package)
        for module in pkgutil.iter_modules(getattr(imported, "__path__", ())):
            importlib.import_module(f"{package}.{module.name}")
    from core import DFPIRError, Photo, load_checkpoint
    from core.batch.journal import FILE, Journal
    from core.batch.layout import Layout
    from core.batch.progress import Summary
    from core.batch.report import Report, write_report
    from core.batch.rows import Row, State
    from core.checkpoints import native
    from core.detection.files import built_in_detector, load_detector
    from core.io.torch_files import StoredTensor, TorchFile
    from core.messages import message, verbatim
    from core.recipes import read_recipe

SLOW_S = 120  # wall time after which an input counts as a finding
MEMORY_MB = 4096
MAX_INPUT = 2**16  # bytes of an input


def photo(path: Path) -> None:
    """Open the file as a photo, and save it."""
    try:
        opened = Photo.open(path)
        if opened.width * opened.height < 10**5:
            opened.save(path.with_name("saved.png"), overwrite=True)
    except DFPIRError as error:
        assert path.name in str(error), f"an error that does not name the file: {error}"


def model(path: Path) -> None:
    """Load the file as a checkpoint, and build the network."""
    try:
        load_checkpoint(path).build()
    except DFPIRError as error:
        assert path.name in str(error), f"an error that does not name the file: {error}"


def detector(path: Path) -> None:
    """Load the file as a detector, and build the network."""
    try:
        load_detector(path).build()
    except DFPIRError as error:
        assert path.name in str(error), f"an error that does not name the file: {error}"


def pickle(path: Path) -> None:
    """Read a pickle; its content must be plain values, and its tensors within the file."""
    size = path.stat().st_size
    try:
        with path.open("rb") as file:
            read = TorchFile(file)
            waiting = [read.content]
            while waiting:
                value = waiting.pop()
                assert isinstance(value, StoredTensor | tuple | list | dict | str | int | float | None), type(value)
                assert not isinstance(value, StoredTensor) or value.storage.size <= size
                waiting.extend(value.values() if isinstance(value, dict) else value if type(value) is list else ())
            read.read_all()
    except DFPIRError:
        pass


def recipe(path: Path) -> None:
    """Read the file as a recipe, write it and read it again."""
    try:
        one = read_recipe(path)
    except DFPIRError as error:
        assert path.name in str(error), f"an error that does not name the file: {error}"
        return
    path.write_text(one.to_json(), encoding="utf-8")
    assert read_recipe(path) == one


def journal(path: Path) -> None:
    """Open the file as the journal of a batch, and read all entries."""
    folder = path.with_name("target")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    shutil.copy(path, folder / FILE)
    try:
        with Journal(folder) as opened:
            rows = list(opened.rows())
            opened.counts()
            opened.put(rows)
    except DFPIRError as error:
        assert str(folder) in str(error), f"an error that does not name the file: {error}"


def report(path: Path) -> None:
    """Use the text in every field of a report; it must not become a formula in CSV or markup in HTML."""
    text = path.read_bytes().decode("utf-8", "surrogateescape").replace("\0", "")
    row = Row(text, output=text, state=State.FAILED, device=text, error=verbatim(text), model=text)
    made = Report(Path("a"), Path("b"), Summary(1), [row], {})
    table, page = path.with_name("report.csv"), path.with_name("report.html")
    write_report(made, table)
    cells = [cell for line in csv.reader(io.StringIO(table.read_bytes().decode("utf-8"))) for cell in line]
    assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in cells), "a formula"
    write_report(made, page)
    seen = _Tags()
    seen.feed(page.read_bytes().decode("utf-8"))
    assert seen.tags <= _TAGS, f"tags that are not the page's: {seen.tags - _TAGS}"


def name(path: Path) -> None:
    """Use the text as the path of a photo and as a template; the result's path must stay inside the target."""
    photo, _, template = path.read_bytes().decode("utf-8", "surrogateescape").partition("\n")
    parts = [part for part in photo.split("/") if part not in ("", ".", "..")]
    if not parts or "\0" in photo:
        return
    try:
        layout = Layout(path.parent, path.parent / "inside", name=template or "{folder}/{name}")
        output = layout.output("/".join(parts))
    except DFPIRError:
        return
    target = os.path.normpath(path.parent / "inside")
    assert os.path.normpath(os.path.join(target, output)).startswith(target), output  # noqa: PTH118


class _Tags(html.parser.HTMLParser):
    """Collects the names of tags and of event handler attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags |= {tag, *(name for name, _ in attributes if name.startswith("on"))}


_TAGS = {
    *("html", "meta", "title", "style", "h1", "h2", "dl", "dt", "dd", "p"),
    *("table", "thead", "tbody", "tr", "th", "td", "img", "span", "br"),
}


def photo_seeds() -> dict[str, bytes]:
    """Valid pictures of every format."""
    from tests.hostile.conftest import seeds

    return seeds()


def model_seeds() -> dict[str, bytes]:
    """Native and pickled files, new and old, with few weights.

    They are finally rejected: even the smallest network would be ten times the maximum length of an input.
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


def detector_seeds() -> dict[str, bytes]:
    """The header of the bundled detector with few weights; it is finally rejected, as above."""
    import safetensors.torch

    whole = built_in_detector().read_bytes()
    weights = safetensors.torch.load(whole)
    kept = {name: weights[name] for name in sorted(weights)[:2]}
    header = json.loads(whole[8 : 8 + int.from_bytes(whole[:8], "little")])
    return {"few.safetensors": safetensors.torch.save(kept, header["__metadata__"])}


def pickle_seeds() -> dict[str, bytes]:
    """Legacy PyTorch files, which are concatenated pickles, and plain pickles of every protocol."""
    import pickle

    from tests.hostile.models import exponential_list, nested_key, pickled

    values = {"a": [1, 2.5, None, True, "x", (1, 2, 3, 4)], "b": {"c": {}, 5: -(2**40)}}
    state = {"state_dict": {"w": torch.zeros(2, 3), "v": torch.zeros(3).half()}, "epoch": 3}
    return {
        "older.pth": pickled(state, legacy=True),
        "exponential.pkl": exponential_list(),
        "nested.pkl": nested_key(9),
        **{f"protocol-{number}.pkl": pickle.dumps(values, protocol=number) for number in range(2, 6)},
    }


def recipe_seeds() -> dict[str, bytes]:
    """A recipe without masks, and one with every kind of component."""
    import numpy as np

    from core.masks import Brush, Component, LinearGradient, LuminanceRange, Mask, Mode, RadialGradient, Sky, Stroke
    from core.masks.files import mask_to_dict
    from core.masks.pictures import encode_picture
    from tests.hostile.test_recipes import SOUND

    strokes = (Stroke(((0.2, 0.3), (0.4, 0.5)), 0.1), Stroke(((0.3, 0.3),), 0.05, erase=True))
    shapes = (
        Brush(strokes),
        LinearGradient((0.5, 0.1), (0.5, 0.6)),
        RadialGradient((0.5, 0.5), (0.2, 0.1)),
        LuminanceRange(),
        Sky(),
        encode_picture(np.eye(8, dtype=np.float32)),
    )
    mask = mask_to_dict(Mask(tuple(Component(shape, Mode.INTERSECT) for shape in shapes), feather=0.01))
    steps = [{"degradation": "haze", "strength": 0.5, "mask": mask}]
    masked = SOUND | {"recipe": 3, "quality_mode": "standard", "steps": steps}
    return {"good.recipe.json": json.dumps(SOUND).encode(), "masked.recipe.json": json.dumps(masked).encode()}


def journal_seeds() -> dict[str, bytes]:
    """A journal with two rows."""
    with tempfile.TemporaryDirectory() as folder:
        with Journal(Path(folder)) as made:
            rows = [
                Row("a.jpg", size=5, state=State.RESTORED, output="a.jpg"),
                Row("b/c.png", error=message("{file} is empty.", file="c.png")),
            ]
            made.put(rows)
        return {"journal.sqlite": (Path(folder) / FILE).read_bytes()}


def report_seeds() -> dict[str, bytes]:
    """Texts that spreadsheets and browsers might interpret."""
    texts = ("=1+1", "@SUM(A1)", "\t=x", "<script>alert(1)</script>", '"><img src=x onerror=y>', "a\x1b[31mb", "\udcff")
    return {f"{number}.txt": text.encode("utf-8", "surrogateescape") for number, text in enumerate(texts)}


def name_seeds() -> dict[str, bytes]:
    """Paths with templates."""
    texts = (
        "a/b/c.jpg\n{folder}/{name}",
        "x.tif\n{parent}-{name}.{ext}",
        "..a/b..\n{name}/../x",
        "CON.jpg\naux/{name}",
    )
    return {f"{number}.txt": text.encode() for number, text in enumerate(texts)}


TARGETS = {
    "photo": (photo, photo_seeds),
    "model": (model, model_seeds),
    "detector": (detector, detector_seeds),
    "pickle": (pickle, pickle_seeds),
    "recipe": (recipe, recipe_seeds),
    "journal": (journal, journal_seeds),
    "report": (report, report_seeds),
    "name": (name, name_seeds),
}


def main() -> None:
    """Fuzz one target until the runs are done, the time is over, or a finding."""
    parser = argparse.ArgumentParser(description="Coverage-guided fuzzing of the readers of untrusted files.")
    parser.add_argument("target", choices=TARGETS)
    parser.add_argument("--runs", type=int, default=100_000)
    parser.add_argument("--seconds", type=int, default=0, help="time limit; 0 for none")
    parser.add_argument("--corpus", type=Path, help="folder of the corpus (default: a temporary one)")
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

    limits = {"runs": options.runs, "max_total_time": options.seconds, "max_len": MAX_INPUT}
    limits |= {"timeout": SLOW_S, "rss_limit_mb": MEMORY_MB, "print_final_stats": 1}
    flags = [f"-{name}={value}" for name, value in limits.items()]

    def inside(data: bytes, most: int, seed: int) -> bytes:
        return mutated(data, most, seed, atheris.Mutate)

    mutator = {"custom_mutator": inside} if options.target in ("model", "detector") else {}
    atheris.Setup(["fuzz", *flags, f"-artifact_prefix={corpus}/", str(corpus)], try_input, **mutator)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
