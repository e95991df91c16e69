"""Times: computed from the cells, the same wherever they are written, and tracks that add up with their breaks."""

from __future__ import annotations

import json
import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from dicomkit.errors import LessonError
from dicomkit.lessons.catalogue import NOTEBOOKS, Notebook, exercises_of, pristine_folder
from dicomkit.workshop.instructing import add_notes, clock_text, starts_of_sections
from dicomkit.workshop.morning import checklist
from dicomkit.workshop.timing import clock_starts, published_sections, sections_of, time_of, words_in
from dicomkit.workshop.tracks import TRACKS, Part, Track, schedule, starts_of_notebooks, track_time
from tests.support.written_times import README, TIME_LINE, track_table, wrong_files

LONGEST_STRETCH_MINUTES = 60
each_notebook = pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda notebook: notebook.name)
each_track = pytest.mark.parametrize("track", TRACKS, ids=lambda track: track.name)


def cells_of(notebook: Notebook) -> list[dict[str, Any]]:
    text = (pristine_folder() / notebook.file_name).read_text(encoding="utf-8")
    return list(json.loads(text)["cells"])


def markdown(text: str, name: str = "text") -> dict[str, Any]:
    return {"cell_type": "markdown", "id": name, "source": text, "metadata": {}}


def code(name: str = "code", **metadata: object) -> dict[str, Any]:
    return {"cell_type": "code", "id": name, "source": "1 + 1", "metadata": metadata}


# --- counting -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", 0),
        ("one two  three\nfour", 4),
        ("# A title", 2),
        ("- **bold** `code` | - | *italic*", 3),
        ("[a link](https://example.org/one-two-three)", 2),
        ("![two words](images/box.svg)", 2),
        ("| a | b |\n|---|---|\n| c | d |", 4),
        ("```bash\ndcmdump +L one.dcm\n```", 4),
        ("(0010,0010) PN", 2),
        ("a <br> b", 2),
    ],
)
def test_words_are_counted_as_they_are_read(text: str, words: int) -> None:
    assert words_in(text) == words


def test_a_section_takes_what_its_words_its_cells_and_its_exercises_take() -> None:
    exercise = exercises_of(NOTEBOOKS[1])[0]
    cells = [
        markdown("# Title\n\n" + "word " * 149, "title"),  # with the title: 150 words
        code("imports"),
        markdown("## Run\n\n" + "word " * 74, "run"),
        code(),
        code(),
        markdown("Some text, and\n\n## Exercise\n\n```\n## no heading\n```", "ask"),
        code("exercise", tags=["exercise"], dicomkit={"exercise": exercise.id}),
        code("check", tags=["check"]),
        markdown("more", "more"),
    ]
    title, run, ask = sections_of(cells)
    assert (title.cell, title.title, title.exercises) == ("title", "Title", 0)
    assert title.read_and_run_minutes == pytest.approx(1 + 1 / 3)
    assert run.read_and_run_minutes == pytest.approx(75 / 150 + 2 / 3)
    assert (ask.cell, ask.title, ask.exercises) == ("ask", "Exercise", 1)
    assert ask.exercise_minutes == exercise.minutes
    assert ask.minutes == pytest.approx(exercise.minutes + 7 / 150)
    whole = time_of([title, run, ask])
    assert (whole.read_and_run, whole.exercises) == (3, exercise.minutes)
    assert whole.minutes == 3 + exercise.minutes
    assert clock_starts((title, run, ask), 100)["title"] == 0


@each_notebook
def test_the_sections_of_a_notebook_share_its_time(notebook: Notebook) -> None:
    sections = published_sections(notebook)
    time = time_of(sections)
    assert time.exercises == sum(exercise.minutes for exercise in exercises_of(notebook))
    assert time.number_of_exercises == len(exercises_of(notebook))
    assert 0 <= time.minutes - sum(section.minutes for section in sections) < 2
    starts = list(clock_starts(sections, time.minutes).values())
    assert starts == sorted(starts)
    assert starts[0] == 0
    assert starts[-1] < time.minutes
    assert max(section.minutes for section in sections) <= LONGEST_STRETCH_MINUTES / 2, "a section of its own"


# --- told everywhere alike ----------------------------------------------------------------------------


def test_the_counted_times_stand_everywhere() -> None:
    assert sorted(wrong_files()) == [], "run: python tests/tools/refresh_notebooks.py --times"


@each_notebook
def test_a_time_is_the_same_wherever_it_is_told(notebook: Notebook) -> None:
    time = time_of(published_sections(notebook))
    assert notebook.minutes == time.minutes
    told = TIME_LINE.findall("".join(cells_of(notebook)[0]["source"]))
    assert [int(number) for number in re.findall(r"\d+", told[0])] == [
        *(time.minutes, time.read_and_run, time.exercises, time.number_of_exercises)
    ]
    row = rf"^\| `{notebook.name}` \| .* \| {time.minutes} \| {time.read_and_run} \| {time.exercises} \|$"
    assert re.search(row, README.read_text(encoding="utf-8"), re.MULTILINE)
    assert f"| {notebook.name} | {time.minutes} |" in checklist()


@each_notebook
def test_the_speaker_sees_the_same_clock(notebook: Notebook) -> None:
    cells = cells_of(notebook)
    sections = published_sections(notebook)
    assert starts_of_sections(cells, notebook.minutes) == clock_starts(sections, notebook.minutes)
    notes = "\n".join("".join(cell["source"]) for cell in add_notes(cells, notebook))
    for section, start in zip(sections, clock_starts(sections, notebook.minutes).values(), strict=True):
        assert f"**At {clock_text(start)}** of {clock_text(notebook.minutes)}" in notes, section.title
    for section in sections:
        if section.exercises:
            assert f"{section.exercise_minutes:g} for the exercise" in notes, section.title


# --- tracks -------------------------------------------------------------------------------------------


@each_track
def test_a_track_fits_its_time_with_its_breaks(track: Track) -> None:
    stops = schedule(track)
    end = stops[-1].starts + stops[-1].part.lengths[-1]
    work = track_time(track).minutes
    assert end == work + sum(stop.break_minutes for stop in stops)
    assert end <= track.minutes
    assert end >= track.minutes * 0.6, "there is time for more"
    assert [part.number for part in track.parts] == sorted(part.number for part in track.parts)


@each_track
def test_no_stretch_of_a_track_is_longer_than_an_hour(track: Track) -> None:
    stops = schedule(track)
    begins = [0, *(stop.starts for stop in stops if stop.break_minutes)]
    ends = [stop.starts - stop.break_minutes for stop in stops if stop.break_minutes]
    ends.append(stops[-1].starts + stops[-1].part.lengths[-1])
    assert all(0 < end - begin <= LONGEST_STRETCH_MINUTES for begin, end in zip(begins, ends, strict=True))


@each_track
def test_a_track_takes_each_section_once_and_in_order(track: Track) -> None:
    stops = schedule(track)
    assert [stop.section for stop in stops] == [section for part in track.parts for section in part.sections]
    assert all(before.starts <= after.starts - after.break_minutes for before, after in pairwise(stops))
    for part in track.parts:
        assert sum(part.lengths) == part.time.minutes
        # What is cut off ends with an exercise: a demonstration without its question is no lesson.
        assert not part.until or part.sections[-1].exercises


def test_the_day_has_lunch_once() -> None:
    pauses = {track.name: [stop.break_minutes for stop in schedule(track)] for track in TRACKS}
    assert {name: each.count(60) for name, each in pauses.items()} == {
        track.name: int(track.has_lunch) for track in TRACKS
    }


@pytest.mark.parametrize(
    "place", [README, pristine_folder() / NOTEBOOKS[0].file_name, pristine_folder() / "times.md"]
)
def test_the_tracks_are_told_alike(place: Path) -> None:
    text = place.read_text(encoding="utf-8")
    if place.suffix == ".ipynb":
        text = "\n".join("".join(cell["source"]) for cell in json.loads(text)["cells"])
    assert track_table() in f"{text}\n"


@each_track
def test_the_checklist_has_the_clock_of_each_track(track: Track) -> None:
    text = checklist()
    starts = starts_of_notebooks(track)
    column = (
        next(line for line in text.splitlines() if line.startswith("| notebook |"))
        .removesuffix(" |")
        .split(" | ")
        .index(track.name)
    )
    for notebook in NOTEBOOKS:
        row = next(line for line in text.splitlines() if line.startswith(f"| {notebook.name} |"))
        told = row.removesuffix(" |").split(" | ")[column].strip(" |")
        assert told == (clock_text(starts[notebook.number]) if notebook.number in starts else "-")
    for stop in schedule(track):
        if stop.break_minutes:
            assert f"at {clock_text(stop.starts - stop.break_minutes)} ({stop.break_minutes} minutes)" in text


def test_a_part_names_a_section_that_is_there() -> None:
    with pytest.raises(LessonError, match="notebook 01 has no such section"):
        _ = Part("01", until="no-such-cell").sections
    assert Part("01").title == "01"
    assert Part("01", until="exercise-2-text").title == "01 up to *Exercise 01.2*"
