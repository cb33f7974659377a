"""How much memory a pass takes, and how much there is."""

import torch

from core.memory import free_memory
from core.models import DFPIRConfig

SAFE_SHARE = 0.6
"""Share of the free memory that a pass may plan to use; the rest is for what the estimate does not see."""


def forward_bytes(config: DFPIRConfig, height: int, width: int, bytes_per_value: int) -> int:
    """Estimate of the memory that the plain forward pass needs on top of weights and picture, in bytes.

    The peak lies in the decoder of the first level, which works at 2C channels: the skip connections, the block's
    input, its norm, and in MDTA or in GDFN the expanded maps before and after the depthwise convolution.

    Args:
        config: the network.
        height: of the padded input, pixels.
        width: of the padded input, pixels.
        bytes_per_value: 4 for float32, 2 for half precisions.
    """
    channels = 2 * config.dim
    hidden = int(channels * config.expansion)
    inside_gdfn = 2 * hidden + 2 * hidden + 2 * hidden  # projected in, depthwise, gelu and product
    inside_mdta = 3 * channels + 3 * channels + 3 * channels  # qkv, depthwise, normalised q and k and the output
    skips = config.dim + config.dim // 2 + config.dim // 4
    per_position = 2 * channels + skips + max(inside_gdfn, inside_mdta)
    positions = (height // config.stem) * (width // config.stem)
    return positions * per_position * bytes_per_value + height * width * 3 * 4 * 3


def free_bytes(device: torch.device) -> int:
    """Memory that can still be had on a device, in bytes."""
    if device.type == "cuda":
        return int(torch.cuda.mem_get_info(device)[0])
    return free_memory()
