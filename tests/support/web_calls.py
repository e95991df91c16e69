"""Requests over HTTP, by hand, as a test makes them."""

from __future__ import annotations

import contextlib
import json
import socket
import urllib.error
import urllib.request
from typing import Any, NamedTuple

DEADLINE_S = 60
CONTENT_TYPE = 'multipart/related; type="application/dicom"; boundary=bound'


class Reply(NamedTuple):
    """What came back."""

    status: int
    content_type: str
    body: bytes
    headers: dict[str, str]

    def json(self) -> Any:  # noqa: ANN401 - whatever JSON holds
        """Return what the body says."""
        return json.loads(self.body)

    @property
    def sentence(self) -> str:
        """The body as a text."""
        return self.body.decode()


def ask(url: str, *, body: bytes | None = None, method: str | None = None, **fields: str) -> Reply:
    """Make a request; a name such as ``Content_Type`` stands for the header field Content-Type."""
    headers = {name.replace("_", "-"): value for name, value in fields.items()}
    request = urllib.request.Request(url, data=body, headers=headers, method=method)  # noqa: S310 - of our own server
    try:
        with urllib.request.urlopen(request, timeout=DEADLINE_S) as answer:  # noqa: S310 - the same
            return Reply(
                answer.status, answer.headers.get("Content-Type", ""), answer.read(), dict(answer.headers)
            )
    except urllib.error.HTTPError as error:
        with error:
            return Reply(error.code, error.headers.get("Content-Type", ""), error.read(), dict(error.headers))


def store_body(contents: list[bytes], *, end: bytes = b"--bound--\r\n") -> bytes:
    """Return a body with these files as its parts."""
    head = b"--bound\r\nContent-Type: application/dicom\r\n\r\n"
    return b"".join(head + content + b"\r\n" for content in contents) + end


def say(port: int, *pieces: bytes, closes: bool = False) -> bytes:
    """Say some bytes to a server, and return all it says until it closes the connection.

    It may hang up before it has heard everything; a server that says nothing for too long is a failure.
    """
    with socket.create_connection(("127.0.0.1", port), timeout=DEADLINE_S) as sock:
        with contextlib.suppress(ConnectionError):
            for piece in pieces:
                sock.sendall(piece)
        if closes:
            with contextlib.suppress(OSError):  # it is not connected any more
                sock.shutdown(socket.SHUT_WR)
        heard = b""
        with contextlib.suppress(ConnectionError):
            while piece := sock.recv(1 << 16):
                heard += piece
        return heard
