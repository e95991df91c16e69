"""What holds for every test of this room: it ends the threads that it started."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

DEADLINE_S = 60


@pytest.fixture(autouse=True)
def _no_thread_is_left(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail a test that leaves a thread, and wait for those that are about to end: the next test may count them."""
    before = set(threading.enumerate())
    yield
    new = [thread for thread in threading.enumerate() if thread not in before]
    for thread in new:
        thread.join(DEADLINE_S)
    left = [thread.name for thread in new if thread.is_alive()]
    assert not left, f"{request.node.name} leaves {left}"
