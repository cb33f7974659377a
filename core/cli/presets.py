"""``dfpir presets``: lists, imports, exports, renames and deletes presets."""

import argparse
from pathlib import Path

from core.cli.masks import steps_record
from core.cli.options import Commands
from core.cli.output import error_text, print_json, print_line, printable, warn
from core.errors import RecipeError
from core.presets import Presets


def add_parser(commands: Commands) -> None:
    """Add the command to ``dfpir``'s parser."""
    parser = commands.add_parser(
        "presets",
        help="list and manage presets, which are named recipes",
        description="List the presets with their steps. Use one by dfpir restore --preset NAME or dfpir batch --preset "
        "NAME. A preset is stored in the window, or imported here from a recipe file.",
    )
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--import", type=Path, dest="import_file", metavar="FILE", help="store a recipe file as a preset")
    what.add_argument("--export", nargs=2, metavar=("NAME", "FILE"), help="write a preset as a recipe file")
    what.add_argument("--rename", nargs=2, metavar=("NAME", "NEW"), help="give a preset another name")
    what.add_argument("--delete", metavar="NAME", help="delete a preset")
    parser.add_argument("--json", action="store_true", help="one JSON object per preset on standard output")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """List the presets, or change one. Returns the exit code.

    Raises:
        RecipeError: there is no such preset, or a file cannot be read or written.
    """
    presets = Presets()
    if options.import_file:
        print_line(f"Stored as {presets.import_file(options.import_file)!r}.")
        return 0
    if options.export:
        file = Path(options.export[1])
        if file.exists():
            raise RecipeError(f"{file} already exists and was not changed. Name another file.")
        print_line(str(presets.export_file(options.export[0], file)))
        return 0
    if options.rename:
        print_line(f"Renamed to {presets.rename(*options.rename)!r}.")
        return 0
    if options.delete is not None:
        presets.stored_name(options.delete)  # a wrong name is an error here, a damaged file is not
        presets.delete(options.delete)
        return 0
    return _list(presets, as_json=options.json)


def _list(presets: Presets, *, as_json: bool) -> int:
    failed = 0
    for name in presets.names():
        try:
            recipe = presets.load(name)
        except RecipeError as error:
            failed += 1
            warn(error_text(error))
            continue
        if as_json:
            values = {"name": name, "steps": steps_record(recipe.steps)}
            print_json(values | {"quality_mode": recipe.quality_mode})
        else:
            steps = ", ".join(
                step.degradation + ("" if step.strength == 1 else f" {step.strength:.0%}") for step in recipe.steps
            )
            best = ", best quality" if recipe.quality_mode == "best" else ""
            print_line(f"{printable(name)}: {steps}{best}")
    return 1 if failed else 0
