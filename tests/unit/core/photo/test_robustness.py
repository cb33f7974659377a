"""Whatever the bytes are: a photo or a PhotoError, no other exception, and not a word on the terminal."""

import subprocess
import sys
from pathlib import Path

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.photo import Photo, PhotoError, read_photo


@given(data=st.data())
@settings(max_examples=25, suppress_health_check=list(HealthCheck), deadline=None)
def test_bytes_changed_anywhere_open_or_are_refused_and_nothing_else(tmp_path, kind, sample, data):
    content = bytearray(sample(kind))
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, min(len(content) - 1, 700)))] = data.draw(st.integers(0, 255))
    path = tmp_path / "changed.img"
    path.write_bytes(content)
    try:
        photo = read_photo(path)
    except PhotoError:
        return
    assert isinstance(photo, Photo) and np.isfinite(photo.pixels).all()
    if photo.pixels.size < 10**6:
        photo.save(tmp_path / "saved.tif", overwrite=True)


def test_nothing_is_printed(tmp_path, samples):
    """In a process of its own, for libvips writes past Python's own streams and says some things only once."""
    for index, data in enumerate(samples.values()):
        (tmp_path / f"good{index}").write_bytes(data)
        (tmp_path / f"cut{index}").write_bytes(data[:-40])
        (tmp_path / f"changed{index}").write_bytes(data.replace(b"\x00\x10", b"\xff\x01"))
    program = (
        "import sys, pathlib\n"
        "from core.photo import PhotoError, read_photo\n"
        "for path in sorted(pathlib.Path(sys.argv[1]).iterdir()):\n"
        "    try:\n"
        "        read_photo(path).save(sys.argv[1] + '/out.png', overwrite=True)\n"
        "    except PhotoError:\n"
        "        pass\n"
    )
    root = Path(__file__).parents[4]
    done = subprocess.run([sys.executable, "-c", program, str(tmp_path)], cwd=root, capture_output=True, check=True)
    assert (done.stdout, done.stderr) == (b"", b"")
