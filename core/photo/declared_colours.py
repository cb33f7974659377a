"""Colours that a file declares without an ICC profile, converted to an equivalent profile.

PNG: cICP, sRGB, gAMA and cHRM (PNG specification, third edition, section 4.3: cICP before iCCP before sRGB before the
two others). AVIF and HEIC: nclx, with the code points of ITU-T H.273. BMP: headers of version 4 and 5. TIFF: primaries
and white point. EXIF: Adobe RGB by the design rule of camera files (DCF 2.0, section 3.2).
"""

import struct
from collections.abc import Callable

from core.messages import Message, message
from core.photo.formats import avif, bmp, png
from core.photo.formats.tiff import EXIF_IFD, INTEROP_IFD, Tiff
from core.photo.icc import SRGB_CURVE, Chromaticity, Curve, Primaries, make_grey_profile, make_rgb_profile

UNKNOWN = message(
    "The file describes its colours in an unsupported way (HDR or wide gamut); they are interpreted as sRGB."
)
LINKED = message("The colour profile is in another file and was ignored; standard colours are assumed.")

_D65: Chromaticity = (0.3127, 0.3290)
_SRGB: Primaries = ((0.64, 0.33), (0.30, 0.60), (0.15, 0.06))
_ADOBE: Primaries = ((0.64, 0.33), (0.21, 0.71), (0.15, 0.06))
_PRIMARIES: dict[int, tuple[str, Primaries, Chromaticity]] = {
    4: ("BT.470 M", ((0.67, 0.33), (0.21, 0.71), (0.14, 0.08)), (0.310, 0.316)),
    9: ("BT.2020", ((0.708, 0.292), (0.170, 0.797), (0.131, 0.046)), _D65),
    11: ("DCI-P3", ((0.68, 0.32), (0.265, 0.69), (0.15, 0.06)), (0.314, 0.351)),
    12: ("Display P3", ((0.68, 0.32), (0.265, 0.69), (0.15, 0.06)), _D65),
}
_DISPLAYED_AS_SRGB = (0, 1, 2, 5, 6, 7)
"""Code points of primaries that are unspecified, are those of sRGB, or are those of standard-definition television,
which all programs display as sRGB."""

_CURVES = {4: Curve(gamma=2.2), 5: Curve(gamma=2.8), 8: Curve()}
_CURVES |= dict.fromkeys((0, 1, 2, 6, 7, 13, 14, 15), SRGB_CURVE)
"""By code point. Those of video (BT.709, 601, 2020) are for dark surroundings; programs display still images with the
curve of sRGB."""

_CHROMATICITY_TOLERANCE = 0.005
"""Programs round chromaticities, some to two digits."""

_SRGB_GAMA = (0.44, 0.47)
"""Range of gAMA in files that are sRGB: 1 / 2.2, which stands for the curve of sRGB (PNG specification, 11.3.2.5)."""

_COLOUR_SPACE, _INTEROP_INDEX, _WHITE_POINT, _PRIMARY_CHROMATICITIES = 0xA001, 1, 318, 319
_UNCALIBRATED, _ADOBE_RGB = 0xFFFF, 2


def profile_of_file(
    data: bytes, key: str, profile: bytes | None, channels: int, exif: bytes | None
) -> tuple[bytes | None, Message | None]:
    """Find the colour profile of a file: its ICC profile, or one made from what the file declares instead.

    Args:
        data: the file.
        key: its format.
        profile: the ICC profile embedded in the file, or None.
        channels: 1 for grey, 3 for RGB, 4 for CMYK.
        exif: its EXIF as a TIFF structure, or None.

    Returns:
        The profile, None for sRGB; a message for the user about unsupported colours, or None.
    """
    if channels == 4 or key == "raw" or (profile is not None and key != "png"):  # raw files are developed to sRGB
        return profile, None
    try:
        declared, note = _READERS[key](data, channels == 1) if key in _READERS else (None, None)
        if key == "png" and profile is not None:
            return (declared if _png_code_points(data) and not note else profile), None
        if declared is None and key in ("jpeg", "tiff") and channels == 3 and _is_adobe_rgb_by_exif(exif):
            declared = _rgb_profile("Compatible with Adobe RGB (1998)", _ADOBE, _D65, (Curve(gamma=563 / 256),) * 3)
        return declared, note
    except (ValueError, IndexError, struct.error):  # invalid values, which other programs ignore as well
        return profile, None


def _from_png(data: bytes, grey: bool) -> tuple[bytes | None, Message | None]:
    points = _png_code_points(data)
    if points:
        return _from_code_points(*points, grey)
    chunks = {kind: data[at : at + size] for kind, at, size in png.chunks(data) if kind in (b"sRGB", b"gAMA", b"cHRM")}
    if b"sRGB" in chunks:
        return None, None
    gamma = struct.unpack(">I", chunks[b"gAMA"])[0] / 100000 if b"gAMA" in chunks else 0.0
    white, *primaries = _chromaticities(chunks[b"cHRM"]) if b"cHRM" in chunks else (_D65, *_SRGB)
    same_primaries = _near((white, *primaries), (_D65, *_SRGB))
    if not 0.1 <= gamma <= 10 or (_SRGB_GAMA[0] <= gamma <= _SRGB_GAMA[1] and (same_primaries or grey)):
        curve, name = SRGB_CURVE, "sRGB curve"
        if same_primaries or grey:
            return None, None
    else:
        curve, name = Curve(gamma=1 / gamma), f"gamma {1 / gamma:.2f}"
    if grey:
        return make_grey_profile(f"Grey, {name}", curve), None
    red, green, blue = primaries
    return _rgb_profile(f"As the PNG states, {name}", (red, green, blue), white, (curve,) * 3), None


def _chromaticities(chunk: bytes) -> tuple[Chromaticity, ...]:
    """White, red, green and blue of a cHRM chunk."""
    numbers = [value / 100000 for value in struct.unpack(">8I", chunk)]
    return tuple(zip(numbers[::2], numbers[1::2], strict=True))


def _png_code_points(data: bytes) -> tuple[int, int] | None:
    chunks = [data[at : at + 4] for kind, at, size in png.chunks(data) if kind == b"cICP" and size == 4]
    return (chunks[0][0], chunks[0][1]) if chunks else None


def _from_isobmff(data: bytes, grey: bool) -> tuple[bytes | None, Message | None]:
    points = avif.code_points(data)
    return _from_code_points(*points, grey) if points else (None, None)


def _from_code_points(primaries: int, transfer: int, grey: bool) -> tuple[bytes | None, Message | None]:
    curve = _CURVES.get(transfer)
    if curve is None or (primaries not in _PRIMARIES and primaries not in _DISPLAYED_AS_SRGB):
        return None, UNKNOWN
    if grey:
        return (None if curve is SRGB_CURVE else make_grey_profile("Grey", curve)), None
    if primaries in _DISPLAYED_AS_SRGB:
        return (None if curve is SRGB_CURVE else _rgb_profile("sRGB primaries", _SRGB, _D65, (curve,) * 3)), None
    name, corners, white = _PRIMARIES[primaries]
    return _rgb_profile(name, corners, white, (curve,) * 3), None


def _from_bmp(data: bytes, grey: bool) -> tuple[bytes | None, Message | None]:
    kind, profile = bmp.colours(data)
    if kind == bmp.LINKED:
        return None, LINKED
    if kind != bmp.CALIBRATED:
        return profile, None
    endpoints = [value / 2**30 for value in struct.unpack_from("<9i", data, 74)]  # CIE XYZ of red, green and blue
    gammas = [value / 65536 for value in struct.unpack_from("<3I", data, 110)]
    if grey or not all(0.2 <= gamma <= 5 for gamma in gammas):
        return None, None
    corners, sums = [], [sum(endpoints[channel::3]) for channel in range(3)]
    for x, y, z in zip(*[iter(endpoints)] * 3, strict=True):
        total = x + y + z
        corners.append((x / total, y / total) if total > 0 else (0.0, 0.0))
    white = (sums[0] / sum(sums), sums[1] / sum(sums)) if sum(sums) > 0 else (0.0, 0.0)
    red, green, blue = (Curve(gamma=gamma) for gamma in gammas)
    return _rgb_profile("As the BMP states", (corners[0], corners[1], corners[2]), white, (red, green, blue)), None


def _from_tiff(data: bytes, grey: bool) -> tuple[bytes | None, Message | None]:
    tiff = Tiff(data)
    numbers = [tiff.rationals(tag) for tag in (_WHITE_POINT, _PRIMARY_CHROMATICITIES)]
    if grey or len(numbers[1]) != 6:
        return None, None
    x, y = numbers[0] if len(numbers[0]) == 2 else _D65
    red, green, blue = zip(numbers[1][::2], numbers[1][1::2], strict=True)
    if _near(((x, y), red, green, blue), (_D65, *_SRGB)):
        return None, None
    return _rgb_profile("As the TIFF states", (red, green, blue), (x, y), (SRGB_CURVE,) * 3), None


_READERS: dict[str, Callable[[bytes, bool], tuple[bytes | None, Message | None]]] = {
    "png": _from_png,
    "avif": _from_isobmff,
    "heic": _from_isobmff,
    "bmp": _from_bmp,
    "tiff": _from_tiff,
}


def _is_adobe_rgb_by_exif(exif: bytes | None) -> bool:
    if exif is None:
        return False
    tiff = Tiff(exif)
    exif_ifd = tiff.number(EXIF_IFD)
    if exif_ifd is None:
        return False
    space = tiff.number(_COLOUR_SPACE, exif_ifd)
    if space == _ADOBE_RGB:  # written by some cameras, although the standard defines only 1 and 65535
        return True
    interop = tiff.number(INTEROP_IFD, exif_ifd)
    index = tiff.find(_INTEROP_INDEX, interop) if interop is not None and space == _UNCALIBRATED else None
    return index is not None and exif[index.at : index.at + 3] == b"R03"


def _near(first: tuple[Chromaticity, ...], second: tuple[Chromaticity, ...]) -> bool:
    pairs = zip(first, second, strict=True)
    return all(abs(a - b) <= _CHROMATICITY_TOLERANCE for p, q in pairs for a, b in zip(p, q, strict=True))


def _rgb_profile(name: str, primaries: Primaries, white: Chromaticity, curves: tuple[Curve, ...]) -> bytes:
    red, green, blue = curves
    return make_rgb_profile(name, primaries, white, (red, green, blue))
