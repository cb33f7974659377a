"""The options of ``dfpir batch``, and the library's settings that they stand for."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from core.cli.options import (
    AUTO,
    PREVIEW_HELP,
    add_degradation,
    add_engine,
    add_model,
    add_output,
    add_recipe,
    add_strength,
    memory_limit,
    output_options,
)
from core.errors import BatchError
from core.system.memory import DEFAULT_RATIO, parse_size

if TYPE_CHECKING:
    from core.batch import BackendConfig, BatchSettings, Layout
    from core.batch.settings import Steps
    from core.recipes import Recipe


def add_options(parser: argparse.ArgumentParser) -> None:
    """Give the parser all options."""
    parser.add_argument("source", type=Path, metavar="SRC", help="folder of photos; it is only read")
    parser.add_argument("target", type=Path, metavar="DST", help="folder for the results; it may be inside SRC")
    _add_selection(parser.add_argument_group("selection of photos"))
    _add_steps(parser.add_argument_group("steps"))
    _add_results(parser.add_argument_group("results"))
    _add_execution(parser.add_argument_group("execution"))


def _add_selection(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--include",
        action="append",
        default=[],
        metavar="PATTERN",
        help="only matching files; patterns as in .gitignore",
    )
    group.add_argument("--exclude", action="append", default=[], metavar="PATTERN", help="not these files or folders")
    group.add_argument("--formats", default="", metavar="KIND,...", help="only these formats, e.g. jpeg,tiff")
    group.add_argument("--no-links", action="store_true", help="do not follow symbolic links to folders")
    group.add_argument("--retry-failed", action="store_true", help="retry photos that failed before")


def _add_steps(group: argparse._ArgumentGroup) -> None:
    what = group.add_mutually_exclusive_group()
    add_degradation(what, "what is found in each photo")
    add_recipe(what, "steps, rotation and crop of a recipe file that was saved with a result, or the steps of a preset")
    what.add_argument(
        "--steps", metavar="KIND,...", help="comma-separated steps, each with an optional strength: haze,noise25:0.5"
    )
    add_strength(group)
    group.add_argument(
        "--threshold",
        type=float,
        default=0.6,
        metavar="P",
        help="minimum confidence of the detector, 0 to 1 (default 0.6); photos below it are left for review",
    )
    group.add_argument(
        "--group",
        action="append",
        default=[],
        metavar="FOUND=STEPS",
        help="steps for all photos in which exactly this is found, e.g. haze=haze:0.7 or noise+rain=rain,noise25; "
        "without steps (rain=) they are copied unchanged; a recipe file works as well",
    )
    group.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="PATTERN=STEPS",
        help="steps for the photos that match, whatever is found in them, also in later runs; =auto removes this",
    )
    group.add_argument(
        "--clean",
        choices=("copy", "leave"),
        default="copy",
        help="copy clean photos to DST (default) or leave them out",
    )


def _add_results(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--name",
        default="{folder}/{name}",
        metavar="TEMPLATE",
        help="path of a result in DST without its ending (default: %(default)s); {parent}, {ext}, {date} (of the "
        "photo, as 2024-05-31) and {counter} (0001, 0002, …) are also known",
    )
    group.add_argument(
        "--collision",
        choices=("number", "skip", "replace"),
        default="number",
        help="if a file exists: add a number (default), skip the photo, or replace the file",
    )
    group.add_argument("--format", metavar="KIND", help="format of the results (default: that of each photo)")
    group.add_argument(
        "--keep-times", action="store_true", help="give results the modification and access times of their sources"
    )
    group.add_argument(
        "--review-harm",
        action="store_true",
        help="do not write results that may be worse than their photos, but leave them for review; photos that match "
        "--set are written in any case",
    )
    group.add_argument("--quality", type=int, metavar="Q", help="1 to 100 for JPEG, WebP and AVIF (default 95)")
    group.add_argument("--preview", action="store_true", help=PREVIEW_HELP)
    add_output(group)


def _add_execution(group: argparse._ArgumentGroup) -> None:
    mode = group.add_mutually_exclusive_group()
    mode.add_argument("--dry-run", action="store_true", help="list what would be done and the space it needs")
    mode.add_argument("--triage", action="store_true", help="run the detector on all photos; restore nothing")
    mode.add_argument(
        "--watch", action="store_true", help="keep running, and restore new photos once they are complete"
    )
    group.add_argument(
        "--report",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="write a report: .csv, .json, or .html with thumbnails; may be given several times",
    )
    group.add_argument("--quiet", action="store_true", help="print only failures and the counts")
    group.add_argument(
        "--json",
        action="store_true",
        help="one JSON object per photo on standard output, everything else on standard error",
    )
    group.add_argument(
        "--timeout",
        type=float,
        metavar="SECONDS",
        help="stop a photo that takes longer, and continue with the others (default: no limit)",
    )
    group.add_argument(
        "--photo-memory",
        metavar="SIZE",
        help="refuse photos that take more memory than this when they are opened, e.g. 2G (default: half of the "
        "machine's memory)",
    )
    group.add_argument(
        "--photo-ratio",
        type=float,
        default=DEFAULT_RATIO,
        metavar="N",
        help="refuse decompression bombs: photos whose pixels take more than N times the bytes of their file (default: "
        "%(default).0f; a tenth of it above 256 MiB; 0 for no limit)",
    )
    add_model(group)
    where = group.add_mutually_exclusive_group()
    where.add_argument(
        "--device",
        default="auto",
        metavar="DEVICE,...",
        help="auto (default: all GPUs, or the CPU), cpu, cuda, cuda:N or mps; several get a process each",
    )
    where.add_argument(
        "--scheduler",
        metavar="tcp://HOST:PORT",
        help="use the workers of a Dask cluster; needs the extra cluster",
    )
    add_engine(group)


def layout_from(options: argparse.Namespace) -> "Layout":
    """Which photos, and where to.

    Raises:
        BatchError: folders, patterns, template or formats cannot be used.
    """
    from core.batch import Layout

    return Layout(
        source=options.source,
        target=options.target,
        include=tuple(options.include),
        exclude=tuple(options.exclude),
        formats=tuple(key for key in options.formats.split(",") if key),
        follow_links=not options.no_links,
        name=options.name,
        collision=options.collision,
        format=options.format,
    )


def recipe_from(options: argparse.Namespace) -> "Recipe | None":
    """The recipe that was asked for, if any.

    Raises:
        RecipeError: it cannot be read.
    """
    from core.presets import find_recipe

    return find_recipe(options.recipe) if options.recipe else None


def settings_from(options: argparse.Namespace, recipe: "Recipe | None") -> "BatchSettings":
    """What is done to the photos.

    Raises:
        BatchError: a number is out of range, or a group is not known.
        RestorationError: a step is not known.
    """
    from core.batch import BatchSettings
    from core.batch.limits import Limits
    from core.geometry import UNCHANGED

    asked = options.steps or options.degradation
    if recipe is not None:
        steps: Steps | None = recipe.steps
    else:
        steps = None if asked == AUTO else _steps_from(asked, options.strength)
    return BatchSettings(
        steps=steps,
        strength=options.strength,
        threshold=options.threshold,
        groups=dict(_group(text, options.strength) for text in options.group),
        clean=options.clean,
        quality=options.quality,
        output=output_options(options),
        geometry=recipe.geometry if recipe else UNCHANGED,
        geometry_size=recipe.full_size if recipe else None,
        quality_mode=options.quality_mode or (recipe.quality_mode if recipe else "standard"),
        review_harm=options.review_harm,
        keep_times=options.keep_times,
        preview=options.preview,
        limits=Limits(
            memory=parse_size(options.photo_memory) if options.photo_memory else None,
            ratio=options.photo_ratio or None,
            seconds=options.timeout,
        ),
    )


def overrides_from(options: argparse.Namespace) -> "list[tuple[str, Steps | None]]":
    """Patterns, and the steps for the photos that match them; None removes earlier ones.

    Raises:
        BatchError: an option cannot be read.
        RestorationError: a step is not known.
    """
    overrides: list[tuple[str, Steps | None]] = []
    for text in options.set:
        pattern, equals, steps = text.rpartition("=")
        if not equals or not pattern:
            raise BatchError(f"--set {text!r} cannot be read. Write PATTERN=STEPS, such as 'night/*=low-light'.")
        if steps.strip() == AUTO:
            overrides.append((pattern, None))
        else:
            overrides.append((pattern, _steps_from(steps, options.strength) if steps.strip() else ()))
    return overrides


def config_from(options: argparse.Namespace, recipe: "Recipe | None") -> "BackendConfig":
    """Model and devices; the recipe decides the precision unless an option does."""
    from core.batch import BackendConfig
    from core.presets import is_preset

    precision = options.precision
    if recipe is not None and precision == AUTO and not is_preset(recipe):
        precision = recipe.precision
    return BackendConfig(
        model=options.model,
        devices=tuple(options.device.split(",")),
        precision=precision,
        tile=options.tile,
        memory_limit=memory_limit(options),
        threads=options.threads,
        text_encoder=options.text_encoder,
        download_text_encoder=options.download_text_encoder,
        scheduler=options.scheduler,
    )


def _steps_from(text: str, strength: float) -> "Steps":
    """The steps that ``text`` lists, or those of the recipe file that it names.

    Raises:
        RecipeError: the recipe cannot be read.
        RestorationError: a step is not known, or a strength out of range.
    """
    from core.recipes import read_recipe
    from core.steps import parse_steps

    if text.endswith(".json"):
        return read_recipe(Path(text)).steps
    return parse_steps(text, strength)


def _group(text: str, strength: float) -> "tuple[str, Steps]":
    from core.detection import CLASSES

    found, equals, steps = text.partition("=")
    names = [name.strip() for name in found.split("+")]
    unknown = [name for name in names if name not in CLASSES]
    if not equals or unknown:
        raise BatchError(
            f"The group {text!r} cannot be read. Write FOUND=STEPS, FOUND being one or several of "
            f"{', '.join(CLASSES)}, joined by +."
        )
    return "+".join(name for name in CLASSES if name in names), _steps_from(steps, strength) if steps.strip() else ()
