"""``dfpir detect``: what photos suffer from."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.cli.output import complain, is_lost, say, say_json
from core.errors import DFPIRError

if TYPE_CHECKING:
    from core.detection import Detection


def add_parser(commands: Any) -> None:
    """Add the command to ``dfpir``'s parser (an action made by ``ArgumentParser.add_subparsers``)."""
    parser = commands.add_parser(
        "detect",
        help="say what photos suffer from",
        description="Say what photos suffer from: noise, rain, haze, blur, low light, several of these, or nothing. "
        "Nothing is written.",
    )
    parser.add_argument("photos", nargs="+", type=Path, metavar="PHOTO", help="JPEG, PNG, TIFF, WebP, BMP or AVIF file")
    parser.add_argument("--detector", type=Path, metavar="FILE", help="another detector than the built-in one")
    parser.add_argument(
        "--device", default="cpu", help="cpu (default: the network is small), auto, cuda, cuda:N or mps"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object per photo on standard output")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Judge all photos; one that fails does not stop the rest. Returns the exit code.

    Raises:
        DFPIRError: nothing can be tried: no such detector or device.
    """
    from core.detection import Detector
    from core.photo import Photo

    detector = Detector(options.detector, options.device)
    failed = 0
    for file in options.photos:
        try:
            detection, error = detector.detect(Photo.open(file)), None
        except DFPIRError as caught:
            detection, error = None, str(caught)
            failed += 1
            complain(error)
        if options.json:
            found = None if detection is None else detection.to_dict()
            say_json({"source": str(file), "detection": found, "error": error})
        elif detection is not None:
            say(f"{file}: {in_words(detection)}")
        if is_lost():
            break
    return 1 if failed else 0


def in_words(detection: "Detection") -> str:
    """The verdict, and the classes that have at least 1 %, the most probable first."""
    likely = sorted(detection.probabilities.items(), key=lambda item: -item[1])
    chances = ", ".join(f"{name.replace('-', ' ')} {value:.0%}" for name, value in likely if value >= 0.01)
    return f"{detection.label}  ({chances})"
