"""Models by name: those that ship inside the package. Nothing here loads them, nor torch."""

from importlib import resources
from pathlib import Path

from core.errors import CheckpointError

DEFAULT_MODEL = "dfpir-compact"
"""Name of the built-in model that is used when none is named."""

_SUFFIX = ".safetensors"


def built_in_models() -> dict[str, Path]:
    """Name -> file of every built-in model."""
    folder = Path(str(resources.files("resources") / "models"))
    return {file.name.removesuffix(_SUFFIX): file for file in sorted(folder.glob(f"*{_SUFFIX}"))}


def built_in_detector() -> Path:
    """The detector that ships with the program."""
    return Path(str(resources.files("resources") / "detector" / f"dfpir-detector{_SUFFIX}"))


def find_model(model: str | Path) -> Path:
    """The file of a model: a built-in one by its name, any other by its path.

    Raises:
        CheckpointError: there is neither such a name nor such a file; the message lists the names.
    """
    models = built_in_models()
    if str(model) in models:
        return models[str(model)]
    if Path(model).exists():
        return Path(model)
    names = ", ".join(models) or "none"
    raise CheckpointError(f"There is no model {str(model)!r}. Name a checkpoint file or a built-in model ({names}).")
