"""The network DFPIR: a Restormer-style encoder-decoder with four degradation-guided perturbation blocks.

References in this package: "the paper" is Tian et al., *Degradation-Aware Feature Perturbation for All-in-One Image
Restoration*, CVPR 2025; "Restormer" is Zamir et al., *Restormer: Efficient Transformer for High-Resolution Image
Restoration*, CVPR 2022.

- :mod:`layers`: the layers of Restormer: MDTA (Eq. 1), GDFN (Eq. 2), Transformer block, down- and upsampling
- :mod:`channel_order`: DGM, which turns a prompt into an order of channels, and its alternatives
- :mod:`dgpb`: DGCPM (paper, Eq. 1-2), CAAPM (Eq. 3-5) and DGPB, their composition
- :mod:`dfpir`: the whole network (paper, Fig. 2)
- :mod:`config`: its configuration

Shapes: B pictures, C channels of a level, f = ``shuffle_factor``, c = C / heads channels of a head, H×W pixels.
"""

from core.models.channel_order import DGM
from core.models.config import DFPIRConfig
from core.models.dfpir import DFPIR
from core.models.dgpb import CAAPM, DGCPM, DGPB
from core.models.layers import GDFN, MDTA, Downsample, LayerNorm, TransformerBlock, Upsample

__all__ = [
    "CAAPM",
    "DFPIR",
    "DGCPM",
    "DGM",
    "DGPB",
    "GDFN",
    "MDTA",
    "DFPIRConfig",
    "Downsample",
    "LayerNorm",
    "TransformerBlock",
    "Upsample",
]
