"""IPTC-IIM records, and the Photoshop blocks that hold them."""

PHOTOSHOP = b"Photoshop 3.0\x00"


def records(block: bytes) -> bytes | None:
    """The IPTC records of a JPEG's Photoshop block; a block that is nothing but records, as in TIFF, is given back."""
    if not block.startswith(PHOTOSHOP):
        return block if block.startswith(b"\x1c") else None
    at = len(PHOTOSHOP)
    while block[at : at + 4] == b"8BIM" and at + 7 <= len(block):
        kind = int.from_bytes(block[at + 4 : at + 6], "big")
        at += 6 + (block[at + 6] + 2) // 2 * 2  # the name, padded to an even length with its count
        size = int.from_bytes(block[at : at + 4], "big")
        if kind == 0x0404:
            return block[at + 4 : at + 4 + size] or None
        at += 4 + size + size % 2
    return None
