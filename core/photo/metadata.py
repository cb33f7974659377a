"""What a file tells besides its pixels, gathered when it is read."""

from typing import Any

from core.photo.formats import exif, iptc, jpeg, png, webp, xmp
from core.photo.formats.tiff import Tiff


def read_metadata(image: Any, data: bytes, key: str, tiff: Tiff | None, notes: list[str]) -> tuple[dict[str, Any], int]:
    """Fields of Preserved for a libvips ``image`` of the file ``data``, and the EXIF orientation to undo.

    ``tiff`` is the structure of a TIFF file. Sentences for the user are appended to ``notes``. Damage in metadata
    never fails the reading.
    """
    block = exif.from_tiff_file(tiff) if tiff else blob(image, "exif-data")
    structure = tiff
    if block is not None and not tiff:
        block = block.removeprefix(b"Exif\x00\x00")
        try:
            structure = Tiff(block)
        except ValueError:
            block = None
            notes.append("The camera information (EXIF) was damaged and was left out.")
    turn = exif.orientation(structure) if structure and key != "avif" else 1  # AVIF turns by other means, done by now
    if block is not None:
        size = (image.height, image.width) if turn >= 5 else (image.width, image.height)
        block = exif.turned_upright(Tiff(block), *size)
    packet, records = blob(image, "xmp-data"), blob(image, "iptc-data")
    if packet and (turn > 1 or key == "avif"):
        packet = xmp.upright(packet)
    dpi = exif.resolution(structure) if structure else None
    pages = _pages(image, data, key)
    if pages > 1:
        notes.append(f"Only the first of {pages} pages or frames was read.")
    if key == "jpeg":
        dpi = dpi or jpeg.density(data)
    if key == "png":
        dpi = png.density(data) or dpi
    if dpi and turn >= 5:
        dpi = (dpi[1], dpi[0])
    kept = {
        "exif": block,
        "xmp": packet,
        "iptc": iptc.records(records) if records else None,
        "dpi": dpi,
        "pages": pages,
        "lossless": key == "webp" and any(kind == b"VP8L" for kind in webp.kinds(data)),
    }
    return kept, turn


def blob(image: Any, field: str) -> bytes | None:
    """A block of metadata of a libvips image; None if it is missing or empty."""
    if image.get_typeof(field) == 0:
        return None
    return bytes(image.get(field)) or None


def profile_of(image: Any) -> bytes | None:
    """The colour profile of a libvips image, without what may lie behind its end; None if there is none."""
    profile = blob(image, "icc-profile-data")
    size = int.from_bytes(profile[:4], "big") if profile else 0
    return profile[:size] if profile and 128 < size < len(profile) else profile


def _pages(image: Any, data: bytes, key: str) -> int:
    if key == "png":  # libvips does not count the frames of an animated PNG
        frames = [at for kind, at, size in png.chunks(data) if kind == b"acTL" and size >= 4]
        return max(int.from_bytes(data[frames[0] : frames[0] + 4], "big"), 1) if frames else 1
    return max(int(image.get("n-pages")), 1) if image.get_typeof("n-pages") else 1


def describes_other_colours(data: bytes, key: str) -> bool:
    """Whether a PNG or AVIF states, without a profile, colours that would need one."""
    if key == "png":
        points = [data[at : at + 2] for kind, at, size in png.chunks(data) if kind == b"cICP" and size == 4]
        return any(_unread_colours(*two) for two in points)
    at = data.find(b"colrnclx", 0, 65536) if key == "avif" else -1
    if at < 0:
        return False
    return _unread_colours(*(int.from_bytes(data[at + n : at + n + 2], "big") for n in (8, 10)))


def _unread_colours(primaries: int, transfer: int) -> bool:
    """Whether the code points of ITU-T H.273 mean other colours than those of sRGB and its kin."""
    return primaries not in (0, 1, 2, 5, 6) or transfer not in (0, 1, 2, 6, 13, 14, 15)
