"""Many learners on one machine: thirty kernels at once run notebook 06 to its end, each with its own receiver.

How long that takes and how much memory, ``python tests/benchmarks/bench_room.py`` tells.
"""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from tests.benchmarks.bench_room import KERNELS, NOTEBOOK, printed, room
from tests.support.notebook_environment import environment


def test_thirty_kernels_at_once_do_not_meet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in environment(tmp_path / "learner").items():
        if value is None:
            monkeypatch.delenv(name, raising=False)
        else:
            monkeypatch.setenv(name, value)
    stored = printed(json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"])
    assert any("12 stored" in text for text in stored)
    found, _ = asyncio.run(room(KERNELS, tmp_path))
    assert found == [stored] * KERNELS
