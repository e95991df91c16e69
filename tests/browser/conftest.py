"""What tests of the built site share: one site for all of them, because building takes a minute."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.lite_site import build, expose_the_application, served


@pytest.fixture(scope="session")
def lite_site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a site that was just built; a skip where there is no Pyodide."""
    built = build(tmp_path_factory.mktemp("lite") / "site")
    expose_the_application(built)
    return built


@pytest.fixture(scope="session")
def lite_address(lite_site: Path) -> Iterator[str]:
    """Return where that site is served."""
    with served(lite_site) as url:
        yield url
