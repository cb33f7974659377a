"""Opens every file of a folder with a memory limit and prints a line of JSON about each: ``opening.py FOLDER``.

It runs in its own process, so that a crash does not end the tests, and because libvips allocates outside Python.
"""

import json
import resource
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from core.errors import PhotoError
from core.photo import read_photo
from core.photo.libvips import vips

LIMIT = 4 * 2**30  # bytes of address space; a 24-megapixel photo needs a tenth of it
SMALL = 10**6  # pixels up to which the photo is saved as well


def outcome_of(path: Path, scratch: Path) -> dict[str, object]:
    """Open ``path`` and describe the outcome, with the processor time it took: independent of other programs."""
    started = time.process_time()
    outcome: dict[str, object] = {"name": path.name}
    try:
        photo = read_photo(path)
        outcome["photo"] = [photo.width, photo.height]
        outcome["notes"] = photo.notes
        outcome["valid"] = bool(np.isfinite(photo.pixels).all() and photo.pixels.min() >= 0 and photo.pixels.max() <= 1)
        if photo.width * photo.height <= SMALL:
            photo.save(scratch / "saved.png", overwrite=True)
    except PhotoError as error:
        outcome["refused"] = str(error)
    except BaseException as error:
        outcome["escaped"] = repr(error)
    outcome["seconds"] = time.process_time() - started
    return outcome


def main() -> None:
    """Open all files; the name of each is printed first, to identify the file in case of a crash."""
    vips()  # loaded before the limit, so that the limit applies to the images only
    resource.setrlimit(resource.RLIMIT_AS, (LIMIT, LIMIT))
    with tempfile.TemporaryDirectory() as scratch:
        for path in sorted(Path(sys.argv[1]).iterdir()):
            print(json.dumps({"opening": path.name}), flush=True)
            print(json.dumps(outcome_of(path, Path(scratch))), flush=True)


if __name__ == "__main__":
    main()
