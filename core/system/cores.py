"""How many processor cores this process may use."""

import math
import os
from pathlib import Path

_CGROUP = Path("/sys/fs/cgroup")


def usable_cores() -> int:
    """Count the physical cores that the system, the CPU affinity and the control group allow; at least 1.

    Hardware threads are not counted: two threads of one core share its arithmetic units and compute no faster than one.
    """
    import psutil  # not needed where a network is only imported

    physical = psutil.cpu_count(logical=False) or os.cpu_count() or 1
    limits = [float(physical)]
    if hasattr(os, "sched_getaffinity"):
        limits.append(len(os.sched_getaffinity(0)))
    quota = cpu_quota(_CGROUP)
    if quota is not None:
        limits.append(quota)
    return max(math.floor(min(limits)), 1)


def background_cores() -> int:
    """Count the cores for work in the background: :func:`usable_cores`, minus one for the user where there are three
    or more."""
    cores = usable_cores()
    return cores - 1 if cores > 2 else cores


def cpu_quota(cgroup: Path) -> float | None:
    """Read the CPU limit of a control group, for example of a container, in cores; None without a limit.

    Args:
        cgroup: its folder, which holds ``cpu.max`` (version 2), or ``cpu/cpu.cfs_quota_us`` and
            ``cpu/cpu.cfs_period_us`` (version 1).
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
    return int(quota), int(period)  # without a limit the quota is "max": ValueError


def _quota_of_version_1(cgroup: Path) -> tuple[int, int]:
    files = (cgroup / "cpu" / f"cpu.cfs_{name}_us" for name in ("quota", "period"))
    quota, period = (int(file.read_text(encoding="ascii")) for file in files)
    return quota, period
