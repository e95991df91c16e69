"""Exercise 06.7: send one's own slices to the room of a class; the room itself counts them."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dicomkit.lessons.answers import FUNCTION, WrongForm
from dicomkit.lessons.exercise import PASS, Misconception, Verdict, retry
from dicomkit.lessons.learners_code import call
from dicomkit.lessons.lesson_texts import LessonTexts

if TYPE_CHECKING:  # the lessons are light to import
    from dicomkit.network import Room, Seat

__all__ = ["TO_THE_WALL"]

_TEXTS = LessonTexts(__name__)

_LIMIT_S = 60.0  # it computes twelve pictures, on a computer that thirty may share
_ATTENDEES, _SEAT = 7, "STUDENT07"  # neither the first seat nor the one of the notebook's own room


def _check_to_the_wall(to_the_wall: Callable[..., Any]) -> Verdict:
    from dicomkit.network import Room  # noqa: PLC0415 - the lessons are light to import

    with tempfile.TemporaryDirectory(prefix="dicomkit-") as name, Room(Path(name), _ATTENDEES) as room:
        seat = Room.join(room.seats[_SEAT])
        try:
            returned = call(to_the_wall, seat, name="to_the_wall", limit_s=_LIMIT_S)
        except WrongForm:
            room.stop()
            if room.wall.turned_away:
                return _judge_call(room, seat)
            raise
        room.stop()  # wait for transfers in progress
        return _judge(room, seat, returned)


def _judge_call(room: Room, seat: Seat) -> Verdict:
    """Return the verdict on a rejected association."""
    last = room.wall.turned_away[-1]
    if "called AE title" in last.reason:
        return retry(_TEXTS.other_room)
    if last.title not in room.roster:
        return retry(_TEXTS.stranger)
    return retry(_TEXTS.no_proof if last.title == seat.title else _TEXTS.borrowed)


def _judge(room: Room, seat: Seat, returned: object) -> Verdict:
    from dicomkit.network import SendReport  # noqa: PLC0415 - as above
    from dicomkit.samples import ct_series  # noqa: PLC0415 - as above

    uids = [str(each.SOPInstanceUID) for each in ct_series(size=16, attendee=seat.attendee)]
    (row,) = (row for row in room.wall.rows if row.title == seat.title)
    got = room.count(seat.title, uids)
    if got == len(uids):
        return PASS if isinstance(returned, SendReport) else retry(_TEXTS.no_report)
    if not row.has_called:
        return _judge_call(room, seat) if room.wall.turned_away else retry(_TEXTS.nobody_called)
    if row.refused:
        return retry(f"the room says: {room.verdict(seat.title, uids)} {_TEXTS.not_taken}")
    if not got:
        return retry(_TEXTS.everybodys if row.instances else _TEXTS.nothing_sent)
    return retry(_not_all(room.verdict(seat.title, uids)))


def _not_all(verdict: str) -> str:
    return f"the room says: {verdict} {_TEXTS.not_all}"


TO_THE_WALL = _TEXTS.exercise(
    "06.7",
    form=FUNCTION.saying(_TEXTS.no_function),
    checker=_check_to_the_wall,
    also=(
        Misconception(
            "lambda seat: seat.send(ct_series(attendee=seat.attendee)[1:])", _not_all("I got 11 of your 12.")
        ),
    ),
)
