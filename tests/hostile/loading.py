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

MEMORY_LIMIT = 2 * 2**30  # bytes in addition to those of the libraries


def load_outcome(path: Path) -> dict[str, object]:
    """The outcome of loading ``path`` as a restorer and as a detector, and the time it takes."""
    started = time.monotonic()
    outcome: dict[str, object] = {"name": path.name}
    for kind, load in (("restorer", load_checkpoint), ("detector", load_detector)):
        try:
            load(path).build()
            outcome[kind] = "loaded"
        except DFPIRError as error:
            outcome[kind] = str(error)
        except BaseException as error:
            outcome["escaped"] = repr(error)
    outcome["seconds"] = time.monotonic() - started
    return outcome


def main() -> None:
    """Load all files; the name of each is printed first, so that the file that causes a crash is known."""
    warnings.simplefilter("ignore")  # PyTorch warns of unusual pickles
    limit = psutil.Process().memory_info().vms + MEMORY_LIMIT
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    for path in sorted(Path(sys.argv[1]).iterdir()):
        print(json.dumps({"opening": path.name}), flush=True)
        print(json.dumps(load_outcome(path)), flush=True)


if __name__ == "__main__":
    main()
