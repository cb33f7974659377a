"""``dfpir restore``: photos in, restored photos out."""

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.cli.options import AUTO, add_degradation, add_device, add_engine, add_model, add_strength, memory_limit
from core.degradations import DEGRADATIONS
from core.errors import DFPIRError, RestorationError
from core.naming import restored_path
from core.recipes import Recipe, read_recipe, write_recipe

if TYPE_CHECKING:
    from core.detection import Detector
    from core.inference import RestorationResult, Restorer, Step
    from core.photo import Photo


def add_parser(commands: Any) -> None:
    """Add the command to ``dfpir``'s parser (an action made by ``ArgumentParser.add_subparsers``)."""
    parser = commands.add_parser(
        "restore",
        help="restore photos",
        description="Restore photos. Results go beside their sources as NAME-restored, unless told otherwise; "
        "nothing is overwritten. Unless told what to remove, the detector decides; a photo that looks clean is left "
        "as it is.",
        epilog="Degradations: " + "; ".join(f"{entry.key}: {entry.label}" for entry in DEGRADATIONS) + ".",
    )
    parser.add_argument("photos", nargs="+", type=Path, metavar="PHOTO", help="JPEG, PNG, TIFF, WebP, BMP or AVIF file")
    where = parser.add_mutually_exclusive_group()
    where.add_argument(
        "-o", "--output", type=Path, metavar="FILE", help="result of a single photo; the suffix decides the format"
    )
    where.add_argument("--output-dir", type=Path, metavar="DIR", help="folder for the results; they keep their names")
    what = parser.add_mutually_exclusive_group()
    add_degradation(what, "what is found, in order")
    what.add_argument(
        "--steps",
        metavar="KIND,...",
        help="several, one after the other, each with a strength of its own if need be: haze,noise25:0.5",
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
    from core.prompts import OpenClipEncoder

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
        text_encoder=lambda: OpenClipEncoder(weights=options.text_encoder),
        quality_mode=options.quality_mode or (recipe.quality_mode if recipe else "standard"),
    )
    if recipe and recipe.model_sha256 != restorer.model_sha256:
        print(
            f"dfpir: {options.recipe.name} is of another model, {recipe.model!r}: the result will differ.",
            file=sys.stderr,
        )
    failed = 0
    for source in options.photos:
        output = options.output or restored_path(source, options.output_dir)
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
            "error": None,
        }
        try:
            photo = _opened(source, output, options)
            wanted = _detected(detector, photo, options.strength, record) if detector else steps
            outcome = (
                _restored(restorer, photo, wanted, output, options, record)
                if wanted
                else _left(photo, output, options, record)
            )
            record["output"] = str(output)
        except DFPIRError as error:
            failed += 1
            record["error"] = str(error)
            print(f"dfpir: {error}", file=sys.stderr)
        else:
            if not options.json:
                print(f"{output}  ({outcome})", flush=True)
        if options.json:
            print(json.dumps(record, ensure_ascii=False), flush=True)
    return 1 if failed else 0


def _told(steps: "tuple[Step, ...]") -> list[dict[str, Any]]:
    return [{"degradation": step.degradation, "strength": step.strength} for step in steps]


def _opened(source: Path, output: Path, options: argparse.Namespace) -> "Photo":
    from core.photo import Photo
    from core.photo.files import check_target, make_folder
    from core.photo.formats import format_for

    photo = Photo.open(source)
    # What would fail at the end is found out before the long work begins.
    if options.output_dir:
        make_folder(options.output_dir)
    format_for(output.suffix, None)
    check_target(output, options.overwrite)
    for note in photo.notes:
        print(f"dfpir: {source}: {note}", file=sys.stderr)
    return photo


def _detected(detector: "Detector", photo: "Photo", strength: float, record: dict[str, Any]) -> "tuple[Step, ...]":
    """The steps that ``photo`` needs, none if it looks clean; the verdict goes into ``record``."""
    from core.inference import Step

    detection = detector.detect(photo)
    steps = tuple(Step(key, strength) for key in detection.steps())
    record |= {"detection": detection.record(), "steps": _told(steps)}
    return steps


def _left(photo: "Photo", output: Path, options: argparse.Namespace, record: dict[str, Any]) -> str:
    """Hand a clean photo on."""
    from core.photo.copying import hand_on

    lost: list[str] = []
    hand_on(photo, output, overwrite=options.overwrite, notes=lost)
    _print_notes(output, lost)
    return f"{record['detection']['label']}: left as it is"


def _restored(
    restorer: "Restorer",
    photo: "Photo",
    steps: "tuple[Step, ...]",
    output: Path,
    options: argparse.Namespace,
    record: dict[str, Any],
) -> str:
    from tqdm import tqdm

    shape = "{desc} {percentage:3.0f}% |{bar}| {elapsed}<{remaining}"
    name = photo.source.name if photo.source else ""
    with tqdm(desc=name, total=1.0, bar_format=shape, leave=False, disable=None, file=sys.stderr) as bar:
        result = restorer.restore(photo, steps, progress=lambda fraction: bar.update(fraction - bar.n))
    lost: list[str] = []
    result.photo.save(output, overwrite=options.overwrite, notes=lost)
    _print_notes(output, lost)
    if options.write_recipe:
        write_recipe(Recipe.of(result, restorer.model_sha256), output, overwrite=options.overwrite)
    record |= {"precision": result.precision, "path": result.path, "seconds": round(result.seconds, 3)}
    return _described(result, record)


def _print_notes(file: Path, notes: list[str]) -> None:
    for note in notes:
        print(f"dfpir: {file}: {note}", file=sys.stderr)


def _described(result: "RestorationResult", record: dict[str, Any]) -> str:
    found = f"{record['detection']['label']}; " if record["detection"] else ""
    route = "exact bands" if result.path == "bands" else "tiles"
    best = ", best quality" if result.quality_mode == "best" else ""
    return f"{found}{result.seconds:.1f} s, {route}, {result.device}, {result.precision}{best}"
