"""The dump writer, byte for byte against the real dcmdump."""

from __future__ import annotations

import itertools
import math
import random
import re
import struct
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pydicom import Dataset, dcmread
from pydicom.sequence import Sequence

from dicomkit.dump import DumpOptions, dump_codec, format_dump, format_elements, format_file
from dicomkit.dump.attribute_names import UNKNOWN_NAME
from dicomkit.dump.uid_names import transfer_syntax_name
from dicomkit.dump.writing.numbers import DOUBLE_DIGITS, FLOAT_DIGITS, format_float
from dicomkit.errors import TruncatedFileError
from dicomkit.files.encoding import EXPLICIT_LITTLE
from tests.support.dicom_files import (
    BIG_ENDIAN,
    DATA,
    IMPLICIT,
    bundled_files,
    delimiter,
    element,
    implicit_element,
    item,
    own_files,
    part10,
    sequence,
)

# Bundled files that dcmdump refuses. Ours prints what is not truncated.
REFUSED_BY_DCMDUMP = {
    "MR_truncated.dcm",
    "rtplan_truncated.dcm",
    "no_meta.dcm",
    "SC_rgb_jpeg.dcm",  # its transfer syntax says explicit VR, its bytes are implicit
}

# What remains different from dcmdump up to "# length, VM", and why: nothing.
DIFFERENCES: dict[str, str] = {}

MODES = {"short": ([], DumpOptions()), "+L": (["+L"], DumpOptions(line_length=None))}
MODES["-M"] = (["-M"], DumpOptions(load_limit=4096))
# Everything up to and including "# length, VM"; the name after it is known to be that of DCMTK 3.6.7.
LINE_END = re.compile(rb"( # +(?:\d+|u/l), *\d+ )[^\n]*")


# A line of floating point numbers.
NUMBERS = re.compile(rb"( *\(.{9}\) (?:FD|FL|OD|OF)) (\S+?)(?:\.{3})? +(# +(?:\d+|u/l), *\d+ )")


def up_to_vm(dump: bytes) -> bytes:
    return LINE_END.sub(rb"\1", dump)


def unlike(ours: bytes, theirs: bytes, dcmtk_version: tuple[int, ...]) -> list[tuple[bytes, bytes]]:
    """Return the lines that differ; newer DCMTKs print fewer digits of a number, some of them only six."""
    if dcmtk_version != (3, 6, 7):
        lines = itertools.zip_longest(
            *(up_to_vm(dump).split(b"\n") for dump in (ours, theirs)), fillvalue=b"none"
        )
        return [pair for pair in lines if pair[0] != pair[1] and not same_numbers(*pair)]
    lines = itertools.zip_longest(ours.split(b"\n"), theirs.split(b"\n"), fillvalue=b"none")
    return [pair for pair in lines if pair[0] != pair[1] and not is_newer(*pair)]


def is_newer(ours: bytes, theirs: bytes) -> bool:
    """Say whether two lines differ in a name only, that of an attribute that DCMTK 3.6.7 does not know yet."""
    is_named = not ours.endswith(UNKNOWN_NAME.encode())
    return is_named and theirs.endswith(UNKNOWN_NAME.encode()) and up_to_vm(ours) == up_to_vm(theirs)


def number(text: bytes) -> float:
    """Return a number; the largest one, which DCMTK 3.6.7 prints a little too large, is no infinity."""
    return math.copysign(min(abs(float(text)), sys.float_info.max), float(text))


def same_numbers(ours: bytes, theirs: bytes) -> bool:
    """Say whether two lines are alike but for digits that do not matter, and for where they are cut."""
    found = NUMBERS.fullmatch(ours), NUMBERS.fullmatch(theirs)
    if found[0] is None or found[1] is None or found[0].group(1, 3) != found[1].group(1, 3):
        return False
    numbers = [one[2].split(b"\\") for one in found if one is not None]
    whole = min(map(len, numbers)) - (b"..." in ours + theirs)  # the last one may be half a number
    return all(
        mine == other or math.isclose(number(mine), number(other), rel_tol=1e-5)
        for mine, other in zip(*(some[:whole] for some in numbers), strict=True)
    )


@pytest.fixture(scope="module")
def dcmdump(peer: Callable[[str], str]) -> Callable[..., bytes]:
    program = peer("dcmdump")

    def dump(path: Path, *options: str) -> bytes | None:
        done = subprocess.run(
            [program, "-q", *options, str(path)], check=False, capture_output=True, timeout=30
        )
        return done.stdout if done.returncode == 0 else None

    return dump


@pytest.fixture(scope="module")
def same(dcmdump: Callable[..., bytes], dcmtk_version: tuple[int, ...]) -> Callable[..., None]:
    """Return a function that compares line by line, so that a failure shows the line."""

    def compare(path: Path, *options: str, how: DumpOptions | None = None) -> None:
        theirs = dcmdump(path, *options)
        assert theirs is not None
        assert unlike(format_file(path.read_bytes(), how), theirs, dcmtk_version) == []

    return compare


@pytest.mark.parametrize("mode", MODES)
def test_every_file_that_dcmdump_reads_is_printed_the_same(
    mode: str, dcmdump: Callable[..., bytes], dcmtk_version: tuple[int, ...]
) -> None:
    options, how = MODES[mode]
    paths = [*own_files(), *bundled_files()]
    with ThreadPoolExecutor(2) as pool:
        dumps = list(pool.map(lambda path: dcmdump(path, *options), paths))
    refused, different, compared = set(), {}, 0
    for path, theirs in zip(paths, dumps, strict=True):
        if theirs is None:
            refused.add(path.name)
            continue
        compared += 1
        if lines := unlike(format_file(path.read_bytes(), how), theirs, dcmtk_version):
            different[path.name] = lines[:1]
    assert refused == REFUSED_BY_DCMDUMP
    assert {name: lines for name, lines in different.items() if name not in DIFFERENCES} == {}
    assert compared > 195


@pytest.mark.parametrize("path", sorted(DATA.glob("*.dump")), ids=lambda path: path.name)
def test_recorded_dumps(path: Path) -> None:
    name, mode, _ = path.name.split(".")
    content = (DATA / f"{name}.dcm").read_bytes()
    how = DumpOptions(line_length=None) if mode == "full" else DumpOptions()
    assert unlike(format_file(content, how), path.read_bytes(), (3, 6, 7)) == []


@pytest.mark.parametrize("seed", range(2))
def test_values_of_any_length_and_content(seed: int, tmp_path: Path, same: Callable[..., None]) -> None:
    chooser = random.Random(seed)  # noqa: S311 - test data
    text_vrs = "AE AS CS DA DS DT IS LO LT PN SH ST TM UC UI UR UT".split()  # noqa: SIM905 - as in PS3.5
    binary_vrs = "AT FD FL OB OD OF OL OV OW SL SS SV UL UN US UV ZZ zz".split()  # noqa: SIM905 - the same
    alphabet = b"AB1.2\\ \\ ^=[]#\0\xfc\xe5\n"
    parts = []
    for number in range(250):
        vr = chooser.choice(text_vrs + binary_vrs)
        length = chooser.choice(
            [0, 1, 2, 3, 4, 8, 16, 24, 32, 64, 66, 67, 68, 69, 70, 71, 72, 100, 4096, 4098]
        )
        is_text = vr in text_vrs
        value = bytes(chooser.choices(alphabet, k=length)) if is_text else chooser.randbytes(length)
        tag = 0x00111000 + number
        parts.append(element(tag, vr, value) if vr != "ZZ" else unknown_vr(tag, value))
    path = tmp_path / "values.dcm"
    path.write_bytes(part10(b"".join(parts)))
    for options, how in MODES.values():
        same(path, *options, how=how)


def unknown_vr(tag: int, value: bytes) -> bytes:
    return struct.pack("<HH2sHI", tag >> 16, tag & 0xFFFF, b"ZZ", 0, len(value)) + value


def test_floating_point_digits(tmp_path: Path, same: Callable[..., None]) -> None:
    chooser = random.Random(7)  # noqa: S311 - test data
    doubles = [
        0.0,
        -0.0,
        0.1,
        1 / 3,
        1e16,
        1e17,
        1e22,
        5e-324,
        0.0001,
        0.00009999,
        0.99999999999999994,
        3e300,
    ]
    doubles += [float("nan"), float("inf"), -float("inf")]
    doubles += [struct.unpack("<d", chooser.randbytes(8))[0] for _ in range(800)]
    doubles += [round(chooser.uniform(-1000, 1000), chooser.randint(0, 12)) for _ in range(800)]
    floats = [struct.unpack("<f", chooser.randbytes(4))[0] for _ in range(800)]
    parts = [element(0x00111000 + n, "FD", struct.pack("<d", value)) for n, value in enumerate(doubles)]
    parts += [element(0x00131000 + n, "FL", struct.pack("<f", value)) for n, value in enumerate(floats)]
    path = tmp_path / "numbers.dcm"
    path.write_bytes(part10(b"".join(parts)))
    same(path)
    assert format_float(doubles[3], DOUBLE_DIGITS) == b"0.3333333333333333"
    assert format_float(0.10000000149011612, FLOAT_DIGITS) == b"0.100000001"


def test_unsorted_and_repeated_elements(tmp_path: Path, same: Callable[..., None]) -> None:
    inner = (
        element(0x00100020, "LO", b"B ") + element(0x00080060, "CS", b"CT") + element(0x00100020, "LO", b"C ")
    )
    path = tmp_path / "unsorted.dcm"
    path.write_bytes(part10(sequence(0x00081140, item(inner)) + inner, ""))
    same(path)


@pytest.mark.parametrize("undefined", [False, True])
def test_nested_sequences(undefined: bool, tmp_path: Path, same: Callable[..., None]) -> None:  # noqa: FBT001 - a pytest parameter
    content = element(0x00080060, "CS", b"CT")
    for _ in range(12):
        content = sequence(
            0x00081140,
            item(content, undefined=undefined) + item(b"", undefined=not undefined),
            undefined=undefined,
        )
    path = tmp_path / "nested.dcm"
    path.write_bytes(part10(content))
    same(path)


def test_un_of_undefined_length(tmp_path: Path, same: Callable[..., None]) -> None:
    header = struct.pack("<HH2sHI", 0x0009, 0x1001, b"UN", 0, 0xFFFFFFFF)
    path = tmp_path / "un.dcm"
    path.write_bytes(part10(header + item(implicit_element(0x00100020, b"ID")) + delimiter(0xE0DD)))
    same(path)


@pytest.mark.parametrize("signed", [None, 0, 1])
def test_vrs_that_implicit_leaves_open(signed: int | None, tmp_path: Path, same: Callable[..., None]) -> None:
    tags = [0x00280106, 0x00280107, 0x00280120, 0x00281101, 0x00281201, 0x00283002, 0x00283006]
    tags += [0x54000110, 0x60003000, 0x7FE00010, 0x00091001, 0x00090010, 0x00080000, 0x60020010]
    elements = {tag: implicit_element(tag, b"\xff\xff\1\0") for tag in tags}
    if signed is not None:
        elements[0x00280103] = implicit_element(0x00280103, struct.pack("<H", signed))
    path = tmp_path / "implicit.dcm"
    path.write_bytes(part10(b"".join(elements[tag] for tag in sorted(elements)), IMPLICIT))
    same(path)


def unknown_sequence(*items: bytes) -> bytes:
    """Return a sequence with VR UN and undefined length: its items are in Implicit VR."""
    header = struct.pack("<HH2sHI", 0x0029, 0x1001, b"UN", 0, 0xFFFFFFFF)
    return header + b"".join(items) + delimiter(0xE0DD)


@pytest.mark.parametrize("number", [None, b"", b"\0\0", b"\1\0", b"\2\0", b"\x08\0", b"\x10\0"], ids=repr)
def test_vrs_that_another_element_decides(
    number: bytes | None, tmp_path: Path, same: Callable[..., None]
) -> None:
    value = b"\1\0\0\0"
    lut, waveform = implicit_element(0x00283002, value), implicit_element(0x54001010, value)
    signed, bits = (implicit_element(tag, number or b"") for tag in (0x00280103, 0x54001004))
    if number is None:
        signed = bits = b""
    inside = implicit_element(0x00283000, item(lut) + item(signed + lut))
    path = tmp_path / "decided.dcm"
    for content in (
        signed + inside,
        bits + implicit_element(0x5400100A, value) + waveform,
        implicit_element(0x54000100, item(bits + waveform) + item(waveform)),
        implicit_element(0x00280103, b"\1") + lut,
        implicit_element(0x0072006D, value) + implicit_element(0x50003000, value),
    ):
        path.write_bytes(part10(implicit_element(0x00080060, b"CT") + content, IMPLICIT))
        same(path)
    for vr in ("US", "SS", "UC"):
        around = element(0x00280103, vr, number or b"")
        path.write_bytes(part10(around + unknown_sequence(item(lut), item(signed + lut + inside))))
        same(path)


@pytest.mark.parametrize("is_sequence", [False, True])
def test_the_dictionary_in_implicit_vr(
    is_sequence: bool,  # noqa: FBT001 - a pytest parameter
    tmp_path: Path,
    dcmdump: Callable[..., bytes],
    dcmtk_version: tuple[int, ...],
) -> None:
    """Each tag of the dictionary is printed with the VR that dcmdump prints, unless dcmdump does not know it."""
    from pydicom.datadict import (  # noqa: PLC0415 - only this test needs it
        DicomDictionary,
        RepeatersDictionary,
        dictionary_VR,
    )

    tags = {tag for tag in DicomDictionary if tag >> 16 > 2 and tag >> 16 != 0xFFFE}
    tags |= {int(pattern.replace("x", "2"), 16) for pattern in RepeatersDictionary}
    value = b"" if is_sequence else b"1\0002 \0\0\0\0"
    content = part10(
        b"".join(
            implicit_element(tag, value)
            for tag in sorted(tags)
            if (dictionary_VR(tag) == "SQ") is is_sequence
        ),
        IMPLICIT,
    )
    path = tmp_path / "dictionary.dcm"
    path.write_bytes(content)
    # A tag that is newer than DCMTK's dictionary, or retired for longer, is ?? there.
    ours = {line[:11]: line for line in format_file(content).split(b"\n")}
    theirs = {line[:11]: line for line in dcmdump(path).split(b"\n") if b") ?? " not in line}
    assert [pair for tag, line in theirs.items() for pair in unlike(ours[tag], line, dcmtk_version)] == []
    assert len(theirs) > (900 if is_sequence else 3500)


@pytest.mark.parametrize("vr", [b"SQ", b"UN"])
def test_pixel_data_that_is_a_sequence(vr: bytes, tmp_path: Path, same: Callable[..., None]) -> None:
    header = struct.pack("<HH2sHI", 0x7FE0, 0x0010, vr, 0, 0xFFFFFFFF)
    inner = element(0x00100020, "LO", b"ID") if vr == b"SQ" else implicit_element(0x00100020, b"ID")
    path = tmp_path / "sequence.dcm"
    path.write_bytes(part10(header + item(inner) + delimiter(0xE0DD)))
    same(path)


def test_offsets_of_a_dicomdir_with_another_vr(tmp_path: Path, same: Callable[..., None]) -> None:
    path = tmp_path / "offsets.dcm"
    record = element(0x00041400, "AE", b"ABCD") + element(0x00041500, "OB", b"ABCD")
    path.write_bytes(part10(element(0x00041200, "AT", b"\1\0\2\0") + sequence(0x00041220, item(record))))
    same(path)


def test_big_endian_numbers(tmp_path: Path, same: Callable[..., None]) -> None:
    sizes = {"US": 2, "SS": 2, "UL": 4, "SL": 4, "FL": 4, "FD": 8, "AT": 4, "OW": 2, "OF": 4, "OB": 1}
    parts = [
        element(0x00111000 + n, vr, bytes(range(1, count * sizes[vr] + 1)), ">")
        for n, (vr, count) in enumerate(itertools.product(sizes, (1, 2, 7, 8, 9)))
    ]
    path = tmp_path / "big.dcm"
    path.write_bytes(part10(b"".join(parts), BIG_ENDIAN))
    same(path)


def test_names_of_transfer_syntaxes(tmp_path: Path, dcmdump: Callable[..., bytes]) -> None:
    from pydicom.uid import UID_dictionary  # noqa: PLC0415 - only this test needs it

    deflated = {"1.2.840.10008.1.2.1.99", "1.2.840.10008.1.2.4.95", "1.2.840.10008.1.2.4.205"}
    own_encoding = {IMPLICIT, BIG_ENDIAN, *deflated}
    uids = [
        uid for uid, row in UID_dictionary.items() if row[1] == "Transfer Syntax" and uid not in own_encoding
    ]
    path = tmp_path / "syntax.dcm"
    for uid in uids:
        path.write_bytes(part10(element(0x00080060, "CS", b"CT"), uid))
        dump = dcmdump(path)
        assert dump is not None
        assert f"# Used TransferSyntax: {transfer_syntax_name(uid, EXPLICIT_LITTLE)}\n".encode() in dump, uid
    assert len(uids) > 40


@pytest.mark.parametrize(
    "name", ["rtplan.dcm", "CT_small.dcm", "SC_rgb_rle_2frame.dcm", "DICOMDIR", "liver_1frame.dcm"]
)
def test_found_elements(name: str, dcmdump: Callable[..., bytes]) -> None:
    path = next(path for path in bundled_files() if path.name == name)
    for tags in (
        [0x00100020],
        [0x300A00B0, 0x00020010],
        [0x7FE00010],
        [0x00041220],
        [0x0040A043],
        [0x00080100],
    ):
        options = [word for tag in tags for word in ("+P", f"{tag >> 16:04x},{tag & 0xFFFF:04x}")]
        theirs = dcmdump(path, *options)
        assert theirs is not None
        assert format_elements(path.read_bytes(), tags) == theirs


# --- from a data set ------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", own_files(), ids=lambda path: path.name)
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_a_data_set_that_was_read_prints_as_its_file(path: Path) -> None:
    dataset = dcmread(path)
    expected = format_file(path.read_bytes(), DumpOptions(line_length=None, exact_numbers=True))
    codec = dump_codec(dataset.get("SpecificCharacterSet"))
    # The length of group 0002 is computed anew when a data set is written.
    start = expected.index(b"# Dicom-Data-Set")
    text = format_dump(dataset, max_value_length=None).encode(codec, "surrogateescape")
    assert text[text.index(b"# Dicom-Data-Set") :] == expected[start:]


def test_a_data_set_from_nothing() -> None:
    dataset = Dataset()
    dataset.PatientName = "Doe^Jane"
    dataset.ReferencedImageSequence = Sequence([Dataset()])
    assert format_dump(dataset) == (
        "\n# Dicom-Data-Set\n# Used TransferSyntax: Little Endian Explicit\n"
        "(0008,1140) SQ (Sequence with explicit length #=1)      #   8, 1 ReferencedImageSequence\n"
        "  (fffe,e000) na (Item with explicit length #=0)          #   0, 1 Item\n"
        "  (fffe,e00d) na (ItemDelimitationItem for re-encoding)   #   0, 0 ItemDelimitationItem\n"
        "(fffe,e0dd) na (SequenceDelimitationItem for re-encod.) #   0, 0 SequenceDelimitationItem\n"
        "(0010,0010) PN [Doe^Jane]                               #   8, 1 PatientName\n"
    )


@pytest.mark.parametrize(
    ("character_set", "name"),
    [
        ("ISO_IR 100", "Jörg"),
        ("ISO_IR 144", "Жизнь"),
        ("ISO_IR 192", "山田"),
        ("GB18030", "王"),
        (None, "x"),
    ],
)
def test_text_is_shown_as_text(character_set: str | None, name: str) -> None:
    dataset = Dataset()
    if character_set is not None:
        dataset.SpecificCharacterSet = character_set
    dataset.PatientName = name
    assert f"PN [{name}]" in format_dump(dataset)


def test_long_values_are_cut_where_asked() -> None:
    dataset = Dataset()
    dataset.ImageComments = "x" * 200
    assert f"[{'x' * 66}... #" in format_dump(dataset)
    assert f"[{'x' * 22}...  " in format_dump(dataset, max_value_length=20)
    assert f"[{'x' * 200}] #" in format_dump(dataset, max_value_length=None)


def test_half_a_character_survives_as_text() -> None:
    dataset = Dataset()
    dataset.SpecificCharacterSet = "ISO_IR 192"
    dataset.ImageComments = "x" + "山" * 60
    text = format_dump(dataset)
    assert "\udce5" in text
    assert b"\xe5\xb1..." in text.encode("utf-8", "surrogateescape")


@pytest.mark.parametrize("undefined", [False, True])
def test_every_cut_is_judged_as_dcmdump_does(
    undefined: bool,  # noqa: FBT001 - a pytest parameter
    tmp_path: Path,
    dcmdump: Callable[..., bytes],
) -> None:
    inner = item(element(0x00080060, "CS", b"CT"), undefined=undefined)
    outer = item(sequence(0x00081140, inner, undefined=undefined), undefined=undefined)
    content = part10(sequence(0x00081115, outer, undefined=undefined) + element(0x00100040, "CS", b"M "))
    path = tmp_path / "cut.dcm"
    # A file that ends with the header of a sequence is whole for dcmdump; for us it is cut off.
    stricter = len(part10(b"")) + 12
    printed = 0
    for length in range(len(part10(b"")), len(content)):
        path.write_bytes(content[:length])
        theirs = dcmdump(path)
        if theirs is None or length == stricter:
            with pytest.raises(TruncatedFileError):
                format_file(content[:length])
        else:
            assert up_to_vm(format_file(content[:length])) == up_to_vm(theirs)
            printed += 1
    assert printed == 2  # before the first and before the last element


def test_a_truncated_file_is_not_printed() -> None:
    content = (DATA / "allvr.dcm").read_bytes()
    with pytest.raises(TruncatedFileError):
        format_file(content[:-3])


def test_escaping_reaches_values_and_file_names() -> None:
    record = element(0x00041430, "CS", b"IMAGE ") + element(0x00041500, "CS", b"A\x1b[2J\n ")
    content = part10(
        sequence(0x00041220, item(record)) + element(0x00104000, "LT", b"\x1b]0;x\x07\n(0010,0010) ")
    )
    shown = format_file(
        content, DumpOptions(escape=lambda text: text.replace(b"\x1b", b"?").replace(b"\n", b"?"))
    )
    assert b"\x1b" not in shown
    assert b"\n(0010,0010)" not in shown


@pytest.mark.parametrize("length", [0, 1, 5])
def test_any_line_length_works(length: int) -> None:
    for path in own_files():
        assert format_file(path.read_bytes(), DumpOptions(line_length=length)).count(b"\n") > 5
