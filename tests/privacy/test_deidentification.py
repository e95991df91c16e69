"""De-identification: no planted marker is left, pseudonyms are consistent, the validator finds nothing new."""

from __future__ import annotations

import datetime as dt
import pickle
import re
import struct
import subprocess
import sys
import uuid
import warnings
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pydicom
import pytest
from pydicom.dataset import Dataset
from pydicom.sr.codedict import codes
from pydicom.uid import RE_VALID_UID

from dicomkit import samples
from dicomkit.errors import (
    DeidentificationError,
    DicomFileWarning,
    DicomKitError,
    FileAccessError,
    UsageError,
)
from dicomkit.files import read_file
from dicomkit.files.dictionary import dictionary_entry
from dicomkit.files.reading import read_content
from dicomkit.files.writing import encode_file, write_file
from dicomkit.privacy import DeidentificationKey, deidentify, deidentify_files
from dicomkit.privacy.masking import PROFILE_TAGS
from dicomkit.privacy.profile_actions import Action
from tests.support.dicom_files import (
    IMPLICIT,
    bundled_files,
    element,
    implicit_element,
    item,
    own_files,
    part10,
)
from tests.support.dicom_files import sequence as sequence_of

KEY = DeidentificationKey(b"the key of these tests: 32 bytes!")
OTHER_KEY = DeidentificationKey(b"another key of these tests: 32 b")
CT = b"1.2.840.10008.5.1.4.1.1.2\0"
MARKER = re.compile(rb"MK\d{5}Q|2\.999\.1\d{4}")
NUMBERS = {"AT", "FD", "FL", "OD", "OF", "OL", "OV", "OW", "SL", "SS", "SV", "UL", "US", "UV"}
REFUSED = {0x0040A730, 0x00420011}  # Content Sequence, Encapsulated Document
KEPT_SEQUENCE = 0x00081115  # Referenced Series Sequence: the table does not name it
NO_DATA_SET = {0x0000, 0x0002, 0x0004, 0xFFFA, 0xFFFC}


class Planter:
    """Write elements by hand, each with a marker of its own."""

    def __init__(self) -> None:
        self.count = 0

    def marker(self, vr: str) -> bytes:
        self.count += 1
        text = f"2.999.1{self.count:04}" if vr == "UI" else f"MK{self.count:05}Q"
        return text.encode() + (b"\0" if vr == "UI" else b" ") * (len(text) % 2)

    def planted(self, tag: int) -> bytes:
        entry = dictionary_entry(tag)
        vr = entry.vr.split(" or ")[0] if entry else "LT"
        if vr == "SQ":
            return sequence_of(tag, item(element(0x00104000, "LT", self.marker("LT"))))
        return element(tag, vr, self.marker(vr))

    def level(self, tags: list[int], depth: int, **more: bytes) -> bytes:
        """Return the elements of a level; the next deeper one stands in a sequence that is kept."""
        written = {tag: self.planted(tag) for tag in tags}
        written |= {int(tag.removeprefix("t"), 16): value for tag, value in more.items()}
        if depth:
            written[KEPT_SEQUENCE] = sequence_of(KEPT_SEQUENCE, item(self.level(tags, depth - 1)))
        return b"".join(written[tag] for tag in sorted(written))


def holding_text() -> list[int]:
    entries = {tag: dictionary_entry(tag) for tag in sorted(PROFILE_TAGS - REFUSED)}
    return [
        tag
        for tag, entry in entries.items()
        if entry is not None and entry.vr not in NUMBERS and tag >> 16 not in NO_DATA_SET
    ]


def ct(*elements: bytes) -> bytes:
    """Return an encoded CT instance with more elements, which are put in the order of their tags."""
    known = [
        element(0x00080016, "UI", CT),
        element(0x00080018, "UI", b"2.25.1001\0"),
        element(0x0020000D, "UI", b"2.25.1002\0"),
    ]
    by_tag = {struct.unpack_from("<HH", one): one for one in [*known, *elements]}
    return b"".join(by_tag[tag] for tag in sorted(by_tag))


def result_of(content: bytes, **options: object) -> Dataset:
    return deidentify(read_content(content), KEY, **options).dataset


def bytes_of(content: bytes, **options: object) -> bytes:
    return encode_file(result_of(content, **options))


# --- nothing is left -------------------------------------------------------------------------------


def test_no_marker_in_the_attributes_of_the_table_is_left() -> None:
    planter = Planter()
    content = part10(planter.level(holding_text(), 3, t00080016=element(0x00080016, "UI", CT)))
    assert len(set(MARKER.findall(content))) == planter.count
    assert planter.count >= 900
    assert MARKER.findall(bytes_of(content)) == []


def test_no_marker_is_left_in_implicit_vr() -> None:
    planter = Planter()
    elements = {0x00080016: implicit_element(0x00080016, CT)}
    for tag in holding_text():
        elements[tag] = implicit_element(tag, planter.planted(tag)[8:])
        entry = dictionary_entry(tag)
        if entry is not None and entry.vr == "SQ":
            inner = implicit_element(0x00104000, planter.marker("LT"))
            elements[tag] = implicit_element(tag, item(inner))
        elif entry is not None:
            elements[tag] = implicit_element(tag, planter.marker(entry.vr))
    content = part10(b"".join(elements[tag] for tag in sorted(elements)), IMPLICIT)
    assert len(MARKER.findall(content)) > 500
    assert MARKER.findall(bytes_of(content)) == []


def test_no_marker_is_left_outside_the_attributes() -> None:
    planter = Planter()
    private = b"".join(
        element(tag, vr, planter.marker(vr))
        for tag, vr in [(0x00090010, "LO"), (0x00091001, "LO"), (0x00091002, "UI"), (0x00091003, "OB")]
    )
    content = bytearray(
        part10(
            ct(
                element(0x00080000, "UL", b"\x10\0\0\0"),
                element(0x00080001, "LO", planter.marker("LO")),
                private[:0] + element(0x00090010, "LO", planter.marker("LO")),
                element(0x00091001, "UN", planter.marker("UN")),
                element(0x00091002, "UT", planter.marker("UT")),
                sequence_of(0x00091003, item(private)),
                element(0x00080068, "CS", b"FOR PROCESSING"),
                element(0x00181999, "LO", planter.marker("LO")),  # no dictionary knows it
                element(0x00280010, "LO", planter.marker("LO")),  # Rows is a number
                element(0x50002600, "LO", planter.marker("LO")),
                element(0x60000022, "LO", planter.marker("LO")),
                element(0x60004000, "LT", planter.marker("LT")),
                element(0xFFFCFFFC, "OB", planter.marker("OB")),
            )
        )
    )
    content[:8] = planter.marker("OB")
    assert len(MARKER.findall(bytes(content))) == planter.count
    assert MARKER.findall(bytes_of(bytes(content))) == []


def test_group_0002_is_written_anew(tmp_path: Path) -> None:
    dataset = samples.ct_series()[0]
    dataset.file_meta.SourceApplicationEntityTitle = "MK00001Q"
    dataset.file_meta.PrivateInformationCreatorUID = "2.999.10002"
    dataset.file_meta.PrivateInformation = b"MK00003Q"
    write_file(dataset, tmp_path / "in.dcm")
    assert len(MARKER.findall((tmp_path / "in.dcm").read_bytes())) == 3
    [result] = deidentify_files(tmp_path / "in.dcm", tmp_path / "out.dcm", KEY)
    assert result.target is not None
    assert MARKER.findall(result.target.read_bytes()) == []
    meta = pydicom.dcmread(result.target).file_meta
    assert meta.MediaStorageSOPInstanceUID == KEY.new_uid(dataset.SOPInstanceUID)


def test_a_text_outside_the_table_that_repeats_a_name_is_emptied() -> None:
    dataset = samples.ct_series()[0]
    dataset.PatientName, dataset.PatientID = "Kowalska^Anna", "PESEL70010112345"
    dataset.FilterType, dataset.ManufacturerModelName = "SHARP", "for anna kowalska"
    dataset.SoftwareVersions = ["1.0", "PESEL70010112345"]
    dataset.DerivationCodeSequence = [Dataset()]
    dataset.DerivationCodeSequence[0].CodeMeaning = f"from {dataset.StudyInstanceUID}"
    done = deidentify(dataset, KEY)
    content = encode_file(done.dataset).lower()
    for word in (b"kowalska", b"pesel", dataset.StudyInstanceUID.encode()):
        assert word not in content
    assert done.dataset.FilterType == "SHARP"
    reasons = {change.name: change.reason for change in done.changes}
    assert reasons["ManufacturerModelName"] == "repeats a value that was taken away"


@pytest.mark.parametrize(
    "vr", ["AE", "AS", "AT", "CS", "DA", "DT", "FD", "IS", "LT", "PN", "SQ", "TM", "UI", "UN", "UR", "US"]
)
def test_a_wrong_vr_saves_no_value(vr: str) -> None:
    planter = Planter()
    elements = [
        sequence_of(tag, item(element(0x00104000, "LT", planter.marker("LT"))))
        if vr == "SQ"
        else element(tag, vr, planter.marker(vr))
        for tag in (0x00080020, 0x00080080, 0x00100010, 0x00100020, 0x00101010, 0x00104000, 0x00200052)
    ]
    assert MARKER.findall(bytes_of(part10(ct(*elements)))) == []


def test_the_report_names_every_element_and_no_value() -> None:
    planter = Planter()
    content = part10(planter.level(holding_text(), 1, t00080016=element(0x00080016, "UI", CT)))
    done = deidentify(read_content(content), KEY)
    text = "\n".join(map(str, done.changes)) + repr(done) + str(done.remarks)
    assert MARKER.search(text.encode()) is None
    assert {change.action for change in done.changes} >= {
        Action.REMOVED,
        Action.EMPTIED,
        Action.REPLACED,
        Action.NEW_UID,
        Action.ADDED,
    }
    paths = [change.path for change in done.changes]
    assert len(paths) == len(set(paths))
    assert "(0008,1115)[0].(0010,0010)" in paths


# --- names stay consistent ---------------------------------------------------------------------------


def test_references_still_lead_to_what_they_name() -> None:
    first, second = samples.ct_series()[:2]
    second.ReferencedImageSequence = [Dataset()]
    second.ReferencedImageSequence[0].ReferencedSOPClassUID = first.SOPClassUID
    second.ReferencedImageSequence[0].ReferencedSOPInstanceUID = first.SOPInstanceUID
    one, other = (deidentify(each, KEY).dataset for each in (first, second))
    [reference] = other.ReferencedImageSequence
    assert reference.ReferencedSOPInstanceUID == one.SOPInstanceUID != first.SOPInstanceUID
    assert reference.ReferencedSOPClassUID == first.SOPClassUID == one.SOPClassUID
    assert one.StudyInstanceUID == other.StudyInstanceUID != first.StudyInstanceUID
    assert one.file_meta.TransferSyntaxUID == first.file_meta.TransferSyntaxUID
    assert (one.PatientID, one.PatientName) == (other.PatientID, other.PatientName)


def test_a_well_known_uid_stays() -> None:
    well_known = b"1.2.840.10008.1.4.1.1\0"  # Talairach Brain Atlas Frame of Reference
    result = result_of(part10(ct(element(0x00200052, "UI", well_known))))
    assert result.FrameOfReferenceUID == "1.2.840.10008.1.4.1.1"
    looks_alike = result_of(part10(ct(element(0x00200052, "UI", b"1.2.840.10008.777.1\0"))))
    assert looks_alike.FrameOfReferenceUID.startswith("2.25.")


def test_a_key_gives_the_same_names_again_and_another_key_others() -> None:
    dataset = samples.ct_series()[0]
    code = (
        "from dicomkit import samples\nfrom dicomkit.privacy import *\n"
        "key = DeidentificationKey(b'the key of these tests: 32 bytes!')\n"
        "print(deidentify(samples.ct_series()[0], key).dataset.SOPInstanceUID)"
    )
    elsewhere = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=120
    )
    here = deidentify(dataset, KEY).dataset.SOPInstanceUID
    assert elsewhere.stdout.strip() == here
    assert deidentify(dataset, OTHER_KEY).dataset.SOPInstanceUID != here
    assert deidentify(dataset, DeidentificationKey.random()).dataset.SOPInstanceUID != here


def test_a_new_uid_is_a_uuid_of_a_rule_of_its_own() -> None:
    made = {KEY.new_uid(f"1.2.{number}") for number in range(200)}
    assert len(made) == 200
    for uid in made:
        assert re.match(RE_VALID_UID, uid)
        assert len(uid) <= 44
        number = uuid.UUID(int=int(uid.removeprefix("2.25.")))
        assert (number.version, number.variant) == (8, uuid.RFC_4122)


def test_patients_stay_apart() -> None:
    dataset = samples.ct_series()[0]
    results = []
    for patient_id in ("A", "B"):
        dataset.PatientID = patient_id
        results.append(deidentify(dataset, KEY).dataset)
    assert results[0].PatientID != results[1].PatientID
    assert results[0].StudyDate != results[1].StudyDate


# --- dates -----------------------------------------------------------------------------------------


def test_intervals_between_the_dates_of_a_patient_stay() -> None:
    dataset = samples.ct_series()[0]
    dataset.StudyDate, dataset.SeriesDate, dataset.StudyTime = "20240228", "20240301", "235959.5"
    dataset.AcquisitionDateTime = "20240301235960.123456+0200"
    result = deidentify(dataset, KEY).dataset
    study, series = (dt.date.fromisoformat(str(value)) for value in (result.StudyDate, result.SeriesDate))
    assert series - study == dt.timedelta(days=2)
    assert 1 <= (dt.date(2024, 2, 28) - study).days <= 3650
    assert str(result.AcquisitionDateTime) == f"{series:%Y%m%d}235960.123456+0200"
    assert result.StudyTime == "235959.5"
    assert not result.PatientBirthDate
    assert result.LongitudinalTemporalInformationModified == "MODIFIED"


@pytest.mark.parametrize(
    ("tag", "vr", "value", "expected"),
    [
        (0x00080020, "DA", b"2024.02.28", r"20\d{6}"),
        (0x00080020, "DA", b"28 Feb 2024 ", "19000101"),
        (0x00080020, "DA", b"", ""),
        (0x00080020, "DA", b"00010101", "19000101"),
        (0x0008002A, "DT", b"2024", r"20[12]\d"),
        (0x0008002A, "DT", b"20240228+0100 ", r"20\d{6}\+0100"),
        (0x0008002A, "DT", b"yesterday ", "19000101000000"),
        (0x00080030, "TM", b"at noon ", "000000"),
        (0x00080030, "TM", b"10:11:12", "10:11:12"),
        (0x00101010, "AS", b"095Y", ""),
    ],
)
def test_whatever_stands_in_a_date_no_text_of_it_is_kept(
    tag: int, vr: str, value: bytes, expected: str
) -> None:
    result = read_content(bytes_of(part10(ct(element(tag, vr, value)))))
    found = result.get_item(tag)
    text = "" if found is None else (found.value or b"").decode().strip()
    assert re.fullmatch(expected, text)


def test_an_age_over_89_becomes_90_where_the_table_says_nothing() -> None:
    private = [element(0x00110010, "LO", b"SAFE"), element(0x00111001, "AS", b"1200W"[1:])]
    old = [element(0x00111002, "AS", b"101Y"), element(0x00111003, "AS", b"089Y")]
    result = result_of(part10(ct(*private, *old)), keep_private=["SAFE"])
    block = result.private_block(0x0011, "SAFE")
    assert [block[number].value for number in (1, 2, 3)] == ["200W", "090Y", "089Y"]


# --- private blocks ----------------------------------------------------------------------------------


def test_private_blocks_stay_only_by_name() -> None:
    elements = [
        element(0x00190010, "LO", b"SAFE MAKER"),
        element(0x00190011, "LO", b"OTHER MAKER "),
        element(0x00191001, "DS", b"42"),
        element(0x00191002, "UI", b"2.999.10001\0"),
        element(0x00191003, "PN", b"MK00002Q"),
        element(0x00191101, "LO", b"MK00003Q"),
        element(0x001910FF, "DA", b"20240228"),
    ]
    content = part10(ct(*elements))
    assert not any(tag.is_private for tag in result_of(content).keys())  # noqa: SIM118 - a Dataset iterates elements
    kept = result_of(content, keep_private=["SAFE MAKER"])
    block = kept.private_block(0x0019, "SAFE MAKER")
    assert block[1].value == 42
    assert MARKER.search(encode_file(kept)) is None
    assert block[0xFF].value != "20240228"
    assert (0x0019, 0x1101) not in kept
    assert [one.CodeValue for one in kept.DeidentificationMethodCodeSequence] == [
        "113100",
        "113107",
        "113111",
    ]


# --- what is declared, and what is refused ---------------------------------------------------------------


def test_the_result_says_what_was_done() -> None:
    result = deidentify(samples.ct_series()[0], KEY).dataset
    assert result.PatientIdentityRemoved == "YES"
    assert 0 < len(result.DeidentificationMethod) <= 64
    known = {codes.DCM.BasicApplicationConfidentialityProfile}
    known.add(codes.DCM.RetainLongitudinalTemporalInformationModifiedDatesOption)
    assert {(one.CodeValue, one.CodeMeaning) for one in result.DeidentificationMethodCodeSequence} == {
        (code.value, code.meaning) for code in known
    }


def refused_datasets() -> dict[str, Dataset]:
    made = {}
    for name, sample in {"ct": samples.ct_series()[0], "us": samples.cine(), "xc": samples.colour()}.items():
        made[name] = sample
        if name != "ct":
            del sample.BurnedInAnnotation
    made["burned in"] = samples.ct_series()[1]
    made["burned in"].BurnedInAnnotation = "YES"
    made["face"] = samples.ct_series()[2]
    made["face"].RecognizableVisualFeatures = "YES"
    made["screen"] = samples.ct_series()[3]
    del made["screen"].BurnedInAnnotation
    made["screen"].ImageType = ["DERIVED", "PRIMARY", "SCREEN SAVE"]
    del made["ct"]
    return made


@pytest.mark.parametrize("name", ["us", "xc", "burned in", "face", "screen"])
def test_pixels_that_may_show_a_name_are_refused_until_somebody_has_looked(name: str) -> None:
    dataset = refused_datasets()[name]
    with pytest.raises(DeidentificationError, match="look at the pixels"):
        deidentify(dataset, KEY)
    done = deidentify(dataset, KEY, pixels_checked=True)
    assert "the pixels were not changed" in done.remarks
    assert done.dataset.PixelData == dataset.PixelData


@pytest.mark.parametrize(
    ("elements", "word"),
    [
        ([element(0x00420011, "OB", b"%PDF")], "document"),
        ([sequence_of(0x0040A730, item(element(0x0040A160, "UT", b"text")))], "report"),
        ([element(0x00080016, "UI", b"1.2.840.10008.5.1.4.1.1.9.4.1\0")], "voice"),
        ([element(0x60000102, "US", b"\x0c\0"), element(0x7FE00010, "OW", b"\0\0")], "overlay"),
        ([element(0x00080018, "UI", b"")], "SOPInstanceUID"),
    ],
)
def test_what_no_table_can_clean_is_refused_whatever_was_looked_at(elements: list[bytes], word: str) -> None:
    with pytest.raises(DeidentificationError, match=word):
        result_of(part10(ct(*elements)), pixels_checked=True)


def test_graphics_over_an_image_are_removed_and_reported() -> None:
    graphics = sequence_of(0x00700001, item(element(0x00700006, "ST", b"MK00001Q")))
    done = deidentify(read_content(part10(ct(graphics, element(0x60003000, "OW", b"\1\0")))), KEY)
    gone = {change.path: change.action for change in done.changes}
    assert gone["(0070,0001)"] == gone["(6000,3000)"] == Action.REMOVED
    assert MARKER.search(encode_file(done.dataset)) is None


# --- whole words, in any case and character set, and a file that stays valid --------------------------------------


@pytest.mark.parametrize(
    ("name", "text", "is_found"),
    [
        ("MÜLLER^JÖRG", "Müller", True),
        ("Müller^Jörg", "for M\u0075\u0308LLER, J.", True),
        ("Mueller^Joerg", "Müller", True),
        ("Müller^Jörg", "mueller", True),
        ("Straße^Max", "STRASSE 5", True),
        ("Παπαδόπουλος^Νίκος", "ΠΑΠΑΔΟΠΟΥΛΟΣ", True),
        ("Łukasz^Żak", "ŁUKASZ", True),
        ("山田^太郎", "患者山田さん", True),
        ("Phil^Ann", "Philips", False),
        ("Phil^Ann", "Philips, phil", True),
        ("Knee^John", "Kneeling", False),
        ("Smith^John", "Smith's_scan", True),
    ],
)
def test_words_are_compared_as_people_read_them(name: str, text: str, is_found: bool) -> None:  # noqa: FBT001
    dataset = samples.ct_series()[0]
    dataset.SpecificCharacterSet = "ISO_IR 192"
    dataset.PatientName, dataset.FilterType = name, text
    assert deidentify(dataset, KEY).dataset.FilterType == ("" if is_found else text)


@pytest.mark.parametrize(("term", "codec"), [("ISO_IR 192", "utf-8"), ("ISO_IR 100", "latin-1")])
def test_a_name_in_an_item_of_another_character_set_is_found(term: str, codec: str) -> None:
    inner = element(0x00080005, "CS", term.encode()) + element(0x00181160, "SH", "müller".encode(codec))
    content = part10(
        ct(
            element(0x00080005, "CS", b"ISO_IR 192"),
            element(0x00100010, "PN", "MÜLLER^JÖRG".encode()),
            element(0x00189346, "SQ", item(inner)),
        )
    )
    assert "müller".encode(codec) not in bytes_of(content)


def test_numbers_of_a_patient_are_found_in_every_vr() -> None:
    dataset = samples.ct_series()[0]
    dataset.PatientID = "70010112"
    dataset.ExposureTime, dataset.GantryDetectorTilt = "70010112", "70010112"
    dataset.StationName, dataset.ScanOptions = "AB70010112X", "70010112"
    dataset.CodingSchemeIdentificationSequence = [Dataset()]
    dataset.CodingSchemeIdentificationSequence[0].CodingSchemeUID = "1.2.70010112.5"
    assert b"70010112" not in encode_file(deidentify(dataset, KEY).dataset)


def test_a_term_of_the_standard_keeps_its_meaning() -> None:
    dataset = samples.ct_series()[0]
    dataset.PatientName, dataset.BodyPartExamined = "Knee^Angio", "KNEE"
    dataset.AnatomicRegionSequence = [codes_item("72696002", "SCT", "Knee, right of Knee^Angio")]
    dataset.ViewCodeSequence = [codes_item("99", "99LOCAL", "of Knee Angio")]
    done = deidentify(dataset, KEY).dataset
    assert done.BodyPartExamined == "KNEE"
    assert done.AnatomicRegionSequence[0].CodeMeaning.startswith("Knee")
    assert "right" not in done.AnatomicRegionSequence[0].CodeMeaning
    assert done.ViewCodeSequence[0].CodeMeaning == "ANONYMIZED"


def codes_item(value: str, scheme: str, meaning: str) -> Dataset:
    coded = Dataset()
    coded.CodeValue, coded.CodingSchemeDesignator, coded.CodeMeaning = value, scheme, meaning
    return coded


def test_a_value_of_type_1_is_never_empty_and_no_sequence_is_without_items() -> None:
    dataset = samples.ct_series()[0]
    dataset.PatientName = "Axial^Original"
    dataset.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
    dataset.ReferencedStudySequence = [Dataset()]
    dataset.ReferencedStudySequence[0].ReferencedSOPClassUID = "1.2.840.10008.3.1.2.3.1"
    dataset.ReferencedStudySequence[0].ReferencedSOPInstanceUID = "1.2.3"
    done = deidentify(dataset, KEY).dataset
    assert all(done.ImageType)
    assert all(
        len(element.value)
        for element in done
        if element.VR == "SQ" and element.keyword != "ProcedureCodeSequence"
    )


def test_bytes_that_nobody_looked_into_are_named() -> None:
    dataset = samples.ct_series()[0]
    dataset.add_new(0x00283010, "SQ", [Dataset()])
    dataset[0x00283010].value[0].add_new(0x00283002, "US", [2, 0, 16])
    dataset[0x00283010].value[0].add_new(0x00283006, "OW", b"KOWALSKA")
    assert "bytes that nobody has looked into were kept: LUTData" in deidentify(dataset, KEY).remarks


def test_a_report_without_its_tree_is_refused_all_the_same() -> None:
    dataset = samples.ct_series()[0]
    dataset.SOPClassUID = "1.2.840.10008.5.1.4.1.1.88.11"
    with pytest.raises(DeidentificationError, match="report"):
        deidentify(dataset, KEY)


@pytest.mark.parametrize("is_signed", [0, 1])
def test_bits_that_are_not_stored_are_blank(is_signed: int) -> None:
    dataset = samples.ct_series()[0]
    dataset.Rows, dataset.Columns = 1, 4
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 16, 12, 11
    dataset.PixelRepresentation = is_signed
    dataset.PixelData = struct.pack("<4H", 0x8001, 0xF002, 0x7FFF, 0x1800)
    found = struct.unpack("<4H", deidentify(dataset, KEY).dataset.PixelData)
    assert found == ((0x0001, 0x0002, 0xFFFF, 0xF800) if is_signed else (0x0001, 0x0002, 0x0FFF, 0x0800))


def test_the_last_sample_of_an_odd_big_endian_image_stays() -> None:
    dataset = samples.ct_series()[0]
    dataset.Rows, dataset.Columns, dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 1, 3, 8, 8, 7
    dataset.PixelRepresentation = 0
    # PS3.5 2016b section 7.3: words of 16 bits, high byte first, the first sample in the low byte.
    dataset.add_new(0x7FE00010, "OW", b"\x02\x01\x00\x03")
    dataset.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2.2"
    assert deidentify(dataset, KEY).dataset.PixelData == b"\x02\x01\x00\x03"


def test_bytes_behind_the_last_pixel_are_blank() -> None:
    dataset = samples.ct_series()[0]
    pixels = dataset.PixelData
    dataset.PixelData = pixels + b"MK00001Q"
    done = deidentify(dataset, KEY)
    assert done.dataset.PixelData == pixels + bytes(8)


def test_what_was_deidentified_before_is_so_again() -> None:
    once = deidentify(samples.ct_series()[0], KEY).dataset
    done = deidentify(once, OTHER_KEY)
    paths = [change.path for change in done.changes]
    assert len(paths) == len(set(paths))
    assert len(done.dataset.DeidentificationMethodCodeSequence) == 2
    assert done.dataset.StudyInstanceUID != once.StudyInstanceUID


# --- against the validator and DCMTK ------------------------------------------------------------------------


def validator_errors(dciodvfy: str, path: Path) -> Counter[str]:
    run = subprocess.run([dciodvfy, str(path)], check=False, capture_output=True, timeout=120)
    lines = (run.stdout + run.stderr).decode("latin-1").splitlines()
    # A UID in the text of an error is another one afterwards.
    return Counter(re.sub(r"<[\d.]+>", "<UID>", line) for line in lines if line.startswith("Error"))


def test_the_validator_finds_no_new_error(peer: Callable[[str], str], tmp_path: Path) -> None:
    dciodvfy, dcmdump = peer("dciodvfy"), peer("dcmdump")
    made = [*samples.ct_series()[:2], samples.cine(), samples.colour(), *samples.localiser()[:1]]
    made.append(samples.radiograph())
    for number, sample in enumerate(made):
        write_file(sample, tmp_path / f"sample{number}.dcm")
    compared = 0
    for path in [*tmp_path.glob("sample*.dcm"), *bundled_files(), *own_files()]:
        try:
            with warnings.catch_warnings(action="ignore", category=DicomFileWarning):
                done = deidentify(read_file(path), KEY, pixels_checked=True)
        except DicomKitError:
            continue
        result = tmp_path / "result.dcm"
        write_file(done.dataset, result)
        assert validator_errors(dciodvfy, result) - validator_errors(dciodvfy, path) == Counter(), path.name
        subprocess.run([dcmdump, "-q", str(result)], check=True, capture_output=True, timeout=60)
        compared += 1
    assert compared > 150


def test_the_instance_that_was_given_is_not_changed() -> None:
    dataset = samples.ct_series()[0]
    before = encode_file(dataset)
    deidentify(dataset, KEY)
    assert encode_file(dataset) == before


# --- the key ------------------------------------------------------------------------------------------------


def test_a_key_is_read_and_never_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = "0123456789abcdef" * 4
    path = tmp_path / "study.key"
    path.write_text(secret + "\n", encoding="ascii")
    monkeypatch.setenv("DICOMKIT_KEY", secret)
    read = [DeidentificationKey.from_file(path), DeidentificationKey.from_environment()]
    assert {key.new_uid("1.2.3") for key in read} == {DeidentificationKey(secret.encode()).new_uid("1.2.3")}
    assert secret not in repr(read) + str(read[0])
    with pytest.raises(TypeError):
        pickle.dumps(read[0])


@pytest.mark.parametrize("content", [b"", b"short", b"x" * 5000])
def test_a_key_that_is_none_is_refused_without_being_shown(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "study.key"
    path.write_bytes(content)
    with pytest.raises(UsageError) as caught:
        DeidentificationKey.from_file(path)
    assert not content or content.decode() not in str(caught.value)


def test_a_missing_key_says_how_to_make_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DICOMKIT_KEY", raising=False)
    with pytest.raises(FileAccessError, match="token_hex"):
        DeidentificationKey.from_file(tmp_path / "none.key")
    with pytest.raises(UsageError, match="token_hex"):
        DeidentificationKey.from_environment()


# --- without the extra ---------------------------------------------------------------------------------------


def test_without_the_extra_the_error_names_it() -> None:
    code = (
        "import sys; sys.modules['dicomanonymizer'] = None\n"
        "from dicomkit import samples\nfrom dicomkit.errors import WorkshopError\n"
        "from dicomkit.privacy import *\n"
        "try:\n    deidentify(samples.ct_series()[0], DeidentificationKey.random())\n"
        "except WorkshopError as error:\n    print(error)\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=120
    )
    assert 'pip install "dicom-anonymizer>=2.1"' in run.stdout


def test_showing_files_needs_neither_pydicom_nor_the_extra() -> None:
    code = "import sys, dicomkit.privacy; print({'pydicom', 'dicomanonymizer'} & set(sys.modules))"
    run = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=60)
    assert run.stdout.strip() == "set()"


# --- files ------------------------------------------------------------------------------------------------------


@pytest.fixture
def study(tmp_path: Path) -> Path:
    folder = tmp_path / "KOWALSKA_ANNA"
    folder.mkdir()
    for number, dataset in enumerate(samples.ct_series()[:3]):
        write_file(dataset, folder / f"ANNA_{number}.dcm")
    return folder


def test_a_folder_is_written_under_new_names(study: Path, tmp_path: Path) -> None:
    before = {path: path.read_bytes() for path in study.iterdir()}
    (study / "notes.txt").write_text("no DICOM", encoding="ascii")
    out = tmp_path / "out"
    results = list(deidentify_files(study, out, KEY))
    assert [bool(result.problem) for result in results] == [False, False, False, True]
    written = [path for path in out.rglob("*") if path.is_file()]
    assert sorted(written) == sorted(result.target for result in results if result.target)
    for path in written:
        dataset = pydicom.dcmread(path)
        assert path == out / dataset.StudyInstanceUID / f"{dataset.SOPInstanceUID}.dcm"
    assert {path: path.read_bytes() for path in before} == before


def test_nothing_that_exists_is_overwritten(study: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert all(not result.problem for result in deidentify_files(study, out, KEY))
    before = {path: path.read_bytes() for path in out.rglob("*.dcm")}
    again = list(deidentify_files(study, out, KEY))
    assert all("there already" in result.problem for result in again)
    assert {path: path.read_bytes() for path in out.rglob("*.dcm")} == before


@pytest.mark.parametrize(
    ("source", "target"), [(".", "."), (".", "sub"), ("sub", "."), ("sub", "sub/../sub")]
)
def test_nothing_is_done_in_place(source: str, target: str, study: Path) -> None:
    (study / "sub").mkdir()
    with pytest.raises(UsageError):
        list(deidentify_files(study / source, study / target, KEY))


def test_what_is_odd_about_a_file_is_said_and_is_gone_from_the_result(study: Path, tmp_path: Path) -> None:
    [first] = sorted(study.glob("ANNA_0.dcm"))
    first.write_bytes(b"#!/bin/sh\n" + first.read_bytes()[10:])
    results = {result.source.name: result for result in deidentify_files(study, tmp_path / "out", KEY)}
    found = results["ANNA_0.dcm"]
    assert any("preamble" in remark for remark in found.remarks)
    assert found.target is not None
    assert found.target.read_bytes()[:128] == bytes(128)


def test_a_refused_file_leaves_nothing_behind(study: Path, tmp_path: Path) -> None:
    [first] = sorted(study.glob("ANNA_0.dcm"))
    dataset = pydicom.dcmread(first)
    dataset.BurnedInAnnotation = "YES"
    write_file(dataset, first)
    (study / "cut.dcm").write_bytes(first.read_bytes()[:-5])
    results = {result.source.name: result for result in deidentify_files(study, tmp_path / "out", KEY)}
    assert "Burned In" in results["ANNA_0.dcm"].problem
    assert results["cut.dcm"].problem
    assert len([path for path in (tmp_path / "out").rglob("*") if path.is_file()]) == 2
