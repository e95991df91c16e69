"""Index files with a progress bar and a button that cancels while the cell is running.

A folder on a slow drive can take minutes. The constructor of a viewer waits for the index, so that the next line can
use the viewer; the button is processed in a subshell of the kernel (`viewers.frame`).
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Mapping
from typing import Any, Protocol

from IPython.core.getipython import get_ipython
from IPython.display import DisplayHandle, display

from dicomkit.errors import UsageError
from dicomkit.index.indexing import Index, index
from dicomkit.index.sources import Indexable
from dicomkit.text import counted
from dicomkit.viewers.frame.front_end import front_end, styles
from dicomkit.viewers.frame.viewer import Answer, Viewer

__all__ = ["ProgressBar", "index_with_progress"]

_AFTER_S = 2.0  # for less, a bar would only flicker
_EVERY_S = 0.2
_BAR_CELLS = 24


class _Bar(Protocol):
    """A progress bar; `show` returns whether to go on."""

    def show(self, done: int, total: int) -> bool: ...

    def finish(self) -> None: ...


def index_with_progress(source: Indexable) -> Index:
    """Return an index; if that takes longer than 2 s, show a progress bar until it is complete.

    If the button or an interrupt cancels it, the index holds what was read, and lists the rest as not read. While
    entries are still being counted, the bar shows the number found so far.
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
    """Return a progress bar for a notebook or for a terminal."""
    if getattr(get_ipython(), "kernel", None) is None:
        return _TextBar()
    bar = ProgressBar()
    bar.appear()
    return bar


class ProgressBar(Viewer):
    """A progress bar in an output of the running cell, with a cancel button; the output is cleared at the end.

    It receives only numbers, so a notebook saves nothing about the entries.
    """

    _esm = front_end("frame/progress")
    _css = styles()
    _ipython_display_ = None  # type: ignore[assignment] # one output
    _output: DisplayHandle | None = None

    def __init__(self) -> None:
        self._is_cancelled = threading.Event()
        self._progress: dict[str, float] = {"done": 0, "total": 0, "elapsed_s": 0.0}
        self._started_s = time.monotonic()
        super().__init__()

    @property
    def is_cancelled(self) -> bool:
        """Whether the button was clicked."""
        return self._is_cancelled.is_set()

    def appear(self) -> None:
        """Show the bar below the running cell."""
        self._output = display(self, display_id=True)  # type: ignore[no-untyped-call] # IPython has no types

    def finish(self) -> None:
        """Remove the bar."""
        self.close()
        if self._output is not None:
            # A closed widget cannot be drawn again, so the output is replaced by an empty text.
            self._output.update({"text/plain": ""}, raw=True)  # type: ignore[no-untyped-call] # the same

    def show(self, done: int, total: int) -> bool:
        """Send the number of finished entries to the front end; return whether to go on."""
        elapsed_s = time.monotonic() - self._started_s
        self._progress = {"done": done, "total": total, "elapsed_s": elapsed_s}
        self.push("progress", **self._progress)
        return not self.is_cancelled

    def describe(self) -> str:
        """Return the progress as text."""
        return f"reading: {self._progress['done']:g} of {counted(int(self._progress['total']), 'entry')}"

    def answer(self, question: Mapping[str, Any]) -> Answer:
        """Return the progress, or cancel; called in another thread while the cell is running."""
        if question["ask"] == "cancel":
            self._is_cancelled.set()
        elif question["ask"] != "progress":
            raise UsageError("question", "the bar does not know it", "ask for what it offers")
        return Answer(self._progress)


class _TextBar:
    """A progress bar on stderr, which is erased at the end. Ctrl+C cancels."""

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
