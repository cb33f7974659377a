"""XMP: regions turn with the pixels, previews and positions are removed, hostile packets are harmless."""

import base64
import time
from xml.etree import ElementTree
from xml.etree.ElementTree import canonicalize

import numpy as np
import pytest

from core.photo.formats import xmp as module
from tests.unit.core.photo.formats.builders import (
    RDF,
    exif,
    jpeg,
    packet_of,
    property_of,
    segment,
    thumbnail,
    xmp,
    xmp_segment,
)

TURNS = range(1, 9)
FACES = 'xmlns:mwg-rs="http://www.metadataworkinggroup.com/schemas/regions/" ' + (
    'xmlns:stDim="http://ns.adobe.com/xap/1.0/sType/Dimensions#" xmlns:stArea="http://ns.adobe.com/xmp/sType/Area#"'
)
MARK = (6, 16, 8, 12)  # left, right, top, bottom in a picture of 32 × 24


def faces(as_elements: bool, width: int = 32, height: int = 24) -> str:
    left, right, top, bottom = MARK
    values = {
        "x": (left + right) / 2 / 32,
        "y": (top + bottom) / 2 / 24,
        "w": (right - left) / 32,
        "h": (bottom - top) / 24,
    }
    if as_elements:
        area = "".join(f"<stArea:{key}>{value}</stArea:{key}>" for key, value in values.items())
        area = f'<mwg-rs:Area rdf:parseType="Resource">{area}</mwg-rs:Area>'
        applied = f"<stDim:w>{width}</stDim:w><stDim:h>{height}</stDim:h><stDim:unit>pixel</stDim:unit>"
        applied = f'<mwg-rs:AppliedToDimensions rdf:parseType="Resource">{applied}</mwg-rs:AppliedToDimensions>'
    else:
        area = "<mwg-rs:Area " + " ".join(f'stArea:{key}="{value}"' for key, value in values.items()) + "/>"
        applied = f'<mwg-rs:AppliedToDimensions stDim:w="{width}" stDim:h="{height}" stDim:unit="pixel"/>'
    entry = f'<rdf:li><rdf:Description mwg-rs:Name="Zoe" mwg-rs:Type="Face">{area}</rdf:Description></rdf:li>'
    return (
        f'<mwg-rs:Regions rdf:parseType="Resource">{applied}<mwg-rs:RegionList><rdf:Bag>{entry}</rdf:Bag>'
        "</mwg-rs:RegionList></mwg-rs:Regions>"
    )


def turned_mark(turn: int) -> tuple[tuple[int, int], tuple[float, float, float, float]]:
    """Size of the upright image, and left, top, width, height of the mark in it, found by turning pixels."""
    pixels = np.zeros((24, 32), bool)
    left, right, top, bottom = MARK
    pixels[top:bottom, left:right] = True
    turns = {
        1: lambda a: a,
        2: lambda a: a[:, ::-1],
        3: lambda a: a[::-1, ::-1],
        4: lambda a: a[::-1],
        5: lambda a: a.T,
        6: lambda a: np.rot90(a, -1),
        7: lambda a: np.rot90(a, -1)[::-1],
        8: lambda a: np.rot90(a),
    }
    upright = turns[turn](pixels)
    down, across = np.nonzero(upright)
    height, width = upright.shape
    return (width, height), (across.min(), down.min(), np.ptp(across) + 1, np.ptp(down) + 1)


def value_of(element: ElementTree.Element, namespace: str, name: str) -> float:
    key = f"{{{namespace}}}{name}"
    return float(element.get(key) or element.findtext(key))


@pytest.mark.parametrize("as_elements", [True, False])
@pytest.mark.parametrize("turn", TURNS)
def test_faces_turn_with_the_pixels(opened, tmp_path, turn, as_elements) -> None:
    packet = xmp(faces(as_elements), f'xmlns:tiff="http://ns.adobe.com/tiff/1.0/" tiff:Orientation="{turn}" {FACES}')
    data = jpeg(segment(0xE1, b"Exif\x00\x00" + exif(orientation=turn)), xmp_segment(packet))
    saved = opened(data).save(tmp_path / "a.jpg").read_bytes()
    (width, height), (left, top, wide, high) = turned_mark(turn)
    root = ElementTree.fromstring(packet_of(saved).decode())
    area = next(root.iter("{http://www.metadataworkinggroup.com/schemas/regions/}Area"))
    x, y, w, h = (value_of(area, "http://ns.adobe.com/xmp/sType/Area#", name) for name in "xywh")
    assert (x * width, y * height) == pytest.approx((left + wide / 2, top + high / 2))
    assert (w * width, h * height) == pytest.approx((wide, high))
    applied = next(root.iter("{http://www.metadataworkinggroup.com/schemas/regions/}AppliedToDimensions"))
    dimensions = [value_of(applied, "http://ns.adobe.com/xap/1.0/sType/Dimensions#", name) for name in "wh"]
    assert dimensions == [width, height]
    assert property_of(saved, "Orientation") == "1"


def test_faces_stated_for_the_upright_photo_are_unchanged(opened) -> None:
    packet = xmp(faces(False, width=24, height=32), FACES)
    data = jpeg(segment(0xE1, b"Exif\x00\x00" + exif(orientation=6)), xmp_segment(packet))
    assert opened(data).preserved.xmp == packet


@pytest.mark.parametrize("turn", TURNS)
def test_regions_of_microsoft_and_iptc_turn_with_the_pixels(turn) -> None:
    left, right, top, bottom = MARK
    box = f"{left / 32}, {top / 24}, {(right - left) / 32}, {(bottom - top) / 24}"
    boundary = (
        '<Iptc4xmpExt:RegionBoundary rdf:parseType="Resource"><Iptc4xmpExt:rbShape>rectangle</Iptc4xmpExt:rbShape>'
        f"<Iptc4xmpExt:rbUnit>pixel</Iptc4xmpExt:rbUnit><Iptc4xmpExt:rbX>{left}</Iptc4xmpExt:rbX>"
        f"<Iptc4xmpExt:rbY>{top}</Iptc4xmpExt:rbY><Iptc4xmpExt:rbW>{right - left}</Iptc4xmpExt:rbW>"
        f"<Iptc4xmpExt:rbH>{bottom - top}</Iptc4xmpExt:rbH></Iptc4xmpExt:RegionBoundary>"
    )
    names = (
        'xmlns:MPReg="http://ns.microsoft.com/photo/1.2/t/Region#" '
        'xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"'
    )
    packet = xmp(
        f'<MPReg:x rdf:parseType="Resource" ><MPReg:Rectangle>{box}</MPReg:Rectangle></MPReg:x>' + boundary, names
    )
    (width, height), (x, y, wide, high) = turned_mark(turn)
    turned = module.Packet(module.turn_upright(packet, turn, width, height))
    shares = [
        float(value) for value in turned.text("http://ns.microsoft.com/photo/1.2/t/Region#", "Rectangle").split(",")
    ]
    assert shares == pytest.approx([x / width, y / height, wide / width, high / height])
    iptc = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
    assert [float(turned.text(iptc, f"rb{name}")) for name in "XYWH"] == pytest.approx([x, y, wide, high])


def with_thumbnail(picture: bytes) -> bytes:
    image = f"<xmpGImg:format>JPEG</xmpGImg:format><xmpGImg:image>{base64.b64encode(picture).decode()}</xmpGImg:image>"
    return xmp(
        f'<xmp:Thumbnails><rdf:Alt><rdf:li rdf:parseType="Resource">{image}</rdf:li></rdf:Alt></xmp:Thumbnails>',
        'xmlns:xmpGImg="http://ns.adobe.com/xap/1.0/g/img/"',
    )


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".avif", ".tif"])
def test_the_preview_in_xmp_is_removed_and_the_rest_kept(opened, tmp_path, suffix) -> None:
    preview = thumbnail()
    saved = opened(jpeg(xmp_segment(with_thumbnail(preview)))).save(tmp_path / f"a{suffix}").read_bytes()
    assert base64.b64encode(preview)[:40] not in saved and b"xmpGImg" not in saved
    assert b'Rating="4"' in saved


def test_an_original_image_in_xmp_is_removed_with_a_note(opened) -> None:
    names = 'xmlns:GImage="http://ns.google.com/photos/1.0/image/" GImage:Mime="image/jpeg" GImage:Data="AAAA"'
    photo = opened(jpeg(xmp_segment(xmp("", names))))
    assert photo.notes == ("A second image in the XMP block shows the photo before restoration; it was left out.",)
    assert b"GImage" not in photo.preserved.xmp


def test_unchanged_packets_keep_their_bytes_and_changed_ones_their_wrapper() -> None:
    packet = xmp("<xmp:Label><!-- kept -->a &amp; b</xmp:Label>", 'xmlns:a="urn:a" a:GPSx="1"')
    assert module.turn_upright(packet, 1, 10, 10) == packet
    changed = module.without_position(packet)
    assert changed.startswith('<?xpacket begin="\ufeff"'.encode()) and changed.endswith(b"<?xpacket end='w'?>")
    assert canonicalize(changed.decode()) == canonicalize(packet.decode().replace(' xmlns:a="urn:a" a:GPSx="1"', ""))


def test_positions_in_any_namespace_are_removed() -> None:
    names = 'xmlns:drone="http://www.dji.com/drone-dji/1.0/" drone:GpsLatitude="1" drone:Latitude="2" drone:Gimbal="3"'
    cleared = module.without_position(xmp("<drone:GPSLongitude>4</drone:GPSLongitude>", names))
    assert b"atitude" not in cleared and b"GPS" not in cleared and b"Gimbal" in cleared


BOMB = (
    '<!DOCTYPE x [<!ENTITY a "'
    + "ha" * 50
    + '">'
    + "".join(f'<!ENTITY {b} "' + f"&{a};" * 10 + '">' for a, b in zip("abcdefgh", "bcdefghi", strict=True))
    + "]>"
)


@pytest.mark.parametrize(
    "packet",
    [
        BOMB.encode() + xmp("<xmp:Label>&i;</xmp:Label>"),
        b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>' + xmp("<xmp:Label>&a;</xmp:Label>"),
        b"no XML at all",
        xmp()[:-60],
        b"<a/>",
        xmp("<other:thing/>"),
        b"\x00\x00",
    ],
)
def test_hostile_and_damaged_packets_are_left_out_with_a_note(opened, packet) -> None:
    begin = time.process_time()
    photo = opened(jpeg(xmp_segment(packet)))
    assert time.process_time() - begin < 5
    assert photo.preserved.xmp is None and photo.notes == ("The XMP block is damaged and was left out.",)
    assert module.without_position(packet) is None


@pytest.mark.parametrize("value", ["inf", "nan", "1e400", "-5", "x", ""])
def test_invalid_numbers_in_xmp_are_harmless(value) -> None:
    names = (
        'xmlns:Container="http://ns.google.com/photos/1.0/container/" xmlns:GCamera="http://ns.google.com/photos/1.0/'
        f'camera/" xmlns:Item="http://ns.google.com/photos/1.0/container/item/" GCamera:MicroVideoOffset="{value}"'
    )
    item = f'<Container:Item Item:Semantic="GainMap" Item:Length="{value}" Item:Padding="{value}"/>'
    packet = xmp(item + faces(False).replace("0.", value), f"{names} {FACES}")
    module.announced_parts(packet)
    module.announce_only(packet, ())
    module.turn_upright(packet, 6, 10, 10)
    assert f"{{{RDF}}}RDF" == module.Packet(packet).rdf.tag
