"""The byte tokenizer: every byte once, true offsets, and typed errors for what is broken."""

from __future__ import annotations

import contextlib
import re
import struct
import subprocess
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dicomkit.errors import DicomKitError, FileAccessError, NotDicomError, TruncatedFileError
from dicomkit.files import Span, anatomy, inflated_anatomy
from dicomkit.files.anatomy import anatomy_until_damage
from dicomkit.files.deflating import MAX_INFLATED_BYTES
from dicomkit.files.layout import file_layout
from dicomkit.files.tokens import Kind
from dicomkit.files.walk import MAX_DEPTH, MAX_ITEMS, walk
from tests.support.dicom_files import (
    BIG_ENDIAN,
    DEFLATED,
    IMPLICIT,
    bundled_files,
    deflated_zeros,
    delimiter,
    element,
    implicit_element,
    item,
    own_files,
    part10,
    sequence,
)

# Bundled files that are broken on purpose, and the error each must give.
BROKEN = {
    "MR_truncated.dcm": TruncatedFileError,
    "rtplan_truncated.dcm": TruncatedFileError,
    "no_meta.dcm": NotDicomError,  # its first byte is missing
}
DATASET_START = len(part10(b""))


def wholes() -> list[Path]:
    return [path for path in [*own_files(), *bundled_files()] if path.name not in BROKEN]


def roles(spans: list[Span]) -> list[tuple[int, int, str]]:
    return [(span.offset, span.length, span.role) for span in spans if span.offset >= DATASET_START]


@pytest.mark.parametrize("path", wholes(), ids=lambda path: path.name)
def test_spans_cover_every_byte_once(path: Path) -> None:
    content = path.read_bytes()
    position = 0
    for span in anatomy(path):
        assert span.offset == position
        assert span.length > 0
        position += span.length
    assert position == len(content)


def test_there_are_enough_files_to_prove_something() -> None:
    assert len(wholes()) > 180


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_bundled_file_is_an_error(name: str) -> None:
    (path,) = [path for path in bundled_files() if path.name == name]
    with pytest.raises(BROKEN[name]):
        anatomy(path)


def test_a_damaged_file_is_named_up_to_its_damage() -> None:
    first = element(0x00080060, "CS", b"CT")
    whole = part10(first + element(0x00100010, "PN", b"A^B "))
    for length in range(DATASET_START, len(whole)):
        spans, damage = anatomy_until_damage(whole[:length])
        is_whole = length in {DATASET_START, DATASET_START + len(first)}
        assert (damage is None) == is_whole
        assert sum(span.length for span in spans) == length
        assert (spans[-1].role == "unread") == (not is_whole)
        if damage is not None:
            after_first = DATASET_START + len(first)
            assert spans[-1].offset == (after_first if length > after_first else DATASET_START)
    assert anatomy_until_damage(whole) == (anatomy(whole), None)


def test_a_damaged_group_2_is_named_as_far_as_it_goes() -> None:
    whole = part10(b"")
    place = whole.index(b"\x02\x00\x10\x00UI")
    damaged = whole[: place + 7] + b"\x7f" + whole[place + 8 :]
    spans, damage = anatomy_until_damage(damaged)
    assert isinstance(damage, TruncatedFileError)
    assert (spans[-1].role, spans[-1].offset) == ("unread", place)
    deflated = part10(b"\xff" * 40, DEFLATED)
    spans, damage = anatomy_until_damage(deflated)
    assert "deflated data set" in str(damage)
    assert (spans[-1].role, spans[-1].length) == ("unread", 40)


@pytest.mark.parametrize("name", ["MR_truncated.dcm", "rtplan_truncated.dcm"])
def test_broken_bundled_files_are_named_without_gap(name: str) -> None:
    (path,) = [path for path in bundled_files() if path.name == name]
    spans, damage = anatomy_until_damage(path)
    assert isinstance(damage, TruncatedFileError)
    assert sum(span.length for span in spans) == path.stat().st_size
    with pytest.raises(NotDicomError):
        anatomy_until_damage(b"hello world, this is no DICOM")


# What dcdump of dicom3tools does not show, or reads otherwise.
DCDUMP_DIFFERS = {
    "image_dfl.dcm": "dcdump does not inflate",
    "rtdose_rle.dcm": "dcdump looks into a sequence that is stored with VR UN and a defined length",
    "rtdose_rle_1frame.dcm": "the same",
    "meta_missing_tsyntax.dcm": "dcdump takes a private sequence for one value",
    "nested_priv_SQ.dcm": "the same",
    "allvr.dcm": "dcdump does not know the VRs SV and UV",
}
NOT_SHOWN_BY_DCDUMP = {0xFFFEE00D, 0x7FE00010}  # item delimiters; encapsulated pixel data has no offset


def test_offsets_agree_with_dcdump(peer: Callable[[str], str]) -> None:
    program = peer("dcdump")
    line = re.compile(
        rb"@0x([0-9a-f]{8}),0x[0-9a-f]{8} of 0x[0-9a-f]{8}: \(0x([0-9a-f]{4}),0x([0-9a-f]{4})\)"
    )
    compared = 0
    for path in wholes():
        if path.name in DCDUMP_DIFFERS or path.name.startswith("IM0000"):
            continue
        shown = subprocess.run(
            [program, "-v", str(path)], check=False, capture_output=True, timeout=30
        ).stderr
        theirs = {(int(offset, 16), int(group + number, 16)) for offset, group, number in line.findall(shown)}
        ours = {
            (span.offset, span.tag) for span in anatomy(path) if span.role in {"tag", "item", "delimiter"}
        }
        assert theirs <= ours, path.name
        assert {tag for _, tag in ours - theirs} <= NOT_SHOWN_BY_DCDUMP, path.name
        compared += len(theirs)
    assert compared > 10_000


def test_explicit_little_endian_byte_for_byte() -> None:
    content = part10(element(0x00100010, "PN", b"A^B ") + element(0x00080018, "UT", b"abc"))
    start = DATASET_START
    assert roles(anatomy(content)) == [
        (start, 4, "tag"),
        (start + 4, 2, "vr"),
        (start + 6, 2, "length"),
        (start + 8, 3, "value"),
        (start + 11, 1, "padding"),
        (start + 12, 4, "tag"),
        (start + 16, 2, "vr"),
        (start + 18, 2, "reserved"),
        (start + 20, 4, "length"),
        (start + 24, 3, "value"),
    ]
    assert [span.role for span in anatomy(content)[:2]] == ["preamble", "prefix"]


def test_implicit_has_no_vr_but_the_dictionary_knows_it() -> None:
    spans = anatomy(part10(implicit_element(0x00280010, b"\1\0"), IMPLICIT))[-3:]
    assert [(span.role, span.length, span.vr) for span in spans] == [
        ("tag", 4, "US"),
        ("length", 4, "US"),
        ("value", 2, "US"),
    ]


def test_big_endian() -> None:
    content = part10(element(0x00280010, "US", b"\0\1", ">"), BIG_ENDIAN)
    tag = anatomy(content)[-4]
    assert (tag.tag, tag.role, tag.vr) == (0x00280010, "tag", "US")


def test_both_styles_of_sequences_nest() -> None:
    inner = sequence(0x00081140, item(element(0x00080060, "CS", b"CT"), undefined=True), undefined=True)
    content = part10(sequence(0x00081115, item(inner)) + element(0x00100020, "LO", b"ID"))
    spans = [span for span in anatomy(content) if span.offset >= DATASET_START and span.role != "length"]
    assert [(span.role, span.tag, span.depth) for span in spans if span.role not in {"vr", "reserved"}] == [
        ("tag", 0x00081115, 0),
        ("item", 0xFFFEE000, 1),
        ("tag", 0x00081140, 1),
        ("item", 0xFFFEE000, 2),
        ("tag", 0x00080060, 2),
        ("value", 0x00080060, 2),
        ("delimiter", 0xFFFEE00D, 2),
        ("delimiter", 0xFFFEE0DD, 1),
        ("tag", 0x00100020, 0),
        ("value", 0x00100020, 0),
    ]


def test_un_of_undefined_length_is_implicit_inside() -> None:
    header = struct.pack("<HH2sHI", 0x0009, 0x1001, b"UN", 0, 0xFFFFFFFF)
    content = part10(
        header
        + item(implicit_element(0x00100020, b"ID"))
        + delimiter(0xE0DD)
        + element(0x00100040, "CS", b"M ")
    )
    spans = [span for span in anatomy(content) if span.role == "value"]
    assert [(span.tag, span.vr, span.depth) for span in spans[-2:]] == [
        (0x00100020, "LO", 1),
        (0x00100040, "CS", 0),
    ]


def test_encapsulated_pixels_show_offset_table_and_fragments() -> None:
    header = struct.pack("<HH2sHI", 0x7FE0, 0x0010, b"OB", 0, 0xFFFFFFFF)
    content = part10(header + item(b"\0\0\0\0") + item(b"\xff\xd8") + delimiter(0xE0DD))
    assert [span.role for span in anatomy(content)][-8:] == [
        "item",
        "length",
        "offset table",
        "item",
        "length",
        "fragment",
        "delimiter",
        "length",
    ]


def test_data_set_trailing_padding_is_padding() -> None:
    assert anatomy(part10(element(0xFFFCFFFC, "OB", bytes(10))))[-1].role == "padding"


def test_a_deflated_data_set_is_one_span_and_can_be_looked_into() -> None:
    inside = element(0x00080060, "CS", b"CT") + element(0x00100020, "LO", b"ID")
    packer = zlib.compressobj(wbits=-15)
    packed = packer.compress(inside) + packer.flush()
    content = part10(packed, DEFLATED) + b"\0"
    *_, block, rest = anatomy(content)
    assert (block.role, block.length, rest.role, rest.length) == ("deflated", len(packed), "trailing", 1)
    inflated, spans = inflated_anatomy(content)
    assert inflated == inside
    assert (spans[0].offset, spans[0].tag, sum(span.length for span in spans)) == (0, 0x00080060, len(inside))


def test_sequences_and_items_open_and_close_in_pairs() -> None:
    layout = file_layout(next(path for path in bundled_files() if path.name == "rtplan.dcm").read_bytes())
    kinds = [
        token.kind
        for token in walk(layout.dataset, layout.dataset_start, len(layout.dataset), layout.encoding)
    ]
    assert kinds.count(Kind.SEQUENCE) == kinds.count(Kind.SEQUENCE_END) > 0
    assert kinds.count(Kind.ITEM) == kinds.count(Kind.ITEM_END) > 0


# --- what is broken or hostile --------------------------------------------------------------------------


def test_every_cut_inside_an_element_is_noticed() -> None:
    parts = [
        element(0x00080060, "CS", b"CT"),
        element(0x00100010, "PN", b"A^B "),
        element(0x7FE00010, "OW", bytes(9)),
    ]
    content = part10(b"".join(parts))
    edges, edge = set(), DATASET_START
    for part in parts:
        edges.add(edge)
        edge += len(part)
    for length in range(DATASET_START, len(content)):
        if length in edges:
            assert anatomy(content[:length])
            continue
        with pytest.raises(TruncatedFileError) as caught:
            anatomy(content[:length])
        assert caught.value.offset in edges


def test_a_truncation_names_the_element() -> None:
    with pytest.raises(TruncatedFileError) as caught:
        anatomy(part10(element(0x00080060, "CS", b"CT") + element(0x00100010, "PN", b"A^B ")[:-2]))
    assert (caught.value.offset, caught.value.tag) == (DATASET_START + 10, "(0010,0010)")
    assert "A^B" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"", NotDicomError),
        (b"hello", NotDicomError),
        (bytes(128) + b"DICX", NotDicomError),
        (part10(item(b"")), NotDicomError),
        (part10(delimiter(0xE0DD)), NotDicomError),
        (part10(sequence(0x00081115, element(0x00080060, "CS", b"CT"))), NotDicomError),
        (part10(b"no deflate", DEFLATED), NotDicomError),
        (part10(b"", DEFLATED), TruncatedFileError),
        (bytes(128) + b"DICM" + element(0x00020010, "UI", b"1.2")[:-1], TruncatedFileError),
    ],
)
def test_malformed_bytes_are_typed_errors(content: bytes, kind: type[DicomKitError]) -> None:
    with pytest.raises(kind):
        anatomy(content)


def test_nesting_beyond_the_limit_is_refused_and_below_it_is_read() -> None:
    opening = struct.pack("<HH2sHI", 0x0008, 0x1140, b"SQ", 0, 0xFFFFFFFF) + struct.pack(
        "<HHI", 0xFFFE, 0xE000, 0xFFFFFFFF
    )
    closing = delimiter(0xE00D) + delimiter(0xE0DD)
    deepest = max(span.depth for span in anatomy(part10(opening * MAX_DEPTH + closing * MAX_DEPTH)))
    assert deepest == MAX_DEPTH
    with pytest.raises(NotDicomError, match="nested deeper"):
        anatomy(part10(opening * 100_000))


def test_a_file_of_items_only_is_refused() -> None:
    with pytest.raises(NotDicomError, match="more than 100000 items"):
        anatomy(part10(sequence(0x00081140, item(b"") * (MAX_ITEMS + 1))))


def test_a_deflate_bomb_is_refused() -> None:
    bomb = deflated_zeros((MAX_INFLATED_BYTES >> 20) + 1)
    assert len(bomb) < 1_000_000
    with pytest.raises(NotDicomError, match="grows beyond"):
        inflated_anatomy(part10(bomb, DEFLATED))


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_no_damage_causes_anything_but_a_typed_error(data: st.DataObject) -> None:
    path = data.draw(st.sampled_from([path for path in own_files() if path.stat().st_size < 2000]))
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(132, len(content) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(DicomKitError):
        assert sum(span.length for span in anatomy(bytes(content))) == len(content)


def test_a_header_that_is_cut_off_is_named_as_far_as_it_goes() -> None:
    with pytest.raises(TruncatedFileError) as caught:
        anatomy(part10(element(0x00100010, "PN", b"A^B ")[:5]))
    assert caught.value.tag == "(0010,0010)"


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="this system has no endless device")
def test_an_endless_file_is_refused() -> None:
    with pytest.raises(FileAccessError, match="not a file"):
        anatomy("/dev/zero")


@pytest.mark.parametrize(
    ("make", "word"), [(lambda folder: folder / "missing", "no such file"), (lambda folder: folder, "folder")]
)
def test_a_path_that_cannot_be_read(make: Callable[[Path], Path], word: str, tmp_path: Path) -> None:
    with pytest.raises(FileAccessError, match=word):
        anatomy(make(tmp_path))
