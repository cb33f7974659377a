"""``dfpir doctor``: whether the installation is sound."""

import argparse
import json
from dataclasses import asdict
from typing import Any


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
    from core.doctor import examine

    faults, topic = 0, ""
    for finding in examine():
        faults += not finding.well
        if options.json:
            print(json.dumps(asdict(finding), ensure_ascii=False), flush=True)
            continue
        if finding.topic != topic:
            topic = finding.topic
            print(topic.capitalize())
        print(f"  {'' if finding.well else 'FAULT '}{finding.name}: {finding.told}", flush=True)
        if finding.advice:
            print(f"    {finding.advice}")
    if not options.json:
        print(f"{faults} faults." if faults else "All is well.")
    return 1 if faults else 0
