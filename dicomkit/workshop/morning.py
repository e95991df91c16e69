"""The morning of a workshop, on one page."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from dicomkit.lessons.catalogue import NOTEBOOKS
from dicomkit.workshop.instructing import clock_text
from dicomkit.workshop.tracks import TRACKS, Track, schedule, starts_of_notebooks

__all__ = ["checklist"]


def checklist() -> str:
    """Return the page, in Markdown."""
    page = Path(__file__).with_suffix(".md").read_text(encoding="utf-8")
    return page.replace("{{clock}}", "\n".join(_clock()))


def _clock() -> Iterator[str]:
    yield "When each notebook begins, counted from the start, breaks included; `times.md`, beside the notebooks, has all sections."
    yield ""
    yield "| notebook | minutes | " + " | ".join(track.name for track in TRACKS) + " |"
    yield "|---|---|" + "---|" * len(TRACKS)
    starts = [starts_of_notebooks(track) for track in TRACKS]
    for notebook in NOTEBOOKS:
        times = [clock_text(each[notebook.number]) if notebook.number in each else "-" for each in starts]
        yield f"| {notebook.name} | {notebook.minutes} | " + " | ".join(times) + " |"
    yield ""
    for track in TRACKS:
        yield f"- {track.name}: {', '.join(part.title for part in track.parts)}. Breaks {_breaks(track)}."


def _breaks(track: Track) -> str:
    """Return when the breaks of a track begin, each with its length."""
    pauses = [(stop.starts - stop.break_minutes, stop.break_minutes) for stop in schedule(track)]
    return ", ".join(f"at {clock_text(start)} ({length} minutes)" for start, length in pauses if length)
