"""XMP packets: reading, adapting to upright pixels, removing previews and positions.

lxml parses them with entities, document types and network access disabled. An unchanged packet keeps its bytes; a
changed one keeps its prefixes and its wrapper. Sources: ISO 16684-1 (XMP), Adobe's XMP Specification Part 3
(packets in JPEG), the Metadata Working Group's guidelines 2.0 (regions), the Ultra HDR and Motion Photo formats.
"""

import contextlib
import math
import re
from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any

from lxml import etree

from core.messages import Message, message
from core.photo.metadata import Text

Element = Any
"""An element of lxml, which has no type hints."""

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
XAP = "http://ns.adobe.com/xap/1.0/"
DC = "http://purl.org/dc/elements/1.1/"
EXIF = "http://ns.adobe.com/exif/1.0/"
_TIFF = "http://ns.adobe.com/tiff/1.0/"
_PHOTOSHOP = "http://ns.adobe.com/photoshop/1.0/"
NOTE = "http://ns.adobe.com/xmp/note/"
_META = "adobe:ns:meta/"
_XML = "http://www.w3.org/XML/1998/namespace"
_REGIONS = "http://www.metadataworkinggroup.com/schemas/regions/"
_AREA = "http://ns.adobe.com/xmp/sType/Area#"
_OLD_AREA = "http://ns.adobe.com/xap/1.0/sType/Area#"
_DIMENSIONS = "http://ns.adobe.com/xap/1.0/sType/Dimensions#"
_MICROSOFT_PHOTO = "http://ns.microsoft.com/photo/1.2/"
_MICROSOFT_REGION = "http://ns.microsoft.com/photo/1.2/t/Region#"
_IPTC_EXTENSION = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
_CAMERA = "http://ns.google.com/photos/1.0/camera/"
_GAIN_MAP = "http://ns.adobe.com/hdr-gain-map/1.0/"
_GOOGLE_IMAGE = "http://ns.google.com/photos/1.0/image/"
_GOOGLE_DEPTH = "http://ns.google.com/photos/1.0/depthmap/"
_CONTAINERS = ("http://ns.google.com/photos/1.0/container/", "http://ns.google.com/photos/dd/1.0/container/")
_PREFIXES = {RDF: "rdf", XAP: "xmp", DC: "dc", EXIF: "exif", NOTE: "xmpNote", _META: "x"}
_POSITION = re.compile(r"gps|.*(?:latitude|longitude)$", re.IGNORECASE)
_EMPTY = (
    f'<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="{_META}"><rdf:RDF xmlns:rdf="{RDF}">'
    '<rdf:Description rdf:about=""/></rdf:RDF></x:xmpmeta><?xpacket end="w"?>'
).encode()

GAIN_MAP, VIDEO = "GainMap", "MotionPhoto"
"""Names in Google's container of the two kinds of data after the image of a JPEG that can be preserved."""


class Packet:
    """An XMP packet.

    Args:
        data: UTF-8; None makes an empty packet.

    Attributes:
        root: the outermost element.
        rdf: the rdf:RDF element.
        changed: whether :meth:`to_bytes` has to serialise it anew.

    Raises:
        ValueError: it is not well-formed, holds no RDF, or declares a document type.
    """

    def __init__(self, data: bytes | None = None) -> None:
        self._data = _EMPTY if data is None else data
        self.changed = data is None
        parser = etree.XMLParser(
            resolve_entities=False, load_dtd=False, no_network=True, huge_tree=True, remove_pis=False
        )
        try:
            root = etree.fromstring(self._data.strip(b"\x00 \t\r\n"), parser)
        except (etree.XMLSyntaxError, ValueError) as error:
            raise ValueError("not an XMP packet") from error
        rdf = next(root.iter(f"{{{RDF}}}RDF"), None) if root is not None else None
        if rdf is None or root.getroottree().docinfo.internalDTD is not None:
            raise ValueError("not an XMP packet")
        self.root: Element = root
        self.rdf: Element = rdf

    def to_bytes(self) -> bytes:
        """The packet as UTF-8; the original bytes if nothing was changed."""
        if not self.changed:
            return self._data
        etree.cleanup_namespaces(self.rdf)
        serialised: bytes = etree.tostring(self.root.getroottree(), encoding="utf-8")
        return serialised

    def find(self, namespace: str, name: str = "") -> Iterator[tuple[Element, str | None]]:
        """Find properties of this name (default: all of the namespace).

        Yields:
            The element and None for a property that is an element; the element and the key of its attribute for a
            property that is an attribute.
        """
        for element in list(self.rdf.iter(etree.Element)):
            for key in list(element.attrib):
                if _has_name(key, namespace, name):
                    yield element, key
            if _has_name(element.tag, namespace, name):
                yield element, None

    def text(self, namespace: str, name: str) -> str | None:
        """The value of the first simple property of this name, or None."""
        for element, key in self.find(namespace, name):
            return element.get(key) if key else "".join(element.itertext()).strip()
        return None

    def remove(self, namespace: str, name: str = "") -> bool:
        """Remove all properties of this name (default: all of the namespace) and return whether there was one."""
        properties = list(self.find(namespace, name))
        for element, key in properties:
            _remove(element, key)
        self.changed |= bool(properties)
        return bool(properties)

    def add(self, namespace: str, name: str, value: str, kind: str | None = None, language: str = "x-default") -> None:
        """Add a property: simple, or a list of one item if ``kind`` is "Alt" (with a language) or "Seq"."""
        holder = self.rdf.find(f"{{{RDF}}}Description")
        if holder is None:
            holder = etree.SubElement(self.rdf, f"{{{RDF}}}Description", {f"{{{RDF}}}about": ""})
        prefixes = {_PREFIXES[namespace]: namespace} if namespace in _PREFIXES else None
        element = etree.SubElement(holder, f"{{{namespace}}}{name}", nsmap=prefixes)
        if kind:
            element = etree.SubElement(etree.SubElement(element, f"{{{RDF}}}{kind}"), f"{{{RDF}}}li")
            if kind == "Alt":
                element.set(f"{{{_XML}}}lang", _CONTROL.sub("", language) or "x-default")
        element.text = _CONTROL.sub("", value)
        self.changed = True


_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")  # not allowed in XML


def _has_name(tag: str, namespace: str, name: str) -> bool:
    return tag == f"{{{namespace}}}{name}" if name else tag.startswith(f"{{{namespace}}}")


def _remove(element: Element, key: str | None) -> None:
    if key:
        element.attrib.pop(key, None)
    elif (parent := element.getparent()) is not None:
        parent.remove(element)


class _Fields:
    """Access to the simple properties of a structure in one namespace, be they attributes or elements."""

    def __init__(self, element: Element, namespace: str) -> None:
        # The structure may be the element itself or an rdf:Description in it.
        inner = element.find(f"{{{RDF}}}Description")
        self._element, self._namespace = element if inner is None else inner, namespace

    def __getitem__(self, name: str) -> str | None:
        key = f"{{{self._namespace}}}{name}"
        child = self._element.find(key)
        value = self._element.get(key) if child is None else child.text
        return None if value is None else value.strip()

    def __setitem__(self, name: str, value: str) -> None:
        key = f"{{{self._namespace}}}{name}"
        child = self._element.find(key)
        if child is None:
            self._element.set(key, value)
        else:
            child.text = value


def for_upright_photo(
    data: bytes | None, turn: int | None, size: tuple[int, int], attached: Collection[str], notes: list[Message]
) -> bytes | None:
    """Adapt a packet to the upright photo and remove its previews.

    Args:
        data: the packet as it was read, or None.
        turn: the EXIF orientation that was applied; None leaves the packet's own copy of it as it is.
        size: width and height of the upright photo, in pixels.
        attached: kinds (:data:`GAIN_MAP`, :data:`VIDEO`) of the data after the image of a JPEG that is preserved; the
            packet then announces nothing else.
        notes: messages about what was left out are appended.

    Returns:
        The packet; None if there is none or it cannot be read.
    """
    if not data:
        return None
    try:
        Packet(data)
    except ValueError:
        notes.append(message("The XMP block is damaged and was left out."))
        return None
    if turn is not None:
        data = turn_upright(data, turn, *size)
    return announce_only(without_previews(data, (turn or 1) > 1, notes), attached)


def turn_point(turn: int, x: float, y: float, width: float = 1.0, height: float = 1.0) -> tuple[float, float]:
    """Turn a point of an image of this size (as stored) by EXIF orientation ``turn``, 1 to 8."""
    if turn in (2, 3, 7, 8):
        x = width - x
    if turn in (3, 4, 6, 7):
        y = height - y
    return (y, x) if turn >= 5 else (x, y)


def turn_upright(data: bytes, turn: int, width: int, height: int) -> bytes:
    """Adapt a packet to pixels that were turned upright.

    Its copies of the orientation and of the size are updated, and regions (MWG, Microsoft, IPTC, the subject area of
    EXIF) are turned with the pixels unless they refer to the upright image already.

    Args:
        data: the packet; returned unchanged if it is damaged.
        turn: the EXIF orientation, 1 to 8.
        width: of the upright image, in pixels.
        height: of the upright image, in pixels.
    """
    with contextlib.suppress(ValueError):
        packet = Packet(data)
        _set(packet, _TIFF, "Orientation", "1")
        if turn == 1:
            return packet.to_bytes()
        _set_size(packet, width, height)
        stored = (height, width) if turn >= 5 else (width, height)
        _turn_regions(packet, turn, stored)
        return packet.to_bytes()
    return data


def cropped(data: bytes, width: int, height: int, notes: list[Message]) -> bytes:
    """Adapt a packet to a crop: its copies of the size are updated, and regions of the whole photo are removed.

    Args:
        data: the packet; returned unchanged if it is damaged.
        width: of the crop, in pixels.
        height: of the crop, in pixels.
        notes: a message about removed regions is appended.
    """
    with contextlib.suppress(ValueError):
        packet = Packet(data)
        _set_size(packet, width, height)
        packet.remove(EXIF, "SubjectArea")
        names = ((_REGIONS, "Regions"), (_IPTC_EXTENSION, "ImageRegion"), (_MICROSOFT_PHOTO, "RegionInfo"))
        removed = [packet.remove(namespace, name) for namespace, name in names]
        if any(removed):
            notes.append(message("Marked regions such as faces were left out, because the photo was cropped."))
        return packet.to_bytes()
    return data


def with_size(data: bytes, width: int, height: int) -> bytes:
    """Adapt a packet to pixels that were scaled: its copies of the size, and the size that regions refer to.

    Args:
        data: the packet; returned unchanged if it is damaged.
        width: the new width in pixels.
        height: the new height in pixels.
    """
    with contextlib.suppress(ValueError):
        packet = Packet(data)
        _set_size(packet, width, height)
        for regions, _ in packet.find(_REGIONS, "Regions"):
            applied = next(regions.iter(f"{{{_REGIONS}}}AppliedToDimensions"), None)
            if applied is not None:
                size = _Fields(applied, _DIMENSIONS)
                if size["w"] and size["h"] and size["unit"] in (None, "pixel"):
                    size["w"], size["h"] = str(width), str(height)
                    packet.changed = True
        return packet.to_bytes()
    return data


def without_depth_map(data: bytes, notes: list[Message]) -> bytes:
    """Remove a depth map, which does not match other pixels, with a message in ``notes``."""
    with contextlib.suppress(ValueError):
        packet = Packet(data)
        if packet.remove(_GOOGLE_DEPTH):
            notes.append(message("The depth map was left out, because the photo was rotated or cropped."))
        return packet.to_bytes()
    return data


def with_colour_space(data: bytes, *, srgb: bool, profile: str) -> bytes:
    """Set a packet's copies of the colour space and of the profile's name, if it has them.

    Args:
        data: the packet; returned unchanged if it is damaged.
        srgb: whether the pixels are in sRGB.
        profile: name of the profile that is embedded.
    """
    with contextlib.suppress(ValueError):
        packet = Packet(data)
        _set(packet, EXIF, "ColorSpace", "1" if srgb else "65535")
        _set(packet, _PHOTOSHOP, "ICCProfile", profile)
        return packet.to_bytes()
    return data


def _set_size(packet: Packet, width: int, height: int) -> None:
    for namespace, width_name, height_name in (
        (_TIFF, "ImageWidth", "ImageLength"),
        (EXIF, "PixelXDimension", "PixelYDimension"),
    ):
        _set(packet, namespace, width_name, str(width))
        _set(packet, namespace, height_name, str(height))


def _set(packet: Packet, namespace: str, name: str, value: str) -> None:
    for element, key in packet.find(namespace, name):
        if (element.get(key) if key else element.text) != value:
            packet.changed = True
            if key:
                element.set(key, value)
            else:
                element.text = value


def _turn_regions(packet: Packet, turn: int, stored: tuple[int, int]) -> None:
    for regions, _ in packet.find(_REGIONS, "Regions"):
        applied = next(regions.iter(f"{{{_REGIONS}}}AppliedToDimensions"), None)
        if applied is not None and turn >= 5:
            size = _Fields(applied, _DIMENSIONS)
            w, h = size["w"], size["h"]
            if w and h:
                if (_number(w) > _number(h)) != (stored[0] > stored[1]) and _number(w) != _number(h):
                    continue  # some programs state regions for the upright image
                size["w"], size["h"] = h, w
        for area in regions.iter(f"{{{_REGIONS}}}Area"):
            for namespace in (_AREA, _OLD_AREA):
                _turn_box(packet, _Fields(area, namespace), "xywh", turn, (1.0, 1.0), centred=True)
    for boundary, _ in packet.find(_IPTC_EXTENSION, "RegionBoundary"):
        fields = _Fields(boundary, _IPTC_EXTENSION)
        space = tuple(map(float, stored)) if fields["rbUnit"] == "pixel" else (1.0, 1.0)
        _turn_box(packet, fields, ("rbX", "rbY", "rbW", "rbH"), turn, space, centred=fields["rbShape"] != "rectangle")
        for point in boundary.iter(f"{{{RDF}}}li"):
            _turn_box(packet, _Fields(point, _IPTC_EXTENSION), ("rbX", "rbY", "rbW", "rbH"), turn, space, centred=True)
    for element, key in packet.find(_MICROSOFT_REGION, "Rectangle"):
        _turn_rectangle(packet, element, key, turn)
    for area, _ in packet.find(EXIF, "SubjectArea"):
        items = list(area.iter(f"{{{RDF}}}li"))
        values = [_number(item.text or "") for item in items]
        for item, value in zip(items, turn_area(turn, values, *stored), strict=False):
            item.text = str(round(value))
            packet.changed = True


def turn_area(turn: int, values: list[float], width: float, height: float) -> list[float]:
    """Turn a subject area of EXIF: x and y of the centre, then a diameter, or width and height, or nothing."""
    if len(values) < 2:
        return values
    extent = values[2:]
    return [*turn_point(turn, values[0], values[1], width, height), *(extent[::-1] if turn >= 5 else extent)]


def _turn_box(
    packet: Packet, fields: _Fields, names: Collection[str], turn: int, space: tuple[float, ...], centred: bool
) -> None:
    x_name, y_name, width_name, height_name = names
    texts = [fields[name] for name in (x_name, y_name)]
    if None in texts:
        return
    x, y = (_number(text or "") for text in texts)
    w, h = fields[width_name], fields[height_name]
    if not centred:
        x, y = x + _number(w or "0") / 2, y + _number(h or "0") / 2
    x, y = turn_point(turn, x, y, *space)
    if turn >= 5 and w is not None and h is not None:
        w, h = h, w
        fields[width_name], fields[height_name] = w, h
    if not centred:
        x, y = x - _number(w or "0") / 2, y - _number(h or "0") / 2
    fields[x_name], fields[y_name] = f"{x:.9g}", f"{y:.9g}"
    packet.changed = True


def _turn_rectangle(packet: Packet, element: Element, key: str | None, turn: int) -> None:
    """Turn a rectangle that is stored as "x, y, width, height", relative to the image, from its upper left corner."""
    text = element.get(key) if key else element.text
    values = [_number(part) for part in (text or "").split(",")]
    if len(values) != 4:
        return
    x, y = turn_point(turn, values[0] + values[2] / 2, values[1] + values[3] / 2)
    w, h = (values[3], values[2]) if turn >= 5 else (values[2], values[3])
    turned = ", ".join(f"{value:.9g}" for value in (x - w / 2, y - h / 2, w, h))
    if key:
        element.set(key, turned)
    else:
        element.text = turned
    packet.changed = True


def _number(text: str) -> float:
    """Parse a number; 0 for other texts."""
    try:
        value = float(text)
    except ValueError:
        return 0.0
    return value if math.isfinite(value) else 0.0


def without_position(data: bytes) -> bytes | None:
    """Remove the properties that tell where the photo was taken; None if the packet is damaged."""
    try:
        packet = Packet(data)
    except ValueError:
        return None
    for element in list(packet.rdf.iter(etree.Element)):
        for key in list(element.attrib):
            if _POSITION.match(etree.QName(key).localname):
                _remove(element, key)
                packet.changed = True
        if _POSITION.match(etree.QName(element).localname):
            _remove(element, None)
            packet.changed = True
    return packet.to_bytes()


def without_previews(data: bytes, turned: bool, notes: list[Message]) -> bytes:
    """Remove images that show the photo before restoration; a message is appended to ``notes`` unless it was a preview.

    A depth map is removed only if the photo was ``turned``, since it no longer matches the pixels then.
    """
    with contextlib.suppress(ValueError):
        packet = Packet(data)
        packet.remove(XAP, "Thumbnails")
        if packet.remove(_GOOGLE_IMAGE):
            notes.append(
                message("A second image in the XMP block shows the photo before restoration; it was left out.")
            )
        if turned and packet.remove(_GOOGLE_DEPTH):
            notes.append(message("The depth map was left out, because the photo was turned upright."))
        return packet.to_bytes()
    return data


def announced_parts(data: bytes) -> list[tuple[str, int]]:
    """Semantic and length in bytes, padding included, of the data after the image of a JPEG by Google's container."""
    with contextlib.suppress(ValueError):
        packet = Packet(data)
        parts = [(item["Semantic"] or "", item["Length"], item["Padding"]) for _, item in _items(packet)]
        found = [(name, int(_number(size or "0")), int(_number(gap or "0"))) for name, size, gap in parts]
        gap = next((gap for name, _, gap in found if name == "Primary"), 0)
        listed = [(name, size + gap) for name, size, gap in found if name != "Primary"]
        offset = packet.text(_CAMERA, "MicroVideoOffset")
        if offset and not any(name == VIDEO for name, _ in listed):
            listed.append((VIDEO, int(_number(offset))))
        return [("", gap), *listed] if gap else listed
    return []


def announce_only(data: bytes, kept: Collection[str]) -> bytes:
    """Remove what a packet says about data after the image of a JPEG, except for the kinds ``kept``."""
    with contextlib.suppress(ValueError):
        packet = Packet(data)
        any_kept = False
        for element, item in list(_items(packet)):
            semantic = item["Semantic"] or ""
            if semantic in kept:
                any_kept = True
            elif semantic != "Primary":
                entry = next((above for above in element.iterancestors(f"{{{RDF}}}li")), element)
                _remove(entry, None)
                packet.changed = True
            elif _number(item["Padding"] or "0"):
                item["Padding"] = "0"  # in a new file there is no gap between the image and what follows
                packet.changed = True
        if not any_kept:
            for namespace in _CONTAINERS:
                packet.remove(namespace, "Directory")
        if GAIN_MAP not in kept:
            packet.remove(_GAIN_MAP)
        if VIDEO not in kept:
            for element, key in list(packet.find(_CAMERA)):
                name = etree.QName(key or element).localname
                if name.startswith(("MotionPhoto", "MicroVideo")):
                    _remove(element, key)
                    packet.changed = True
        return packet.to_bytes()
    return data


def _items(packet: Packet) -> Iterator[tuple[Element, _Fields]]:
    for namespace in _CONTAINERS:
        for element, key in packet.find(namespace, "Item"):
            if key is None:
                yield element, _Fields(element, namespace + "item/")


# Keywords that PNG defines → namespace, property, and its kind of list.
_TEXT_PROPERTIES = {
    "title": (DC, "title", "Alt"),
    "author": (DC, "creator", "Seq"),
    "description": (DC, "description", "Alt"),
    "copyright": (DC, "rights", "Alt"),
    "source": (DC, "source", None),
    "software": (XAP, "CreatorTool", None),
    "comment": (EXIF, "UserComment", "Alt"),
}


def add_texts(
    data: bytes | None, texts: tuple[Text, ...], modified: bytes | None
) -> tuple[bytes | None, tuple[str, ...]]:
    """Add texts with keywords as properties, for formats that have no place for such texts.

    Args:
        data: a packet, or None.
        texts: to be added, unless the packet has the property already.
        modified: date and time of the last change as in PNG (7 bytes), or None.

    Returns:
        The packet, None if it would be empty; and the keywords of the texts that XMP has no property for.
    """
    try:
        packet = Packet(data)
    except ValueError:
        return data, tuple(text.keyword for text in texts)
    lost = []
    changed_before = packet.changed
    packet.changed = False
    for text in texts:
        known = _TEXT_PROPERTIES.get(text.keyword.lower())
        if known is None:
            if not text.keyword.startswith("date:"):  # ImageMagick's times of the file, not of the photo
                lost.append(text.keyword)
        elif (existing := packet.text(known[0], known[1])) is None:
            packet.add(known[0], known[1], text.text, known[2], text.language)
        elif existing != text.text.strip():
            lost.append(text.keyword)
    if modified and packet.text(XAP, "ModifyDate") is None:
        with contextlib.suppress(ValueError):  # an impossible date
            date = datetime(int.from_bytes(modified[:2], "big"), *modified[2:])
            packet.add(XAP, "ModifyDate", date.isoformat() + "Z")
    if not packet.changed:
        return data, tuple(dict.fromkeys(lost))
    packet.changed |= changed_before
    return packet.to_bytes(), tuple(dict.fromkeys(lost))
