"""From a data set to text and back, by the kit alone and with DCMTK in either direction."""

from __future__ import annotations

import io
import math
import re
import struct
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydicom import dcmread
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.tag import Tag

from dicomkit.dump import DumpOptions, format_dump, format_file, parse_dump
from dicomkit.dump.reading.reader import read_dump
from dicomkit.errors import NotDicomError
from dicomkit.files.writing import encode_file
from tests.support.dicom_files import bundled_files, element, own_files, part10

# pydicom doubts many of the values that are made here; that is their purpose.
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")

WHOLE = DumpOptions(line_length=None)
CHARACTER_SETS = {
    "": "abc -_.,^=",
    "ISO_IR 100": "abc Äöüé^=",
    "ISO_IR 144": "Жизнь ab",
    "ISO_IR 192": "aé山田太郎 Ł^=😀",
    "GB18030": "王小东丂 ab",
    "ISO_IR 13": "ｱｲｳ ab",
}
INTEGERS = {
    "US": (0, 2**16),
    "SS": (-(2**15), 2**15),
    "UL": (0, 2**32),
    "SL": (-(2**31), 2**31),
    "UV": (0, 2**64),
    "SV": (-(2**63), 2**63),
}
ASCII_VALUES = {
    "AE": ["ME", "A B"],
    "AS": ["042Y", "003M"],
    "CS": ["ORIGINAL", "A_1 B"],
    "DA": ["20240229"],
    "DS": ["1.5", "-1e-3", "0"],
    "DT": ["20240229101112.123456+0100"],
    "IS": ["-12", "0"],
    "TM": ["101112.5"],
    "UI": ["1.2.3", "1.2.840.10008.1.2.1", "1.2.840.10008.5.1.4.1.1.2"],
    "UR": ["https://example.org/a?b#c]"],
}
# What a hostile or a multi-line text is made of; it ends in no blank, because those are padding.
NASTY = [
    "]",
    "[",
    "#",
    "\n",
    "\r\n",
    "\\",
    "=",
    "(",
    ")",
    " ",
    "...",
    "# 4, 1 x",
    "(0010,0020) LO [FORGED]",
    "(fffe,e0dd)",
    "\t",
    "a",
]


@st.composite
def texts(draw: st.DrawFn, characters: str, *, nasty: bool) -> str:
    parts = draw(st.lists(st.sampled_from([*characters, *(NASTY if nasty else [])]), max_size=12))
    return "".join(parts).rstrip(" ")


@st.composite
def elements(draw: st.DrawFn, tag: int, characters: str) -> DataElement:
    vr = draw(
        st.sampled_from(
            [
                *INTEGERS,
                *ASCII_VALUES,
                "FL",
                "FD",
                "AT",
                "OB",
                "OW",
                "OF",
                "OD",
                "OL",
                "OV",
                "UN",
                "LO",
                "SH",
                "PN",
                "LT",
                "ST",
                "UT",
                "UC",
            ]
        )
    )
    count = draw(st.integers(0, 3))
    value: object
    if vr in INTEGERS:
        low, high = INTEGERS[vr]
        value = [draw(st.integers(low, high - 1)) for _ in range(count)]
    elif vr in ASCII_VALUES:
        value = [
            draw(st.sampled_from(ASCII_VALUES[vr])) for _ in range(min(count, 1) if vr == "UR" else count)
        ]
    elif vr in {"FL", "FD"}:
        width = 32 if vr == "FL" else 64
        value = [draw(st.floats(width=width, allow_nan=False)) for _ in range(count)]
    elif vr == "AT":
        value = [Tag(draw(st.integers(0, 2**32 - 1))) for _ in range(count)]
    elif vr in {"OF", "OD"}:
        code, width = ("f", 32) if vr == "OF" else ("d", 64)
        value = b"".join(
            struct.pack("<" + code, draw(st.floats(width=width, allow_nan=False))) for _ in range(count)
        )
    elif vr in {"OB", "UN"}:
        value = draw(st.binary(max_size=40))
        if vr == "UN":
            value += bytes(len(value) % 2)  # pydicom pads OB, but not UN
    elif vr in {"OW", "OL", "OV"}:
        size = {"OW": 2, "OL": 4, "OV": 8}[vr]
        value = draw(st.binary(min_size=size * count, max_size=size * count))
    elif vr in {"LT", "ST", "UT"}:
        value = draw(texts(characters, nasty=True))
    else:
        value = [draw(texts(characters, nasty=False)).rstrip(" ^=") or "x" for _ in range(count)]
    return DataElement(tag, vr, value)


@st.composite
def data_sets(draw: st.DrawFn, characters: str = "", depth: int = 8) -> Dataset:
    dataset = Dataset()
    if not characters:
        character_set = draw(st.sampled_from(list(CHARACTER_SETS)))
        characters = CHARACTER_SETS[character_set]
        if character_set:
            dataset.SpecificCharacterSet = character_set
        # pydicom takes empty components off the end of a name, and padding would come to light.
        dataset.PatientName = draw(texts(characters, nasty=False)).rstrip(" ^=") or "x"
        dataset.PatientComments = draw(texts(characters, nasty=True))
        dataset.Rows = draw(st.integers(0, 65535))
    # A private block takes any VR.
    dataset.add_new(0x00110010, "LO", "ROUND TRIP")
    for number in range(draw(st.integers(0, 4))):
        dataset.add(draw(elements(0x00111000 + number, characters)))
    if depth and draw(st.booleans()):
        tag = draw(st.sampled_from([0x00081140, 0x00111080]))
        items = [draw(data_sets(characters, depth - 1)) for _ in range(draw(st.integers(0, 2)))]
        undefined = draw(st.booleans())
        for item in items:
            item.is_undefined_length_sequence_item = undefined
        dataset[tag] = DataElement(tag, "SQ", Sequence(items), is_undefined_length=undefined)
    return dataset


def nested(depth: int) -> Dataset:
    dataset = Dataset()
    dataset.PatientID = "deepest"
    for _ in range(depth):
        outer = Dataset()
        outer.ReferencedImageSequence = Sequence([dataset])
        dataset = outer
    return dataset


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(dataset=data_sets())
def test_a_data_set_comes_back_byte_for_byte(dataset: Dataset) -> None:
    content = encode_file(dataset)
    again = parse_dump(format_dump(dataset, max_value_length=None))
    assert encode_file(again) == content
    assert again == dcmread(io.BytesIO(content))


@settings(max_examples=100, deadline=None)
@given(
    parts=st.lists(st.sampled_from(NASTY), min_size=1, max_size=12),
    other=st.lists(st.sampled_from(NASTY), max_size=12),
)
def test_no_text_forges_an_element(parts: list[str], other: list[str]) -> None:
    dataset = Dataset()
    dataset.PatientComments = "".join(parts).rstrip(" ")
    dataset.ImageComments = "".join(other).rstrip(" ")
    dataset.StudyID = "1"
    assert encode_file(parse_dump(format_dump(dataset, max_value_length=None))) == encode_file(dataset)


@settings(max_examples=60, deadline=None)
@given(number=st.floats(allow_nan=False), small=st.floats(width=32, allow_nan=False))
def test_numbers_come_back_exactly(number: float, small: float) -> None:
    dataset = Dataset()
    dataset.AcquisitionDuration = number
    dataset.RecommendedDisplayFrameRateInFloat = small
    again = parse_dump(format_dump(dataset, max_value_length=None))
    assert struct.pack("<d", again.AcquisitionDuration) == struct.pack("<d", number)
    assert struct.pack("<f", again.RecommendedDisplayFrameRateInFloat) == struct.pack("<f", small)


def test_not_a_number_stays_none() -> None:
    dataset = Dataset()
    dataset.AcquisitionDuration = math.nan
    assert math.isnan(parse_dump(format_dump(dataset, max_value_length=None)).AcquisitionDuration)


@pytest.mark.parametrize("depth", [1, 8, 63])
def test_nesting(depth: int) -> None:
    dataset = nested(depth)
    assert parse_dump(format_dump(dataset, max_value_length=None)) == dataset


# --- by way of DCMTK ------------------------------------------------------------------------------------


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(dataset=data_sets())
def test_dcmdump_prints_and_we_read(dataset: Dataset, peer: Callable[[str], str], tmp_path: Path) -> None:
    content = encode_file(dataset)
    (tmp_path / "in.dcm").write_bytes(content)
    done = subprocess.run([peer("dcmdump"), "+L", "in.dcm"], cwd=tmp_path, capture_output=True, check=True)
    again = encode_file(read_dump(done.stdout).dataset)
    # dcmdump's digits of a double may stand for another number; our own text of both files shows what differs.
    ours, theirs = format_file(again, WHOLE), format_file(content, WHOLE)
    assert [line for line in ours.split(b"\n") if b" FD " not in line and b" OD " not in line] == [
        line for line in theirs.split(b"\n") if b" FD " not in line and b" OD " not in line
    ]


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(dataset=data_sets())
def test_we_print_and_dump2dcm_reads(dataset: Dataset, peer: Callable[[str], str], tmp_path: Path) -> None:
    remove_what_dump2dcm_cannot_read(dataset)
    content = encode_file(dataset)
    text = format_file(content, DumpOptions(line_length=None, exact_numbers=True))
    (tmp_path / "in.dump").write_bytes(text)
    (tmp_path / "out.dcm").unlink(missing_ok=True)
    subprocess.run(
        [peer("dump2dcm"), "+l", "100000", "in.dump", "out.dcm"],
        cwd=tmp_path,
        capture_output=True,
        check=True,
    )
    theirs = dcmread(tmp_path / "out.dcm")
    ours = read_dump(text).dataset
    assert ours == theirs


def remove_what_dump2dcm_cannot_read(dataset: Dataset) -> None:
    """Take out values of several lines, empty AT, which it refuses, and backslash-n and digits, which it changes."""
    for elem in list(dataset):
        if elem.VR == "SQ":
            for item in elem.value:
                remove_what_dump2dcm_cannot_read(item)
        elif elem.VR in {"LT", "ST", "UT"} and {"\n", "\\", "\r"} & set(str(elem.value)):
            elem.value = "one line"
        elif elem.VR in {"FD", "OD", "FL", "OF"} or (elem.VR == "AT" and elem.is_empty):
            del dataset[elem.tag]


# --- real files -----------------------------------------------------------------------------------------

# Files whose text does not give the same data set back, and why.
NOT_THE_SAME = {
    "meta_missing_tsyntax.dcm": "Implicit VR, but no transfer syntax says so; the text becomes Explicit VR, and ?? UN",
}


NO_WHOLE_FILE = {"MR_truncated.dcm", "no_meta.dcm", "rtplan_truncated.dcm"}


@pytest.mark.parametrize("path", [*own_files(), *bundled_files()], ids=lambda path: path.name)
def test_real_files_come_back(path: Path) -> None:
    content = path.read_bytes()
    options = DumpOptions(line_length=None, exact_numbers=True)
    if path.name in NO_WHOLE_FILE:
        with pytest.raises(NotDicomError):
            format_file(content, options)
        return
    text = format_file(content, options)
    again = format_file(encode_file(read_dump(text).dataset), options)
    assert (values_in(again) != values_in(text)) is (path.name in NOT_THE_SAME)


def values_in(text: bytes) -> list[bytes]:
    """Return the lines of a data set as far as they are about values.

    Lengths change where a value had more padding than it needs, or where the file had group lengths, which
    are retired and which pydicom does not write.
    """
    data_set = text.partition(b"# Dicom-Data-Set")[2]
    lines = re.sub(rb"  +# +(?:\d+|u/l),", b" #", data_set).split(b"\n")
    return [line for line in lines if not re.match(rb" *\([0-9a-f]{4},0000\)|# Used", line)]


def test_hand_written_bytes_come_back() -> None:
    content = part10(element(0x00100020, "LO", b"A]B# ") + element(0x00104000, "LT", b"]\n[ "))
    assert encode_file(read_dump(format_file(content, WHOLE)).dataset).endswith(b"]\n[ ")
