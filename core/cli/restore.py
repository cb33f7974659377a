"""``dfpir restore``: photos in, restored photos out."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.cli.options import (
    AUTO,
    PREVIEW,
    add_degradation,
    add_device,
    add_engine,
    add_model,
    add_strength,
    memory_limit,
    text_encoder,
)
from core.cli.output import complain, explained, printable, progress_bar, say, say_json
from core.degradations import DEGRADATIONS, KEYS
from core.errors import DFPIRError, PhotoError, RecipeError, RestorationError
from core.messages import Message
from core.photo.output_paths import ResultNames, restored_path
from core.recipes import Recipe, read_recipe, write_recipe

if TYPE_CHECKING:
    from core.detection import Detector
    from core.inference import RestorationResult, Restorer, Step
    from core.photo import Photo

_LOSSY = ("jpeg", "webp", "avif")


def add_parser(commands: Any) -> None:
    """Add the command to ``dfpir``'s parser (an action made by ``ArgumentParser.add_subparsers``)."""
    parser = commands.add_parser(
        "restore",
        help="restore photos",
        description="Restore photos. Results go beside their sources as NAME-restored, unless told otherwise; "
        "nothing is overwritten. Unless told what to remove, the detector decides; a photo that looks clean is left "
        "as it is.",
        epilog="Degradations: " + "; ".join(f"{entry.key}: {entry.label}" for entry in DEGRADATIONS) + ". "
        "Exit codes: 0 all photos are done, also those whose recipe could not be written, which is told; 1 some photos "
        "failed; 2 nothing was tried; 130 interrupted.",
    )
    parser.add_argument("photos", nargs="+", type=Path, metavar="PHOTO", help="JPEG, PNG, TIFF, WebP, BMP or AVIF file")
    where = parser.add_mutually_exclusive_group()
    where.add_argument(
        "-o", "--output", type=Path, metavar="FILE", help="result of a single photo; the suffix decides the format"
    )
    where.add_argument(
        "--output-dir",
        type=Path,
        metavar="DIR",
        help="folder for the results; they keep their names, and of several that are called alike all but the first "
        "get a number",
    )
    what = parser.add_mutually_exclusive_group()
    add_degradation(what, "what is found, in order")
    what.add_argument(
        "--steps",
        metavar="KIND,...",
        help="comma-separated steps, each with an optional strength: haze,noise25:0.5",
    )
    what.add_argument(
        "--recipe",
        type=Path,
        metavar="FILE",
        help="the steps, and unless told otherwise precision and quality mode, of a recipe that was written beside a "
        "result",
    )
    add_strength(parser)
    add_model(parser)
    add_device(parser)
    add_engine(parser)
    parser.add_argument(
        "--quality", type=_quality, metavar="Q", help="1 to 100 for JPEG, WebP and AVIF (default 95); others ignore it"
    )
    parser.add_argument("--preview", action="store_true", help=PREVIEW)
    parser.add_argument("--overwrite", action="store_true", help="replace existing results, even the photo itself")
    parser.add_argument(
        "--write-recipe",
        action="store_true",
        help="write what was done beside each result, as RESULT.recipe.json",
    )
    parser.add_argument("--json", action="store_true", help="one JSON object per photo on standard output")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Restore all photos with one model; one that fails does not stop the rest. Returns the exit code.

    Raises:
        DFPIRError: nothing can be tried: bad steps, no such model or device.
    """
    if options.output and len(options.photos) > 1:
        raise RestorationError("-o names one file, but several photos were given. Use --output-dir DIR.")
    from core.detection import Detector
    from core.inference import Restorer, parse_steps

    recipe = read_recipe(options.recipe) if options.recipe else None
    asked = recipe.steps if recipe else options.steps or options.degradation
    steps = None if asked == AUTO else parse_steps(asked, options.strength)
    detector = Detector() if steps is None else None
    restorer = Restorer(
        options.model,
        device=options.device,
        precision=recipe.precision if recipe and options.precision == AUTO else options.precision,
        tile=options.tile,
        memory_limit=memory_limit(options),
        text_encoder=text_encoder(options),
        quality_mode=options.quality_mode or (recipe.quality_mode if recipe else "standard"),
        threads=options.threads,
    )
    _check_prompts(restorer, steps)
    if recipe and recipe.model_sha256 != restorer.model_sha256:
        complain(f"{options.recipe.name} is of another model, {recipe.model!r}: the result will differ.")
    names = ResultNames(options.photos)
    failed = sum(not _photo(source, restorer, detector, steps, names, options) for source in options.photos)
    return 1 if failed else 0


def _check_prompts(restorer: "Restorer", steps: "tuple[Step, ...] | None") -> None:
    """Find out before the first photo whether the prompts can be had that the checkpoint does not carry."""
    if steps is not None:
        restorer.prepare_prompts(step.degradation for step in steps if step.strength > 0)
    elif not restorer.degradations:
        restorer.prepare_prompts(KEYS)


def _photo(
    source: Path,
    restorer: "Restorer",
    detector: "Detector | None",
    steps: "tuple[Step, ...] | None",
    names: ResultNames,
    options: argparse.Namespace,
) -> bool:
    """Restore one photo and tell of it; returns whether that went well."""
    record: dict[str, Any] = {
        "source": str(source),
        "output": None,
        "steps": _told(steps or ()),
        "strength": options.strength,
        "model": restorer.model_name,
        "device": restorer.device,
        "precision": restorer.precision,
        "quality_mode": restorer.quality_mode,
        "path": None,
        "seconds": None,
        "detection": None,
        "notes": [],
        "recipe": None,
        "error": None,
    }
    try:
        photo, output = _opened(source, names, options, record)
        wanted = _detected(detector, photo, options.strength, record) if detector else steps
        if wanted:
            outcome = _restored(restorer, photo, wanted, output, options, record)
        else:
            outcome = _left(photo, output, options, record)
        names.written(output)
        record["output"] = str(output)
    except (DFPIRError, RuntimeError, MemoryError, OSError, ValueError, ArithmeticError, LookupError) as error:
        record["error"] = _reason(error, source)
        complain(record["error"])
    else:
        if not options.json:
            say(f"{output}  ({outcome})")
    if options.json:
        say_json(record)
    return record["error"] is None


def _reason(error: Exception, source: Path) -> str:
    """Why a photo failed. What nobody foresaw, such as a fault inside torch, is told with its kind."""
    if isinstance(error, DFPIRError):
        return explained(error)
    if isinstance(error, MemoryError):
        return f"There is not enough memory for {source}. Close other programs, or make it smaller."
    text = next(iter(str(error).splitlines()), "")
    return f"{source} could not be restored: {text} ({type(error).__name__})."


def _told(steps: "tuple[Step, ...]") -> list[dict[str, Any]]:
    return [{"degradation": step.degradation, "strength": step.strength} for step in steps]


def _opened(
    source: Path, names: ResultNames, options: argparse.Namespace, record: dict[str, Any]
) -> "tuple[Photo, Path]":
    """The photo, and where its result goes. What would fail at the end is found out before the long work begins."""
    from core.io.output_files import check_target, make_folder
    from core.photo import FORMATS, Photo
    from core.photo.formats import format_for

    photo = Photo.open(source)
    if options.output_dir:
        make_folder(options.output_dir)
    wanted = options.output or restored_path(source, options.output_dir, photo.format)
    output = options.output or names.free(wanted, source)
    notes: list[str] = list(photo.notes)
    if not options.output and photo.format in FORMATS and output.suffix.lower() != source.suffix.lower():
        notes.append(f"It is a {FORMATS[photo.format].label} file, and the result is called {output.name}.")
    elif output != wanted:
        notes.append(f"Another photo is called like this; the result is called {output.name}.")
    for note in notes:
        complain(f"{source}: {note}")
    record["notes"] = notes
    try:
        format_for(output.suffix, None)
    except PhotoError as error:
        raise PhotoError(f"{output} cannot be written. {error}") from error
    check_target(output, options.overwrite)
    return photo, output


def _detected(detector: "Detector", photo: "Photo", strength: float, record: dict[str, Any]) -> "tuple[Step, ...]":
    """The steps that ``photo`` needs, none if it looks clean; the verdict goes into ``record``."""
    from core.inference import Step

    detection = detector.detect(photo)
    steps = tuple(Step(key, strength) for key in detection.steps())
    record |= {"detection": detection.record(), "steps": _told(steps)}
    return steps


def _left(photo: "Photo", output: Path, options: argparse.Namespace, record: dict[str, Any]) -> str:
    """Copy a clean photo."""
    from core.photo.writing import copy_unchanged

    lost: list[Message] = []
    quality = _quality_for(output, options)
    copy_unchanged(photo, output, overwrite=options.overwrite, quality=quality, preview=options.preview, notes=lost)
    _note(output, lost, record)
    return f"{record['detection']['label']}: left as it is"


def _restored(
    restorer: "Restorer",
    photo: "Photo",
    steps: "tuple[Step, ...]",
    output: Path,
    options: argparse.Namespace,
    record: dict[str, Any],
) -> str:
    shape = "{desc} {percentage:3.0f}% |{bar}| {elapsed}<{remaining}"
    name = printable(photo.source.name) if photo.source else ""
    with progress_bar(desc=name, total=1.0, bar_format=shape) as bar:
        result = restorer.restore(photo, steps, progress=lambda fraction: bar.update(fraction - bar.n))
    lost: list[Message] = []
    quality = _quality_for(output, options)
    result.photo.save(output, overwrite=options.overwrite, quality=quality, preview=options.preview, notes=lost)
    _note(output, lost, record)
    record |= {"precision": result.precision, "path": result.path, "seconds": round(result.seconds, 3)}
    if options.write_recipe:
        _write_recipe(Recipe.of(result, restorer.model_sha256), output, options, record)
    return _described(result, record)


def _note(file: Path, notes: list[Message], record: dict[str, Any]) -> None:
    record["notes"] += notes
    for note in notes:
        complain(f"{file}: {note}")


def _write_recipe(recipe: Recipe, output: Path, options: argparse.Namespace, record: dict[str, Any]) -> None:
    """Write the recipe; the photo is there, and done, even if that fails."""
    try:
        record["recipe"] = str(write_recipe(recipe, output, overwrite=options.overwrite))
    except RecipeError as error:
        note = f"The photo was written, but not its recipe: {error}"
        record["notes"].append(note)
        complain(f"{output}: {note}")


def _quality_for(output: Path, options: argparse.Namespace) -> int | None:
    """``--quality`` where the format has one."""
    from core.photo.formats import format_for

    return options.quality if format_for(output.suffix, None).key in _LOSSY else None


def _quality(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 100:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1 to 100")
    return int(text)


def _described(result: "RestorationResult", record: dict[str, Any]) -> str:
    found = f"{record['detection']['label']}; " if record["detection"] else ""
    route = "exact bands" if result.path == "bands" else "tiles"
    best = ", best quality" if result.quality_mode == "best" else ""
    return f"{found}{result.seconds:.1f} s, {route}, {result.device}, {result.precision}{best}"
