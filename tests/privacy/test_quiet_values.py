"""No value of a file gets into a warning: pydicom quotes what does not fit its VR, which may be a patient's name."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.dicom_files import element, part10

SECRET = "SECRET"  # noqa: S105 - no password, but what stands in for a name

# Each of these makes pydicom warn, and the warning quotes the value.
DOUBTFUL = (
    (0x00080020, "DA", b"SECRETDATE"),
    (0x00080030, "TM", b"SECRETTIME"),
    (0x0008002A, "DT", b"SECRETDATETIME"),
    (0x00080050, "SH", b"SECRET TOO LONG FOR A SHORT STRING"),
    (0x00080060, "CS", b"Secret, in small letters: SECRET"),
    (0x00081030, "LO", b"SECRET" * 20),
    (0x00081150, "UI", b"SECRET.1"),
    (0x00100010, "PN", b"SECRET^" * 12 + b"=A=B=C=D"),
    (0x00100020, "LO", b"SECRET\n\x1b$B"),
    (0x00100030, "DA", b"19SECRET"),
    (0x00101010, "AS", b"SECRET"),
    (0x00101030, "DS", b"SECRET1234567890123456789"),
    (0x00180050, "DS", b"1.SECRET"),
    (0x0020000D, "UI", b"1.2.SECRET"),
    (0x0020000E, "UI", b"1.2.SECRET.3"),
    (0x00200011, "IS", b"SECRET"),
    (0x00200013, "IS", b"1.SECRET"),
    (0x00200032, "DS", b"SECRET\\1\\2"),
    (0x00200037, "DS", b"SECRET\\0\\0\\0\\1\\0"),
    (0x00280030, "DS", b"SECRET\\1"),
    (0x00281050, "DS", b"SECRET"),
    (0x00281051, "DS", b"SECRET\\2"),
    (0x00281052, "DS", b"SECRET"),
    (0x00281053, "DS", b"SECRET"),
    (0x00281056, "CS", b"secret SECRET"),
    (0x00400241, "AE", b"SECRET, too long for a title"),
    (0x60000015, "IS", b"SECRET"),
)
REST = (
    (0x00080005, "CS", b"ISO_IR 100"),
    (0x00080016, "UI", b"1.2.840.10008.5.1.4.1.1.2\0"),
    (0x00080018, "UI", b"1.2.3.4\0"),
    (0x00280002, "US", b"\1\0"),
    (0x00280004, "CS", b"MONOCHROME2 "),
    (0x00280010, "US", b"\2\0"),
    (0x00280011, "US", b"\2\0"),
    (0x00280100, "US", b"\x08\0"),
    (0x00280101, "US", b"\x08\0"),
    (0x00280102, "US", b"\7\0"),
    (0x00280103, "US", b"\0\0"),
    (0x7FE00010, "OB", b"\1\2\3\4"),
)

# Each entry on its own line; a DicomKitError is an answer too, as long as it quotes nothing.
ENTRIES = """
ENTRY read_file(path)
ENTRY repr(index(path)), str(index(path)), index(path).studies()
ENTRY [shown(MetadataViewer(path, mask=mask)) for mask in (True, False)]
ENTRY [shown(ImageViewer(path, mask=mask)) for mask in (True, False)]
ENTRY shown(ImageViewer([read_file(path), read_file(path)]))
ENTRY shown(MetadataViewer([read_file(path)]))
ENTRY edited(AnatomyViewer(path))
ENTRY render(read_file(path))
ENTRY modality_values(read_file(path))
ENTRY overlays(read_file(path))
ENTRY compress(read_file(path), "1.2.840.10008.1.2.5")
ENTRY secondary_capture(np.zeros((4, 4), np.uint8), series_from=read_file(path))
ENTRY secondary_capture(np.zeros((4, 4), np.uint8), study_from=read_file(path), Modality="OT")
ENTRY format_dump(read_file(path))
ENTRY parse_dump(format_dump(read_file(path), max_value_length=None))
ENTRY write_file(read_file(path), folder / "written.dcm")
ENTRY modify(read_file(path), "PatientID", "X"), insert(read_file(path), "PatientComments", "X")
ENTRY erase(read_file(path), "StudyDate"), modify(read_file(path), "StudyDate", "20260101")
ENTRY deidentify(read_file(path), DeidentificationKey(b"k" * 32), pixels_checked=True)
ENTRY sent(path)
ENTRY main(["dcmdump", "-M", str(path)])
ENTRY main(["view", str(path), "-o", str(folder / "page.html"), "--unmasked"])
ENTRY main(["deidentify", "--pixels-checked", str(path), str(folder / "out")])
"""
PROGRAM = """
import sys, tempfile
from pathlib import Path
import numpy as np
from dicomkit.cli import main
from dicomkit.dump import format_dump, parse_dump
from dicomkit.errors import DicomKitError
from dicomkit.files import erase, insert, modify, read_file
from dicomkit.files.writing import write_file
from dicomkit.index.indexing import index
from dicomkit.network import StorageSCP, send
from dicomkit.pixels import compress, modality_values, overlays, render, secondary_capture
from dicomkit.privacy import DeidentificationKey, deidentify
from dicomkit.viewers import AnatomyViewer, AssociationDiagram, ImageViewer, Inbox, MetadataViewer

path, folder = Path(sys.argv[1]), Path(sys.argv[2])

def shown(viewer):
    repr(viewer), viewer._repr_mimebundle_(), viewer.page_viewer()

def edited(viewer):
    shown(viewer)
    for offset in (140, 200, 300, 400, 500, 700):
        viewer.answer({"ask": "edit", "side": 0, "offset": offset, "value": 65})

def sent(path):
    with StorageSCP(folder / "inbox") as scp:
        repr(send([path], "127.0.0.1", scp.port)), repr(send([read_file(path)], "127.0.0.1", scp.port))
        shown(Inbox(scp)), shown(AssociationDiagram(scp.log)), repr(scp.received)

def entry(number, call):
    print(f"entry {number}", file=sys.stderr, flush=True)
    try:
        call()
    except DicomKitError as error:
        print(error, file=sys.stderr, flush=True)

(folder / "inbox").mkdir()
"""


@pytest.fixture
def doubtful(tmp_path: Path) -> Path:
    elements = sorted((*DOUBTFUL, *REST))
    data_set = b"".join(element(tag, vr, value + b" " * (len(value) % 2)) for tag, vr, value in elements)
    path = tmp_path / "doubtful.dcm"
    path.write_bytes(part10(data_set))
    return path


def test_pydicom_would_repeat_the_values(doubtful: Path) -> None:
    code = "import sys, pydicom; str(pydicom.dcmread(sys.argv[1]))"
    done = subprocess.run(
        [sys.executable, "-W", "always", "-c", code, str(doubtful)],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.stderr.count(SECRET) > 3


def test_no_entry_repeats_a_value_on_stderr(doubtful: Path, tmp_path: Path) -> None:
    folder = tmp_path / "made"
    folder.mkdir()
    calls = [line.removeprefix("ENTRY ") for line in ENTRIES.strip().splitlines()]
    program = PROGRAM + "".join(
        f"entry({number}, lambda: ({call}))\n" for number, call in enumerate(calls, start=1)
    )
    done = subprocess.run(
        [sys.executable, "-W", "always", "-c", program, str(doubtful), str(folder)],
        check=False,
        capture_output=True,
        text=True,
        timeout=300,
    )
    said = done.stderr.split("entry ")[1:]
    assert done.returncode == 0, done.stderr
    assert len(said) == len(calls)
    assert [calls[number] for number, words in enumerate(said) if SECRET in words] == []
    # pydicom's warnings do not get through without a value either, only the kit's own.
    assert [words for words in said if "pydicom/" in words] == []
