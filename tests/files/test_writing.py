"""Writing a file: whole or not at all, and readable by DCMTK."""

from __future__ import annotations

import contextlib
import io
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.uid import JPEG2000Lossless, JPEGLSLossless, RLELossless

from dicomkit import samples
from dicomkit.errors import AttributeValueError, FileAccessError, NotDicomError
from dicomkit.files.reading import read_content
from dicomkit.files.replacing import file_to_replace, new_file
from dicomkit.files.write_check import check_written
from dicomkit.files.writing import encode_file, write_file
from dicomkit.pixels import compress
from tests.support.dicom_files import bundled_files, element, item, own_files, part10, sequence

SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"


def small() -> Dataset:
    dataset = Dataset()
    dataset.SOPClassUID = SECONDARY_CAPTURE
    dataset.SOPInstanceUID = "1.2.3"
    dataset.PatientName = "WORKSHOP01"
    return dataset


def test_the_bytes_are_those_of_part_10() -> None:
    meta = (
        b"\x02\x00\x01\x00OB\x00\x00\x02\x00\x00\x00\x00\x01"
        b"\x02\x00\x02\x00UI\x1a\x001.2.840.10008.5.1.4.1.1.7\x00"
        b"\x02\x00\x03\x00UI\x06\x001.2.3\x00"
        b"\x02\x00\x10\x00UI\x14\x001.2.840.10008.1.2.1\x00"
        b"\x02\x00\x12\x00UI\x2c\x002.25.147117180266030476383248451873244784928"
        b"\x02\x00\x13\x00SH\x0a\x00DICOMKIT_0"
    )
    data_set = (
        b"\x08\x00\x16\x00UI\x1a\x001.2.840.10008.5.1.4.1.1.7\x00"
        b"\x08\x00\x18\x00UI\x06\x001.2.3\x00"
        b"\x10\x00\x10\x00PN\x0a\x00WORKSHOP01"
    )
    group_length = b"\x02\x00\x00\x00UL\x04\x00" + len(meta).to_bytes(4, "little")
    assert encode_file(small()) == bytes(128) + b"DICM" + group_length + meta + data_set


def test_dcmtk_reads_it_without_a_word(peer: Callable[[str], str], tmp_path: Path) -> None:
    write_file(small(), tmp_path / "one.dcm")
    result = subprocess.run(
        [peer("dcmdump"), tmp_path / "one.dcm"], capture_output=True, text=True, check=True, timeout=60
    )
    assert result.stderr == ""
    assert "(0010,0010) PN [WORKSHOP01]" in result.stdout


def test_the_data_set_that_was_given_is_left_alone() -> None:
    dataset = small()
    before = str(dataset)
    encode_file(dataset)
    assert str(dataset) == before
    assert not hasattr(dataset, "file_meta")


def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    target = tmp_path / "one.dcm"
    target.write_bytes(b"old")
    with contextlib.suppress(ZeroDivisionError), file_to_replace(target) as stream:
        stream.write(b"half")
        stream.write(bytes([1 // 0]))
    assert [path.name for path in tmp_path.iterdir()] == ["one.dcm"]
    assert target.read_bytes() == b"old"


@pytest.mark.parametrize("durable", [False, True])
def test_the_new_file_takes_the_place_of_the_old(tmp_path: Path, *, durable: bool) -> None:
    target = tmp_path / "one.dcm"
    target.write_bytes(b"old")
    with file_to_replace(target, durable=durable) as stream:
        stream.write(b"new")
        assert target.read_bytes() == b"old"
    assert target.read_bytes() == b"new"
    assert [path.name for path in tmp_path.iterdir()] == ["one.dcm"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no file modes")
def test_the_mode_is_the_one_that_any_program_would_give(tmp_path: Path) -> None:
    (tmp_path / "plain").write_bytes(b"")
    write_file(small(), tmp_path / "one.dcm")
    assert (tmp_path / "one.dcm").stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileAccessError, match=r"No such file or directory.*; check the folder"):
        write_file(small(), tmp_path / "nowhere" / "one.dcm")


@pytest.mark.skipif(not Path("/dev/shm").is_dir(), reason="needs a Linux machine")  # noqa: S108 - a mount point
@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="mounting needs root")
def test_a_full_disk_leaves_nothing_behind(tmp_path: Path) -> None:
    folder = tmp_path / "small"
    folder.mkdir()
    mount = shutil.which("mount")
    mounted = mount and subprocess.run(
        [mount, "-t", "tmpfs", "-o", "size=64k", "tmpfs", folder],
        check=False,
        capture_output=True,
        timeout=60,
    )
    if not mounted or mounted.returncode:
        pytest.skip("this machine does not allow a mount")
    try:
        with pytest.raises(FileAccessError, match="No space left"), file_to_replace(folder / "big") as stream:
            stream.write(bytes(1_000_000))
        assert list(folder.iterdir()) == []
    finally:
        subprocess.run(["umount", folder], check=True, timeout=60)


def test_a_value_that_cannot_be_encoded_is_not_repeated() -> None:
    dataset = small()
    dataset.add_new("Rows", "US", 1)
    dataset["Rows"]._value = "SECRET^NAME"
    with pytest.raises(AttributeValueError) as caught:
        encode_file(dataset)
    assert "SECRET" not in str(caught.value)
    assert "cannot be encoded" in str(caught.value)


@pytest.mark.parametrize("name", [".", "folder", ""])
def test_a_folder_is_special_file_to_replace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    (tmp_path / "folder").mkdir()
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FileAccessError, match=r"cannot be written"):
        write_file(small(), name)
    assert [path.name for path in tmp_path.rglob("*")] == ["folder"]


def test_the_umask_of_the_process_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # It belongs to all threads: a receiver that stores at the same time would write with the wrong one.
    monkeypatch.setattr(os, "umask", lambda mask: pytest.fail(f"the umask was set to {mask}"))
    write_file(small(), tmp_path / "one.dcm")


def test_bytes_that_are_no_whole_number_are_an_error_like_any_other() -> None:
    # A raw US of three bytes is looked at only when it is written in another transfer syntax.
    content = bytearray(encode_file(small()))
    content += b"\x28\x00\x10\x00US\x03\x00abc"
    dataset = dcmread(io.BytesIO(bytes(content)))
    dataset.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2"
    with pytest.raises(AttributeValueError, match="cannot be encoded"):
        encode_file(dataset)


@pytest.mark.parametrize("path", [*bundled_files(), *own_files()], ids=lambda path: path.name)
def test_what_is_written_is_read_by_dcmtk_without_a_warning(
    path: Path, tmp_path: Path, dcmdump_says: Callable[[Path], str]
) -> None:
    target = tmp_path / "out.dcm"
    try:
        dataset = read_content(path.read_bytes())
    except NotDicomError:
        return  # tests/files/test_reading.py says which, and why
    if path.name == "nested_priv_SQ.dcm":  # group 0001
        with pytest.raises(AttributeValueError):
            write_file(dataset, target)
        assert not target.exists()
        return
    write_file(dataset, target)
    assert dcmdump_says(target) == ""
    read_content(target.read_bytes())


def test_samples_and_what_is_compressed_are_read_by_dcmtk_without_a_warning(
    tmp_path: Path, dcmdump_says: Callable[[Path], str]
) -> None:
    made = [*samples.ct_series(2, size=32), samples.cine(), samples.colour(), samples.radiograph()]
    made += [compress(made[0], uid) for uid in (RLELossless, JPEGLSLossless, JPEG2000Lossless)]
    for dataset in made:
        write_file(dataset, tmp_path / "out.dcm")
        assert dcmdump_says(tmp_path / "out.dcm") == ""


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (element(0x00010010, "LO", b"ab"), "(0001,0010)"),
        (element(0x00100010, "PN", b"SECRET^"), "odd"),
        (element(0x00100010, "PN", b"A^B ") + element(0x00100020, "xx", b"SECRET^N"), "no such VR"),
        (element(0x00100020, "LO", b"ab") + element(0x00100010, "PN", b"SECRET^N"), "ascend"),
        (sequence(0x00081140, item(element(0x00100010, "PN", b"SECRET^"))), "odd"),
    ],
)
def test_bytes_that_another_reader_would_warn_of_are_told(content: bytes, problem: str) -> None:
    with pytest.raises(AttributeValueError, match=re.escape(problem)) as caught:
        check_written(part10(content))
    assert "SECRET" not in str(caught.value)


def test_a_group_0002_that_cannot_be_decoded_is_an_error_like_any_other() -> None:
    # Found by mutant 743 of tests/support/fuzzing.py: pydicom says so only when the element is looked at.
    content = part10(element(0x00100010, "PN", b"A^B "))
    damaged = element(0x0002FF00, "FD", b"1.2\0")
    dataset = read_content(content[:144] + damaged + content[144:])
    assert dataset.PatientName == "A^B"
    with pytest.raises(AttributeValueError, match="cannot be encoded"):
        encode_file(dataset)
    unknown = b"\x02\x00\x02\x00OO\x00\x00\x04\x00\x00\x001.2\x00"
    again = read_content(encode_file(read_content(content[:144] + unknown + content[144:])))
    assert (again.file_meta.MediaStorageSOPClassUID, again.PatientName) == ("1.2", "A^B")


def test_pixel_data_that_cannot_be_decoded_are_an_error_like_any_other(tmp_path: Path) -> None:
    # Found by mutant 16852 of tests/support/fuzzing.py: empty, so pydicom decodes them when it is only asked for their VR.
    unknown = b"\xe0\x7f\x10\x00XX\x00\x00\x00\x00\x00\x00"
    dataset = read_content(part10(element(0x00100010, "PN", b"A^B ") + unknown))
    with pytest.raises(AttributeValueError, match="cannot be encoded"):
        write_file(dataset, tmp_path / "out.dcm")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("tag", [0xFFFEE00D, 0xFFFEE0DD])
def test_a_delimiter_is_no_element_of_a_data_set(tmp_path: Path, tag: int) -> None:
    dataset = small()
    dataset.add_new(tag, "LO", "")
    with pytest.raises(AttributeValueError):
        write_file(dataset, tmp_path / "made.dcm")
    assert list(tmp_path.iterdir()) == []


def test_a_data_set_that_is_too_deep_is_not_written(tmp_path: Path) -> None:
    dataset = small()
    for _ in range(70):
        outer = Dataset()
        outer.ReferencedImageSequence = [dataset]
        dataset = outer
    with pytest.raises(AttributeValueError, match="deeper than 64"):
        write_file(dataset, tmp_path / "deep.dcm")
    assert list(tmp_path.iterdir()) == []


def test_a_data_set_without_vrs_under_an_explicit_syntax_gets_its_vrs(
    peer: Callable[[str], str], tmp_path: Path
) -> None:
    (path,) = (one for one in bundled_files() if one.name == "SC_rgb_jpeg.dcm")
    dataset = read_content(path.read_bytes())
    write_file(dataset, tmp_path / "out.dcm")
    assert read_content((tmp_path / "out.dcm").read_bytes()) == dataset
    told = subprocess.run(
        [peer("dcmdump"), str(tmp_path / "out.dcm")], check=True, capture_output=True, text=True, timeout=60
    )
    assert "(0008,0008) CS [DERIVED\\SECONDARY\\OTHER]" in told.stdout
    assert told.stderr == ""


@pytest.mark.parametrize("has_links", [True, False])
def test_what_somebody_puts_there_meanwhile_is_never_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, has_links: bool
) -> None:
    if not has_links:
        monkeypatch.delattr(os, "link", raising=False)  # a browser has none anyway
    target = tmp_path / "new"

    def write_while_somebody_else_does() -> None:
        with new_file(target) as stream:
            stream.write(b"mine")
            target.write_bytes(b"theirs")

    with pytest.raises(FileAccessError, match="already"):
        write_while_somebody_else_does()
    assert target.read_bytes() == b"theirs"
    assert list(tmp_path.iterdir()) == [target], "no temporary file stays"
    target.unlink()
    with new_file(target) as stream:
        stream.write(b"mine")
    assert target.read_bytes() == b"mine"
    assert list(tmp_path.iterdir()) == [target]


def test_a_link_that_leads_nowhere_has_its_name_too(tmp_path: Path) -> None:
    target = tmp_path / "new"
    target.symlink_to(tmp_path / "nowhere")
    with pytest.raises(FileAccessError, match="already"), new_file(target):
        pass
    with pytest.raises(FileAccessError, match="already"):
        write_file(small(), target, replace=False)
    assert list(tmp_path.iterdir()) == [target]
