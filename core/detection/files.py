"""The file of a detector: one safetensors file with weights, configuration, calibration and card.

Its header has one entry, ``dfpir-studio detector``, a JSON object with ``format`` (1), ``config`` (the fields of
:class:`DetectorConfig`), ``calibration`` and ``card``. Only one entry, because safetensors writes several in random
order.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import safetensors
import safetensors.torch
import torch
from torch import Tensor

from core.checkpoints.builtin import built_in_detector
from core.checkpoints.validation import (
    DAMAGED,
    HEADER_LIMIT,
    brief,
    check_card,
    check_header,
    check_shapes,
    finite,
    json_object,
    read_header,
    reading,
    unusable_header,
    writing,
)
from core.detection.calibration import Calibration
from core.detection.network import DetectorConfig, DetectorNetwork
from core.errors import CheckpointError
from core.io.atomic import publish
from core.io.regular_files import open_regular
from core.messages import message
from core.system.memory import check_free

__all__ = ["DetectorFile", "built_in_detector", "load_detector", "save_detector"]

FORMAT = 1
_ENTRY = "dfpir-studio detector"


@dataclass(frozen=True, eq=False)
class DetectorFile:
    """A trained detector.

    Attributes:
        config: configuration of the network.
        state: weights by the names of :class:`DetectorNetwork`'s ``state_dict``, float32, finite.
        calibration: from logits to probabilities.
        card: the model card as values for JSON.
    """

    config: DetectorConfig
    state: Mapping[str, Tensor]
    calibration: Calibration = field(default_factory=Calibration)
    card: Mapping[str, Any] = field(default_factory=dict)

    def build(self) -> DetectorNetwork:
        """Build the network on the CPU, in eval mode.

        Raises:
            CheckpointError: the weights do not fit the configuration.
        """
        network = self.check_fit()
        network.load_state_dict({name: tensor.clone() for name, tensor in self.state.items()}, assign=True)
        return network.eval().requires_grad_(False)

    def check_fit(self) -> DetectorNetwork:
        """Check names and shapes of the weights, and return the network without memory for its own.

        Raises:
            CheckpointError: the weights do not fit the configuration.
        """
        with torch.device("meta"):
            network = DetectorNetwork(self.config)
        check_shapes(self.state, {name: tensor.shape for name, tensor in network.state_dict().items()})
        return network


def save_detector(path: str | Path, detector: DetectorFile) -> Path:
    """Write a detector; the same content gives the same bytes. If that fails, an existing file stays as it was.

    Raises:
        CheckpointError: weights are not finite, or the file cannot be written.
    """
    path = Path(path)
    with writing(path):
        check_card(detector.card)
        tensors = {name: tensor.to("cpu").contiguous() for name, tensor in sorted(finite(detector.state).items())}
        header = {
            "format": FORMAT,
            "config": detector.config.to_dict(),
            "calibration": detector.calibration.to_dict(),
            "card": dict(detector.card),
        }
        text = json.dumps(header, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"))
        publish(safetensors.torch.save(tensors, {_ENTRY: text}), path, overwrite=True)
    return path


def load_detector(path: str | Path) -> DetectorFile:
    """Read a detector. No code is executed.

    Raises:
        CheckpointError: the file is missing, damaged, not a detector, of a newer format, or its weights are not finite.
    """
    path = Path(path)
    with reading(path, "a detector"):
        return _load(path)


def _load(path: Path) -> DetectorFile:
    with open_regular(path) as file:
        head = file.read(HEADER_LIMIT + 8)  # checked first: a large file of another program is not read in full
        size = file.seek(0, 2)
        if head[8:9] != b"{":
            raise CheckpointError(message("Not a safetensors file, or incomplete. {advice}", advice=DAMAGED))
        header = read_header(head, size)
        if _ENTRY not in header.metadata:
            raise CheckpointError(message("It is a safetensors file, but not a detector."))
        check_header(header, size)
        config, calibration, card = _parsed(header.metadata[_ENTRY])
        DetectorFile(config, header.outlines()).check_fit()
        check_free(size)
        file.seek(0)
        data = file.read(size)
    try:
        state = safetensors.torch.load(data)
    except (safetensors.SafetensorError, KeyError, ValueError, RuntimeError) as error:
        raise CheckpointError(
            message(
                "Not a safetensors file, or incomplete ({reason}). {advice}", reason=brief(str(error)), advice=DAMAGED
            )
        ) from error
    detector = DetectorFile(config, finite(state), calibration, card)
    detector.check_fit()
    return detector


def _parsed(text: str) -> tuple[DetectorConfig, Calibration, dict[str, Any]]:
    try:
        header = json_object(text)
        if header["format"] != FORMAT:
            raise CheckpointError(
                message(
                    "The file has format {version}, which this program does not support. Update DFPIR Studio.",
                    version=brief(str(header["format"])),
                )
            )
        config = DetectorConfig.from_dict(header["config"])
        calibration = Calibration.from_dict(header["calibration"])
        card = dict(header["card"])
    except (LookupError, ValueError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise unusable_header(error) from error
    check_card(card)
    return config, calibration, card
