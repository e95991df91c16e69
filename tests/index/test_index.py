"""The index: every entry becomes a row, and what the fast scan finds is what pydicom and dcmdump find."""

from __future__ import annotations

import io
import os
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from pydicom import Dataset, dcmread
from pydicom.data import get_testdata_file
from pydicom.dataset import FileMetaDataset
from pydicom.multival import MultiValue
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    SecondaryCaptureImageStorage,
)

from dicomkit.errors import FileAccessError, NotDicomError
from dicomkit.files import index
from dicomkit.files.writing import encode_file
from dicomkit.index.element_rows import instance_rows
from dicomkit.index.indexing import Index
from dicomkit.index.scan import HEAD_SIZES_BYTES, INDEXED, scan_fully, scan_head
from dicomkit.index.zip_members import MAX_ZIP_ENTRIES
from dicomkit.samples import ct_series

REAL = [
    *("CT_small.dcm", "MR_small.dcm", "MR_small_implicit.dcm", "MR_small_bigendian.dcm", "rtplan.dcm"),
    *("JPEG2000.dcm", "JPGExtended.dcm", "image_dfl.dcm", "reportsi.dcm", "SC_rgb_jpeg_gdcm.dcm"),
    *("waveform_ecg.dcm", "test-SR.dcm", "examples_overlay.dcm", "liver_1frame.dcm"),
]  # fmt: skip


def sample(transfer_syntax_uid: str = ExplicitVRLittleEndian) -> bytes:
    made = ct_series(1, size=32)[0]
    dataset = Dataset(dict(made.items()))  # a data set that was never encoded may take any byte order
    dataset.file_meta = made.file_meta
    dataset.preamble = bytes(128)
    dataset.file_meta.TransferSyntaxUID = transfer_syntax_uid
    stream = io.BytesIO()
    dataset.save_as(
        stream,
        implicit_vr=transfer_syntax_uid == ImplicitVRLittleEndian,
        little_endian=transfer_syntax_uid != ExplicitVRBigEndian,
    )
    return stream.getvalue()


def outcomes(found: Index) -> dict[str, tuple[str, str]]:
    return {row.name: (row.outcome, row.reason) for row in found.rows}


def zipped(entries: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return stream.getvalue()


@pytest.mark.parametrize("name", REAL)
def test_the_values_are_those_of_pydicom(name: str) -> None:
    path = get_testdata_file(name, download=False)
    assert path is not None
    dataset = dcmread(path)
    (row,) = index(path).rows
    assert row.outcome == "read", row.reason
    assert row.transfer_syntax_uid == dataset.file_meta.TransferSyntaxUID
    for keyword in INDEXED:
        expected = dataset.get(keyword)
        text = (
            "\\".join(map(str, expected))
            if isinstance(expected, list | MultiValue)
            else str("" if expected is None else expected)
        )
        assert row.text(keyword) == text.strip("\0 "), keyword


@pytest.mark.parametrize(
    "syntax",
    [ExplicitVRLittleEndian, ImplicitVRLittleEndian, ExplicitVRBigEndian, DeflatedExplicitVRLittleEndian],
)
def test_every_transfer_syntax_gives_the_same_values(syntax: str) -> None:
    first, second = index([sample(), sample(syntax)]).rows
    assert second.outcome == "read"
    assert [second.text(keyword) for keyword in INDEXED] == [first.text(keyword) for keyword in INDEXED]


@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, ImplicitVRLittleEndian])
def test_the_fast_scan_and_the_full_walk_agree(syntax: str) -> None:
    content = sample(syntax)
    fast = scan_head(content[: max(HEAD_SIZES_BYTES)], len(content), lambda: content[-8:])
    assert fast is not None, "the fast scan gave up on a plain file"
    assert fast == scan_fully(content)


@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, ImplicitVRLittleEndian])
@pytest.mark.parametrize("head_bytes", HEAD_SIZES_BYTES)
def test_a_value_across_the_end_of_the_head_is_read_whole(head_bytes: int, syntax: str) -> None:
    value = "1.2.3.4.5.6.7.8.9.10.11.12"
    for padding in range(head_bytes - 400, head_bytes - 250, 2):
        dataset = Dataset()
        dataset.file_meta = FileMetaDataset()
        dataset.file_meta.TransferSyntaxUID = syntax
        dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID = SecondaryCaptureImageStorage
        dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID = "1.2.3"
        dataset.add_new(0x00091010, "OB", bytes(padding))
        dataset.SeriesInstanceUID = value  # the last element, so that the file ends where it ends
        stream = io.BytesIO()
        dataset.save_as(stream, enforce_file_format=True)
        assert index(stream.getvalue()).rows[0].text("SeriesInstanceUID") == value, padding


def test_dcmdump_agrees(peer: Callable[[str], str], tmp_path: Path) -> None:
    path = tmp_path / "one.dcm"
    path.write_bytes(sample())
    (row,) = index(path).rows
    for keyword in ("SOPInstanceUID", "StudyInstanceUID", "Modality", "PatientID"):
        command = [peer("dcmdump"), "-Un", "+P", keyword, str(path)]
        printed = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout
        assert f"[{row.text(keyword)}]" in printed


def test_no_entry_of_a_folder_vanishes(tmp_path: Path) -> None:
    content = sample()
    (tmp_path / "sub" / "empty").mkdir(parents=True)
    (tmp_path / "sub" / "whole.dcm").write_bytes(content)
    (tmp_path / "cut.dcm").write_bytes(content[:-10])
    (tmp_path / "bare").write_bytes(content[content.index(b"\x08\x00\x05\x00CS") :])
    (tmp_path / "note.txt").write_text("hello, this is no DICOM file", encoding="ascii")
    (tmp_path / "picture.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    (tmp_path / "nothing").write_bytes(b"")
    (tmp_path / "more.zip").write_bytes(zipped({"a": content}))
    (tmp_path / "random").write_bytes(bytes(range(7, 250)) * 4)
    (tmp_path / "loop").symlink_to(tmp_path)
    os.mkfifo(tmp_path / "pipe")
    found = outcomes(index(tmp_path))
    assert list(found) == sorted(found)
    assert found.pop("sub/whole.dcm") == ("read", "")
    outcome, reason = found.pop("cut.dcm")
    assert outcome == "repaired"
    assert reason.startswith("cut off: (7fe0,0010)")
    outcome, reason = found.pop("bare")
    assert outcome == "repaired"
    assert "bare data set" in reason
    assert {name: outcome for name, (outcome, _) in found.items()} == dict.fromkeys(
        ("loop", "more.zip", "note.txt", "nothing", "picture.png", "pipe", "random"), "rejected"
    )
    assert all(reason for _, reason in found.values())
    assert "PNG" in found["picture.png"][1]
    assert "zip" in found["more.zip"][1]
    assert "pipe" in found["pipe"][1]


def test_encapsulated_pixels_without_an_end_are_noticed(tmp_path: Path) -> None:
    path = get_testdata_file("JPEG2000.dcm", download=False)
    assert path is not None
    content = Path(path).read_bytes()
    (tmp_path / "cut.dcm").write_bytes(content[:-8])
    assert index(tmp_path).rows[0].outcome == "repaired"


def test_a_contradicted_transfer_syntax_is_told() -> None:
    content = sample().replace(b"1.2.840.10008.1.2.1\0", b"1.2.840.10008.1.2\0\0\0", 1)
    (row,) = index(content).rows
    assert row.outcome == "repaired"
    assert "transfer syntax" in row.reason
    assert row.text("Modality") == "CT"


def test_a_list_takes_paths_bytes_and_data_sets(tmp_path: Path) -> None:
    (tmp_path / "one.dcm").write_bytes(sample())
    found = index([tmp_path / "one.dcm", sample(), ct_series(1, size=16)[0], tmp_path / "missing", 3])
    assert [row.outcome for row in found.rows] == ["read", "read", "read", "rejected", "rejected"]
    assert "no such file" in found.rows[3].reason


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_a_zip_is_read_where_it_lies(tmp_path: Path, method: int) -> None:
    contents = {f"series/{n}.dcm": encode_file(d) for n, d in enumerate(ct_series(3, size=64))}
    inner = zipped(contents)
    path = tmp_path / "study.zip"
    path.write_bytes(zipped({**contents, "inner.zip": inner, "../../evil.txt": b"text"}, method))
    for source in (path, path.read_bytes()):
        found = index(source)
        assert [row.outcome for row in found.rows] == ["read"] * 3 + ["rejected"] * 2
        assert [row.entry.read_content() for row in found.rows[:3]] == list(contents.values())
    assert sorted(tmp_path.iterdir()) == [path], "something was written"


def test_a_zip_has_limits() -> None:
    bomb = zipped({"bomb": bytes(64 * 1024 * 1024), "small.dcm": sample()})
    refused, read = index(bomb).rows
    assert (refused.outcome, read.outcome) == ("rejected", "read")
    assert "200 times" in refused.reason
    many = zipped({f"{n:05d}": b"" for n in range(MAX_ZIP_ENTRIES + 1)}, zipfile.ZIP_STORED)
    with pytest.raises(NotDicomError, match="more than 10000 entries"):
        index(many)


def test_a_zip_that_lies_is_not_believed() -> None:
    whole = zipped({"one.dcm": sample()})
    place = whole.index(b"PK\x01\x02")
    # The directory states a size of 3 GB (APPNOTE 4.3.12: at byte 24), then a wrong checksum (at byte 16).
    large = whole[: place + 24] + (3 * 1024**3).to_bytes(4, "little") + whole[place + 28 :]
    (row,) = index(large).rows
    assert row.outcome == "rejected"
    wrong = whole[: place + 16] + b"\0\0\0\0" + whole[place + 20 :]
    with pytest.raises(NotDicomError, match="damaged"):
        index(wrong).rows[0].entry.read_content()
    # A stated size of nothing is no leave to unpack without limit.
    (row,) = index(whole[: place + 24] + bytes(4) + whole[place + 28 :]).rows
    assert (row.outcome, row.size_bytes) == ("rejected", 0)
    encrypted = whole[: place + 8] + b"\1\0" + whole[place + 10 :]
    assert index(encrypted).rows[0].reason == "it is encrypted"
    for cut in range(0, len(whole), max(1, len(whole) // 60)):
        try:
            assert len(index(whole[:cut]).rows) == 1
        except NotDicomError as error:
            assert "zip" in str(error)  # noqa: PT017 - both ends are right


def test_a_cancelled_index_accounts_for_the_rest(tmp_path: Path) -> None:
    for number in range(200):
        (tmp_path / f"{number:03d}.dcm").write_bytes(sample() if number == 0 else b"")
    told = []

    def stop_after_some(done: int, total: int) -> bool:
        told.append((done, total))
        return done < 64

    found = index(tmp_path, on_progress=stop_after_some)
    assert len(found.rows) == 200
    assert told == [*((0, count) for count in range(1, 201)), *((done, 200) for done in range(65))]
    assert [row.outcome for row in found.rows].index("rejected") == 1  # the second file is empty
    assert found.rows[0].outcome == "read"
    assert found.rows[199].reason == "not read: the index was cancelled"


def test_an_index_that_is_cancelled_while_it_lists_says_that_it_does_not_know_the_rest(
    tmp_path: Path,
) -> None:
    for number in range(20):
        (tmp_path / f"{number:02d}.dcm").write_bytes(sample())
    found = index(tmp_path, on_progress=lambda done, total: done == 0 and total < 5)
    assert [row.outcome for row in found.rows] == ["rejected"] * 6
    assert {row.reason for row in found.rows[:5]} == {"not read: the index was cancelled"}
    assert found.rows[5].reason == "not listed: the index was cancelled before it knew what there is"


def test_an_interrupt_keeps_what_was_read(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_content: bytes, **_named: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("dicomkit.index.indexing.scan_fully", interrupted)
    sources = [sample(), b"no DICOM, so it is read in full", sample()]
    found = index(sources, on_progress=lambda _done, _total: True)
    assert [row.outcome for row in found.rows] == ["read", "rejected", "rejected"]
    with pytest.raises(KeyboardInterrupt):
        index(sources)


def test_a_missing_path_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileAccessError, match="no such file"):
        index(tmp_path / "missing")


def test_studies_are_ordered_by_instance_number() -> None:
    instances = ct_series(12, size=16)
    found = index(list(reversed(instances)))
    ((study, series),) = found.studies().items()
    assert study == instances[0].StudyInstanceUID
    ((_, rows),) = series.items()
    assert [row.text("InstanceNumber") for row in rows] == [str(number) for number in range(1, 13)]


# The rows of one instance.


@pytest.mark.parametrize("name", REAL)
def test_the_rows_are_the_elements_that_pydicom_finds(name: str) -> None:
    path = get_testdata_file(name, download=False)
    assert path is not None
    dataset = dcmread(path)
    expected = [element.tag for element in dataset.file_meta] + [element.tag for element in dataset.iterall()]
    rows, problem = instance_rows(Path(path).read_bytes())
    assert problem == ""
    plain = [row.tag for row in rows if row.kind in {"element", "sequence", "pixel sequence"}]
    assert [tag for tag in plain if tag & 0xFFFF] == [tag for tag in expected if tag & 0xFFFF]


def test_values_are_shown_in_their_character_set() -> None:
    for term, name in (("ISO_IR 192", "Łukasz^Ż"), ("ISO_IR 144", "Люкceмбypг"), ("GB18030", "王^小东")):  # noqa: RUF001 - a Russian name
        dataset = ct_series(1, size=16)[0]
        dataset.SpecificCharacterSet = term
        dataset.PatientName = name
        content = encode_file(dataset)
        rows = {row.name: row for row in instance_rows(content).rows}
        assert rows["PatientName"].value == name
        assert index(content).rows[0].text("PatientName") == name


def test_private_creators_and_nesting_are_resolved() -> None:
    dataset = ct_series(1, size=16)[0]
    block = dataset.private_block(0x0019, "GEMS_ACQU_01", create=True)
    block.add_new(0x02, "SL", 912)
    item = Dataset()
    item.ReferencedSOPInstanceUID = "1.2.3"
    dataset.ReferencedImageSequence = [Dataset(), item]
    rows = {row.path: row for row in instance_rows(encode_file(dataset)).rows}
    private = rows["(0019,1002)"]
    assert (private.creator, private.value, private.vr) == ("GEMS_ACQU_01", "912", "SL")
    assert "Detector" in private.name
    nested = rows["(0008,1140)[1].(0008,1155)"]
    assert (nested.value, nested.depth, nested.length) == ("1.2.3", 2, 6)


def test_fragments_are_listed() -> None:
    path = get_testdata_file("JPEG2000.dcm", download=False)
    assert path is not None
    rows = instance_rows(Path(path).read_bytes()).rows
    assert [row.kind for row in rows if row.path.startswith("(7fe0,0010)")] == [
        "pixel sequence",
        "offset table",
        "fragment",
    ]


def test_what_stands_before_the_damage_is_shown() -> None:
    content = sample()
    whole, cut = instance_rows(content), instance_rows(content[:-4])
    assert cut.problem
    assert cut.rows == whole.rows[:-1]
