"""How many cores may be used."""

import os
from pathlib import Path

import psutil
import pytest

from core.system import cores
from core.system.cores import background_cores, cpu_quota, usable_cores


def test_quota_of_both_versions_of_control_groups(tmp_path: Path) -> None:
    assert cpu_quota(tmp_path) is None
    (tmp_path / "cpu").mkdir()
    (tmp_path / "cpu" / "cpu.cfs_quota_us").write_text("-1\n")
    (tmp_path / "cpu" / "cpu.cfs_period_us").write_text("100000\n")
    assert cpu_quota(tmp_path) is None
    (tmp_path / "cpu" / "cpu.cfs_quota_us").write_text("150000\n")
    assert cpu_quota(tmp_path) == 1.5
    (tmp_path / "cpu.max").write_text("max 100000\n")
    assert cpu_quota(tmp_path) == 1.5
    (tmp_path / "cpu.max").write_text("400000 100000\n")
    assert cpu_quota(tmp_path) == 4.0


@pytest.mark.parametrize(
    ("physical", "affinity", "quota", "expected"),
    [(8, 16, None, 8), (8, 3, None, 3), (8, 16, 2.5, 2), (8, 16, 0.4, 1), (None, 2, None, 2)],
)
def test_the_smallest_limit_applies(
    physical: int | None, affinity: int, quota: float | None, expected: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(psutil, "cpu_count", lambda logical=True: physical)
    monkeypatch.setattr(os, "cpu_count", lambda: 16)
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(affinity)), raising=False)
    monkeypatch.setattr("core.system.cores.cpu_quota", lambda cgroup: quota)
    assert usable_cores() == expected


@pytest.mark.parametrize(("usable", "expected"), [(1, 1), (2, 2), (3, 2), (8, 7)])
def test_background_work_leaves_a_core_free_where_there_are_three(
    usable: int, expected: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cores, "usable_cores", lambda: usable)
    assert background_cores() == expected
