"""Configuration files: where they are, what is in them, and what they take over from others."""

import tomllib
from importlib import resources
from pathlib import Path
from typing import Any

from core.errors import DFPIRError
from core.io.regular_files import open_regular


class ConfigError(DFPIRError):
    """The configuration file cannot be used; the message names the file and the entry."""


def config_file(name: str) -> Path:
    """The configuration called ``name`` that ships with the package, else the file of that name."""
    shipped = resources.files("training") / "configs" / f"{name}.toml"
    return Path(str(shipped)) if shipped.is_file() else Path(name)


def read_toml(file: Path) -> dict[str, Any]:
    """The values of a configuration file, laid over those of the one that it names as its ``base``.

    ``base`` is the name of a configuration that ships with the package, or a file relative to ``file``. Entries of
    tables are taken over one by one, also in tables inside tables; a list, such as that of the stages, as a whole.
    ``NAME.add = [...]`` puts more at the end of a list of the base.

    Raises:
        ConfigError: the file or a base is missing or is not TOML, a file is its own base in the end, or a table that
            is no such addition stands over a list.
    """
    return _read(file, ())


def _read(file: Path, over: tuple[Path, ...]) -> dict[str, Any]:
    try:
        with open_regular(file) as stream:
            values = tomllib.load(stream)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        why = f" It is the base of {over[-1]}." if over else ""
        raise ConfigError(f"{file}: cannot be read as a training configuration: {error}.{why}") from error
    base = values.pop("base", None)
    if base is None:
        return values
    if not isinstance(base, str):
        raise ConfigError(f"{file}: base = {base!r}: wanted the name of a configuration or of a file.")
    below = file.parent / config_file(base)  # the path of one that ships is absolute
    users = (*over, file.resolve())
    if below.resolve() in users:
        raise ConfigError(f"{file}: base = {base!r} leads back to {below.name} itself. Take one of the bases out.")
    return _laid_over(_read(below, users), values, file)


def _laid_over(below: dict[str, Any], above: dict[str, Any], file: Path) -> dict[str, Any]:
    merged = dict(below)
    for name, value in above.items():
        lower = below.get(name)
        if isinstance(value, dict) and isinstance(lower, dict):
            merged[name] = _laid_over(lower, value, file)
        elif isinstance(value, dict) and isinstance(lower, list):
            merged[name] = [*lower, *_added(name, value, file)]
        else:
            merged[name] = value
    return merged


def _added(name: str, value: dict[str, Any], file: Path) -> list[Any]:
    if value.keys() != {"add"} or not isinstance(value["add"], list):
        wanted = f"wanted another one in its place, or {name}.add = [...]"
        raise ConfigError(f"{file}: {name} is a list in the base: {wanted}.")
    return value["add"]
