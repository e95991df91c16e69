"""The messages of the validator dciodvfy about a data set, with or without the program.

dciodvfy, of *dicom3tools*, compares a data set with its Information Object Definition in PS3.3. Few learners have it, so
its messages about the data sets of the workshop are recorded in ``validator_says.json`` beside this module; a test
compares the record with the program. For any other data set the program is run, if it is installed.
"""

from __future__ import annotations

import copy
import functools
import hashlib
import json
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from dicomkit.errors import LessonError
from dicomkit.files.tags import SOP_CLASS_UID
from dicomkit.files.tokens import PIXEL_DATA

if TYPE_CHECKING:  # the lessons are light to import; who calls has pydicom already
    from pydicom.dataelem import DataElement
    from pydicom.dataset import Dataset

__all__ = ["RECORD", "ask_validator", "fingerprint", "recorded", "validator_says"]

RECORD = Path(__file__).with_name("validator_says.json")
_PROGRAM = "dciodvfy"
_TIMEOUT_S = 60
_LOSSY_RATIO = 0x00282112
_DATE_LENGTH = 8


def validator_says(dataset: Dataset) -> list[str]:
    """Return the errors and warnings of the validator dciodvfy about a data set.

    Parameters
    ----------
    dataset
        With file meta information, as for ``save_as``.

    Returns
    -------
    list of str
        The program's lines, each beginning with ``Error`` or ``Warning``; empty if it has none.

    Raises
    ------
    LessonError
        If nothing is recorded for such a data set and the program is not installed.

    References
    ----------
    PS3.3 annex A, Composite Information Object Definitions.
    """
    known = recorded().get(fingerprint(dataset))
    if known is not None:
        return list(known)
    program = shutil.which(_PROGRAM)
    if program is None:
        raise LessonError(
            "this data set",
            f"nothing is recorded for it, and {_PROGRAM} is not installed here",
            "run the cells above again, or install dicom3tools",
        )
    return ask_validator(program, dataset)


def ask_validator(program: str, dataset: Dataset) -> list[str]:
    """Run the program and return its messages.

    Parameters
    ----------
    program
        Path of dciodvfy.
    dataset
        With file meta information.
    """
    with tempfile.TemporaryDirectory(prefix="dicomkit-") as folder:
        path = Path(folder) / "checked.dcm"
        # A copy, because writing may change VRs in the data set.
        copy.deepcopy(dataset).save_as(path, enforce_file_format=True)
        done = subprocess.run(  # noqa: S603 - a fixed program on a file that was just made
            [program, str(path)], capture_output=True, text=True, check=False, timeout=_TIMEOUT_S
        )
    # Its exit status is not reliable, so the text decides.
    lines = (done.stdout + done.stderr).splitlines()
    return [line.rstrip() for line in lines if line.startswith(("Error", "Warning"))]


def fingerprint(dataset: Dataset) -> str:
    """Return a key that is equal for data sets with the same messages.

    The messages do not depend on particular UIDs, dates or pixels, so only their form is included.

    Parameters
    ----------
    dataset
        With file meta information.
    """
    syntax = str(dataset.file_meta.get("TransferSyntaxUID"))
    parts = [syntax, *(_outline(element) for element in dataset)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


@functools.cache
def recorded() -> dict[str, list[str]]:
    """Return the recorded lines by fingerprint."""
    record: dict[str, list[str]] = json.loads(RECORD.read_text(encoding="utf-8"))
    return record


def _outline(element: DataElement) -> str:
    tag = int(element.tag)
    if element.VR == "SQ":
        form = "; ".join(",".join(_outline(inner) for inner in item) for item in element.value)
    elif tag == PIXEL_DATA:
        # Pixel Data with and without padding gives the same file.
        length = len(element.value)
        form = "items" if element.is_undefined_length else f"{length + length % 2} bytes"
    elif tag == _LOSSY_RATIO:
        form = "a number"
    elif element.VR == "UI" and tag != SOP_CLASS_UID and getattr(element.value, "is_valid", False):
        form = "a UID" if element.value else ""
    elif element.VR == "DA" and len(str(element.value or "")) == _DATE_LENGTH:
        form = "a date"
    elif element.VR == "TM" and element.value:
        form = "a time"
    else:
        form = "" if element.value is None else str(element.value)
    return f"{tag:08x} {element.VR} {form}"
