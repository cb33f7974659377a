"""The one door to libvips, opened on first use so that ``import core.photo`` works without it."""

import logging
from functools import cache
from typing import Any

from core.errors import PhotoError


@cache
def vips() -> Any:
    """The ``pyvips`` module, set up for a long-running program.

    Raises:
        PhotoError: libvips cannot be loaded; the message says what to install.
    """
    try:
        import pyvips
    except (ImportError, OSError) as error:
        raise PhotoError(
            "Photographs are read and written with libvips, which cannot be loaded. "
            f'Install it with "pip install pyvips pyvips-binary" and start again. ({error})'
        ) from error
    # The cache would keep whole photographs alive after their last use.
    pyvips.cache_set_max(0)
    # libvips warns about every harmless oddity of a file; what matters to us arrives as an exception.
    logger = logging.getLogger("pyvips")
    if logger.level == logging.NOTSET:
        logger.setLevel(logging.ERROR)
    return pyvips


def vips_errors(*more: type[Exception]) -> tuple[type[Exception], ...]:
    """What a libvips call raises on a bad file, and ``more``, for an ``except`` clause."""
    # pyvips decodes the messages of libvips as UTF-8, and text quoted from a file need not be that.
    return (vips().Error, UnicodeDecodeError, *more)


def vips_reason(error: Exception) -> str:
    """The most telling line of libvips' own explanation, for the end of a message to the user."""
    lines = [line.strip() for line in getattr(error, "detail", str(error)).splitlines()]
    told = [line for line in lines if line and not line.endswith("load error") and "bad seek" not in line]
    return told[0] if told else "no reason given"


def forget_old_messages() -> None:
    """Empty the buffer in which libvips collects messages, where warnings of earlier files would be found again."""
    vips().vips_lib.vips_error_clear()
