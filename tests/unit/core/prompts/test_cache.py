"""Embeddings on disk: round trips, separation by key, damaged files."""

import logging
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.prompts.cache import EmbeddingCache

VECTOR = np.linspace(-1, 1, 24, dtype=np.float32)


def test_round_trip(tmp_path: Path) -> None:
    cache = EmbeddingCache(tmp_path / "a" / "b")
    assert cache.get("encoder", "Haze") is None
    cache.put("encoder", "Haze", VECTOR)
    found = EmbeddingCache(tmp_path / "a" / "b").get("encoder", "Haze")
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, VECTOR)


def test_entries_are_separated_by_encoder_and_text(tmp_path: Path) -> None:
    cache = EmbeddingCache(tmp_path)
    cache.put("encoder", "Haze", VECTOR)
    cache.put("encoder", "haze ", 2 * VECTOR)
    cache.put("other encoder", "Haze", 3 * VECTOR)
    for factor, encoder, text in ((1, "encoder", "Haze"), (2, "encoder", "haze "), (3, "other encoder", "Haze")):
        np.testing.assert_array_equal(cache.get(encoder, text), factor * VECTOR)
    assert cache.get("encoder", "Rain") is None


def test_any_text_gives_a_valid_file_name(tmp_path: Path) -> None:
    cache = EmbeddingCache(tmp_path)
    for text in ("../../etc", "a/b\\c:*?", "\0", "é" * 500):
        cache.put("encoder", text, VECTOR)
        assert cache.get("encoder", text) is not None
    assert len(list(tmp_path.iterdir())) == 4


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_damaged_files_count_as_absent_and_are_written_again(tmp_path: Path, data: st.DataObject) -> None:
    cache = EmbeddingCache(tmp_path)
    cache.put("encoder", "Haze", VECTOR)
    path = cache.path("encoder", "Haze")
    content = bytearray(path.read_bytes())
    if data.draw(st.booleans()):
        del content[data.draw(st.integers(0, len(content) - 1)) :]
    else:
        content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))
    path.write_bytes(content)

    found = cache.get("encoder", "Haze")
    assert found is None or np.array_equal(found, VECTOR)  # a bit that carries nothing

    cache.put("encoder", "Haze", VECTOR)
    np.testing.assert_array_equal(cache.get("encoder", "Haze"), VECTOR)


@pytest.mark.parametrize("bits", [1, 8, 64, 128])
def test_any_single_damaged_byte_counts_as_absent(tmp_path: Path, bits: int) -> None:
    cache = EmbeddingCache(tmp_path)
    cache.put("encoder", "Haze", VECTOR)
    path = cache.path("encoder", "Haze")
    content = path.read_bytes()
    for place in range(len(content)):
        path.write_bytes(content[:place] + bytes([content[place] ^ bits]) + content[place + 1 :])
        found = cache.get("encoder", "Haze")
        assert found is None or np.array_equal(found, VECTOR)


@pytest.mark.parametrize(
    "embedding", [VECTOR[None], VECTOR.astype(np.float64), np.full(3, np.nan, np.float32), np.array(["text"])]
)
def test_invalid_entries_count_as_absent(tmp_path: Path, embedding: np.ndarray) -> None:
    cache = EmbeddingCache(tmp_path)
    cache.put("encoder", "Haze", embedding)
    assert cache.get("encoder", "Haze") is None


def test_an_entry_of_another_text_counts_as_absent(tmp_path: Path) -> None:
    cache = EmbeddingCache(tmp_path)
    cache.put("encoder", "Rain", VECTOR)
    cache.path("encoder", "Rain").rename(cache.path("encoder", "Haze"))
    assert cache.get("encoder", "Haze") is None


def test_pickles_are_not_read(tmp_path: Path) -> None:
    cache = EmbeddingCache(tmp_path)
    np.savez(cache.path("encoder", "Haze"), embedding=np.array([{}, 1], dtype=object))
    assert cache.get("encoder", "Haze") is None


def test_folder_that_cannot_be_written_is_logged_only(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "file").touch()
    cache = EmbeddingCache(tmp_path / "file" / "folder")
    with caplog.at_level(logging.WARNING):
        cache.put("encoder", "Haze", VECTOR)
        assert cache.get("encoder", "Haze") is None
    assert "could not be cached" in caplog.text
