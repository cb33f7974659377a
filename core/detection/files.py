"""The detector's file: one safetensors file with weights, configuration, calibration and card.

Its header carries one entry, ``dfpir-studio detector``, a JSON object with ``format`` (1), ``config`` (the fields of
:class:`DetectorConfig`), ``calibration`` and ``card``. One entry, because safetensors would write several in random
order.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any

import safetensors
import safetensors.torch
import torch
from torch import Tensor

from core.atomic import publish
from core.detection.calibration import Calibration
from core.detection.network import DetectorConfig, DetectorNetwork
from core.errors import CheckpointError

FORMAT = 1
_ENTRY = "dfpir-studio detector"
_DAMAGED = "The file is damaged: download or copy it again."


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
        with torch.device("meta"):
            network = DetectorNetwork(self.config)
        try:
            network.load_state_dict({name: tensor.clone() for name, tensor in self.state.items()}, assign=True)
        except RuntimeError as error:
            raise CheckpointError(f"The weights do not fit the network: {error}") from error
        return network.eval().requires_grad_(False)


def built_in_detector() -> Path:
    """The detector that ships with the program."""
    return Path(str(resources.files("resources") / "detector" / "dfpir-detector.safetensors"))


def save_detector(path: str | Path, detector: DetectorFile) -> Path:
    """Write a detector, or leave a file that is there already as it was; the same content gives the same bytes.

    Raises:
        CheckpointError: weights are not finite, or the file cannot be written.
    """
    path = Path(path)
    for name, tensor in detector.state.items():
        if not torch.isfinite(tensor).all():
            raise CheckpointError(f"{path} was not written. The tensor {name} holds values that are not finite.")
    header = {
        "format": FORMAT,
        "config": detector.config.to_dict(),
        "calibration": detector.calibration.to_dict(),
        "card": dict(detector.card),
    }
    text = json.dumps(header, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"))
    tensors = {
        name: tensor.detach().to("cpu", torch.float32).contiguous() for name, tensor in sorted(detector.state.items())
    }
    try:
        publish(safetensors.torch.save(tensors, {_ENTRY: text}), path, overwrite=True)
    except OSError as error:
        raise CheckpointError(f"{path} cannot be written: {error.strerror or error}. Choose another folder.") from error
    return path


def load_detector(path: str | Path) -> DetectorFile:
    """Read a detector; nothing in the file is executed.

    Raises:
        CheckpointError: the file is missing, damaged, no detector, of a newer format, or its weights are not finite.
    """
    path = Path(path)
    try:
        return _load(path)
    except CheckpointError as error:
        raise CheckpointError(f"{path} cannot be used as a detector. {error}") from error
    except FileNotFoundError as error:
        raise CheckpointError(f"There is no file {path}. Check the name, or install the program again.") from error
    except OSError as error:
        raise CheckpointError(f"{path} cannot be read: {error.strerror or error}.") from error


def _load(path: Path) -> DetectorFile:
    if path.is_dir():
        raise CheckpointError("It is a folder. Choose the detector's file in it.")
    try:
        with safetensors.safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            if _ENTRY not in metadata:
                raise CheckpointError("It is no detector, but another safetensors file.")
            state = {name: file.get_tensor(name).to(torch.float32) for name in file.keys()}  # noqa: SIM118
    except (safetensors.SafetensorError, ValueError, RuntimeError) as error:
        raise CheckpointError(f"It is no safetensors file, or incomplete ({error}). {_DAMAGED}") from error
    try:
        header = json.loads(metadata[_ENTRY])
        if header["format"] != FORMAT:
            raise CheckpointError(f"It is written in format {header['format']}, unknown here. Update DFPIR Studio.")
        config = DetectorConfig.from_dict(header["config"])
        calibration = Calibration.from_dict(header["calibration"])
        card = dict(header["card"])
    except (LookupError, ValueError, TypeError, AttributeError, RecursionError) as error:
        raise CheckpointError(f"Its header cannot be used: {error}. {_DAMAGED}") from error
    for name, tensor in state.items():
        if not torch.isfinite(tensor).all():
            raise CheckpointError(f"The tensor {name} holds values that are not finite. Use another file.")
    return DetectorFile(config, state, calibration, card)
