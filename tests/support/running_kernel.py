"""A notebook's kernel in a separate process, whose cells are run, interrupted and lost with it."""

from __future__ import annotations

import queue
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

from jupyter_client.manager import KernelManager

DEADLINE_S = 60


class RunningKernel:
    """A kernel of this Python, with `folder` as its current folder."""

    def __init__(self, folder: Path) -> None:
        self.manager = KernelManager()
        kernel_spec = self.manager.kernel_spec
        assert kernel_spec is not None
        kernel_spec.argv = [sys.executable, "-P", "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        self.manager.start_kernel(cwd=str(folder))
        self._connect()

    def _connect(self) -> None:
        self._client = self.manager.blocking_client()
        self._client.start_channels()
        self._client.wait_for_ready(timeout=DEADLINE_S)

    @property
    def pid(self) -> int:
        provisioner: Any = self.manager.provisioner
        return int(provisioner.pid)

    def run(self, code: str, on_print: Callable[[str], object] = lambda _: None) -> tuple[str, str]:
        """Run a cell; return what it printed, and the name of what it raised. `on_print` hears of each piece."""
        asked = self._client.execute(code)
        printed, raised = "", ""
        deadline = time.monotonic() + DEADLINE_S
        while True:
            assert time.monotonic() < deadline, f"the cell does not end: {printed}"
            try:
                message = self._client.get_iopub_msg(timeout=1)
            except queue.Empty:
                continue
            if message["parent_header"].get("msg_id") != asked:
                continue
            content = message["content"]
            if message["msg_type"] == "stream":
                printed += content["text"]
                on_print(printed)
            elif message["msg_type"] == "error":
                raised = f"{content['ename']}: {content['evalue']}"
            elif message["msg_type"] == "status" and content["execution_state"] == "idle":
                return printed, raised

    def interrupt(self) -> None:
        self.manager.interrupt_kernel()

    def restart(self) -> None:
        self._client.stop_channels()
        self.manager.restart_kernel()
        self._connect()

    def kill(self) -> None:
        self.manager.shutdown_kernel(now=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.stop_channels()
        self.manager.shutdown_kernel(now=True)
