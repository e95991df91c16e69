"""How pytest runs the notebooks: every stored output is compared with a new one (nbval)."""

# ruff: noqa: INP001 - pytest loads this file by its path

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest

from tests.support.notebook_environment import SANITIZE_FILE, apply, environment

_before = pytest.StashKey[dict[str, str | None]]()
_folder = pytest.StashKey["tempfile.TemporaryDirectory[str]"]()
_current = pytest.StashKey[Path]()


def pytest_configure(config: pytest.Config) -> None:
    """Give nbval its rules by an absolute path: it opens them in whatever folder it happens to be."""
    config.option.nbval_sanitize_with = str(SANITIZE_FILE)
    config.stash[_folder] = tempfile.TemporaryDirectory(
        prefix="dicomkit-notebooks-", ignore_cleanup_errors=True
    )


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Remove what the kernels wrote; pytest_unconfigure is not called in the workers of pytest-xdist."""
    session.config.stash[_folder].cleanup()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Set the environment before the kernel of a notebook starts: a new learner for each notebook."""
    stash = item.config.stash
    if item.path.suffix != ".ipynb" or stash.get(_current, None) == item.path:
        return
    variables = environment(Path(stash[_folder].name) / item.path.stem)
    stash.setdefault(_before, {name: os.environ.get(name) for name in variables})
    apply(variables)
    stash[_current] = item.path


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """Give the environment back behind the last cell of a notebook."""
    stash = item.config.stash
    if _current in stash and (nextitem is None or nextitem.path != item.path):
        del stash[_current]
        apply(stash[_before])
        del stash[_before]
