"""Options that several commands share, with the same names and help texts."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from core.checkpoints.builtin import DEFAULT_MODEL
from core.degradations import KEYS, QUALITY_MODES
from core.system.memory import parse_size

if TYPE_CHECKING:
    from core.photo.output_options import OutputOptions
    from core.prompts import TextEncoder

Group = argparse.ArgumentParser | argparse._ArgumentGroup
Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"
"""What options and commands are added to; argparse has no public names for them."""

OUTPUT_METADATA = ("all", "no-location", "none")
OUTPUT_SPACES = ("srgb", "display-p3", "adobe-rgb")
"""As in :mod:`core.photo.output_options`, which is imported only when a photo is written; a test compares them."""

AUTO = "auto"
"""Value of ``--degradation`` for the detected steps, and of ``--precision`` for one that suits the device."""

PREVIEW_HELP = "embed a new preview into the EXIF of JPEG, PNG, WebP and AVIF; existing ones are always removed"
"""Help text of ``--preview``."""


def add_degradation(group: Group, automatic: str) -> None:
    """Add ``--degradation``; ``automatic`` describes what ``auto`` removes."""
    group.add_argument(
        "-d",
        "--degradation",
        choices=(AUTO, *KEYS),
        default=AUTO,
        metavar="KIND",
        help=f"what to remove: auto (default: {automatic}), {', '.join(KEYS)}",
    )


def add_recipe(group: Group, what: str) -> None:
    """Add ``--recipe``, also called ``--preset``; ``what`` describes what is used."""
    group.add_argument(
        "--recipe",
        "--preset",
        metavar="FILE|NAME",
        help=f"{what}; dfpir presets lists the presets",
    )


def add_strength(group: Group) -> None:
    """Add ``--strength``."""
    group.add_argument("--strength", type=float, default=1.0, metavar="S", help="0 (unchanged) to 1 (default)")


def add_model(group: Group) -> None:
    """Add ``--model``, ``--text-encoder`` and ``--download-text-encoder``."""
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
        help="weights of CLIP ViT-B/32, for checkpoints without prompt embeddings",
    )
    group.add_argument(
        "--download-text-encoder",
        action="store_true",
        help="download these weights (354 MB) if they are needed and not on this computer; without this option "
        "nothing is downloaded",
    )


def add_device(group: Group) -> None:
    """Add ``--device``."""
    group.add_argument("--device", default="auto", help="auto (default), cpu, cuda, cuda:N or mps")


def add_output(group: Group) -> None:
    """Add ``--resize``, ``--colour-space``, ``--bit-depth`` and ``--metadata``."""
    group.add_argument(
        "--resize",
        metavar="SIZE",
        help="make results smaller: 2048px (longer side), 50%% or 12mp (megapixels); photos are never enlarged",
    )
    group.add_argument(
        "--colour-space",
        choices=OUTPUT_SPACES,
        help="convert results to this colour space and embed its profile (default: that of each photo)",
    )
    group.add_argument(
        "--bit-depth",
        type=int,
        choices=(8, 16),
        help="bits per channel, where the format has a choice (default: as each photo)",
    )
    group.add_argument(
        "--metadata",
        choices=OUTPUT_METADATA,
        default="all",
        help="which metadata results keep: all (default), no-location, or none",
    )


def output_options(options: argparse.Namespace) -> "OutputOptions":
    """The options of :func:`add_output`.

    Raises:
        PhotoError: the size cannot be read.
    """
    from core.photo.output_options import OutputOptions
    from core.photo.resizing import Resize

    return OutputOptions(
        resize=Resize.from_text(options.resize) if options.resize else None,
        colour_space=options.colour_space,
        bit_depth=options.bit_depth,
        metadata=options.metadata,
    )


def add_engine(group: Group) -> None:
    """Add ``--quality-mode``, ``--precision``, ``--tile``, ``--threads`` and ``--memory-limit``."""
    group.add_argument(
        "--quality-mode",
        choices=QUALITY_MODES,
        help="standard (default, unless a recipe says otherwise), or best: the mean over rotations and reflections of "
        "the photo; takes eight times as long for noise, blur and low light, twice as long for rain and haze",
    )
    group.add_argument("--precision", default=AUTO, help="auto (default), float32, bfloat16 or float16")
    group.add_argument("--tile", type=int, metavar="PIXELS", help="force tiles of this side")
    group.add_argument(
        "--threads",
        type=_threads,
        metavar="N",
        help="number of threads that share a photo on the CPU (default: one for each available core)",
    )
    group.add_argument(
        "--memory-limit",
        metavar="SIZE",
        help="memory to use in addition to program, model and photo, e.g. 6G (default: a safe share of the free "
        "memory); it determines whether exact bands, bfloat16 (if the precision is auto) or tiles are used",
    )


def text_encoder(options: argparse.Namespace) -> "Callable[[], TextEncoder]":
    """A function that makes the text encoder specified by the options of :func:`add_model`."""

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
        RestorationError: it is not an amount of memory.
    """
    return parse_size(options.memory_limit) if options.memory_limit else None
