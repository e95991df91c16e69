"""Mutants of reports, waveforms, documents and presentation states: shown or refused, within bounds, and only with the kit's own errors."""

from __future__ import annotations

import json
import random
import warnings
from pathlib import Path

import pytest

from dicomkit.contents import format_content
from dicomkit.errors import DicomKitError
from dicomkit.files.reading import read_content
from dicomkit.files.writing import encode_file
from dicomkit.viewers import ContentViewer
from tests.support.dicom_files import bundled
from tests.support.reports import document, ecg, every_value_type, report

MUTANTS = 30
LETTERS = b"0129.,-eENaIn\\ \0"


def sources() -> dict[str, bytes]:
    """Return the bytes of an instance of each kind."""
    files: list[Path] = [bundled("reportsi.dcm"), bundled("test-SR.dcm"), bundled("rtplan.dcm")]
    made = {"report": report(*every_value_type()), "ecg": ecg(40), "document": document()}
    return {path.name: path.read_bytes() for path in files} | {
        name: encode_file(one) for name, one in made.items()
    }


def mutant(content: bytes, chance: random.Random) -> bytes:
    changed = bytearray(content)
    for _ in range(chance.choice((1, 1, 2, 5))):
        at, kind = chance.randrange(132, len(changed)), chance.randrange(4)
        if kind == 0:
            changed[at] = chance.randrange(256)
        elif kind == 1:
            del changed[at]
        elif kind == 2:
            changed[at:at] = bytes(chance.randrange(256) for _ in range(chance.randrange(4)))
        else:
            changed[at] = chance.choice(LETTERS)
    return bytes(changed)


@pytest.mark.parametrize("name", sources())
def test_a_mutant_is_shown_or_refused(name: str) -> None:
    chance = random.Random(name)  # noqa: S311 - the same mutants each time
    content, shown = sources()[name], 0
    for _ in range(MUTANTS):
        try:
            dataset = read_content(mutant(content, chance))
        except DicomKitError:
            continue
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # a warning of pydicom would repeat a value
            viewer = ContentViewer(dataset, mask=False)
            assert len(viewer.describe()) < 100_000
            assert format_content(dataset)
            for question in viewer.questions():
                json.dumps(dict(viewer.answer(question).content), allow_nan=False)
        shown += 1
    assert shown > 0
