import pytest

from core.errors import RestorationError
from core.inference.memory_plan import candidate_plans, frame_bytes
from core.models import DFPIRConfig
from core.system.memory import parse_size, readable_size

BAND = 8192


def test_the_estimate_includes_the_maps_but_no_expanded_ones() -> None:
    published = DFPIRConfig()
    maps = 3000 * 4000 * 4 * (96 + 96 / 4)  # the last level of the decoder, while that below is upsampled into it
    needed = frame_bytes(published, 3000, 4000, "float32", BAND)
    assert maps < needed < 1.2 * maps
    assert frame_bytes(published, 3000, 4000, "bfloat16", BAND) < 0.6 * needed
    assert frame_bytes(DFPIRConfig(stem=2), 3000, 4000, "float32", BAND) < maps / 2
    assert frame_bytes(published, 2993, 3993, "float32", BAND) == needed  # padded to multiples of 8


def test_low_bands_and_tiles_need_less_memory() -> None:
    plans = list(candidate_plans(DFPIRConfig(), 3000, 4000, ["float32"]))
    assert [plan.tile for plan in plans] == [None, None, 2048, 1024, 512, 256]
    needs = [plan.needed for plan in plans]
    assert needs == sorted(needs, reverse=True)


def test_forced_tiles_come_first() -> None:
    assert [plan.tile for plan in candidate_plans(DFPIRConfig(), 3000, 4000, ["float32"], tile=600)] == [600, 512, 256]


@pytest.mark.parametrize(
    ("text", "amount"),
    [("6G", 6 << 30), ("1.5 GiB", 3 << 29), ("800M", 800 << 20), ("2kb", 2048), ("1234", 1234), ("1T", 1 << 40)],
)
def test_sizes_are_parsed(text: str, amount: int) -> None:
    assert parse_size(text) == amount


@pytest.mark.parametrize("text", ["", "G", "-1G", "0", "6 gigs", "1e3", "nan", "0.0001"])
def test_invalid_sizes_are_refused(text: str) -> None:
    with pytest.raises(RestorationError, match="Invalid amount of memory"):
        parse_size(text)


@pytest.mark.parametrize("amount", [1, 5 << 20, (5 << 20) + 1, (1 << 30) - 1, 1 << 30, (7 << 30) + 12345])
def test_readable_sizes_are_never_less(amount: int) -> None:
    assert amount <= parse_size(readable_size(amount)) <= amount * 1.1 + (1 << 20)
