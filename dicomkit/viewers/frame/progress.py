"""Index with a bar that shows how far it is, and a button that ends it while the cell is still running.

A folder on a slow drive can take minutes. What makes a viewer waits for its index, so that the next line can
use it; the bar is drawn meanwhile, and its button is answered on the kernel's subshell (`viewers.frame`).
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Mapping
from typing import Any, Protocol

from IPython.core.getipython import get_ipython
from IPython.display import display

from dicomkit.errors import UsageError
from dicomkit.files.index_sources import Indexable
from dicomkit.files.indexing import Index, index
from dicomkit.text import counted
from dicomkit.viewers.frame.front_end import front_end, styles
from dicomkit.viewers.frame.viewer import Answer, Viewer

__all__ = ["ProgressBar", "index_with_progress"]

_AFTER_S = 2.0  # a bar for less would only flicker
_EVERY_S = 0.2
_BAR_CELLS = 24


class _Bar(Protocol):
    """Something that shows how many entries are done, and says whether to go on."""

    def show(self, done: int, total: int) -> bool: ...

    def finish(self) -> None: ...


def index_with_progress(source: Indexable) -> Index:
    """Return an index; once it takes long, show a bar, which is gone again when the index is there.

    Cancelled by its button, or by an interrupt, the index holds what was read and says of the rest that it
    was not. While the entries are still counted, the bar says how many were found.

    Parameters
    ----------
    source
        What to look at.
    """
    bar: _Bar | None = None
    last_s = time.monotonic() + _AFTER_S - _EVERY_S
    goes_on = True

    def tell(done: int, total: int) -> bool:
        nonlocal bar, last_s, goes_on
        now_s = time.monotonic()
        if now_s - last_s >= _EVERY_S:
            last_s = now_s
            bar = bar or _new_bar()
            goes_on = bar.show(done, total)
        return goes_on

    try:
        return index(source, on_progress=tell)
    finally:
        if bar is not None:
            bar.finish()


def _new_bar() -> _Bar:
    """Return a bar for where this runs: a notebook, or a terminal."""
    return _NotebookBar() if getattr(get_ipython(), "kernel", None) is not None else _TextBar()


class ProgressBar(Viewer):
    """The bar in a notebook: how many entries of how many, and a button that asks to stop.

    Nothing about the entries themselves travels, so nothing of them can be stored.
    """

    _esm = front_end("frame/progress")
    _css = styles()
    _ipython_display_ = None  # type: ignore[assignment] # one output, which is emptied in the end

    def __init__(self) -> None:
        self._is_cancelled = threading.Event()
        self._progress: dict[str, float] = {"done": 0, "total": 0, "elapsed_s": 0.0}
        self._started_s = time.monotonic()
        super().__init__()

    @property
    def is_cancelled(self) -> bool:
        """Whether the button was clicked."""
        return self._is_cancelled.is_set()

    def show(self, done: int, total: int) -> bool:
        """Tell the front end how many entries are done; return whether to go on."""
        elapsed_s = time.monotonic() - self._started_s
        self._progress = {"done": done, "total": total, "elapsed_s": elapsed_s}
        self.push("progress", **self._progress)
        return not self.is_cancelled

    def describe(self) -> str:
        """Return how many entries are done."""
        return f"reading: {self._progress['done']:g} of {counted(int(self._progress['total']), 'entry')}"

    def answer(self, question: Mapping[str, Any]) -> Answer:
        """Answer how far it is, or take the wish to stop: on a thread of the kernel, beside the running cell."""
        if question["ask"] == "cancel":
            self._is_cancelled.set()
        elif question["ask"] != "progress":
            raise UsageError("question", "the bar does not know it", "ask for what it offers")
        return Answer(self._progress)


class _NotebookBar:
    """A bar below the running cell, in an output of its own that is emptied in the end."""

    def __init__(self) -> None:
        self._bar = ProgressBar()
        self._output = display(self._bar, display_id=True)  # type: ignore[no-untyped-call] # IPython says no types

    def show(self, done: int, total: int) -> bool:
        return self._bar.show(done, total)

    def finish(self) -> None:
        self._bar.close()
        if self._output is not None:
            # A closed widget cannot be drawn again; what stays in the notebook is an empty text.
            self._output.update({"text/plain": ""}, raw=True)


class _TextBar:
    """A line of characters on stderr, wiped out in the end. Ctrl+C cancels."""

    def __init__(self) -> None:
        self._width = 0

    def show(self, done: int, total: int) -> bool:
        filled = done * _BAR_CELLS // max(1, total)
        bar = "█" * filled + "░" * (_BAR_CELLS - filled)
        self._write(f"{bar} {done} of {counted(total, 'entry')}; Ctrl+C cancels")
        return True

    def finish(self) -> None:
        self._write("")

    def _write(self, line: str) -> None:
        sys.stderr.write(f"\r{line.ljust(self._width)}" + "\r" * (not line))
        sys.stderr.flush()
        self._width = len(line)
