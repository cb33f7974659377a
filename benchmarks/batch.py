"""Checks the guarantees of ``dfpir batch``: ``python benchmarks/batch.py`` prints a line for each and exits with 1 if
one is broken. The full size takes some minutes; the tests run a small one. With ``--folder DIR`` an interrupted
benchmark continues: earlier results are printed again, and earlier kills are counted.

- broken: of many small photos, exactly the broken ones of ten kinds are reported, and all others are restored.
- kills: after SIGKILL at random moments, the final tree is that of an undisturbed run; nothing is restored twice; no
  partial file is ever seen.
- memory: the last tenth of the run needs as much as the second tenth, within 5 %.
- plan: a dry run over many files stays within 20 s and 500 MB.
"""

import argparse
import json
import math
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
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from core.batch.journal import known_rows
from core.batch.rows import Row, State
from core.batch.scan import PRIVATE

SECONDS, MEGABYTES, DRIFT = 20.0, 500.0, 0.05
STARTING = 4.0  # seconds that a run needs to start
LAST = 0.97  # share of the photos after which no run is killed: it might end before
COMMAND = [sys.executable, "-c", "import sys; from core.cli import main; sys.exit(main())", "batch"]
ENVIRONMENT = {**os.environ, "OMP_NUM_THREADS": "1"}  # for pictures so small, several threads wait for each other
QUIET: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "env": ENVIRONMENT}
SAMPLER = [sys.executable, str(Path(__file__).resolve()), "--sample"]


def main() -> int:
    """Run all checks, or those that the options select; return the exit code."""
    parser = argparse.ArgumentParser(description="Checks the guarantees of dfpir batch.")
    parser.add_argument("--photos", type=int, default=1000)
    parser.add_argument("--side", type=int, default=48, help="pixels of a photo's sides, at most")
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--files", type=int, default=100_000, help="for the plan")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", choices=("photos", "plan"))
    parser.add_argument(
        "--folder", type=Path, help="work in this folder, keep it, and continue an interrupted benchmark in it"
    )
    parser.add_argument("--sample", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.sample is not None:
        return sample(options.sample)
    with ExitStack() as stack:
        folder = options.folder or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="dfpir-batch-")))
        folder.mkdir(parents=True, exist_ok=True)
        notes = Notes(folder, options)
        if options.only != "photos" and not notes.has("plan"):
            plan(notes, options.files)
        if options.only != "plan":
            photos(notes, options)
    return 0 if all(verdict["kept"] for verdict in notes.verdicts.values()) else 1


class Notes:
    """The results so far, in a file in the folder of the benchmark.

    Attributes:
        folder: of the benchmark.
        verdicts: guarantee -> whether it was kept, and figures.
        deaths: for each run that was killed, how many photos had ended.
    """

    def __init__(self, folder: Path, options: argparse.Namespace) -> None:
        self.folder = folder
        self._file = folder / "notes.json"
        size = {name: getattr(options, name) for name in ("photos", "side", "kills", "files", "seed")}
        stored = json.loads(self._file.read_text("utf-8")) if self._file.exists() else {"size": size}
        if stored["size"] != size:
            sys.exit(f"{folder} contains a benchmark of another size, {stored['size']}. Name another folder.")
        self._size = size
        self.verdicts: dict[str, dict[str, Any]] = stored.get("verdicts", {})
        self.deaths: list[int] = stored.get("deaths", [])
        for guarantee in self.verdicts:
            self._print(guarantee)

    def has(self, *guarantees: str) -> bool:
        """Whether these were checked."""
        return set(guarantees) <= set(self.verdicts)

    def judge(self, guarantee: str, kept: bool, figures: str) -> None:
        """Store and print whether a guarantee was kept."""
        self.verdicts[guarantee] = {"kept": kept, "figures": figures}
        self.save()
        self._print(guarantee)

    def save(self) -> None:
        """Write the file, whole or not at all."""
        whole = {"size": self._size, "verdicts": self.verdicts, "deaths": self.deaths}
        fresh = self._file.with_suffix(".new")
        fresh.write_text(json.dumps(whole, indent=1), "utf-8")
        fresh.replace(self._file)

    def _print(self, guarantee: str) -> None:
        verdict = self.verdicts[guarantee]
        print(f"{'kept' if verdict['kept'] else 'BROKEN':7} {guarantee:7} {verdict['figures']}", flush=True)


def plan(notes: Notes, files: int) -> None:
    """A dry run over many files."""
    folder = notes.folder
    source = folder / "many"
    shutil.rmtree(source, ignore_errors=True)
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
    figures = f"{lines} files listed in {seconds:.1f} s ({used.ru_utime:.1f} s of CPU time), {megabytes:.0f} MB"
    shutil.rmtree(source)
    notes.judge("plan", kept, figures)


def photos(notes: Notes, options: argparse.Namespace) -> None:
    """Runs over small photos: one undisturbed, others killed."""
    folder = notes.folder
    source, model = folder / "photos", folder / "tiny.safetensors"
    if not notes.has("broken", "memory"):
        for left in (source, folder / "whole", folder / "killed"):
            shutil.rmtree(left, ignore_errors=True)
        broken = make_photos(source, options.photos, options.side, options.seed)
        undisturbed(notes, [source, folder / "whole", *arguments(tiny_model(model))], broken)
    if not notes.has("kills"):
        rows = known_rows(folder / "whole")
        worked = max(row.updated for row in rows.values()) - min(row.updated for row in rows.values())
        kills(notes, [source, folder / "killed", *arguments(model)], tree(folder / "whole"), worked, options)


def arguments(model: Path) -> list[str]:
    """Arguments of every run."""
    return ["--steps", "haze", "--model", str(model), "--device", "cpu", "--quiet"]


def undisturbed(notes: Notes, command: list[str | Path], broken: list[str]) -> None:
    """A run without kills, with its memory after each photo."""
    begun = time.monotonic()
    done = subprocess.run([*SAMPLER, *command], capture_output=True, text=True, check=False, env=ENVIRONMENT)
    seconds = time.monotonic() - begun
    whole, rows = tree(notes.folder / "whole"), known_rows(notes.folder / "whole")
    failed = {path for path, row in rows.items() if row.state is State.FAILED}
    restored = {path for path, row in rows.items() if row.state is State.RESTORED}
    reasons = all(Path(path).name in (rows[path].error or "") for path in failed)
    photos = sum(not file.is_dir() for file in Path(command[0]).rglob("*"))
    right = failed == set(broken) and restored == set(whole) and len(rows) == photos and reasons
    figures = f"{len(whole)} restored, {len(failed)} reported of {len(broken)} broken ones, {seconds:.0f} s, "
    figures += f"exit code {done.returncode}"
    notes.judge("broken", right and done.returncode == 1, figures)
    memory(notes, [float(line[4:]) for line in done.stderr.splitlines() if line.startswith("RSS ")])


def memory(notes: Notes, samples: list[float]) -> None:
    """Compare the second with the last tenth of the resident memory, MB, as it was after each photo."""
    tenth = max(len(samples) // 10, 1)
    early, late = np.mean(samples[tenth : 2 * tenth]), np.mean(samples[-tenth:])
    drift = late / early - 1
    figures = f"{early:.0f} MB in the second tenth, {late:.0f} MB in the last: {drift:+.1%}"
    notes.judge("memory", bool(drift <= DRIFT), figures)


def kills(
    notes: Notes, command: list[str | Path], whole: dict[str, bytes], seconds: float, options: argparse.Namespace
) -> None:
    """Kill runs at random moments, check what they leave, let the last one end, and compare.

    Three quarters of the kills are spread evenly over the photos; the others happen while a run starts.

    Args:
        notes: of this benchmark, with the kills of an earlier start.
        command: the arguments of the command; the second one is the target.
        whole: the tree of the undisturbed run.
        seconds: how long that has worked on photos.
        options: of the command line.
    """
    target = Path(command[1])
    chance = random.Random(options.seed)
    moments = sorted(chance.uniform(0.0, LAST) * options.photos for _ in range(options.kills))
    faults: list[str] = []
    done = ended(target)
    while len(notes.deaths) < options.kills and not faults:
        chance, moment = random.Random(f"{options.seed} {len(notes.deaths)}"), moments[len(notes.deaths)]
        child = subprocess.Popen([*COMMAND, *command], **QUIET)
        if chance.random() < 0.75:
            wait_for(child, target, round(moment))
            time.sleep(chance.uniform(0.0, 2 * seconds / options.photos))  # at any point of the work on a photo
        else:
            wait_for(child, target, round(moment), chance.uniform(0.0, STARTING))
        child.send_signal(signal.SIGKILL)
        if child.wait() != -signal.SIGKILL:
            break  # it had ended before
        faults += [f"{path} is partial" for path, data in tree(target).items() if whole.get(path) != data]
        rows = ended(target)
        faults += [f"{path} was done twice" for path, row in done.items() if rows.get(path) != row]
        done = rows
        notes.deaths.append(len(done))
        notes.save()
    subprocess.run([*COMMAND, *command], **QUIET, check=False)
    rows = ended(target)
    faults += [f"{path} was done twice" for path, row in done.items() if rows.get(path) != row]
    faults += [] if tree(target) == whole else ["the final tree differs"]
    left = [file.name for file in target.iterdir() if file.name.startswith(PRIVATE) and file.is_dir()]
    faults += [f"{name} was not removed" for name in left]
    spread = ", ".join(f"{count / options.photos:.0%}" for count in notes.deaths)
    figures = f"{len(notes.deaths)} kills, after {spread} of {len(rows)} photos ended"
    kept = not faults and len(notes.deaths) == options.kills
    notes.judge("kills", kept, "; ".join([figures, *faults[:5]]))


def wait_for(child: "subprocess.Popen[bytes]", target: Path, count: int, seconds: float = math.inf) -> None:
    """Wait until this many photos have ended, this many seconds have passed, or the run has ended."""
    end = time.monotonic() + seconds
    while child.poll() is None and len(ended(target)) < count and time.monotonic() < end:
        time.sleep(0.02)


def ended(target: Path) -> dict[str, Row]:
    """Rows of the photos for which nothing more is to be done."""
    return {path: row for path, row in known_rows(target).items() if row.state.ended}


def tree(folder: Path) -> dict[str, bytes]:
    """Path -> bytes of every file, without the batch's own files."""
    return {
        file.relative_to(folder).as_posix(): file.read_bytes()
        for file in folder.rglob("*")
        if file.is_file() and not file.relative_to(folder).parts[0].startswith(PRIVATE)
    }


def make_photos(source: Path, count: int, side: int, seed: int) -> list[str]:
    """Write small photos into folders, every twentieth broken; return the paths of the broken ones."""
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
    """Ten kinds of broken photos: a name, and a function that writes the file from a JPEG and a PNG."""
    yield "empty.jpg", lambda file, jpeg, png: file.write_bytes(b"")
    yield "text.png", lambda file, jpeg, png: file.write_text("not a photo")
    yield "cut short.jpg", lambda file, jpeg, png: file.write_bytes(jpeg[: len(jpeg) * 2 // 3])
    yield "cut short.png", lambda file, jpeg, png: file.write_bytes(png[: len(png) // 2])
    yield "zeros.webp", lambda file, jpeg, png: file.write_bytes(bytes(4096))
    yield "header only.tif", lambda file, jpeg, png: file.write_bytes(b"II*\0\x08\0\0\0")
    yield "flipped.png", lambda file, jpeg, png: file.write_bytes(png[:60] + bytes(byte ^ 255 for byte in png[60:]))
    yield "animation.jpg", lambda file, jpeg, png: file.write_bytes(b"GIF89a" + bytes(64))
    yield "link.jpg", lambda file, jpeg, png: file.symlink_to("nowhere.jpg")
    yield "bomb.png", lambda file, jpeg, png: file.write_bytes(bomb(png))


def bomb(png: bytes) -> bytes:
    """A PNG that claims to have 200000 × 200000 pixels."""
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
    return save_checkpoint(
        file, Checkpoint.from_model(DFPIR(config), random_codes(KEYS, seed=1, width=32), {"name": "tiny"})
    )


def sample(arguments: list[str]) -> int:
    """Run the command in this process, and print the resident memory after each photo on standard error."""
    import psutil

    from core.batch.results import Results
    from core.cli import main as command

    process, store = psutil.Process(), Results.store

    def store_and_report(self: Results, *given: object) -> Row:
        row = store(self, *given)  # type: ignore[arg-type]
        print(f"RSS {process.memory_info().rss / 1e6:.2f}", file=sys.stderr)
        return row

    Results.store = store_and_report  # type: ignore[method-assign]
    return command(["batch", *arguments])


if __name__ == "__main__":
    sys.exit(main())
