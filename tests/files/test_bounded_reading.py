"""Bounded reading: what no real file needs is refused, in one short line, before pydicom sees it."""

from __future__ import annotations

import struct
import warnings
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from pydicom.data import get_charset_files

from dicomkit.errors import (
    CharacterSetError,
    DicomFileWarning,
    NotDicomError,
    RefusedFileError,
    TruncatedFileError,
    UsageError,
)
from dicomkit.files import index, read_file
from dicomkit.files.checking import MISSING_PIXELS, check_dicom
from dicomkit.files.reading import read_content
from dicomkit.files.repair import repaired
from dicomkit.files.signatures import what_is_in_preamble
from tests.support.dicom_files import (
    BUNDLED,
    DEFLATED,
    EXPLICIT,
    IMPLICIT,
    bundled_files,
    deflated_zeros,
    element,
    implicit_element,
    item,
    part10,
    sequence,
)

SEQUENCE = 0x00081140
NAME = element(0x00100010, "PN", b"MARKED^NAME ")


def nested(depth: int, *, undefined: bool) -> bytes:
    content = NAME
    for _ in range(depth):
        content = sequence(SEQUENCE, item(content, undefined=undefined), undefined=undefined)
    return content


def deflated(dataset: bytes) -> bytes:
    packer = zlib.compressobj(9, wbits=-15)
    return part10(packer.compress(dataset) + packer.flush(), DEFLATED)


def refused(content: bytes, kind: type[NotDicomError]) -> NotDicomError:
    with pytest.raises(NotDicomError) as caught:
        read_content(content)
    assert type(caught.value) is kind
    assert len(str(caught.value).encode()) < 2048
    assert "MARKED" not in repr(caught.value)
    return caught.value


@pytest.mark.parametrize("undefined", [False, True])
def test_sixty_four_levels_are_read_and_one_more_is_refused(*, undefined: bool) -> None:
    assert len(str(read_content(part10(nested(64, undefined=undefined))))) < 100_000
    for depth in (65, 240, 250):
        assert "deeper than 64" in str(refused(part10(nested(depth, undefined=undefined)), RefusedFileError))


@pytest.mark.parametrize("syntax", [EXPLICIT, IMPLICIT])
@pytest.mark.parametrize("tag", [SEQUENCE, 0x00091010])
def test_a_sequence_that_hides_in_an_element_of_unknown_vr_is_bounded_too(tag: int, syntax: str) -> None:
    # pydicom finds the items in it all the same: it knows the VR of many elements better than the file does.
    content = implicit_element(0x00100010, b"MARKED^NAME ")
    for _ in range(70):
        content = implicit_element(SEQUENCE, item(content))
    hidden = implicit_element(tag, item(content)) if syntax == IMPLICIT else element(tag, "UN", item(content))
    refused(part10(hidden, syntax), RefusedFileError)
    assert read_content(part10(element(tag, "UN", item(implicit_element(0x00100010, b"A^B ")))))


def test_an_item_that_is_longer_than_its_hidden_sequence_is_reported() -> None:
    inside = struct.pack("<HHI", 0xFFFE, 0xE000, 99) + implicit_element(0x00100010, b"MARKED^NAME ")
    error = refused(part10(element(SEQUENCE, "UN", inside)), TruncatedFileError)
    assert "(fffe,e000)" in str(error)


def test_more_than_a_hundred_thousand_items_are_refused() -> None:
    assert read_content(part10(sequence(SEQUENCE, item(b"") * 100_000)))
    assert "100000 items" in str(refused(part10(sequence(SEQUENCE, item(b"") * 100_001)), RefusedFileError))


def test_more_than_a_million_elements_are_refused() -> None:
    content = part10(element(0x00080008, "CS", b"") * 1_000_001)
    assert "1000000 elements" in str(refused(content, RefusedFileError))


def test_a_deflated_data_set_that_grows_beyond_256_mb_is_refused_without_keeping_it() -> None:
    content = part10(deflated_zeros(300), DEFLATED)
    assert "268435456" in str(refused(content, RefusedFileError))


def test_every_cut_of_a_deflated_data_set_is_noticed() -> None:
    content = deflated(NAME * 3)
    assert read_content(content).PatientName == "MARKED^NAME"
    for length in range(len(part10(b"", DEFLATED)), len(content)):
        refused(content[:length], TruncatedFileError)


@pytest.mark.parametrize("is_in_item", [False, True])
def test_a_group_length_beyond_the_file_is_told_and_passed_over(
    *, is_in_item: bool, dcmdump_says: Callable[[Path], str], tmp_path: Path
) -> None:
    # Group lengths are retired (PS3.5 section 7.2): DCMTK, GDCM and pydicom pass over them.
    def content(length: int) -> bytes:
        group = element(0x00100000, "UL", struct.pack("<I", length)) + NAME
        return part10(
            element(0x00080016, "UI", b"1.2\0") + (sequence(SEQUENCE, item(group)) if is_in_item else group)
        )

    assert check_dicom(content(18)) == check_dicom(content(99)) == ()
    (remark,) = check_dicom(content(0x7FFFFFFF))
    assert "(0010,0000) is larger than the file" in remark
    assert read_content(content(0x7FFFFFFF))
    row = index(content(0x7FFFFFFF)).rows[0]
    assert (row.outcome, row.reason) == ("read", remark)
    path = tmp_path / "group_length.dcm"
    path.write_bytes(content(0x7FFFFFFF))
    assert dcmdump_says(path) == ""


@pytest.mark.parametrize("term", [b"utf_8 ", b"latin1", b"rot13 ", b"MARKED", b"\\utf_8", b"ISO_IR 999"])
def test_a_character_set_that_the_standard_does_not_define_is_refused(term: bytes) -> None:
    error = refused(part10(element(0x00080005, "CS", term) + NAME), CharacterSetError)
    assert term.decode().strip() not in str(error)
    inside = sequence(SEQUENCE, item(element(0x00080005, "CS", term)))
    refused(part10(inside), CharacterSetError)


@pytest.mark.parametrize("path", get_charset_files("*.dcm"), ids=lambda path: Path(path).name)
def test_the_character_sets_of_real_files_are_known(path: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DicomFileWarning)  # some have Rows and Columns and no pixels
        assert len(read_file(path)) > 0


def dicomdir(records: list[tuple[int, int]], first: int = 0) -> bytes:
    """Make a DICOMDIR; each record names the next and the lower one by number, 0 for none."""
    header = len(part10(element(0x00041200, "UL", bytes(4)))) + 12
    size = len(item(element(0x00041400, "UL", bytes(4)) + element(0x00041420, "UL", bytes(4))))

    def place(number: int) -> bytes:
        return struct.pack("<I", header + (number - 1) * size if number else 0)

    items = b"".join(
        item(element(0x00041400, "UL", place(after)) + element(0x00041420, "UL", place(below)))
        for after, below in records
    )
    return part10(element(0x00041200, "UL", place(first)) + sequence(0x00041220, items))


def test_a_dicomdir_whose_records_lead_in_a_circle_is_refused() -> None:
    assert read_content(dicomdir([(2, 3), (0, 0), (0, 0)], first=1))
    for records in ([(1, 0)], [(0, 1)], [(2, 0), (1, 0)], [(2, 0), (0, 3), (0, 1)], [(2, 2), (0, 0)]):
        assert "DICOMDIR" in str(refused(dicomdir(records, first=1), RefusedFileError))


def test_bundled_dicomdirs_are_read() -> None:
    names = [path for path in BUNDLED.rglob("DICOMDIR*") if path.name != "DICOMDIR-nooffset"]
    assert len(names) > 3
    assert all(check_dicom(path.read_bytes()) == () for path in names)


@pytest.mark.parametrize(
    ("start", "what"),
    [
        (b"MZ\x90\0", "a Windows program"),
        (b"\x7fELF\x02", "a Linux program"),
        (b"\xcf\xfa\xed\xfe", "a macOS program"),
        (b"#!/bin/sh\n", "a script"),
        (b"PK\x03\x04", "an archive"),
        (b"\0\0%PDF-1.7", "a PDF document"),
        (b"GIF <?php system(1)", "a PHP script"),
        (b"  <HTML><body>", "a web page"),
        (b"II*\0\x08", ""),  # PS3.10 section 7.1 names TIFF as what the preamble may hold
        (b"", ""),
    ],
)
def test_a_program_in_the_preamble_is_told_and_the_file_is_read(
    start: bytes, what: str, tmp_path: Path
) -> None:
    content = start.ljust(128, b"\0") + part10(element(0x00080016, "UI", b"1.2\0") + NAME)[128:]
    assert what_is_in_preamble(content) == what
    if what:
        path = tmp_path / "both.dcm"
        path.write_bytes(content)
        with pytest.warns(DicomFileWarning, match=what):
            assert read_file(path).PatientName == "MARKED^NAME"
        if start[:2] != b"PK":  # an index would look into the archive instead
            assert what in index(content).rows[0].reason
    else:
        assert read_content(content).PatientName == "MARKED^NAME"


def test_rows_and_columns_without_pixels_are_told() -> None:
    size = element(0x00280010, "US", b"\x01\0") + element(0x00280011, "US", b"\x01\0")
    assert check_dicom(part10(element(0x00080016, "UI", b"1.2\0") + size)) == (MISSING_PIXELS,)
    assert "no Pixel Data" in index(part10(element(0x00080016, "UI", b"1.2\0") + size)).rows[0].reason
    assert check_dicom(part10(size + element(0x7FE00010, "OW", b"\0\0"))) == ()


def test_each_cut_at_the_top_level_is_refused_or_tells_of_the_missing_pixels() -> None:
    content = next(path for path in bundled_files() if path.name == "SC_rgb_small_odd.dcm").read_bytes()
    boundaries = []
    for length in range(132, len(content)):
        try:
            remarks = check_dicom(content[:length])
        except NotDicomError:
            continue
        boundaries.append((content[:length], remarks))
    has_size = [b"\x28\x00\x10\x00US" in cut and b"\x28\x00\x11\x00US" in cut for cut, _ in boundaries]
    assert [MISSING_PIXELS in remarks for _, remarks in boundaries] == has_size
    assert any(has_size)
    assert len(boundaries) < 60


BARE = NAME + element(0x00280010, "US", b"\x01\0")


def without_prefix(content: bytes) -> bytes:
    return content[132:]


@pytest.mark.parametrize(
    ("content", "repair"),
    [
        (without_prefix(part10(BARE)), "preamble"),
        (BARE, "meta"),
        (bytes(128) + b"DICM" + BARE, "meta"),
    ],
    ids=["no preamble", "bare", "no meta"],
)
def test_what_is_missing_is_named_with_its_repair_and_never_repaired_unasked(
    content: bytes, repair: str, tmp_path: Path
) -> None:
    path = tmp_path / "headless.dcm"
    path.write_bytes(content)
    with pytest.raises(NotDicomError, match=f'repair="{repair}"'):
        read_file(path)
    with pytest.raises(UsageError, match="preamble, meta"):
        read_file(path, repair="force")
    dataset = read_file(path, repair=repair)
    assert dataset.PatientName == "MARKED^NAME"
    assert dataset.file_meta.TransferSyntaxUID
    assert path.read_bytes() == content


def test_dcmtk_reads_the_repaired_bytes(tmp_path: Path, dcmdump_says: Callable[[Path], str]) -> None:
    path = tmp_path / "repaired.dcm"
    path.write_bytes(repaired(BARE, "meta"))
    assert dcmdump_says(path) == ""


def test_a_data_set_that_group_0002_misdescribes_is_told_and_repaired_when_asked() -> None:
    content = part10(BARE, IMPLICIT)  # it is explicit
    assert "not encoded as group 0002 says" in check_dicom(content)[0]
    assert read_content(content).PatientName == "MARKED^NAME"
    assert read_content(repaired(content, "meta")).file_meta.TransferSyntaxUID == EXPLICIT


def test_a_whole_file_needs_no_repair() -> None:
    assert repaired(part10(NAME), "meta") == part10(NAME)
    with pytest.raises(NotDicomError, match="text"):
        repaired(b"Dear colleague, " * 20, "meta")


def test_compressed_pixels_of_unknown_syntax_are_not_guessed() -> None:
    fragments = struct.pack("<HH2sHI", 0x7FE0, 0x10, b"OB", 0, 0xFFFFFFFF) + item(b"") + item(b"\xff\xd8")
    end = struct.pack("<HHI", 0xFFFE, 0xE0DD, 0)
    with pytest.raises(NotDicomError, match="nobody knows how"):
        repaired(bytes(128) + b"DICM" + fragments + end, "meta")


def test_what_asks_too_much_has_no_place_in_an_index_and_what_is_misnamed_has() -> None:
    row = index(part10(element(0x00080016, "UI", b"1.2\0") + nested(70, undefined=True))).rows[0]
    assert (row.outcome, "deeper" in row.reason) == ("rejected", True)
    row = index(
        part10(element(0x00080005, "CS", b"utf_8 ") + element(0x00080016, "UI", b"1.2\0") + NAME)
    ).rows[0]
    assert (row.outcome, "Specific Character Set" in row.reason) == ("repaired", True)
    assert row.text("PatientName") == "MARKED^NAME"
