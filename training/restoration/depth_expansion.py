"""Initialising a deeper network with the weights of a shallower one."""

from collections.abc import Mapping
from dataclasses import replace

from torch import Tensor

from core.models import DFPIR, DFPIRConfig


def can_expand(old: DFPIRConfig, new: DFPIRConfig) -> bool:
    """Whether ``new`` is ``old`` with as many Transformer blocks or more at each place; borders may differ."""
    same = replace(
        new,
        blocks=old.blocks,
        decoder_blocks=old.decoder_blocks,
        refinement_blocks=old.refinement_blocks,
        borders=old.borders,
    )
    return same == old and all(ours <= theirs for ours, theirs in zip(_counts(old), _counts(new), strict=True))


def expand_into(network: DFPIR, state: Mapping[str, Tensor]) -> None:
    """Load the weights of a network into one with the same number of blocks or more.

    The additional blocks follow the existing ones and start as the identity: the last convolution of their MDTA and of
    their GDFN, before the residual, is zero (after Chen et al., *Net2Net*, ICLR 2016, section 2.3). The network
    therefore initially computes exactly what the shallower one did.

    Args:
        network: its configuration satisfies :func:`can_expand`; changed in place.
        state: weights of the shallower network by name.

    Raises:
        RuntimeError: ``state`` is not that of a shallower network.
    """
    weights = network.state_dict()
    for name in weights.keys() - state.keys():
        if name.endswith(".project_out.weight"):
            weights[name].zero_()
    network.load_state_dict({**weights, **state})


def _counts(config: DFPIRConfig) -> tuple[int, ...]:
    return (*config.blocks, *config.num_decoder_blocks, config.refinement_blocks)
