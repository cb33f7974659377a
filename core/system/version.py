"""The version of this program."""

from importlib import metadata


def program_version() -> str:
    """For example ``"0.1.0"``; ``"(not installed)"`` when the source runs without installation."""
    try:
        return metadata.version("dfpir-studio")
    except metadata.PackageNotFoundError:
        return "(not installed)"
