"""Where times and tracks are written, and the right text for each place.

`rewrite` puts the counted times everywhere: into the title cells, the catalogue, notebook 00's and the README's
tables, and the page ``notebooks/times.md``. ``tests/workshop/test_times.py`` fails where something else stands.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

from dicomkit.lessons.catalogue import NOTEBOOKS, Notebook
from dicomkit.workshop.instructing import clock_text
from dicomkit.workshop.timing import clock_starts, published_sections, time_of
from dicomkit.workshop.tracks import TRACKS, Track, schedule, track_time
from tests.support.notebook_lint import source

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "notebooks"
README = ROOT / "README.md"
CATALOGUE = ROOT / "dicomkit" / "lessons" / "catalogue.py"
PAGE = FOLDER / "times.md"

TIME_LINE = re.compile(r"\*\*Time:\*\*.*?(?:minutes\.|exercises?\.)")
_TRACK_TABLE = re.compile(r"^\| you have \|.*\n(?:\|.*(?:\n|\Z))+", re.MULTILINE)
_NOTEBOOK_ROW = r"^(\| `{name}` \| [^|]* \|)(?: \d+ \|)+$"
_CATALOGUE_ROW = r'^(    Notebook\("{number}", .*, )\d+(\),)$'

_MAX_PASSES = 3  # a table of times takes time to read as well, so once may not be enough
_PAGE_HEAD = """\
# Times and tracks

Times are generous: they are meant for people who take their time. They are counted: 150 words of prose a minute,
20 seconds for each cell of code, and for each exercise the time that it needs. There is a break at least every hour.
"""


def time_line(notebook: Notebook) -> str:
    """Return what the title cell of a notebook says."""
    time = time_of(published_sections(notebook))
    exercises = f"{time.exercises} for {time.number_of_exercises} exercises"
    return f"**Time:** {time.minutes} minutes: {time.read_and_run} to read and run, {exercises}."


def track_table() -> str:
    """Return the table of tracks, as notebook 00 and the README show it."""
    rows = ["| you have | take | hours of work | breaks |", "|---|---|---|---|"]
    for track in TRACKS:
        take = "; ".join(part.title for part in track.parts)
        rows.append(f"| {track.name} | {take} | {clock_text(track_time(track).minutes)} | {_breaks(track)} |")
    return "\n".join(rows) + "\n"


def _breaks(track: Track) -> str:
    pauses = [stop.break_minutes for stop in schedule(track) if stop.break_minutes]
    return ", ".join(f"{pauses.count(length)} of {length} minutes" for length in sorted(set(pauses)))


def page() -> str:
    """Return the page of all tracks and all sections."""
    parts = [_PAGE_HEAD, track_table()]
    for track in TRACKS:
        parts += [
            f"## {track.name[0].upper()}{track.name[1:]}",
            "",
            "| at | |",
            "|---|---|",
            *_clock_of(track),
            "",
        ]
    for notebook in NOTEBOOKS:
        parts += [f"## {notebook.number} {notebook.title}", "", *_sections_of(notebook), ""]
    return "\n".join(parts)


def _clock_of(track: Track) -> list[str]:
    rows = []
    for stop in schedule(track):
        if stop.break_minutes:
            rows.append(
                f"| {clock_text(stop.starts - stop.break_minutes)} | *break, {stop.break_minutes} minutes* |"
            )
        if stop.break_minutes or stop.section == stop.part.sections[0]:
            rows.append(f"| {clock_text(stop.starts)} | {stop.part.number}: {stop.section.title} |")
    last = schedule(track)[-1]
    return [*rows, f"| {clock_text(last.starts + last.part.lengths[-1])} | *end* |"]


def _sections_of(notebook: Notebook) -> list[str]:
    sections = published_sections(notebook)
    time = time_of(sections)
    starts = clock_starts(sections, time.minutes)
    rows = [
        f"| {clock_text(starts[section.cell])} | {section.title} | {section.read_and_run_minutes:.1f} |"
        f" {f'{section.exercise_minutes:g}' if section.exercises else ''} |"
        for section in sections
    ]
    total = f"| {clock_text(time.minutes)} | *in all* | {time.read_and_run} | {time.exercises} |"
    return ["| at | section | read and run | exercises |", "|---|---|---|---|", *rows, total]


def readme_row(notebook: Notebook) -> str:
    """Return the end of a notebook's row in the README: minutes in all, to read and run, for exercises."""
    time = time_of(published_sections(notebook))
    return f" {time.minutes} | {time.read_and_run} | {time.exercises} |"


def with_times(text: str) -> str:
    """Return a text in Markdown with the tables of times as they have to be."""
    for notebook in NOTEBOOKS:
        row = re.compile(_NOTEBOOK_ROW.format(name=notebook.name), re.MULTILINE)
        text = row.sub(lambda found, notebook=notebook: found[1] + readme_row(notebook), text)
    return _TRACK_TABLE.sub(lambda _: track_table(), text)


def rewritten_catalogue(text: str) -> str:
    """Return the catalogue's source with the minutes that were counted."""
    for notebook in NOTEBOOKS:
        minutes = time_of(published_sections(notebook)).minutes
        row = re.compile(_CATALOGUE_ROW.format(number=notebook.number), re.MULTILINE)
        text = row.sub(rf"\g<1>{minutes}\g<2>", text)
    return text


def rewritten_notebook(notebook: Notebook) -> str:
    """Return the file of a notebook with its time, and with the table of tracks if it has one."""
    loaded = json.loads((FOLDER / notebook.file_name).read_text(encoding="utf-8"))
    for index, cell in enumerate(loaded["cells"]):
        if cell["cell_type"] == "markdown":
            text = source(cell)
            changed = TIME_LINE.sub(time_line(notebook), text, count=1) if index == 0 else with_times(text)
            cell["source"] = changed.splitlines(keepends=True)
    return json.dumps(loaded, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def expected() -> dict[Path, Callable[[], str]]:
    """Return each file that tells times, and what makes its right content."""
    files: dict[Path, Callable[[], str]] = {
        FOLDER / notebook.file_name: lambda notebook=notebook: rewritten_notebook(notebook)  # type: ignore[misc]
        for notebook in NOTEBOOKS
    }
    files[README] = lambda: with_times(README.read_text(encoding="utf-8"))
    files[CATALOGUE] = lambda: rewritten_catalogue(CATALOGUE.read_text(encoding="utf-8"))
    return files | {PAGE: page}


def wrong_files() -> dict[Path, str]:
    """Return the files in which another time stands than was counted, with what they have to hold."""
    made = {path: make() for path, make in expected().items()}
    return {path: text for path, text in made.items() if path.read_text(encoding="utf-8") != text}


def rewrite() -> list[Path]:
    """Write the counted times everywhere; return the files that changed."""
    changed: set[Path] = set()
    for _ in range(_MAX_PASSES):
        wrong = wrong_files()
        for path, text in wrong.items():
            path.write_text(text, encoding="utf-8", newline="\n")
        changed |= wrong.keys()
    return sorted(changed)
