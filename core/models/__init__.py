"""The network: Restormer-style encoder-decoder with four degradation-guided perturbation blocks."""

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
