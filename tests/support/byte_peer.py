"""A peer made of bytes (PS3.8 section 9.3), which knows nothing of the package."""

from __future__ import annotations

import contextlib
import socket
import struct
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

CT = "1.2.840.10008.5.1.4.1.1.2"
VERIFICATION = "1.2.840.10008.1.1"
EXPLICIT = "1.2.840.10008.1.2.1"
IMPLICIT = "1.2.840.10008.1.2"
DEADLINE_S = 120


def stored_files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def threads_and_sockets() -> tuple[frozenset[threading.Thread], frozenset[str]]:
    """Return the threads and, on Linux, the sockets of this process."""
    links: list[str] = []
    for path in Path("/proc/self/fd").iterdir() if sys.platform == "linux" else ():
        with contextlib.suppress(OSError):  # the descriptor by which the folder was read
            links.append(str(path.readlink()))
    return frozenset(threading.enumerate()), frozenset(link for link in links if link.startswith("socket:"))


def new_since(before: tuple[frozenset[object], frozenset[str]]) -> list[object]:
    """Return the threads and sockets that were not there before; what earlier tests left may end meanwhile."""
    threads, sockets = threads_and_sockets()
    return [*(threads - before[0]), *(sockets - before[1])]


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        threading.Event().wait(0.005)


def item(kind: int, content: bytes) -> bytes:
    return struct.pack(">BxH", kind, len(content)) + content


def associate_rq(
    called: str = "DICOMKIT",
    calling: str = "BYTES",
    abstract: str = CT,
    transfer: str = EXPLICIT,
    contexts: int = 1,
) -> bytes:
    body = struct.pack(">H2x16s16s32x", 1, called.ljust(16).encode(), calling.ljust(16).encode())
    body += item(0x10, b"1.2.840.10008.3.1.1.1")
    for number in range(contexts):
        syntaxes = item(0x30, abstract.encode()) + item(0x40, transfer.encode())
        body += item(0x20, bytes([2 * number + 1, 0, 0, 0]) + syntaxes)
    body += item(0x50, item(0x51, struct.pack(">L", 16384)) + item(0x52, b"1.2.3"))
    return struct.pack(">BxL", 1, len(body)) + body


def command_element(number: int, value: bytes) -> bytes:
    value += b"\0" * (len(value) % 2)
    return struct.pack("<HHL", 0, number, len(value)) + value


def c_store_command(uid: str = "1.2.3.4", sop_class: str = CT, field: int = 1, has_data: int = 1) -> bytes:
    content = command_element(0x0002, sop_class.encode()) + command_element(0x0100, struct.pack("<H", field))
    content += command_element(0x0110, struct.pack("<H", 7)) + command_element(0x0700, struct.pack("<H", 0))
    content += command_element(0x0800, struct.pack("<H", has_data)) + command_element(
        0x1000, uid.encode("latin-1")
    )
    return command_element(0, struct.pack("<L", len(content))) + content


def p_data(fragment: bytes, control: int, context: int = 1) -> bytes:
    value = struct.pack(">LBB", len(fragment) + 2, context, control) + fragment
    return struct.pack(">BxL", 4, len(value)) + value


def data_set(uid: str = "1.2.3.4", study: str | None = "1.2.3", *, tail: bytes = b"") -> bytes:
    def element(group: int, number: int, value: str) -> bytes:
        encoded = value.encode("latin-1") + b"\0" * (len(value) % 2)
        return struct.pack("<HH2sH", group, number, b"UI", len(encoded)) + encoded

    content = (
        element(8, 0x16, CT)
        + element(8, 0x18, uid)
        + (element(0x20, 0x0D, study) if study is not None else b"")
    )
    return content + tail


RELEASE = struct.pack(">BxL4x", 5, 4)


class BytePeer:
    """A socket with a time-out that reads whole PDUs."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=DEADLINE_S)

    def send(self, *pdus: bytes) -> None:
        self.socket.sendall(b"".join(pdus))

    def receive(self) -> tuple[int, bytes]:
        """Return the type and body of a PDU; type 0 when the connection is closed."""
        header = self._exactly(6)
        if len(header) < 6:
            return 0, b""
        kind, length = struct.unpack(">BxL", header)
        return kind, self._exactly(length)

    def status(self) -> int:
        kind, body = self.receive()
        assert kind == 4, kind
        position = body.index(struct.pack("<HHL", 0, 0x0900, 2))
        return int(struct.unpack_from("<H", body, position + 8)[0])

    def _exactly(self, size: int) -> bytes:
        content = b""
        with contextlib.suppress(ConnectionResetError):
            while len(content) < size and (piece := self.socket.recv(size - len(content))):
                content += piece
        return content
