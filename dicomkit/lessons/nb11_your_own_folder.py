"""Exercises of notebook 11: what is missing, the position of a pixel, the distance of planes, and code that stacks."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from pathlib import Path
from types import SimpleNamespace

from dicomkit.lessons.answer_parts import letters_of, set_of, tuple_of
from dicomkit.lessons.answers import NUMBER
from dicomkit.lessons.lesson_texts import LessonTexts
from dicomkit.lessons.nb11_part_code import CODE_EXERCISES
from dicomkit.lessons.nb11_part_folder import untidy_folder

__all__ = ["EXERCISES", "SPEAKER_NOTES", "checkpoint"]

_TEXTS = LessonTexts(__name__)
_PLACE = tuple_of(NUMBER, NUMBER, NUMBER)


def checkpoint() -> SimpleNamespace:
    """Return the folders that notebook 11 starts from.

    Returns
    -------
    SimpleNamespace
        ``folder``: a temporary folder that is untidy on purpose; ``out``: an empty one. Both are removed when the kernel ends.
    """
    place = tempfile.mkdtemp(prefix="dicomkit-folder-")
    atexit.register(shutil.rmtree, place, ignore_errors=True)
    folder, out = Path(place, "in"), Path(place, "out")
    folder.mkdir()
    out.mkdir()
    untidy_folder(folder)
    return SimpleNamespace(folder=folder, out=out)


_FIRST = (
    _TEXTS.looked_up("11.1", form=set_of(NUMBER), otherwise=_TEXTS.other_heights),
    _TEXTS.looked_up("11.2", form=_PLACE, otherwise=_TEXTS.other_place),
    _TEXTS.looked_up("11.3", form=NUMBER, otherwise=_TEXTS.other_distance),
)
_LAST = (
    _TEXTS.looked_up("11.6", form=_PLACE, otherwise=_TEXTS.other_ras),
    _TEXTS.looked_up("11.7", form=letters_of("ABCDEF"), otherwise=_TEXTS.other_letters),
)
EXERCISES = (*_FIRST, *CODE_EXERCISES, *_LAST)
SPEAKER_NOTES = _TEXTS.speaker_notes
