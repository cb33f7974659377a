"""The training of a restorer: DFPIR with its prompts, samples, loss and validation."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from core.checkpoints import Checkpoint, load_checkpoint, save_checkpoint
from core.degradations import KEYS, degradation
from core.evaluation.metrics import psnr
from core.models import DFPIR
from core.prompts import PromptBank, random_codes
from training.engine.history import earlier_parts
from training.engine.objective import Arrays
from training.engine.state import ResumeError
from training.restoration.config import TrainingConfig
from training.restoration.depth_expansion import can_expand, expand_into
from training.restoration.losses import restoration_loss
from training.restoration.samples import Batch, TrainingData

VALIDATION_PATCH = 192
"""Side of the held-out crops in pixels."""

VALIDATION_BATCH = 4
"""Held-out crops that are restored at once."""


class RestorationObjective:
    """The :class:`training.engine.objective.Objective` of a restorer.

    A batch is (degraded, clean, prompts): pictures (B, 3, P, P) float32 in [0, 1], and (B,) int64 indices into
    :data:`core.degradations.KEYS`.

    Args:
        config: what to train.
        data_root: the data folder that the configuration's folders are relative to.
        init: checkpoint with the initial weights and prompts of a new run; a resumed run keeps its own.
        cache: folder for packed pictures; None decodes them into memory.

    Raises:
        DataError: pictures are missing or unreadable.
        ResumeError: ``init`` is of another network, and not of one with fewer blocks.
        CheckpointError: ``init`` cannot be read.
    """

    def __init__(
        self, config: TrainingConfig, data_root: Path, init: Path | None = None, cache: Path | None = None
    ) -> None:
        initial = None if init is None else _checkpoint_for(config, init)
        self.init = init
        self.earlier = [] if initial is None else earlier_parts(initial.card)
        self._state = None if initial is None else initial.state
        # Weights depend on the prompts they were trained with: other prompts would give other channel orders.
        self.bank = (
            random_codes(KEYS, seed=config.prompt_seed, width=config.model.prompt_dim)
            if initial is None
            else initial.prompts
        )
        self.data = TrainingData(config, data_root, cache)
        self.settings = self.data.config = config.resolved(self.data.samples_per_epoch)
        self._embeddings: dict[torch.device, Tensor] = {}

    def network(self) -> DFPIR:
        """A new network, or one with the weights of ``init``."""
        network = DFPIR(self.settings.model)
        if self._state is not None:
            expand_into(network, self._state)
        return network

    def batch(self, step: int, rank: int = 0, ranks: int = 1) -> Arrays:
        """The samples of step ``step`` that process ``rank`` of ``ranks`` trains on."""
        batch = self.data.batch(step, rank, ranks)
        return batch.degraded, batch.clean, batch.prompts

    def loss(self, network: nn.Module, batch: tuple[Tensor, ...]) -> Tensor:
        """The loss of the configuration: () float32."""
        degraded, clean, prompts = batch
        output = network(degraded, self._prompts(prompts))
        settings = self.settings
        spectral = None
        if settings.frequency_families:
            counted = [degradation(key).family in settings.frequency_families for key in KEYS]
            spectral = torch.tensor(counted, device=prompts.device)[prompts]
        return restoration_loss(
            output,
            clean,
            settings.frequency_loss,
            settings.loss,
            settings.psnr_ceiling,
            spectral,
            settings.frequency_bound,
        )

    def validate(self, network: nn.Module) -> dict[str, float]:
        """Mean PSNR in dB of held-out crops, per degradation."""
        scores: dict[str, list[float]] = {}
        for name, degraded, clean, prompts in self._validation(network):
            restored = self._restore(network, degraded, prompts)
            scores.setdefault(name, []).extend(
                psnr(a, b) for a, b in zip(restored.cpu().numpy(), clean.cpu().numpy(), strict=True)
            )
        return {name: sum(values) / len(values) for name, values in scores.items()}

    def pictures(self, network: nn.Module) -> dict[str, NDArray[np.uint8]]:
        """One held-out crop per degradation, (P, 3P, 3) uint8: degraded, restored and clean side by side."""
        rows: dict[str, NDArray[np.uint8]] = {}
        for name, degraded, clean, prompts in self._validation(network, first=True):
            if name not in rows:
                restored = self._restore(network, degraded, prompts)
                row = torch.cat([degraded, restored, clean], dim=3)[0].permute(1, 2, 0)  # (P, 3P, 3)
                rows[name] = (row * 255).round().to(torch.uint8).cpu().numpy()
        return rows

    def export(self, network: nn.Module, file: Path, card: Mapping[str, Any]) -> None:
        """Write a native checkpoint with prompt bank and card.

        Raises:
            CheckpointError: a weight is not finite, or the file cannot be written.
        """
        assert isinstance(network, DFPIR)
        save_checkpoint(file, Checkpoint.from_model(network, self.bank, dict(card)))

    def state(self) -> dict[str, Any]:
        """The prompt bank."""
        texts, embeddings = self.bank.to_arrays()
        return {"prompts": (texts, torch.from_numpy(embeddings))}

    def load_state(self, state: dict[str, Any]) -> None:
        """Restore the prompt bank of an interrupted run."""
        texts, embeddings = state["prompts"]
        self.bank = PromptBank.from_arrays(texts, embeddings.numpy())
        self._embeddings.clear()

    def _prompts(self, indices: Tensor) -> Tensor:
        # (B,) int64 -> (B, prompt_dim) float32
        device = indices.device
        if device not in self._embeddings:
            rows = [torch.tensor(self.bank.embedding(key)) for key in KEYS]
            self._embeddings[device] = torch.stack(rows).to(device)
        return self._embeddings[device][indices]

    def _restore(self, network: nn.Module, degraded: Tensor, prompts: Tensor) -> Tensor:
        restored: Tensor = network(degraded, self._prompts(prompts))
        return restored.float().clamp(0, 1)

    def _validation(self, network: nn.Module, first: bool = False) -> Iterator[tuple[str, Tensor, Tensor, Tensor]]:
        device = next(network.parameters()).device
        for name, batch in self.data.validation(VALIDATION_PATCH):
            for degraded, clean, prompts in _pieces(batch, 1 if first else VALIDATION_BATCH):
                yield name, degraded.to(device), clean.to(device), prompts.to(device)
                if first:
                    break


def _pieces(batch: Batch, size: int) -> Iterator[tuple[Tensor, ...]]:
    tensors = (torch.split(torch.from_numpy(array), size) for array in (batch.degraded, batch.clean, batch.prompts))
    return zip(*tensors, strict=True)


def _checkpoint_for(config: TrainingConfig, file: Path) -> Checkpoint:
    checkpoint = load_checkpoint(file)
    if not can_expand(checkpoint.config, config.model):
        raise ResumeError(
            f"{file}: its network differs from that of the configuration. Make [model] equal; only the "
            "numbers of blocks may be greater in the configuration."
        )
    return checkpoint
