"""Names that need no heavy import: the default model, and the files that results go to."""

import re
from pathlib import Path

DEFAULT_MODEL = "dfpir-compact"
"""Name of the built-in model that is used when none is named."""


RESULT_SUFFIXES = {".heic": ".jpg", ".heif": ".jpg"} | dict.fromkeys(
    (".dng", ".cr2", ".cr3", ".nef", ".nrw", ".arw", ".raf", ".orf", ".rw2", ".pef", ".srw", ".3fr", ".iiq"), ".tif"
)
"""Suffix of the result for photos that can be read but not written: camera raw has more than JPEG can hold."""


def restored_path(source: Path, folder: Path | None = None) -> Path:
    """Where the result of a photo goes by default.

    Args:
        source: the photo's file.
        folder: for the results, which then keep their names; None puts them beside their sources as
            ``NAME-restored.SUFFIX``. The suffix stays if photos can be saved under it.
    """
    suffix = RESULT_SUFFIXES.get(source.suffix.lower(), source.suffix)
    if folder is not None:
        return folder / f"{source.stem}{suffix}"
    return source.with_name(f"{source.stem}-restored{suffix}")


_RESERVED = re.compile(r"(?:con|prn|aux|nul|conin\$|conout\$|com[1-9¹²³]|lpt[1-9¹²³])(?: *\..*)?", re.IGNORECASE)
_FORBIDDEN = re.compile(r'[<>:"/\\|?*\x00-\x1f]')


def possible_on_windows(name: str) -> bool:
    """Whether Windows can have a file or folder of this name, without its path.

    It cannot if the name is a device's, with or without an ending (``NUL``, ``con.jpg``), ends in a dot or a blank, or
    holds one of ``< > : " / \\ | ? *`` or a control character. Some of these it would even take for something else:
    what is written to ``photo:x`` is hidden inside ``photo``. Source: Microsoft, *Naming Files, Paths, and Namespaces*.
    """
    return bool(name) and name[-1] not in ". " and not _FORBIDDEN.search(name) and not _RESERVED.fullmatch(name)
