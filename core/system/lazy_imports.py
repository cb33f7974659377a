"""Names of a package that are imported on first use, so that importing the package does not load torch or libvips."""

from collections.abc import Callable, Mapping
from importlib import import_module


def importer(package: str, modules: Mapping[str, str]) -> Callable[[str], object]:
    """Make the ``__getattr__`` of a package (PEP 562).

    Args:
        package: name of the package.
        modules: exported name -> module that defines it.

    Returns:
        A function that imports the module of a name and returns the object; it raises AttributeError for other names.
    """

    def get(name: str) -> object:
        if name in modules:
            return getattr(import_module(modules[name]), name)
        raise AttributeError(f"module {package!r} has no attribute {name!r}")

    return get
