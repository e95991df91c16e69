"""A running `dicomkit lab`, for tests."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Sequence
from pathlib import Path

import pytest

# -P: as the installed command, which does not look for modules in the current folder.
COMMAND = (sys.executable, "-P", "-c", "from dicomkit.cli import main; raise SystemExit(main())")
TIMEOUT_S = 120


class Lab:
    """A running `dicomkit lab`, and a small client for its server."""

    def __init__(
        self, folder: Path, home: Path, *words: str, command: Sequence[str] = COMMAND, **variables: str
    ) -> None:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("JUPYTER")}
        environment |= {"HOME": str(home), "USERPROFILE": str(home), "http_proxy": "http://127.0.0.1:9"}
        environment |= variables
        self.process = subprocess.Popen(
            [*command, "lab", str(folder), "--no-browser", *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=environment,
            cwd=home,
            start_new_session=True,  # as in a terminal of its own
        )
        self.printed = ""
        self.read_to("stop with")
        found = re.search(r"address: (http://127\.0\.0\.1:(\d+)/)lab/tree/(\S+)\?token=(\w+)", self.printed)
        if found is None:
            self.process.communicate(timeout=TIMEOUT_S)
            pytest.fail(f"no address in: {self.printed}")
        self.folder = folder
        self.url, self.port, self.opened, self.token = found[1], int(found[2]), found[3], found[4]

    def read_to(self, beginning: str) -> None:
        """Read what is printed up to a line that begins so, or to the end."""
        assert self.process.stdout is not None
        # A server that hangs would otherwise hang the test: reading its output has no time-out.
        guard = threading.Timer(TIMEOUT_S, self.process.kill)
        guard.start()
        for line in self.process.stdout:
            self.printed += line
            if line.startswith(beginning):
                break
        guard.cancel()

    def get(self, path: str, *, token: str | None = None) -> bytes:
        request = urllib.request.Request(f"{self.url}{path}")  # noqa: S310 - http, this machine
        request.add_header("Authorization", f"token {self.token if token is None else token}")
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=TIMEOUT_S) as answer:
            content: bytes = answer.read()
        return content

    def type_ctrl_c(self) -> None:
        """Do what a terminal does: tell everybody in the foreground."""
        os.killpg(self.process.pid, signal.SIGINT)

    def stop(self, number: int) -> int:
        self.process.send_signal(number)
        output, _ = self.process.communicate(timeout=TIMEOUT_S)
        self.printed += output
        return self.process.returncode
