"""Configuration files: finding, reading, and inheriting from a base file."""

import tomllib
from importlib import resources
from pathlib import Path
from typing import Any

from core.errors import DFPIRError
from core.io.regular_files import open_regular


class ConfigError(DFPIRError):
    """The configuration file cannot be used; the message names the file and the entry."""


def config_file(name: str) -> Path:
    """The configuration ``name`` of the package, else the file of that name."""
    shipped = resources.files("training") / "configs" / f"{name}.toml"
    return Path(str(shipped)) if shipped.is_file() else Path(name)


def read_toml(file: Path) -> dict[str, Any]:
    """The values of a configuration file, merged over those of its ``base``.

    ``base`` is the name of a configuration of the package, or a file relative to ``file``. Tables are merged entry by
    entry, recursively; a list, such as that of the stages, is replaced as a whole. ``NAME.add = [...]`` appends to a
    list of the base.

    Raises:
        ConfigError: the file or a base is missing or is not TOML, the bases form a cycle, or a list is overridden by a
            table other than such an addition.
    """
    return _read(file, ())


def _read(file: Path, over: tuple[Path, ...]) -> dict[str, Any]:
    try:
        with open_regular(file) as stream:
            values = tomllib.load(stream)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        context = f" It is the base of {over[-1]}." if over else ""
        raise ConfigError(f"{file}: cannot be read as a training configuration: {error}.{context}") from error
    base = values.pop("base", None)
    if base is None:
        return values
    if not isinstance(base, str):
        raise ConfigError(f"{file}: base = {base!r} must be the name of a configuration or a file.")
    below = file.parent / config_file(base)  # absolute for a configuration of the package
    users = (*over, file.resolve())
    if below.resolve() in users:
        raise ConfigError(
            f"{file}: base = {base!r} is circular: it leads to {below.name} again. Remove one of the bases."
        )
    return _merged(_read(below, users), values, file)


def _merged(below: dict[str, Any], above: dict[str, Any], file: Path) -> dict[str, Any]:
    merged = dict(below)
    for name, value in above.items():
        lower = below.get(name)
        if isinstance(value, dict) and isinstance(lower, dict):
            merged[name] = _merged(lower, value, file)
        elif isinstance(value, dict) and isinstance(lower, list):
            merged[name] = [*lower, *_appended(name, value, file)]
        else:
            merged[name] = value
    return merged


def _appended(name: str, value: dict[str, Any], file: Path) -> list[Any]:
    if value.keys() != {"add"} or not isinstance(value["add"], list):
        raise ConfigError(
            f"{file}: {name} is a list in the base. Replace it by a list, or append to it by {name}.add = [...]."
        )
    return value["add"]
