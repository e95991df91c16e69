"""Stop a learner's function that does not return, so that an endless loop does not block the kernel.

Python calls a trace function for each line that it runs. This one checks the time and raises an error in the learner's
line. So no thread or process has to be started, and it works in any thread and on any system. It cannot stop a call that
blocks outside of Python, such as ``time.sleep(3600)``: the error is raised when that returns.
"""

from __future__ import annotations

import contextlib
import sys
import sysconfig
import time
from collections.abc import Iterator
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

__all__ = ["TooLongError", "is_learners", "time_limit"]

_PATHS = sysconfig.get_paths()
_LIBRARIES = (
    *(_PATHS[name] for name in ("stdlib", "platstdlib", "purelib", "platlib")),
    str(Path(__file__).parents[1]),
    "<frozen",
)


class TooLongError(BaseException):
    """A function has run for too long. Not an `Exception`, so that no ``except Exception`` catches it."""


def is_learners(code: CodeType) -> bool:
    """Return whether code is a learner's: not in Python's library, nor in a package."""
    return not code.co_filename.startswith(_LIBRARIES)


@contextlib.contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raise `TooLongError` in the functions that the block calls, as soon as the time is over.

    Parameters
    ----------
    seconds
        How long it may take. Under a debugger, which traces as well, there is no limit; what counts which lines are
        reached makes way for the block.
    """
    deadline = time.monotonic() + seconds

    def trace(frame: FrameType, _event: str, _argument: object) -> Any:  # noqa: ANN401 - a trace function, or None
        if time.monotonic() > deadline:
            raise TooLongError
        # In libraries, only calls are traced: tracing each line would be slow.
        if not is_learners(frame.f_code):
            return None
        frame.f_trace_opcodes = True  # "while True: pass" never reaches another line
        return trace

    before = sys.gettrace()
    if before is not None and type(before).__module__.partition(".")[0] != "coverage":
        yield
        return
    sys.settrace(trace)
    try:
        yield
    finally:
        sys.settrace(before)
