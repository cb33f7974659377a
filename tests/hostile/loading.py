"""Loads every file of a folder as a model with a hard limit on memory: ``loading.py FOLDER``, a line of JSON each."""

import json
import resource
import sys
import time
import warnings
from pathlib import Path

import psutil

from core import DFPIRError, load_checkpoint
from core.detection.files import load_detector

ROOM = 2 * 2**30  # bytes above what the libraries themselves take


def tell(path: Path) -> dict[str, object]:
    """What loading ``path`` comes to, as a restorer and as a detector, and how long that takes."""
    started = time.monotonic()
    told: dict[str, object] = {"name": path.name}
    for kind, load in (("restorer", load_checkpoint), ("detector", load_detector)):
        try:
            load(path).build()
            told[kind] = "loaded"
        except DFPIRError as error:
            told[kind] = str(error)
        except BaseException as error:
            told["escaped"] = repr(error)
    told["seconds"] = time.monotonic() - started
    return told


def main() -> None:
    """Load them all; the name of each file goes out first, so that a crash tells on which."""
    warnings.simplefilter("ignore")  # PyTorch warns of unusual pickles
    limit = psutil.Process().memory_info().vms + ROOM
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    for path in sorted(Path(sys.argv[1]).iterdir()):
        print(json.dumps({"opening": path.name}), flush=True)
        print(json.dumps(tell(path)), flush=True)


if __name__ == "__main__":
    main()
