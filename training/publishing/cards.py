"""Common functions for publishing a restorer or a detector: reading scores, writing a model and its card."""

import argparse
import contextlib
import json
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from core.errors import DFPIRError
from core.io import atomic
from training.engine.history import earlier_parts, sentence

_NAME = re.compile(r"[^\W_][\w.+-]{0,99}")


class PublishError(DFPIRError):
    """A model cannot be published; the message names the file or the entry."""


def file_name(name: object) -> str:
    """Check ``name``, from a card or configuration, for use as a file name.

    Raises:
        PublishError: it is not a text of at most 100 letters, digits and ``_ . + -``, beginning with a letter or digit.
            Others could leave the folder, hide the file, or denote a device.
    """
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        shown = repr(name)[:60]
        raise PublishError(
            f"{shown} cannot be the name of a model's files. Use letters, digits and _ . + - for the entry name."
        )
    return name


@contextlib.contextmanager
def scores(file: Path, program: str) -> Iterator[Any]:
    """The content of a JSON file of scores; errors that its content causes inside the block name the file.

    Args:
        file: the scores.
        program: the program that writes such files, for the message.

    Raises:
        PublishError: it cannot be read, or lacks an entry.
    """
    try:
        yield json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise PublishError(f"{file}: not a file of scores as {program} writes with --json ({error}).") from error


def render(card: Mapping[str, Any], tables: str) -> str:
    """A card as Markdown.

    Args:
        card: plain values, including the name.
        tables: its metrics, as Markdown.
    """
    lines = [f"# {card['name']}", ""]
    for key, value in card.items():
        if key in ("name", "figures"):
            continue
        title = key.capitalize().replace("_", " ")
        if key == "history":
            value = [sentence(part) for part in earlier_parts(card)]
        if isinstance(value, list):
            lines += [f"**{title}**", "", *(f"- {item}" for item in value), ""]
        else:
            lines += [f"**{title}:** {value}", ""]
    return "\n".join(lines) + "\n" + tables


def write(out: Path, name: str, save: Callable[[Path], Path], text: str) -> Path:
    """Write a model and its card to a folder, which is created if needed; returns the model's file.

    Args:
        out: the folder.
        name: see :func:`file_name`.
        save: function that writes the model to a path.
        text: the card as Markdown.

    Raises:
        CheckpointError: the model cannot be written.
        PublishError: the card cannot be written.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
        file = save(out / f"{name}.safetensors")
        atomic.publish(text.encode(), out / f"{name}.md", overwrite=True)
    except OSError as error:
        raise PublishError(f"{out}: the card cannot be written: {error.strerror}. Choose another folder.") from error
    return file


def command(
    parser: argparse.ArgumentParser, publish: Callable[[argparse.Namespace], Path], arguments: list[str] | None
) -> int:
    """Run a publishing command; returns the exit code.

    Args:
        parser: with the arguments for the model; ``--scores`` and ``--out`` are added here.
        publish: function that publishes and returns the model's file.
        arguments: of the command line; None for those of this process.
    """
    parser.add_argument("--scores", type=Path, required=True, help="JSON file with the scores")
    parser.add_argument("--out", type=Path, required=True, help="folder for the model and its card, inside resources")
    try:
        file = publish(parser.parse_args(arguments))
    except DFPIRError as error:
        print(f"publish: {error}", file=sys.stderr)
        return 1
    print(f"{file}  {file.stat().st_size / 1e6:.1f} MB")
    return 0
