"""Exercises of notebook 09: letters, private blocks, a key, a shifted date, and what a notebook keeps.

The exercises are in three modules, in the order of the notebook: text, private elements, and identity.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from pydicom.dataset import Dataset, FileDataset

from dicomkit.lessons.lesson_texts import LessonTexts
from dicomkit.lessons.nb09_part_identity import IDENTITY
from dicomkit.lessons.nb09_part_private import PRIVATE
from dicomkit.lessons.nb09_part_text import TEXTS
from dicomkit.samples import cine, ct_series

__all__ = ["EXERCISES", "SPEAKER_NOTES", "checkpoint"]

_TEXTS = LessonTexts(__name__)

EXERCISES = (*TEXTS, *PRIVATE, *IDENTITY)

_NAME = "Wiśniewska^Łucja"
_FOLDER = "data/wiśniewska_łucja"


def checkpoint() -> SimpleNamespace:
    """Return the values that the later cells of notebook 09 start from.

    Returns
    -------
    SimpleNamespace
        ``slices``: three CT slices of an invented patient, as a scanner would write them; ``words``: the bytes
        that must not remain of her; ``clip``: an ultrasound clip that does not say whether names are
        painted into it; ``notebook``: a saved notebook, as read from its JSON.
    """
    slices = ct_series(3, size=32)
    for number, one in enumerate(slices):
        _add_identity(one, number)
    for one in slices[1:]:
        reference = Dataset()
        reference.ReferencedSOPClassUID = slices[0].SOPClassUID
        reference.ReferencedSOPInstanceUID = slices[0].SOPInstanceUID
        one.ReferencedImageSequence = [reference]
    clip = cine()
    del clip.BurnedInAnnotation, clip.PatientIdentityRemoved
    words = ["Wiśniewska", "Łucja", "W-70714", "19700714", slices[0].StudyInstanceUID]
    return SimpleNamespace(
        slices=slices, words=[word.encode() for word in words], clip=clip, notebook=_notebook()
    )


def _add_identity(one: FileDataset, number: int) -> None:
    """Add the identifying values that a scanner would write to a synthetic slice."""
    del one.PatientIdentityRemoved, one.DeidentificationMethod
    one.SpecificCharacterSet = "ISO_IR 192"
    one.PatientName, one.PatientID, one.PatientBirthDate = _NAME, "W-70714", "19700714"
    one.InstitutionName, one.StudyDescription = "Szpital Miejski", "head, p. Wiśniewska"
    one.AcquisitionDateTime = f"202209141015{number:02}.5+0200"
    request = Dataset()
    request.RequestedProcedureDescription = "Łucja W., headache since 14 July"
    one.RequestAttributesSequence = [request]
    block = one.private_block(0x0019, "ACME CT", create=True)
    block.add_new(0x01, "LO", "Wiśniewska, bed 3")
    block.add_new(0x02, "DS", "1.25")


def _notebook() -> dict[str, Any]:
    """Return a saved notebook, as a colleague would send it."""

    def cell(name: str, source: str, *outputs: dict[str, Any]) -> dict[str, Any]:
        return {"cell_type": "code", "id": name, "source": source, "outputs": list(outputs)}

    printed = {"output_type": "stream", "text": f"(0010,0010) Patient's Name   PN: '{_NAME}'\n"}
    error = {
        "output_type": "error",
        "ename": "ValueError",
        "evalue": "could not convert string to float",
        "traceback": ["ValueError", f"    float('{_NAME}')"],
    }
    state = {"model_1": {"state": {"rows": ["CT", _NAME]}}}
    return {
        "cells": [
            cell("open", f'study = read("{_FOLDER}")'),
            cell("show", "print(study[0])", printed),
            cell("count", "print(len(study))", {"output_type": "stream", "text": "3\n"}),
            cell("weigh", "float(study[0].PatientName)", error),
            cell("table", "Table(study)", {"output_type": "display_data", "data": {"text/plain": "Table"}}),
        ],
        "metadata": {"widgets": {"application/vnd.jupyter.widget-state+json": {"state": state}}},
    }


SPEAKER_NOTES = _TEXTS.speaker_notes
