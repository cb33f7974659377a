"""``dfpir restore``: restores photos and saves the results."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.cli.masks import StepMask, add_mask, masks_from, steps_record, unused_masks, with_masks
from core.cli.options import (
    AUTO,
    PREVIEW_HELP,
    Commands,
    add_degradation,
    add_device,
    add_engine,
    add_model,
    add_output,
    add_recipe,
    add_strength,
    memory_limit,
    output_options,
    text_encoder,
)
from core.cli.output import error_text, print_json, print_line, printable, progress_bar, time_left, warn, with_file
from core.degradations import DEGRADATIONS, KEYS
from core.errors import DFPIRError, PhotoError, RecipeError, RestorationError
from core.geometry import UNCHANGED, Crop, Geometry, geometry_for_other
from core.messages import Message, message, with_advice_once
from core.photo.output_paths import ResultNames, restored_path
from core.presets import find_recipe, is_preset
from core.progress import RemainingTime
from core.recipes import Recipe, write_recipe
from core.steps import Step, parse_steps
from core.system.torch_import import import_torch, load_libraries_meanwhile

if TYPE_CHECKING:
    from core.detection import Detector
    from core.inference import RestorationResult, Restorer
    from core.photo import Photo

_LOSSY_FORMATS = ("jpeg", "webp", "avif")

Record = dict[str, Any]
"""What ``--json`` prints about a photo."""


def add_parser(commands: Commands) -> None:
    """Add the command to ``dfpir``'s parser."""
    parser = commands.add_parser(
        "restore",
        help="restore photos",
        description="Restore photos. By default, results are saved next to their sources as NAME-restored, nothing is "
        "overwritten, and the detector chooses the steps; a photo without problems is copied unchanged.",
        epilog="Degradations: " + "; ".join(f"{entry.key}: {entry.label}" for entry in DEGRADATIONS) + ". "
        "Exit codes: 0 all photos were restored, even if a recipe could not be written, which is reported; 1 some "
        "photos failed; 2 nothing was tried; 130 interrupted.",
    )
    parser.add_argument("photos", nargs="+", type=Path, metavar="PHOTO", help="JPEG, PNG, TIFF, WebP, BMP or AVIF file")
    target = parser.add_mutually_exclusive_group()
    target.add_argument(
        "-o", "--output", type=Path, metavar="FILE", help="result of a single photo; the suffix determines the format"
    )
    target.add_argument(
        "--output-dir",
        type=Path,
        metavar="DIR",
        help="folder for the results, which keep their names; if several have the same name, all but the first get a "
        "number",
    )
    steps = parser.add_mutually_exclusive_group()
    add_degradation(steps, "the detected ones, in order")
    steps.add_argument(
        "--steps",
        metavar="KIND,...",
        help="comma-separated steps, each with an optional strength: haze,noise25:0.5",
    )
    add_recipe(
        steps,
        "the steps of a recipe that was written next to a result, and its precision and quality mode unless these are "
        "given; or the steps and the quality mode of a preset",
    )
    add_strength(parser)
    parser.add_argument(
        "--rotate",
        type=int,
        choices=(0, 90, 180, 270),
        metavar="DEGREES",
        help="rotate the upright photo clockwise before it is restored: 0, 90, 180 or 270",
    )
    parser.add_argument(
        "--crop",
        type=_crop,
        metavar="X,Y,W,H",
        help="restore only this part of the rotated photo: left, top, width and height in pixels; --rotate and --crop "
        "replace those of a recipe",
    )
    add_mask(parser)
    add_model(parser)
    add_device(parser)
    add_engine(parser)
    parser.add_argument(
        "--quality", type=_quality, metavar="Q", help="1 to 100 for JPEG, WebP and AVIF (default 95); others ignore it"
    )
    parser.add_argument("--preview", action="store_true", help=PREVIEW_HELP)
    add_output(parser)
    parser.add_argument("--overwrite", action="store_true", help="replace existing files, even the photo itself")
    parser.add_argument(
        "--write-recipe", action="store_true", help="also save a recipe next to each result, as RESULT.recipe.json"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object per photo on standard output")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Restore all photos with one model; one that fails does not stop the rest. Returns the exit code.

    Raises:
        DFPIRError: nothing can be tried: invalid steps, no such model or device.
    """
    if options.output and len(options.photos) > 1:
        raise RestorationError("-o names one file, but several photos were given. Use --output-dir DIR.")
    load_libraries_meanwhile()
    import core.photo.photo  # noqa: F401 - on this thread, meanwhile

    import_torch()
    from core.detection import Detector
    from core.inference import Restorer

    recipe = find_recipe(options.recipe) if options.recipe else None
    options.output_options = output_options(options)
    requested = recipe.steps if recipe else options.steps or options.degradation
    steps = None if requested == AUTO else parse_steps(requested, options.strength)
    masks = masks_from(options)
    detector = Detector() if steps is None else None
    restorer = Restorer(
        options.model,
        device=options.device,
        precision=_precision(recipe, options),
        tile=options.tile,
        memory_limit=memory_limit(options),
        text_encoder=text_encoder(options),
        quality_mode=options.quality_mode or (recipe.quality_mode if recipe else "standard"),
        threads=options.threads,
    )
    _prepare_prompts(restorer, steps)
    options.geometry_size = None
    if options.rotate is not None or options.crop is not None:
        options.geometry = Geometry((options.rotate or 0) // 90, options.crop)
    else:
        options.geometry = recipe.geometry if recipe else UNCHANGED
        options.geometry_size = recipe.full_size if recipe else None
    if recipe and not is_preset(recipe) and recipe.model_sha256 != restorer.model_sha256:
        warn(f"{Path(options.recipe).name} is of another model, {recipe.model!r}: the result will differ.")
    names = ResultNames(options.photos)
    failed = sum(not _process(source, restorer, detector, steps, masks, names, options) for source in options.photos)
    return 1 if failed else 0


def _precision(recipe: Recipe | None, options: argparse.Namespace) -> str:
    """``--precision``, else that of the recipe; a preset has none."""
    from_recipe = recipe is not None and options.precision == AUTO and not is_preset(recipe)
    return recipe.precision if recipe is not None and from_recipe else str(options.precision)


def _prepare_prompts(restorer: "Restorer", steps: tuple[Step, ...] | None) -> None:
    """Compute the prompts that the checkpoint does not contain, so that a missing encoder is an error at the start."""
    if steps is not None:
        restorer.prepare_prompts(step.degradation for step in steps if step.strength > 0)
    elif not restorer.degradations:
        restorer.prepare_prompts(KEYS)


def _process(
    source: Path,
    restorer: "Restorer",
    detector: "Detector | None",
    steps: tuple[Step, ...] | None,
    masks: Sequence[StepMask],
    names: ResultNames,
    options: argparse.Namespace,
) -> bool:
    """Restore one photo and print the outcome; returns whether it succeeded."""
    record: Record = {
        "source": str(source),
        "output": None,
        "steps": steps_record(steps or ()),
        "masks": [{"kind": mask.target or None, "file": str(mask.file.path)} for mask in masks],
        "strength": options.strength,
        "model": restorer.model_name,
        "device": restorer.device,
        "precision": restorer.precision,
        "quality_mode": restorer.quality_mode,
        "path": None,
        "seconds": None,
        "detection": None,
        "quality": None,
        "notes": [],
        "recipe": None,
        "error": None,
    }
    try:
        photo, output = _open(source, names, options, record)
        needed = _detect(source, detector, restorer, photo, options.strength, record) if detector else steps
        _add_notes(source, unused_masks(needed or (), masks), record)
        if needed:
            needed = with_masks(needed, masks, photo)
            record["steps"] = steps_record(needed)
            outcome = _restore(restorer, photo, needed, output, options, record)
        else:
            outcome = _copy(photo, output, options, record)
        names.written(output)
        record["output"] = str(output)
    except (DFPIRError, RuntimeError, MemoryError, OSError, ValueError, ArithmeticError, LookupError) as error:
        record["error"] = _reason(error, source)
        warn(record["error"])
    else:
        if not options.json:
            print_line(f"{output}  ({outcome})")
    if options.json:
        print_json(record)
    return record["error"] is None


def _reason(error: Exception, source: Path) -> str:
    """Why a photo failed; for unexpected errors, such as one inside torch, with their type."""
    if isinstance(error, RestorationError):
        return with_file(error_text(error), str(source))
    if isinstance(error, DFPIRError):
        return error_text(error)
    if isinstance(error, MemoryError):
        return f"There is not enough memory for {source}. Close other programs, or reduce the photo."
    first_line = next(iter(str(error).splitlines()), "")
    return f"{source} could not be restored: {first_line} ({type(error).__name__})."


def _open(source: Path, names: ResultNames, options: argparse.Namespace, record: Record) -> "tuple[Photo, Path]":
    """The photo and the path of its result. Problems with saving are found before the long computation starts."""
    from core.io.output_files import check_target, make_folder
    from core.photo import FORMATS, Photo
    from core.photo.formats import format_for
    from core.photo.transform import transformed

    photo = Photo.open(source)
    geometry, left_out = options.geometry, None
    if options.geometry_size is not None:
        geometry, left_out = geometry_for_other(geometry, options.geometry_size, photo.width, photo.height)
    photo = transformed(photo, geometry)
    if options.output_dir:
        make_folder(options.output_dir)
    preferred = options.output or restored_path(source, options.output_dir, photo.format)
    output = options.output or names.free(preferred, source)
    notes: list[str] = [*photo.notes, *([] if left_out is None else [left_out])]
    if not options.output and photo.format in FORMATS and output.suffix.lower() != source.suffix.lower():
        notes.append(f"It is a {FORMATS[photo.format].label} file, and the result is called {output.name}.")
    elif output != preferred:
        notes.append(f"Another photo has this name; the result is called {output.name}.")
    _add_notes(source, notes, record)
    try:
        format_for(output.suffix, None)
    except PhotoError as error:
        raise PhotoError(
            message("{file} cannot be written. {reason}", file=str(output), reason=error.message)
        ) from error
    check_target(output, options.overwrite)
    return photo, output


def _detect(
    source: Path, detector: "Detector", restorer: "Restorer", photo: "Photo", strength: float, record: Record
) -> tuple[Step, ...]:
    """The steps proposed for ``photo``, with at most this strength; the detection is recorded."""
    from core.quality import propose_strengths, strength_note

    detection = propose_strengths(detector.detect(photo), photo, restorer)
    if detection.unsure:
        hint = "The detector is not sure what is wrong with the photo. Name it with -d KIND, for example -d haze."
        _add_notes(source, [hint], record)
    steps = detection.limit(tuple(Step(key, strength) for key in detection.steps()))
    if steps != tuple(Step(key, strength) for key in detection.steps()):
        _add_notes(source, [str(strength_note(detection))], record)
    record |= {"detection": detection.to_dict(), "steps": [step.to_dict() for step in steps]}
    return steps


def _copy(photo: "Photo", output: Path, options: argparse.Namespace, record: Record) -> str:
    from core.photo.writing import copy_unchanged

    lost: list[Message] = []
    quality = _quality_for(output, options)
    if options.output_options.to_dict():
        _write(photo, output, options, lost)
        outcome = "not restored"
    else:
        copy_unchanged(photo, output, overwrite=options.overwrite, quality=quality, preview=options.preview, notes=lost)
        outcome = "copied unchanged" if photo.preserved.geometry.is_identity else "not restored"
    _add_notes(output, lost, record)
    return f"{record['detection']['label']}: {outcome}"


def _write(photo: "Photo", output: Path, options: argparse.Namespace, notes: list[Message]) -> None:
    from core.photo.output_options import write_with_options

    write_with_options(
        photo,
        output,
        options.output_options,
        overwrite=options.overwrite,
        quality=_quality_for(output, options),
        preview=options.preview,
        notes=notes,
    )


def _restore(
    restorer: "Restorer",
    photo: "Photo",
    steps: tuple[Step, ...],
    output: Path,
    options: argparse.Namespace,
    record: Record,
) -> str:
    bar_format = "{desc} {percentage:3.0f}% |{bar}| {elapsed}{postfix}"
    name = printable(photo.source.name) if photo.source else ""
    remaining = RemainingTime.on_device(restorer.device)
    # The number of reports between two looks at the clock would be adapted to the speed so far.
    with progress_bar(desc=name, total=1.0, bar_format=bar_format, miniters=0) as bar:

        def show(fraction: float) -> None:
            bar.set_postfix_str(time_left(remaining.update(fraction)), refresh=False)
            bar.update(fraction - bar.n)

        result = restorer.restore(photo, steps, progress=show)
    _judge(photo, result, record)
    _add_notes(output, [str(note) for note in result.notes], record)
    lost: list[Message] = []
    _write(result.photo, output, options, lost)
    _add_notes(output, lost, record)
    record |= {"precision": result.precision, "path": result.path, "seconds": round(result.seconds, 3)}
    if options.write_recipe:
        _save_recipe(result.recipe, output, options, record)
    return _description(result, record)


def _judge(photo: "Photo", result: "RestorationResult", record: Record) -> None:
    """Record what the restoration did to the photo, and warn of the harm that it may have done."""
    from core.quality import quality_report

    report = quality_report(photo, result.photo, result.steps)
    record["quality"] = report.to_dict()
    if report.remedy is not None:
        record["quality"]["remedy"]["steps"] = steps_record(report.remedy.steps)
    if report.warnings:
        warn(f"{record['source']}: {' '.join(with_advice_once(report.warnings))}")


def _add_notes(file: Path, notes: Sequence[str], record: Record) -> None:
    record["notes"] += notes
    for note in notes:
        warn(f"{file}: {note}")


def _save_recipe(recipe: Recipe, output: Path, options: argparse.Namespace, record: Record) -> None:
    """Save the recipe; if that fails, the photo still counts as restored."""
    try:
        record["recipe"] = str(write_recipe(recipe, output, overwrite=options.overwrite))
    except RecipeError as error:
        _add_notes(output, [f"The photo was written, but not its recipe: {error}"], record)


def _quality_for(output: Path, options: argparse.Namespace) -> int | None:
    """``--quality`` if the format has one."""
    from core.photo.formats import format_for

    quality: int | None = options.quality
    return quality if format_for(output.suffix, None).key in _LOSSY_FORMATS else None


def _quality(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 100:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1 to 100")
    return int(text)


def _crop(text: str) -> Crop:
    numbers = text.split(",")
    if len(numbers) != 4 or not all(number.strip().isdecimal() for number in numbers):
        raise argparse.ArgumentTypeError(f"{text!r} is not X,Y,W,H: four whole numbers of pixels")
    left, top, width, height = map(int, numbers)
    if not width or not height:
        raise argparse.ArgumentTypeError(f"{text!r} has no pixels")
    return left, top, width, height


def _description(result: "RestorationResult", record: Record) -> str:
    detected = f"{record['detection']['label']}; " if record["detection"] else ""
    route = "exact bands" if result.path == "bands" else "tiles"
    best = ", best quality" if result.quality_mode == "best" else ""
    return f"{detected}{result.seconds:.1f} s, {route}, {result.device}, {result.precision}{best}"
