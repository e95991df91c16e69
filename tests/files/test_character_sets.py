"""Texts in the character sets that a data set names: as DCMTK converts them, in every room that shows text."""

from __future__ import annotations

import io
import subprocess
import unicodedata
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest
from pydicom import dcmread
from pydicom.data import get_charset_files

from dicomkit.dump.reading.reader import parse_dump
from dicomkit.dump.writing.writer import format_dump, format_file
from dicomkit.errors import CharacterSetError, DicomFileWarning
from dicomkit.files import read_file
from dicomkit.files.character_sets import character_sets, corrected_term
from dicomkit.files.code_extensions import decoded_text
from dicomkit.files.reading import read_content
from dicomkit.files.writing import encode_file
from dicomkit.index import index
from dicomkit.index.element_rows import instance_rows
from tests.support.dicom_files import IMPLICIT, element, implicit_element, item, part10, sequence

TAGS = {"PN": 0x00100010, "LO": 0x00081030, "ST": 0x00080081, "LT": 0x00104000}
SOP_CLASS = element(0x00080016, "UI", b"1.2.840.10008.5.1.4.1.1.7\0")
CYRILLIC = "ISO 2022 IR 100\\ISO 2022 IR 144"

# PS3.5 annexes H to K, and code extensions that end at a delimiter (section 6.1.2.5.3).
AS_DCMTK = [
    ("\\ISO 2022 IR 58", "PN", b"Zhang^XiaoDong=\x1b$)A\xd5\xc5^\x1b$)A\xd0\xa1\xb6\xab", "Zhang^XiaoDong=张^小东"),
    ("\\ISO 2022 IR 58", "LO", b"\x1b$)A\xb5\xda\xd2\xbb\xd0\xd0\\\x1b$)A\xb6\xab", "第一行\\东"),
    ("\\ISO 2022 IR 149", "PN", b"Hong^Gildong=\x1b$)C\xfb\xf3^\x1b$)C\xd1\xce\xd4\xd7", "Hong^Gildong=洪^吉洞"),
    ("\\ISO 2022 IR 149", "ST", b"\x1b$)C\xb1\xe8\xc8\xf1\xc1\xdf\r\n\x1b$)C\xb1\xe8", "김희중\r\n김"),
    (CYRILLIC, "PN", b"\x1b-L\xb8\xd2^\xe9t\xe9", "Ив^été"),
    (CYRILLIC, "PN", b"\x1b-L\xb8\xd2=\xe9t\xe9", "Ив=été"),
    (CYRILLIC, "LO", b"\x1b-L\xb8\xd2\\\xe9t\xe9", "Ив\\été"),
    (CYRILLIC, "LO", b"\x1b-L\xb8\xd2^\xb8\xd2", "Ив^Ив"),  # no delimiter where nothing is a name
    (CYRILLIC, "ST", b"\x1b-L\xb8\xd2\\\xb8\xd2", "Ив\\Ив"),  # nor where there is one value
    (CYRILLIC, "LT", b"\x1b-L\xb8\xd2\r\n\xe9t\xe9", "Ив\r\nété"),
    (CYRILLIC, "LT", b"\x1b-L\xb8\xd2\t\xe9t\xe9", "Ив\tété"),
    ("ISO 2022 IR 6\\ISO 2022 IR 100\\ISO 2022 IR 126", "LO", b"\x1b-A\xe9\x1b-F\xe1", "éα"),
    ("GB18030", "PN", b"Wang^XiaoDong=\xcd\xf5^\xd0\xa1\xb6\xab", "Wang^XiaoDong=王^小东"),
    ("GB18030", "LO", b"a\x1b$)A\xd5\xc5", "a\x1b$)A张"),  # it stands alone and knows no escape sequences
    ("GBK", "LO", b"\x81\x5c\x81\x5e", "乗乛"),
    ("ISO_IR 192", "LO", "Łukasz".encode(), "Łukasz"),
    ("ISO_IR 13", "PN", b"\xd4\xcf\xc0\xde^\xc0\xdb\xb3", "ﾔﾏﾀﾞ^ﾀﾛｳ"),
    ("ISO_IR 127", "PN", b"\xe2\xc8\xc7\xe6\xea^\xe4\xe6\xd2\xc7\xd1", "قباني^لنزار"),
    ("ISO_IR 166", "LO", b"\xa1\xa2", "กข"),
]  # fmt: skip
# What DCMTK does not convert here (its iconv knows no JIS, it no Latin alphabet No. 9): by the tables of the sets.
BY_TABLE = [
    ("ISO 2022 IR 100", "PN", b"\xc4h", "Äh"),  # pydicom issue 290
    ("ISO 2022 IR 6\\ISO 2022 IR 87", "LO", b"plain", "plain"),  # pydicom issue 279
    ("\\ISO_IR 13", "LO", b"plain", "plain"),  # suyashkumar/dicom issue 218
    # dcm4che pull request 32: each half has a set of its own.
    (f"{CYRILLIC}\\ISO 2022 IR 87", "LO", b"\x1b-L\xb8\x1b$B;3\x1b(B\xd2", "И山в"),
    ("\\ISO 2022 IR 87", "PN", b"Yamada^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B", "Yamada^Tarou=山田^太郎"),
    ("\\ISO 2022 IR 87", "PN", b"=\x1b$B;3ED^\x1b$BB@O:", "=山田^太郎"),  # nobody went back to ASCII
    ("ISO 2022 IR 13\\ISO 2022 IR 87", "PN", b"\xd4\xcf\xc0\xde=\x1b$B;3ED\x1b(J", "ﾔﾏﾀﾞ=山田"),
    ("\\ISO 2022 IR 87", "LO", b"a\x1b$B!`!@\x1b(Bb", "a÷\uff3cb"),
    ("\\ISO 2022 IR 159", "LO", b"\x1b$(DF[\x1b(B", "汏"),
    ("ISO_IR 203", "PN", b"\xbcuvre^\xa4uro", "Œuvre^€uro"),
    ("ISO 2022 IR 6\\ISO 2022 IR 203", "LO", b"\x1b-b\xbcuvre", "Œuvre"),
    ("ISO 2022 IR 149", "LO", b"\xb1\xe8\xc8\xf1\xc1\xdf", "김희중"),
    ("\\ISO 2022 IR 87", "LO", b"x\x1b$)A\xd5\xc5", "x\x1b$)AÕÅ"),  # of a set that is not declared
]  # fmt: skip


def file(terms: str, vr: str, raw: bytes) -> bytes:
    value = terms.encode() + b" " * (len(terms) % 2)
    text = raw + b" " * (len(raw) % 2)
    return part10(
        b"".join(sorted([element(0x00080005, "CS", value), SOP_CLASS, element(TAGS[vr], vr, text)]))
    )


@pytest.mark.parametrize(("terms", "vr", "raw", "text"), AS_DCMTK)
def test_text_is_what_dcmtk_converts(
    terms: str, vr: str, raw: bytes, text: str, peer: Callable[[str], str], tmp_path: Path
) -> None:
    assert decoded_text(raw, character_sets(terms.encode()), vr) == text
    path = tmp_path / "text.dcm"
    path.write_bytes(file(terms, vr, raw))
    converted = subprocess.run([peer("dcmdump"), "+U8", "+L", path], capture_output=True, check=True).stdout
    assert f" {vr} [{text}]" in converted.decode()


@pytest.mark.filterwarnings(
    "ignore:Found unknown escape sequence:UserWarning"
)  # pydicom's, and it decodes rightly
@pytest.mark.parametrize(("terms", "vr", "raw", "text"), AS_DCMTK + BY_TABLE)
def test_every_room_shows_the_same_text(terms: str, vr: str, raw: bytes, text: str) -> None:
    content = file(terms, vr, raw)
    assert decoded_text(raw, character_sets(terms.encode()), vr) == text
    keyword = {"PN": "PatientName", "LO": "StudyDescription"}.get(vr)
    if keyword:
        assert index(content).rows[0].text(keyword) == text
    assert [row.value for row in instance_rows(content).rows if row.tag == TAGS[vr]] == [text]
    for dataset in (read_content(content), parse_dump(format_file(content)[1:])):
        value = dataset[TAGS[vr]].value
        assert (
            value if isinstance(value, str) else "\\".join(map(str, value)) if vr == "LO" else str(value)
        ) == text
        again = read_content(encode_file(dataset))
        assert again[TAGS[vr]].value == value


def test_the_characters_of_the_tables_are_these() -> None:
    assert b"\x1b$(DF[\x1b(B".decode("iso2022_jp_2") == "汏"
    assert [unicodedata.name(sign) for sign in "汏÷€"] == [
        "CJK UNIFIED IDEOGRAPH-6C4F",
        "DIVISION SIGN",
        "EURO SIGN",
    ]


def test_a_data_set_whose_texts_pydicom_would_misread_says_so_and_names_utf_8(tmp_path: Path) -> None:
    terms, vr, raw, text = AS_DCMTK[0]
    path = tmp_path / "name.dcm"
    path.write_bytes(file(terms, vr, raw))
    with pytest.warns(DicomFileWarning, match="names ISO_IR 192"):
        dataset = read_file(path)
    assert dataset.SpecificCharacterSet == "ISO_IR 192"
    assert path.read_bytes() == file(terms, vr, raw)
    assert text in format_dump(dataset)


def test_items_take_over_the_set_around_them_or_name_their_own() -> None:
    def one(inside: bytes) -> bytes:
        return item(inside)

    own = element(0x00080005, "CS", b"ISO_IR 203") + element(0x00081030, "LO", b"\xa4a")
    taken = element(0x00081030, "LO", b"\x1b-L\xb8\xd2\\\xe9")
    content = part10(
        element(0x00080005, "CS", CYRILLIC.encode() + b" ")
        + SOP_CLASS
        + element(0x00081030, "LO", b"\xe9 ")
        + sequence(0x00081140, one(own) + one(taken + sequence(0x00081140, one(taken))))
    )
    dataset = read_content(content)
    first, second = dataset.ReferencedImageSequence
    texts = [dataset.StudyDescription, first.StudyDescription, second.StudyDescription]
    assert texts == ["é", "€a", ["Ив", "é"]]
    assert second.ReferencedImageSequence[0].StudyDescription == ["Ив", "é"]
    assert (first.SpecificCharacterSet, "SpecificCharacterSet" in second) == ("ISO_IR 192", False)
    assert dcmread(io.BytesIO(encode_file(dataset))) == dataset
    rows = [row.value for row in instance_rows(content).rows if row.tag == 0x00081030]
    assert rows == ["é", "€a", "Ив\\é", "Ив\\é"]


def test_a_text_with_a_byte_that_is_no_character_stays_as_it_is() -> None:
    raw = b"\x1b$)A\xd5\xc5\xff\xff"
    dataset = read_content(file("\\ISO 2022 IR 58", "LO", raw))
    assert dataset.SpecificCharacterSet == ["", "ISO 2022 IR 58"]
    assert raw in encode_file(dataset)


@pytest.mark.parametrize("path", get_charset_files("*.dcm"), ids=lambda path: Path(path).name)
def test_what_pydicom_reads_rightly_is_left_to_it(path: str) -> None:
    with warnings.catch_warnings(action="ignore"):
        assert read_file(path).get("SpecificCharacterSet") == dcmread(path).get("SpecificCharacterSet")


# Names that are none, met in issue threads of pydicom, dcm4che, cornerstone and fo-dicom.
MISSPELT = {
    "ISO IR 192": "ISO_IR 192",
    "ISO-IR 100": "ISO_IR 100",
    "ISO_IR_100": "ISO_IR 100",
    "ISO_IR100": "ISO_IR 100",
    "iso_ir 192": "ISO_IR 192",
    "ISO_2022_IR_6": "ISO 2022 IR 6",
    "ISO 2022-IR 87": "ISO 2022 IR 87",
    "ISO 2022 58": "ISO 2022 IR 58",
    "UTF-8": "ISO_IR 192",
    "utf_8": "ISO_IR 192",
    "ISO-8859-1": "ISO_IR 100",
    "ISO_8859-15": "ISO_IR 203",
    "latin1": "ISO_IR 100",
    "gb18030": "GB18030",
    "GB2312": "GBK",
    "ISO 2022 GBK": "GBK",
    "IS": "",
    "rot13": "",
    "Not Supplied": "",  # pydicom issue 815
    "ISO_IR 999": "",
}


@pytest.mark.parametrize(("term", "meant"), MISSPELT.items())
@pytest.mark.parametrize("syntax", ["explicit", "implicit"])
def test_a_misspelt_set_is_refused_with_the_repair_that_reads_it(
    term: str, meant: str, syntax: str, tmp_path: Path
) -> None:
    text = "Å" if meant != "" else "A"
    codec = {"ISO_IR 192": "utf_8", "GB18030": "gb18030", "GBK": "gbk", "ISO_IR 203": "iso8859_15"}.get(
        meant, "latin_1"
    )
    raw = text.encode(codec, "ignore") + b"^b"
    raw, value = raw + b" " * (len(raw) % 2), term.encode() + b" " * (len(term) % 2)
    path = tmp_path / "text.dcm"
    if syntax == "explicit":
        path.write_bytes(file(term, "PN", raw))
    else:
        parts = ((0x00080005, value), (0x00080016, b"1.2\0"), (0x00100010, raw))
        path.write_bytes(part10(b"".join(implicit_element(*part) for part in parts), IMPLICIT))
    assert corrected_term(term) == meant
    with pytest.raises(CharacterSetError, match='repair="character_set"') as refused:
        read_file(path)
    assert term not in str(refused.value).replace("ISO_IR 192", "")
    dataset = read_file(path, repair="character_set")
    expected = decoded_text(raw, (meant,), "PN").rstrip()
    assert str(dataset.PatientName) == expected
    assert read_content(encode_file(dataset)).PatientName == expected
    assert index(path).rows[0].text("PatientName") == expected
    assert expected in {row.value for row in instance_rows(path.read_bytes()).rows}


def test_only_the_misspelt_one_of_several_is_mended(tmp_path: Path) -> None:
    path = tmp_path / "text.dcm"
    path.write_bytes(file("ISO 2022 IR 6\\IS", "PN", b"A^B"))
    assert read_file(path, repair="character_set").PatientName == "A^B"
    path.write_bytes(file("GB18030\\ISO IR 192", "PN", b"\xcd\xf5^"))  # pynetdicom issue 201
    assert read_file(path, repair="character_set").PatientName == "王^"
    path.write_bytes(file("\\ISO_2022_IR 87", "PN", b"A^B=\x1b$B;3ED\x1b(B^"))
    assert read_file(path, repair="character_set").PatientName == "A^B=山田^"


def test_the_records_of_a_dicomdir_have_their_own_sets(peer: Callable[[str], str], tmp_path: Path) -> None:
    def record(terms: bytes, name: bytes, after: int) -> bytes:
        return item(
            element(0x00041400, "UL", after.to_bytes(4, "little"))
            + element(0x00041410, "US", b"\xff\xff")
            + element(0x00041420, "UL", bytes(4))
            + element(0x00041430, "CS", b"PATIENT ")
            + element(0x00080005, "CS", terms)
            + element(0x00100010, "PN", name + b" " * (len(name) % 2))
            + element(0x00100020, "LO", b"1 ")
        )

    names = {
        "Łuk": (b"ISO_IR 192", "Łuk".encode()),
        "Äh": (b"ISO_IR 100", b"\xc4h"),
        "Z=张": (b"\\ISO 2022 IR 58 ", b"Z=\x1b$)A\xd5\xc5"),
        "€": (b"ISO_IR 203", b"\xa4"),
    }
    start = (
        element(0x00041130, "CS", b"KIT ")
        + element(0x00041200, "UL", bytes(4))
        + element(0x00041202, "UL", bytes(4))
    )
    records = b"".join(record(*one, 0) for one in names.values())
    path = tmp_path / "DICOMDIR"
    path.write_bytes(part10(b"") + start + element(0x00041212, "US", b"\0\0") + sequence(0x00041220, records))
    with warnings.catch_warnings(action="ignore", category=DicomFileWarning):
        dataset = read_file(path)
    assert [str(one.PatientName) for one in dataset.DirectoryRecordSequence] == list(names)
    assert [row.value for row in instance_rows(path.read_bytes()).rows if row.tag == 0x00100010] == list(
        names
    )
    text = subprocess.run([peer("dcmdump"), "+L", path], capture_output=True, check=True).stdout
    assert format_file(path.read_bytes()) == text
    again = parse_dump(text)
    assert [str(one.PatientName) for one in again.DirectoryRecordSequence] == list(names)
