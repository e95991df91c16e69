"""What all tests share: the independent peers, and real files to try things on."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable

import pytest


@pytest.fixture(scope="session")
def peer() -> Callable[[str], str]:
    """Return a function that finds a peer's program: a skip where it is missing, a failure where it must not be."""

    def find(name: str) -> str:
        path = shutil.which(name)
        if path is not None:
            return path
        reason = f"{name} is not installed (Debian: apt-get install dcmtk dicom3tools chromium)"
        if os.environ.get("DICOMKIT_REQUIRE_PEERS") == "1":
            pytest.fail(reason)
        pytest.skip(reason)

    return find
