"""The wall of a room: who is present, who has sent, what was refused and why, and the last picture of each."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import traitlets

from dicomkit.errors import UsageError
from dicomkit.network import Room
from dicomkit.network.room import ClassProgress, WallRow
from dicomkit.text import counted, escape_terminal
from dicomkit.viewers.association.viewer import AssociationDiagram
from dicomkit.viewers.frame.front_end import front_end, styles
from dicomkit.viewers.frame.viewer import Answer, Viewer
from dicomkit.viewers.image.viewer import ImageViewer
from dicomkit.viewers.inbox.arrived_pictures import thumbnail_answer
from dicomkit.viewers.metadata.viewer import MetadataViewer

__all__ = ["RoomWall"]

_SHOWN_TURNED_AWAY = 3
_SHOWN_MET = 8


class RoomWall(Viewer):
    """Show a room to everybody in it, live: a card for each attendee, in large type.

    The button *full screen*, or the key F, fills the projector; *progress*, or P, shows the progress of those who share
    it (`dicomkit.lessons.share_progress`), and the most frequent misconceptions. Click a card, or choose one with the
    arrow keys: `selected` is then that attendee's title, and `images`, `metadata` and `ladder` open what they sent.

    Parameters
    ----------
    room
        An open room.

    References
    ----------
    PS3.4 annex B, Storage Service Class; PS3.7 section 9.1.1, C-STORE.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder, Room(folder, 2) as room:
    ...     print(RoomWall(room))
    Wall of ROOM, open
    0 of 2 here, 0 have sent, 0 instances, 0 not taken
    STUDENT01  not here yet  0 instances
    STUDENT02  not here yet  0 instances
    """

    _esm = front_end("wall/viewer")
    _css = styles("wall")

    selection = traitlets.Int(0, help="the number of the card that is marked, from 1; 0 for none").tag(
        sync=True
    )

    def __init__(self, room: Room) -> None:
        if not isinstance(room, Room):
            raise UsageError(type(room).__name__, "this is no room", "give a Room: RoomWall(room)")
        self._room = room
        super().__init__()

    @property
    def selected(self) -> str:
        """The AE title of the attendee whose card is selected; "" for none."""
        roster = self._room.roster
        return roster[self.selection - 1] if 0 < self.selection <= len(roster) else ""

    def images(self, title: str = "") -> Viewer:
        """Return a viewer of an attendee's pictures, by default of the selected one."""
        return ImageViewer(self._files(title))

    def metadata(self, title: str = "") -> MetadataViewer:
        """Return a viewer of the elements of an attendee's files, by default of the selected one."""
        return MetadataViewer(self._files(title))

    def ladder(self, title: str = "") -> AssociationDiagram:
        """Return the ladders of an attendee's associations, by default of the selected one."""
        return AssociationDiagram(self._room.log, calling_ae_title=self._title(title))

    def answer(self, question: Mapping[str, Any]) -> Answer:
        """Answer with the whole state (``wall``), a version of it (``changes``), or a ``last picture``."""
        kind = question["ask"]
        if kind == "last picture":
            row = next((row for row in self._room.wall.rows if row.title == question["title"]), None)
            if row is None or not row.last_file:
                return Answer({"why": "nothing yet"})
            return thumbnail_answer(Path(row.last_file), is_masked=True)
        if kind == "wall":
            return Answer(self._everything())
        if kind == "changes":
            version = self._version()
            return Answer({"version": version} if version == question["version"] else self._everything())
        raise UsageError("question", "a wall knows no such question", "ask for wall, changes or last picture")

    def questions(self) -> Iterator[dict[str, Any]]:
        """Yield the questions of a page without a kernel: the present state, and its pictures."""
        yield {"ask": "wall"}
        for row in self._room.wall.rows:
            if row.last_file:
                yield {"ask": "last picture", "title": row.title, "picture": _picture_number(row)}

    def describe(self) -> str:
        """Return the wall as text, without values of the files."""
        lines = [f"Wall of {escape_terminal(self._room.ae_title)}, {self._state()}", str(self._room.wall)]
        if self._room.progress.shared:
            lines.append(str(self._room.progress))
        return "\n".join(lines)

    def _state(self) -> str:
        return "open" if self._room.is_running else "stopped"

    def _version(self) -> str:
        return f"{self._room.wall.changes} {self._room.progress.changes} {self._room.is_running}"

    def _everything(self) -> dict[str, Any]:
        version = self._version()
        rows, turned_away = self._room.wall.rows, self._room.wall.turned_away
        shown = turned_away[: -_SHOWN_TURNED_AWAY - 1 : -1]
        return {
            "version": version,
            "title": self._room.ae_title,
            "where": f"{self._room.host} port {self._room.port}",
            "state": self._state(),
            "here": sum(row.has_called for row in rows),
            "sent": sum(row.instances > 0 for row in rows),
            "instances": counted(sum(row.instances for row in rows), "instance"),
            "cards": [_card(row) for row in rows],
            "turned_away": [
                f"{escape_terminal(one.title) or 'somebody'} from {one.address}: {one.reason}"
                for one in shown
            ],
            "more_turned_away": len(turned_away) - len(shown),
            "progress": _progress(self._room.progress),
        }

    def _title(self, title: str) -> str:
        if not (title or self.selected):
            raise UsageError("the wall", "no card is marked", "click one, or give a title of room.roster")
        return title or self.selected

    def _files(self, title: str) -> list[Path]:
        chosen = self._title(title)
        files = self._room.files(chosen)
        if not files:
            raise UsageError(chosen, "has sent nothing that was taken", "wait for it, or choose another card")
        return files


def _card(row: WallRow) -> dict[str, Any]:
    return {
        "title": row.title,
        "state": row.state,
        "count": row.instances,
        "refused": row.refused,
        "why": row.last_refusal,
        "picture": _picture_number(row),
    }


def _progress(progress: ClassProgress) -> dict[str, Any]:
    exercises, shared = progress.exercises, progress.shared
    return {
        "exercises": exercises,
        "passed": [sum(states.get(each) == "passed" for states in shared.values()) for each in exercises],
        "rows": [
            {"title": title, "states": [states.get(each, "") for each in exercises]}
            for title, states in shared.items()
        ],
        "met": [
            f"{counted(count, 'time')}: {exercise} {name}"
            for exercise, name, count in progress.met[:_SHOWN_MET]
        ],
    }


def _picture_number(row: WallRow) -> int:
    """Return a number that changes with the latest file; 0 for none."""
    return zlib.crc32(row.last_file.encode()) or 1 if row.last_file else 0
