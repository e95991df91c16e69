"""Names that a room imports when somebody asks for them, so that a command starts with what it needs (PEP 562)."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping

__all__ = ["names_for_later"]


def names_for_later(room: str, modules: Mapping[str, str]) -> Callable[[str], object]:
    """Return the ``__getattr__`` of a room whose names live in its modules.

    Parameters
    ----------
    room
        The room, as its ``__name__`` says.
    modules
        By name, the module that it is imported from.

    Examples
    --------
    >>> names_for_later("room", {"pi": "math"})("pi")
    3.141592653589793
    """

    def find(name: str) -> object:
        if name in modules:
            return getattr(importlib.import_module(modules[name]), name)
        message = f"module {room!r} has no attribute {name!r}"
        raise AttributeError(message)

    return find
