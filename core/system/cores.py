"""How many cores this process may keep busy."""

import math
import os
from pathlib import Path

_CGROUP = Path("/sys/fs/cgroup")


def usable_cores() -> int:
    """Physical cores that the system, the process's affinity and its control group leave to this process; at least 1.

    Two hardware threads of one core share its arithmetic units, so that a second one gains nothing here.
    """
    import psutil  # a network that is only imported does without

    physical = psutil.cpu_count(logical=False) or os.cpu_count() or 1
    limits = [float(physical)]
    if hasattr(os, "sched_getaffinity"):
        limits.append(len(os.sched_getaffinity(0)))
    quota = cpu_quota(_CGROUP)
    if quota is not None:
        limits.append(quota)
    return max(math.floor(min(limits)), 1)


def polite_cores() -> int:
    """:func:`usable_cores`, but one of three or more is left to what a person does meanwhile."""
    cores = usable_cores()
    return cores - 1 if cores > 2 else cores


def cpu_quota(cgroup: Path) -> float | None:
    """Cores' worth of time that a control group allows, e.g. in a container; None without a limit.

    Args:
        cgroup: where its files lie: ``cpu.max`` (version 2), or ``cpu/cpu.cfs_quota_us`` and ``..._period_us`` (1).
    """
    for read in (_quota_of_version_2, _quota_of_version_1):
        try:
            quota, period = read(cgroup)
        except (OSError, ValueError):
            continue
        if quota > 0 and period > 0:
            return quota / period
    return None


def _quota_of_version_2(cgroup: Path) -> tuple[int, int]:
    quota, period = (cgroup / "cpu.max").read_text(encoding="ascii").split()
    return int(quota), int(period)  # "max" is no number


def _quota_of_version_1(cgroup: Path) -> tuple[int, int]:
    files = (cgroup / "cpu" / f"cpu.cfs_{name}_us" for name in ("quota", "period"))
    quota, period = (int(file.read_text(encoding="ascii")) for file in files)
    return quota, period
