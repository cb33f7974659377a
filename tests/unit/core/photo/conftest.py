"""Images, profiles and metadata made independently of the code under test: by Pillow, tifffile and byte by byte."""

import io
import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image
from PIL.TiffImagePlugin import IFDRational

from core.photo import Photo, read_photo

D65, D50 = (0.3127, 0.3290), (0.3457, 0.3585)


def xyz(x: float, y: float) -> np.ndarray:
    return np.array([x / y, 1.0, (1 - x - y) / y])


def rgb_to_xyz_d50(primaries, white) -> np.ndarray:
    """Linear RGB to XYZ under D50 with Bradford adaptation, computed from chromaticities."""
    columns = np.stack([xyz(*primary) for primary in primaries], axis=1)
    matrix = columns * np.linalg.solve(columns, xyz(*white))
    bradford = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])
    target = np.array([0.9642, 1.0, 0.8249])
    scale = np.diag((bradford @ target) / (bradford @ xyz(*white)))
    return np.linalg.inv(bradford) @ scale @ bradford @ matrix


SRGB_D50 = rgb_to_xyz_d50([(0.64, 0.33), (0.30, 0.60), (0.15, 0.06)], D65)


def srgb_encoded(linear: np.ndarray) -> np.ndarray:
    linear = np.clip(linear, 0, 1)
    return np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)


def icc_file(space: bytes, tags: dict[bytes, bytes], pcs: bytes = b"XYZ ", kind: bytes = b"mntr") -> bytes:
    """An ICC version 2 profile with these tags."""
    body, table = b"", b""
    start = 128 + 4 + 12 * len(tags)
    for name, value in tags.items():
        table += name + struct.pack(">II", start + len(body), len(value))
        body += value + bytes(-len(value) % 4)
    illuminant = struct.pack(">3i", *(round(v * 65536) for v in (0.9642, 1.0, 0.8249)))
    head = struct.pack(">4s4s4s4s4s", b"none", b"\x02\x10\x00\x00", kind, space, pcs)
    head += struct.pack(">6H", 2024, 1, 1, 0, 0, 0) + b"acsp" + bytes(28) + illuminant + bytes(48)
    rest = struct.pack(">I", len(tags)) + table + body
    return struct.pack(">I", 4 + len(head) + len(rest)) + head + rest


def gamma_tag(gamma: float) -> bytes:
    return b"curv" + bytes(4) + struct.pack(">IH", 1, round(gamma * 256))


def text_tags() -> dict[bytes, bytes]:
    white = b"XYZ " + bytes(4) + struct.pack(">3i", *(round(v * 65536) for v in (0.9642, 1.0, 0.8249)))
    description = b"desc" + bytes(4) + struct.pack(">I", 5) + b"Test\x00" + bytes(8 + 3 + 67)
    return {b"desc": description, b"cprt": b"text" + bytes(4) + b"CC0\x00", b"wtpt": white}


@dataclass(frozen=True)
class WideGamut:
    """A profile with its definition: gamma, matrix and the ICC file."""

    gamma: float
    matrix: np.ndarray
    icc: bytes

    def to_srgb(self, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Encoded values (…, 3) in [0, 1] → sRGB in [0, 1], and which colours lie well inside sRGB."""
        linear = (values**self.gamma) @ (np.linalg.inv(SRGB_D50) @ self.matrix).T
        inside = ((linear >= 1e-4) & (linear <= 1 - 1e-4)).all(axis=-1)
        return srgb_encoded(linear), inside


def wide_gamut(primaries, white, gamma: float) -> WideGamut:
    gamma = round(gamma * 256) / 256
    matrix = rgb_to_xyz_d50(primaries, white)
    tags = text_tags()
    for index, letter in enumerate((b"r", b"g", b"b")):
        column = struct.pack(">3i", *(round(v * 65536) for v in matrix[:, index]))
        tags[letter + b"XYZ"] = b"XYZ " + bytes(4) + column
        tags[letter + b"TRC"] = gamma_tag(gamma)
    return WideGamut(gamma, matrix, icc_file(b"RGB ", tags))


PROFILES = {
    "adobe": wide_gamut([(0.64, 0.33), (0.21, 0.71), (0.15, 0.06)], D65, 2.19921875),
    "prophoto": wide_gamut([(0.7347, 0.2653), (0.1596, 0.8404), (0.0366, 0.0001)], D50, 1.8),
}


@pytest.fixture(params=sorted(PROFILES))
def wide(request) -> WideGamut:
    return PROFILES[request.param]


@pytest.fixture
def adobe() -> WideGamut:
    return PROFILES["adobe"]


@pytest.fixture
def grey_profile() -> Callable[[float], bytes]:
    return lambda gamma: icc_file(b"GRAY", {**text_tags(), b"kTRC": gamma_tag(gamma)})


def lut16(grid: int, function) -> bytes:
    """A lookup table from 3 to 3 channels; ``function`` maps its nodes, (N, 3) in [0, 1], to 16-bit values."""
    ramp = struct.pack(">2H", 0, 65535)
    levels = np.linspace(0, 1, grid)
    nodes = np.stack(np.meshgrid(levels, levels, levels, indexing="ij"), axis=-1).reshape(-1, 3)
    table = np.clip(np.rint(function(nodes)), 0, 65535).astype(">u2").tobytes()
    identity = struct.pack(">9i", 65536, 0, 0, 0, 65536, 0, 0, 0, 65536)
    return (
        b"mft2" + bytes(4) + bytes((3, 3, grid, 0)) + identity + struct.pack(">2H", 2, 2) + ramp * 3 + table + ramp * 3
    )


@pytest.fixture
def table_profile() -> Callable[[bool], bytes]:
    """Builds an RGB profile with lookup tables, with or without the inverse tables.

    It encodes L* = 100·G, a* = 127·(R - G) and b* = 127·(G - B), which reaches far outside sRGB.
    """

    def to_lab(rgb: np.ndarray) -> np.ndarray:
        red, green, blue = rgb.T
        return np.stack([green * 65280, 32768 + 127 * 256 * (red - green), 32768 + 127 * 256 * (green - blue)], axis=1)

    def from_lab(lab: np.ndarray) -> np.ndarray:
        coded = lab * 65535
        green = coded[:, 0] / 65280
        red = green + (coded[:, 1] - 32768) / (127 * 256)
        blue = green - (coded[:, 2] - 32768) / (127 * 256)
        return np.stack([red, green, blue], axis=1) * 65535

    def build(with_inverse: bool) -> bytes:
        tags = {**text_tags(), b"A2B0": lut16(2, to_lab)} | ({b"B2A0": lut16(33, from_lab)} if with_inverse else {})
        return icc_file(b"RGB ", tags, pcs=b"Lab ", kind=b"prtr" if with_inverse else b"scnr")

    return build


@pytest.fixture
def scene() -> Callable[..., np.ndarray]:
    """Builds (height, width, channels) images with all levels: ramps and noise."""

    def build(height: int = 24, width: int = 37, channels: int = 3, dtype=np.uint8, seed: int = 0) -> np.ndarray:
        rng = np.random.default_rng(seed)
        top = np.iinfo(dtype).max
        down, across = np.mgrid[0:height, 0:width]
        ramps = [down / max(height - 1, 1), across / max(width - 1, 1), (down + across) / max(height + width - 2, 1)]
        base = np.stack([ramps[channel % 3] for channel in range(channels)], axis=-1)
        return np.rint(np.clip(base + rng.normal(0, 0.05, base.shape), 0, 1) * top).astype(dtype)

    return build


@pytest.fixture
def opened(tmp_path) -> Callable[..., Photo]:
    """Writes bytes or a Pillow image to a file and opens it with the code under test."""

    def build(content: bytes | Image.Image, name: str = "photo.bin", **options) -> Photo:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else encoded(content, **options))
        return read_photo(path)

    return build


def encoded(image: Image.Image, format: str = "PNG", **options) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, format, **options)
    return buffer.getvalue()


@pytest.fixture
def pillow_bytes() -> Callable[..., bytes]:
    return encoded


@pytest.fixture
def camera_exif() -> Callable[..., Image.Exif]:
    """Builds EXIF as a camera writes it, with GPS and a maker note of arbitrary bytes."""

    def build(orientation: int | None = None) -> Image.Exif:
        tags = Image.Exif()
        tags[0x010F], tags[0x0110] = "Maker", "Model 7"
        tags[0x0132] = "2021:05:06 07:08:09"
        tags[0x8298] = "Someone"
        if orientation is not None:
            tags[0x0112] = orientation
        detail = tags.get_ifd(0x8769)
        detail[0x829A] = IFDRational(1, 250)
        detail[0x9003] = "2021:05:06 07:08:09"
        detail[0x9010] = "+02:00"
        detail[0xA002], detail[0xA003] = 37, 24
        detail[0x927C] = b"MakerNote\x00" + bytes(range(256))
        place = tags.get_ifd(0x8825)
        place[1], place[2] = "N", (IFDRational(50), IFDRational(3), IFDRational(45, 10))
        return tags

    return build


@pytest.fixture
def listing(tmp_path) -> Callable[[], dict[str, bytes]]:
    """The names and contents of all files in ``tmp_path``, to check that nothing was left or changed."""

    def build(folder: Path = tmp_path) -> dict[str, bytes]:
        return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}

    return build


KINDS = [
    "JPEG",
    "JPEG progressive",
    "PNG",
    "TIFF",
    "TIFF tiles",
    "TIFF zlib",
    "WEBP",
    "WEBP lossless",
    "AVIF",
    "BMP",
    "BMP palette",
]


def sample_file(kind: str) -> bytes:
    down, across = np.mgrid[0:48, 0:64]
    noise = np.random.default_rng(4).integers(0, 16, (48, 64, 3))
    picture = (np.stack([across * 3, down * 4, (across + down) * 2], axis=2) + noise).astype(np.uint8)
    buffer = io.BytesIO()
    if kind == "TIFF tiles":
        tifffile.imwrite(buffer, picture, photometric="rgb", tile=(16, 16), metadata=None)
    elif kind == "TIFF zlib":
        tifffile.imwrite(buffer, picture, photometric="rgb", compression="zlib", rowsperstrip=8, metadata=None)
    else:
        image = Image.fromarray(picture)
        options = {"JPEG progressive": {"progressive": True}, "WEBP lossless": {"lossless": True}}.get(kind, {})
        image = image.quantize(16) if kind == "BMP palette" else image
        image.save(buffer, kind.split(maxsplit=1)[0], **options)
    return buffer.getvalue()


@pytest.fixture
def sample() -> Callable[[str], bytes]:
    """A small photograph as a file of one of the kinds above."""
    return sample_file


@pytest.fixture(params=KINDS)
def kind(request) -> str:
    return request.param


@pytest.fixture
def samples() -> dict[str, bytes]:
    return {kind: sample_file(kind) for kind in KINDS}


@pytest.fixture
def photo(scene) -> Photo:
    return Photo.from_array(scene())
