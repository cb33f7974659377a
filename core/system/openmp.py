"""How the threads of PyTorch's operations wait for each other."""

import os


def wait_passively() -> None:
    """Let threads of operations sleep while they wait, unless the environment says otherwise.

    By default OpenMP's threads wait actively, and beside other programs that costs several times the processor time. It
    is read once, so this has to come before torch is imported; for whole programs only, since it holds for the process.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
