"""A dump becomes a file without pydicom; pydicom, given the same dump, writes the same bytes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from dicomkit.dump import DumpOptions, format_file
from dicomkit.dump.reading.assembly import assemble
from dicomkit.dump.reading.completion import complete_file_meta, generate_missing_uids
from dicomkit.dump.reading.file_content import file_content
from dicomkit.dump.reading.reader import read_encoded
from dicomkit.files.writing import _with_pixels_as_bytes, encode_file
from tests.support.dicom_files import bundled_files, own_files

# What every one of the transfer syntaxes is written with.
SYNTAXES = (
    "LittleEndianImplicit",
    "LittleEndianExplicit",
    "BigEndianExplicit",
    "DeflatedLittleEndianExplicit",
)
CUT_OFF = {"MR_truncated.dcm", "no_meta.dcm", "rtplan_truncated.dcm"}
NESTED = """
(0008,0005) CS [ISO_IR 100]
(0008,0060) CS [OT]
(0008,1140) SQ (Sequence with explicit length #=2)
  (fffe,e000) na (Item with explicit length #=1)
    (0008,1155) UI [1.2.3]
  (fffe,e00d) na (ItemDelimitationItem for re-encoding)
  (fffe,e000) na (Item with undefined length #=1)
    (0008,1155) UI [1.2.3.4]
  (fffe,e00d) na (ItemDelimitationItem)
(fffe,e0dd) na (SequenceDelimitationItem for re-encod.)
(0008,2112) SQ (Sequence with undefined length #=1)
  (fffe,e000) na (Item with undefined length #=1)
    (0009,0010) LO [KIT]
    (0009,1001) UN 01\\02
    (0040,a30a) DS [1.5]
  (fffe,e00d) na (ItemDelimitationItem)
(fffe,e0dd) na (SequenceDelimitationItem)
(0010,0010) PN [M\xfcller]
(0018,9074) DT [2020]
(0028,0009) AT (0018,1063)
(0028,0010) US 2
(0040,a160) UT [text]
(0066,0016) OF 1.5\\2.5
(7fe0,0010) OW 0102\\0304
"""


def assert_written_alike(text: bytes) -> None:
    dump, _ = read_encoded(text)
    generate_missing_uids(dump)
    complete_file_meta(dump)
    assert file_content(dump) == encode_file(_with_pixels_as_bytes(assemble(dump)))


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_every_encoding_is_the_one_that_pydicom_writes(syntax: str) -> None:
    assert_written_alike(f"(0002,0010) UI ={syntax}\n{NESTED}".encode("latin-1"))


def whole_files() -> list[Path]:
    return [path for path in [*own_files(), *bundled_files()] if path.name not in CUT_OFF]


@pytest.mark.parametrize("path", whole_files(), ids=lambda path: path.name)
def test_a_file_from_a_dump_is_the_one_that_pydicom_writes(path: Path) -> None:
    assert_written_alike(format_file(path.read_bytes(), DumpOptions(line_length=None, exact_numbers=True)))


def test_writing_a_file_from_a_dump_needs_no_pydicom(tmp_path: Path) -> None:
    (tmp_path / "dump").write_text(
        "(0010,0010) PN [Doe^Jane]\n(0008,0016) UI =CTImageStorage\n", encoding="ascii"
    )
    code = (
        "import sys; from dicomkit.cli import main; "
        f"status = main(['dump2dcm', '+Ug', {str(tmp_path / 'dump')!r}, {str(tmp_path / 'made.dcm')!r}]); "
        "print(status, {'pydicom', 'numpy'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=60
    )
    assert done.stdout.strip() == "0 set()"
