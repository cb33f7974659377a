"""Errors of the operating system as messages for users: which file, what went wrong, what to do.

Other modules wrap the messages in their own error family::

    except OSError as error:
        raise RecipeError(read_failure(error, path)) from error
"""

import errno
import os
from pathlib import Path

from core.messages import Message, message, verbatim

_ADVICE = {
    errno.ENOENT: message("Check the name and the folder."),
    errno.ENOTDIR: message("A part of the path is a file, not a folder; check the path."),
    errno.EISDIR: message("Choose a file instead of a folder."),
    errno.EACCES: message("You are not allowed to; check the permissions, or choose another folder."),
    errno.EPERM: message("You are not allowed to; check the permissions, or choose another folder."),
    errno.EROFS: message("The disk is write-protected; choose another folder."),
    errno.ENOSPC: message("The disk is full; free some space, or choose another disk."),
    errno.EDQUOT: message("Your space on this disk is used up; free some, or choose another disk."),
    errno.EFBIG: message("The file is too large for this disk; choose another disk."),
    errno.ENAMETOOLONG: message("The name is too long; choose a shorter one."),
    errno.EINVAL: message("This disk does not accept the name; choose another one."),
    errno.EILSEQ: message("This disk does not accept the name; choose another one."),
    errno.EIO: message("The disk reports a fault; try another disk."),
    errno.EMFILE: message("Too many files are open; close some programs and try again."),
}
_OTHER_ADVICE = message("Try again, or choose another folder.")

_REASONS: dict[str, Message] = {
    str(text): text
    for text in (
        message("No such file or directory"),
        message("Permission denied"),
        message("No space left on device"),
        message("Is a directory"),
        message("Not a directory"),
        message("Input/output error"),
        message("Read-only file system"),
        message("File name too long"),
        message("it is a pipe or a device and not a file"),
    )
}
"""Reasons of the system that have a translation; others are shown as the system words them."""


def display_path(path: Path) -> str:
    """The path as printable text, also where its bytes are not valid UTF-8."""
    return os.fsencode(path).decode("utf-8", "replace")


def read_failure(error: OSError, path: Path) -> Message:
    """The message for a file that cannot be read."""
    return message(
        "{file} cannot be read: {reason}. {advice}",
        file=display_path(path),
        reason=reason(error),
        advice=_ADVICE.get(error.errno or 0, _OTHER_ADVICE),
    )


def write_failure(error: OSError, path: Path) -> Message:
    """The message for a file or folder that cannot be written."""
    return message(
        "{file} cannot be written: {reason}. {advice}",
        file=display_path(path),
        reason=reason(error),
        advice=_ADVICE.get(error.errno or 0, _OTHER_ADVICE),
    )


def already_exists(path: Path) -> Message:
    """The message for a file that exists where overwriting is not allowed."""
    return message(
        "{file} already exists and was not changed. Choose another name, or allow overwriting.",
        file=display_path(path),
    )


def reason(error: OSError) -> Message:
    """Why the system has refused something, in its words; the usual reasons have a translation."""
    text = str(error.strerror or error)
    return _REASONS.get(text) or verbatim(text)
