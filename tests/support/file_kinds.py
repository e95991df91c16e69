"""Files of many kinds, whole and damaged, DICOM and others, as in the folder of a real study."""

from __future__ import annotations

import io
import itertools
import zipfile
from collections.abc import Iterator
from typing import Literal, NamedTuple

from pydicom import Dataset
from pydicom.filewriter import dcmwrite
from pydicom.uid import (
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    RLELossless,
)

from dicomkit.samples import ct_series
from tests.support.dicom_files import delimiter, element, part10

Verdict = Literal["read", "odd", "copy", "no text", "damaged", "other format", "foreign"]

_SIDE = 16  # rows and columns


class FileKind(NamedTuple):
    """A kind of file.

    Parameters
    ----------
    name
        The file's name.
    content
        Its bytes.
    verdict
        ``read``: every room reads it. ``odd``: the same, and says what is odd. ``copy``: the same bytes as another
        file. ``no text``: whoever needs its text refuses it, who passes it on does not. ``damaged``: a DICOM file
        that no room reads or passes on. ``other format``: no DICOM file. ``foreign``: nobody looks into it, because
        of its name.
    reason
        What is said of it, as a regular expression.
    """

    name: str
    content: bytes
    verdict: Verdict
    reason: str = ""


def file_kinds() -> list[FileKind]:
    """Return one file of each kind; each DICOM file is another slice of one series, but for the duplicate."""
    return list(_kinds(_slices()))


def _slices() -> Iterator[Dataset]:
    """Yield slices of one series without end, each at a place of its own."""
    for number in itertools.count(1):
        (dataset,) = ct_series(1, size=_SIDE)
        uid = UID(f"{dataset.SOPInstanceUID[:40]}.{number}")
        dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = uid
        dataset.InstanceNumber = number
        dataset.ImagePositionPatient = [0, 0, 5 * number]
        yield dataset


def _kinds(slices: Iterator[Dataset]) -> Iterator[FileKind]:
    whole = _encoded(next(slices))
    yield FileKind("a-whole.dcm", whole, "read")
    yield FileKind("b-without-suffix", _encoded(next(slices)), "read")
    yield FileKind("c-implicit.dcm", _encoded(next(slices), ImplicitVRLittleEndian), "read")
    yield FileKind("d-big-endian.dcm", _encoded(next(slices), ExplicitVRBigEndian), "read")
    yield FileKind("e-deflated.dcm", _encoded(next(slices), DeflatedExplicitVRLittleEndian), "read")
    yield FileKind("f-trailing-zeros.dcm", _encoded(next(slices)) + bytes(4096), "odd", "zeros")
    yield FileKind("g-duplicate.dcm", whole, "copy", "copy|duplicate|another file of an instance")
    yield FileKind("h-rle.dcm", _encoded(next(slices), RLELossless), "read")
    yield from _odd(slices)
    yield from _damaged(slices)
    yield from _no_dicom()
    yield from _foreign(slices)


def _odd(slices: Iterator[Dataset]) -> Iterator[FileKind]:
    """Yield what is odd and can be read."""
    implicit = _encoded(next(slices), ImplicitVRLittleEndian)
    start = 144 + int.from_bytes(implicit[140:144], "little")
    yield FileKind("i-wrong-label.dcm", part10(implicit[start:]), "odd", "not encoded as")
    two_groups = _encoded(next(slices))
    start = 144 + int.from_bytes(two_groups[140:144], "little")
    yield FileKind("j-two-groups-0002.dcm", two_groups[:start] + two_groups[132:], "odd", "group 0002")
    no_vr = _encoded(next(slices)).replace(b"\2\0\x12\0UI", b"\2\0\x12\0??", 1)
    yield FileKind("j-no-vr-in-group-0002.dcm", no_vr, "read")
    without_pixels = next(slices)
    del without_pixels.PixelData
    yield FileKind("k-no-pixels.dcm", _encoded(without_pixels), "odd", "no Pixel Data")
    dataset = next(slices)
    uid = str(dataset.SOPInstanceUID).encode()
    own = element(0x00080018, "UI", uid + b"\0" * (len(uid) % 2))
    twice = _encoded(dataset).replace(own, own + element(0x00080018, "UI", b"1.2.3\0"))
    yield FileKind("l-element-twice.dcm", twice, "odd", "more than once")


def _damaged(slices: Iterator[Dataset]) -> Iterator[FileKind]:
    """Yield DICOM files that are not whole, or make no sense."""
    cut = "longer than what is left|not whole"
    yield FileKind("m-cut-in-pixels.dcm", _encoded(next(slices))[:-100], "damaged", cut)
    yield FileKind("n-cut-in-data-set.dcm", _encoded(next(slices))[:900], "damaged", cut)
    yield FileKind("o-cut-in-head.dcm", _encoded(next(slices))[:200], "damaged", cut)
    deflated = _encoded(next(slices), DeflatedExplicitVRLittleEndian)
    yield FileKind("p-cut-deflated.dcm", deflated[:-40], "damaged", "deflated data set|not whole")
    rle = _encoded(next(slices), RLELossless)
    assert rle.endswith(delimiter(0xE0DD))
    yield FileKind("q-no-end-of-fragments.dcm", rle[:-8], "damaged", cut)
    bare = _encoded(next(slices))
    start = 144 + int.from_bytes(bare[140:144], "little")
    yield FileKind("r-no-head.dcm", bare[start:], "damaged", "no 'DICM'|no preamble")
    no_syntax = _encoded(next(slices)).replace(b"\2\0\x10\0UI", b"\2\0\x04\0UI", 1)
    yield FileKind("r-no-syntax.dcm", no_syntax, "damaged", "no transfer syntax|not whole")
    inside = element(0x00081155, "UI", b"1.2.3\0")
    long_item = element(0x00081140, "SQ", b"\xfe\xff\0\xe0\x40\0\0\0" + inside)
    modality = element(0x00080060, "CS", b"CT")
    content = _encoded(next(slices)).replace(modality, modality + long_item)
    yield FileKind("r-item-too-long.dcm", content, "damaged", cut)
    content = _encoded(next(slices)).replace(b"ISO_IR 192", b"ISO IR_192")
    yield FileKind("s-misspelled.dcm", content, "no text", "Specific Character Set")


def _no_dicom() -> Iterator[FileKind]:
    yield FileKind("t-empty.dcm", b"", "other format", "empty|no 'DICM'")
    yield FileKind("u-notes.txt", b"A report of one page.\n" * 20, "other format", "text|no 'DICM'")
    yield FileKind("v-letter.pdf", b"%PDF-1.4\n" + bytes(400), "other format", "PDF|no 'DICM'")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("inside.txt", "text")
    yield FileKind("w-old.zip", packed.getvalue(), "other format", "zip|no 'DICM'")


def _foreign(slices: Iterator[Dataset]) -> Iterator[FileKind]:
    """Yield what belongs to somebody else, or to a program that is at work."""
    journal = b"SQLite format 3\0" + bytes(400)
    yield FileKind(".dicomkit-arrivals.sqlite", journal, "foreign", "journal")
    yield FileKind(".dicomkit-hooks-arrivals-0123456789ab.sqlite", journal, "foreign", "wait")
    hidden = _encoded(next(slices))
    yield FileKind(".incoming-0123456789ab-1", hidden[:600], "foreign", "not finished")
    yield FileKind(".hidden.dcm", hidden, "foreign", "hidden")
    yield FileKind(".DS_Store", b"\0\0\0\1Bud1" + bytes(400), "foreign", "macOS")
    yield FileKind("._a-whole.dcm", b"\0\5\x16\7" + bytes(400), "foreign", "macOS")
    yield FileKind("Thumbs.db", b"\xd0\xcf\x11\xe0" + bytes(400), "foreign", "Windows")
    yield FileKind("desktop.ini", b"[.ShellClassInfo]\r\n" * 20, "foreign", "Windows")


def _encoded(dataset: Dataset, syntax: UID = ExplicitVRLittleEndian) -> bytes:
    """Return a slice as a file, as pydicom writes it."""
    pixels = dataset.PixelData if "PixelData" in dataset else b""
    if syntax == RLELossless:
        dataset.compress(RLELossless, generate_instance_uid=False)
    elif syntax == ExplicitVRBigEndian and pixels:
        swapped = bytearray(pixels)
        swapped[::2], swapped[1::2] = pixels[1::2], pixels[::2]
        dataset.PixelData = bytes(swapped)
    dataset.file_meta.TransferSyntaxUID = syntax
    dataset._read_implicit = dataset._read_little = None
    stream = io.BytesIO()
    dcmwrite(stream, dataset, enforce_file_format=True)
    return stream.getvalue()
