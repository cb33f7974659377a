"""Metrics and the named protocols by which restorers are compared."""

from core.evaluation.metrics import psnr, ssim
from core.evaluation.protocols import PAPER, Score, centre_crop, score

__all__ = ["PAPER", "Score", "centre_crop", "psnr", "score", "ssim"]
