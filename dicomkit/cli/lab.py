"""Copy the notebooks to a folder and open JupyterLab there.

JupyterLab runs as a process of the same Python and listens on this computer only. It connects to nothing: no news, no
update check, no extension catalogue. The user's own Jupyter settings are not changed.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from dicomkit.cli.arguments import CommandParser, port_number
from dicomkit.cli.interruption import STATUS_INTERRUPTED
from dicomkit.cli.process_tree import ProcessTree
from dicomkit.cli.stopping import StopFlag, end_in_order, stopped_by_signals
from dicomkit.errors import PortInUseError, WorkshopError
from dicomkit.lessons.catalogue import NOTEBOOKS
from dicomkit.workshop.copies import DEFAULT_FOLDER, MANIFEST_NAME, PlacedFiles, copy_workshop

__all__ = ["STYLES", "make_parser", "run"]

_START_TIMEOUT_S = 90
_STOP_TIMEOUT_S = 10
_POLL_S = 0.05
_LAST_LOG_LINES = 5

# Settings with which JupyterLab would connect to other computers, or let npm do so.
_SILENT = (
    "--LabApp.news_url=None",
    "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    "--LabApp.extension_manager=readonly",
    "--LanguageServerManager.autodetect=False",
)
# It asks whether to fetch news, whatever news_url is.
_DISABLED_PLUGINS = {"@jupyterlab/apputils-extension:announcements": True}

STYLES = Path(__file__).resolve().parent / "styles"
# For a projector: one document at a time, no bars but the menu and the notebook's own.
_PRESENT_SETTINGS = {
    "@jupyterlab/application-extension:shell": {"startMode": "single"},
    "@jupyterlab/statusbar-extension:plugin": {"visible": False},
}
_HIDDEN_BAR = {"collapsed": True, "visible": False}
_PRESENT_WORKSPACE = {
    "data": {"layout-restorer:data": {"left": _HIDDEN_BAR, "right": _HIDDEN_BAR}},
    "metadata": {"id": "default"},
}


def make_parser() -> CommandParser:
    """Return the parser of ``dicomkit lab``."""
    parser = CommandParser(
        "lab", "Copy the notebooks to a folder, never over one that you edited, and open JupyterLab there."
    )
    parser.add_argument(
        "folder", metavar="FOLDER", nargs="?", help="default: dicom-workshop, or this folder if it is one"
    )
    parser.add_argument(
        "--copy-only", action="store_true", help="only copy: on a JupyterHub, where JupyterLab runs already"
    )
    parser.add_argument(
        "--present",
        action="store_true",
        help="large letters and nothing beside the notebook, for a projector",
    )
    parser.add_argument("--no-browser", action="store_true", help="only print the address")
    parser.add_argument(
        "--port", metavar="N", type=port_number, help="TCP port; 0 picks a free one (default: 8888 or near)"
    )
    return parser


def run(options: argparse.Namespace) -> int:
    """Copy, start, print the address, and wait until JupyterLab ends or Ctrl-C is pressed, once or twice."""
    for package in () if options.copy_only else ("jupyterlab", "ipykernel"):
        if importlib.util.find_spec(package) is None:
            raise WorkshopError(
                package, "this package is not installed", f"install it: pip install {package}"
            )
    here = Path(MANIFEST_NAME).is_file()  # run inside the workshop's folder: do not nest copies
    folder = Path(options.folder or ("." if here else DEFAULT_FOLDER)).resolve()
    _report_copies(copy_workshop(folder), folder)
    if options.copy_only:
        return 0
    with (
        stopped_by_signals() as stop,
        tempfile.TemporaryDirectory(prefix="dicomkit-lab-", ignore_cleanup_errors=True) as name,
        _running_lab(folder, Path(name), options) as lab,
    ):
        address = _wait_for_address(lab, Path(name), options.port, stop)
        if address is not None:
            print(f"address: {address}", "stop with Ctrl-C", sep="\n", flush=True)
        while lab.poll() is None and not stop.is_set():
            with contextlib.suppress(subprocess.TimeoutExpired):
                lab.wait(_POLL_S)
        if not stop.is_set() and lab.returncode != 0:
            raise _failure(f"it ended with status {lab.returncode}", Path(name))
        tree = ProcessTree(lab)
        tree.update()
        if stop.is_set():
            print("closing JupyterLab and its kernels; Ctrl-C again ends them at once", flush=True)
        is_in_order = end_in_order(stop, lambda: _end(lab, tree), tree.kill)
    print("the workshop is closed; your notebooks are in", folder)
    return 0 if is_in_order else STATUS_INTERRUPTED


def _report_copies(placed: PlacedFiles, folder: Path) -> None:
    print(f"notebooks: {folder}")
    for label, names in (("updated", placed.updated), ("kept as you left them", placed.kept)):
        notebooks = [name for name in names if name.endswith(".ipynb")]
        if notebooks:
            print(f"{label}: {', '.join(notebooks)}")
    sys.stdout.flush()


@contextlib.contextmanager
def _running_lab(
    folder: Path, scratch: Path, options: argparse.Namespace
) -> Iterator[subprocess.Popen[bytes]]:
    """Run JupyterLab in `folder`; all its processes end with the block."""
    _write_kernel_spec(scratch)
    _write_look(scratch, for_projector=options.present)
    # -P: a learner's file such as json.py in the current folder must not shadow a module.
    command = [sys.executable, "-P", "-m", "jupyterlab", *_server_options(folder, options), *_SILENT]
    if options.present:
        command.append(f"--LabApp.app_settings_dir={scratch / 'settings'}")
    with (scratch / "jupyterlab.log").open("wb") as log:
        lab = subprocess.Popen(  # noqa: S603 - this Python, and options that are composed here
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            env=os.environ | _server_environment(scratch),
        )
        try:
            yield lab
        finally:
            if lab.poll() is None:
                ProcessTree(lab).kill()


def _server_options(folder: Path, options: argparse.Namespace) -> list[str]:
    words = [
        "--ServerApp.ip=127.0.0.1",
        f"--ServerApp.root_dir={folder}",
        f"--LabApp.default_url=/lab/tree/{NOTEBOOKS[0].file_name}",
        f"--ServerApp.open_browser={not options.no_browser}",
        # A browser in a sandbox (snap, Flatpak) cannot read the file through which Jupyter would pass the token.
        "--ServerApp.use_redirect_file=False",
        "--ServerApp.answer_yes=True",  # no confirmation for Ctrl-C
    ]
    if options.port is not None:
        words += [f"--ServerApp.port={options.port}", "--ServerApp.port_retries=0"]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        # In a container everybody is root; the server listens to this machine only.
        words.append("--allow-root")
    return words


def _server_environment(scratch: Path) -> dict[str, str]:
    """Return changes of the environment: separate run-time files, kernel and window layout."""

    def before(folder: str, variable: str) -> str:
        return os.pathsep.join(part for part in (str(scratch / folder), os.environ.get(variable, "")) if part)

    return {
        "JUPYTER_RUNTIME_DIR": str(scratch / "runtime"),
        "JUPYTERLAB_WORKSPACES_DIR": str(scratch / "workspaces"),
        "JUPYTER_PATH": before("data", "JUPYTER_PATH"),
        "JUPYTER_CONFIG_PATH": before("config", "JUPYTER_CONFIG_PATH"),
    }


def _write_look(scratch: Path, *, for_projector: bool) -> None:
    """Write JupyterLab's settings: no news, the kit's style, and for a projector one document only."""
    config = scratch / "config"
    styles = config / "custom"
    _write_json(config / "labconfig" / "page_config.json", {"disabledExtensions": _DISABLED_PLUGINS})
    _write_json(
        config / "jupyter_server_config.json",
        {
            "LabApp": {"custom_css": True},
            "ServerApp": {"tornado_settings": {"static_custom_path": [str(styles)]}},
        },
    )
    styles.mkdir()
    names = ("lab", "present") if for_projector else ("lab",)
    text = "\n".join((STYLES / f"{name}.css").read_text(encoding="utf-8") for name in names)
    (styles / "custom.css").write_text(text, encoding="utf-8")
    if for_projector:
        _write_json(scratch / "settings" / "overrides.json", _PRESENT_SETTINGS)
        _write_json(scratch / "workspaces" / "default-37a8.jupyterlab-workspace", _PRESENT_WORKSPACE)


def _write_json(path: Path, content: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content), encoding="utf-8")


def _write_kernel_spec(scratch: Path) -> None:
    """Describe the kernel 'python3' as this Python, whatever the user registered under that name."""
    from ipykernel.kernelspec import write_kernel_spec  # noqa: PLC0415 - slow, and part of an extra

    (scratch / "data" / "kernels").mkdir(parents=True)
    write_kernel_spec(str(scratch / "data" / "kernels" / "python3"))


def _wait_for_address(
    lab: subprocess.Popen[bytes], scratch: Path, port: int | None, stop: StopFlag
) -> str | None:
    """Wait until the server answers; return the address of the first notebook, or None if stopped."""
    deadline = time.monotonic() + _START_TIMEOUT_S
    while time.monotonic() < deadline:
        if stop.is_set():
            return None
        if lab.poll() is not None:
            failure = _failure(f"it did not start (status {lab.returncode})", scratch)
            if port and "already in use" in failure.problem:
                raise PortInUseError(
                    f"port {port}", "another program listens there", "leave --port out, or say --port 0"
                )
            raise failure
        server = _server_info(scratch)
        if server is not None and _answers(server["url"]):
            return f"{server['url']}lab/tree/{NOTEBOOKS[0].file_name}?token={server['token']}"
        time.sleep(_POLL_S)
    raise _failure(f"it did not answer for {_START_TIMEOUT_S} s", scratch)


def _server_info(scratch: Path) -> dict[str, Any] | None:
    """Return the server's own description, if it has been written."""
    for path in (scratch / "runtime").glob("jpserver-*.json"):
        with contextlib.suppress(OSError, ValueError):  # not complete yet
            info: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
            return info
    return None


def _answers(url: str) -> bool:
    # Without proxies: a hospital's proxy would be used for 127.0.0.1.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        opener.open(f"{url}api", timeout=_STOP_TIMEOUT_S).close()
    except urllib.error.HTTPError:
        return True  # an error is an answer, too
    except OSError:
        return False
    return True


def _failure(what: str, scratch: Path) -> WorkshopError:
    """Return an error with the server's last line."""
    text = (scratch / "jupyterlab.log").read_text(encoding="utf-8", errors="replace")
    said = [line.strip() for line in text.splitlines() if line.strip()][-_LAST_LOG_LINES:]
    return WorkshopError("JupyterLab", f"{what}: {' | '.join(said)}", "run 'dicomkit doctor'")


def _end(lab: subprocess.Popen[bytes], tree: ProcessTree) -> None:
    """End the server, its kernels, and the processes that they run."""
    if lab.poll() is None:
        lab.terminate()
        try:
            lab.wait(_STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            tree.kill()
