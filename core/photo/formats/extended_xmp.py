"""XMP packets that are too long for one JPEG segment: a standard and an extended packet (XMP specification, part 3)."""

import contextlib
import hashlib
from collections.abc import Callable

from lxml import etree

from core.photo.formats.xmp import NOTE, RDF, Packet


def merge(standard: bytes, find_extended: Callable[[str], bytes | None]) -> bytes:
    """Merge a packet with the extended packet that it refers to, and remove the reference.

    Args:
        standard: the packet.
        find_extended: returns the extended packet with a digest, or None.
    """
    with contextlib.suppress(ValueError):
        packet = Packet(standard)
        digest = packet.text(NOTE, "HasExtendedXMP")
        if digest is None:
            return standard
        packet.remove(NOTE, "HasExtendedXMP")
        extended = find_extended(digest)
        if extended is not None:
            with contextlib.suppress(ValueError):
                for description in list(Packet(extended).rdf):
                    packet.rdf.append(description)
        return packet.to_bytes()
    return standard


def split(data: bytes, limit: int) -> tuple[bytes, bytes, str] | None:
    """Split a packet that is too long for one JPEG segment.

    The standard packet has at most ``limit`` bytes; the extended one gets the longest properties.

    Returns:
        The standard packet, the extended one and its digest; None if the packet cannot be split.
    """
    try:
        packet = Packet(data)
    except ValueError:
        return None
    packet.changed = True
    extended_packet = Packet()
    holder = extended_packet.rdf.find(f"{{{RDF}}}Description")
    units = [(len(etree.tostring(unit)), unit, None) for description in packet.rdf for unit in description] + [
        (len(value), description, key)
        for description in packet.rdf
        for key, value in description.attrib.items()
        if not key.startswith(f"{{{RDF}}}")
    ]
    size = len(packet.to_bytes())
    target = limit - 200  # less the reference to the extended packet, with its namespace
    for length, unit, key in sorted(units, key=lambda entry: -entry[0]):
        if size <= target:
            break
        if key is None:
            about = unit.getparent().get(f"{{{RDF}}}about")
            holder.set(f"{{{RDF}}}about", about or "")
            holder.append(unit)
        else:
            holder.set(key, unit.attrib.pop(key))
        size -= length
    for description in list(packet.rdf):  # remove those that are empty now
        if not len(description) and all(key.startswith(f"{{{RDF}}}") for key in description.attrib):
            packet.rdf.remove(description)
    extended: bytes = etree.tostring(extended_packet.root, encoding="utf-8")
    digest = hashlib.md5(extended, usedforsecurity=False).hexdigest().upper()
    reference = packet.rdf.find(f"{{{RDF}}}Description")
    if reference is None:
        reference = etree.SubElement(packet.rdf, f"{{{RDF}}}Description", {f"{{{RDF}}}about": ""})
    etree.SubElement(reference, f"{{{NOTE}}}HasExtendedXMP", nsmap={"xmpNote": NOTE}).text = digest
    standard = packet.to_bytes()
    return (standard, extended, digest) if len(standard) <= limit else None
