"""The library's public names are frozen and documented."""

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
"""Imported from ``core`` by notebooks. Removing a name breaks them, so it requires a new major version."""

PACKAGES = {
    "core.batch": "BackendConfig Batch BatchSettings Control Group Item Journal Layout Plan Progress Row State Summary "
    "Why make_plan",
    "core.checkpoints": "Checkpoint load_checkpoint save_checkpoint",
    "core.detection": "CLASSES FAMILIES REMOVAL Detection Detector",
    "core.evaluation": "PAPER PROTOCOLS Lpips MetricError Protocol Score centre_crop luma psnr ssim",
    "core.inference": "RestorationResult Restorer Step parse_steps",
    "core.masks": "Brush ColourRange Component LinearGradient LuminanceRange Mask Mode Picture RadialGradient Shape "
    "Sky Stroke",
    "core.models": "CAAPM DFPIR DFPIRConfig DGCPM DGM DGPB Downsample GDFN LayerNorm MDTA TransformerBlock Upsample",
    "core.photo": "DEFAULT_QUALITY FORMATS Format MAX_PIXELS Photo PhotoError PhotoMetadata READABLE SUFFIXES "
    "read_photo write_photo",
    "core.prompts": "CLIP OpenClipEncoder Prompt PromptBank TextEncoder encoder_folder prompt_texts random_codes "
    "resolve",
}
"""Public names of its packages, frozen in the same way."""

MODULES = sorted(info.name for info in pkgutil.walk_packages(core.__path__, "core."))


def test_public_names_are_frozen() -> None:
    assert set(core.__all__) >= PUBLIC, "a name was removed"
    assert set(core.__all__) == PUBLIC, "a new name stays public: add it here deliberately"


@pytest.mark.parametrize("package", PACKAGES)
def test_names_of_the_packages_are_frozen(package: str) -> None:
    assert set(importlib.import_module(package).__all__) == set(PACKAGES[package].split())


@pytest.mark.parametrize("name", [name for name in MODULES if "._" not in name])
def test_exported_names_exist(name: str) -> None:
    module = importlib.import_module(name)
    for exported in getattr(module, "__all__", ()):
        assert getattr(module, exported) is not None


def described(node: ast.AST) -> bool:
    return bool(ast.get_docstring(node))  # type: ignore[arg-type]


def test_every_public_function_and_class_is_documented() -> None:
    undocumented = []
    for file in sorted(Path(core.__path__[0]).rglob("*.py")):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        classes = [node for node in tree.body if isinstance(node, ast.ClassDef) and not node.name.startswith("_")]
        owners = [(tree, "")] + [(node, f"{node.name}.") for node in classes]
        for owner, prefix in owners:
            for node in owner.body:
                if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
                    undocumented += [] if described(node) else [f"{file.name}: {prefix}{node.name}"]
    assert undocumented == []


LIBRARY_ERRORS = {name for name in vars(core.errors) if name.endswith("Error")}


def raised_by(function: ast.FunctionDef) -> set[str]:
    """Names of the library's errors that the body raises directly."""
    calls = [node.exc for node in ast.walk(function) if isinstance(node, ast.Raise)]
    return {
        call.func.id for call in calls if isinstance(call, ast.Call) and isinstance(call.func, ast.Name)
    } & LIBRARY_ERRORS


def public_functions(tree: ast.Module) -> list[tuple[str, ast.FunctionDef, str]]:
    """Name, body and documentation of functions and methods; a class documents the errors of its constructor."""
    found = []
    for owner in [tree, *(node for node in tree.body if isinstance(node, ast.ClassDef) and node.name[0] != "_")]:
        prefix = f"{owner.name}." if isinstance(owner, ast.ClassDef) else ""
        for node in owner.body:
            made = bool(prefix) and isinstance(node, ast.FunctionDef) and node.name in ("__init__", "__post_init__")
            if isinstance(node, ast.FunctionDef) and (made or not node.name.startswith("_")):
                found.append((prefix + node.name, node, ast.get_docstring(owner if made else node) or ""))
    return found


def test_raised_errors_are_documented() -> None:
    undocumented = []
    for file in sorted(Path(core.__path__[0]).rglob("*.py")):
        for name, node, documentation in public_functions(ast.parse(file.read_text(encoding="utf-8"))):
            missing = [
                error for error in raised_by(node) if error not in documentation and "DFPIRError" not in documentation
            ]
            undocumented += [f"{file.name}: {name} raises {error}" for error in missing]
    assert undocumented == []
