"""Run code in a kernel of this Python, as JupyterLab does."""

from __future__ import annotations

import contextlib
import json
import os
import queue
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from dicomkit.errors import WorkshopError

__all__ = ["check_kernel", "execute_notebook"]

_START_TIMEOUT_S = 60
_CELL_TIMEOUT_S = 60


def check_kernel() -> None:
    """Start a kernel and have it add one and one.

    Raises
    ------
    WorkshopError
        If it does not start or answer.
    """
    with _explained("kernel"):
        from jupyter_client.manager import KernelManager  # noqa: PLC0415 - slow, and part of an extra

        manager = KernelManager(kernel_name="python3", kernel_spec_manager=_own_kernel_only())
        with open(os.devnull, "wb") as nowhere:  # noqa: PTH123 - a device, not a path
            manager.start_kernel(stdout=nowhere, stderr=nowhere)
        client = manager.client()
        try:
            client.start_channels()
            client.wait_for_ready(timeout=_START_TIMEOUT_S)
            reply = client.execute_interactive(
                "", user_expressions={"sum": "1 + 1"}, timeout=_CELL_TIMEOUT_S, output_hook=_ignore
            )
            answer = reply["content"]["user_expressions"]["sum"]["data"]["text/plain"]
        finally:
            client.stop_channels()
            manager.shutdown_kernel(now=True)
            manager.cleanup_resources()
    if answer != "2":
        raise WorkshopError("kernel", "it does not say that 1 + 1 is 2", "install the lab again")


def execute_notebook(notebook: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Return a copy of `notebook` with the outputs of a new kernel; later cells run even if one fails.

    Parameters
    ----------
    notebook
        The JSON of a notebook.
    folder
        The working folder of its kernel.

    Raises
    ------
    WorkshopError
        If the kernel does not start, dies, or a cell takes longer than a minute.
    """
    with _explained(str(folder)):
        import nbformat  # noqa: PLC0415 - slow, and part of an extra
        from jupyter_client.manager import AsyncKernelManager  # noqa: PLC0415
        from nbclient import NotebookClient  # noqa: PLC0415

        manager = AsyncKernelManager(kernel_name="python3", kernel_spec_manager=_own_kernel_only())
        client = NotebookClient(
            nbformat.reads(json.dumps(notebook), as_version=4),  # type: ignore[no-untyped-call]
            km=manager,
            allow_errors=True,
            store_widget_state=False,
            timeout=_CELL_TIMEOUT_S,
            startup_timeout=_START_TIMEOUT_S,
            iopub_timeout=_CELL_TIMEOUT_S,  # on a busy machine an output may arrive after the idle message
            resources={"metadata": {"path": str(folder)}},
        )
        with open(os.devnull, "wb") as nowhere:  # noqa: PTH123 - a device, not a path
            executed: dict[str, Any] = client.execute(
                cleanup_kc=True, stderr=nowhere, env=os.environ | {"NO_COLOR": "1"}
            )
    return executed


def _own_kernel_only() -> Any:  # noqa: ANN401 - its package has no types
    """Return a kernel spec manager without folders, which leaves only this interpreter's own kernel."""
    from jupyter_client.kernelspec import KernelSpecManager  # noqa: PLC0415

    return KernelSpecManager(kernel_dirs=[])


@contextlib.contextmanager
def _explained(given: str) -> Iterator[None]:
    try:
        yield
    except ImportError as error:
        raise WorkshopError(
            given, f"the package {error.name} is missing", f"install it: pip install {error.name}"
        ) from error
    except (RuntimeError, TimeoutError, OSError, queue.Empty, KeyError) as error:
        if isinstance(error, WorkshopError):
            raise
        raise WorkshopError(
            given,
            f"a kernel did not start, or did not answer ({type(error).__name__})",
            "close programs that use much memory, allow Python in the firewall, then run 'dicomkit doctor'",
        ) from error


def _ignore(_message: dict[str, Any]) -> None:
    """Discard the kernel's output."""
