"""The detector's file: one safetensors file with weights, configuration, calibration and card.

Its header carries one entry, ``dfpir-studio detector``, a JSON object with ``format`` (1), ``config`` (the fields of
:class:`DetectorConfig`), ``calibration`` and ``card``. One entry, because safetensors would write several in random
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
    writing,
)
from core.detection.calibration import Calibration
from core.detection.network import DetectorConfig, DetectorNetwork
from core.errors import CheckpointError
from core.io.atomic import publish
from core.io.regular_files import open_regular
from core.system.memory import check_free

__all__ = ["DetectorFile", "built_in_detector", "load_detector", "save_detector"]

FORMAT = 1
_ENTRY = "dfpir-studio detector"


@dataclass(frozen=True, eq=False)
class DetectorFile:
    """A trained detector.

    Attributes:
        config: of its network.
        state: weights by the names of :class:`DetectorNetwork`'s ``state_dict``, float32, finite.
        calibration: from logits to probabilities.
        card: the model card, plain values that JSON can hold.
    """

    config: DetectorConfig
    state: Mapping[str, Tensor]
    calibration: Calibration = field(default_factory=Calibration)
    card: Mapping[str, Any] = field(default_factory=dict)

    def build(self) -> DetectorNetwork:
        """A network with these weights, on the CPU, in eval mode.

        Raises:
            CheckpointError: the weights do not fit the configuration.
        """
        network = self._fitting()
        network.load_state_dict({name: tensor.clone() for name, tensor in self.state.items()}, assign=True)
        return network.eval().requires_grad_(False)

    def _fitting(self) -> DetectorNetwork:
        """The network without memory for its weights, after checking that these fit it."""
        with torch.device("meta"):
            network = DetectorNetwork(self.config)
        check_shapes(self.state, {name: tensor.shape for name, tensor in network.state_dict().items()})
        return network


def save_detector(path: str | Path, detector: DetectorFile) -> Path:
    """Write a detector, or leave a file that is there already as it was; the same content gives the same bytes.

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
    """Read a detector; nothing in the file is executed.

    Raises:
        CheckpointError: the file is missing, damaged, no detector, of a newer format, or its weights are not finite.
    """
    path = Path(path)
    with reading(path, "a detector"):
        return _load(path)


def _load(path: Path) -> DetectorFile:
    with open_regular(path) as file:
        head = file.read(HEADER_LIMIT + 8)  # first, so that another program's file is not read just to be refused
        size = file.seek(0, 2)
        if head[8:9] != b"{":
            raise CheckpointError(f"It is no safetensors file, or incomplete. {DAMAGED}")
        header = read_header(head, size)
        if _ENTRY not in header.metadata:
            raise CheckpointError("It is no detector, but another safetensors file.")
        check_header(header, size)
        config, calibration, card = _told(header.metadata[_ENTRY])
        DetectorFile(config, header.outlines())._fitting()
        check_free(size)
        file.seek(0)
        data = file.read(size)
    try:
        state = safetensors.torch.load(data)
    except (safetensors.SafetensorError, KeyError, ValueError, RuntimeError) as error:
        raise CheckpointError(f"It is no safetensors file, or incomplete ({brief(str(error))}). {DAMAGED}") from error
    detector = DetectorFile(config, finite(state), calibration, card)
    detector._fitting()
    return detector


def _told(text: str) -> tuple[DetectorConfig, Calibration, dict[str, Any]]:
    try:
        header = json_object(text)
        if header["format"] != FORMAT:
            raise CheckpointError(
                f"It is written in format {brief(str(header['format']))}, unknown here. Update DFPIR Studio."
            )
        config = DetectorConfig.from_dict(header["config"])
        calibration = Calibration.from_dict(header["calibration"])
        card = dict(header["card"])
    except (LookupError, ValueError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise CheckpointError(f"Its header cannot be used: {brief(str(error), 200)}. {DAMAGED}") from error
    check_card(card)
    return config, calibration, card
