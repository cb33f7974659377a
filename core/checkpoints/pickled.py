"""The authors' files: PyTorch's own format, see :mod:`core.checkpoints.torch_zip`."""

import io
from collections.abc import Mapping

from core.checkpoints.checkpoint import Checkpoint, check_fit
from core.checkpoints.published import config_from_shapes, from_published, published_name
from core.checkpoints.torch_zip import INCOMPLETE, StoredTensor, TorchFile
from core.checkpoints.validation import brief, check_names
from core.errors import CheckpointError
from core.prompts import CLIP, PromptBank
from core.system.memory import check_free


def read(file: io.BufferedReader) -> Checkpoint:
    """The checkpoint in an authors' file. Its prompt bank is empty and names the encoder it needs.

    Names and shapes are looked at first: the weights are not even read if they cannot be used.

    Raises:
        CheckpointError: the file is damaged, holds more than plain data, no weights, or those of another network.
        MemoryError: they are larger than the free memory.
    """
    whole = TorchFile(file)
    stored = _weights(whole.content, file.seek(0, 2))
    outlines = from_published({name: tensor.outline() for name, tensor in stored.items()})
    config = config_from_shapes(outlines)
    check_fit(outlines, config, published_name)
    check_free(sum(tensor.size for tensor in stored.values()))
    return Checkpoint(config, from_published(whole.read(stored)), PromptBank(CLIP, {}), kind="published")


def _weights(content: object, size: int) -> dict[str, StoredTensor]:
    if not isinstance(content, Mapping):
        kind = "Tensor" if isinstance(content, StoredTensor) else type(content).__name__
        raise CheckpointError(f"It holds a {kind} and not named weights. Choose a DFPIR checkpoint.")
    state = content.get("state_dict", content)
    if not isinstance(state, Mapping) or not all(isinstance(key, str) for key in state):
        raise CheckpointError("Its weights have no names. Choose a DFPIR checkpoint.")
    check_names(state)
    weights = {key: value for key, value in state.items() if isinstance(value, StoredTensor)}
    if not weights:
        raise CheckpointError(
            "It holds no weights: the file was saved empty, as some published ones are. Choose another checkpoint."
        )
    if len(weights) < len(state):
        other = next(key for key in state if key not in weights)
        raise CheckpointError(f"Its entry {brief(other)!r} is no tensor. Choose a DFPIR checkpoint.")
    if sum(value.size for value in weights.values()) > size:
        # Many tensors can lie in the same bytes; each becomes one of its own.
        raise CheckpointError(f"Its tensors claim to be larger than the file. {INCOMPLETE}")
    return weights
