"""The built-in models, found by name. Imports neither torch nor the models."""

from importlib import resources
from pathlib import Path

from core.errors import CheckpointError
from core.messages import message

DEFAULT_MODEL = "dfpir-compact"
"""Name of the built-in model that is used when none is named."""

_SUFFIX = ".safetensors"


def built_in_models() -> dict[str, Path]:
    """Return the file of every built-in model by its name."""
    folder = Path(str(resources.files("resources") / "models"))
    return {file.name.removesuffix(_SUFFIX): file for file in sorted(folder.glob(f"*{_SUFFIX}"))}


def built_in_detector() -> Path:
    """Return the file of the built-in detector."""
    return Path(str(resources.files("resources") / "detector" / f"dfpir-detector{_SUFFIX}"))


def find_model(model: str | Path) -> Path:
    """Return the file of a model: a built-in one by its name, any other by its path.

    Raises:
        CheckpointError: no built-in model has this name and no file this path; the message lists the names.
    """
    models = built_in_models()
    if str(model) in models:
        return models[str(model)]
    if Path(model).exists():
        return Path(model)
    raise CheckpointError(
        message(
            "There is no model {name}. Name a checkpoint file or a built-in model ({names}).",
            name=repr(str(model)),
            names=[*models] or message("none"),
        )
    )
