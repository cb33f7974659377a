"""What the training loop needs to know of the thing it trains."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from numpy.typing import NDArray
from torch import Tensor, nn

from training.engine.config import RunSettings

Arrays = tuple[NDArray[Any], ...]
"""One batch as it leaves the loader; every array's first axis counts samples."""


class Objective(Protocol):
    """A network with its samples, loss and measure; see :class:`training.restoration.objective.RestorationObjective`.

    What are properties here may be plain attributes.
    """

    @property
    def settings(self) -> RunSettings:
        """How the run goes, with every stage's length in steps."""

    @property
    def init(self) -> Path | None:
        """The checkpoint whose weights :meth:`network` gives; None for new ones."""

    @property
    def earlier(self) -> Sequence[Mapping[str, Any]]:
        """What the card of ``init`` says was trained before; see :func:`training.publishing.history.earlier_parts`."""

    def network(self) -> nn.Module:
        """A new network on the CPU, its weights those of ``init`` or drawn from torch's random state.

        Called twice a run: the second one holds the averaged weights.
        """

    def batch(self, step: int, rank: int = 0, ranks: int = 1) -> Arrays:
        """The samples of step ``step``: a pure function of the configuration's seed and the arguments.

        Process ``rank`` of ``ranks`` gets every ``ranks``-th sample of the global batch. Called from several threads.
        """

    def loss(self, network: nn.Module, batch: tuple[Tensor, ...]) -> Tensor:
        """Mean loss of a batch on the network's device: () float32; the mean over samples, for it is averaged again
        over processes. Called inside autocast.
        """

    def validate(self, network: nn.Module) -> dict[str, float]:
        """Named figures on held-out data, the greater the better; their mean chooses the best checkpoint.

        Called inside autocast, without gradients, the network in evaluation mode.
        """

    def pictures(self, network: nn.Module) -> dict[str, NDArray[Any]]:
        """Sample pictures for the log, (H, W, 3) uint8 each; may be empty. Called as :meth:`validate` is."""

    def export(self, network: nn.Module, file: Path, card: Mapping[str, Any]) -> None:
        """Write the network, on any device, as a file that the program can use.

        Raises:
            OSError, CheckpointError: it cannot be written; an earlier file is untouched.
        """

    def state(self) -> dict[str, Any]:
        """What besides weights must survive an interruption (the prompts), as tensors and plain values."""

    def load_state(self, state: dict[str, Any]) -> None:
        """Take up what :meth:`state` gave."""
