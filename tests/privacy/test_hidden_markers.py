"""All imaginable places for a name in a file: each is planted, and the result contains none of them.

What is planted is written by hand, byte for byte, and looked for byte for byte. What cannot be cleaned is refused, or
the report says that it was kept.
"""

from __future__ import annotations

import base64
import struct
import urllib.parse
from collections.abc import Callable
from pathlib import Path

import pytest
from pydicom.dataset import Dataset

from dicomkit.cli import main
from dicomkit.errors import DeidentificationError
from dicomkit.files.reading import read_content
from dicomkit.files.writing import encode_file
from dicomkit.privacy import DeidentificationKey, deidentify
from dicomkit.privacy.repeated_words import RepeatedWords
from tests.support.dicom_files import element, item, part10, sequence

KEY = DeidentificationKey(b"the key of these tests: 32 bytes!")
UTF_8, LATIN_1, JAPANESE = b"ISO_IR 192", b"ISO_IR 100", b"\\ISO 2022 IR 87"
FILTER_TYPE, DESCRIPTION, OPTIONS, TILT, TIME = 0x00181160, 0x00204000, 0x00180022, 0x00181120, 0x00181150


def instance(*elements: bytes, name: bytes = b"Kowalska^Joanna", charset: bytes = UTF_8) -> bytes:
    """Return a file of a CT slice with these elements, in the order of their tags."""
    known = [
        element(0x00080005, "CS", charset),
        element(0x00080016, "UI", b"1.2.840.10008.5.1.4.1.1.2\0"),
        element(0x00080018, "UI", b"2.25.1001\0"),
        element(0x00080060, "CS", b"CT"),
        element(0x00100010, "PN", name),
        element(0x00100020, "LO", b"PAT-700203-77"),
        element(0x00100030, "DA", b"19700203"),
        element(0x0020000D, "UI", b"2.25.1002\0"),
    ]
    by_tag = {struct.unpack_from("<HH", one): one for one in [*known, *elements]}
    return part10(b"".join(by_tag[tag] for tag in sorted(by_tag)))


def text(value: str | bytes, codec: str = "utf-8") -> bytes:
    """Return a kept text, Filter Type, with this value."""
    return element(FILTER_TYPE, "SH", value if isinstance(value, bytes) else value.encode(codec))


# A name, how it stands in another text, and the character set of the file.
WRITTEN = {
    "other case": ("Kowalska^Joanna", "koWALska", UTF_8),
    "reversed": ("Doe^John", "JOHN DOE", UTF_8),
    "short family name": ("Doe^Jo", "for Doe", UTF_8),
    "very short names": ("Li^Bo", "seen: Bo, Li", UTF_8),
    "user name": ("Doe^John", "by jdoe", UTF_8),
    "user name of the first": ("Doe^John", "johnd@scan", UTF_8),
    "written together": ("Doe^John", "DoeJohn", UTF_8),
    "with underscore": ("Doe^John", "scan_john_2", UTF_8),
    "with hyphen": ("Meyer-Landrut^Eva", "meyer landrut", UTF_8),
    "half of a double name": ("Meyer-Landrut^Eva", "LANDRUT", UTF_8),
    "letter by letter": ("Kowalska^Joanna", "K O W A L S K A", UTF_8),
    "with full stops": ("Kowalska^Joanna", "K.o.w.a.l.s.k.a", UTF_8),
    "over two lines": ("Kowalska^Joanna", "Kowal-\r\nska", UTF_8),
    "over two values": ("Kowalska^Joanna", "KOWAL\\SKA", UTF_8),
    "inside a word": ("Wojciechowska^Eva", "xWojciechowskaY", UTF_8),
    "composed": ("Mu\u0308ller^Eva", "M\u00fcller", UTF_8),
    "decomposed": ("M\u00fcller^Eva", "Mu\u0308ller", UTF_8),
    "without accents": ("M\u00fcller^Eva", "Muller", UTF_8),
    "umlaut written out": ("M\u00fcller^Eva", "MUELLER", UTF_8),
    "umlaut written in": ("Mueller^Eva", "M\u00fcller", UTF_8),
    "sharp s": ("Gro\u00dfmann^Eva", "GROSSMANN", UTF_8),
    "capital sharp s": ("Grossmann^Eva", "GRO\u1e9eMANN", UTF_8),
    "full width": ("Kowalska^Joanna", "\uff2b\uff2f\uff37\uff21\uff2c\uff33\uff2b\uff21", UTF_8),
    "Turkish capital I": ("\u0130nan\u00e7^Eva", "inanc", UTF_8),
    "Turkish small i": ("I\u015f\u0131l^Eva", "ISIL", UTF_8),
    "Polish l": ("\u0141ukaszewicz^Eva", "lukaszewicz", UTF_8),
    "Danish o": ("S\u00f8rensen^Eva", "Sorensen", UTF_8),
    "ligature": ("Steffi^Eva", "Ste\ufb03", UTF_8),
    "mathematical letters": ("Kowalska^Eva", "\U0001d40a\U0001d428\U0001d430\U0001d41a\U0001d425\U0001d42c\U0001d424\U0001d41a", UTF_8),
    "zero width": ("Kowalska^Eva", "Kowal\u200bska", UTF_8),
    "third component group": ("Yamada^Taro=\u5c71\u7530^\u592a\u90ce=\u3084\u307e\u3060^\u305f\u308d\u3046", "\u3084\u307e\u3060\u3055\u3093", UTF_8),
    "ideographs": ("Yamada^Taro=\u5c71\u7530^\u592a\u90ce", "\u60a3\u8005\u592a\u90ce", UTF_8),
    "percent encoding": ("M\u00fcller^Eva", "x/" + urllib.parse.quote("M\u00fcller"), UTF_8),
    "percent encoding of Latin-1": ("M\u00fcller^Eva", "M%FCller", UTF_8),
    "plus signs": ("Doe^John", "q=John+Doe", UTF_8),
    "HTML": ("M\u00fcller^Eva", "M&uuml;ller", UTF_8),
    "HTML numbers": ("Kowalska^Eva", "&#75;owalska", UTF_8),
    "base64": ("Kowalska^Eva", base64.b64encode(b"Kowalska").decode(), UTF_8),
    "base64 of a sentence": ("Kowalska^Eva", base64.b64encode(b"to Ms. Kowalska").decode(), UTF_8),
    "base16": ("Kowalska^Eva", b"Kowalska".hex(), UTF_8),
    "number with blanks": ("Doe^John", "70 02 03 77 PAT-700203-77", UTF_8),
    "number inside": ("Doe^John", "xPAT-700203-77x", UTF_8),
    "date with hyphens": ("Doe^John", "1970-02-03", UTF_8),
    "date with full stops": ("Doe^John", "3.2.1970", UTF_8),
    "date with strokes": ("Doe^John", "02/03/70", UTF_8),
    "date in words": ("Doe^John", "3 Feb 1970", UTF_8),
    "date in digits": ("Doe^John", "b03021970", UTF_8),
    "digits beside it": ("Kowalska^Joanna", "12kowalska34", UTF_8),
    "prefixes written together": ("van der Berg^Ann", "VANDERBERG", UTF_8),
    "Cyrillic in Latin letters": ("\u0418\u0432\u0430\u043d\u043e\u0432^\u041f\u0451\u0442\u0440", "Ivanov", UTF_8),
    "Latin in Cyrillic letters": ("Shchukin^Ivan", "\u0429\u0443\u043a\u0438\u043d", UTF_8),
    "Cyrillic without its points": ("\u0418\u0432\u0430\u043d^\u0421\u0435\u043c\u0451\u043d\u043e\u0432", "\u0421\u0415\u041c\u0415\u041d\u041e\u0412", UTF_8),
    "letters that look alike": ("Kowalska^Joanna", "K\u043ew\u0430lsk\u0430", UTF_8),
    "Greek in Latin letters": ("\u03a0\u03b1\u03c0\u03b1\u03b4\u03cc\u03c0\u03bf\u03c5\u03bb\u03bf\u03c2^\u0397\u03bb\u03af\u03b1\u03c2", "Papadopoulos", UTF_8),
    "Greek capitals": ("\u03a0\u03b1\u03c0\u03b1\u03b4\u03cc\u03c0\u03bf\u03c5\u03bb\u03bf\u03c2^\u0397\u03bb\u03af\u03b1\u03c2", "\u03a0\u0391\u03a0\u0391\u0394\u039f\u03a0\u039f\u03a5\u039b\u039f\u03a3", UTF_8),
    "Hebrew as it is seen": ("Cohen^Sara=\u05db\u05d4\u05df^\u05e9\u05e8\u05d4\u05d9", "\u05d9\u05d4\u05e8\u05e9", UTF_8),
    "Hebrew with points": ("Cohen^Sara=\u05db\u05d4\u05df^\u05e9\u05e8\u05d4\u05d9", "\u05e9\u05b8\u05e8\u05b8\u05d4\u05d9", UTF_8),
    "Arabic forms": ("\u0645\u062d\u0645\u062f^\u0639\u0644\u064a", "\ufee3\ufea4\ufee4\ufeaa", UTF_8),
    "turned over by a mark": ("Kowalska^Joanna", "\u202eaksLawoK", UTF_8),
    "Thai between other words": ("Somchai^J=\u0e2a\u0e21\u0e0a\u0e32\u0e22^\u0e43\u0e08\u0e14\u0e35", "\u0e04\u0e38\u0e13\u0e2a\u0e21\u0e0a\u0e32\u0e22\u0e21\u0e32", UTF_8),
    "hiragana of katakana": ("Yamada^Taro=\u30e4\u30de\u30c0^\u30bf\u30ed\u30a6", "\u3084\u307e\u3060", UTF_8),
    "half-width katakana": ("Yamada^Taro=\u30e4\u30de\u30c0^\u30bf\u30ed\u30a6", "\uff94\uff8f\uff80\uff9e", UTF_8),
    "quoted-printable": ("M\u00fcller^Eva", "M=C3=BCller", UTF_8),
    "percent encoding twice": ("Kowalska^Eva", "%254Bowalska", UTF_8),
    "HTML in percent encoding": ("Kowalska^Eva", "%26%2375%3Bowalska", UTF_8),
    "circled letters": ("Kowalska^Eva", "\u24c0\u24c4\u24cc\u24b6\u24c1\u24c8\u24c0\u24b6", UTF_8),
    "date with two digits of the year": ("Doe^John", "03-FEB-70", UTF_8),
    "date in six digits": ("Doe^John", "ph 030270", UTF_8),
    "date backwards in six digits": ("Doe^John", "700203", UTF_8),
    "date in German words": ("Doe^John", "3. Februar 1970", UTF_8),
}  # fmt: skip


@pytest.mark.parametrize("place", sorted(WRITTEN))
def test_a_name_is_found_however_it_is_written(place: str) -> None:
    name, written, charset = WRITTEN[place]
    planted = text(written)
    content = instance(planted, name=name.encode(), charset=charset)
    needle = written.encode()
    assert needle in content
    assert needle not in encode_file(deidentify(read_content(content), KEY).dataset)


# Bytes of a text, which are a name only in a character set that the file does not declare.
UNDECLARED: dict[str, tuple[bytes, bytes, bytes]] = {
    "UTF-8 in a Latin-1 file": ("M\u00fcller".encode("latin-1"), "M\u00fcller".encode(), LATIN_1),
    "Latin-1 in a UTF-8 file": ("M\u00fcller".encode(), "M\u00fcller".encode("latin-1"), UTF_8),
    "Latin-1 in an ASCII file": ("M\u00fcller".encode("latin-1"), "M\u00dcLLER".encode("latin-1"), b"ISO_IR 6"),
    "Shift JIS in a UTF-8 file": ("\u5c71\u7530".encode(), "\u5c71\u7530".encode("shift_jis"), UTF_8),
    "EUC-KR in a UTF-8 file": ("\uae40\ud76c".encode(), "\uae40\ud76c".encode("euc_kr"), UTF_8),
    "GB18030 in a UTF-8 file": ("\u738b\u5c0f".encode(), "\u738b\u5c0f".encode("gb18030"), UTF_8),
    "escape sequence, not declared": ("\u5c71\u7530".encode(), "\u5c71\u7530".encode("iso2022_jp"), UTF_8),
    "escape sequence, declared": ("\u5c71\u7530".encode("iso2022_jp"), "\u5c71\u7530".encode("iso2022_jp"), JAPANESE),
}  # fmt: skip


@pytest.mark.filterwarnings("ignore::UserWarning")  # pydicom says what it cannot decode
@pytest.mark.parametrize("place", sorted(UNDECLARED))
def test_a_name_is_found_in_a_character_set_that_nobody_declared(place: str) -> None:
    name, needle, charset = UNDECLARED[place]
    content = instance(text(needle), name=name, charset=charset)
    assert needle in content
    assert needle not in encode_file(deidentify(read_content(content), KEY).dataset)


def test_a_name_is_found_in_an_item_of_another_character_set_behind_an_escape_sequence() -> None:
    needle = "\u5c71\u7530".encode("iso2022_jp")
    inner = element(0x00080005, "CS", JAPANESE) + text(needle)
    content = instance(sequence(0x00189346, item(inner)), name="\u5c71\u7530".encode())
    assert needle in content
    assert needle not in encode_file(deidentify(read_content(content), KEY).dataset)


# Places where no name belongs. Nobody is asked here: each text is one that no other element has.
MISPLACED: dict[str, bytes] = {
    "a time": element(0x00080031, "TM", b"MK0001Q "),
    "a date of birth as a time": element(0x00080032, "TM", b"19700203"),
    "an age": element(0x00101010, "AS", b"MKQZ"),
    "a decimal number": element(TILT, "DS", b"MK0001Q "),
    "a decimal number behind a true one": element(0x00200032, "DS", b"1\\2\\MK0001Q "),
    "an integer": element(TIME, "IS", b"MK0001Q "),
    "an integer in an item": sequence(0x00189346, item(element(TIME, "IS", b"MK0001Q "))),
    "a UID of a kind": element(0x0008010C, "UI", b"1.2.MK0001Q."),
    "a UID of a class": element(0x0008001A, "UI", b"1.2.MK0001Q "),
    "a UID of an instance": element(0x00083010, "UI", b"1.2.MK0001Q."),
    "the title of an application": element(0x00741234, "AE", b"MK0001Q "),
    "another title": element(0x00404010, "AE", b"MK0001Q "),
    "an address": element(0x00081190, "UR", b"http://h/MK0001Q"),
    "an unknown attribute as UN": element(0x00181999, "UN", b"MK0001Q "),
    "a curve": element(0x50003000, "OW", b"MK0001Q "),
    "the name of an overlay": element(0x60101500, "LO", b"MK0001Q "),
    "overlay data": element(0x60003000, "OW", b"MK0001Q "),
    "an overlay in an item": sequence(0x00189346, item(element(0x60003000, "OW", b"MK0001Q "))),
    "a thumbnail": sequence(0x00880200, item(element(0x7FE00010, "OW", b"MK0001Q "))),
    "pixels in an item": sequence(0x00189346, item(element(0x7FE00010, "OW", b"MK0001Q "))),
    "a document in an item": sequence(0x00189346, item(element(0x00420011, "OB", b"MK0001Q "))),
    "a report in an item": sequence(0x00189346, item(sequence(0x0040A730, item(element(0x0040A160, "UT", b"MK0001Q "))))),
    "a signature": sequence(0xFFFAFFFA, item(element(0x04000120, "OB", b"MK0001Q "))),
    "trailing padding": element(0xFFFCFFFC, "OB", b"MK0001Q "),
    "a private creator": element(0x00090010, "LO", b"MK0001Q "),
    "private bytes": element(0x00090010, "LO", b"ACME") + element(0x00091001, "OB", b"MK0001Q "),
    "what only a key opens": sequence(0x04000500, item(element(0x04000520, "OB", b"MK0001Q "))),
    "parameters of a signature": sequence(0x4FFE0001, item(element(0x04000010, "CS", b"MK0001Q "))),
    "the length of the file as it was": element(0x00080001, "UL", b"MK0001Q "),
    "a retired comment": element(0x00184000, "LT", b"MK0001Q "),
}  # fmt: skip


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("place", sorted(MISPLACED))
def test_a_text_is_gone_where_no_text_belongs(place: str) -> None:
    needle = (
        b"19700203" if place == "a date of birth as a time" else b"MKQZ" if place == "an age" else b"MK0001Q"
    )
    content = instance(MISPLACED[place])
    assert needle in content
    assert needle not in encode_file(deidentify(read_content(content), KEY).dataset)


# Around the data set.
AROUND: dict[str, Callable[[bytes], bytes]] = {
    "the preamble": lambda content: b"MK0001Q " + content[8:],
    "a TIFF in the preamble": lambda content: b"II*\0\x08\0\0\0\x01\0" + b"MK0001Q " + content[18:],
    "the end of the preamble": lambda content: content[:120] + b"MK0001Q " + content[128:],
}


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("place", sorted(AROUND))
def test_a_text_is_gone_around_the_data_set(place: str) -> None:
    content = AROUND[place](instance())
    assert b"MK0001Q" in content
    assert b"MK0001Q" not in encode_file(deidentify(read_content(content), KEY).dataset)


# What nobody can clean is refused when it repeats the patient, and else the report says that it was kept.
LUT = element(0x00283002, "US", b"\x04\0\0\0\x08\0")
BYTES: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "a lookup table": (lambda value: sequence(0x00283010, item(LUT + element(0x00283006, "OW", value))), "LUTData"),
    "a palette": (lambda value: element(0x00281201, "OW", value), "RedPaletteColorLookupTableData"),
    "a waveform": (lambda value: sequence(0x54000100, item(element(0x54001010, "OW", value))), "WaveformData"),
    "spectroscopy": (lambda value: element(0x56000020, "OF", value), "SpectroscopyData"),
    "allowed private bytes": (lambda value: element(0x00290010, "LO", b"ACME") + element(0x00291001, "OB", value), "(0029,1001)"),
    "allowed private UN": (lambda value: element(0x00290010, "LO", b"ACME") + element(0x00291002, "UN", value), "(0029,1002)"),
}  # fmt: skip


@pytest.mark.parametrize("codec", ["ascii", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("place", sorted(BYTES))
def test_bytes_that_repeat_the_patient_are_refused_and_others_are_named(place: str, codec: str) -> None:
    make, name = BYTES[place]
    content = instance(make(b"\1\2\3\4" + "KOWALSKA".encode(codec) + b"\0\0\0\0"))
    with pytest.raises(DeidentificationError, match="repeat") as caught:
        deidentify(read_content(content), KEY, keep_private=["ACME"])
    assert "kowalska" not in str(caught.value).lower()
    others = instance(make(b"\1\2\3\4MK0001Q \0\0\0\0"))
    done = deidentify(read_content(others), KEY, keep_private=["ACME"])
    assert f"bytes that nobody has looked into were kept: {name}" in done.remarks


@pytest.mark.parametrize(
    "numbers",
    [element(0x00189073, "FD", b"KOWALSKA"), element(0x00280106, "US", b"KOWALSKA")],
    ids=["FD", "US"],
)
def test_numbers_that_spell_a_name_are_refused(numbers: bytes) -> None:
    with pytest.raises(DeidentificationError, match="repeat"):
        deidentify(read_content(instance(numbers)), KEY)


@pytest.mark.parametrize(
    ("numbers", "name"),
    [
        (element(0x00189073, "FD", b"MK0"), "AcquisitionDuration"),
        (element(0x00280106, "US", b"MK0001Q "), "SmallestImagePixelValue"),
    ],
)
def test_what_is_more_than_its_numbers_is_named(numbers: bytes, name: str) -> None:
    done = deidentify(read_content(instance(numbers)), KEY)
    assert f"bytes that nobody has looked into were kept: {name}" in done.remarks


@pytest.mark.parametrize(
    ("uid", "modality"),
    [
        (b"1.2.840.10008.5.1.4.1.1.88.22", b"CT"),  # Enhanced SR without a tree
        (b"1.2.840.10008.5.1.4.1.1.104.1", b"CT"),  # Encapsulated PDF without its document
        (b"1.2.3.4.5", b"SR"),  # a class of somebody's own, which says that it is a report
        (b"1.2.3.4.5", b"KO"),
        (b"1.2.3.4.5", b"AU"),
    ],
)
def test_reports_documents_and_voices_are_refused_whatever_they_lack(uid: bytes, modality: bytes) -> None:
    content = instance(
        element(0x00080016, "UI", uid + b"\0" * (len(uid) % 2)), element(0x00080060, "CS", modality)
    )
    with pytest.raises(DeidentificationError):
        deidentify(read_content(content), KEY, pixels_checked=True)


# --- what comes out beside the file -----------------------------------------------------------------------


def test_no_name_of_a_file_or_folder_comes_out(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    source = tmp_path / "in" / "KOWALSKA^JOANNA"
    source.mkdir(parents=True)
    (source / "kowalska_1.dcm").write_bytes(instance(text("for Joanna")))
    (source / "kowalska_2.dcm").write_bytes(instance(element(0x00420011, "OB", b"%PDF")))
    (source / "kowalska_3.dcm").write_bytes(instance()[:300])
    report, key = tmp_path / "report.csv", tmp_path / "key"
    key.write_bytes(bytes(range(32)))
    words = [
        "deidentify",
        str(tmp_path / "in"),
        str(tmp_path / "out"),
        "--report",
        str(report),
        "--key-file",
        str(key),
    ]
    assert main(words) == 1
    printed = capfd.readouterr().out  # what was refused is named on stderr, by the name that the user knows
    results = sorted((tmp_path / "out").rglob("*"))
    said = printed + report.read_text() + "".join(path.name for path in results)
    said += "".join(path.read_bytes().decode("latin-1") for path in results if path.is_file())
    assert [path.suffix for path in results if path.is_file()] == [".dcm"]
    assert not any(word in said.casefold() for word in ("kowalska", "joanna"))


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("Phil^Ann", "Philips Ingenia"),
        ("Roll^Eva", "Controller"),
        ("Doe^John", "does johnny"),
        ("Li^Bo", "lib, bolide"),
        ("Anders^Eva", "standersatz"),
        ("Kowalska^Joanna", "3.2.1971"),
        ("Kowalska^Joanna", "version 0302701"),
        ("Doe^Tom", "Atom2"),
    ],
)
def test_a_text_that_names_nobody_is_kept(name: str, kept: str) -> None:
    done = deidentify(read_content(instance(text(kept), name=name.encode())), KEY)
    assert done.dataset.FilterType == kept


def test_geometry_is_kept_though_its_digits_are_somebodys() -> None:
    position = b"70.0203\\-7.7\\1970.0203"
    content = instance(element(0x00200032, "DS", position + b" " * (len(position) % 2)))
    done = deidentify(read_content(content), KEY).dataset
    assert [float(one) for one in done.ImagePositionPatient] == [70.0203, -7.7, 1970.0203]


def test_words_are_looked_for_where_there_are_some() -> None:
    words = RepeatedWords()
    assert not words.are_in_text(["anything"])
    words.remember_name("=\\^^")
    words.remember_date("1970")
    assert not words.are_in_text(["197"])
    assert words.are_in_value(["1970"])


def test_at_least_sixty_places_are_planted() -> None:
    places = [*WRITTEN, *UNDECLARED, *MISPLACED, *AROUND, *BYTES]
    assert len(places) == len(set(places))
    assert len(places) >= 60
    assert isinstance(read_content(instance()), Dataset)
