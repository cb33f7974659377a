"""``dfpir doctor``: whether the installation is sound."""

import argparse
from dataclasses import asdict
from typing import Any

from core.cli.output import print_json, print_line


def add_parser(commands: Any) -> None:
    """Add the command to ``dfpir``'s parser (an action made by ``ArgumentParser.add_subparsers``)."""
    parser = commands.add_parser(
        "doctor",
        help="examine the installation",
        description="Examine the installation: versions, devices, the models' hashes, extras, folders, and a self-test "
        "that restores pieces of the sample photos and compares with the golden results. Nothing is changed or sent.",
    )
    parser.add_argument("--json", action="store_true", help="one JSON object per finding on standard output")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print the findings as they come. Returns 0 if all is well, else 1."""
    from core.cli.doctor_checks import examine

    faults, topic = 0, ""
    for finding in examine():
        faults += not finding.well
        if options.json:
            print_json(asdict(finding))
            continue
        if finding.topic != topic:
            topic = finding.topic
            print_line(topic.capitalize())
        print_line(f"  {'' if finding.well else 'FAULT '}{finding.name}: {finding.told}")
        if finding.advice:
            print_line(f"    {finding.advice}")
    if not options.json:
        print_line(f"{faults} faults." if faults else "All is well.")
    return 1 if faults else 0
