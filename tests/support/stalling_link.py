"""A link between a sender and a receiver that stalls at one PDU (PS3.8 section 9.3) until it is released."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from typing import Self

DEADLINE_S = 120
ASSOCIATE_RQ, P_DATA, RELEASE_RP = 1, 4, 6


class StallingLink:
    """Forward to a port, PDU for PDU, and stop before one of them.

    `port` is where to call. `is_down` is set when the link has gone down; setting `goes_on` lets it forward again.
    """

    def __init__(self, port: int, kind: int, *, from_receiver: bool, nth: int = 1) -> None:
        self.is_down, self.goes_on = threading.Event(), threading.Event()
        self._kind, self._from_receiver, self._left = kind, from_receiver, nth
        self._to = port
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._door.getsockname()[1]
        self._sockets = [self._door]
        self._threads = [threading.Thread(target=self._accept)]

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                caller, _ = self._door.accept()
                called = socket.create_connection(("127.0.0.1", self._to))
                self._sockets += [caller, called]
                for source, sink, back in ((caller, called, False), (called, caller, True)):
                    thread = threading.Thread(target=self._forward, args=(source, sink, back))
                    thread.start()
                    self._threads.append(thread)

    def _forward(self, source: socket.socket, sink: socket.socket, back: bool) -> None:  # noqa: FBT001 - one of two ways
        with contextlib.suppress(OSError):
            while header := self._exactly(source, 6):
                kind, length = struct.unpack(">BxL", header)
                if kind == self._kind and back == self._from_receiver and not self.is_down.is_set():
                    self._left -= 1
                    if not self._left:
                        self.is_down.set()
                        assert self.goes_on.wait(DEADLINE_S)
                sink.sendall(header + self._exactly(source, length))
            sink.shutdown(socket.SHUT_WR)

    def _exactly(self, source: socket.socket, size: int) -> bytes:
        content = b""
        while len(content) < size and (piece := source.recv(size - len(content))):
            content += piece
        return content

    def __enter__(self) -> Self:
        self._threads[0].start()
        return self

    def __exit__(self, *_: object) -> None:
        self.goes_on.set()
        for each in self._sockets:
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()
        for thread in self._threads:
            thread.join(DEADLINE_S)
