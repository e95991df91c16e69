"""The tracks: which notebooks, or parts of them, fit into a given time, with breaks."""

from __future__ import annotations

import dataclasses
from itertools import pairwise

from dicomkit.errors import LessonError
from dicomkit.lessons.catalogue import Notebook, find_notebook
from dicomkit.workshop.timing import Section, Time, clock_starts, published_sections, time_of

__all__ = ["TRACKS", "Part", "Stop", "Track", "schedule", "short_title", "starts_of_notebooks", "track_time"]

LONGEST_STRETCH_MINUTES = 60  # without a break
BREAK_MINUTES, LUNCH_MINUTES = 10, 60
_BREAK_BETWEEN_NOTEBOOKS_AFTER = (
    25  # minutes: from then on, a break is made before a notebook rather than in it
)
_LUNCH_AFTER_MINUTES = 150


@dataclasses.dataclass(frozen=True)
class Part:
    """A notebook of a track, or its first sections.

    Parameters
    ----------
    number
        The cells of the notebook.
    until
        The id of the cell with the heading of the last section to take; "" for the whole notebook.
    """

    number: str
    until: str = ""

    @property
    def notebook(self) -> Notebook:
        """The notebook."""
        return find_notebook(self.number)

    @property
    def sections(self) -> tuple[Section, ...]:
        """The sections to take.

        Raises
        ------
        LessonError
            If the notebook has no section with that cell.
        """
        sections = published_sections(self.notebook)
        if not self.until:
            return sections
        cells = [section.cell for section in sections]
        if self.until not in cells:
            raise LessonError(
                self.until, f"notebook {self.number} has no such section", "choose another cell"
            )
        return sections[: cells.index(self.until) + 1]

    @property
    def time(self) -> Time:
        """The time it takes."""
        return time_of(self.sections)

    @property
    def lengths(self) -> tuple[int, ...]:
        """The minutes from each section to the next; they add up to the time of the part."""
        starts = clock_starts(self.sections, self.time.minutes).values()
        return tuple(end - start for start, end in pairwise([*starts, self.time.minutes]))

    @property
    def title(self) -> str:
        """The number and, for a part of a notebook, its last section; in Markdown."""
        return f"{self.number} up to *{short_title(self.sections[-1])}*" if self.until else self.number


@dataclasses.dataclass(frozen=True)
class Track:
    """A way through the workshop.

    Parameters
    ----------
    name
        Its name, for example ``"half a day, 4 hours"``.
    minutes
        Its length, including breaks.
    parts
        The parts, in order.
    has_lunch
        Whether one of the breaks is for lunch.
    """

    name: str
    minutes: int
    parts: tuple[Part, ...]
    has_lunch: bool = False


@dataclasses.dataclass(frozen=True)
class Stop:
    """A section on a track's clock.

    Parameters
    ----------
    starts
        The minute of the track at which it begins, including breaks.
    part, section
        The part and the section that begin.
    break_minutes
        The length of the break before it; 0 for none.
    """

    starts: int
    part: Part
    section: Section
    break_minutes: int


TRACKS = (
    Track(
        "90 minutes",
        90,
        (
            Part("00"),
            Part("01", until="exercise-2-text"),
            Part("04", until="exercise-1-text"),
            Part("06", until="exercise-2-text"),
        ),
    ),
    Track(
        "half a day, 4 hours",
        240,
        (
            Part("00"),
            Part("01"),
            Part("02", until="exercise-5-text"),
            Part("04", until="exercise-2-text"),
            Part("06"),
            Part("08", until="exercise-2-text"),
        ),
    ),
    Track(
        "a day, 8 hours",
        480,
        tuple(Part(number) for number in ("00", "01", "02", "04", "06", "07", "08")),
        has_lunch=True,
    ),
    Track("a second day, 4 hours", 240, (Part("11"), Part("12"), Part("13"))),
    Track(
        "3 hours, the PACS part only",
        180,
        (Part("06", until="exercise-6-text"), Part("07"), Part("12")),
    ),
)


def track_time(track: Track) -> Time:
    """Return the time for a track without its breaks."""
    times = [part.time for part in track.parts]
    return Time(
        sum(time.read_and_run for time in times),
        sum(time.exercises for time in times),
        sum(time.number_of_exercises for time in times),
    )


def schedule(track: Track) -> tuple[Stop, ...]:
    """Return the schedule of a track: each section in turn, with a break after an hour at the latest."""
    stops: list[Stop] = []
    passed = since_break = 0
    has_lunch = track.has_lunch
    for part in track.parts:
        sections, lengths = part.sections, part.lengths
        for section, length in zip(sections, lengths, strict=True):
            is_between = section is sections[0] and since_break >= _BREAK_BETWEEN_NOTEBOOKS_AFTER
            pause = 0
            if since_break + (sum(lengths) if is_between else length) > LONGEST_STRETCH_MINUTES:
                is_lunch = has_lunch and passed >= _LUNCH_AFTER_MINUTES
                has_lunch, pause = has_lunch and not is_lunch, LUNCH_MINUTES if is_lunch else BREAK_MINUTES
                since_break = 0
            passed += pause
            stops.append(Stop(passed, part, section, pause))
            passed, since_break = passed + length, since_break + length
    return tuple(stops)


def starts_of_notebooks(track: Track) -> dict[str, int]:
    """Return the minute of a track at which each notebook begins, by its number."""
    return {stop.part.number: stop.starts for stop in reversed(schedule(track))}


def short_title(section: Section) -> str:
    """Return the heading of a section; for an exercise, only its number."""
    return section.title.partition(":")[0] if section.exercises else section.title
