"""The library's public face: its names are frozen, and every one of them explains itself."""

import ast
import importlib
import pkgutil
from pathlib import Path

import pytest

import core
import core.errors

PUBLIC = {
    "CancelToken",
    "Checkpoint",
    "DEGRADATIONS",
    "DFPIRError",
    "Detection",
    "Detector",
    "Photo",
    "RestorationResult",
    "Restorer",
    "Step",
    "load_checkpoint",
}
"""What notebooks import from ``core``. Taking a name away breaks them: that takes a new major version."""

MODULES = sorted(info.name for info in pkgutil.walk_packages(core.__path__, "core."))


def test_public_names_are_frozen() -> None:
    assert set(core.__all__) >= PUBLIC, "a name was taken away"
    assert set(core.__all__) == PUBLIC, "a new name is public for ever: add it here on purpose"


@pytest.mark.parametrize("name", [name for name in MODULES if "._" not in name])
def test_what_a_room_exports_exists(name: str) -> None:
    module = importlib.import_module(name)
    for exported in getattr(module, "__all__", ()):
        assert getattr(module, exported) is not None


def described(node: ast.AST) -> bool:
    return bool(ast.get_docstring(node))  # type: ignore[arg-type]


def test_every_public_function_and_class_is_documented() -> None:
    silent = []
    for file in sorted(Path(core.__path__[0]).rglob("*.py")):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        classes = [node for node in tree.body if isinstance(node, ast.ClassDef) and not node.name.startswith("_")]
        owners = [(tree, "")] + [(node, f"{node.name}.") for node in classes]
        for owner, prefix in owners:
            for node in owner.body:
                if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
                    silent += [] if described(node) else [f"{file.name}: {prefix}{node.name}"]
    assert silent == []


OURS = {name for name in vars(core.errors) if name.endswith("Error")}


def raised_by(function: ast.FunctionDef) -> set[str]:
    """Names of the errors of ours that the body raises by itself."""
    calls = [node.exc for node in ast.walk(function) if isinstance(node, ast.Raise)]
    return {call.func.id for call in calls if isinstance(call, ast.Call) and isinstance(call.func, ast.Name)} & OURS


def test_functions_that_raise_errors_of_ours_say_so() -> None:
    silent = []
    for file in sorted(Path(core.__path__[0]).rglob("*.py")):
        for node in ast.parse(file.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
                told = ast.get_docstring(node) or ""
                unsaid = [error for error in raised_by(node) if error not in told and "DFPIRError" not in told]
                silent += [f"{file.name}: {node.name} raises {error}" for error in unsaid]
    assert silent == []
