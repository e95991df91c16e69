"""Common confusions of beginners, and the cell of the workshop that provokes each on purpose.

These cells must be kept when a lesson is changed. ``dicomkit instructor`` writes the table; the questions and answers
are the FAQ of the README.
"""

from __future__ import annotations

import dataclasses
import tomllib
from pathlib import Path

__all__ = ["CONFUSIONS", "Confusion"]


@dataclasses.dataclass(frozen=True)
class Confusion:
    """Something that nearly everybody gets wrong once.

    Parameters
    ----------
    question
        As a beginner asks it.
    answer
        In one or two sentences.
    notebook
        Number of the notebook that meets it.
    cell
        Id of the code cell that provokes it; the prose around the cell predicts and explains it.
    """

    question: str
    answer: str
    notebook: str
    cell: str


CONFUSIONS = tuple(
    Confusion(**entry)
    for entry in tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))["confusion"]
)
