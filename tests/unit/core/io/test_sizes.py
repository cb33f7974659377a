"""Sizes of files as text, in every part of the program."""

import pytest

from core.io.sizes import size_text


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 kB"),
        (1, "1 kB"),
        (999, "1 kB"),
        (14_200, "15 kB"),
        (100_000, "0.10 MB"),
        (999_999, "1.0 MB"),
        (2_440_000, "2.4 MB"),
        (999_999_999, "1.00 GB"),
        (3_200_000_000, "3.20 GB"),
    ],
)
def test_sizes_are_never_nothing_and_have_few_digits(count: int, text: str) -> None:
    assert size_text(count) == text
