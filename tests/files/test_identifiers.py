"""The UIDs that identify an instance: the skim finds what the tokenizer finds, or is unsure."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from pydicom import dcmread

from dicomkit.errors import NotDicomError
from dicomkit.files import identifiers
from dicomkit.files.encoding import EXPLICIT_LITTLE
from dicomkit.files.identifiers import Identifiers, read_identifiers
from dicomkit.files.part10 import read_file_head
from dicomkit.files.quiet_pydicom import quiet_pydicom
from tests.support.dicom_files import EXPLICIT, bundled_files, element, sequence

PLAIN = (
    element(0x00080016, "UI", b"1.2.840.10008.5.1.4.1.1.2\0")
    + element(0x00080018, "UI", b"1.2.3.4\0")
    + element(0x00100010, "PN", b"Doe^Jane")
    + element(0x0020000D, "UI", b"1.2\0")
    + element(0x0020000E, "UI", b"1.2.3\0")
    + element(0x00200013, "IS", b"1 ")
)


# No receiver can be sent these: they say nowhere how they are encoded, or are damaged.
SAYS_NOT_WHAT_IT_IS = {
    "DICOMDIR-nooffset",
    "ExplVR_BigEndNoMeta.dcm",
    "ExplVR_LitEndNoMeta.dcm",
    "meta_missing_tsyntax.dcm",
    "no_meta.dcm",
    "rtstruct.dcm",
}


def outcome(content: bytes) -> Identifiers | type[NotDicomError]:
    try:
        return read_identifiers(content, 0, EXPLICIT)
    except NotDicomError as error:
        return type(error)


def identifiers_of(content: bytes) -> Identifiers:
    head = read_file_head(content)
    return read_identifiers(content, head.dataset_offset, head.transfer_syntax_uid)


@pytest.mark.parametrize("path", bundled_files(), ids=lambda path: path.name)
def test_pydicom_finds_the_same(path: Path) -> None:
    content = path.read_bytes()
    if path.name in SAYS_NOT_WHAT_IT_IS:
        with pytest.raises(NotDicomError):
            identifiers_of(content)
        return
    found = identifiers_of(content)
    with quiet_pydicom():  # of SC_rgb_jpeg.dcm it says that its VRs are not those of its transfer syntax
        dataset = dcmread(path, stop_before_pixels=True)
    keywords = ("SOPClassUID", "SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID")
    assert found == Identifiers(*(str(dataset.get(keyword, "")) for keyword in keywords))


def test_the_short_cut_is_taken_and_agrees(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = random.Random(17)  # noqa: S311 - the same damage on each run
    inserted = [
        b"",
        sequence(0x00081140, b""),
        element(0x00090010, "UN", b"abcd"),
        element(0x0009FFFE, "LO", b"x "),
    ]
    contents = [PLAIN[:45] + extra + PLAIN[45:] for extra in inserted]
    for _ in range(5_000):
        damaged = bytearray(PLAIN)
        for _ in range(rng.randint(1, 3)):
            damaged[rng.randrange(len(damaged))] = rng.choice([0, 1, 8, 0x20, 0xFE, 0xFF, rng.randrange(256)])
        contents.append(bytes(damaged[: rng.randint(1, 2 * len(damaged))]))
    assert identifiers._skim_over(PLAIN, 0, EXPLICIT_LITTLE) is not None
    quick = [outcome(content) for content in contents]
    monkeypatch.setattr(identifiers, "_skim_over", lambda *_: None)
    assert quick == [outcome(content) for content in contents]
    assert len(set(quick)) > 100, "the damage makes a difference"
