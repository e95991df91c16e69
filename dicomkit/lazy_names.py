"""A module ``__getattr__`` (PEP 562) that imports a name when it is first used, so that a command starts quickly."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping

__all__ = ["lazy_getattr"]


def lazy_getattr(package: str, modules: Mapping[str, str]) -> Callable[[str], object]:
    """Return the ``__getattr__`` of a package that imports some of its names when they are first used.

    Parameters
    ----------
    package
        The ``__name__`` of the package.
    modules
        For each such name, the module that defines it.

    Examples
    --------
    >>> lazy_getattr("package", {"pi": "math"})("pi")
    3.141592653589793
    """

    def find(name: str) -> object:
        if name in modules:
            return getattr(importlib.import_module(modules[name]), name)
        message = f"module {package!r} has no attribute {name!r}"
        raise AttributeError(message)

    return find
