"""What is odd in real files but has one meaning is read, with one remark; DCMTK or the Standard is the judge."""

from __future__ import annotations

import struct
import subprocess
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest

from dicomkit.dump.writing.writer import format_elements, format_file
from dicomkit.errors import DicomFileWarning, NotDicomError, TruncatedFileError
from dicomkit.files import anatomy, read_file
from dicomkit.files.checking import check_dicom
from dicomkit.files.deflating import deflate
from dicomkit.files.identifiers import read_identifiers_of_whole
from dicomkit.files.quick_check import check_quickly
from dicomkit.files.reading import read_content
from dicomkit.index import index
from dicomkit.index.element_rows import instance_rows
from dicomkit.instance_store.comparison import Existing, compare
from dicomkit.network.outgoing import NotSendable, OutgoingInstance, find_outgoing
from tests.support.dicom_files import (
    BIG_ENDIAN,
    DEFLATED,
    EXPLICIT,
    IMPLICIT,
    bundled,
    delimiter,
    element,
    implicit_element,
    item,
    sequence,
)

JPEG = "1.2.840.10008.1.2.4.50"
SC = b"1.2.840.10008.5.1.4.1.1.7\0"
NAME = "Test^Person"
HEAD = bytes(128) + b"DICM"
IDS = {
    0x00080016: ("UI", SC),
    0x00080018: ("UI", b"1.2.3.4\0"),
    0x00100010: ("PN", b"Test^Person "),
    0x0020000D: ("UI", b"1.2.5\0"),
    0x0020000E: ("UI", b"1.2.6\0"),
}
EXPLICIT_IDS = b"".join(element(tag, vr, value) for tag, (vr, value) in IDS.items())
IMPLICIT_IDS = b"".join(implicit_element(tag, value) for tag, (_, value) in IDS.items())
BIG_IDS = b"".join(element(tag, vr, value, ">") for tag, (vr, value) in IDS.items())
CREATOR = element(0x00290010, "LO", b"MAKER X ")
REFERENCES = implicit_element(0x00081150, b"1.2.3\0") + implicit_element(0x00081155, b"1.2.4\0")
EXPLICIT_REFERENCES = element(0x00081150, "UI", b"1.2.3\0") + element(0x00081155, "UI", b"1.2.4\0")
BEFORE_NAME = element(0x00080016, "UI", SC) + element(0x00080018, "UI", b"1.2.3.4\0")
AFTER = element(0x00100010, "PN", b"Test^Person ")


def group_2(uid: str = EXPLICIT, *, implicit: bool = False, wrong_by: int | None = 0) -> bytes:
    """Return a group 0002; `wrong_by` is how much too large its group length is, None leaves it out."""

    def one(tag: int, vr: str, value: bytes) -> bytes:
        return implicit_element(tag, value) if implicit else element(tag, vr, value)

    value = uid.encode() + b"\0" * (len(uid) % 2)
    body = one(0x00020002, "UI", SC) + one(0x00020003, "UI", b"1.2.3.4\0") + one(0x00020010, "UI", value)
    if wrong_by is None:
        return body
    return one(0x00020000, "UL", (len(body) + wrong_by).to_bytes(4, "little")) + body


def private(value: bytes) -> bytes:
    return CREATOR + element(0x00291010, "UN", value)


def file(tail: bytes, *, uid: str = EXPLICIT, ids: bytes = EXPLICIT_IDS) -> bytes:
    return HEAD + group_2(uid) + ids + tail


READ_BY_DCMTK = {
    "letters that are no VR in group 0002": (
        HEAD + group_2(wrong_by=12) + b"\x02\0\x13\0??\4\0KIT " + EXPLICIT_IDS,
        "",
    ),
    "a character set whose VR is none": (
        HEAD + group_2() + b"\x08\0\5\0??\x0a\0ISO_IR 100" + EXPLICIT_IDS,
        "",
    ),
    "elements behind a higher group": (file(b"", ids=element(0x00400275, "LO", b"AB") + EXPLICIT_IDS), ""),
    "two groups 0002": (HEAD + group_2() + group_2() + EXPLICIT_IDS, "second group 0002"),
    "a second group 0002 that contradicts": (
        HEAD + group_2(JPEG) + group_2() + EXPLICIT_IDS,
        "second group 0002",
    ),
    "two groups 0002 without length": (
        HEAD + group_2(wrong_by=None) + group_2(wrong_by=None) + EXPLICIT_IDS,
        "second group 0002",
    ),
    "implicit group 0002": (HEAD + group_2(implicit=True) + EXPLICIT_IDS, "in Implicit VR"),
    "implicit group 0002, implicit data set": (
        HEAD + group_2(IMPLICIT, implicit=True) + IMPLICIT_IDS,
        "in Implicit VR",
    ),
    "implicit group 0002, big endian data set": (
        HEAD + group_2(BIG_ENDIAN, implicit=True) + BIG_IDS,
        "in Implicit VR",
    ),
    "a group length that is too small": (HEAD + group_2(wrong_by=-20) + EXPLICIT_IDS, "length of group 0002"),
    "no length of group 0002": (HEAD + group_2(wrong_by=None) + EXPLICIT_IDS, ""),
    "a group length beyond the file": (
        HEAD + group_2() + element(0x00080000, "UL", b"\xff\xff\xff\0") + EXPLICIT_IDS,
        "larger than the file",
    ),
    "UN whose items end by a delimiter": (file(private(item(REFERENCES) + delimiter(0xE0DD))), ""),
    "UN whose item ends by a delimiter": (file(private(item(REFERENCES + delimiter(0xE00D)))), ""),
    "UN with a delimiter behind its item": (file(private(item(REFERENCES) + delimiter(0xE00D))), ""),
    "UN with explicit items": (file(private(item(EXPLICIT_REFERENCES) + delimiter(0xE0DD))), ""),
    "UN that only begins like an item": (file(private(b"\xfe\xff\x00\xe0\xff\xff\0\0abcdefgh")), ""),
    "a sequence of the Standard as UN": (
        file(element(0x00400275, "UN", item(REFERENCES) + delimiter(0xE0DD))),
        "",
    ),
    "a defined sequence with a delimiter": (
        HEAD + group_2() + BEFORE_NAME + sequence(0x00081140, item(EXPLICIT_REFERENCES) + delimiter(0xE0DD)) + AFTER,
        "",
    ),
    "a defined item with a delimiter": (
        HEAD + group_2() + BEFORE_NAME + sequence(0x00081140, item(EXPLICIT_REFERENCES + delimiter(0xE00D))) + AFTER,
        "",
    ),
    "an item delimiter at the end": (file(delimiter(0xE00D)), "delimiters"),
    "both delimiters at the end": (file(delimiter(0xE00D) + delimiter(0xE0DD)), "delimiters"),
    "a delimiter at the end of an implicit file": (
        file(delimiter(0xE00D), uid=IMPLICIT, ids=IMPLICIT_IDS),
        "delimiters",
    ),
    # dicomParser issues 18, 181, 266 and 114: other parsers stopped at these.
    "an empty sequence of undefined length": (
        HEAD + group_2() + BEFORE_NAME + sequence(0x00081140, b"", undefined=True) + AFTER,
        "",
    ),
    "a defined item with a group length": (
        HEAD
        + group_2()
        + BEFORE_NAME
        + sequence(
            0x00081140,
            item(element(0x00080000, "UL", b"\x0e\0\0\0") + element(0x00081150, "UI", b"1.2.3\0")),
            undefined=True,
        )
        + AFTER,
        "",
    ),
    "pixels whose delimiter states a length": (
        file(
            element(0x7FE00010, "OB", b"")[:-4]
            + b"\xff\xff\xff\xff"
            + item(b"")
            + item(b"\xff\xd8\xff\xd9")
            + delimiter(0xE0DD)[:4]
            + b"\xff\xff\xff\xff",
            uid=JPEG,
        ),
        "",
    ),
    "an implicit private value that begins like an item": (
        file(
            implicit_element(0x00290010, b"MAKER X ")
            + implicit_element(0x00291010, b"\xfe\xff\0\xe0\x10\0\0\0abcdefgh"),
            uid=IMPLICIT,
            ids=IMPLICIT_IDS,
        ),
        "",
    ),
    # pydicom takes the last of several equal elements, DCMTK the first, which says so.
    "an element twice": (file(element(0x00100010, "PN", b"Somebody^Else ")), "(0010,0010) stands more than once"),
    "an implicit element three times": (
        file(
            implicit_element(0x00100010, b"Else") * 2 + implicit_element(0x00100020, b"ID"),
            uid=IMPLICIT,
            ids=IMPLICIT_IDS,
        ),
        "(0010,0010) stands more than once",
    ),
    "two elements twice in an item, and the item's sequence": (
        HEAD
        + group_2()
        + BEFORE_NAME
        + sequence(0x00081140, item(EXPLICIT_REFERENCES + EXPLICIT_REFERENCES.replace(b"1.2.", b"3.4.")))
        + sequence(0x00081140, item(EXPLICIT_REFERENCES), undefined=True)
        + AFTER,
        "(0008,1150), (0008,1155), (0008,1140) stand more than once",
    ),
    "group 0000 before the data set": (
        HEAD + group_2() + element(0x00000000, "UL", bytes(4)) + element(0x00000002, "UI", SC) + EXPLICIT_IDS,
        "",
    ),
    "group 0000 before an implicit data set": (
        HEAD + group_2(IMPLICIT) + implicit_element(0x00000000, bytes(4)) + IMPLICIT_IDS,
        "",
    ),
    "zeros at the end": (file(bytes(80)), "zeros"),
    "zeros at the end of an implicit file": (file(bytes(80), uid=IMPLICIT, ids=IMPLICIT_IDS), "zeros"),
    "padding at the end": (file(element(0xFFFCFFFC, "OB", bytes(10))), ""),
    "letters that are no VR": (
        HEAD + group_2() + BEFORE_NAME + b"\x08\0\x60\0??\x02\0OT" + EXPLICIT_IDS[len(BEFORE_NAME) :],
        "",
    ),
}  # fmt: skip


def found_in(path: Path) -> list[tuple[str, str, str]]:
    return [(row.outcome, row.reason, row.text("PatientName")) for row in index(path).rows]


@pytest.fixture
def dcmtk_dump(peer: Callable[[str], str]) -> Callable[[Path], bytes]:
    def dump(path: Path) -> bytes:
        result = subprocess.run([peer("dcmdump"), str(path)], check=True, capture_output=True, timeout=60)
        return result.stdout

    return dump


@pytest.mark.parametrize("kind", READ_BY_DCMTK)
def test_what_dcmtk_reads_every_room_reads_and_says_what_is_odd(
    kind: str, tmp_path: Path, dcmtk_dump: Callable[[Path], bytes]
) -> None:
    content, remark = READ_BY_DCMTK[kind]
    path = tmp_path / "odd.dcm"
    path.write_bytes(content)
    assert format_file(content) == dcmtk_dump(path)
    with warnings.catch_warnings(record=True, action="always") as caught:
        assert read_file(path).PatientName == NAME
    assert [type(one.message) for one in caught] == [DicomFileWarning] * bool(remark)
    assert all(remark in str(one.message) for one in caught)
    ((outcome, reason, name),) = found_in(path)
    assert (outcome, name) == ("read", NAME)
    assert reason == "; ".join(str(one.message).removeprefix(f"{path}: ") for one in caught)
    rows = instance_rows(content)
    assert not rows.problem
    assert NAME in {row.value for row in rows.rows}
    assert sum(span.length for span in anatomy(content)) == len(content)
    (outgoing,) = find_outgoing(path)
    assert isinstance(outgoing, OutgoingInstance)


# What DCMTK refuses, and GDCM and pydicom read: there is nothing else that the bytes could mean.
READ_BY_OTHERS = {
    "a few zeros at the end": (file(bytes(3)), "zeros"),
    "a sequence delimiter at the end": (file(delimiter(0xE0DD)), "delimiters"),
    "an implicit element among explicit ones": (
        HEAD + group_2() + BEFORE_NAME + implicit_element(0x00080060, b"OT") + AFTER,
        "",
    ),
    "implicit items in an explicit file": (
        HEAD + group_2() + BEFORE_NAME + sequence(0x00081140, item(REFERENCES)) + AFTER,
        "",
    ),
    "an implicit sequence among explicit elements": (
        HEAD + group_2() + BEFORE_NAME + implicit_element(0x00081140, item(REFERENCES)) + AFTER,
        "",
    ),
    "UN of undefined length with explicit items": (
        file(
            CREATOR
            + element(0x00291010, "UN", b"")[:-4]
            + b"\xff\xff\xff\xff"
            + item(EXPLICIT_REFERENCES)
            + delimiter(0xE0DD)
        ),
        "",
    ),
    "a VR that does not exist": (
        HEAD + group_2() + EXPLICIT_IDS + b"\x28\0\x10\0OX\0\0\x02\0\0\0\x02\0",
        "",
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", READ_BY_OTHERS)
def test_what_has_one_meaning_is_read(kind: str, tmp_path: Path) -> None:
    content, remark = READ_BY_OTHERS[kind]
    path = tmp_path / "odd.dcm"
    path.write_bytes(content)
    assert [remark in text for text in check_dicom(content)] == [True] * bool(remark)
    dataset = read_content(content)
    assert dataset.PatientName == NAME
    assert NAME in str(dataset)
    assert [(outcome, name) for outcome, _, name in found_in(path)] == [("read", NAME)]
    assert NAME.encode() in format_file(content)
    assert sum(span.length for span in anatomy(content)) == len(content)


def test_what_a_reader_refuses_for_an_item_the_index_calls_cut_off(tmp_path: Path) -> None:
    long_item = b"\xfe\xff\0\xe0\x40\0\0\0" + EXPLICIT_REFERENCES
    for vr in ("SQ", "UN"):
        path = tmp_path / "long.dcm"
        path.write_bytes(file(element(0x00081140, vr, long_item) + AFTER, ids=BEFORE_NAME))
        with pytest.raises(TruncatedFileError) as refused:
            read_file(path)
        ((outcome, reason, name),) = found_in(path)
        assert (outcome, reason, name) == ("repaired", f"cut off: {refused.value.problem}", NAME)


@pytest.mark.parametrize("undefined", [True, False])
def test_a_sequence_in_group_0002_stays(*, undefined: bool) -> None:
    extra = sequence(0x00020F00, item(EXPLICIT_REFERENCES), undefined=undefined)
    dataset = read_content(HEAD + group_2(wrong_by=len(extra)) + extra + EXPLICIT_IDS)
    assert dataset.file_meta[0x00020F00].value[0].ReferencedSOPInstanceUID == "1.2.4"
    assert dataset.PatientName == NAME


def vr_offsets(start: int, elements: bytes) -> list[int]:
    """Return where the VR of each element stands, of elements without items."""
    offsets, position = [], 0
    while position < len(elements):
        offsets.append(start + position + 4)
        is_long = elements[position + 4 : position + 6] == b"SQ"
        length = elements[position + 8 : position + 12] if is_long else elements[position + 6 : position + 8]
        position += (12 if is_long else 8) + int.from_bytes(length, "little")
    return offsets


@pytest.mark.parametrize("letters", [b"??", b"  ", b"\0\0", b"\xff\xff", b"U\1", b"\xdd\xe0"])
def test_no_element_is_lost_whatever_bytes_are_in_place_of_a_vr(letters: bytes) -> None:
    # pydicom alone takes them for a part of a length, in group 0002 as well: the data set is then empty.
    dataset = element(0x00080005, "CS", b"ISO_IR 100") + EXPLICIT_IDS + element(0x00280010, "US", b"\1\0")
    whole = HEAD + group_2() + dataset
    tags = {0x00080005, *IDS, 0x00280010}
    places = [*vr_offsets(len(HEAD), group_2()), *vr_offsets(len(HEAD + group_2()), dataset)]
    assert len(places) == 4 + 7
    for place in places:
        content = whole[:place] + letters + whole[place + 2 :]
        found = read_content(content)
        assert set(found.keys()) == tags
        assert found.PatientName == NAME


@pytest.mark.parametrize("undefined", [True, False])
def test_long_values_and_sequences_of_group_0002_are_read_whatever_their_vr(*, undefined: bool) -> None:
    long_value = struct.pack("<HH2sHI", 2, 0x16, b"OO", 0, 70_000) + b"A" * 70_000
    nested = sequence(0x00020F00, item(EXPLICIT_REFERENCES), undefined=undefined)
    if undefined:  # else nothing tells that it is a sequence
        nested = nested.replace(b"SQ", b"TQ", 1)
    extra = long_value + nested
    dataset = read_content(HEAD + group_2(wrong_by=len(extra)) + extra + EXPLICIT_IDS)
    assert len(dataset.file_meta[0x00020016].value) == 70_000
    assert dataset.file_meta[0x00020F00].value[0].ReferencedSOPInstanceUID == "1.2.4"
    assert dataset.PatientName == NAME


@pytest.mark.parametrize("letters", [b"TQ", b"SP"])
def test_a_sequence_whose_vr_does_not_exist_ends_at_its_delimiter(letters: bytes) -> None:
    references = sequence(0x00081140, item(EXPLICIT_REFERENCES, undefined=True), undefined=True)
    dataset = read_content(file(b"", ids=references.replace(b"SQ", letters, 1) + AFTER))
    assert dataset.ReferencedImageSequence[0].ReferencedSOPInstanceUID == "1.2.4"
    assert dataset.PatientName == NAME


@pytest.mark.parametrize("kind", READ_BY_DCMTK)
def test_a_sender_says_what_is_odd_as_a_reader_does(kind: str) -> None:
    content, _ = READ_BY_DCMTK[kind]
    assert check_quickly(content).remarks == check_dicom(content)


def test_a_long_list_of_character_sets_is_looked_through_as_well(tmp_path: Path) -> None:
    terms = b"\\".join([b"ISO 2022 IR 100"] * 80)
    for term, outcome in ((terms + b"\\", "read"), (terms.replace(b"IR 100", b"XX 100"), "repaired")):
        path = tmp_path / "terms.dcm"
        path.write_bytes(HEAD + group_2() + element(0x00080005, "CS", term) + EXPLICIT_IDS)
        assert [outcome for outcome, _, _ in found_in(path)] == [outcome]
        assert bool(check_quickly(path.read_bytes()).remarks) == (outcome != "read")


def test_identifiers_behind_a_higher_group_are_found() -> None:
    late = element(0x00400275, "LO", b"AB") + EXPLICIT_IDS  # DCMTK warns of the order, and reads all
    found = read_identifiers_of_whole(late, 0, EXPLICIT)
    assert found == ("1.2.840.10008.5.1.4.1.1.7", "1.2.3.4", "1.2.5", "1.2.6")
    assert check_quickly(file(b"", ids=late)).identifiers == found
    assert read_identifiers_of_whole(deflate(late), 0, DEFLATED) == found


def test_a_file_whose_vr_has_no_letters_loses_nothing_behind_it() -> None:
    # pydicom alone takes "??" for a part of a length, and the rest of the file for the value.
    dataset = read_content(READ_BY_DCMTK["letters that are no VR"][0])
    assert dataset.Modality == "OT"
    assert len(dataset) == len(IDS) + 1


@pytest.mark.parametrize(
    "tail",
    [
        delimiter(0xE00D) + element(0x00280010, "US", b"\1\0"),  # DCMTK stops there, GDCM goes on
        item(b""),
        b"\r\n",
        bytes(40) + b"\1",
        delimiter(0xE00D)[:6],
        # fo-dicom issue 1157: the item's own delimiter is missing. GDCM alone reads that.
        sequence(0x00400275, item(EXPLICIT_REFERENCES, undefined=True)[:-8], undefined=True),
    ],
)
def test_what_may_be_a_cut_or_means_two_things_is_refused(tail: bytes) -> None:
    with pytest.raises((NotDicomError, TruncatedFileError)):
        check_dicom(file(tail))


def test_a_group_0002_that_was_cut_is_no_odd_one() -> None:
    with pytest.raises(TruncatedFileError):
        check_dicom((HEAD + group_2())[:-3])


def test_the_first_of_two_groups_holds_for_pydicom_too() -> None:
    content, _ = READ_BY_DCMTK["a second group 0002 that contradicts"]
    assert read_content(content).file_meta.TransferSyntaxUID == JPEG
    assert index(content).rows[0].transfer_syntax_uid == JPEG


def test_group_0002_ends_where_another_group_begins_whatever_its_length() -> None:
    for wrong_by in (2, 10_000, 0xFFFFFFFF - 200):
        content = HEAD + group_2(wrong_by=wrong_by) + EXPLICIT_IDS
        assert "length of group 0002" in "".join(check_dicom(content))
        assert len(read_content(content)) == len(IDS)
        assert format_file(content).count(NAME.encode()) == 1


def test_a_whole_file_with_a_wrong_length_of_group_0002_is_not_replaced(tmp_path: Path) -> None:
    standing, arrived = tmp_path / "standing.dcm", tmp_path / "arrived.dcm"
    standing.write_bytes(HEAD + group_2(wrong_by=10_000) + EXPLICIT_IDS)
    arrived.write_bytes(HEAD + group_2() + AFTER)
    assert compare(str(standing), str(arrived))[0] is Existing.OTHER


HEADLESS = {
    "group 0002 first": (group_2() + EXPLICIT_IDS, "preamble"),
    "(0002,0003) first": (element(0x00020003, "UI", b"1.2.3.4\0") + group_2(wrong_by=None)[-28:] + EXPLICIT_IDS, "preamble"),
    "group 0002 first, implicit": (group_2(IMPLICIT) + IMPLICIT_IDS, "preamble"),
    "group 0002 first, big endian": (group_2(BIG_ENDIAN) + BIG_IDS, "preamble"),
    "implicit group 0002 first": (group_2(IMPLICIT, implicit=True) + IMPLICIT_IDS, "preamble"),
    # Daikon issue 49, dicom.ts issue 54: from a planning system
    "implicit group 0002 first, no length": (
        group_2(IMPLICIT, implicit=True, wrong_by=None) + IMPLICIT_IDS,
        "preamble",
    ),
    "a bare explicit data set": (EXPLICIT_IDS, "meta"),
    "a bare implicit data set": (IMPLICIT_IDS, "meta"),
    "a bare big endian data set": (BIG_IDS, "meta"),
    "the prefix and no group 0002": (HEAD + EXPLICIT_IDS, "meta"),
}  # fmt: skip


@pytest.mark.parametrize("kind", HEADLESS)
def test_without_a_head_every_room_shows_it_or_names_the_repair(
    kind: str, tmp_path: Path, dcmtk_dump: Callable[[Path], bytes]
) -> None:
    content, repair = HEADLESS[kind]
    path = tmp_path / "headless.dcm"
    path.write_bytes(content)
    assert format_file(content) == dcmtk_dump(path)
    assert [(outcome, name) for outcome, _, name in found_in(path)] == [("repaired", NAME)]
    assert NAME in {row.value for row in instance_rows(content).rows}
    with pytest.raises(NotDicomError, match=f'repair="{repair}"'):
        read_file(path)
    with warnings.catch_warnings(action="ignore", category=DicomFileWarning):
        assert read_file(path, repair=repair).PatientName == NAME
    (refused,) = find_outgoing(path)
    assert isinstance(refused, NotSendable)
    assert refused.is_refused
    assert f'repair="{repair}"' in refused.remedy or "Transfer Syntax" in refused.remedy


def test_what_is_no_data_set_is_passed_over_by_a_sender(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("Dear colleague, " * 20)
    (tmp_path / "counts.bin").write_bytes(bytes(range(256)))
    assert [found.is_refused for found in find_outgoing(tmp_path) if isinstance(found, NotSendable)] == [
        False
    ] * 2


def test_a_data_set_that_its_transfer_syntax_misdescribes_is_not_sent() -> None:
    # A receiver would believe the transfer syntax; the kit reads such a file all the same.
    (found,) = find_outgoing(bundled("SC_rgb_jpeg.dcm"))
    assert isinstance(found, NotSendable)
    assert "not encoded as its transfer syntax says" in found.reason


TWICE_IN_ITEM = READ_BY_DCMTK["two elements twice in an item, and the item's sequence"][0]


def test_of_equal_elements_the_first_is_read_at_every_level_and_in_a_deflated_file() -> None:
    (inner,) = read_content(TWICE_IN_ITEM).ReferencedImageSequence
    assert (inner.ReferencedSOPClassUID, inner.ReferencedSOPInstanceUID) == ("1.2.3", "1.2.4")
    start = len(HEAD + group_2())
    deflated = HEAD + group_2("1.2.840.10008.1.2.1.99") + deflate(TWICE_IN_ITEM[start:])
    (inner,) = read_content(deflated).ReferencedImageSequence
    assert inner.ReferencedSOPInstanceUID == "1.2.4"
    big = group_2(BIG_ENDIAN) + BIG_IDS + element(0x00100010, "PN", b"Somebody^Else ", ">")
    assert read_content(HEAD + big).PatientName == NAME


def test_only_the_first_of_equal_elements_is_found(tmp_path: Path, peer: Callable[[str], str]) -> None:
    path = tmp_path / "twice.dcm"
    path.write_bytes(TWICE_IN_ITEM)
    tags = [0x00081140, 0x00081155]
    asked = [word for tag in tags for word in ("+P", f"{tag >> 16:04x},{tag & 0xFFFF:04x}")]
    result = subprocess.run(
        [peer("dcmdump"), "-q", *asked, str(path)], capture_output=True, timeout=60, check=True
    )
    assert format_elements(TWICE_IN_ITEM, tags) == result.stdout


@pytest.mark.parametrize(
    "content",
    [
        element(0x00000000, "UL", bytes(4)) + element(0x00000002, "UI", SC) + EXPLICIT_IDS,
        implicit_element(0x00000000, bytes(4)) + implicit_element(0x00000002, SC) + IMPLICIT_IDS,
    ],
    ids=["explicit", "implicit"],
)
def test_a_bare_data_set_may_begin_with_group_0000(
    content: bytes, tmp_path: Path, dcmtk_dump: Callable[[Path], bytes]
) -> None:
    path = tmp_path / "bare"
    path.write_bytes(content)
    assert format_file(content) == dcmtk_dump(path)
    ((outcome, reason, name),) = found_in(path)
    assert (outcome, name) == ("repaired", NAME)
    assert "no preamble and no group 0002" in reason
    assert read_file(path, repair="meta").PatientName == NAME


@pytest.mark.parametrize(
    "content", [bytes(4096), bytes(4) + b"\x08\0\0\0" + bytes(400)], ids=["zeros", "others"]
)
def test_zeros_are_no_group_0000(content: bytes) -> None:
    with pytest.raises(NotDicomError):
        format_file(content)
