"""Exercises of notebook 08: when a study has arrived, and how a program is started for it.

The exercises are in two modules, in the order of the notebook: the detector, and the reaction.
"""

from __future__ import annotations

from types import SimpleNamespace

from dicomkit.lessons.lesson_texts import LessonTexts
from dicomkit.lessons.nb08_part_detect import ANNOUNCEMENTS, DETECT, QUIET_PERIOD_S
from dicomkit.lessons.nb08_part_react import ARGV, REACT

__all__ = ["EXERCISES", "SPEAKER_NOTES", "checkpoint"]

_TEXTS = LessonTexts(__name__)

EXERCISES = (*DETECT, *REACT)


def checkpoint() -> SimpleNamespace:
    """Return the values that the later cells of notebook 08 start from.

    Returns
    -------
    SimpleNamespace
        ``study``: the twelve CT slices of notebook 00; ``is_quiet``: the condition of 08.1;
        ``announcements``: second, study and revision of 08.4; ``argv``: the command of 08.5.
    """
    from dicomkit.samples import ct_series  # noqa: PLC0415 - numpy and pydicom are not light

    return SimpleNamespace(
        study=ct_series(),
        is_quiet=lambda last_s, now_s: now_s - last_s >= QUIET_PERIOD_S,
        announcements=ANNOUNCEMENTS,
        argv=ARGV,
    )


SPEAKER_NOTES = _TEXTS.speaker_notes
