"""Access to libvips, loaded on first use so that ``import core.photo`` works without it."""

import logging
from functools import cache
from typing import Any

from core.errors import PhotoError
from core.messages import message

VipsImage = Any
"""A ``pyvips.Image``; pyvips has no type hints."""


@cache
def vips() -> Any:
    """The ``pyvips`` module, configured for a long-running program.

    Raises:
        PhotoError: libvips cannot be loaded; the message says what to install.
    """
    try:
        import pyvips
    except (ImportError, OSError) as error:
        raise PhotoError(
            message(
                "Photographs are read and written with libvips, which cannot be loaded. Install it with "
                '"pip install pyvips pyvips-binary" and start again. ({reason})',
                reason=str(error),
            )
        ) from error
    # The cache would keep whole photographs in memory after their last use.
    pyvips.cache_set_max(0)
    # libvips warns about every harmless oddity of a file; what matters here arrives as an exception.
    logger = logging.getLogger("pyvips")
    if logger.level == logging.NOTSET:
        logger.setLevel(logging.ERROR)
    return pyvips


def vips_errors(*more: type[Exception]) -> tuple[type[Exception], ...]:
    """What a libvips call raises on a bad file, and ``more``, for an ``except`` clause."""
    # pyvips decodes the messages of libvips as UTF-8, but text quoted from a file may be encoded otherwise.
    return (vips().Error, UnicodeDecodeError, *more)


def vips_reason(error: Exception) -> str:
    """The most informative line of an error of libvips, for the end of a message to the user."""
    lines = [line.strip() for line in getattr(error, "detail", str(error)).splitlines()]
    informative = [line for line in lines if line and not line.endswith("load error") and "bad seek" not in line]
    return informative[0] if informative else message("no reason given")


def clear_vips_messages() -> None:
    """Clear the buffer of libvips' messages, which would otherwise show warnings about earlier files again."""
    vips().vips_lib.vips_error_clear()
