"""Names and shapes of published DFPIR checkpoints, turned into ours. The only place that knows their key names."""

import math
import re
from collections.abc import Mapping

from torch import Tensor

from core.checkpoints.validation import brief
from core.errors import CheckpointError
from core.models import DFPIRConfig

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


def our_name(key: str) -> str | None:
    """Our name for a published tensor name (without ``module.``), or None if DFPIR has no such tensor."""
    if match := _LEVEL.fullmatch(key):
        room, number, index, rest = match.groups()
        inner = _translated(rest, _BLOCK)
        prefix = room.removesuffix("_level") + (f".{int(number) - 1}" if number else "")
        return inner and f"{prefix}.{index}.{inner}"
    if match := _SHUFFLE.fullmatch(key):
        room, number, rest = match.groups()
        inner = _translated(rest, _DGPB)
        return inner and f"dgpb.{_LATENT if room == 'latent' else int(number or 0) - 1}.{inner}"
    return _translated(key, _SINGLE)


def published_name(key: str) -> str:
    """Inverse of :func:`our_name`, for messages about a published file; a name that has none stays as it is."""
    if match := _OUR_LEVEL.fullmatch(key):
        room, number, index, rest = match.groups()
        prefix = f"{room}_level{int(number) + 1}" if room else key.split(".")[0]
        return f"{prefix}.{index}.{_translated(rest, _inverse(_BLOCK)) or rest}"
    if match := _OUR_DGPB.fullmatch(key):
        level, rest = int(match[1]), match[2]
        prefix = "latent_shuffle_channel" if level == _LATENT else f"encoder_shuffle_channel{level + 1}"
        return f"{prefix}.{_translated(rest, _inverse(_DGPB)) or rest}"
    return _translated(key, _inverse(_SINGLE)) or key


def _inverse(table: Mapping[str, str]) -> dict[str, str]:
    return {ours: theirs for theirs, ours in table.items()}


def _translated(key: str, table: Mapping[str, str]) -> str | None:
    if key in table:
        return table[key]
    stem, _, suffix = key.rpartition(".")
    return f"{table[stem]}.{suffix}" if stem in table and suffix in ("weight", "bias") else None


def from_published(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Rename the tensors of a published checkpoint; ``module.`` prefixes are dropped.

    Raises:
        CheckpointError: some names belong to no DFPIR; the message shows the first of them.
    """
    renamed: dict[str, Tensor] = {}
    strangers = []
    for key, tensor in state.items():
        ours = our_name(key.removeprefix("module."))
        if ours is None or ours in renamed:
            strangers.append(key)
        else:
            renamed[ours] = tensor
    if strangers:
        shown = ", ".join(map(brief, strangers[:5])) + (f" and {len(strangers) - 5} more" if len(strangers) > 5 else "")
        raise CheckpointError(
            f"These weights belong to another network: of their {len(state)} tensors, {len(strangers)} are not "
            f"DFPIR's ({shown}). Choose a DFPIR checkpoint."
        )
    return renamed


def config_from_shapes(state: Mapping[str, Tensor]) -> DFPIRConfig:
    """Derive the configuration from the shapes of renamed tensors.

    What shapes do not tell is taken as published: γ, the mask mode, both halves of the DGPB and no residual around it.

    Raises:
        CheckpointError: tensors that decide the configuration are missing or shaped like no DFPIR's.
    """
    temperatures = [f"dgpb.{level}.caapm.temperature" for level in range(4)]
    deciding = ["stem.weight", "latent.0.ffn.project_out.weight", "dgpb.0.dgcpm.dgm.score.weight", *temperatures]
    if missing := [published_name(name) for name in deciding if name not in state]:
        raise CheckpointError(
            f"Tensors without which no DFPIR works are missing: {', '.join(missing)}. Choose a complete checkpoint."
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
            f"The shapes of its tensors are not those of a DFPIR: {error}. Choose a DFPIR checkpoint."
        ) from error


def _count(state: Mapping[str, Tensor], prefix: str) -> int:
    return len({key[len(prefix) :].split(".")[0] for key in state if key.startswith(prefix)})


def _expansion(state: Mapping[str, Tensor]) -> float:
    # The factor itself is not stored, only int(factor * channels) at each width: take the shortest decimal that
    # gives them all.
    shapes = {tensor.shape[:2] for key, tensor in state.items() if key.endswith("ffn.project_out.weight")}
    least = max(hidden / channels for channels, hidden in shapes)
    for digits in range(1, 10):
        factor = math.ceil(least * 10**digits) / 10**digits
        if all(int(factor * channels) == hidden for channels, hidden in shapes):
            return factor
    raise ValueError("no one expansion factor gives the widths of all its feed-forward layers")
