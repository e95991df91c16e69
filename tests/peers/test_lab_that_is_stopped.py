"""Ctrl-C for `dicomkit lab`: the first ends it in order with all that runs in its kernels, the second at once."""

from __future__ import annotations

import json
import os
import select
import socket
import tempfile
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from jupyter_client.blocking.client import BlockingKernelClient

from tests.support.running_lab import TIMEOUT_S, Lab

pytestmark = pytest.mark.skipif(
    not hasattr(os, "pidfd_open"),
    reason="types Ctrl-C as a POSIX terminal does, and looks at processes by a handle of Linux",
)

# A receiver, and a command that has a child of its own; what it prints are a port and the processes.
BUSY = """
import os, pathlib, time
from dicomkit.network import StorageSCP
from dicomkit.reactions import Reactions
class Arrival:
    def values(self):
        return {"folder": "."}
scp = StorageSCP(".").start()
reactions = Reactions(["sh", "-c", "sleep 600 & echo $$ $! > new; mv new pid; wait"])
outcome = reactions.submit(Arrival())
while not pathlib.Path("pid").exists(): time.sleep(0.01)
print(scp.port, os.getpid(), pathlib.Path("pid").read_text(), flush=True)
"""
DEAF = "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\ntime.sleep(600)\n"


@pytest.fixture
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return where the lab keeps what it needs while it runs."""
    folder = tmp_path / "scratch"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return folder


@pytest.fixture
def lab(tmp_path: Path, scratch: Path) -> Iterator[Lab]:
    home = tmp_path / "home"
    home.mkdir()
    running = Lab(tmp_path / "workshop", home, "--port", "0", TMPDIR=str(scratch))
    try:
        yield running
    finally:
        if running.process.poll() is None:
            running.process.kill()
            running.process.communicate(timeout=TIMEOUT_S)


def run_in_a_kernel(lab: Lab, scratch: Path, code: str) -> list[int]:
    """Start a kernel and a cell in it; return the numbers that it prints first."""
    request = urllib.request.Request(f"{lab.url}api/kernels", data=b"{}", method="POST")  # noqa: S310 - this machine
    request.add_header("Authorization", f"token {lab.token}")
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=TIMEOUT_S) as answer:
        name = json.loads(answer.read())["id"]
    (connection,) = scratch.rglob(f"kernel-{name}.json")
    client = BlockingKernelClient(connection_file=str(connection))
    client.load_connection_file()
    client.start_channels(hb=False)  # a busy machine is no dead kernel
    try:
        client.wait_for_ready(timeout=TIMEOUT_S)
        asked = client.execute(code)
        while True:
            message = client.get_iopub_msg(timeout=TIMEOUT_S)
            if message["parent_header"].get("msg_id") == asked and message["msg_type"] == "stream":
                return [int(word) for word in message["content"]["text"].split()]
    finally:
        client.stop_channels()


def assert_nothing_is_left(port: int, handles: list[int], scratch: Path) -> None:
    for handle in handles:
        assert select.select([handle], [], [], TIMEOUT_S)[0]
        os.close(handle)
    with socket.create_server(("127.0.0.1", port)):
        pass
    assert list(scratch.iterdir()) == []


def test_the_first_ctrl_c_ends_kernels_receivers_and_commands(lab: Lab, scratch: Path) -> None:
    port, *processes = run_in_a_kernel(lab, scratch, BUSY)
    handles = [os.pidfd_open(number) for number in processes]
    lab.type_ctrl_c()
    printed, _ = lab.process.communicate(timeout=TIMEOUT_S)
    assert lab.process.returncode == 0
    assert "the workshop is closed" in printed
    assert_nothing_is_left(port, handles, scratch)


def test_the_second_ctrl_c_ends_all_at_once(lab: Lab, scratch: Path) -> None:
    port, *processes = run_in_a_kernel(lab, scratch, BUSY + DEAF)
    handles = [os.pidfd_open(number) for number in processes]
    lab.type_ctrl_c()
    lab.read_to("closing JupyterLab")
    lab.type_ctrl_c()
    printed, _ = lab.process.communicate(timeout=TIMEOUT_S)
    assert lab.process.returncode == 130
    assert "Traceback" not in printed
    assert_nothing_is_left(port, handles, scratch)
