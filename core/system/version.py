"""The version of the program that is running."""

from importlib import metadata


def program_version() -> str:
    """E.g. ``"0.1.0"``; ``"(not installed)"`` when the source runs without having been installed."""
    try:
        return metadata.version("dfpir-studio")
    except metadata.PackageNotFoundError:
        return "(not installed)"
