"""Writing the files that users ask for: checks before the work, atomic writing after it, errors as messages."""

import os
from pathlib import Path

from core.errors import DFPIRError, PhotoError
from core.io import atomic
from core.io.os_errors import already_exists, display_path, write_failure
from core.messages import message


def check_target(path: Path, overwrite: bool, family: type[DFPIRError] = PhotoError) -> None:
    """Refuse early, before a photo is restored or encoded, what :func:`write_output` would refuse at the end.

    Args:
        path: the file to be written.
        overwrite: whether an existing file may be replaced.
        family: class of the error.

    Raises:
        DFPIRError: of class ``family``; the folder is missing, or the file exists and ``overwrite`` is false, or it is
            a folder.
    """
    if "\0" in str(path):
        raise family(message("{file} cannot be written: it is not a valid file name.", file=repr(display_path(path))))
    try:
        if path.is_dir():
            raise family(message("{file} is a folder. Choose a file name.", file=display_path(path)))
        if not path.parent.is_dir():
            raise family(
                message(
                    "The folder {folder} does not exist. Create it, or choose another one.",
                    folder=display_path(path.parent),
                )
            )
        if not overwrite and os.path.lexists(path):
            raise family(already_exists(path))
    except OSError as error:
        raise family(write_failure(error, path)) from error


def make_folder(folder: Path, family: type[DFPIRError] = PhotoError) -> None:
    """Create a folder for results and its parents, unless it exists.

    Raises:
        DFPIRError: of class ``family``; it cannot be created.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except FileExistsError as error:
        raise family(
            message("{file} is a file, not a folder. Choose another folder for the results.", file=display_path(folder))
        ) from error
    except OSError as error:
        raise family(write_failure(error, folder)) from error


def write_output(
    data: bytes, path: Path, overwrite: bool, *sources: Path | None, family: type[DFPIRError] = PhotoError
) -> None:
    """Write a file atomically with :func:`core.io.atomic.publish`.

    Args:
        data: the contents.
        path: the file, in a folder that exists.
        overwrite: whether an existing file may be replaced.
        *sources: what the contents are made from; whoever cannot read these cannot read the file either, see
            :func:`core.io.atomic.mode_like`.
        family: class of the error.

    Raises:
        DFPIRError: of class ``family``; it cannot be written, or it exists and ``overwrite`` is false. Nothing is left
            behind.
    """
    try:
        atomic.publish(data, path, overwrite=overwrite, mode=atomic.mode_like(*sources))
    except FileExistsError as error:
        raise family(already_exists(path)) from error
    except OSError as error:
        raise family(write_failure(error, path)) from error
