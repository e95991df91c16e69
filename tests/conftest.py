"""What all tests share: the independent peers, and real files to try things on."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dicomkit.network import StorageSCP
from tests.support.byte_peer import BytePeer, associate_rq

DEADLINE_S = 60


@pytest.fixture(scope="session")
def peer() -> Callable[[str], str]:
    """Return a function that finds a peer's program: a skip where it is missing, a failure where it must not be."""

    def find(name: str) -> str:
        for folder in os.get_exec_path():
            path = shutil.which(name, path=folder)
            # pynetdicom installs Python scripts named storescp, echoscu and so on; they are no DCMTK.
            if path is not None and b"python" not in Path(path).read_bytes()[:256].partition(b"\n")[0]:
                return path
        reason = (
            f"{name} is not installed (Debian: apt-get install dcmtk dicom3tools dcm2niix chromium firefox-esr imagemagick procps "
            "orthanc orthanc-dicomweb)"
        )
        if os.environ.get("DICOMKIT_REQUIRE_PEERS") == "1":
            pytest.fail(reason)
        pytest.skip(reason)

    return find


@pytest.fixture(scope="session")
def dcmtk_version(peer: Callable[[str], str]) -> tuple[int, ...]:
    """Return the version of DCMTK: what it prints and how it rounds is not the same in all of them."""
    command = [peer("dcmdump"), "--version"]
    said = subprocess.run(command, check=True, capture_output=True, text=True, timeout=DEADLINE_S).stdout
    found = re.search(r"\bv(\d+)\.(\d+)\.(\d+)", said)
    assert found is not None, said
    return tuple(int(number) for number in found.groups())


@pytest.fixture
def dcmdump_says(peer: Callable[[str], str]) -> Callable[[Path], str]:
    """Return a function that has DCMTK read a file and returns what it warns of: nothing, at best."""

    def read(path: Path) -> str:
        command = [peer("dcmdump"), "-ll", "warn", str(path)]
        result = subprocess.run(command, check=False, capture_output=True, timeout=DEADLINE_S)
        assert result.stdout or result.stderr, f"dcmdump said nothing of {path.name}"
        return result.stderr.decode("latin-1")

    return read


@pytest.fixture
def dcmtk_storescp(peer: Callable[[str], str]) -> Iterator[Callable[..., int]]:
    """Return a function that starts DCMTK's storescp over a folder and returns its port once it answers."""
    programs = contextlib.ExitStack()

    def start(folder: Path, *options: str) -> int:
        folder.mkdir(parents=True, exist_ok=True)
        with socket.socket() as probe:  # DCMTK knows no port 0: take one that was free a moment ago
            probe.bind(("127.0.0.1", 0))
            port: int = probe.getsockname()[1]
        program = programs.enter_context(
            subprocess.Popen(
                [peer("storescp"), *options, "--output-directory", str(folder), str(port)],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        )
        programs.callback(program.terminate)
        echo = [peer("echoscu"), "127.0.0.1", str(port)]
        deadline = time.monotonic() + DEADLINE_S
        while subprocess.run(echo, check=False, capture_output=True, timeout=DEADLINE_S).returncode:
            assert program.poll() is None, "storescp ended at once"
            assert time.monotonic() < deadline, "storescp does not answer"
        return port

    with programs:
        yield start


@pytest.fixture
def connect() -> Iterator[Callable[..., BytePeer]]:
    """Return a function that connects a peer made of bytes to a port, and associates unless told not to."""
    with contextlib.ExitStack() as sockets:

        def make(port: int, **request: object) -> BytePeer:
            peer = BytePeer(port)
            sockets.callback(peer.socket.close)
            if request.pop("associated", True):
                peer.send(associate_rq(**request))  # type: ignore[arg-type]
                assert peer.receive()[0] == 2, "not accepted"
            return peer

        yield make


@pytest.fixture
def scp(tmp_path: Path) -> Iterator[StorageSCP]:
    """Return a receiver that runs, over the folder ``in``."""
    folder = tmp_path / "in"
    folder.mkdir()
    with StorageSCP(folder) as receiver:
        yield receiver
