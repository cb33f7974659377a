"""Opens every file of a folder with hard limits on memory, and tells a line of JSON about each: ``opening.py FOLDER``.

In a process of its own, because a crash must not take the tests with it, and because libvips' memory is not Python's.
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
SMALL = 10**6  # pixels up to which the photo is saved again as well


def tell(path: Path, scratch: Path) -> dict[str, object]:
    """What opening ``path`` comes to, and how long that takes."""
    started = time.monotonic()
    told: dict[str, object] = {"name": path.name}
    try:
        photo = read_photo(path)
        told["photo"] = [photo.width, photo.height]
        told["notes"] = photo.notes
        told["sound"] = bool(np.isfinite(photo.pixels).all() and photo.pixels.min() >= 0 and photo.pixels.max() <= 1)
        if photo.width * photo.height <= SMALL:
            photo.save(scratch / "saved.png", overwrite=True)
    except PhotoError as error:
        told["refused"] = str(error)
    except BaseException as error:
        told["escaped"] = repr(error)
    told["seconds"] = time.monotonic() - started
    return told


def main() -> None:
    """Open them all; the name of each file goes out first, so that a crash tells on which."""
    vips()  # loaded before the limit, so that the limit is for the pictures alone
    resource.setrlimit(resource.RLIMIT_AS, (LIMIT, LIMIT))
    with tempfile.TemporaryDirectory() as scratch:
        for path in sorted(Path(sys.argv[1]).iterdir()):
            print(json.dumps({"opening": path.name}), flush=True)
            print(json.dumps(tell(path, Path(scratch))), flush=True)


if __name__ == "__main__":
    main()
