"""EXIF: no bytes make the reader fail, and what is written reads back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.photo.formats import exif
from core.photo.formats.tiff import Tiff


@given(st.binary(max_size=200), st.sampled_from([b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+", b""]))
def test_no_bytes_make_the_exif_reader_fail_otherwise_than_by_value_error(data, magic):
    try:
        tiff = Tiff(magic + data)
    except ValueError:
        return
    assert 1 <= exif.orientation(tiff) <= 8
    assert len(exif.turned_upright(tiff, 10, 20)) == len(magic + data)
    exif.resolution(tiff)
    copied = exif.from_tiff_file(tiff)
    assert copied is None or Tiff(copied)


@given(st.integers(1, 300), st.integers(1, 300))
def test_a_resolution_of_its_own_reads_back(across, down):
    assert exif.resolution(Tiff(exif.with_resolution_only((across, down)))) == pytest.approx((across, down))
