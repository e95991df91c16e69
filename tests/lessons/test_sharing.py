"""Sharing one's progress with the room of a class: off until it is switched on, said each time, and nothing but numbers and names."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from dicomkit.lessons import check, progress, share_progress
from dicomkit.lessons.catalogue import NOTEBOOKS, exercises_of, find_exercise
from dicomkit.lessons.exercise import Outcome
from dicomkit.lessons.record import read_record, record_path
from dicomkit.network import Room
from dicomkit.network.room.progress import Step, format_step, parse_steps

RIGHT, SWAPPED = ("CT1", "PACS", "archive.hospital", 104), ("PACS", "CT1", "archive.hospital", 104)


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Room]:
    monkeypatch.setenv("DICOMKIT_STATE_FOLDER", str(tmp_path / "state"))
    with Room(tmp_path / "room", 2) as room:
        yield room


def said(capsys: pytest.CaptureFixture[str]) -> str:
    return capsys.readouterr().out


def test_nothing_is_shared_until_it_is_switched_on(room: Room, capsys: pytest.CaptureFixture[str]) -> None:
    check("06.1", SWAPPED)
    assert "hared" not in said(capsys)
    progress()
    assert said(capsys).splitlines()[0].startswith("Shared with nobody.")
    assert room.progress.shared == {}


def test_what_is_shared_is_said_and_can_be_taken_back(room: Room, capsys: pytest.CaptureFixture[str]) -> None:
    check("06.1", SWAPPED)
    share_progress(room.seats["STUDENT02"])
    assert "Shared by the seat STUDENT02.seat: numbers of exercises" in said(capsys)
    assert room.progress.shared == {"STUDENT02": {"06.1": "tried"}}, "what was done before, too"
    assert room.progress.met == [("06.1", "titles_swapped", 1)]
    check("06.1", RIGHT)
    assert "(shared with ROOM as STUDENT02; share_progress(None) switches it off)" in said(capsys)
    assert room.progress.shared == {"STUDENT02": {"06.1": "passed"}}
    progress()
    assert said(capsys).splitlines()[0].startswith("Shared by the seat")
    share_progress(None)
    assert said(capsys).startswith("Shared with nobody.")
    assert room.progress.shared == {}, "it was forgotten"
    check("06.3", (50, 50, 1))
    assert "hared" not in said(capsys)


def test_a_stub_shares_nothing(room: Room, capsys: pytest.CaptureFixture[str]) -> None:
    share_progress(room.seats["STUDENT01"])
    said(capsys)
    check("06.1", None)
    assert "hared" not in said(capsys)


def test_a_room_that_is_gone_stops_nobody(room: Room, capsys: pytest.CaptureFixture[str]) -> None:
    share_progress(room.seats["STUDENT01"])
    room.stop()
    said(capsys)
    check("06.1", RIGHT)
    first, second = said(capsys).splitlines()
    assert first.startswith("PASS")
    assert second.startswith("(not shared: ")
    share_progress(None)
    assert said(capsys).startswith("Shared with nobody.")


def test_what_is_no_seat_switches_nothing_on(
    room: Room, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    share_progress(tmp_path / "none.seat")
    assert said(capsys).startswith("not changed: ")
    room.stop()
    share_progress(room.seats["STUDENT01"])
    assert said(capsys).splitlines()[-1].startswith("Shared with nobody.")


def test_a_journal_that_somebody_wrote_into_shares_nothing_but_what_lessons_know(room: Room) -> None:
    record_path().parent.mkdir(parents=True)
    record_path().write_text(
        '{"exercise": "06.1", "event": "met Anna Muster"}\n{"exercise": "Anna", "event": "passed"}\n'
        '{"exercise": "99.1", "event": "tried"}\n{"exercise": "06.1", "event": "met roles"}\n',
        encoding="utf-8",
    )
    share_progress(room.seats["STUDENT01"])
    assert room.progress.met == [("06.1", "roles", 1)]
    assert room.progress.shared == {"STUDENT01": {"06.1": "tried"}}


def test_each_wrong_answer_of_a_lesson_has_a_name_that_can_be_shared() -> None:
    named = 0
    for notebook in NOTEBOOKS:
        for exercise in exercises_of(notebook):
            steps = [Step(exercise.id, "met", name) for name in exercise.reply_names.values()]
            for start in range(0, len(steps), 100):
                texts = [format_step(step) for step in steps[start : start + 100]]
                assert parse_steps(texts) == tuple(steps[start : start + 100])
            named += bool(exercise.reply_names)
    assert named > len(NOTEBOOKS)


def test_the_longest_reply_that_a_verdict_holds_gives_it_its_name(room: Room) -> None:
    exercise = find_exercise("06.7")
    verdict = exercise.judge("STUDENT07")
    assert verdict.outcome is Outcome.RETRY
    assert exercise.misconception(verdict) == "no_function"
    assert exercise.misconception(exercise.passed) == ""
    check("06.7", "STUDENT07")
    assert read_record().met == {("06.7", "no_function")}
    assert not room.progress.shared
