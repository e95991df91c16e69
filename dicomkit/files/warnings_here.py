"""Ignore warnings, or raise them, in this thread alone.

In JupyterLab a viewer is answered in one thread while a cell runs in another, and the cell may be collecting warnings
to print them. Before Python 3.14 all threads share one list of warning filters: replacing and restoring it
(`warnings.catch_warnings`) loses the cell's warnings, or leaves them switched off for good. So two filters are put into
the list and stay there; they match only in threads that are in a block of `warnings_here` at that moment.
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
    """The actions of the blocks that this thread is in, the innermost last."""

    def __init__(self) -> None:
        self.actions: list[Action] = []


class _Pattern:
    """Takes the place of the compiled regular expression for the message in a warning filter."""

    def __init__(self, action: Action) -> None:
        self._action = action

    def match(self, _message: str) -> bool:
        return _this_thread.actions[-1:] == [self._action]


_this_thread = _ThisThread()
_filters = [(action, _Pattern(action), Warning, None, 0) for action in ("ignore", "error")]


@contextlib.contextmanager
def warnings_here(action: Action) -> Iterator[None]:
    """Ignore or raise each warning for the block, in this thread only.

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
    """Put our filters before all others, including those added meanwhile.

    Each insertion is atomic; an older entry further down does no harm.
    """
    if not _are_first(filters):
        for each in reversed(_filters):
            filters.insert(0, each)


def _are_first(filters: list[Any]) -> bool:
    return [id(each) for each in filters[:2]] == [id(each) for each in _filters]
