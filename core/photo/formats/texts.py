"""Texts with keywords where a format has no place for them: as properties of XMP."""

import contextlib
from datetime import datetime

from core.photo.formats.metadata_blocks import Text
from core.photo.formats.xmp import DC, EXIF, XAP, Packet

# Keywords that PNG defines → namespace, property, and its kind of list.
_PROPERTIES = {
    "title": (DC, "title", "Alt"),
    "author": (DC, "creator", "Seq"),
    "description": (DC, "description", "Alt"),
    "copyright": (DC, "rights", "Alt"),
    "source": (DC, "source", None),
    "software": (XAP, "CreatorTool", None),
    "comment": (EXIF, "UserComment", "Alt"),
}


def into_xmp(
    packet: bytes | None, texts: tuple[Text, ...], modified: bytes | None
) -> tuple[bytes | None, tuple[str, ...]]:
    """XMP with texts added as properties that it does not have yet, and the date of the last change.

    Returns:
        The packet, None if there is nothing to state; and the keywords of texts that XMP has no property for.
    """
    try:
        made = Packet(packet)
    except ValueError:
        return packet, tuple(text.keyword for text in texts)
    left = []
    before = made.changed
    made.changed = False
    for text in texts:
        known = _PROPERTIES.get(text.keyword.lower())
        if known is None:
            if not text.keyword.startswith("date:"):  # ImageMagick's times of the file, not of the photo
                left.append(text.keyword)
        elif (stated := made.text(known[0], known[1])) is None:
            made.add(known[0], known[1], text.text, known[2], text.language)
        elif stated != text.text.strip():
            left.append(text.keyword)
    if modified and made.text(XAP, "ModifyDate") is None:
        with contextlib.suppress(ValueError):  # no date at all
            date = datetime(int.from_bytes(modified[:2], "big"), *modified[2:])
            made.add(XAP, "ModifyDate", date.isoformat() + "Z")
    if not made.changed:
        return packet, tuple(dict.fromkeys(left))
    made.changed |= before
    return made.to_bytes(), tuple(dict.fromkeys(left))
