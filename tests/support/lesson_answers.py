"""The answer that an exercise's source gives in a learner's cell, and the reply to it."""

from __future__ import annotations

from pathlib import Path

from dicomkit.lessons.catalogue import find_exercise
from dicomkit.lessons.exercise import Exercise

# What a learner has in a notebook of the network, too.
IMPORTS = """\
import os
import shutil
import tempfile

import numpy as np
from pydicom import Dataset, dcmwrite
from pydicom.dataset import FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, JPEGLSLossless, RLELossless
from pynetdicom import build_context
from dicomkit.network import send
"""


def answer_of(exercise: Exercise, source: str) -> object:
    names: dict[str, object] = {}
    # In turn, as two cells: Python compiles a call of a module differently beside the module's import.
    for part in (exercise.setup, source):
        exec(part, names)  # noqa: S102 - the kit's own source
    return names[exercise.name]


def verdict_on(exercise: str, source: str, file: Path) -> str:
    """Return what is said of code that somebody typed into a cell."""
    found = find_exercise(exercise)
    text = f"{IMPORTS}\n{found.setup}\n{source}"
    file.write_text(text, encoding="utf-8")
    names: dict[str, object] = {}
    exec(compile(text, str(file), "exec"), names)  # noqa: S102 - the rows above
    return str(found.judge(names[found.name]))


def is_said(expected: str, verdict: str) -> bool:
    return (
        verdict.startswith("PASS")
        if expected == "PASS"
        else verdict.startswith("RETRY") and expected in verdict
    )
