"""Valid files of every format, and damaged or malicious variants of them."""

import io
import struct
import zlib
from collections.abc import Callable, Iterator

import numpy as np
import pytest
import tifffile
from PIL import Image, ImageCms

Files = dict[str, bytes]


def scene(width: int = 64, height: int = 48, channels: int = 3, dtype: type = np.uint8) -> np.ndarray:
    """(height, width, channels): ramps with noise, which compress to something."""
    top = np.iinfo(dtype).max
    down, across = np.mgrid[0:height, 0:width]
    planes = [across / width, down / height, (across + down) / (width + height), 1 - across / width]
    noise = np.random.default_rng(4).uniform(0, 0.06, (height, width, channels))
    return ((np.stack(planes[:channels], axis=-1) * 0.94 + noise) * top).astype(dtype)


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def as_tiff(picture: np.ndarray, **options: object) -> bytes:
    buffer = io.BytesIO()
    tifffile.imwrite(buffer, picture, **{"photometric": "rgb", "metadata": None, **options})
    return buffer.getvalue()


def as_png(picture: np.ndarray) -> bytes:
    """(H, W, 1 to 4) uint8 or uint16 as PNG, written byte by byte: Pillow has no 16-bit grey with alpha."""
    height, width, channels = picture.shape
    depth = 8 * picture.dtype.itemsize
    head = struct.pack(">IIBBBBB", width, height, depth, {1: 0, 2: 4, 3: 2, 4: 6}[channels], 0, 0, 0)
    rows = picture.astype(picture.dtype.newbyteorder(">")).reshape(height, -1)
    body = b"".join(b"\x00" + row.tobytes() for row in rows)
    return png_file((b"IHDR", head), (b"IDAT", zlib.compress(body)), (b"IEND", b""))


def png_file(*chunks: tuple[bytes, bytes]) -> bytes:
    parts = [b"\x89PNG\r\n\x1a\n"]
    for kind, body in chunks:
        parts.append(struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)))
    return b"".join(parts)


def jpeg_with(data: bytes, marker: int, *payloads: bytes) -> bytes:
    """A JPEG with segments put behind its start."""
    segments = b"".join(struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body for body in payloads)
    return data[:2] + segments + data[2:]


def png_with(data: bytes, *chunks: tuple[bytes, bytes]) -> bytes:
    """A PNG with chunks put behind its header."""
    return data[:33] + png_file(*chunks)[8:] + data[33:]


def exif_block(orientation: int = 1) -> bytes:
    tags = Image.Exif()
    tags[0x010F], tags[0x0112], tags[0x8298] = "Maker", orientation, "Someone"
    tags.get_ifd(0x8769)[0x927C] = b"MakerNote\x00" + bytes(range(256))
    return tags.tobytes()


def seeds() -> Files:
    """One valid file of every kind that is read: formats, depths, layouts, with metadata and with animation."""
    colour, deep, grey = scene(), scene(dtype=np.uint16), scene(channels=1)
    picture = Image.fromarray(colour)
    clear = Image.fromarray(scene(channels=4))
    frames = [Image.fromarray(np.roll(colour, 9 * n, axis=1)) for n in range(3)]
    moving = {"save_all": True, "append_images": frames[1:]}
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    notes = {"exif": exif_block(), "icc_profile": srgb}
    indexed = clear.convert("RGB").quantize(16)
    return {
        "plain.jpg": encoded(picture, "JPEG"),
        "described.jpg": encoded(picture, "JPEG", dpi=(72, 72), **notes),
        "progressive.jpg": encoded(picture, "JPEG", progressive=True),
        "grey.jpg": encoded(picture.convert("L"), "JPEG"),
        "cmyk.jpg": encoded(picture.convert("CMYK"), "JPEG"),
        "plain.png": encoded(picture, "PNG"),
        "described.png": encoded(clear, "PNG", dpi=(72, 72), **notes),
        "palette.png": encoded(indexed, "PNG", transparency=bytes(range(0, 256, 16))),
        "one-bit.png": encoded(picture.convert("1"), "PNG"),
        "sixteen.png": as_png(deep),
        "grey-alpha-16.png": as_png(scene(channels=2, dtype=np.uint16)),
        "moving.png": encoded(frames[0], "PNG", **moving),
        "strips.tif": as_tiff(colour, rowsperstrip=5),
        "tiles.tif": as_tiff(colour, tile=(16, 16)),
        "deflate.tif": as_tiff(deep, compression="zlib", predictor=2, rowsperstrip=8),
        "big.tif": as_tiff(colour, bigtiff=True, byteorder=">"),
        "lzw.tif": encoded(picture, "TIFF", compression="tiff_lzw", icc_profile=srgb),
        "jpeg.tif": encoded(picture, "TIFF", compression="jpeg"),
        "fax.tif": encoded(picture.convert("1"), "TIFF", compression="group4"),
        "cmyk.tif": encoded(picture.convert("CMYK"), "TIFF"),
        "pages.tif": as_tiff(np.stack([colour, colour])),
        "planes.tif": as_tiff(np.ascontiguousarray(colour.transpose(2, 0, 1)), planarconfig="separate"),
        "float.tif": as_tiff(colour.astype(np.float32)),
        "lossy.webp": encoded(picture, "WEBP", **notes),
        "lossless.webp": encoded(clear, "WEBP", lossless=True),
        "moving.webp": encoded(frames[0], "WEBP", **moving),
        "plain.avif": encoded(picture, "AVIF", **notes),
        "clear.avif": encoded(clear, "AVIF"),
        "moving.avif": encoded(frames[0], "AVIF", **moving),
        "plain.bmp": encoded(picture, "BMP"),
        "palette.bmp": encoded(indexed, "BMP"),
        "grey.bmp": encoded(Image.fromarray(grey[..., 0]), "BMP"),
        "moving.gif": encoded(frames[0], "GIF", **moving),
    }


def cut(files: Files, points: int = 24) -> Iterator[tuple[str, bytes]]:
    """Every file ended early: within its first bytes, at even distances, and just before its end."""
    for name, data in files.items():
        lengths = {1, 2, 4, 8, 11, 12, 16, 21, 32, 54, len(data) - 1, len(data) - 2, len(data) - 9}
        lengths |= {len(data) * step // points for step in range(1, points)}
        for length in sorted(length for length in lengths if 0 < length < len(data)):
            yield f"cut-{length:06}-{name}", data[:length]


def flipped(files: Files, times: int = 40, seed: int = 20260101) -> Iterator[tuple[str, bytes]]:
    """Every file with one to eight bits turned, half of the times within its first 512 bytes, where headers are."""
    rng = np.random.default_rng(seed)
    for name, data in files.items():
        for turn in range(times):
            changed = bytearray(data)
            reach = min(len(data), 512) if turn % 2 else len(data)
            for at in rng.integers(0, reach, rng.integers(1, 9)):
                changed[at] ^= 1 << int(rng.integers(8))
            yield f"flipped-{turn:03}-{name}", bytes(changed)


def renamed(files: Files) -> Iterator[tuple[str, bytes]]:
    """Every file under the ending of another format, and under none."""
    endings = [".jpg", ".png", ".tif", ".webp", ".avif", ".bmp", ".txt", ""]
    for number, (name, data) in enumerate(files.items()):
        yield f"renamed-{name.replace('.', '-')}{endings[(number * 3 + 2) % len(endings)]}", data


def metadata(files: Files) -> Iterator[tuple[str, bytes]]:
    """Damaged and enormous metadata, and every orientation: stated ones, and numbers that mean none."""
    jpeg, png = files["plain.jpg"], files["plain.png"]
    for turn in (*range(0, 10), 255, 65535):
        block = exif_block(1)
        tag = block.index(b"\x12\x01" if block[6:8] == b"II" else b"\x01\x12")
        order = "<" if block[6:8] == b"II" else ">"
        turned = block[: tag + 8] + struct.pack(order + "H", turn) + block[tag + 10 :]
        yield f"orientation-{turn}.jpg", jpeg_with(jpeg, 0xE1, turned)
        yield f"orientation-{turn}.png", png_with(png, (b"eXIf", turned[6:]))
    head = b"Exif\x00\x00II*\x00\x08\x00\x00\x00"
    loop = head + struct.pack("<HHHII", 1, 0x8769, 4, 1, 8) + struct.pack("<I", 8)
    blocks = {
        "empty": b"Exif\x00\x00",
        "no-tiff": b"Exif\x00\x00" + b"\xff" * 40,
        "loop": loop,
        "many-fields": head + struct.pack("<H", 65535) + bytes(60000),
        "huge-count": head + struct.pack("<HHHII", 1, 0x0112, 3, 2**32 - 1, 8) + bytes(4),
        "past-the-end": head[:-4] + struct.pack("<I", 2**32 - 1),
        "big-past-the-end": b"Exif\x00\x00II+\x00\x08\x00\x00\x00" + struct.pack("<Q", 2**64 - 1),
        "big-many-fields": b"Exif\x00\x00II+\x00\x08\x00\x00\x00" + struct.pack("<QQ", 16, 2**64 - 1) + bytes(50000),
    }
    for name, block in blocks.items():
        yield f"exif-{name}.jpg", jpeg_with(jpeg, 0xE1, block)
        yield f"exif-{name}.png", png_with(png, (b"eXIf", block[6:] or b"\x00"))
    rng = np.random.default_rng(7)
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    profiles = {"noise": rng.bytes(400), "empty": b"", "cut": srgb[:200], "size": b"\xff" * 4 + srgb[4:]}
    for number in range(40):
        changed = bytearray(srgb)
        for at in rng.integers(0, len(srgb), 4):
            changed[at] = int(rng.integers(256))
        profiles[f"changed-{number}"] = bytes(changed)
    for name, profile in profiles.items():
        yield f"icc-{name}.jpg", jpeg_with(jpeg, 0xE2, b"ICC_PROFILE\x00\x01\x01" + profile)
        yield f"icc-{name}.png", png_with(png, (b"iCCP", b"x\x00\x00" + zlib.compress(profile)))
    yield "icc-part-of-none.jpg", jpeg_with(jpeg, 0xE2, b"ICC_PROFILE\x00\x03\x02" + srgb)
    yield "giant-segments.jpg", jpeg_with(jpeg, 0xE1, *[b"http://ns.adobe.com/xap/1.0/\x00" + bytes(65000)] * 1000)
    yield "giant-profile.png", png_with(png, (b"iCCP", b"x\x00\x00" + zlib.compress(bytes(200 * 2**20))))
    yield "giant-text.png", png_with(png, (b"zTXt", b"Comment\x00\x00" + zlib.compress(bytes(200 * 2**20))))
    yield "many-texts.png", png_with(png, *[(b"tEXt", b"Comment\x00x")] * 100_000)
    yield "giant-exif.png", png_with(png, (b"eXIf", exif_block()[6:] + bytes(50 * 2**20)))
    yield "many-segments.jpg", jpeg_with(jpeg, 0xE5, *[b""] * 300_000)
    yield "many-boxes.avif", files["plain.avif"] + struct.pack(">I4s", 8, b"free") * 300_000
    yield "many-chunks.webp", with_chunks(files["lossy.webp"], *[(b"ABCD", b"")] * 2_000_000)
    yield "many-fields.tif", with_fields(files["big.tif"], 2_000_000)
    yield "giant-xmp.webp", with_chunks(files["lossless.webp"], (b"XMP ", b"tiff:Orientation" + b" " * 2**22))


def with_chunks(webp: bytes, *chunks: tuple[bytes, bytes]) -> bytes:
    """A WebP with chunks of even length at its end."""
    more = webp[12:] + b"".join(kind + struct.pack("<I", len(body)) + body for kind, body in chunks)
    return b"RIFF" + struct.pack("<I", len(more) + 4) + b"WEBP" + more


def with_fields(tiff: bytes, more: int) -> bytes:
    """A big-endian BigTIFF whose directory, moved to its end, has so many fields more."""
    at = int.from_bytes(tiff[8:16], "big")
    count = int.from_bytes(tiff[at : at + 8], "big")
    fields = tiff[at + 8 : at + 8 + 20 * count] + struct.pack(">HHQQ", 60000, 1, 1, 0) * more
    return tiff[:8] + struct.pack(">Q", len(tiff)) + tiff[16:] + struct.pack(">Q", count + more) + fields + bytes(8)


def odd_sizes() -> Iterator[tuple[str, bytes]]:
    """The smallest and the longest pictures, and nothing at all."""
    kinds = {"jpg": "JPEG", "png": "PNG", "tif": "TIFF", "webp": "WEBP", "avif": "AVIF", "bmp": "BMP", "gif": "GIF"}
    for suffix, kind in kinds.items():
        yield f"empty.{suffix}", b""
        yield f"zeros.{suffix}", bytes(5000)
        yield f"one-pixel.{suffix}", encoded(Image.new("RGB", (1, 1), (9, 99, 199)), kind)
        if kind not in ("WEBP", "AVIF"):  # they hold no more than 16383 and 65535 a side
            yield f"tall.{suffix}", encoded(Image.new("RGB", (1, 20000), (9, 99, 199)), kind)
            yield f"wide.{suffix}", encoded(Image.new("RGB", (20000, 1), (9, 99, 199)), kind)


def bombs(files: Files) -> Iterator[tuple[str, bytes]]:
    """Small files that ask for much: headers of 65,000 × 65,000, and real pictures of one colour."""
    side = 65000
    for width, height in ((side, side), (21000, 21000), (side, 7000), (2**31 - 1, 1)):
        stated = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
        yield f"bomb-{width}x{height}.png", png_file((b"IHDR", stated), (b"IDAT", zlib.compress(b"")), (b"IEND", b""))
        bmp = bytearray(files["plain.bmp"])
        bmp[18:26] = struct.pack("<ii", width, height)
        yield f"bomb-{width}x{height}.bmp", bytes(bmp)
        tiff = io.BytesIO()
        with tifffile.TiffWriter(tiff) as writer:
            writer.write(scene(), photometric="rgb", metadata=None)
        changed = bytearray(tiff.getvalue())
        tags = tifffile.TiffFile(io.BytesIO(bytes(changed))).pages[0].tags
        for tag, value in ((256, width), (257, height), (278, height)):
            changed[tags[tag].offset + 2 : tags[tag].offset + 12] = struct.pack("<HII", 4, 1, value)
        yield f"bomb-{width}x{height}.tif", bytes(changed)
        avif = bytearray(files["plain.avif"])
        at = avif.index(b"ispe")
        avif[at + 8 : at + 16] = struct.pack(">II", width, height)
        yield f"bomb-{width}x{height}.avif", bytes(avif)
        if max(width, height) < 65536:
            jpeg = bytearray(files["plain.jpg"])
            at = jpeg.index(b"\xff\xc0")
            jpeg[at + 5 : at + 9] = struct.pack(">HH", height, width)
            yield f"bomb-{width}x{height}.jpg", bytes(jpeg)
    canvas = bytearray(files["moving.webp"])
    canvas[24:30] = b"\xff\x3f\x00\xff\x3f\x00"
    yield "bomb-canvas.webp", bytes(canvas)
    rows = zlib.compressobj(9)
    line = bytes(1 + 3 * 20000)
    packed = b"".join(rows.compress(line) for _ in range(20000)) + rows.flush()
    yield (
        "flat-400-megapixels.png",
        png_file((b"IHDR", struct.pack(">IIBBBBB", 20000, 20000, 8, 2, 0, 0, 0)), (b"IDAT", packed), (b"IEND", b"")),
    )
    jpeg = files["progressive.jpg"]
    start, end = jpeg.rindex(b"\xff\xda"), len(jpeg) - 2
    yield "many-scans.jpg", jpeg[:end] + jpeg[start:end] * 20_000 + jpeg[end:]


@pytest.fixture(scope="session")
def valid() -> Files:
    """Sound files by name; see :func:`seeds`."""
    return seeds()


@pytest.fixture(scope="session")
def corpora(valid: Files) -> dict[str, Callable[[], Files]]:
    """Each kind of hostile file: name → builder of file name → bytes."""
    return {
        "valid": lambda: valid,
        "cut": lambda: dict(cut(valid)),
        "flipped": lambda: dict(flipped(valid)),
        "renamed": lambda: dict(renamed(valid)),
        "metadata": lambda: dict(metadata(valid)),
        "odd sizes": lambda: dict(odd_sizes()),
        "bombs": lambda: dict(bombs(valid)),
    }
