"""The wall of a room, from Python: cards, small pictures, and what the instructor opens from there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from dicomkit.errors import UsageError
from dicomkit.network import Room, StorageSCP
from dicomkit.samples import ct_series
from dicomkit.viewers import ImageViewer, RoomWall
from tests.support.byte_peer import wait_until
from tests.support.dicom_files import bundled


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    with Room(tmp_path / "room", 3) as room:
        yield room


def send_some(room: Room, title: str, number: int = 2) -> None:
    seat = Room.join(room.seats[title])
    seat.send(ct_series(number, size=16, attendee=seat.attendee)).raise_on_failure()
    wait_until(lambda: all(not row.open_associations for row in room.wall.rows))


def test_a_card_for_each_attendee_in_the_order_of_the_roster(room: Room) -> None:
    wall = RoomWall(room)
    before = wall.answer({"ask": "wall"}).content
    assert [card["title"] for card in before["cards"]] == list(room.roster)
    assert {card["state"] for card in before["cards"]} == {"not here yet"}
    same = wall.answer({"ask": "changes", "version": before["version"]}).content
    assert "cards" not in same
    send_some(room, "STUDENT02")
    after = wall.answer({"ask": "changes", "version": before["version"]}).content
    assert [(card["state"], card["count"]) for card in after["cards"]] == [
        ("not here yet", 0),
        ("here", 2),
        ("not here yet", 0),
    ]
    assert after["instances"] == "2 instances"


def test_the_last_picture_of_each_and_only_then_a_new_one(room: Room) -> None:
    wall = RoomWall(room)
    send_some(room, "STUDENT01", 1)
    first = wall.answer({"ask": "wall"}).content["cards"][0]["picture"]
    answer = wall.answer({"ask": "last picture", "title": "STUDENT01", "picture": first})
    assert (answer.content["rows"], answer.content["columns"], len(answer.buffers[0])) == (16, 16, 256)
    assert (
        wall.answer({"ask": "last picture", "title": "STUDENT02", "picture": 0}).content["why"]
        == "nothing yet"
    )
    assert wall.answer({"ask": "last picture", "title": "../x", "picture": 0}).content["why"] == "nothing yet"
    send_some(room, "STUDENT01", 2)
    assert wall.answer({"ask": "wall"}).content["cards"][0]["picture"] != first


def test_what_was_not_taken_and_who_was_not_let_in_is_said(room: Room) -> None:
    wall = RoomWall(room)
    seat = Room.join(room.seats["STUDENT03"])
    assert not seat.send(bundled("CT_small.dcm")).is_complete
    with pytest.raises(ConnectionError):
        seat.echo(calling_ae_title="STUDENT01")
    wait_until(lambda: bool(room.wall.turned_away))
    content = wall.answer({"ask": "wall"}).content
    assert (content["cards"][2]["refused"], content["turned_away"][0][:26]) == (
        1,
        "STUDENT01 from 127.0.0.1: ",
    )
    assert "Patient Identity Removed" in content["cards"][2]["why"]
    assert "STUDENT03" in wall.describe()
    assert "Patient Identity Removed" in wall.describe()


def test_the_instructor_opens_what_one_has_sent(room: Room) -> None:
    wall = RoomWall(room)
    send_some(room, "STUDENT02")
    send_some(room, "STUDENT01")
    with pytest.raises(UsageError, match="no card is marked"):
        wall.images()
    wall.selection = 2
    assert wall.selected == "STUDENT02"
    assert isinstance(wall.images(), ImageViewer)
    assert "2 read" in wall.metadata().describe()
    ladder = wall.ladder()
    assert "STUDENT02" in ladder.describe()
    assert "STUDENT01" not in ladder.describe()
    assert "STUDENT01" in wall.ladder("STUDENT01").describe()
    with pytest.raises(UsageError, match="has sent nothing"):
        wall.images("STUDENT03")


def test_what_is_no_room_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no room"):
        RoomWall(StorageSCP(tmp_path))  # type: ignore[arg-type] # - the point of the test
