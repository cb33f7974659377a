"""Records of a run: log lines, ``validation.jsonl``, and TensorBoard where that is installed."""

import json
import logging
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from core.io.atomic import publish

if TYPE_CHECKING:
    from torch.utils.tensorboard import SummaryWriter

log = logging.getLogger(__name__)

REPORT_EVERY = 50
"""Steps between log lines."""


class RunLog:
    """The records of one run folder.

    Args:
        folder: of the run.
        step: first step of this process; records of later steps, from before an interruption, are removed.
        steps: of the whole run.

    Raises:
        OSError: the folder cannot be written.
    """

    def __init__(self, folder: Path, step: int, steps: int) -> None:
        self._validation = folder / "validation.jsonl"
        self._steps = steps
        self._drop_after(step)
        self._writer = _writer(folder / "tensorboard", step)
        self._smooth: float | None = None
        self._reset_interval()
        self._started, self._first = time.monotonic(), step

    @property
    def wants_pictures(self) -> bool:
        """Whether sample pictures are recorded."""
        return self._writer is not None

    def step(self, step: int, loss: float, norm: float, lr: float, images: int, waited: float, until: int) -> None:
        """Record a step.

        Args:
            step: steps done, including this one.
            loss: its loss.
            norm: norm of its gradient before clipping.
            lr: its learning rate.
            images: samples of the step, over all processes.
            waited: seconds spent waiting for the loader.
            until: last step of this call.
        """
        self._smooth = loss if self._smooth is None else 0.98 * self._smooth + 0.02 * loss
        self._images += images
        self._waited += waited
        if step % REPORT_EVERY:
            return
        now = time.monotonic()
        seconds = max(now - self._since, 1e-9)
        pace = (now - self._started) / (step - self._first)
        rate, share = self._images / seconds, self._waited / seconds
        log.info(
            "step %d/%d  loss %.4f  %.2f s/step  %.1f images/s  %.0f %% waiting for data  %s left",
            step,
            self._steps,
            self._smooth,
            pace,
            rate,
            100 * share,
            duration(pace * (until - step)),
        )
        values = {
            "train/loss": loss,
            "train/lr": lr,
            "train/gradient_norm": norm,
            "speed/images_per_second": rate,
            "speed/loader_wait_share": share,
        }
        self._scalars(step, values)
        self._reset_interval()

    def validation(self, step: int, means: Mapping[str, float], pictures: Mapping[str, NDArray[np.uint8]]) -> None:
        """Record a validation: metrics by name, and sample pictures, (H, W, 3) each."""
        log.info("step %d  validation  %s", step, "  ".join(f"{k} {v:.2f}" for k, v in means.items()))
        with self._validation.open("a", encoding="utf-8") as stream:
            stream.write(json.dumps({"step": step, **means}) + "\n")
        self._scalars(step, {f"validation/{name}": value for name, value in means.items()})
        if self._writer is not None:
            for name, picture in pictures.items():
                self._writer.add_image(f"validation/{name}", picture, step, dataformats="HWC")
            self._writer.flush()

    def close(self) -> None:
        """Flush and close the TensorBoard files."""
        if self._writer is not None:
            self._writer.close()

    def _scalars(self, step: int, values: Mapping[str, float]) -> None:
        if self._writer is not None:
            for name, value in values.items():
                self._writer.add_scalar(name, value, step)

    def _reset_interval(self) -> None:
        self._since, self._images, self._waited = time.monotonic(), 0, 0.0

    def _drop_after(self, step: int) -> None:
        if not self._validation.exists():
            return
        lines = self._validation.read_text(encoding="utf-8").splitlines(keepends=True)
        kept = [line for line in lines if _step_of(line) <= step]
        if len(kept) < len(lines):
            publish("".join(kept).encode(), self._validation, overwrite=True)


def duration(seconds: float) -> str:
    """Hours and minutes, or minutes, e.g. ``"2 h 05 min"``."""
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours} h {minutes:02d} min" if hours else f"{minutes} min"


def _step_of(line: str) -> float:
    try:
        record: dict[str, Any] = json.loads(line)
        return int(record["step"])
    except (ValueError, LookupError, TypeError):  # a line truncated by an interruption
        return float("inf")


def _writer(folder: Path, step: int) -> "SummaryWriter | None":
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        log.info("TensorBoard is not installed; for its records: pip install 'dfpir-studio[training]'")
        return None
    return SummaryWriter(str(folder), purge_step=step + 1)  # hides records after the resumed step
