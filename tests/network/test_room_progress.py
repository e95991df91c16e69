"""Where a class stands: what travels, who is believed, and that nothing but numbers and known words fits in."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydicom.dataset import Dataset
from pynetdicom import AE
from pynetdicom.pdu_primitives import UserIdentityNegotiation

from dicomkit.errors import AssociationRejectedError, NetworkError, UsageError
from dicomkit.network import Limits, Room
from dicomkit.network.room import ClassProgress, Step
from dicomkit.network.room.progress import MAX_STEPS, format_step, parse_steps
from dicomkit.network.room.progress_service import PROGRESS, share_steps

STEPS = (
    Step("06.1", "tried"),
    Step("06.1", "met", "titles_swapped"),
    Step("06.1", "passed"),
    Step("06.2", "tried"),
)
BOTH = pytest.mark.parametrize("tls", [False, True], ids=["token", "TLS"])


@BOTH
def test_who_shares_is_in_the_grid_and_nobody_else(tmp_path: Path, *, tls: bool) -> None:
    with Room(tmp_path / "room", 3, tls=tls) as room:
        assert str(room.progress) == "0 of 3 share their progress"
        seats = [Room.join(path) for path in room.seats.values()]
        seats[2].share(STEPS[:2])
        seats[0].share(STEPS)
        assert room.progress.shared == {
            "STUDENT01": {"06.1": "passed", "06.2": "tried"},
            "STUDENT03": {"06.1": "tried"},
        }
        assert room.progress.met == [("06.1", "titles_swapped", 2)]
        assert "met most: 06.1 titles_swapped (2)" in str(room.progress)
        seats[0].share(())
        assert list(room.progress.shared) == ["STUDENT03"]
        room.check()
    assert not [path for path in (tmp_path / "room").rglob("*") if b"titles_swapped" in _read(path)]


def _read(path: Path) -> bytes:
    return path.read_bytes() if path.is_file() else b""


def test_nobody_shares_under_the_title_of_another(tmp_path: Path) -> None:
    with Room(tmp_path / "room", 2) as room:
        seat = Room.join(room.seats["STUDENT01"])
        with pytest.raises(AssociationRejectedError):
            share_steps(STEPS, **{**seat.arguments, "calling_ae_title": "STUDENT02"})
        assert room.progress.shared == {}


@pytest.mark.parametrize(
    "texts",
    [
        ["06.1 passed with flying colours"],
        ["06.1 PASSED"],
        ["06.1 met"],
        ["06.1 passed titles_swapped"],
        ["06.1 met <script>"],
        ["06.1 met \x1b[2J"],
        ["06.1 met " + "a" * 41],
        ["Anna Muster"],
        [""],
        ["06.1 passed\n"],
        ["\uff10\uff16.1 passed"],
        ["06.1 passed"] * (MAX_STEPS + 1),
    ],
)
def test_nothing_else_fits_in(texts: list[str]) -> None:
    with pytest.raises(UsageError, match="no list of exercises"):
        parse_steps(texts)


def test_a_step_is_read_as_it_was_written() -> None:
    assert parse_steps([format_step(step) for step in STEPS]) == STEPS
    full = [Step("13.10", "met", "a" * 40)] * MAX_STEPS
    assert max(len(format_step(step)) for step in full) <= 64, "PS3.5 section 6.2: VR LO"


def test_as_much_as_can_be_shared_arrives(tmp_path: Path) -> None:
    with Room(tmp_path / "room", 1) as room:
        Room.join(room.seats["STUDENT01"]).share([Step("13.10", "met", "a" * 40)] * MAX_STEPS)
        assert room.progress.met == [("13.10", "a" * 40, 1)]


def by_pynetdicom(room: Room, title: str, *, wants_answer: bool = False) -> AE:
    """Return what calls with the token of a seat."""
    identity = UserIdentityNegotiation()
    identity.user_identity_type = 2
    identity.primary_field = title.encode()
    identity.secondary_field = Room.join(room.seats[title]).token.encode()
    identity.positive_response_requested = wants_answer
    ae = AE(ae_title=title)
    ae.add_requested_context(PROGRESS, "1.2.840.10008.1.2.1")
    assoc = ae.associate("127.0.0.1", room.port, ae_title=room.ae_title, ext_neg=[identity])
    assert assoc.is_established
    return assoc


def shared(value: object, vr: str = "LO") -> Dataset:
    dataset = Dataset()
    dataset.add_new(0x00770010, "LO", "DICOMKIT PROGRESS")
    dataset.add_new(0x00771001, vr, value)
    return dataset


@pytest.mark.parametrize("wants_answer", [True, False])
def test_an_identity_is_acknowledged_where_that_was_asked_for(tmp_path: Path, *, wants_answer: bool) -> None:
    """PS3.7 section D.3.3.7: a room also answers operations, and says all the same that it believes its caller."""
    with Room(tmp_path / "room", 1) as room:
        assoc = by_pynetdicom(room, "STUDENT01", wants_answer=wants_answer)
        answer = assoc.acceptor.user_identity
        assert (answer is not None) is wants_answer
        if answer is not None:
            assert answer.server_response == b""
        assoc.release()


def test_another_program_can_share_and_what_is_no_progress_is_refused(tmp_path: Path) -> None:
    with Room(tmp_path / "room", 1) as room:
        assoc = by_pynetdicom(room, "STUDENT01")

        def act(dataset: Dataset, action: int = 1) -> int:
            status, _ = assoc.send_n_action(dataset, action, PROGRESS, "2.25.1")
            return int(status.Status)

        assert act(shared(["06.1 passed", "06.2 tried"])) == 0x0000
        assert room.progress.shared == {"STUDENT01": {"06.1": "passed", "06.2": "tried"}}
        assert act(shared("Anna was here")) == 0x0115
        assert act(shared(b"\xff\x00", "OB")) == 0x0115
        nothing = shared("06.1 passed")
        del nothing[0x00771001]
        assert act(nothing) == 0x0115
        assert act(shared("06.1 passed"), action=2) == 0x0123
        assert room.progress.shared == {"STUDENT01": {"06.1": "passed", "06.2": "tried"}}, "as it was"
        assoc.release()
        room.check()


def test_a_list_without_an_end_is_not_kept_in_memory(tmp_path: Path) -> None:
    with Room(tmp_path / "room", 1) as room:
        assoc = by_pynetdicom(room, "STUDENT01")
        status, _ = assoc.send_n_action(shared(b"\0" * (1 << 20), "OB"), 1, PROGRESS, "2.25.1")
        assert "Status" not in status, "it was aborted"
        assert room.progress.shared == {}
        Room.join(room.seats["STUDENT01"]).share(STEPS)


def test_who_shares_too_often_is_answered_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []
    monkeypatch.setattr(Room, "_wait", lambda _, seconds: waited.append(seconds))
    with Room(tmp_path / "room", 1, limits=Limits(per_second=1.0)) as room:
        seat = Room.join(room.seats["STUDENT01"])
        for _ in range(4):
            seat.share(STEPS)
    assert max(waited) > 0.5


def test_a_room_that_is_gone_is_said(tmp_path: Path) -> None:
    with Room(tmp_path / "room", 1) as room:
        seat = Room.join(room.seats["STUDENT01"])
    with pytest.raises(NetworkError):
        seat.share(STEPS)


def test_the_grid_is_in_the_order_of_roster_and_exercises() -> None:
    progress = ClassProgress(["B", "A"])
    progress.take("A", [Step("06.10", "passed"), Step("06.2", "met", "x")])
    progress.take("B", [Step("00.1", "tried"), Step("06.2", "met", "x"), Step("06.2", "met", "x")])
    assert progress.exercises == ["00.1", "06.2", "06.10"]
    assert list(progress.shared) == ["B", "A"]
    assert progress.met == [("06.2", "x", 2)]
