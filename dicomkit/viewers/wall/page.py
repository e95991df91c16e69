"""The wall outside a notebook: a page for the projector, served on this computer only."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
from pathlib import Path

from dicomkit.errors import DicomKitError, UsageError
from dicomkit.network import Room
from dicomkit.network.web.page_server import PageServer
from dicomkit.text import escape_html
from dicomkit.viewers.frame.front_end import front_end
from dicomkit.viewers.frame.viewer import Answer, Viewer
from dicomkit.viewers.wall.viewer import RoomWall

__all__ = ["wall_page"]

_PAGE = Path(__file__).with_name("page.html")
_KINDS = ("images", "metadata", "ladder")
_WALL = 0


def wall_page(room: Room, port: int = 0) -> PageServer:
    """Return a server of the wall of `room`; use it in a ``with`` statement, and open its ``url``.

    Parameters
    ----------
    room
        An open room.
    port
        The TCP port of 127.0.0.1; 0 takes a free one.

    Raises
    ------
    UsageError
        If `room` is not a room, or `port` not a port.
    """
    viewers = _Viewers(RoomWall(room))
    script = front_end("wall/page")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode("ascii")
    policy = (
        f"default-src 'none'; script-src 'sha256-{digest}' blob:; style-src 'unsafe-inline'; img-src blob: data:; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    page = _PAGE.read_text(encoding="utf-8").format(
        title=escape_html(f"Wall of {room.ae_title}"),
        front=viewers.front(_WALL).replace("<", "\\u003c"),
        script=script,
    )
    return PageServer(page, policy, viewers.take, port)


class _Viewers:
    """The wall, and the viewer that was opened last from it; an earlier one is closed."""

    def __init__(self, wall: RoomWall) -> None:
        self._wall = wall
        self._lock = threading.Lock()
        self._opened: Viewer | None = None
        self._number = _WALL

    def front(self, number: int) -> str:
        """Return the front end of a viewer as JSON."""
        return json.dumps({"viewer": number, **self._viewer(number).front()._asdict()})

    def take(self, body: bytes) -> list[bytes]:
        """Answer a question of the page: for an open viewer, or to open one."""
        try:
            asked = json.loads(body)
            if "open" in asked:
                return [self._open(str(asked["open"]), str(asked["title"])).encode()]
            answer = self._viewer(asked["viewer"]).reply(dict(asked["question"]))
        except DicomKitError as error:
            answer = Answer({"problem": str(error)})
        except (ValueError, KeyError, TypeError):
            answer = Answer({"problem": "this is no question of the page"})
        return answer.encoded()

    def _viewer(self, number: object) -> Viewer:
        with self._lock:
            if number == _WALL:
                return self._wall
            if self._opened is None or number != self._number:
                raise UsageError("viewer", "it was closed", "open it again from the wall")
            return self._opened

    def _open(self, kind: str, title: str) -> str:
        if kind not in _KINDS:
            raise UsageError("question", "a wall opens no such viewer", f"ask for {', '.join(_KINDS)}")
        viewer: Viewer = getattr(self._wall, kind)(title)
        with self._lock:
            before, self._opened = self._opened, viewer
            self._number += 1
            number = self._number
        if before is not None:
            before.close()
        return self.front(number)
