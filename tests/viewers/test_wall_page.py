"""The wall as a page: which requests are answered, and that everything stays on this computer."""

from __future__ import annotations

import contextlib
import http.client
import json
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from dicomkit.errors import PortInUseError, UsageError
from dicomkit.network import Room
from dicomkit.network.web.page_server import PageServer
from dicomkit.samples import localiser
from dicomkit.viewers.wall.page import wall_page

JSON = {"Content-Type": "application/json"}


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    with Room(tmp_path / "room", 2) as room:
        yield room


@pytest.fixture
def page(room: Room) -> Iterator[PageServer]:
    with wall_page(room) as page:
        yield page
        page.check()


def asked(
    page: PageServer, method: str = "GET", path: str = "", body: bytes | None = None, **headers: str
) -> tuple[int, http.client.HTTPMessage, bytes]:
    """Return status, header fields and body of an answer."""
    address = urlsplit(page.url)
    connection = http.client.HTTPConnection(address.hostname or "", address.port or 0, timeout=60)
    fields = {name.replace("_", "-"): value for name, value in headers.items()}
    with contextlib.closing(connection):  # also where the server has cut it off
        connection.request(method, path if path.startswith("/") else address.path + path, body, fields)
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()


def pieces(page: PageServer, **question: Any) -> list[bytes]:  # noqa: ANN401 - whatever JSON can hold
    status, _, content = asked(page, "POST", "ask", json.dumps(question).encode(), **JSON)
    assert status == 200
    found = []
    while content:
        (length,) = struct.unpack(">I", content[:4])
        found.append(content[4 : 4 + length])
        content = content[4 + length :]
    return found


def test_the_page_is_served_here_only_and_to_who_has_its_address(page: PageServer) -> None:
    assert page.url.startswith("http://127.0.0.1:")
    status, fields, content = asked(page)
    assert status == 200
    assert b"Wall of ROOM" in content
    assert "default-src 'none'" in fields["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in fields["Content-Security-Policy"]
    assert fields["Cache-Control"] == "no-store"
    assert asked(page, path="/")[0] == 404
    assert asked(page, path="/" + "x" * 32 + "/")[0] == 404
    assert asked(page, "POST", "/" + "x" * 32 + "/ask", b"{}", **JSON)[0] == 404


def test_pages_of_others_are_refused(page: PageServer) -> None:
    port = urlsplit(page.url).port
    assert asked(page, Host=f"evil.example:{port}")[0] == 403, "DNS rebinding"
    assert asked(page, "POST", "ask", b"{}", Origin="https://evil.example", **JSON)[0] == 403
    assert asked(page, "POST", "ask", b"{}", Origin="null", **JSON)[0] == 403
    assert asked(page, "POST", "ask", b"{}", **{"Content-Type": "text/plain"})[0] == 415
    assert asked(page, "POST", "ask", b"{}", Origin=f"http://127.0.0.1:{port}", **JSON)[0] == 200
    assert asked(page, Host=f"localhost:{port}")[0] == 200
    assert asked(page, "OPTIONS", "ask", Origin="https://evil.example")[0] == 403


def test_the_wall_answers_and_opens_one_viewer_at_a_time(room: Room, page: PageServer) -> None:
    seat = Room.join(room.seats["STUDENT02"])
    assert seat.send([localiser(size=16, attendee="02")]).is_complete
    (text,) = pieces(page, viewer=0, question={"ask": "wall"})
    assert [card["count"] for card in json.loads(text)["cards"]] == [0, 1]
    text, pixels = pieces(
        page, viewer=0, question={"ask": "last picture", "title": "STUDENT02", "picture": 1}
    )
    assert json.loads(text)["rows"] * json.loads(text)["columns"] == len(pixels)
    fronts = [
        json.loads(pieces(page, open=kind, title="STUDENT02")[0]) for kind in ("images", "metadata", "ladder")
    ]
    assert [front["viewer"] for front in fronts] == [1, 2, 3]
    assert all("render" in front["code"] for front in fronts)
    assert "closed" in json.loads(pieces(page, viewer=1, question={"ask": "frame"})[0])["problem"]


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ({"open": "images", "title": "STUDENT01"}, "has sent nothing"),
        ({"open": "images", "title": "../x"}, "not on the roster"),
        ({"open": "__class__", "title": "STUDENT01"}, "no such viewer"),
        ({"viewer": 7, "question": {"ask": "wall"}}, "closed"),
        ({"viewer": 0, "question": {"ask": "secrets"}}, "no such question"),
        ({"viewer": 0}, "no question"),
        ({"viewer": 0, "question": 3}, "no question"),
    ],
)
def test_what_cannot_be_answered_is_said(page: PageServer, question: dict[str, Any], words: str) -> None:
    assert words in json.loads(pieces(page, **question)[0])["problem"]


def test_what_is_no_json_or_too_long_is_refused(page: PageServer) -> None:
    _, _, content = asked(page, "POST", "ask", b"{", **JSON)
    assert b"no question of the page" in content
    with pytest.raises((ConnectionError, http.client.HTTPException, AssertionError)):
        assert asked(page, "POST", "ask", b" " * (1 << 20), **JSON)[0] == 400


def test_a_port_that_is_taken_is_said_and_what_is_no_room_too(room: Room, page: PageServer) -> None:
    with pytest.raises(PortInUseError):
        wall_page(room, page.port).start()
    with pytest.raises(UsageError):
        wall_page("room")  # type: ignore[arg-type] # - the point of the test
