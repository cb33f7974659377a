"""``dfpir restore``: photos in, restored photos out."""

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.degradations import DEGRADATIONS, KEYS
from core.errors import DFPIRError, RestorationError
from core.naming import DEFAULT_MODEL, restored_path

if TYPE_CHECKING:
    from core.inference import RestorationResult, Restorer, Step


def add_parser(commands: Any) -> None:
    """Add the command to ``dfpir``'s parser (an action made by ``ArgumentParser.add_subparsers``)."""
    parser = commands.add_parser(
        "restore",
        help="restore photos",
        description="Restore photos. Results go beside their sources as NAME-restored, unless told otherwise; "
        "nothing is overwritten.",
        epilog="Degradations: " + "; ".join(f"{entry.key}: {entry.label}" for entry in DEGRADATIONS) + ".",
    )
    parser.add_argument("photos", nargs="+", type=Path, metavar="PHOTO", help="JPEG, PNG, TIFF, WebP, BMP or AVIF file")
    where = parser.add_mutually_exclusive_group()
    where.add_argument(
        "-o", "--output", type=Path, metavar="FILE", help="result of a single photo; the suffix decides the format"
    )
    where.add_argument("--output-dir", type=Path, metavar="DIR", help="folder for the results; they keep their names")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("-d", "--degradation", choices=KEYS, metavar="KIND", help=f"what to remove: {', '.join(KEYS)}")
    what.add_argument(
        "--steps",
        metavar="KIND,...",
        help="several, one after the other, each with a strength of its own if need be: haze,noise25:0.5",
    )
    parser.add_argument("--strength", type=float, default=1.0, metavar="S", help="0 (leave as it is) to 1 (default)")
    parser.add_argument(
        "--model",
        default=DEFAULT_MODEL,
        metavar="NAME|FILE",
        help="built-in model or checkpoint file (default: %(default)s)",
    )
    parser.add_argument(
        "--text-encoder",
        type=Path,
        metavar="FILE",
        help="weights of CLIP ViT-B/32, for checkpoints that carry no prompt embeddings",
    )
    parser.add_argument("--device", default="auto", help="auto (default), cpu, cuda, cuda:N or mps")
    parser.add_argument("--precision", default="auto", help="auto (default), float32, bfloat16 or float16")
    parser.add_argument("--tile", type=int, metavar="PIXELS", help="force tiles of this side")
    parser.add_argument("--overwrite", action="store_true", help="replace existing results, even the photo itself")
    parser.add_argument("--json", action="store_true", help="one JSON object per photo on standard output")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Restore all photos with one model; one that fails does not stop the rest. Returns the exit code.

    Raises:
        DFPIRError: nothing can be tried: bad steps, no such model or device.
    """
    if options.output and len(options.photos) > 1:
        raise RestorationError("-o names one file, but several photos were given. Use --output-dir DIR.")
    from core.inference import Restorer, parse_steps
    from core.prompts import OpenClipEncoder

    steps = parse_steps(options.degradation or options.steps, options.strength)
    restorer = Restorer(
        options.model,
        device=options.device,
        precision=options.precision,
        tile=options.tile,
        text_encoder=lambda: OpenClipEncoder(weights=options.text_encoder),
    )
    failed = 0
    for photo in options.photos:
        output = options.output or restored_path(photo, options.output_dir)
        record: dict[str, Any] = {
            "source": str(photo),
            "output": None,
            "steps": [{"degradation": step.degradation, "strength": step.strength} for step in steps],
            "strength": options.strength,
            "model": restorer.model_name,
            "device": restorer.device,
            "precision": restorer.precision,
            "path": None,
            "seconds": None,
            "error": None,
        }
        try:
            result = _restore(restorer, photo, output, steps, options)
            record |= {
                "output": str(output),
                "precision": result.precision,
                "path": result.path,
                "seconds": round(result.seconds, 3),
            }
        except DFPIRError as error:
            failed += 1
            record["error"] = str(error)
            print(f"dfpir: {error}", file=sys.stderr)
        else:
            if not options.json:
                route = "full frame" if result.path == "full" else "tiles"
                print(f"{output}  ({result.seconds:.1f} s, {route}, {result.device}, {result.precision})")
        if options.json:
            print(json.dumps(record, ensure_ascii=False), flush=True)
    return 1 if failed else 0


def _restore(
    restorer: "Restorer", source: Path, output: Path, steps: "tuple[Step, ...]", options: argparse.Namespace
) -> "RestorationResult":
    from tqdm import tqdm

    from core.photo import Photo
    from core.photo.files import check_target
    from core.photo.formats import format_for

    photo = Photo.open(source)
    # What would fail at the end is found out before the long work begins.
    if options.output_dir:
        options.output_dir.mkdir(parents=True, exist_ok=True)
    format_for(output.suffix, None)
    check_target(output, options.overwrite)
    for note in photo.notes:
        print(f"dfpir: {source}: {note}", file=sys.stderr)
    shape = "{desc} {percentage:3.0f}% |{bar}| {elapsed}<{remaining}"
    with tqdm(desc=source.name, total=1.0, bar_format=shape, leave=False, disable=None, file=sys.stderr) as bar:
        result = restorer.restore(photo, steps, progress=lambda fraction: bar.update(fraction - bar.n))
    result.photo.save(output, overwrite=options.overwrite)
    return result
