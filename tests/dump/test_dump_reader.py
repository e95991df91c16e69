"""Reading dump text: errors, warnings, and their messages."""

from __future__ import annotations

import io
import random
import subprocess
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.uid import JPEGBaseline8Bit

from dicomkit.dump import DumpOptions, format_dump, format_file
from dicomkit.dump.reading.reader import DumpWarning, parse_dump, read_dump
from dicomkit.errors import DumpSyntaxError
from dicomkit.files.writing import encode_file, write_file
from tests.support.dicom_files import element, item, own_files, part10, sequence

PATIENT = "GEHEIM"


def problems_of(text: str | bytes, *, strict: bool = False) -> list[tuple[int, str]]:
    with pytest.raises(DumpSyntaxError) as caught:
        read_dump(text, strict=strict)
    return [(problem.line, f"{problem.problem}; {problem.remedy}") for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        (f"(0010,0010) PN [{PATIENT}]\n(0010,0010) PN [B]", 2, "line 1 has the same tag"),
        (f"(0018,1030) LO [{PATIENT}yyyy... #  70, 1 ProtocolName", 1, "+L"),
        ("(7fe0,0010) OW 0000\\0001... # 100, 1 PixelData", 1, "+L"),
        ("(0010,4000) LT [one\ntwo...      # 100, 1 PatientComments", 1, "+L"),
        ("(7fe0,0010) OW (not loaded)   # 100, 1 PixelData", 1, "+M"),
        ("(0028,0010) US 70000", 1, "US holds 0 to 65535"),
        ("(0028,0010) US -1", 1, "US holds 0 to 65535"),
        ("(0028,0010) US 0x10", 1, "not 0x10"),
        ("(0028,0106) SS 40000", 1, "SS holds -32768 to 32767"),
        ("(0072,0083) UV -1", 1, "out of range"),
        ("(0028,0010) US " + "9" * 10_000, 1, "US takes whole decimal numbers"),
        ("(0008,0016) UI =MRImageStorag", 1, "did you mean =MRImageStorage?"),
        ("(0008,0016) UI =qqqqqqqqqqqqqq", 1, "write the UID itself"),
        (f"(0010,0020) LO [{PATIENT}", 1, "add ]"),
        (f"(0010,0020) LO [{PATIENT}\n(0010,0030) DA [20200101]", 1, "add ]"),
        ("(0008,1140) SQ\n(fffe,e000)", 1, "(fffe,e0dd)"),
        ("(0008,1140) SQ\n(fffe,e000)", 2, "(fffe,e00d)"),
        ("(0008,1140) SQ\n(fffe,e000)\n(fffe,e0dd)", 3, "item is still open"),
        ("(0008,1140) SQ\n(0010,0020) LO [x]\n(fffe,e0dd)", 2, "no item"),
        ("(fffe,e00d)", 1, "none is open"),
        (f"(0010,0010) PN “{PATIENT}”", 1, "typographic quotes"),
        (f"(0010,0010) PN \u2018{PATIENT}\u2019 # x", 1, "typographic quotes"),
        (f"“(0010,0010) PN [{PATIENT}]”", 1, "typographic quotes"),
        ("\ufeff(0010,0020) LO [x]", 1, "byte order mark"),
        (b"\xef\xbb\xbf(0010,0020) LO [x]", 1, "byte order mark"),
        ("(0010,0020) LO [x]".encode("utf-16"), 1, "PowerShell"),
        (f"(0010,0010)\u00a0PN [{PATIENT}]", 1, "blanks that are no spaces"),
        (f"(0010,0010) PN\u00a0[{PATIENT}]", 1, "blanks that are no spaces"),
        (f"\u200b(0010,0010) PN [{PATIENT}]", 1, "blanks that are no spaces"),
        (f"(0010,0010) PN \uff3b{PATIENT}\uff3d", 1, "full-width brackets"),
        (f"\uff080010,0010\uff09 PN [{PATIENT}]", 1, "full-width brackets"),
        ("(0042,0011) OB 0001", 1, "hexadecimal numbers of 2 digits"),
        (f"{PATIENT} (0010,0020)", 1, "begin it with (gggg,eeee)"),
        (f"(0010,0020) LO <{PATIENT}>", 1, "[ ]"),
        (f"(0010,0010) PN [{PATIENT}] # see [1]", 1, "more than one ]"),
        ("(0009,1001) [x]", 1, "write the VR"),
        ("(0009,1001) LN [x]", 1, "VR LN does not exist"),
        ("(0010,0030) da [20200101]", 1, "VR and [value]"),
        ("(0010,0020) LO [" + "x" * 70_000 + "]", 1, "at most 65534 bytes"),
        ("(0000,0002) UI [1.2]", 1, "group 0000"),
        ("(fffe,e001) na", 1, "e000, e00d and e0dd"),
        ("(7fe0,0010) OW =x.raw", 1, "no folder is open"),
        ("(0008,0005) CS [ISO_IR 100]\n(0010,0010) PN [Łukasz]", 2, "U+0141"),
    ],
)
def test_a_trap_is_reported_where_it_is(text: str | bytes, line: int, words: str) -> None:
    found = problems_of(text)
    assert any(number == line and words in message for number, message in found), found
    with pytest.raises(DumpSyntaxError) as caught:
        parse_dump(text)
    message = str(caught.value)
    assert message.startswith("line ")
    assert "column " in message
    assert "\n" not in message
    assert len(message) < 2048
    # Neither in the message nor in what a log or a notebook shows of the problems.
    assert PATIENT not in f"{message} {caught.value!r} {caught.value.problems}"


def test_a_problem_carries_its_line_and_column() -> None:
    with pytest.raises(DumpSyntaxError) as caught:
        parse_dump("# a comment\n\n(0028,1101) US 256\\0\\70000   # LUT")
    (problem,) = caught.value.problems
    assert (problem.line, problem.column) == (3, 22)
    assert problem.text == "(0028,1101) US 256\\0\\70000   # LUT"
    assert problem.given == "(0028,1101) US […]"


def test_all_errors_come_in_one_run_up_to_twenty() -> None:
    text = "".join(f"(0028,{number:04x}) US x\n" for number in range(0x10, 0x10 + 30))
    with pytest.raises(DumpSyntaxError) as caught:
        parse_dump(text)
    assert [problem.line for problem in caught.value.problems] == list(range(1, 21))
    assert caught.value.count == 30
    assert str(caught.value).endswith("(and 29 more)")


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        (
            "(0008,0005) CS [ISO_IR 100]\n(0010,0010) PN [Łukasz]\n(0028,0010) US x\n(0010,0020) LO [Ł]",
            {2: "(0010,0010) PN [Łukasz]", 3: "(0028,0010) US x", 4: "(0010,0020) LO [Ł]"},
        ),
        ("\ufeff(0010,0020) LO [x]\n(0028,0010) US x", {1: "(0010,0020) LO [x]", 2: "(0028,0010) US x"}),
        ("(0010,0020) LO [x]\r\n".encode("utf-16"), {1: "(0010,0020) LO [x]"}),
    ],
)
def test_each_error_holds_its_line(text: str | bytes, lines: dict[int, str]) -> None:
    with pytest.raises(DumpSyntaxError) as caught:
        parse_dump(text)
    assert {problem.line: problem.text for problem in caught.value.problems} == lines


def test_errors_stand_in_the_order_of_the_lines() -> None:
    found = problems_of("(0008,1140) SQ\n(0010,0020) LO [x\n(0028,0010) US x\n\n(0028,0011) US y")
    assert [line for line, _ in found] == sorted(line for line, _ in found)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("(0010,0020) LN [x]", "VR LN does not exist; the dictionary's LO is used"),
        ("(0028,0010) LO [10]", "VR LO is not the dictionary's US"),
        ("(0010,0020) LO x]", "] at its end and no ["),
        ('(0010,0020) LO "x"', "quotes are part of the value"),
        ("(0010,0020) LO [x] what", "text after the closing bracket"),
        ("(0008,0018) UI [1.2.abc]", "no valid UID"),
        ("(0008,0018) UI [1.2.03]", "no valid UID"),
        ("(0008,0005) CS [UTF-8]", "no Specific Character Set"),
        ("(0010,0010) PN [Łukasz]", "no Specific Character Set"),
        (b"(0008,0005) CS [ISO_IR 192]\n(0010,0010) PN [J\xf6rg]", "not UTF-8"),
        ("(0008,0005) CS [ISO_IR 100]\n(0010,0010) PN [Jörg]".encode(), "something else"),
        ("(0008,0005) CS [\\ISO 2022 IR 87]\n(0010,0010) PN [山田]", "something else"),
        ("(0008,0000) UL 12", "group lengths are retired"),
    ],
)
def test_a_doubt_is_a_warning_and_an_error_if_strict(text: str | bytes, words: str) -> None:
    reading = read_dump(text)
    assert [words in str(warning) for warning in reading.warnings] == [True]
    assert str(reading.warnings[0]).startswith("line ")
    with pytest.warns(DumpWarning, match="line"):
        parse_dump(text)
    assert words in problems_of(text, strict=True)[0][1]


@pytest.mark.parametrize(
    "name", ["allvr", "cs_jis", "cs_latin1", "cs_utf8", "fd", "three", "three_raw", "two"]
)
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_a_recorded_dump_gives_the_file_that_it_was_made_of(name: str) -> None:
    folder = Path(__file__).parents[1] / "data" / "dcmtk"
    expected = dcmread(folder / f"{name}.dcm")
    dump = next(folder.rglob(f"{name}.full.dump"), None)
    content = dump.read_bytes() if dump is not None else format_file_of(folder / f"{name}.dcm")
    reading = read_dump(content)
    dataset = reading.dataset
    if name == "allvr":
        del expected[0x00460044], dataset[0x00460044]  # dcmdump gets the last digits of 1e300 wrong
    if name != "fd":
        assert dataset == expected
    assert dataset.file_meta.TransferSyntaxUID == expected.file_meta.TransferSyntaxUID


def format_file_of(path: Path) -> bytes:
    from dicomkit.dump import DumpOptions  # noqa: PLC0415 - only where the recorded text is missing

    return format_file(path.read_bytes(), DumpOptions(line_length=None))


def test_bytes_of_any_character_set_pass_unchanged(peer: Callable[[str], str], tmp_path: Path) -> None:
    # Katakana, kanji with escape sequences, bytes that are no text at all, and bytes that mean ] or \ elsewhere.
    values = [
        b"\xd4\xcf\xc0\xde^\xc0\xdb\xb3",
        b"\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B",
        b"\xff\xfe\x80",
        b"\x83\x5d\x83\x5c",
    ]
    for number, value in enumerate(values):
        content = element(0x00100010, "PN", value + b" " * (len(value) % 2))
        (tmp_path / "in.dcm").write_bytes(part10(content))
        text = subprocess.run(
            [peer("dcmdump"), "+L", "in.dcm"], cwd=tmp_path, capture_output=True, check=True
        ).stdout
        assert encode_file(read_dump(text).dataset).endswith(content), number


def test_line_ends_of_windows_make_no_difference() -> None:
    text = "(0010,0020) LO [x]\n(0010,4000) LT [a\nb]   #   4, 1 PatientComments\n(0020,0010) SH [y]\n"
    assert parse_dump(text.replace("\n", "\r\n")) == parse_dump(text)
    assert parse_dump(text).PatientComments == "a\nb"


def test_backslash_n_stays_two_characters() -> None:
    assert parse_dump("(0008,0070) LO [C:]\n(0010,4000) LT [C:\\new]").PatientComments == "C:\\new"


def test_transfer_syntaxes_decide_the_bytes() -> None:
    for uid, order in (
        ("LittleEndianImplicit", "<"),
        ("BigEndianExplicit", ">"),
        ("DeflatedLittleEndianExplicit", "<"),
    ):
        text = f"(0002,0010) UI ={uid}\n(0028,0010) US 258\n(7fe0,0010) OW 1234\\5678\n"
        again = dcmread(io.BytesIO(encode_file(parse_dump(text))))
        assert again.Rows == 258
        assert again.PixelData == (b"\x12\x34\x56\x78" if order == ">" else b"\x34\x12\x78\x56")


def test_fragments_become_encapsulated_pixels() -> None:
    text = (
        "(0002,0010) UI =JPEGBaseline\n(7fe0,0010) OB (PixelSequence #=2)\n(fffe,e000) pi (no value available)\n"
        "(fffe,e000) pi ff\\d8\\ff\n(fffe,e0dd)\n"
    )
    dataset = parse_dump(text)
    assert dataset.file_meta.TransferSyntaxUID == JPEGBaseline8Bit
    fragments = b"\xfe\xff\x00\xe0\0\0\0\0" + b"\xfe\xff\x00\xe0\x04\0\0\0\xff\xd8\xff\0"
    assert dataset.PixelData == fragments
    assert encode_file(dataset).endswith(fragments + b"\xfe\xff\xdd\xe0\0\0\0\0")


def test_lengths_stay_undefined_where_the_text_says_so() -> None:
    for length in ("explicit", "undefined"):
        text = f"(0008,1140) SQ (Sequence with {length} length #=1)\n(fffe,e000) na (Item with {length} length #=0)\n(fffe,e00d)\n(fffe,e0dd)"
        marker = b"\xff\xff\xff\xff"
        assert encode_file(parse_dump(text)).count(marker) == (2 if length == "undefined" else 0)


def test_files_are_loaded_only_from_open_folders(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.raw").write_bytes(b"\x01\x02\x03")
    (tmp_path / "out.raw").write_bytes(b"\x01")
    (tmp_path / "in" / "link.raw").symlink_to(tmp_path / "out.raw")
    line = "(7fe0,0010) OW ={}   # 3, 1 PixelData"
    folders = [tmp_path / "in"]
    assert parse_dump(line.format("a.raw"), raw_folders=folders).PixelData == b"\x01\x02\x03\0"
    assert (
        parse_dump(line.format(tmp_path / "in" / "a.raw"), raw_folders=folders).PixelData == b"\x01\x02\x03\0"
    )
    big = "(0002,0010) UI =BigEndianExplicit\n" + line.format("a.raw")
    assert parse_dump(big, raw_folders=folders).PixelData == b"\x02\x01\0\x03"
    for name, words in (
        ("../out.raw", "outside"),
        ("link.raw", "outside"),
        ("/etc/hostname", "outside"),
        ("no.raw", "does not exist"),
        (".", "does not exist"),
        ("\0", "cannot be read"),
    ):
        with pytest.raises(DumpSyntaxError, match=words):
            parse_dump(line.format(name), raw_folders=folders)


@pytest.mark.parametrize(
    "value",
    [
        "fine]\n(0010,0020) LO [FORGED]\n",
        "fine] #   4, 1 PatientComments\n(0010,0020) LO [FORGED]  # 6, 1 PatientID\n",
        "fine]\n(0010,0020) LO [FORGED",
        "fine]\n(0040,0275) SQ\n(fffe,e000) na\n(0010,4000) LT [FORGED",
        "]\n(0010,0020) LO [FORGED]\n# ",
        "\n\n]\n(0010,0020) LO [FORGED] # 6, 1 PatientID]",
        "a\r\n]\r\n(0010,0020) LO [FORGED]\r\nb",
        "a] # 1, 1 b] # 10, 1 c",
    ],
)
def test_a_value_cannot_forge_elements(value: str, peer: Callable[[str], str], tmp_path: Path) -> None:
    path = tmp_path / "in.dcm"
    encoded = value.encode() + b" " * (len(value) % 2)
    path.write_bytes(
        part10(
            element(0x00100010, "PN", b"A^B ")
            + element(0x00104000, "LT", encoded)
            + element(0x00200010, "SH", b"ID")
        )
    )
    text = subprocess.run([peer("dcmdump"), "+L", path], capture_output=True, check=True).stdout
    dataset = read_dump(text).dataset
    assert dataset.PatientComments == value.rstrip(" ")
    assert [elem.keyword for elem in dataset] == ["PatientName", "PatientComments", "StudyID"]
    assert parse_dump(text.decode()) == dataset


@pytest.mark.parametrize("blanks", [2, 8, 400])
@pytest.mark.parametrize(
    "start",
    [
        b"fine]\n(0010,0020) LO [FORGED]\n(0018,1030) LO [x",
        b"fine]\n(0010,0020) LO [FORGED\n   #",
        b"[fine]\n(0010,0020) LO [\n(0018,1030) LO [\n\n",
    ],
)
def test_forgery_with_trailing_blanks_is_refused(
    start: bytes, blanks: int, peer: Callable[[str], str], tmp_path: Path
) -> None:
    """Blanks at the end are counted but not printed, so the count fits nothing exactly."""
    value = start + b" " * blanks
    path = tmp_path / "in.dcm"
    path.write_bytes(part10(element(0x00104000, "LT", value + b" " * (len(value) % 2))))
    text = subprocess.run([peer("dcmdump"), "+L", path], capture_output=True, check=True).stdout
    assert any("further up" in message for _, message in problems_of(text))


@pytest.mark.parametrize("vr", ["ST", "LT", "UT", "LO", "UC"])
def test_values_padded_with_blanks_come_back(
    vr: str, peer: Callable[[str], str], dcmdump_says: Callable[[Path], str], tmp_path: Path
) -> None:
    # A buffer of fixed size, as one maker writes it; DCMTK's dump2dcm takes the text.
    private = element(0x00090010, "LO", b"A MAKER ") + element(0x00091061, "SH", b"26.14 ")
    private += b"".join(element(0x00091062 + n, vr, b"/dos/FILE".ljust(256)) for n in range(2))
    code = element(0x00080104, "LO", b"meaning".ljust(64))
    path, again, theirs = tmp_path / "padded.dcm", tmp_path / "again.dcm", tmp_path / "theirs.dcm"
    path.write_bytes(part10(private + sequence(0x00400275, item(code) + item(code))))
    text = subprocess.run([peer("dcmdump"), "+L", path], capture_output=True, check=True).stdout
    assert format_file(path.read_bytes(), DumpOptions(line_length=None)) == text
    dump = tmp_path / "padded.dump"
    dump.write_bytes(text)
    dataset, warned = read_dump(text)
    assert {"the rest is taken for blanks; is it?"} == {
        one.remedy for one in warned if "count" in one.problem
    }
    assert [dataset[0x00091062 + n].value for n in range(2)] == ["/dos/FILE"] * 2
    write_file(dataset, again)
    subprocess.run([peer("dump2dcm"), dump, theirs], check=True)
    assert dcmdump_says(again) == ""
    assert dcmread(again)[0x00091063].value == dcmread(theirs, force=True)[0x00091063].value
    assert format_dump(parse_dump(format_dump(dataset))) == format_dump(dataset)


def test_a_changed_value_may_keep_its_old_count() -> None:
    text = "(0010,0010) PN [A]                       #  12, 1 PatientName\n(0010,0020) LO [longer than before]  #   2, 1 PatientID\n"
    dataset = parse_dump(text)
    assert dataset.PatientName == "A"
    assert dataset.PatientID == "longer than before"


def test_hostile_depth_is_refused() -> None:
    text = "(0008,1140) SQ\n(fffe,e000)\n" * 500 + "(fffe,e00d)\n(fffe,e0dd)\n" * 500
    assert any("nested deeper" in message for _, message in problems_of(text))


def test_what_is_made_up_is_left_to_the_command() -> None:
    dataset = parse_dump("")
    assert len(dataset) == 0
    assert len(dataset.file_meta) == 0


def test_reading_does_not_warn_of_its_own_accord() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for path in own_files():
            read_dump(format_file_of(path))
        parse_dump(format_dump(Dataset(), max_value_length=None))


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_damaged_text_gives_a_data_set_or_one_of_our_errors() -> None:
    chance = random.Random(3)  # noqa: S311 - the same damage in every run
    pieces = [
        b"]",
        b"[",
        b"#",
        b"\n",
        b"(",
        b"\\",
        b"...",
        b"SQ",
        b"\x1b",
        b"\xff",
        b"(fffe,e000) na\n",
        b"(fffe,e0dd)\n",
    ]
    originals = [format_file_of(path) for path in own_files()]
    messages: list[str] = []
    for _ in range(300):
        text = bytearray(chance.choice(originals)[:4000])
        for _ in range(chance.randint(1, 5)):
            position = chance.randrange(len(text))
            text[position : position + chance.randint(0, 9)] = chance.choice(pieces)
        try:
            encode_file(read_dump(bytes(text)).dataset)
        except DumpSyntaxError as error:
            messages.append(str(error))
    assert 0 < len(messages) < 300
    assert all(len(message) < 2048 and "\n" not in message for message in messages)
