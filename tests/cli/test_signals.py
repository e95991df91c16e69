"""Two signals at once: a handler that is interrupted by itself must neither hang nor lose the signal."""

from __future__ import annotations

import subprocess
import sys

import pytest

DEADLINE_S = 60
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="sends POSIX signals")

# Raise a second signal at every line of Python that runs while the first is handled.
INTERRUPTED = """
import contextlib, signal, sys
from dicomkit.cli.stopping import stopped_by_signals
raised = []
def trace(frame, event, argument):
    if event == "line" and frame.f_code.co_filename != "<string>" and len(raised) < {nth}:
        raised.append(frame.f_lineno)
        if len(raised) == {nth}:
            signal.raise_signal(signal.SIGTERM)
    return trace
with contextlib.suppress(KeyboardInterrupt), stopped_by_signals() as stop:
    stop.may_interrupt = {may_interrupt}
    sys.settrace(trace)
    signal.raise_signal(signal.SIGINT)
    sys.settrace(None)
print("went on")
"""


@pytest.mark.parametrize("nth", [1, 2, 3, 4, 5, 6])
@pytest.mark.parametrize("may_interrupt", [True, False])
def test_a_signal_inside_a_signal_handler(may_interrupt: bool, nth: int) -> None:  # noqa: FBT001 - a pytest parameter
    code = INTERRUPTED.format(may_interrupt=may_interrupt, nth=nth)
    done = subprocess.run(
        [sys.executable, "-c", code], check=False, capture_output=True, text=True, timeout=DEADLINE_S
    )
    assert (done.stdout, done.stderr) == ("went on\n", "")
