"""The promises of ``dfpir batch``, tried out: ``python benchmarks/batch.py`` prints a line each and exits with 1 if
one is broken. The full size takes some minutes; the tests run a small one.

- broken: among many small photos, broken ones of ten kinds are reported, exactly these, and all others restored.
- kills: after deaths by SIGKILL at random moments, the final tree is that of an undisturbed run; nothing is restored
  twice; no partial file is ever seen.
- memory: the last tenth of the run needs as much as the second tenth, within 5 %.
- plan: a dry run over many files stays within 20 s and 500 MB.
"""

import argparse
import os
import random
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from core.batch.journal import Row, State, known_rows
from core.batch.walk import PRIVATE

SECONDS, MEGABYTES, DRIFT = 20.0, 500.0, 0.05
STARTING = 4.0  # seconds in which a run begins
COMMAND = [sys.executable, "-c", "import sys; from core.cli import main; sys.exit(main())", "batch"]
ENVIRONMENT = {**os.environ, "OMP_NUM_THREADS": "1"}  # for pictures so small, several threads wait for each other
QUIET: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "env": ENVIRONMENT}
SAMPLER = [sys.executable, str(Path(__file__).resolve()), "--sample"]


def main() -> int:
    """Try everything, or what was asked for; return the exit code."""
    parser = argparse.ArgumentParser(description="The promises of dfpir batch, tried out.")
    parser.add_argument("--photos", type=int, default=1000)
    parser.add_argument("--side", type=int, default=48, help="pixels of a photo's sides, at most")
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--files", type=int, default=100_000, help="for the plan")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", choices=("photos", "plan"))
    parser.add_argument("--sample", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.sample is not None:
        return sample(options.sample)
    with tempfile.TemporaryDirectory(prefix="dfpir-batch-") as name:
        folder = Path(name)
        kept = []
        if options.only != "photos":
            kept.append(plan(folder, options.files))
        if options.only != "plan":
            kept += photos(folder, options)
    return 0 if all(kept) else 1


def tell(promise: str, kept: bool, figures: str) -> bool:
    """Print whether a promise was kept, and hand that on."""
    print(f"{'kept' if kept else 'BROKEN':7} {promise:7} {figures}", flush=True)
    return kept


def plan(folder: Path, files: int) -> bool:
    """A dry run over that many files."""
    source = folder / "many"
    for number in range(files):
        if number % 1000 == 0:
            (source / f"{number // 1000:03}").mkdir(parents=True)
        (source / f"{number // 1000:03}" / f"IMG_{number:06}.jpg").write_bytes(b"x")
    begun = time.monotonic()
    listing = folder / "plan.txt"
    with listing.open("wb") as output:
        child = subprocess.Popen([*COMMAND, source, folder / "planned", "--dry-run"], stdout=output, env=ENVIRONMENT)
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.monotonic() - begun
    megabytes = used.ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)
    lines = listing.read_bytes().count("→".encode())
    kept = lines == files and seconds <= SECONDS and megabytes <= MEGABYTES
    figures = f"{lines} files listed in {seconds:.1f} s ({used.ru_utime:.1f} s of the processor), {megabytes:.0f} MB"
    shutil.rmtree(source)
    return tell("plan", kept, figures)


def photos(folder: Path, options: argparse.Namespace) -> list[bool]:
    """Runs over small photos: undisturbed, and killed again and again."""
    source, model = folder / "photos", tiny_model(folder / "tiny.safetensors")
    broken = make_photos(source, options.photos, options.side, options.seed)
    arguments = ["--steps", "haze", "--model", str(model), "--device", "cpu", "--quiet"]
    begun = time.monotonic()
    command = [*SAMPLER, source, folder / "whole", *arguments]
    told = subprocess.run(command, capture_output=True, text=True, check=False, env=ENVIRONMENT)
    seconds = time.monotonic() - begun
    whole, rows = tree(folder / "whole"), known_rows(folder / "whole")
    failed = {path for path, row in rows.items() if row.state is State.FAILED}
    restored = {path for path, row in rows.items() if row.state is State.RESTORED}
    reasons = all(Path(path).name in rows[path].error for path in failed)
    right = failed == set(broken) and restored == set(whole) and len(rows) == options.photos and reasons
    figures = f"{len(whole)} restored, {len(failed)} reported of {len(broken)} broken ones, {seconds:.0f} s, "
    figures += f"exit code {told.returncode}"
    kept = [tell("broken", right and told.returncode == 1, figures)]
    kept.append(memory([float(line[4:]) for line in told.stderr.splitlines() if line.startswith("RSS ")]))
    worked = max(row.updated for row in rows.values()) - min(row.updated for row in rows.values())
    kept.append(kills(folder, [source, folder / "killed", *arguments], whole, worked, options))
    return kept


def memory(samples: list[float]) -> bool:
    """Compare the second with the last tenth of the resident memory, MB, as it was after each photo."""
    tenth = max(len(samples) // 10, 1)
    early, late = np.mean(samples[tenth : 2 * tenth]), np.mean(samples[-tenth:])
    drift = late / early - 1
    return tell(
        "memory", drift <= DRIFT, f"{early:.0f} MB in the second tenth, {late:.0f} MB in the last: {drift:+.1%}"
    )


def kills(
    folder: Path, arguments: list[str | Path], whole: dict[str, bytes], seconds: float, options: argparse.Namespace
) -> bool:
    """Kill runs at random moments, look at what they left, let the last one end, and compare.

    ``seconds`` is how long the undisturbed run has worked on photos.
    """
    chance, target = random.Random(options.seed), folder / "killed"
    faults: list[str] = []
    killed, done = 0, dict[str, Row]()
    while killed < options.kills and not faults:
        child = subprocess.Popen([*COMMAND, *arguments], **QUIET)
        left, each = options.photos - len(done), seconds / options.photos
        if chance.random() < 0.75:  # after some more photos, so that the deaths are spread over the whole run
            most = round(1.2 * left / (options.kills - killed + 1))
            wait_for(child, target, len(done) + chance.randint(1, max(most, 1)))
            time.sleep(chance.uniform(0.0, 2 * each))
        else:  # while it starts and puts things in order
            time.sleep(chance.uniform(0.0, STARTING))
        child.send_signal(signal.SIGKILL)
        if child.wait() != -signal.SIGKILL:
            break  # it had ended before
        killed += 1
        faults += [f"{path} is partial" for path, data in tree(target).items() if whole.get(path) != data]
        rows = ended(target)
        faults += [f"{path} was done twice" for path, row in done.items() if rows.get(path) != row]
        done = rows
    subprocess.run([*COMMAND, *arguments], **QUIET, check=False)
    rows = ended(target)
    faults += [f"{path} was done twice" for path, row in done.items() if rows.get(path) != row]
    faults += [] if tree(target) == whole else ["the final tree is another"]
    left = [file.name for file in target.iterdir() if file.name.startswith(PRIVATE) and file.is_dir()]
    faults += [f"{name} is left" for name in left]
    figures = f"{killed} deaths, {len(rows)} photos ended, {len(done)} of them before the last run"
    return tell("kills", not faults and killed == options.kills, "; ".join([figures, *faults[:5]]))


def wait_for(child: "subprocess.Popen[bytes]", target: Path, count: int) -> None:
    """Wait until so many photos have ended, or the run has come to its own end."""
    while child.poll() is None and len(ended(target)) < count:
        time.sleep(0.02)


def ended(target: Path) -> dict[str, Row]:
    """Rows of the photos for which nothing more is to be done."""
    return {path: row for path, row in known_rows(target).items() if row.state.ended}


def tree(folder: Path) -> dict[str, bytes]:
    """Path -> bytes of every file, without those that the batch keeps for itself."""
    return {
        file.relative_to(folder).as_posix(): file.read_bytes()
        for file in folder.rglob("*")
        if file.is_file() and not file.relative_to(folder).parts[0].startswith(PRIVATE)
    }


def make_photos(source: Path, count: int, side: int, seed: int) -> list[str]:
    """Write that many small photos into folders, every twentieth broken; return the paths of the broken ones."""
    rng, broken = np.random.default_rng(seed), []
    kinds = list(breaks())
    for number in range(count):
        folder = source / f"roll {number // 50:02}"
        folder.mkdir(parents=True, exist_ok=True)
        height, width = rng.integers(16, side + 1, 2)
        pixels = cv2.resize(rng.integers(0, 256, (6, 6, 3), np.uint8), (int(width), int(height)))
        if number % 20 == 7:
            name, damage = kinds[len(broken) % len(kinds)]
            file = folder / f"{number:05} {name}"
            damage(file, cv2.imencode(".jpg", pixels)[1].tobytes(), cv2.imencode(".png", pixels)[1].tobytes())
            broken.append(file.relative_to(source).as_posix())
        else:
            suffix = (".jpg", ".png", ".tif", ".webp")[number % 4]
            (folder / f"{number:05}{suffix}").write_bytes(cv2.imencode(suffix, pixels)[1].tobytes())
    return broken


def breaks() -> Iterator[tuple[str, Callable[[Path, bytes, bytes], object]]]:
    """Ten ways to break a photo: a name, and what writes it from the bytes of a JPEG and a PNG."""
    yield "empty.jpg", lambda file, jpeg, png: file.write_bytes(b"")
    yield "text.png", lambda file, jpeg, png: file.write_text("This was a photo once.")
    yield "cut short.jpg", lambda file, jpeg, png: file.write_bytes(jpeg[: len(jpeg) * 2 // 3])
    yield "cut short.png", lambda file, jpeg, png: file.write_bytes(png[: len(png) // 2])
    yield "zeros.webp", lambda file, jpeg, png: file.write_bytes(bytes(4096))
    yield "header only.tif", lambda file, jpeg, png: file.write_bytes(b"II*\0\x08\0\0\0")
    yield "flipped.png", lambda file, jpeg, png: file.write_bytes(png[:60] + bytes(byte ^ 255 for byte in png[60:]))
    yield "animation.jpg", lambda file, jpeg, png: file.write_bytes(b"GIF89a" + bytes(64))
    yield "link.jpg", lambda file, jpeg, png: file.symlink_to("nowhere.jpg")
    yield "bomb.png", lambda file, jpeg, png: file.write_bytes(bomb(png))


def bomb(png: bytes) -> bytes:
    """A PNG that claims to be a picture of 200000 × 200000 pixels."""
    import zlib

    header = b"IHDR" + struct.pack(">II", 200_000, 200_000) + png[24:29]
    return png[:12] + header + struct.pack(">I", zlib.crc32(header)) + png[33:]


def tiny_model(file: Path) -> Path:
    """An untrained network that takes milliseconds for a small photo."""
    import torch

    from core.checkpoints import Checkpoint, save_checkpoint
    from core.degradations import KEYS
    from core.models import DFPIR, DFPIRConfig
    from core.prompts import random_codes

    torch.manual_seed(3)
    config = DFPIRConfig(
        dim=8, blocks=(1, 1, 1, 1), refinement_blocks=1, heads=(1, 1, 2, 2), expansion=1.5, prompt_dim=32, stem=2
    )
    return save_checkpoint(file, Checkpoint.of(DFPIR(config), random_codes(KEYS, seed=1, width=32), {"name": "tiny"}))


def sample(arguments: list[str]) -> int:
    """Run the command in this process, and tell the resident memory after each photo on standard error."""
    import psutil

    from core.batch.results import Results
    from core.cli import main as command

    process, take = psutil.Process(), Results.take

    def taken(self: Results, *given: object) -> Row:
        row = take(self, *given)  # type: ignore[arg-type]
        print(f"RSS {process.memory_info().rss / 1e6:.2f}", file=sys.stderr)
        return row

    Results.take = taken  # type: ignore[method-assign]
    return command(["batch", *arguments])


if __name__ == "__main__":
    sys.exit(main())
