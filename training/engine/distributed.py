"""Several processes that train one network, started by ``torchrun`` and configured by its environment variables."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn

from core.errors import DFPIRError
from training.engine.config import RunSettings

PATIENCE = timedelta(hours=1)
"""Timeout for waiting processes: rank 0 validates and saves while the others wait."""


class DistributedError(DFPIRError):
    """The requested distribution over processes is not possible."""


@dataclass(frozen=True)
class Ranks:
    """This process among all: ``rank`` from 0 to ``count - 1``. Rank 0 writes the files."""

    rank: int = 0
    count: int = 1

    @property
    def writes(self) -> bool:
        """Whether this process writes files and logs."""
        return self.rank == 0

    def wrapped(self, network: nn.Module) -> nn.Module:
        """``network``, wrapped to average the gradients of all processes in the backward pass if there are several."""
        if self.count == 1:
            return network
        device = next(network.parameters()).device
        # The DGM has weights without a gradient.
        return nn.parallel.DistributedDataParallel(
            network, device_ids=[device] if device.type == "cuda" else None, find_unused_parameters=True
        )

    def mean(self, values: Tensor) -> list[float]:
        """The mean over processes of each number in ``values``, (n,) float. All processes must call it."""
        if self.count > 1:
            values = values.double()
            dist.all_reduce(values)
            values /= self.count
        return values.tolist()

    def gathered(self, value: Any) -> list[Any]:
        """On rank 0 the values of all processes, in order; elsewhere only its own. All processes must call it."""
        if self.count == 1:
            return [value]
        values = [None] * self.count if self.writes else None
        dist.gather_object(value, values)
        return values or [value]

    @contextmanager
    def first_goes_ahead(self) -> Iterator[None]:
        """Run the block on rank 0 first, then on the others: for work whose result rank 0 leaves on disk."""
        if self.count > 1 and not self.writes:
            dist.barrier()
        yield
        if self.count > 1 and self.writes:
            dist.barrier()

    def check(self, settings: RunSettings) -> None:
        """Check that every stage's batch can be divided evenly.

        Raises:
            DistributedError: a batch cannot; the message names it.
        """
        for stage in settings.stages:
            if stage.batch % self.count:
                raise DistributedError(
                    f"A batch of {stage.batch} cannot be divided evenly among {self.count} processes. Make that of "
                    "every stage divisible by --nproc-per-node times the number of machines."
                )


ALONE = Ranks()


@contextmanager
def joined(device: str) -> Iterator[tuple[Ranks, torch.device]]:
    """Rank and device of this process in the group that ``torchrun`` creates; a single process without it.

    Args:
        device: ``"auto"`` for CUDA if available, else the CPU; otherwise a torch device. Under ``torchrun`` each
            process of a machine gets the CUDA device of its local rank.

    Raises:
        DistributedError: the device does not exist, or there are fewer devices than processes.
    """
    count, local = int(os.environ.get("WORLD_SIZE", "1")), int(os.environ.get("LOCAL_RANK", "0"))
    chosen = _device(device, local, count)
    if count == 1:
        yield ALONE, chosen
        return
    if chosen.type == "cuda":
        torch.cuda.set_device(chosen)
    dist.init_process_group("nccl" if chosen.type == "cuda" else "gloo", timeout=PATIENCE)
    try:
        yield Ranks(dist.get_rank(), dist.get_world_size()), chosen
        dist.barrier()  # a process that exits early closes connections that others may still read from
    finally:
        dist.destroy_process_group()


def _device(name: str, local: int, count: int) -> torch.device:
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise DistributedError(f"Unknown device {name!r}. Choose auto, cpu, cuda or cuda:N.") from error
    if device.type != "cuda":
        return device
    if count > 1:
        device = torch.device("cuda", local)
    if (device.index or 0) >= torch.cuda.device_count():
        raise DistributedError(
            f"Device {str(device)!r} does not exist: PyTorch finds {torch.cuda.device_count()} CUDA devices. "
            "Start one process per device of a machine, or choose --device cpu."
        )
    return device
