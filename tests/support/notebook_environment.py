"""The environment in which notebooks are run and compared: the same for every machine and every user."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

SANITIZE_FILE = Path(__file__).resolve().parent / "notebook_sanitize.cfg"

FIXED = {
    "PYTHONHASHSEED": "0",  # the order of a set of texts
    "TZ": "UTC",
    "LC_ALL": "C.UTF-8",
    "PYTHONIOENCODING": "utf-8",
    "COLUMNS": "80",  # what wraps its lines by the terminal's width
    "NO_COLOR": "1",
}
# What a user has set for himself changes outputs; matplotlib then draws inline, as in the browser.
DROPPED = ("MPLBACKEND", "PYTHONWARNINGS", "PYTHONSTARTUP", "FORCE_COLOR", "PYTHONPATH", "IPYTHONDIR")


def environment(folder: Path) -> dict[str, str | None]:
    """Return the variables to set, or to drop where the value is None.

    Parameters
    ----------
    folder
        A new, empty folder. The kernel's own files and the learner's record go there.
    """
    own = {
        "DICOMKIT_STATE_FOLDER": folder / "state",
        "IPYTHONDIR": folder / "ipython",
        "JUPYTER_CONFIG_DIR": folder / "jupyter-config",
        "JUPYTER_DATA_DIR": folder / "jupyter-data",
        "JUPYTER_RUNTIME_DIR": folder / "jupyter-runtime",
        "MPLCONFIGDIR": folder.parent / "matplotlib",  # shared: its font list takes seconds to make
    }
    is_first = not own["MPLCONFIGDIR"].exists()
    for path in own.values():
        path.mkdir(parents=True, exist_ok=True)
    if is_first:
        make_font_list(own["MPLCONFIGDIR"])
    return {**dict.fromkeys(DROPPED), **FIXED, **{name: str(path) for name, path in own.items()}}


def make_font_list(folder: Path) -> None:
    """Let matplotlib look for fonts now: in a kernel on a busy machine it says on stderr that it does."""
    subprocess.run(
        [sys.executable, "-c", "import matplotlib.font_manager"],
        check=True,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "MPLCONFIGDIR": str(folder)},
    )


def apply(variables: dict[str, str | None]) -> None:
    """Set and drop variables of this process; kernels inherit them."""
    for name, value in variables.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
