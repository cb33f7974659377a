"""``dfpir detect``: detects degradations in photos."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from core.cli.options import Commands
from core.cli.output import is_lost, print_json, print_line, warn, with_file
from core.errors import DFPIRError

if TYPE_CHECKING:
    from core.detection import Detection
    from core.inference import Restorer
    from core.photo import Photo


def add_parser(commands: Commands) -> None:
    """Add the command to ``dfpir``'s parser."""
    parser = commands.add_parser(
        "detect",
        help="detect degradations in photos",
        description="Detect degradations in photos: noise, rain, haze, blur and low light. No files are written.",
    )
    parser.add_argument("photos", nargs="+", type=Path, metavar="PHOTO", help="JPEG, PNG, TIFF, WebP, BMP or AVIF file")
    parser.add_argument("--detector", type=Path, metavar="FILE", help="detector to use instead of the built-in one")
    parser.add_argument(
        "--device", default="cpu", help="cpu (default: the network is small), auto, cuda, cuda:N or mps"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object per photo on standard output")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Detect degradations in all photos; one that fails does not stop the rest. Returns the exit code.

    Raises:
        DFPIRError: nothing can be tried: no such detector or device.
    """
    from core.detection import Detector
    from core.photo import Photo
    from core.quality import strength_note

    detector, strengths = Detector(options.detector, options.device), _Strengths(options.device)
    failed = 0
    for file in options.photos:
        try:
            photo = Photo.open(file)
            detection, error = strengths.propose(detector.detect(photo), photo), None
        except DFPIRError as caught:
            detection, error = None, with_file(str(caught), str(file))
            failed += 1
            warn(error)
        if options.json:
            found = None if detection is None else detection.to_dict()
            print_json({"source": str(file), "detection": found, "error": error})
        elif detection is not None:
            print_line(f"{file}: {describe(detection)}")
            if note := strength_note(detection):
                print_line(f"  {note}")
        if is_lost():
            break
    return 1 if failed else 0


class _Strengths:
    """Proposes strengths with the built-in model, which is loaded when it is first needed."""

    def __init__(self, device: str) -> None:
        self._device = device
        self._restorer: Restorer | None = None

    def propose(self, detection: "Detection", photo: "Photo") -> "Detection":
        from core.inference import Restorer
        from core.quality import propose_strengths
        from core.quality.need import JUDGED

        if not any(family in JUDGED for family in detection.relied_on):
            return detection
        self._restorer = self._restorer or Restorer(device=self._device)
        return propose_strengths(detection, photo, self._restorer)


def describe(detection: "Detection") -> str:
    """The label of a detection, and the classes with a probability of at least 1 %, the most probable first."""
    ranked = sorted(detection.probabilities.items(), key=lambda item: -item[1])
    probabilities = ", ".join(f"{name.replace('-', ' ')} {value:.0%}" for name, value in ranked if value >= 0.01)
    return f"{detection.label}  ({probabilities})"
