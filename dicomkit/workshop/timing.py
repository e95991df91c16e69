"""How long a notebook takes, computed from its cells.

The times are for the slowest third of a class: 150 words of prose a minute, 20 seconds to run a code cell and look at
its output, and the minutes that each exercise states. All times that are shown (in the notebooks, the tables, the
speaker's notes, the checklist) are taken from here.
"""

from __future__ import annotations

import dataclasses
import json
import math
import re
from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import Any

from dicomkit.lessons.catalogue import Notebook, find_exercise, pristine_folder
from dicomkit.workshop.solving import exercise_of

__all__ = ["Section", "Time", "clock_starts", "published_sections", "sections_of", "time_of", "words_in"]

WORDS_PER_MINUTE = 150
MINUTES_OF_A_CODE_CELL = 1 / 3

Cell = dict[str, Any]

_FENCED = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^#{1,2} (.*)$", re.MULTILINE)
_NOT_READ = re.compile(r"(?<=\])\([^)\s]+\)|<[^>\n]+>")  # the targets of links and pictures, HTML


@dataclasses.dataclass(frozen=True)
class Section:
    """A part of a notebook, from one heading to the next.

    Parameters
    ----------
    cell
        Id of the cell with the heading.
    title
        The heading.
    read_and_run_minutes
        The minutes for its prose and its code.
    exercise_minutes
        The minutes for its exercises.
    exercises
        The number of its exercises.
    """

    cell: str
    title: str
    read_and_run_minutes: float
    exercise_minutes: float
    exercises: int

    @property
    def minutes(self) -> float:
        """The minutes in all."""
        return self.read_and_run_minutes + self.exercise_minutes


@dataclasses.dataclass(frozen=True)
class Time:
    """The time for some sections, in whole minutes; the two parts add up to the whole.

    Parameters
    ----------
    read_and_run
        Minutes for prose and code.
    exercises
        Minutes for exercises.
    number_of_exercises
        The number of exercises.
    """

    read_and_run: int
    exercises: int
    number_of_exercises: int

    @property
    def minutes(self) -> int:
        """The minutes in all."""
        return self.read_and_run + self.exercises


def words_in(text: str) -> int:
    r"""Return the number of words to read in a Markdown text, including the descriptions of pictures.

    Examples
    --------
    >>> words_in("## A file\n\n![A box of bytes](box.svg) and [the rest](https://example.org/a/long/way).")
    9
    """
    return sum(any(map(str.isalnum, word)) for word in _NOT_READ.sub(" ", text).split())


def sections_of(cells: Iterable[Cell]) -> tuple[Section, ...]:
    """Return the sections of a notebook with their times.

    Parameters
    ----------
    cells
        The cells of the notebook.
    """
    sections: list[Section] = []
    for cell in cells:
        text = "".join(cell["source"])
        heading = _HEADING.search(_FENCED.sub("", text)) if cell["cell_type"] == "markdown" else None
        if heading is not None or not sections:
            title = heading[1] if heading is not None else ""
            sections.append(Section(str(cell.get("id", "")), title, 0.0, 0.0, 0))
        sections[-1] = _with(sections[-1], cell, text)
    return tuple(sections)


def _with(section: Section, cell: Cell, text: str) -> Section:
    """Return the section with the time of one more cell."""
    read_and_run = section.read_and_run_minutes
    exercise = exercise_of(cell)
    if cell["cell_type"] == "markdown":
        read_and_run += words_in(text) / WORDS_PER_MINUTE
    elif exercise is None and "check" not in cell.get("metadata", {}).get("tags", []):
        read_and_run += MINUTES_OF_A_CODE_CELL
    minutes = find_exercise(exercise).minutes if exercise is not None else 0
    return dataclasses.replace(
        section,
        read_and_run_minutes=read_and_run,
        exercise_minutes=section.exercise_minutes + minutes,
        exercises=section.exercises + (exercise is not None),
    )


def published_sections(notebook: Notebook) -> tuple[Section, ...]:
    """Return the sections of a notebook as it was published.

    Raises
    ------
    LessonError
        If the notebooks are missing.
    """
    text = (pristine_folder() / notebook.file_name).read_text(encoding="utf-8")
    return sections_of(json.loads(text)["cells"])


def time_of(sections: Iterable[Section]) -> Time:
    """Return the time for all sections together, in whole minutes, rounded up."""
    taken = tuple(sections)
    return Time(
        math.ceil(round(sum(section.read_and_run_minutes for section in taken), 3)),
        math.ceil(round(sum(section.exercise_minutes for section in taken), 3)),
        sum(section.exercises for section in taken),
    )


def clock_starts(sections: Sequence[Section], minutes: float) -> dict[str, int]:
    """Return the minute at which each section begins, by the id of its first cell.

    Parameters
    ----------
    sections
        The sections of a notebook.
    minutes
        The minutes that they take together, shared among them in proportion to their own times.
    """
    lengths = [section.minutes for section in sections]
    whole = sum(lengths) or 1.0
    begins = [0.0, *accumulate(lengths)]
    return {
        section.cell: int(minutes * begin / whole) for section, begin in zip(sections, begins, strict=False)
    }
