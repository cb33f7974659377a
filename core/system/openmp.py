"""How the threads of PyTorch's operations wait for each other."""

import os


def wait_passively() -> None:
    """Let OpenMP threads sleep while they wait, unless the environment variable ``OMP_WAIT_POLICY`` is set already.

    By default they wait actively, which costs several times the processor time when other programs run. OpenMP reads
    the variable once: call this before torch is imported, and only in programs, since it affects the whole process.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
