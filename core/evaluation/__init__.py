"""Metrics and named protocols for comparing restorers."""

from core.evaluation.metrics import luma, psnr, ssim
from core.evaluation.perceptual import Lpips, MetricError
from core.evaluation.protocols import PAPER, PROTOCOLS, Protocol, Score, centre_crop

__all__ = ["PAPER", "PROTOCOLS", "Lpips", "MetricError", "Protocol", "Score", "centre_crop", "luma", "psnr", "ssim"]
