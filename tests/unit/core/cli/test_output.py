"""What the commands print gets through wherever it goes."""

import os
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np

ROOT = Path(__file__).parents[4]


def test_names_that_the_output_s_encoding_lacks(tmp_path: Path) -> None:
    photo = tmp_path / "寺.jpg"
    assert cv2.imwrite(str(tmp_path / "plain.jpg"), np.full((64, 64, 3), 128, np.uint8))
    (tmp_path / "plain.jpg").rename(photo)
    done = subprocess.run(
        [sys.executable, "-c", "import sys; from core.cli import main; sys.exit(main(sys.argv[1:]))", "detect", photo],
        env={**os.environ, "PYTHONIOENCODING": "cp1252", "PYTHONUTF8": "0"},
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert b"Traceback" not in done.stderr and b"Unicode" not in done.stderr
    assert rb"\u5bfa.jpg" in done.stdout
