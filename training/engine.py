"""The training loop: resumable at any step, and bit for bit the same whether it was interrupted or not (on CPU)."""

import json
import logging
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import cv2
import torch
from torch import Tensor, nn

from core.checkpoints import Checkpoint, load_checkpoint, save_checkpoint
from core.degradations import KEYS
from core.errors import DFPIRError
from core.evaluation.metrics import psnr
from core.models import DFPIR
from core.prompts import PromptBank, random_codes
from training.config import TrainingConfig
from training.data import Batch, TrainingData
from training.losses import restoration_loss
from training.optimiser import Optimisers
from training.state import ResumeError, load_state, save_state

log = logging.getLogger(__name__)
LAST = "last.pt"


class TrainingError(DFPIRError):
    """Training had to stop; the message says why and where the last good state is."""


class Trainer:
    """One run in one folder.

    Args:
        config: what to train.
        data_root: the data folder that the configuration's folders are relative to.
        run_dir: where states, the log and the exported checkpoint go; a state found there is resumed.
        device: torch device name.
        init: checkpoint whose weights and prompts a new run begins with; a resumed run goes on with its own.

    Raises:
        DataError: pictures are missing or unreadable.
        ResumeError: the state in ``run_dir``, or ``init``, belongs to another configuration.
        CheckpointError: ``init`` cannot be read.
    """

    def __init__(
        self, config: TrainingConfig, data_root: Path, run_dir: Path, device: str = "cpu", init: Path | None = None
    ) -> None:
        self.config, self.run_dir, self.device = config, run_dir, torch.device(device)
        cv2.setNumThreads(1)
        run_dir.mkdir(parents=True, exist_ok=True)
        self.data = TrainingData(config, data_root)
        torch.manual_seed(config.seed)
        begin = None if init is None else _checkpoint_for(config, init)
        # Weights are of use only with the prompts they were trained with: others would shuffle their channels.
        self.bank = (
            random_codes(KEYS, seed=config.prompt_seed, width=config.model.prompt_dim)
            if begin is None
            else begin.prompts
        )
        self.model = DFPIR(config.model).to(self.device, memory_format=torch.channels_last)
        self.ema = DFPIR(config.model).to(self.device, memory_format=torch.channels_last).eval().requires_grad_(False)
        if begin is not None:
            self.model.load_state_dict(begin.state)
        self.ema.load_state_dict(self.model.state_dict())
        self.optimisers = Optimisers(self.model, config.optimiser, config.steps)
        self.step = 0
        self.best = float("-inf")
        self._resume()
        self.prompts = torch.stack([torch.tensor(self.bank.embedding(key)) for key in KEYS]).to(self.device)

    def run(self, until: int | None = None) -> None:
        """Train up to step ``until`` (default: the end of the last stage), then save.

        SIGINT and SIGTERM end the run after the current step, with everything saved.

        Raises:
            TrainingError: the loss is not finite, or a state cannot be written.
        """
        until = min(until or self.config.steps, self.config.steps)
        started, first = time.monotonic(), self.step
        recent = 0.0
        with _stop_signals() as stopped, ThreadPoolExecutor(1) as loader:
            upcoming = loader.submit(self.data.batch, self.step)
            while self.step < until and not stopped:
                batch = upcoming.result()
                upcoming = loader.submit(self.data.batch, self.step + 1)
                loss = self._train_step(batch)
                recent = loss if not recent else 0.98 * recent + 0.02 * loss
                self.step += 1
                if self.step % 50 == 0:
                    pace = (time.monotonic() - started) / (self.step - first)
                    log.info(
                        "step %d/%d  loss %.4f  %.2f s/step  %.0f min left",
                        self.step,
                        self.config.steps,
                        recent,
                        pace,
                        pace * (until - self.step) / 60,
                    )
                if self.step % self.config.validate_every == 0:
                    self.validate()
                if self.step % self.config.save_every == 0:
                    self.save()
        self.save()

    def _train_step(self, batch: Batch) -> float:
        self.model.train()
        degraded, clean, prompts = self._to_device(batch)
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.config.autocast):
            output = self.model(degraded, prompts)
        loss = restoration_loss(output, clean, self.config.frequency_loss, self.config.loss)
        if not torch.isfinite(loss):
            raise TrainingError(
                f"The loss is not finite at step {self.step + 1}. The last good state is "
                f"{self.run_dir / LAST}; lower the learning rate and run again."
            )
        loss.backward()  # type: ignore[no-untyped-call]
        if self.config.optimiser.clip:
            nn.utils.clip_grad_norm_(self.model.parameters(), self.config.optimiser.clip)
        self.optimisers.step(self.step)
        self._update_ema()
        return loss.item()

    @torch.no_grad()
    def _update_ema(self) -> None:
        # Early in a run a long average would mostly remember the initial weights.
        decay = min(self.config.optimiser.ema, (1 + self.step) / (10 + self.step))
        averages, weights = list(self.ema.parameters()), list(self.model.parameters())
        torch._foreach_lerp_(averages, weights, 1 - decay)

    @torch.no_grad()
    def validate(self) -> dict[str, float]:
        """Mean PSNR in dB of the averaged weights on held-out crops, per task; the best is exported as ``best``."""
        scores: dict[str, list[float]] = {}
        for name, batch in self.data.validation(192):
            degraded, clean, prompts = self._to_device(batch)
            with torch.autocast(self.device.type, torch.bfloat16, enabled=self.config.autocast):
                output = self.ema(degraded, prompts)
            output = output.float().clamp(0, 1)
            scores.setdefault(name, []).extend(
                psnr(o, c) for o, c in zip(output.cpu().numpy(), clean.cpu().numpy(), strict=True)
            )
        means = {name: sum(values) / len(values) for name, values in scores.items()}
        log.info("step %d  validation  %s", self.step, "  ".join(f"{k} {v:.2f}" for k, v in means.items()))
        with (self.run_dir / "validation.jsonl").open("a", encoding="utf-8") as stream:
            stream.write(json.dumps({"step": self.step, **means}) + "\n")
        mean = sum(means.values()) / max(len(means), 1)
        if mean > self.best:
            self.best = mean
            self.export(self.run_dir / "best.safetensors")
        return means

    def save(self) -> None:
        """Write the state that :class:`Trainer` resumes from, and the averaged weights as a checkpoint.

        Raises:
            TrainingError: the disk is full or not writable; earlier files are untouched.
        """
        texts, embeddings = self.bank.to_arrays()
        state = {
            "step": self.step,
            "prompts": (texts, torch.from_numpy(embeddings)),
            "best": self.best,
            "config": _fingerprint(self.config),
            "model": self.model.state_dict(),
            "ema": self.ema.state_dict(),
            "optimisers": self.optimisers.state_dict(),
        }
        try:
            save_state(self.run_dir / LAST, state)
            self.export(self.run_dir / "last.safetensors")
        except OSError as error:
            raise TrainingError(
                f"{self.run_dir}: the training state cannot be written ({error.strerror}). "
                "Make room and run the same command again: it goes on from the last state."
            ) from error

    def export(self, file: Path) -> None:
        """Write the averaged weights as a native checkpoint with its prompt bank and card."""
        card = {**self.config.card, "name": self.config.name, "steps": self.step, "device": str(self.device)}
        save_checkpoint(file, Checkpoint.of(self.ema, self.bank, card))

    def _resume(self) -> None:
        file = self.run_dir / LAST
        if not file.exists():
            return
        state = load_state(file)
        if state["config"] != _fingerprint(self.config):
            raise ResumeError(f"{file}: was made by another configuration. Choose another run folder, or move it away.")
        texts, embeddings = state["prompts"]
        self.bank = PromptBank.from_arrays(texts, embeddings.numpy())
        self.model.load_state_dict(state["model"])
        self.ema.load_state_dict(state["ema"])
        self.optimisers.load_state_dict(state["optimisers"])
        self.step, self.best = state["step"], state["best"]
        log.info("resumed at step %d from %s", self.step, file)

    def _to_device(self, batch: Batch) -> tuple[Tensor, Tensor, Tensor]:
        def picture(array: object) -> Tensor:
            tensor = torch.as_tensor(array).to(self.device, non_blocking=True)
            return tensor.to(memory_format=torch.channels_last)

        prompts = self.prompts[torch.from_numpy(batch.prompts).to(self.device)]
        return picture(batch.degraded), picture(batch.clean), prompts


def _checkpoint_for(config: TrainingConfig, file: Path) -> Checkpoint:
    checkpoint = load_checkpoint(file)
    if checkpoint.config != config.model:
        raise ResumeError(f"{file}: its network is another one than the configuration's. Make their [model] equal.")
    return checkpoint


def _fingerprint(config: TrainingConfig) -> str:
    # What a resumed run must share with the one it goes on; how often it reports or saves may change.
    values = asdict(config)
    for free in ("card", "validate_every", "save_every", "name"):
        values.pop(free)
    return json.dumps(values, sort_keys=True)


@contextmanager
def _stop_signals() -> Iterator[list[int]]:
    received: list[int] = []
    previous = {}
    for number in (signal.SIGINT, signal.SIGTERM):
        try:
            previous[number] = signal.signal(number, lambda got, frame: received.append(got))
        except ValueError:  # not on the main thread: nothing to catch there
            continue
    try:
        yield received
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
