"""``NamedTuple`` without `typing`, which takes as long to import as all of the wire.

For a type checker it is ``typing.NamedTuple``. When the program runs, a class that inherits from it becomes what
``collections.namedtuple`` makes of its fields, as with typing's; only, no annotation is compiled to look at it.
Modules that a short command imports (see ``tests/cli/test_cold_commands.py``) use this one.
"""

from __future__ import annotations

import collections

__all__ = ["NamedTuple"]

TYPE_CHECKING = False  # a type checker takes this name as true; typing's own would import typing

if TYPE_CHECKING:
    from typing import NamedTuple
else:

    class _NamedTupleMaker(type):
        """Make a tuple class from a class body: annotations are its fields, in order."""

        def __new__(cls, name: str, bases: tuple[type, ...], body: dict[str, object]) -> type:
            if not bases:  # NamedTuple itself
                return super().__new__(cls, name, bases, body)
            fields = tuple(body["__annotations__"])
            defaults = {field: body.pop(field) for field in fields if field in body}
            if tuple(defaults) != fields[len(fields) - len(defaults) :]:
                message = f"{name}: a field without a default follows one with a default"
                raise TypeError(message)
            made = collections.namedtuple(name, fields, defaults=defaults.values(), module=body["__module__"])  # noqa: PYI024 - this is how the typed one is made
            for attribute, value in body.items():
                setattr(made, attribute, value)
            return made

    class NamedTuple(metaclass=_NamedTupleMaker):
        """Base of a tuple class whose fields are annotated in its body."""
