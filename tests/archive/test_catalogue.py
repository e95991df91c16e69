"""The catalogue follows its folder, and queries at each level find what is there."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import pytest
from pydicom import Dataset, dcmread
from pydicom.sequence import Sequence

from dicomkit.archive import Catalogue, Level, Model, QueryError, Worklist, find, instances
from dicomkit.archive.answers import with_one_character_set
from dicomkit.archive.elements import Element, encode_item, read_item
from dicomkit.archive.identifiers import item_of, to_dataset
from dicomkit.archive.indexed_values import read_head
from dicomkit.archive.query import parse_query
from dicomkit.errors import FileAccessError
from dicomkit.files.encoding import EXPLICIT_LITTLE, IMPLICIT_LITTLE
from dicomkit.files.layout import file_layout
from dicomkit.files.writing import encode_file, write_file
from dicomkit.index import index
from dicomkit.samples import ct_series
from tests.support.dicom_files import EXPLICIT, IMPLICIT, bundled, bundled_files, element, part10


def keys(level: str, **values: object) -> Dataset:
    dataset = Dataset()
    dataset.QueryRetrieveLevel = level
    for keyword, value in values.items():
        setattr(dataset, keyword, value)
    return dataset


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with two studies of one patient, one of another, and what belongs to none."""
    for number, dataset in enumerate(ct_series(4, size=16)):
        write_file(dataset, tmp_path / f"ct{number}.dcm")
    second = ct_series(1, size=16)[0]
    second.StudyInstanceUID, second.SeriesInstanceUID, second.SOPInstanceUID = "2.25.1", "2.25.2", "2.25.3"
    second.file_meta.MediaStorageSOPInstanceUID = "2.25.3"
    second.StudyDate, second.Modality = "20240131", "MR"
    (tmp_path / "deep" / "er").mkdir(parents=True)
    write_file(second, tmp_path / "deep" / "er" / "mr.dcm")
    shutil.copy(bundled("MR_small_bigendian.dcm"), tmp_path)
    (tmp_path / "readme.txt").write_text("no DICOM", encoding="utf-8")
    return tmp_path


def test_each_level_has_its_answers(folder: Path) -> None:
    catalogue = Catalogue(folder)
    counts = {level: len(list(find(catalogue, keys(level)))) for level in ("STUDY", "SERIES", "IMAGE")}
    assert counts == {"STUDY": 3, "SERIES": 3, "IMAGE": 6}
    assert list(catalogue.left_out.values()) == ["has no DICM after the preamble of 128 bytes"]
    asked = keys(
        "STUDY", PatientName="workshop*", StudyDate="20240101-", ModalitiesInStudy="", StudyInstanceUID=""
    )
    (anna,) = find(catalogue, asked)
    assert (anna.StudyInstanceUID, anna.ModalitiesInStudy) == ("2.25.1", "MR")
    assert set(anna.dir()) == {
        "ModalitiesInStudy", "PatientName", "QueryRetrieveLevel", "StudyDate", "StudyInstanceUID",
    }  # fmt: skip


def test_numbers_of_what_is_below_are_counted(folder: Path) -> None:
    asked = keys(
        "PATIENT",
        PatientID="WORKSHOP01",
        NumberOfPatientRelatedStudies=None,
        NumberOfPatientRelatedSeries=None,
        NumberOfPatientRelatedInstances=None,
    )
    (patient,) = find(Catalogue(folder), asked, model=Model.PATIENT_ROOT)
    assert patient.NumberOfPatientRelatedStudies == 2
    assert patient.NumberOfPatientRelatedSeries == 2
    assert patient.NumberOfPatientRelatedInstances == 5


def test_the_catalogue_follows_what_comes_and_goes(folder: Path) -> None:
    catalogue = Catalogue(folder)
    assert catalogue.refresh() == 7
    assert catalogue.refresh() == 0
    path = folder / "deep" / "er" / "mr.dcm"
    content = path.read_bytes()
    path.unlink()
    assert [
        study.StudyInstanceUID for study in find(catalogue, keys("STUDY", StudyInstanceUID="2.25.1"))
    ] == []
    assert catalogue.refresh() == 0
    (folder / "new").mkdir()
    (folder / "new" / "mr.dcm").write_bytes(content)
    assert len(list(find(catalogue, keys("STUDY", StudyInstanceUID="2.25.1")))) == 1
    shutil.rmtree(folder / "new")
    assert len(list(find(catalogue, keys("STUDY", StudyInstanceUID="2.25.1")))) == 0
    # Another file under the same name, in one step, as `write_file` does it.
    dataset = ct_series(2, size=16)[1]
    dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = "2.25.77"
    write_file(dataset, folder / "ct1.dcm")
    found = {
        answer.SOPInstanceUID for answer in find(catalogue, keys("IMAGE", SOPInstanceUID="", Modality="CT"))
    }
    assert "2.25.77" in found
    assert len(found) == 4


def test_an_instance_is_there_once_and_stays_while_one_of_its_files_does(folder: Path) -> None:
    catalogue = Catalogue(folder)
    catalogue.refresh()
    shutil.copy(folder / "ct0.dcm", folder / "copy.dcm")
    uid = dcmread(folder / "ct0.dcm").SOPInstanceUID
    asked = keys("IMAGE", SOPInstanceUID=uid)
    assert len(list(find(catalogue, asked))) == 1
    (folder / "ct0.dcm").unlink()
    assert len(list(find(catalogue, asked))) == 1
    os.unlink(folder / "copy.dcm")  # noqa: PTH108 - a text elsewhere, too
    assert list(find(catalogue, asked)) == []


def test_the_instances_of_each_level_have_their_files(folder: Path) -> None:
    catalogue = Catalogue(folder)
    first = ct_series(1, size=16)[0]
    for asked, count in (
        (keys("STUDY", StudyInstanceUID=first.StudyInstanceUID), 4),
        (keys("STUDY", StudyInstanceUID=[first.StudyInstanceUID, "2.25.1"]), 5),
        (keys("SERIES", SeriesInstanceUID="2.25.2"), 1),
        (keys("IMAGE", SOPInstanceUID=first.SOPInstanceUID), 1),
        (keys("STUDY", StudyInstanceUID="9.9"), 0),
    ):
        found = list(instances(catalogue, asked))
        assert len(found) == count
        for instance in found:
            there = dcmread(instance.path)
            assert (there.SOPInstanceUID, there.SOPClassUID) == (instance.uid, instance.sop_class_uid)
            assert there.file_meta.TransferSyntaxUID == instance.transfer_syntax_uid


@pytest.mark.parametrize(
    ("asked", "relational", "words"),
    [
        (keys("SERIES", Modality="CT"), False, "StudyInstanceUID .* is missing; level SERIES needs it"),
        (
            keys("IMAGE", StudyInstanceUID="1.2"),
            False,
            "SeriesInstanceUID .* is missing; level IMAGE needs it",
        ),
        (keys("STUDY", Modality="CT"), True, "a key of level SERIES, not of STUDY"),
        (
            keys("SERIES", StudyInstanceUID="1.2", PatientName="A*"),
            False,
            "a key of level PATIENT, not of SERIES",
        ),
        (keys("PATIENT", PatientID="1"), True, "no level of this information model"),
        (keys("SLICE"), True, "no level of this information model"),
        (Dataset(), True, "is missing"),
    ],
)
def test_keys_that_do_not_belong_together_are_refused(
    asked: Dataset, *, relational: bool, words: str, folder: Path
) -> None:
    with pytest.raises(QueryError, match=words) as caught:
        list(find(Catalogue(folder), asked, relational=relational))
    assert caught.value.status == 0xA900


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (keys("STUDY"), "is missing; retrieving a "),
        (keys("STUDY", StudyInstanceUID=""), "is missing; retrieving a "),
        (keys("STUDY", StudyInstanceUID="1.2", PatientName="A*"), "is no unique key"),
        (keys("SERIES", StudyInstanceUID="1.2"), "is missing; retrieving a "),
    ],
)
def test_a_retrieval_takes_unique_keys_and_needs_one(asked: Dataset, words: str, folder: Path) -> None:
    with pytest.raises(QueryError, match=words):
        list(instances(Catalogue(folder), asked))


def test_letters_of_two_sets_meet_in_utf_8(tmp_path: Path) -> None:
    for number, (name, character_set) in enumerate(
        [("Łukasz^Jan", "ISO_IR 101"), ("Ωνάσης", "ISO_IR 126"), ("DOE^JANE", None)]
    ):
        dataset = ct_series(1, size=16)[0]
        if character_set:
            dataset.SpecificCharacterSet = character_set
        dataset.PatientName = name
        dataset.StudyInstanceUID, dataset.SOPInstanceUID = f"2.25.{number}", f"2.25.1{number}"
        dataset.save_as(tmp_path / f"{number}.dcm", enforce_file_format=True)
    catalogue = Catalogue(tmp_path)
    found = list(find(catalogue, keys("STUDY", PatientName="")))
    assert [str(one.PatientName) for one in found] == ["Łukasz^Jan", "Ωνάσης", "DOE^JANE"]
    assert [one.get("SpecificCharacterSet") for one in found] == ["ISO_IR 101", "ISO_IR 126", None]
    asked = keys("STUDY", PatientName="łukasz*", SpecificCharacterSet="ISO_IR 192")
    (one,) = find(catalogue, asked)
    assert str(one.PatientName) == "Łukasz^Jan"


@pytest.mark.parametrize(
    ("terms", "expected"),
    [
        (b"ISO_IR 100", {0x00080005: b"ISO_IR 100", 0x00100010: b"M\xdcLLER"}),
        (b"ISO-IR 100", {0x00080005: b"ISO_IR 192", 0x00100010: "MÜLLER ".encode()}),
    ],
)
def test_an_answer_names_a_character_set_of_the_standard(terms: bytes, expected: dict[int, bytes]) -> None:
    answer = with_one_character_set({0x00100010: (Element("PN", b"M\xdcLLER"), terms)})
    assert {tag: element.value for tag, element in answer.items()} == expected


def test_a_sequence_matches_by_its_items(tmp_path: Path) -> None:
    dataset = ct_series(1, size=16)[0]
    items = []
    for code in ("A", "B"):
        item = Dataset()
        item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = code, "99X", f"means {code}"
        items.append(item)
    dataset.ProcedureCodeSequence = items
    write_file(dataset, tmp_path / "one.dcm")
    catalogue = Catalogue(tmp_path)

    def asked(**values: str) -> Dataset:
        item = Dataset()
        for keyword, value in values.items():
            setattr(item, keyword, value)
        return keys("STUDY", ProcedureCodeSequence=Sequence([item]))

    (found,) = find(catalogue, asked(CodeValue="B", CodeMeaning=""))
    assert [item.CodeMeaning for item in found.ProcedureCodeSequence] == ["means B"]
    assert list(find(catalogue, asked(CodeValue="C"))) == []
    assert list(find(catalogue, asked(CodeValue="A", CodeMeaning="means B"))) == []
    (whole,) = find(catalogue, keys("STUDY", ProcedureCodeSequence=Sequence()))
    assert whole.ProcedureCodeSequence == dataset.ProcedureCodeSequence


def test_the_head_of_each_file_is_what_pydicom_reads() -> None:
    seen = 0
    for path in bundled_files():
        try:
            head = read_head(str(path))
            dataset = dcmread(path, force=True)
        except Exception:  # noqa: BLE001, S112 - what neither can read is no matter here
            continue
        seen += 1
        for keyword in ("SOPInstanceUID", "StudyInstanceUID", "Modality", "PatientID", "SeriesNumber"):
            raw = head.values.get(dataset.data_element(keyword).tag if keyword in dataset else 0, b"")
            value = dataset.get(keyword)
            assert raw.decode("latin-1").strip("\0 ") == ("" if value is None else str(value)), path.name
    assert seen > 40


UIDS = (
    element(0x00080016, "UI", b"1.2.840.10008.5.1.4.1.1.2\0")
    + element(0x00080018, "UI", b"1.2.3.4\0")
    + element(0x00100020, "LO", b"FIRST ")
    + element(0x0020000D, "UI", b"1.2.5\0")
    + element(0x0020000E, "UI", b"1.2.6\0")
)
IMPLICIT_UIDS = re.sub(rb"(UI|LO)(..)", rb"\2\0\0", UIDS)


@pytest.mark.parametrize(
    ("dataset", "syntax"),
    [
        (UIDS + element(0x00281050, "DS", b"9 ") + element(0x00100020, "LO", b"SECOND"), EXPLICIT),
        (UIDS + element(0x00420010, "ST", b"x" * 5000) + element(0x00100020, "LO", b"SECOND"), EXPLICIT),
        (element(0x00400275, "LO", b"AB") + UIDS, EXPLICIT),
        (element(0x00400275, "LT", b"x" * 5000) + UIDS, EXPLICIT),
        (UIDS[:34] + element(0x00400275, "LO", b"AB") + UIDS[34:], EXPLICIT),
        (UIDS, IMPLICIT),
        (IMPLICIT_UIDS, EXPLICIT),
    ],
    ids=["twice", "twice, far away", "late", "far away", "late in part", "not implicit", "not explicit"],
)
def test_an_odd_file_is_the_same_instance_for_the_archive_and_the_index(
    dataset: bytes, syntax: str, tmp_path: Path
) -> None:
    path = tmp_path / "odd.dcm"
    path.write_bytes(part10(dataset, syntax))
    head = read_head(str(path))
    assert head.values[0x00100020] == b"FIRST "
    assert [head.values[tag] for tag in (0x00080018, 0x0020000D)] == [b"1.2.3.4\0", b"1.2.5\0"]
    (row,) = index(path).rows
    assert [row.text(keyword) for keyword in ("PatientID", "SeriesInstanceUID")] == ["FIRST", "1.2.6"]
    encoded = EXPLICIT if dataset is not IMPLICIT_UIDS else IMPLICIT
    assert head.transfer_syntax_uid == encoded, "what a receiver has to be told"


def test_what_goes_into_an_item_comes_out_of_it() -> None:
    dataset = keys("IMAGE", Rows=512, ImageType=["ORIGINAL", "PRIMARY"], PatientName="DOE^JANE")
    dataset.ProcedureCodeSequence = [keys("STUDY"), Dataset()]
    item = item_of(dataset)
    assert to_dataset(item) == dataset
    for encoding in (EXPLICIT_LITTLE, IMPLICIT_LITTLE):
        assert read_item(encode_item(item, encoding), 0, encoding) == item


ENTRY = """\
(0010,0010) PN [DOE^JANE]
(0010,0020) LO [P1]
(0020,000d) UI [2.25.9]
(0040,0100) SQ (Sequence with undefined length)
  (fffe,e000) na (Item with undefined length)
    (0008,0060) CS [CT]
    (0040,0001) AE [SCANNER1]
    (0040,0002) DA [20240131]
    (0040,0003) TM [0930]
  (fffe,e00d) na (ItemDelimitationItem)
(fffe,e0dd) na (SequenceDelimitationItem)
"""


def test_a_worklist_is_a_folder_of_texts(tmp_path: Path) -> None:
    (tmp_path / "one.dump").write_text(ENTRY, encoding="utf-8")
    (tmp_path / "two.dump").write_text(
        ENTRY.replace("[CT]", "[MR]").replace("JANE", "JOHN"), encoding="utf-8"
    )
    (tmp_path / "bad.dump").write_text("(0010,0010) PN [DOE", encoding="utf-8")
    (tmp_path / "notes.txt").write_text("not an entry", encoding="utf-8")
    worklist = Worklist(tmp_path)

    def asked(modality: str, date: str) -> Dataset:
        step = Dataset()
        step.Modality, step.ScheduledProcedureStepStartDate, step.ScheduledStationAETitle = modality, date, ""
        dataset = Dataset()
        dataset.PatientName, dataset.ScheduledProcedureStepSequence = "", [step]
        return dataset

    found = [to_dataset(item) for item in worklist.search(item_of(asked("CT", "20240101-20241231")))]
    assert [str(one.PatientName) for one in found] == ["DOE^JANE"]
    assert found[0].ScheduledProcedureStepSequence[0].ScheduledStationAETitle == "SCANNER1"
    assert "PatientID" not in found[0]
    assert len(list(worklist.search(item_of(asked("", ""))))) == 2
    assert list(worklist.left_out) == ["bad.dump"]


# From PS3.5 sections H.3, I.2 and K.2, a euro sign, and names under misspelt terms.
NAMES = {
    b"\\ISO 2022 IR 87": (
        b"Yamada^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B=\x1b$B$d$^$@\x1b(B^\x1b$B$?$m$&\x1b(B",
        "Yamada^Tarou=山田^太郎=やまだ^たろう",
    ),
    b"\\ISO 2022 IR 149": (
        b"Hong^Gildong=\x1b$)C\xfb\xf3^\x1b$)C\xd1\xce\xd4\xd7=\x1b$)C\xc8\xab^\x1b$)C\xb1\xe6\xb5\xbf",
        "Hong^Gildong=洪^吉洞=홍^길동",
    ),
    b"\\ISO 2022 IR 58": (
        b"Zhang^XiaoDong=\x1b$)A\xd5\xc5^\x1b$)A\xd0\xa1\xb6\xab",
        "Zhang^XiaoDong=张^小东",
    ),
    b"ISO_IR 203": (b"PATIENT^\xa4", "PATIENT^€"),
    b"ISO-IR 100": (b"M\xdcLLER^\xc4NNE", "MÜLLER^ÄNNE"),
    b"UTF-8": ("Jan^Łukasz".encode(), "Jan^Łukasz"),
}


@pytest.mark.parametrize("terms", NAMES, ids=bytes.decode)
def test_a_name_is_read_as_in_the_index(terms: bytes, tmp_path: Path) -> None:
    raw, name = NAMES[terms]
    content = encode_file(ct_series(1)[0])
    start = file_layout(content).dataset_start
    named = read_item(content, start, EXPLICIT_LITTLE, last=0xFFFFFFFF)
    named |= {0x00080005: Element("CS", terms), 0x00100010: Element("PN", raw)}
    (tmp_path / "1.dcm").write_bytes(content[:start] + encode_item(named, EXPLICIT_LITTLE))
    (row,) = index(tmp_path).rows
    assert row.text("PatientName") == name
    last_part = re.split("[=^]", name)[-1]
    asked = keys("STUDY", PatientName=f"*^{last_part}*", SpecificCharacterSet="ISO_IR 192")
    (found,) = find(Catalogue(tmp_path), asked)
    assert str(found.PatientName) == name


@pytest.mark.parametrize(
    "name", ["$RECYCLE.BIN/1.dcm", "__MACOSX/1.dcm", "~$1.dcm", ".trash/1.dcm", "._1.dcm"]
)
def test_a_deleted_study_is_not_found_again(tmp_path: Path, name: str) -> None:
    """What the index, the watcher and the sender pass over is not in the archive either."""
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    write_file(ct_series(1)[0], path)
    catalogue = Catalogue(tmp_path)
    assert (catalogue.refresh(), catalogue.instance_count) == (0, 0)
    assert index(tmp_path).count("read") == 0
    shutil.copy(path, tmp_path / "1.dcm")
    assert (catalogue.refresh(), catalogue.instance_count, index(tmp_path).count("read")) == (1, 1, 1)


def test_what_is_no_entry_of_a_worklist_is_left_out_with_its_own_reason(tmp_path: Path) -> None:
    with (tmp_path / "large.dump").open("wb") as stream:
        stream.truncate((1 << 20) + 1)
    (tmp_path / "folder.wl").mkdir()
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe.dump")  # opening it would wait for a writer
    worklist = Worklist(tmp_path)
    assert list(worklist.entries()) == []
    assert worklist.left_out.pop("large.dump") == "is too large for an entry of a worklist"
    assert worklist.left_out.pop("folder.wl") == "this is a folder, not a file"
    assert worklist.left_out.pop("pipe.dump", "") in {"", "this is a pipe or a device, not a file"}
    assert worklist.left_out == {}


def test_a_key_sent_as_un_is_compared_in_the_vr_of_the_dictionary() -> None:
    """PS3.5 section 6.2.2 allows UN for any attribute; here one whose VR is US or SS."""
    key = read_item(bytes.fromhex("28000601 554e 0000 02000000 0700"), 0, EXPLICIT_LITTLE)
    (condition,) = parse_query(key, Model.STUDY_ROOT, level=Level.IMAGE, relational=True).returned
    assert (condition.vr, condition.keys, condition.is_universal) == ("US", ("7",), False)


def test_there_has_to_be_a_folder(tmp_path: Path) -> None:
    for make in (Catalogue, Worklist):
        with pytest.raises(FileAccessError, match="is not a folder"):
            make(tmp_path / "none")
