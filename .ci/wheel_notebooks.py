"""A hook of hatchling: the notebooks inside the wheel are a learner's, so they have no outputs.

Whoever builds from a checkout has the outputs beside it; whoever installs the wheel opens what it holds.
"""

from __future__ import annotations

import runpy
import shutil
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class WheelNotebooks(BuildHookInterface[Any]):
    """Put stripped copies of the notebooks, and the files that they show, into the package."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Before the build: make the copies. An editable install takes the checkout's own notebooks."""
        if version == "editable":
            return
        root = Path(self.root)
        # By its path: where a wheel is built, neither the kit nor what it needs is installed.
        unrun_bytes = runpy.run_path(str(root / "dicomkit" / "workshop" / "unrun.py"))["unrun_bytes"]
        self._folder = Path(tempfile.mkdtemp(prefix="dicomkit-notebooks-"))
        copied = self._folder / "notebooks"
        shutil.copytree(root / "notebooks", copied, ignore=shutil.ignore_patterns(".*", "__*"))
        for path in copied.glob("*.ipynb"):
            path.write_bytes(unrun_bytes(path.read_bytes()))
        build_data["force_include"][str(copied)] = "dicomkit/notebooks"

    def finalize(self, version: str, _build_data: dict[str, Any], _artifact_path: str) -> None:
        """After the build: take the copies away."""
        if version != "editable":
            shutil.rmtree(self._folder)
