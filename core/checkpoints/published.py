"""The authors' checkpoints: PyTorch files whose tensor names and shapes are translated into ours.

The file format itself is read by :mod:`core.io.torch_files`. Only this module knows the published names.
"""

import io
import math
import re
from collections.abc import Mapping

import torch
from torch import Tensor

from core.checkpoints.checkpoint import Checkpoint, check_fit
from core.checkpoints.validation import brief, check_names, listed
from core.errors import CheckpointError
from core.io.torch_files import TOO_LARGE, StoredTensor, TorchFile
from core.messages import message
from core.models import DFPIRConfig
from core.prompts import CLIP, PromptBank
from core.system.memory import check_free

_BLOCK = {
    "norm1.body": "norm1",
    "norm2.body": "norm2",
    "attn.temperature": "attn.temperature",
    "attn.qkv": "attn.qkv",
    "attn.qkv_dwconv": "attn.qkv_depthwise",
    "attn.project_out": "attn.project_out",
    "ffn.project_in": "ffn.project_in",
    "ffn.dwconv": "ffn.depthwise",
    "ffn.project_out": "ffn.project_out",
}
_DGPB = {
    "linear_layer1": "dgcpm.dgm.hidden",
    "linear_layer3": "dgcpm.dgm.score",
    "conv1x1": "dgcpm.expand",
    "conv_out": "dgcpm.reduce",
    "norm1.body": "caapm.norm_query",
    "norm2.body": "caapm.norm_input",
    "norm3.body": "caapm.norm_ffn",
    "select_attn.temperature": "caapm.temperature",
    "select_attn.attn4": "caapm.scale",
    "select_attn.kv": "caapm.key_value",
    "select_attn.kv_dwconv": "caapm.key_value_depthwise",
    "select_attn.q": "caapm.query",
    "select_attn.q_dwconv": "caapm.query_depthwise",
    "select_attn.project_out": "caapm.project_out",
    "ffn.project_in": "caapm.ffn.project_in",
    "ffn.dwconv": "caapm.ffn.depthwise",
    "ffn.project_out": "caapm.ffn.project_out",
}
_SINGLE = {
    "patch_embed.proj": "stem",
    "output": "head",
    "down1_2.body.0": "down.0.conv",
    "down2_3.body.0": "down.1.conv",
    "down3_4.body.0": "down.2.conv",
    "up2_1.body.0": "up.0.conv",
    "up3_2.body.0": "up.1.conv",
    "up4_3.body.0": "up.2.conv",
    "reduce_chan_level2": "fuse.1",
    "reduce_chan_level3": "fuse.2",
}
_LEVEL = re.compile(r"(encoder_level|decoder_level|latent|refinement)(\d*)\.(\d+)\.(.+)")
_SHUFFLE = re.compile(r"(encoder|latent)_shuffle_channel(\d*)\.(.+)")
_OUR_LEVEL = re.compile(r"(?:(encoder|decoder)\.(\d+)|latent|refinement)\.(\d+)\.(.+)")
_OUR_DGPB = re.compile(r"dgpb\.(\d+)\.(.+)")
_LATENT = 3  # index of the latent level
_MAX_LISTED = 5  # names in a message


def our_name(key: str) -> str | None:
    """Return our name for a published tensor name (without ``module.``), or None if DFPIR has no such tensor."""
    if match := _LEVEL.fullmatch(key):
        part, number, index, rest = match.groups()
        inner = _translated(rest, _BLOCK)
        prefix = part.removesuffix("_level") + (f".{int(number) - 1}" if number else "")
        return inner and f"{prefix}.{index}.{inner}"
    if match := _SHUFFLE.fullmatch(key):
        part, number, rest = match.groups()
        inner = _translated(rest, _DGPB)
        return inner and f"dgpb.{_LATENT if part == 'latent' else int(number or 0) - 1}.{inner}"
    return _translated(key, _SINGLE)


def published_name(key: str) -> str:
    """Inverse of :func:`our_name`, for messages about a published file; unknown names are returned unchanged."""
    if match := _OUR_LEVEL.fullmatch(key):
        part, number, index, rest = match.groups()
        prefix = f"{part}_level{int(number) + 1}" if part else key.partition(".")[0]
        return f"{prefix}.{index}.{_translated(rest, _inverse(_BLOCK)) or rest}"
    if match := _OUR_DGPB.fullmatch(key):
        level, rest = int(match[1]), match[2]
        prefix = "latent_shuffle_channel" if level == _LATENT else f"encoder_shuffle_channel{level + 1}"
        return f"{prefix}.{_translated(rest, _inverse(_DGPB)) or rest}"
    return _translated(key, _inverse(_SINGLE)) or key


def _inverse(table: Mapping[str, str]) -> dict[str, str]:
    return {ours: published for published, ours in table.items()}


def _translated(key: str, table: Mapping[str, str]) -> str | None:
    if key in table:
        return table[key]
    stem, _, suffix = key.rpartition(".")
    return f"{table[stem]}.{suffix}" if stem in table and suffix in ("weight", "bias") else None


def from_published(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Rename the tensors of a published checkpoint; ``module.`` prefixes are dropped.

    Raises:
        CheckpointError: some names are not those of a DFPIR; the message lists the first of them.
    """
    renamed: dict[str, Tensor] = {}
    unknown = []
    for key, tensor in state.items():
        ours = our_name(key.removeprefix("module."))
        if ours is None or ours in renamed:
            unknown.append(key)
        else:
            renamed[ours] = tensor
    if unknown:
        raise CheckpointError(
            message(
                "These weights belong to another network: {unknown} of the {count} tensors are not those of DFPIR "
                "({names}). Choose a DFPIR checkpoint.",
                unknown=len(unknown),
                count=len(state),
                names=listed([brief(key) for key in unknown], _MAX_LISTED),
            )
        )
    return renamed


def config_from_shapes(state: Mapping[str, Tensor]) -> DFPIRConfig:
    """Derive the configuration from the shapes of renamed tensors.

    What shapes do not determine has the published value: γ, the mask mode, both parts of the DGPB and no residual.

    Raises:
        CheckpointError: tensors that determine the configuration are missing, or their shapes are not those of a DFPIR.
    """
    temperatures = [f"dgpb.{level}.caapm.temperature" for level in range(4)]
    required = ["stem.weight", "latent.0.ffn.project_out.weight", "dgpb.0.dgcpm.dgm.score.weight", *temperatures]
    if missing := [published_name(name) for name in required if name not in state]:
        raise CheckpointError(
            message("Required tensors are missing: {names}. Choose a complete checkpoint.", names=missing)
        )
    try:
        dim, colours, *_ = state["stem.weight"].shape
        order, prompt_dim = state["dgpb.0.dgcpm.dgm.score.weight"].shape
        first, second, third = (_count(state, f"encoder.{level}.") for level in range(3))
        decoder = (_count(state, "decoder.0."), _count(state, "decoder.1."), _count(state, "decoder.2."))
        heads = [state[name].shape[0] for name in temperatures]
        return DFPIRConfig(
            dim=dim,
            blocks=(first, second, third, _count(state, "latent.")),
            decoder_blocks=None if decoder == (first, second, third) else decoder,
            refinement_blocks=_count(state, "refinement."),
            heads=(heads[0], heads[1], heads[2], heads[3]),
            expansion=_expansion(state),
            prompt_dim=prompt_dim,
            shuffle_factor=order // dim,
            stem=round((colours / 3) ** 0.5),
        )
    except (IndexError, ValueError, ZeroDivisionError, OverflowError) as error:
        raise CheckpointError(
            message(
                "The shapes of its tensors are not those of a DFPIR: {reason}. Choose a DFPIR checkpoint.",
                reason=str(error),
            )
        ) from error


def _count(state: Mapping[str, Tensor], prefix: str) -> int:
    return len({key[len(prefix) :].split(".")[0] for key in state if key.startswith(prefix)})


def _expansion(state: Mapping[str, Tensor]) -> float:
    # The factor itself is not stored, only int(factor * channels) at each width: the shortest decimal number that
    # gives all of them.
    shapes: set[torch.Size] = {
        tensor.shape[:2] for key, tensor in state.items() if key.endswith("ffn.project_out.weight")
    }
    least = max(hidden / channels for channels, hidden in shapes)
    for digits in range(1, 10):
        factor: float = math.ceil(least * 10**digits) / 10**digits
        if all(int(factor * channels) == hidden for channels, hidden in shapes):
            return factor
    raise ValueError("no expansion factor gives the widths of all its feed-forward layers")


def read(file: io.BufferedReader) -> Checkpoint:
    """Read a checkpoint of the authors. Its prompt bank is empty and names the encoder that makes its embeddings.

    Names and shapes are checked before the weights are read.

    Raises:
        CheckpointError: the file is damaged, contains more than plain data, no weights, or those of another network.
        MemoryError: the weights are larger than the free memory.
    """
    archive = TorchFile(file)
    stored = _weights(archive.content, file.seek(0, 2))
    outlines = from_published({name: tensor.outline() for name, tensor in stored.items()})
    config = config_from_shapes(outlines)
    check_fit(outlines, config, published_name)
    check_free(sum(tensor.size for tensor in stored.values()))
    return Checkpoint(config, from_published(archive.read(stored)), PromptBank(CLIP, {}), kind="published")


def _weights(content: object, size: int) -> dict[str, StoredTensor]:
    if not isinstance(content, Mapping):
        kind = "Tensor" if isinstance(content, StoredTensor) else type(content).__name__
        raise CheckpointError(
            message("It contains a {kind} instead of named weights. Choose a DFPIR checkpoint.", kind=kind)
        )
    state = content.get("state_dict", content)
    if not isinstance(state, Mapping) or not all(isinstance(key, str) for key in state):
        raise CheckpointError(message("Its weights have no names. Choose a DFPIR checkpoint."))
    check_names(state)
    weights = {key: value for key, value in state.items() if isinstance(value, StoredTensor)}
    if not weights:
        for name, entry in state.items():
            if isinstance(entry, Mapping) and any(isinstance(value, StoredTensor) for value in entry.values()):
                raise CheckpointError(
                    message(
                        "It is a model of another family: its weights are in {name}. The main window compares such "
                        "models with DFPIR; choose a DFPIR checkpoint here.",
                        name=repr(brief(name)),
                    )
                )
        raise CheckpointError(
            message(
                "It contains no weights: the file was saved empty, as some published ones are. Choose another "
                "checkpoint."
            )
        )
    if len(weights) < len(state):
        other = next(key for key in state if key not in weights)
        raise CheckpointError(
            message("Its entry {name} is not a tensor. Choose a DFPIR checkpoint.", name=repr(brief(other)))
        )
    if sum(value.size for value in weights.values()) > size:
        # Tensors can share bytes in the file, but are separate once they are read.
        raise CheckpointError(TOO_LARGE)
    return weights
