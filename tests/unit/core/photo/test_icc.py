"""ICC profiles: what is read agrees with LittleCMS (through Pillow), and tone curves have an inverse."""

import io
import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms

from core.photo.icc import Curve, read_profile
from tests.unit.core.photo.conftest import SRGB_D50, icc_file, lut16, text_tags

# Without its optimisations LittleCMS computes every pixel instead of looking it up in a coarse table.
PRECISE = ImageCms.Flags.NOOPTIMIZE

PARAMETRIC = {
    0: (1.8,),
    1: (1.8, 0.9, -0.1),
    2: (1.8, 0.9, -0.1, 0.05),
    3: (1.8, 0.9, 0.1, 0.25, 0.0603),
    4: (2.0, 0.9, 0.05, 0.3, 0.1003, 0.05, 0.03),
}
"""Parameters of each function of parametricCurveType; those of 2 and 4 have offsets."""


def to_srgb_with_littlecms(image: Image.Image, profile: bytes) -> np.ndarray:
    """(H, W, 3) in [0, 1], relative colorimetric."""
    source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    target = ImageCms.createProfile("sRGB")
    converted = ImageCms.profileToProfile(image, source, target, 1, outputMode="RGB", flags=PRECISE)
    return np.asarray(converted) / 255


def parametric_tag(function: int) -> bytes:
    values = [round(value * 65536) for value in PARAMETRIC[function]]
    return b"para" + bytes(4) + struct.pack(f">HH{len(values)}i", function, 0, *values)


def with_curve(profile: bytes, curve: bytes) -> bytes:
    """An RGB profile with this tag in place of its three tone curves."""
    changed = bytearray(profile + curve)
    for name in (b"rTRC", b"gTRC", b"bTRC"):
        at = changed.index(name) + 4
        changed[at : at + 8] = struct.pack(">II", len(profile), len(curve))
    changed[:4] = struct.pack(">I", len(changed))
    return bytes(changed)


@pytest.mark.parametrize("function", PARAMETRIC)
def test_parametric_curves_of_grey_agree_with_littlecms(opened, function) -> None:
    ramp = Image.fromarray(np.arange(256, dtype=np.uint8)[None])
    profile = icc_file(b"GRAY", {**text_tags(), b"kTRC": parametric_tag(function)})
    photo = opened(ramp, format="PNG", icc_profile=profile)
    assert photo.notes == ()
    assert np.abs(photo.srgb() - to_srgb_with_littlecms(ramp, profile)).max() < 1.1 / 255


@pytest.mark.parametrize("function", PARAMETRIC)
def test_parametric_curves_of_colour_agree_with_littlecms(opened, scene, adobe, function) -> None:
    picture = Image.fromarray(scene(64, 64))
    profile = with_curve(adobe.icc, parametric_tag(function))
    photo = opened(picture, format="PNG", icc_profile=profile)
    assert photo.notes == ()
    assert np.abs(photo.srgb() - to_srgb_with_littlecms(picture, profile)).max() < 1.6 / 255


@pytest.mark.parametrize("function", PARAMETRIC)
def test_parametric_curves_follow_the_formulas_of_the_specification(function) -> None:
    """ICC.1:2022, table of function types of parametricCurveType."""
    g, a, b, c, d, e, f = (*PARAMETRIC[function], *(0,) * 7)[:7]
    x = np.linspace(0, 1, 1001)
    with np.errstate(invalid="ignore"):
        power = (a * x + b) ** g
    expected = {
        0: x**g,
        1: np.where(x >= -b / (a or 1), power, 0),
        2: np.where(x >= -b / (a or 1), power + c, c),
        3: np.where(x >= d, power, c * x),
        4: np.where(x >= d, power + e, c * x + f),
    }[function]
    profile = read_profile(icc_file(b"GRAY", {**text_tags(), b"kTRC": parametric_tag(function)}))
    assert profile.curves is not None
    np.testing.assert_allclose(profile.curves[0].linear(x), expected, atol=1e-4)


def test_lookup_tables_take_precedence_over_a_matrix_in_the_same_profile(opened, scene, adobe) -> None:
    """The tables of this profile exchange red and blue, its matrix does not."""

    def to_xyz(rgb: np.ndarray) -> np.ndarray:
        return rgb[:, ::-1] @ SRGB_D50.T * 32768  # XYZ in tables: 1.0 is 0x8000

    tags = {name: adobe.icc[at : at + size] for name, at, size in entries(adobe.icc)}
    profile = icc_file(b"RGB ", {**tags, b"A2B0": lut16(2, to_xyz)})
    picture = Image.fromarray(scene(32, 32))
    photo = opened(picture, format="PNG", icc_profile=profile)
    expected = to_srgb_with_littlecms(picture, profile)
    assert photo.notes == ()
    assert np.abs(photo.srgb() - expected).max() < 3 / 255
    by_matrix = opened(picture, format="PNG", icc_profile=adobe.icc)
    assert np.abs(by_matrix.srgb() - expected).max() > 0.3  # the two parts of the profile contradict each other


def entries(profile: bytes) -> list[tuple[bytes, int, int]]:
    """Signature, offset and size of each tag."""
    count = struct.unpack_from(">I", profile, 128)[0]
    return [struct.unpack_from(">4sII", profile, 132 + 12 * number) for number in range(count)]


CURVES = st.one_of(
    st.builds(lambda g: Curve(gamma=g), st.floats(0.5, 3.5)),
    st.builds(
        lambda values: Curve(table=np.cumsum(values) / sum(values)),
        st.lists(st.floats(0.01, 1), min_size=2, max_size=50),
    ).filter(lambda curve: curve.table is not None),
    st.just(Curve(None, 2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)),
    st.just(Curve(None, 3.0, 1 / 1.16, 0.16 / 1.16, 1 / 9.033, 0.08)),
)


@given(CURVES, st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_tone_curves_have_an_inverse(curve, values) -> None:
    x = np.array(values)
    y = curve.linear(x)
    assert np.allclose(curve.linear(curve.encoded(y)), y, atol=2e-4)


@given(st.data())
@settings(max_examples=200)
def test_random_damage_raises_value_error_only(data) -> None:
    icc = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    for _ in range(data.draw(st.integers(1, 8))):
        icc[data.draw(st.integers(0, len(icc) - 1))] = data.draw(st.integers(0, 255))
    del icc[data.draw(st.integers(0, len(icc))) :]
    try:
        profile = read_profile(bytes(icc))
    except ValueError:
        return
    assert profile.channels in (1, 3, 4)
