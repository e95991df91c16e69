"""The morning of a workshop, on one page."""

from __future__ import annotations

from collections.abc import Iterator

from dicomkit.lessons.catalogue import NOTEBOOKS
from dicomkit.workshop.instructing import clock_text
from dicomkit.workshop.tracks import TRACKS, Track, schedule, starts_of_notebooks

__all__ = ["checklist"]

_BEFORE = """\
# The morning of the workshop

## The day before

- [ ] Find out how many people will come, and how they will run it: on their own machines, or on one JupyterHub (README, "How to teach
      with it"). A kernel takes about 130 MB of memory, and as much again with pictures.
- [ ] No network in the room? `dicomkit wheelhouse DIR` on a machine that has one, for each system and Python that
      will be in the room; put DIR on sticks, with its INSTALL.txt.
- [ ] Choose a track from the table below. Exercises are what people remember; cut demonstrations, not exercises.
- [ ] Will everybody send to one screen? `dicomkit room open ROOM --attendees 30 --wall` and its wall (README, "One room for the class"). On a
      network, ask the hospital's network people first (`.github/hospital_network.md`); on one JupyterHub nothing has to be asked for.
- [ ] Go through your copies once, with the notes open: `dicomkit instructor FOLDER`.

## An hour before

- [ ] On the projector's machine: `dicomkit doctor`. It must end with "All lessons can run here."
- [ ] Present in JupyterLab: `dicomkit lab --present`, browser in full screen (F11). Letters are large, viewers work. Your own
      copies with notes stay on your own screen: their notes are folded, and hold the solutions.
- [ ] Put `pages/` of your copies where everybody can reach it, on a stick or a share: one page for each lesson, which needs only a browser.
- [ ] Run notebook 00 from top to bottom. If a study arrives, everything works.
- [ ] Write on the board: the address, `dicomkit doctor`, and hint("01.1").

## When the room fills

- [ ] With a room: hand out `ROOM/seats`, one file for each. Everybody runs `dicomkit room join` with it; the wall shows who is here.
- [ ] Offer `share_progress("STUDENT07.seat")`, and say what it sends: numbers of exercises and names of misconceptions. P on the wall shows them.
- [ ] Everybody runs `dicomkit doctor`. It says in plain words what is wrong, and what to do.
- [ ] Say aloud: checks break nothing, hints are nothing to be ashamed of, nothing leaves this machine, all patients are invented.
- [ ] Latecomers start where you are: select the cell, then Run, "Run All Above Selected Cell". No notebook
      needs the one before it; `checkpoint("05")` holds what its cells start from.

## If something fails

| what you see | what helps |
|---|---|
| a notebook is broken | `dicomkit reset 03`; theirs is kept as a backup |
| `[*]` forever | Kernel, Restart Kernel; the receivers of a notebook end with their cell |
| NameError in a cell | the import cell was not run |
| a firewall asks | answer no: everything stays on 127.0.0.1 |
| JupyterLab does not start | `dicomkit doctor` says why. Until it works: the lesson's page from `pages/`, with outputs, hints and answers folded, and a neighbour's machine |
| a machine cannot be repaired | two people share one machine |
"""
_AFTER = """\

## Afterwards

- [ ] `progress()` prints what somebody has passed. It is a file on their machine (`~/.dicomkit`); a room forgets what was shared when it is stopped.
- [ ] A room? `dicomkit room close ROOM --delete` (or `--keep`): no seat is worth anything afterwards.
- [ ] `dicomkit solve` writes solved copies to take home, to `dicom-workshop/solved`; for another folder, name it at the end.
"""


def checklist() -> str:
    """Return the page, in Markdown."""
    return "\n".join([_BEFORE, "## The clock", "", *_clock(), _AFTER])


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
