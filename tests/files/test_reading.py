"""Reading: the right error for what is not a whole DICOM file, without patient data in the message."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest
from pydicom import dcmread
from pydicom.dataset import FileDataset

from dicomkit.errors import (
    DicomFileWarning,
    DicomKitError,
    FileAccessError,
    NotDicomError,
    TruncatedFileError,
)
from dicomkit.files import read_file
from tests.support.dicom_files import DATA, DEFLATED, bundled_files, element, own_files, part10

NAME = "MARKED^NAME"


def bundled(name: str) -> Path:
    return next(path for path in bundled_files() if path.name == name)


@pytest.mark.parametrize("path", own_files(), ids=lambda path: path.name)
def test_a_file_is_read_as_pydicom_reads_it(path: Path) -> None:
    dataset = read_file(path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert dataset == dcmread(path)
    assert isinstance(dataset, FileDataset)
    assert dataset.filename == str(path)


@pytest.mark.parametrize(
    "name",
    ["CT_small.dcm", "MR_small_bigendian.dcm", "MR_small_implicit.dcm", "image_dfl.dcm", "SC_rgb_rle.dcm"],
)
def test_every_transfer_syntax_is_read(name: str) -> None:
    assert read_file(bundled(name)).Rows > 0


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(FileAccessError, match="there is no such file"):
        read_file(tmp_path / "missing.dcm")


def test_a_folder(tmp_path: Path) -> None:
    with pytest.raises(FileAccessError, match="folder"):
        read_file(tmp_path)


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "an empty file"),
        (b"\x89PNG\r\n\x1a\n" + bytes(200), "a PNG picture"),
        (b"\xff\xd8\xff\xe0" + bytes(200), "a JPEG picture"),
        (b"P1\n# a comment\n10 10\n" + b"0 " * 100, "text"),
        (b"\n# Dicom-File-Format\n", "a dump text"),
        (element(0x00080005, "CS", b"ISO_IR 100"), "data set without preamble"),
        (bytes(range(256)), "something else"),
    ],
)
def test_no_dicom_says_what_it_looks_like(content: bytes, what: str, tmp_path: Path) -> None:
    path = tmp_path / "file.dcm"
    path.write_bytes(content)
    with pytest.raises(NotDicomError) as caught:
        read_file(path)
    assert what in str(caught.value)
    assert "\n" not in str(caught.value)


def test_every_cut_of_a_file_that_pydicom_would_accept_is_noticed(tmp_path: Path) -> None:
    content = (DATA / "sc_clean_dciodvfy.dcm").read_bytes()
    start = content.index(b"\x08\x00", 132 + 12)
    refused = 0
    for length in range(start, len(content)):
        path = tmp_path / "cut.dcm"
        path.write_bytes(content[:length])
        try:
            read_file(path)
        except TruncatedFileError as error:
            refused += 1
            assert error.offset <= length  # noqa: PT017 - the other cuts are between two elements
        except DicomFileWarning:
            pass  # the picture has lost its pixels
    elements = len(read_file(DATA / "sc_clean_dciodvfy.dcm"))
    assert len(content) - start - refused <= elements + 8


@pytest.mark.parametrize("name", ["MR_truncated.dcm", "rtplan_truncated.dcm"])
def test_a_truncated_file_names_the_place(name: str) -> None:
    with pytest.raises(TruncatedFileError) as caught:
        read_file(bundled(name))
    assert caught.value.tag in str(caught.value)
    assert str(caught.value.offset) in str(caught.value)


def test_a_sequence_that_outruns_the_file_is_truncated_for_a_reader() -> None:
    with pytest.raises(TruncatedFileError):
        read_file(bundled("DICOMDIR-nooffset"))


def test_no_warning_and_no_error_shows_a_value(tmp_path: Path) -> None:
    path = tmp_path / "bad.dcm"
    path.write_bytes(
        part10(
            element(0x00080005, "CS", NAME.encode())
            + element(0x00100010, "PN", NAME.encode())
            + element(0x00200011, "IS", NAME.encode())
        )
    )
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            read_file(path)
        except DicomKitError as error:
            assert NAME not in repr(error)  # noqa: PT017 - reading it may succeed
            assert error.__cause__ is None  # noqa: PT017 - the same
    assert not [warning for warning in caught if NAME in str(warning.message)]


def test_a_deflated_file_that_is_cut_off(tmp_path: Path) -> None:
    path = tmp_path / "cut.dcm"
    path.write_bytes(bundled("image_dfl.dcm").read_bytes()[:-500])
    with pytest.raises(TruncatedFileError, match="deflated"):
        read_file(path)
    path.write_bytes(part10(b"\xff" * 100, DEFLATED))
    with pytest.raises(NotDicomError, match="damaged"):
        read_file(path)
