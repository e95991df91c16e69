"""What tests of the built site share: one site for all of them, because building takes a minute."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from dicomkit.files.file_lock import folder_lock
from tests.support.lite_site import build, expose_the_application, served


@pytest.fixture(scope="session")
def lite_site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a site that was built in this run, by whichever worker came first; a skip without Pyodide."""
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent  # of all workers of this run
    site = shared / "lite-site"
    with folder_lock(str(shared)):
        if not site.exists():
            built = build(tmp_path_factory.mktemp("lite") / "site")
            expose_the_application(built)
            built.rename(site)  # a build that fails leaves nothing that another worker would take for whole
    return site


@pytest.fixture(scope="session")
def lite_address(lite_site: Path) -> Iterator[str]:
    """Return where that site is served."""
    with served(lite_site) as url:
        yield url
