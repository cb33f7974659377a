"""The interface between the training loop and what it trains."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from numpy.typing import NDArray
from torch import Tensor, nn

from training.engine.config import RunSettings

Arrays = tuple[NDArray[Any], ...]
"""One batch of the loader; the first axis of every array is that of samples."""


class Objective(Protocol):
    """A network with its samples, loss and validation.

    See :class:`training.restoration.objective.RestorationObjective`.

    Properties may be implemented as attributes.
    """

    @property
    def settings(self) -> RunSettings:
        """Settings of the run, with every stage's length in steps."""

    @property
    def init(self) -> Path | None:
        """The checkpoint with the initial weights of :meth:`network`; None for random ones."""

    @property
    def earlier(self) -> Sequence[Mapping[str, Any]]:
        """Earlier parts, from the card of ``init``; see :func:`training.engine.history.earlier_parts`."""

    def network(self) -> nn.Module:
        """A new network on the CPU, with the weights of ``init`` or random ones from torch's generator.

        Called twice per run: the second network holds the averaged weights.
        """

    def batch(self, step: int, rank: int = 0, ranks: int = 1) -> Arrays:
        """The samples of step ``step``: a pure function of the configuration's seed and the arguments.

        Process ``rank`` of ``ranks`` gets every ``ranks``-th sample of the global batch. Called from several threads.
        """

    def loss(self, network: nn.Module, batch: tuple[Tensor, ...]) -> Tensor:
        """Mean loss of a batch on the network's device: () float32. It is the mean over samples, as it is then averaged
        over processes. Called inside autocast.
        """

    def validate(self, network: nn.Module) -> dict[str, float]:
        """Named metrics on held-out data, higher is better; their mean determines the best checkpoint.

        Called inside autocast, without gradients, the network in evaluation mode.
        """

    def pictures(self, network: nn.Module) -> dict[str, NDArray[Any]]:
        """Sample pictures for the log, (H, W, 3) uint8 each; may be empty. Called as :meth:`validate` is."""

    def export(self, network: nn.Module, file: Path, card: Mapping[str, Any]) -> None:
        """Write the network, on any device, as a model file.

        Raises:
            OSError, CheckpointError: it cannot be written; an earlier file is untouched.
        """

    def state(self) -> dict[str, Any]:
        """State to be saved in addition to weights (e.g. the prompts), as tensors and plain values."""

    def load_state(self, state: dict[str, Any]) -> None:
        """Restore the result of :meth:`state`."""
