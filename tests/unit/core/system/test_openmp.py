"""Programs let threads wait passively; importing the library changes nothing."""

import os
import subprocess
import sys

import pytest

CHECK = "import os, sys; {}; print('torch' in sys.modules, os.environ.get('OMP_WAIT_POLICY'))"


def printed(code: str, **environment: str) -> str:
    clean = {name: value for name, value in os.environ.items() if name != "OMP_WAIT_POLICY"}
    done = subprocess.run(
        [sys.executable, "-c", CHECK.format(code)], env=clean | environment, capture_output=True, text=True, check=True
    )
    return done.stdout.splitlines()[-1]


@pytest.mark.parametrize("module", ["core.cli", "training.cli", "dfpir_gui.__main__"])
def test_importing_a_program_changes_nothing(module: str) -> None:
    assert printed(f"import {module}") == "False None"


def test_importing_the_library_changes_nothing() -> None:
    assert printed("from core import Restorer") == "True None"


def test_the_command_line_sets_the_policy_unless_it_is_set() -> None:
    code = "import core.cli; core.cli.main(['restore', 'missing.jpg', '--output-dir', 'x'])"
    assert printed(code).endswith(" PASSIVE")
    assert printed(code, OMP_WAIT_POLICY="ACTIVE").endswith(" ACTIVE")
