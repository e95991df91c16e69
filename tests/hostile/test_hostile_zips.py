"""Zips written by hand, byte for byte (APPNOTE.TXT 6.3.10, section 4.3), each with a wrong or hostile field."""

from __future__ import annotations

import io
import struct
import tracemalloc
import zipfile
import zlib
from pathlib import Path
from typing import NamedTuple

import pytest

from dicomkit.errors import NotDicomError
from dicomkit.files import index
from dicomkit.files.writing import encode_file
from dicomkit.index.zip_members import MAX_ZIP_ENTRIES
from dicomkit.samples import ct_series

IN_LONG_RECORD = 0xFFFFFFFF
SHARED = "its bytes belong to another entry as well"


class Stated(NamedTuple):
    """What a directory says of a member."""

    name: bytes
    content: bytes
    packed_bytes: int | None = None
    size_bytes: int | None = None
    offset: int = 0
    extra: bytes = b""
    flags: int = 0


def local(name: bytes, content: bytes) -> bytes:
    """Return a member, stored as it is (4.3.7)."""
    sizes = struct.pack("<LLLHH", zlib.crc32(content), len(content), len(content), len(name), 0)
    return struct.pack("<4sHHHHH", b"PK\3\4", 20, 0, 0, 0, 0x21) + sizes + name + content


def listed(stated: Stated) -> bytes:
    """Return a member's entry of the directory (4.3.12)."""
    name, content, packed_bytes, size_bytes, offset, extra, flags = stated
    sizes = (
        len(content) if packed_bytes is None else packed_bytes,
        len(content) if size_bytes is None else size_bytes,
    )
    head = struct.pack("<4sHHHHHH", b"PK\1\2", 20, 20, flags, 0, 0, 0x21)
    rest = struct.pack("<LLLHHHHHLL", zlib.crc32(content), *sizes, len(name), len(extra), 0, 0, 0, 0, offset)
    return head + rest + name + extra


def end(directory_bytes: int, offset: int, entries: int = 1, comment: bytes = b"") -> bytes:
    """Return the end of the directory (4.3.16)."""
    fields = (b"PK\5\6", 0, 0, entries, entries, directory_bytes, offset, len(comment))
    return struct.pack("<4sHHHHLLH", *fields) + comment


def long_end(directory_bytes: int, offset: int, entries: int = 1) -> bytes:
    """Return the long record, for what does not fit (4.3.14)."""
    fields = (b"PK\6\6", 44, 45, 45, 0, 0, entries, entries, directory_bytes, offset)
    return struct.pack("<4sQHHLLQQQQ", *fields)


def locator(offset: int) -> bytes:
    """Return what says where the long record is (4.3.15)."""
    return struct.pack("<4sLQL", b"PK\6\7", 0, offset, 1)


def zipped(*members: Stated, before: bytes | None = None, entries: int = 1, comment: bytes = b"") -> bytes:
    """Return a zip: what stands before the directory, and a directory that says what it is told to."""
    before = local(members[0].name, members[0].content) if before is None else before
    directory = b"".join(map(listed, members))
    return before + directory + end(len(directory), len(before), entries, comment)


@pytest.fixture(scope="module")
def sample() -> bytes:
    return encode_file(ct_series(1, size=16)[0])


def outcomes(archive: bytes) -> list[tuple[str, str, str]]:
    return [(row.name, row.outcome, row.reason) for row in index(archive).rows]


def test_the_bytes_written_here_are_a_zip(sample: bytes) -> None:
    archive = zipped(Stated(b"a.dcm", sample))
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        assert opened.testzip() is None
    assert outcomes(archive) == [("a.dcm", "read", "")]


@pytest.mark.parametrize("entries", [0, 9, 65535])
def test_a_wrong_number_of_entries_hides_none(sample: bytes, entries: int) -> None:
    assert outcomes(zipped(Stated(b"a.dcm", sample), entries=entries)) == [("a.dcm", "read", "")]


def test_a_directory_that_lists_nothing_is_contradicted_by_the_first_member(sample: bytes) -> None:
    # Readers look for the end from behind, and this comment is an end as well: that of an empty directory.
    hidden = zipped(Stated(b"a.dcm", sample), comment=end(0, 0, 0))
    with zipfile.ZipFile(io.BytesIO(hidden)) as opened:
        assert opened.namelist() == []
    with pytest.raises(NotDicomError, match="damaged"):
        index(hidden)


def test_bytes_count_once(sample: bytes) -> None:
    twice = zipped(Stated(b"a.dcm", sample), Stated(b"b.dcm", sample))
    assert outcomes(twice) == [("a.dcm", "read", ""), ("b.dcm", "rejected", SHARED)]
    inner = local(b"b.dcm", sample)
    quoted = Stated(b"a.dcm", inner)  # a member that is another one, header and all
    both = zipped(quoted, Stated(b"b.dcm", sample, offset=30 + len(b"a.dcm")))
    assert [outcome for _, outcome, _ in outcomes(both)] == ["rejected", "rejected"]
    zeros = bytes(4 * 1024**2)
    many = zipped(*(Stated(b"%d" % number, zeros) for number in range(600)), before=local(b"0", zeros))
    assert {reason for _, _, reason in outcomes(many)[1:]} == {SHARED}


def test_two_members_of_one_name_are_two_entries(sample: bytes) -> None:
    before = local(b"a.dcm", sample) + local(b"a.dcm", b"text")
    second = Stated(b"a.dcm", b"text", offset=len(local(b"a.dcm", sample)))
    found = outcomes(zipped(Stated(b"a.dcm", sample), second, before=before))
    assert [(name, outcome) for name, outcome, _ in found] == [("a.dcm", "read"), ("a.dcm", "rejected")]


@pytest.mark.parametrize(
    "name", [b"a\0.exe", b"../../x.dcm", b"/x.dcm", b"C:\\x.dcm", b"", b"\xff", b"x/", b"x" * 3000]
)
def test_a_name_is_a_name_and_leads_nowhere(
    sample: bytes, name: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    ((_, outcome, _),) = outcomes(zipped(Stated(name, sample)))
    assert outcome == "read"
    assert list(tmp_path.rglob("*")) == [tmp_path / "here"]


@pytest.mark.parametrize(
    "lie",
    [
        {"size_bytes": 10},
        {"size_bytes": 2**31 - 1},
        {"packed_bytes": 0},
        {"packed_bytes": 10},
        {"packed_bytes": 2**31},
        {"offset": 2**31},
        {"offset": 3},
        {"flags": 1},
        {"size_bytes": IN_LONG_RECORD, "extra": struct.pack("<HHQ", 1, 8, 2**62)},
    ],
    ids=str,
)
def test_a_lie_about_one_member_is_its_own_refusal(sample: bytes, lie: dict[str, int]) -> None:
    first = local(b"a.dcm", sample)
    honest = Stated(b"b.dcm", sample, offset=len(first))
    liar = Stated(b"a.dcm", sample)._replace(**lie)
    archive = zipped(honest, liar, before=first + local(b"b.dcm", sample))
    tracemalloc.start()
    found = {name: outcome for name, outcome, _ in outcomes(archive)}
    _, most_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found["a.dcm"] == "rejected"
    assert found["b.dcm"] == "read" or lie.get("packed_bytes") == 2**31, "the long one reaches into the other"
    assert most_bytes < 4 * 1024**2


@pytest.mark.parametrize("extra", [struct.pack("<HH", 1, 200), struct.pack("<HHQ", 1, 8, 5)])
def test_long_sizes_that_are_not_there_are_damage(sample: bytes, extra: bytes) -> None:
    liar = Stated(b"a.dcm", sample, IN_LONG_RECORD, IN_LONG_RECORD, extra=extra)
    with pytest.raises(NotDicomError, match="damaged"):
        index(zipped(liar))


def test_a_zip_with_a_long_end_is_read(sample: bytes) -> None:
    before = local(b"a.dcm", sample)
    directory = listed(Stated(b"a.dcm", sample))
    ending = long_end(len(directory), len(before)) + locator(len(before) + len(directory))
    for short in (end(IN_LONG_RECORD, IN_LONG_RECORD, 65535), end(len(directory), len(before))):
        archive = before + directory + ending + short
        with zipfile.ZipFile(io.BytesIO(archive)) as opened:
            assert opened.namelist() == ["a.dcm"]
        assert outcomes(archive) == [("a.dcm", "read", "")]


@pytest.mark.parametrize("is_named", [True, False])
def test_of_two_long_ends_the_larger_counts(sample: bytes, is_named: bool) -> None:  # noqa: FBT001 - both cases
    # Some readers take the record that the locator names, others the one right before it: neither may be large.
    before = local(b"a.dcm", sample)
    directory = b"".join(
        listed(Stated(b"%0999d" % number, sample)) for number in range(MAX_ZIP_ENTRIES + 2000)
    )
    small, large = long_end(60, len(before)), long_end(len(directory), len(before))
    records = large + small if is_named else small + large
    archive = before + directory + records + locator(len(before) + len(directory)) + end(0, 0)
    tracemalloc.start()
    with pytest.raises(NotDicomError, match="more than 10000 entries"):
        index(archive)
    _, most_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most_bytes < 1024**2, "the directory was read"


def test_zeros_are_not_walked_through() -> None:
    # PS3.5 section 7.1: group 0000 is that of commands, so 2 GB of zeros are refused at their first element.
    (row,) = index(bytes(8 * 1024**2)).rows
    assert (row.outcome, "DICM" in row.reason) == ("rejected", True)
    assert "SOP Class" not in row.reason, "it was taken for a data set"


def test_what_all_members_unpack_to_is_limited() -> None:
    packed = bytes(6 * 1024**2)  # 184 times as much is stated: below the limit of one member
    first = local(b"a", packed)
    stated = [Stated(b"a", packed, size_bytes=1_150_000_000)]
    stated.append(Stated(b"b", packed, size_bytes=1_150_000_000, offset=len(first)))
    found = outcomes(zipped(*stated, before=first + local(b"b", packed)))
    assert [reason for _, _, reason in found] == [
        *("this entry is damaged", "the zip unpacks to more than 2147483648 bytes"),
    ]
