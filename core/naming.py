"""Names that need no heavy import: the default model, and the files that results go to."""

from pathlib import Path

DEFAULT_MODEL = "dfpir-compact"
"""Name of the built-in model that is used when none is named."""


def restored_path(source: Path, folder: Path | None = None) -> Path:
    """Where the result of a photo goes by default.

    Args:
        source: the photo's file.
        folder: for the results, which then keep their names; None puts them beside their sources as
            ``NAME-restored.SUFFIX``.
    """
    if folder is not None:
        return folder / source.name
    return source.with_name(f"{source.stem}-restored{source.suffix}")
