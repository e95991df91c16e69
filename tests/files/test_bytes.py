"""Walk and skim parse the same bytes: wherever the skim is sure, it agrees with the walk."""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Collection
from pathlib import Path

import pytest
from pydicom.uid import UID, UID_dictionary
from pydicom.valuerep import CUSTOMIZABLE_CHARSET_VR, EXPLICIT_VR_LENGTH_32, STR_VR, VR

from dicomkit.errors import NotDicomError, TruncatedFileError
from dicomkit.files import identifiers, part10, read_file
from dicomkit.files.deflating import inflate
from dicomkit.files.encoding import (
    CHARACTER_SET_VRS,
    DEFLATED,
    EXPLICIT_LITTLE,
    IMPLICIT_LITTLE,
    STANDARD_VRS,
    TEXT_VRS,
    Encoding,
    has_long_header,
    transfer_syntax,
)
from dicomkit.files.identifiers import read_identifiers
from dicomkit.files.layout import FileLayout, file_layout
from dicomkit.files.part10 import read_file_head
from dicomkit.files.reading import read_content
from dicomkit.files.skim import MAX_VALUE_BYTES, Skimmer
from dicomkit.files.tokens import PIXEL_DATA, Kind
from dicomkit.files.walk import walk
from dicomkit.files.writing import encode_file
from dicomkit.index import index, scan
from dicomkit.index.scan import HEAD_SIZES_BYTES, scan_fully, scan_head
from dicomkit.network import StorageSCP, send
from dicomkit.network.outgoing import OutgoingInstance, find_outgoing
from tests.support.dicom_files import bundled_files, element
from tests.support.dicom_files import part10 as part10_file
from tests.support.fuzzing import mutant

MUTANTS = 5_000
BATCH = 500
DATA = Path(__file__).parents[1] / "data"
META = {0x00020002, 0x00020003, 0x00020010}
LAST_OF_UIDS = 0x0020
EVERYTHING = 0xFFFD
SMALL = (
    element(0x00080016, "UI", b"1.2.840.10008.5.1.4.1.1.7\0")
    + element(0x00080018, "UI", b"1.2.3.4\0")
    + element(0x0020000D, "UI", b"1.2\0")
    + element(0x0020000E, "UI", b"1.2.3\0")
)

# Of what the walk says: the values, where it ended, and what stopped it.
Walked = tuple[dict[int, bytes], int, type[NotDicomError] | None]


def walked(
    buffer: bytes, start: int, encoding: Encoding, tags: Collection[int], groups: tuple[int, int]
) -> Walked:
    """Do with the walk what a skim does."""
    values: dict[int, bytes] = {}
    end = start
    try:
        for token in walk(buffer, start, len(buffer), encoding):
            is_opening = token.kind is not Kind.SEQUENCE_END
            if token.depth:
                continue
            if is_opening and not groups[0] <= token.tag >> 16 <= groups[1]:
                return values, token.offset, None
            is_wanted = token.kind is Kind.ELEMENT and (token.tag in tags or not token.tag & 0xFFFF)
            if is_opening and token.tag == PIXEL_DATA:
                values[PIXEL_DATA] = b""
            elif is_wanted:
                is_long = token.length > MAX_VALUE_BYTES and token.tag in tags
                end = token.value_offset + token.length
                values[token.tag] = b"" if is_long else buffer[token.value_offset : end]
            if token.kind is not Kind.SEQUENCE:
                end = token.value_offset + token.length
    except NotDicomError as error:
        return values, end, type(error)
    return values, end, None


def assert_agreed(
    skimmer: Skimmer,
    buffer: bytes,
    start: int,
    encoding: Encoding,
    tags: Collection[int],
    groups: tuple[int, int],
) -> bool:
    """Return whether the skim was sure; fail where it is sure of something else than the walk."""
    found = skimmer.skim(buffer, start, encoding)
    if found is None:
        return False
    values, end, stopped = walked(buffer, start, encoding, tags, groups)
    if stopped is None:
        assert not found.ends_in_fragments
        assert ({**found.values, **found.group_lengths}, found.end) == (values, end)
        return True
    if not found.ends_in_fragments and found.end <= len(buffer) - 8:
        # The skim does not look into an element that it does not want; it is this one that stopped the walk.
        assert int.from_bytes(buffer[found.end : found.end + 2], "little") > groups[1]
        assert ({**found.values, **found.group_lengths}, found.end) == (values, end)
        return True
    # The walk needs all bytes; a skim of the first ones says where the next element would begin.
    assert stopped is TruncatedFileError
    assert found.ends_in_fragments or found.end != len(buffer)
    for either in (found.values, values):
        either.pop(PIXEL_DATA, None)
    assert {**found.values, **found.group_lengths} == values
    return True


def assert_all_agree(content: bytes) -> Counter[str]:
    """Compare each skim of this package with the walk, over the whole file and over its first bytes."""
    sure: Counter[str] = Counter()
    for limit in (len(content), *HEAD_SIZES_BYTES):
        head = content[:limit]
        groups = (2, 2)
        if part10.has_prefix(head):
            start = part10.META_START
            sure["meta"] += assert_agreed(part10._META, head, start, EXPLICIT_LITTLE, META, groups)
        try:
            layout: FileLayout = file_layout(head, require_prefix=False)
        except NotDicomError:
            continue
        for encoding in {layout.encoding, EXPLICIT_LITTLE, IMPLICIT_LITTLE}:
            for skimmer, tags, last in (
                (scan._SKIMMER, scan._INDEXED_TAGS, EVERYTHING),
                (identifiers._UIDS, identifiers.UID_TAGS, LAST_OF_UIDS),
            ):
                where = (layout.dataset, layout.dataset_start, encoding)
                is_sure = assert_agreed(skimmer, *where, tags, (0, last))
                sure[f"data set {last:x}"] += is_sure and encoding == layout.encoding
    return sure


def every_file() -> list[Path]:
    return [*bundled_files(), *sorted(path for path in DATA.rglob("*") if path.suffix == ".dcm")]


@pytest.mark.parametrize("path", every_file(), ids=lambda path: path.name)
def test_walk_and_skim_agree_on_every_file(path: Path) -> None:
    assert_all_agree(path.read_bytes())


@pytest.mark.parametrize("first", range(0, MUTANTS, BATCH))
def test_walk_and_skim_agree_on_mutants(first: int) -> None:
    sure: Counter[str] = Counter()
    for number in range(first, first + BATCH):
        try:
            sure += assert_all_agree(mutant(number).content)
        except AssertionError as error:
            error.add_note(f"mutant {number}")
            raise
    assert all(count > BATCH // 4 for count in sure.values()), "a skim that is never sure is of no use"
    assert len(sure) == 3


@pytest.mark.parametrize("first", range(0, MUTANTS, BATCH))
def test_a_fast_scan_says_what_the_full_scan_says(first: int) -> None:
    sure = 0
    for number in range(first, first + BATCH):
        content = mutant(number).content
        for limit in HEAD_SIZES_BYTES:
            fast = scan_head(content[:limit], len(content), lambda: content[-8:])  # noqa: B023 - called at once
            sure += fast is not None
            if limit >= len(content):
                assert fast is None or fast == scan_fully(content), f"mutant {number}"
    assert sure > BATCH // 10


# The tables, against pydicom's


def test_the_table_of_vrs_is_the_one_of_the_standard() -> None:
    standard = {str(vr) for vr in VR if len(vr) == 2}
    assert standard == STANDARD_VRS
    assert {vr for vr in standard if has_long_header(vr)} == {str(vr) for vr in EXPLICIT_VR_LENGTH_32}
    assert {str(vr) for vr in CUSTOMIZABLE_CHARSET_VR} == CHARACTER_SET_VRS
    assert {str(vr) for vr in STR_VR} == TEXT_VRS


@pytest.mark.parametrize(
    "uid",
    [
        uid
        for uid, row in UID_dictionary.items()
        if row[1] == "Transfer Syntax" and uid.startswith("1.2.840.10008.1.2")
    ],
)
def test_the_table_of_transfer_syntaxes_is_the_one_of_the_standard(uid: str) -> None:
    ours, name = transfer_syntax(uid), UID_dictionary[uid][0]
    assert ours.encoding.explicit_vr == (not UID(uid).is_implicit_VR)
    assert ours.encoding.little_endian == UID(uid).is_little_endian
    # PS3.5 sections A.5 and A.7: these names and that of JPIP with HTJ2K are of a data set that is deflated as a whole.
    assert ours.is_deflated == ("Deflate" in name and "Frame" not in name)
    assert ours.is_encapsulated == (UID(uid).is_encapsulated and "Referenced" not in name)


# What two walkers did not agree on


def test_a_long_vr_in_group_0002_is_read_by_everybody(tmp_path: Path) -> None:
    # (0002,0026) Source Presentation Address has VR UR, whose header is long (PS3.10 Table 7.1-1).
    address = element(0x00020026, "UR", b"dicom://127.0.0.1/A ")
    content = part10_file(address + SMALL)
    content = content.replace(  # the group length counts it
        element(0x00020000, "UL", b"\x1c\0\0\0"),
        element(0x00020000, "UL", bytes((0x1C + len(address), 0, 0, 0))),
    )
    path = tmp_path / "address.dcm"
    path.write_bytes(content)
    dataset = read_file(path)
    assert dataset.file_meta.SourcePresentationAddress == "dicom://127.0.0.1/A"
    assert read_file_head(content).dataset_offset == len(content) - len(SMALL)
    (found,) = find_outgoing(path)
    assert isinstance(found, OutgoingInstance)
    assert b"".join(found.pieces()) == SMALL


@pytest.mark.parametrize("uid", sorted(DEFLATED))
def test_a_deflated_file_of_each_syntax_is_read_indexed_and_written(uid: str) -> None:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    packed = packer.compress(SMALL) + packer.flush()
    content = part10_file(packed, uid)
    assert read_identifiers(packed, 0, uid).study_instance_uid == "1.2"
    dataset = read_content(content)
    assert dataset.StudyInstanceUID == "1.2"
    assert index([content]).rows[0].text("StudyInstanceUID") == "1.2"
    written = encode_file(dataset)
    assert inflate(written, read_file_head(written).dataset_offset, given="")[0] == SMALL


@pytest.mark.parametrize("uid", sorted(DEFLATED))
def test_a_deflated_instance_of_each_syntax_arrives(uid: str, tmp_path: Path) -> None:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    packed = packer.compress(SMALL) + packer.flush()
    packed += b"\0" * (len(packed) % 2)
    path = tmp_path / "deflated.dcm"
    path.write_bytes(part10_file(packed, uid))
    with StorageSCP(tmp_path) as scp:
        report = send(path, "127.0.0.1", scp.port)
        (arrived,) = scp.wait_for(1, 10)
    assert report.is_complete
    assert arrived.path.read_bytes().endswith(packed)


def test_four_bytes_that_look_like_the_tag_of_an_item_hide_no_sequence() -> None:
    private = element(0x00110010, "LO", b"ROUND TRIP") + element(0x00111000, "UN", b"\xfe\xff\x00\xe0")
    assert read_content(part10_file(private)).get((0x0011, 0x1000)).value == b"\xfe\xff\x00\xe0"
