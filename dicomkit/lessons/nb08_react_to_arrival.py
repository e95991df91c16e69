"""Exercises of notebook 08: when a study has arrived, and how a program is started for it.

The exercises themselves stand in two parts, in the order of the notebook: the detector, and the reaction.
"""

from __future__ import annotations

from types import SimpleNamespace

from dicomkit.lessons.nb08_part_detect import ANNOUNCEMENTS, DETECT, QUIET_PERIOD_S
from dicomkit.lessons.nb08_part_react import ARGV, REACT

__all__ = ["EXERCISES", "SPEAKER_NOTES", "checkpoint"]

EXERCISES = (*DETECT, *REACT)


def checkpoint() -> SimpleNamespace:
    """Make what the later cells of notebook 08 start from.

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


SPEAKER_NOTES: dict[str, str] = {
    "predict": "Collect the three ways on a board before anybody scrolls. Tick them off as the cells provoke them.",
    "detector": "Read it aloud as the handout's shell line: touch, find, not newer than 16 seconds. It is the same thing.",
    "twice": "Most people expect an empty list. Wait for somebody to say 'state' or 'event'.",
    "late": "This is the one that hurts patients: nothing failed, nobody was told, two slices were never read.",
    "exercise-2-text": "Whoever finishes early: what if two slices are deleted and two others arrive? The count stays the same.",
    "watcher": "Stress that it guesses too. What differs is what happens after a wrong guess.",
    "shell": "Ask who has such a hook at home. Sixteen characters are enough to fetch a script.",
    "loop": "Nothing here waits for real: the clock is turned by the watch itself. The network is real.",
    "feedback": "Ask how fast the archive fills with a montage of 1 MB every 16 seconds: about 5 GB a day.",
}
