"""The notebooks of the workshop, the folder of their originals, and the exercises of each."""

from __future__ import annotations

import dataclasses
import importlib
from pathlib import Path
from types import ModuleType

from dicomkit.errors import LessonError
from dicomkit.lessons.exercise import Exercise
from dicomkit.lessons.lesson_texts import LessonTexts

__all__ = [
    "NOTEBOOKS",
    "Notebook",
    "exercises_of",
    "find_exercise",
    "find_notebook",
    "lesson_module",
    "pristine_folder",
    "speaker_notes_of",
]

_PACKAGE = Path(__file__).resolve().parent.parent


@dataclasses.dataclass(frozen=True)
class Notebook:
    """One lesson of the workshop.

    Parameters
    ----------
    number
        Two digits. A learner takes the lessons in this order.
    name
        The file's name without ``.ipynb``; it starts with the number.
    title
        What the learner can do afterwards, as in the notebook's heading.
    minutes
        Time that the slowest third of a class takes, as `dicomkit.workshop.timing` computes it;
        ``python tests/tools/refresh_notebooks.py --times`` writes it here.
    """

    number: str
    name: str
    title: str
    minutes: int

    @property
    def file_name(self) -> str:
        """Name of the notebook's file."""
        return f"{self.name}.ipynb"


NOTEBOOKS = (
    Notebook("00", "00_start_here", "See a study arrive", 30),
    Notebook("01", "01_file_from_thin_air", "Write a DICOM file from thin air", 52),
    Notebook("02", "02_edit_tags", "Edit the tags of a data set", 40),
    Notebook("03", "03_bytes_and_syntax", "Read a file byte by byte", 42),
    Notebook("04", "04_add_pixels", "Add pixels to a data set", 53),
    Notebook("05", "05_show_pixels", "Show pixels as they were meant", 42),
    Notebook("06", "06_send_and_receive", "Send a study and receive it", 57),
    Notebook("07", "07_negotiation", "Negotiate what may travel", 57),
    Notebook("08", "08_react_to_arrival", "Know when a study has arrived", 61),
    Notebook("09", "09_privacy_and_text", "Keep a name whole, then take it out", 45),
    Notebook("10", "10_capstone", "Debug a handout, then run the whole pipeline", 62),
    Notebook("11", "11_your_own_folder", "Turn a folder into a volume", 49),
    Notebook("12", "12_ask_an_archive", "Ask an archive", 51),
    Notebook("13", "13_dicom_on_the_web", "Ask over HTTP", 46),
)


def find_notebook(number: str) -> Notebook:
    """Return a notebook by its number.

    Parameters
    ----------
    number
        ``"01"``, ``"1"`` or the name of its file.

    Raises
    ------
    LessonError
        If there is none.
    """
    wanted = str(number).partition("_")[0].strip().zfill(2)
    for notebook in NOTEBOOKS:
        if notebook.number == wanted:
            return notebook
    known = ", ".join(notebook.number for notebook in NOTEBOOKS)
    raise LessonError(f"notebook {number}", "there is no notebook of that number", f"choose one of {known}")


def find_exercise(exercise_id: str) -> Exercise:
    """Return an exercise by its id.

    Parameters
    ----------
    exercise_id
        Number of the notebook, a full stop, number of the exercise: ``"01.2"``.

    Raises
    ------
    LessonError
        If there is none.
    """
    number = str(exercise_id).partition(".")[0]
    numbers = {notebook.number for notebook in NOTEBOOKS}
    exercises = exercises_of(find_notebook(number)) if number in numbers else ()
    for exercise in exercises:
        if exercise.id == exercise_id:
            return exercise
    known = ", ".join(exercise.id for exercise in exercises)
    remedy = f"choose one of {known}" if known else "the id stands above the exercise, for example 01.1"
    raise LessonError(f"exercise {exercise_id}", "there is no exercise of that id", remedy)


def exercises_of(notebook: Notebook) -> tuple[Exercise, ...]:
    """Return the exercises of `notebook`, in order."""
    exercises: tuple[Exercise, ...] = lesson_module(notebook).EXERCISES
    return exercises


def speaker_notes_of(notebook: Notebook) -> dict[str, str]:
    """Return the speaker notes, by the id of the cell."""
    return LessonTexts(f"dicomkit.lessons.nb{notebook.name}").speaker_notes


def lesson_module(notebook: Notebook) -> ModuleType:
    """Import the module of a notebook, only when it is needed."""
    return importlib.import_module(f"dicomkit.lessons.nb{notebook.name}")


def pristine_folder() -> Path:
    """Return the folder with the original notebooks: inside an installed package, or beside it in a checkout.

    Raises
    ------
    LessonError
        If there is neither.
    """
    for folder in (_PACKAGE / "notebooks", _PACKAGE.parent / "notebooks"):
        if (folder / NOTEBOOKS[0].file_name).is_file():
            return folder
    raise LessonError(
        "dicomkit", "its notebooks are missing", "install it again, from its checkout or its wheel"
    )
