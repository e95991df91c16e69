"""Exercises, their checks, and progress in the workshop."""

from dicomkit.lessons.exercises import check, checkpoint, hint, progress, solution
from dicomkit.lessons.full_disk import full_disk
from dicomkit.lessons.glossary import glossary
from dicomkit.lessons.ladder import ladder
from dicomkit.lessons.panels import chart, new_figure, panels
from dicomkit.lessons.picture import picture
from dicomkit.lessons.sharing import share_progress
from dicomkit.lessons.show_error import show_error
from dicomkit.lessons.validator import validator_says

__all__ = [
    "chart",
    "check",
    "checkpoint",
    "full_disk",
    "glossary",
    "hint",
    "ladder",
    "new_figure",
    "panels",
    "picture",
    "progress",
    "share_progress",
    "show_error",
    "solution",
    "validator_says",
]
