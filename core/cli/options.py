"""Options that several commands share, so that they are called and explained alike."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from core.checkpoints.library import DEFAULT_MODEL
from core.degradations import KEYS, QUALITY_MODES
from core.system.memory import parse_size

if TYPE_CHECKING:
    from core.prompts import TextEncoder

AUTO = "auto"
"""Stands for the steps that the detector finds a photo to need, and for a precision that suits the device."""


PREVIEW = "embed a new preview into the EXIF of JPEG, PNG, WebP and AVIF; old ones are removed in any case"
"""What ``--preview`` does."""


def add_degradation(group: argparse._ActionsContainer, found: str) -> None:
    """``--degradation``; ``found`` says what ``auto`` removes."""
    group.add_argument(
        "-d",
        "--degradation",
        choices=(AUTO, *KEYS),
        default=AUTO,
        metavar="KIND",
        help=f"what to remove: auto (default: {found}), {', '.join(KEYS)}",
    )


def add_strength(group: argparse._ActionsContainer) -> None:
    """``--strength``."""
    group.add_argument("--strength", type=float, default=1.0, metavar="S", help="0 (leave as it is) to 1 (default)")


def add_model(group: argparse._ActionsContainer) -> None:
    """``--model`` and ``--text-encoder``."""
    group.add_argument(
        "--model",
        default=DEFAULT_MODEL,
        metavar="NAME|FILE",
        help="built-in model or checkpoint file (default: %(default)s)",
    )
    group.add_argument(
        "--text-encoder",
        type=Path,
        metavar="FILE",
        help="weights of CLIP ViT-B/32, for checkpoints that carry no prompt embeddings",
    )
    group.add_argument(
        "--download-text-encoder",
        action="store_true",
        help="download these weights (354 MB) if they are needed and not on this computer; without this nothing is "
        "ever downloaded",
    )


def add_device(group: argparse._ActionsContainer) -> None:
    """``--device``, of which there is one."""
    group.add_argument("--device", default="auto", help="auto (default), cpu, cuda, cuda:N or mps")


def add_engine(group: argparse._ActionsContainer) -> None:
    """``--quality-mode``, ``--precision``, ``--tile``, ``--threads`` and ``--memory-limit``."""
    group.add_argument(
        "--quality-mode",
        choices=QUALITY_MODES,
        help="standard (default, unless a recipe says otherwise), or best: the mean over turns and reflections of the "
        "photo, in eight times the time for noise, blur and low light, in twice the time for rain and haze",
    )
    group.add_argument("--precision", default=AUTO, help="auto (default), float32, bfloat16 or float16")
    group.add_argument("--tile", type=int, metavar="PIXELS", help="force tiles of this side")
    group.add_argument(
        "--threads",
        type=_threads,
        metavar="N",
        help="how many threads share a photo on the CPU (default: one for each core that is free to the program)",
    )
    group.add_argument(
        "--memory-limit",
        metavar="SIZE",
        help="what the work may take beside program, model and photo, e.g. 6G (default: a safe share of what is free); "
        "it decides between exact bands, bfloat16 (if the precision is auto) and tiles",
    )


def text_encoder(options: argparse.Namespace) -> "Callable[[], TextEncoder]":
    """What makes the text encoder that :func:`add_model`'s options ask for."""

    def make() -> "TextEncoder":
        from core.prompts import OpenClipEncoder

        return OpenClipEncoder(weights=options.text_encoder, download=options.download_text_encoder)

    return make


def _threads(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1")
    return int(text)


def memory_limit(options: argparse.Namespace) -> int | None:
    """``--memory-limit`` in bytes; None if it was not given.

    Raises:
        RestorationError: it is no amount of memory.
    """
    return parse_size(options.memory_limit) if options.memory_limit else None
