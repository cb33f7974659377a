"""The training loop: resumable at any step, with bit-identical results on the CPU."""

import logging
import math
import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

import cv2
import torch
from torch import nn
from torch._dynamo.exc import TorchDynamoException

from core.checkpoints.validation import brief
from core.errors import CheckpointError, DFPIRError
from training.engine.distributed import ALONE, Ranks
from training.engine.history import Part, run_card, this_part
from training.engine.loader import Loader, Tensors, to_device
from training.engine.objective import Objective
from training.engine.optimiser import Optimisers, Rates
from training.engine.run_log import RunLog
from training.engine.state import (
    ResumeError,
    load_state,
    locked,
    random_state,
    same_until,
    save_state,
    set_random_state,
    signature,
)

log = logging.getLogger(__name__)
LAST = "last.pt"

_PARTS = ("best", "config", "earlier", "init", "objective", "model", "ema", "optimisers", "random")
_ANEW = "Restore a copy of it, or move it away to start from the beginning."


class TrainingError(DFPIRError):
    """Training stopped; the message gives the reason and the last good state."""


@dataclass(frozen=True)
class StepResult:
    """Mean loss over all processes, norm of the gradient before clipping, and whether to stop."""

    loss: float
    norm: float
    stop: bool


class Trainer:
    """One run in one folder.

    Args:
        objective: what is trained.
        run_dir: folder for states, log and exported checkpoints; an existing state is resumed.
        device: of the network.
        ranks: this process among all.

    Raises:
        ResumeError: the state in ``run_dir`` is damaged or belongs to another configuration, or another training is
            running there.
        DistributedError: a batch cannot be divided evenly among the processes.
        TrainingError: the device does not support the precision.
    """

    def __init__(
        self, objective: Objective, run_dir: Path, device: torch.device | str = "cpu", ranks: Ranks = ALONE
    ) -> None:
        self.objective, self.run_dir, self.ranks = objective, run_dir, ranks
        self.settings = settings = objective.settings
        self.device = torch.device(device)
        if settings.autocast == "float16" and self.device.type != "cuda":
            raise TrainingError('autocast = "float16" needs CUDA. Use "bfloat16", or "float32" for none.')
        ranks.check(settings)
        cv2.setNumThreads(1)
        run_dir.mkdir(parents=True, exist_ok=True)
        with self._locked():  # report a conflict before the network is built
            pass
        torch.manual_seed(settings.seed)
        self.model = self._placed(objective.network())
        self.ema = self._placed(objective.network()).eval().requires_grad_(False)
        self.ema.load_state_dict(self.model.state_dict())
        torch.manual_seed(settings.seed + ranks.rank)  # the same weights everywhere, but not the same dropout
        if settings.compile:
            self.model.compile(dynamic=False)  # at the first call, and again for every size of crops
        self.network = ranks.wrapped(self.model)
        scaler = torch.amp.GradScaler(self.device.type, enabled=settings.autocast == "float16")
        self.optimisers = Optimisers(self.model, settings.optimiser, scaler)
        self.rates = Rates(settings)
        self.earlier: list[Part] = [dict(part) for part in objective.earlier]
        self.init = None if objective.init is None else "/".join(objective.init.parts[-2:])
        self.step = 0
        self.best = float("-inf")
        self._run_log: RunLog | None = None
        self._resume()

    def run(self, until: int | None = None) -> int | None:
        """Train up to step ``until`` (default: the end of the last stage), then save.

        SIGINT and SIGTERM, at any of the processes, end the run after the current step, with everything saved.

        Returns:
            The number of the signal that ended the run, or None.

        Raises:
            ResumeError: another training is running in the run folder, or has written to it since the state was loaded.
            TrainingError: the loss is not finite, or the run folder cannot be written.
        """
        with self._locked():
            if self.ranks.writes and signature(self.run_dir / LAST) != self._found:
                raise ResumeError(
                    f"{self.run_dir / LAST}: another training has written it meanwhile. Run the same command again to "
                    "resume from there, or choose another folder with --run."
                )
            return self._run(until)

    def _locked(self) -> AbstractContextManager[None]:
        return locked(self.run_dir) if self.ranks.writes else nullcontext()

    def _run(self, until: int | None) -> int | None:
        until = min(until or self.settings.steps, self.settings.steps)
        saved, stopped = None, False
        with (
            self._records(),
            stop_signals() as signals,
            Loader(self.objective, self.step, until, self.device, self.ranks) as loader,
        ):
            while self.step < until:
                waiting = time.monotonic()
                batch = loader.take()
                waited = time.monotonic() - waiting
                result = self.train_step(batch, signals)
                self._report(result, waited, until)
                if self.step % self.settings.validate_every == 0 and self.ranks.writes:
                    self.validate()
                if self.step % self.settings.save_every == 0:
                    self.save()
                    saved = self.step
                if stopped := result.stop:
                    break
            if saved != self.step:
                self.save()
        if not stopped:
            return None
        return signals[0] if signals else signal.SIGTERM  # another process received it

    def train_step(self, batch: Tensors, signals: Sequence[int] = ()) -> StepResult:
        """One update of the weights and of their average.

        Args:
            batch: as :class:`training.engine.loader.Loader` gives it.
            signals: signals that this process has received; the result tells whether any process has received one.

        Raises:
            TrainingError: the loss or its gradient is not finite, or the network cannot be compiled. The weights are
                still those of the step before.
        """
        self.model.train()
        with _compiling():
            with self._autocast():
                loss = self.objective.loss(self.network, to_device(batch, self.device))
            self.optimisers.scaler.scale(loss).backward()  # type: ignore[no-untyped-call]
        norm = self.optimisers.collect()
        # One exchange for all values, and only after the backward pass, in which the processes wait for one another.
        facts = torch.stack(
            [loss.detach().float(), norm.float(), torch.tensor(float(len(signals)), device=self.device)]
        )
        mean_loss, mean_norm, stopping = self.ranks.mean(facts)
        # With a scaled loss, a gradient may overflow: the step is skipped, and the next one uses a smaller scale.
        if not math.isfinite(mean_loss) or not (math.isfinite(mean_norm) or self.optimisers.scaler.is_enabled()):
            self.optimisers.clear()
            raise TrainingError(
                f"The loss or its gradient is not finite at step {self.step + 1}. The last good state is "
                f"{self.run_dir / LAST}. Start a new run with --init {self.run_dir / 'last.safetensors'} and a "
                "lower learning rate."
            )
        self.optimisers.step(self.rates.share(self.step))
        self._update_ema()
        self.step += 1
        return StepResult(mean_loss, mean_norm, stopping > 0)

    @torch.no_grad()
    def validate(self) -> dict[str, float]:
        """Metrics of the averaged weights; the weights with the best mean are exported as ``best``.

        Raises:
            TrainingError: the run folder cannot be written.
        """
        run_log, pictures = self._run_log, {}
        with self._autocast():
            means = self.objective.validate(self.ema)
            if run_log is not None and run_log.wants_pictures:
                pictures = self.objective.pictures(self.ema)
        mean = sum(means.values()) / max(len(means), 1)
        with self._writing():
            if run_log is not None:
                run_log.validation(self.step, means, pictures)
            if mean > self.best:
                self.best = mean
                self._export("best.safetensors")
        return means

    def save(self) -> None:
        """Write the state that :class:`Trainer` resumes from, and the averaged weights as a checkpoint.

        All processes must call it; rank 0 writes.

        Raises:
            TrainingError: the weights are not finite, or the disk is full or not writable; earlier files are untouched.
        """
        weights = [*self.model.parameters(), *self.ema.parameters()]
        if not torch.isfinite(nn.utils.get_total_norm([weight.detach() for weight in weights])):
            raise TrainingError(f"The weights are not finite after step {self.step}; {self.run_dir / LAST} is kept.")
        random_states = self.ranks.gathered(random_state(self.device))
        if not self.ranks.writes:
            return
        state = {
            "step": self.step,
            "best": self.best,
            "config": self.settings.fingerprint(),
            "earlier": self.earlier,
            "init": self.init,
            "objective": self.objective.state(),
            "model": self.model.state_dict(),
            "ema": self.ema.state_dict(),
            "optimisers": self.optimisers.state_dict(),
            "random": random_states,
        }
        with self._writing():
            save_state(self.run_dir / LAST, state)
            self._found = signature(self.run_dir / LAST)
            self._export("last.safetensors")

    def _export(self, name: str) -> None:
        part = this_part(self.settings, self.step, device_name(self.device, self.ranks.count), self.init)
        card = run_card(self.settings, [*self.earlier, part])
        self.objective.export(self.ema, self.run_dir / name, card)

    def _resume(self) -> None:
        file = self.run_dir / LAST
        self._found = signature(file)
        if self._found is not None:
            state = load_state(file)
            if missing := [name for name in _PARTS if name not in state]:
                raise ResumeError(f"{file}: incomplete training state: {', '.join(missing)} is missing. {_ANEW}")
            try:
                self._load(state)
            except ResumeError:
                raise
            except Exception as error:  # torch raises various errors for tensors of other shapes
                reason = brief(next(iter(str(error).splitlines()), type(error).__name__), 300)
                raise ResumeError(f"{file}: does not fit this training ({reason}). {_ANEW}") from error
            log.info("resumed at step %d from %s", self.step, file)
        if self.ranks.mean(torch.tensor([float(self.step)], device=self.device)) != [self.step]:
            raise ResumeError(f"{file}: differs between processes. Use a run folder that all machines share.")

    def _load(self, state: dict[str, Any]) -> None:
        if not same_until(self.settings, state["config"], state["step"]):
            raise ResumeError(
                f"{self.run_dir / LAST}: belongs to another configuration. Choose another run folder, or move it away."
            )
        self.objective.load_state(state["objective"])
        self.model.load_state_dict(state["model"])
        self.ema.load_state_dict(state["ema"])
        self.optimisers.load_state_dict(state["optimisers"])
        self.step, self.best = state["step"], state["best"]
        self.earlier, self.init = state["earlier"], state["init"]
        set_random_state(state["random"][self.ranks.rank % len(state["random"])], self.device)

    @torch.no_grad()
    def _update_ema(self) -> None:
        # Early in a run a long average would consist mostly of the initial weights.
        decay = min(self.settings.optimiser.ema, (1 + self.step) / (10 + self.step))
        torch._foreach_lerp_(list(self.ema.parameters()), list(self.model.parameters()), 1 - decay)
        for average, value in zip(self.ema.buffers(), self.model.buffers(), strict=True):
            average.copy_(value)

    def _report(self, result: StepResult, waited: float, until: int) -> None:
        if self._run_log is not None:
            lr = self.settings.optimiser.lr * self.rates.share(self.step - 1)
            images = self.settings.stage_at(self.step - 1).batch
            with self._writing():
                self._run_log.step(self.step, result.loss, result.norm, lr, images, waited, until)

    @contextmanager
    def _records(self) -> Iterator[None]:
        if self.ranks.writes:
            with self._writing():
                self._run_log = RunLog(self.run_dir, self.step, self.settings.steps)
        try:
            yield
        finally:
            if self._run_log is not None:
                self._run_log.close()
                self._run_log = None

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except (OSError, CheckpointError) as error:
            reason = error.strerror if isinstance(error, OSError) else error
            raise TrainingError(
                f"{self.run_dir}: the run cannot be recorded ({reason}). "
                "Free disk space and run the same command again: it resumes from the last state."
            ) from error

    def _autocast(self) -> torch.autocast:
        name = self.settings.autocast
        return torch.autocast(self.device.type, getattr(torch, name), enabled=name != "float32")

    def _placed(self, network: nn.Module) -> nn.Module:
        return network.to(self.device).to(memory_format=torch.channels_last)


@contextmanager
def _compiling() -> Iterator[None]:
    try:
        yield
    except TorchDynamoException as error:
        reason = str(error).strip().splitlines()[0]
        raise TrainingError(
            f"The network cannot be compiled ({reason}). Install a C++ compiler that PyTorch finds, or remove "
            "`compile = true` from the configuration."
        ) from error


def device_name(device: torch.device, count: int = 1) -> str:
    """Name of ``count`` devices for the model card, e.g. ``"2 CPU cores"``."""
    if device.type == "cpu":
        cores = count * torch.get_num_threads()
        return f"{cores} CPU core{'s' if cores != 1 else ''}"
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else device.type
    return name if count == 1 else f"{count} x {name}"


@contextmanager
def stop_signals() -> Iterator[list[int]]:
    """Collect SIGINT and SIGTERM received inside the block instead of terminating; a second SIGINT interrupts at once.

    Raises:
        KeyboardInterrupt: at the second SIGINT.
    """
    received: list[int] = []

    def note(number: int, frame: FrameType | None) -> None:
        if number == signal.SIGINT and number in received:
            raise KeyboardInterrupt
        received.append(number)
        log.info("%s: stopping after this step", signal.Signals(number).name)

    previous = {}
    for number in (signal.SIGINT, signal.SIGTERM):
        try:
            previous[number] = signal.signal(number, note)
        except ValueError:  # signals can only be handled on the main thread
            continue
    try:
        yield received
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
