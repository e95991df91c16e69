"""Ignore warnings, or raise them, in this thread alone.

In JupyterLab a viewer is answered in one thread while a cell runs in another, and the cell may be collecting warnings
to print them. Before Python 3.14 there is one list of warning filters for all threads: whoever switches
it and switches it back (`warnings.catch_warnings`) loses the cell's warnings, or leaves them switched off for good. So
nothing is switched here. Two filters are put into the list and stay there; they match in those threads only that
are in a block of `warnings_here` at that moment.
"""

from __future__ import annotations

import contextlib
import threading
import warnings
from collections.abc import Iterator
from typing import Any, Literal, cast

__all__ = ["is_ignoring", "warnings_here"]

Action = Literal["ignore", "error"]


class _ThisThread(threading.local):
    """The blocks that this thread is in, the innermost last; each thread sees its own."""

    def __init__(self) -> None:
        self.actions: list[Action] = []


class _Pattern:
    """What stands in a warning filter where others have a regular expression for the message."""

    def __init__(self, action: Action) -> None:
        self._action = action

    def match(self, _message: str) -> bool:
        return _this_thread.actions[-1:] == [self._action]


_this_thread = _ThisThread()
_filters = [(action, _Pattern(action), Warning, None, 0) for action in ("ignore", "error")]


@contextlib.contextmanager
def warnings_here(action: Action) -> Iterator[None]:
    """Ignore each warning of this thread, or raise it, until the block ends; no other thread notices.

    Parameters
    ----------
    action
        ``"ignore"`` or ``"error"``.
    """
    _put_first(cast("list[Any]", warnings.filters))
    _this_thread.actions.append(action)
    try:
        yield
    finally:
        _this_thread.actions.pop()


def is_ignoring() -> bool:
    """Say whether all warnings of this thread are ignored already, whatever others have put into the list since."""
    return _this_thread.actions[-1:] == ["ignore"] and _are_first(cast("list[Any]", warnings.filters))


def _put_first(filters: list[Any]) -> None:
    """Have our filters asked before all others, also before those that somebody has added meanwhile.

    Each by one insertion, which no other thread can come between; an older entry further down does no harm.
    """
    if not _are_first(filters):
        for each in reversed(_filters):
            filters.insert(0, each)


def _are_first(filters: list[Any]) -> bool:
    return [id(each) for each in filters[:2]] == [id(each) for each in _filters]
