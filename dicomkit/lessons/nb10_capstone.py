"""Exercises of notebook 10: nine mistakes of a handout, two rules of a pipeline, and a night that failed.

The exercises are in four modules, in the order of the notebook.
"""

from __future__ import annotations

from types import SimpleNamespace

from dicomkit.lessons.lesson_texts import LessonTexts
from dicomkit.lessons.nb10_part_make import MAKE
from dicomkit.lessons.nb10_part_pipeline import PIPELINE
from dicomkit.lessons.nb10_part_react import REACT
from dicomkit.lessons.nb10_part_send import SEND

__all__ = ["EXERCISES", "SPEAKER_NOTES", "checkpoint"]

_TEXTS = LessonTexts(__name__)

EXERCISES = (*MAKE, *SEND, *REACT, *PIPELINE)


def checkpoint() -> SimpleNamespace:
    """Return the values that the later cells of notebook 10 start from.

    Returns
    -------
    SimpleNamespace
        ``study``: the twelve CT slices of notebook 00; ``picture``: the handout's picture as a PNM text, with
        real line ends; ``typed``: the four lines of the handout, with the right VR; ``first_lines``:
        of the handout's script, as printed and as meant; ``is_new``: the rule of 10.11.
    """
    from dicomkit.samples import ct_series  # noqa: PLC0415 - numpy and pydicom are not light

    typed = (
        "(0010,0010) PN [WORKSHOP01]\n(0010,0020) LO [WORKSHOP01]\n"
        "(0020,000D) UI [1.3.6.1.4.1.45037.5.2.1.987655444]\n"
        "(0020,000E) UI [1.3.6.1.4.1.45037.5.2.1.123456789]\n"
    )
    return SimpleNamespace(
        study=ct_series(),
        picture="P1\n10 10\n" + 10 * "0 0 0 0 0 0 0 0 0 0\n",
        typed=typed,
        first_lines=("#/usr/bin/env bash", "#!/usr/bin/env bash"),
        is_new=lambda study, done: (study.study_instance_uid, study.revision) not in done,
    )


SPEAKER_NOTES = _TEXTS.speaker_notes
