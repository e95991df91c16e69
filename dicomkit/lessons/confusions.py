"""What beginners trip over, and the cell in which the workshop lets them, on purpose.

Whoever changes a lesson sees here which cell must not get lost. An instructor gets the table with
``dicomkit instructor``; the questions and answers are the FAQ of the README.
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
