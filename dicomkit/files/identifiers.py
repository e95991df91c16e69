"""Find the UIDs of an instance, its series and its study, without decoding the data set.

A receiver has to know the study before it can choose a folder, and a sender the SOP class before it can
propose a presentation context. Both need four elements from the first pages of a data set, so reading
stops after the last of them.
"""

from __future__ import annotations

import mmap
from collections.abc import Container, Mapping

from dicomkit.errors import NotDicomError, RefusedFileError
from dicomkit.files.deflating import inflate, inflate_start
from dicomkit.files.encoding import Encoding, transfer_syntax
from dicomkit.files.skim import MAX_VALUE_BYTES, Skimmer
from dicomkit.files.tags import SERIES_INSTANCE_UID, SOP_CLASS_UID, SOP_INSTANCE_UID, STUDY_INSTANCE_UID
from dicomkit.files.tokens import Kind
from dicomkit.files.walk import walk
from dicomkit.named_tuple import NamedTuple

__all__ = [
    "UID_TAGS",
    "Identifiers",
    "identifiers_of",
    "read_all_values",
    "read_identifiers",
    "read_identifiers_of_whole",
]

UID_TAGS = (SOP_CLASS_UID, SOP_INSTANCE_UID, STUDY_INSTANCE_UID, SERIES_INSTANCE_UID)
_LAST_GROUP = 0x0020
_UIDS = Skimmer(UID_TAGS, last_group=_LAST_GROUP)
_UIDS_OF_WHOLE = Skimmer(UID_TAGS)
_INFLATED_LIMIT_BYTES = 4 << 20  # the UIDs are near the start, so a decompression bomb is not inflated
_INFLATED_WHOLE_BYTES = 64 << 20
_MOST_TOKENS = 200_000


class Identifiers(NamedTuple):
    """The UIDs of an instance; "" where the data set has none.

    References
    ----------
    PS3.3 section A.1.2, the levels patient, study, series and instance.
    """

    sop_class_uid: str = ""
    sop_instance_uid: str = ""
    study_instance_uid: str = ""
    series_instance_uid: str = ""


def read_identifiers(
    buffer: bytes | mmap.mmap, start: int, transfer_syntax_uid: str, *, given: str = "data set"
) -> Identifiers:
    """Read the UIDs of the data set that begins at `start`.

    Parameters
    ----------
    buffer
        A file or a data set; it is not copied.
    start
        Where the data set begins, in bytes.
    transfer_syntax_uid
        The encoding of the data set.
    given
        How an error names the input.

    Raises
    ------
    NotDicomError
        If the bytes cannot be read in that transfer syntax.
    """
    syntax = transfer_syntax(transfer_syntax_uid)
    if syntax.is_deflated:
        buffer, start = inflate_start(buffer, start, _INFLATED_LIMIT_BYTES, given=given), 0
    for skim_over in (_skim_over, _skim_over_whole):
        if (values := skim_over(buffer, start, syntax.encoding)) is not None:
            return identifiers_of(values)
    return identifiers_of(_walk_over(buffer, start, syntax.encoding, given))


def read_identifiers_of_whole(
    buffer: bytes | mmap.mmap, start: int, transfer_syntax_uid: str, *, given: str = "data set"
) -> Identifiers:
    """Read the UIDs of the data set that begins at `start`, and look whether it is there to its end.

    Raises
    ------
    NotDicomError
        If the bytes cannot be read in that transfer syntax.
    TruncatedFileError
        If they end before the data set does.
    """
    syntax = transfer_syntax(transfer_syntax_uid)
    dataset, first = buffer, start
    try:
        if syntax.is_deflated:
            dataset, first = inflate(buffer, start, given=given, limit=_INFLATED_WHOLE_BYTES)[0], 0
        values = _skim_over_whole(dataset, first, syntax.encoding)
        if values is not None:
            return identifiers_of(values)
        for _ in walk(dataset, first, len(dataset), syntax.encoding, given=given):  # type: ignore[arg-type] # - read like bytes
            pass
    except RefusedFileError:
        pass  # more than anybody looks through: what it holds is not known, but nothing says that it was cut
    return read_identifiers(buffer, start, transfer_syntax_uid, given=given)


def read_all_values(
    buffer: bytes | mmap.mmap,
    start: int,
    transfer_syntax_uid: str,
    wanted: Container[int],
    *,
    given: str = "data set",
) -> dict[int, list[bytes]]:
    """Read the raw values of all occurrences of some elements at the top level, in any order.

    PS3.5 section 7.1 allows each element once, in ascending order of tags. A decision about a stranger's data set
    needs every occurrence: programs differ in which one they take.

    Raises
    ------
    NotDicomError
        If the data set cannot be read to its end, or has too many elements.
    """
    syntax = transfer_syntax(transfer_syntax_uid)
    if syntax.is_deflated:
        buffer, start = inflate_start(buffer, start, _INFLATED_WHOLE_BYTES, given=given), 0
    values: dict[int, list[bytes]] = {}
    tokens = walk(buffer, start, len(buffer), syntax.encoding, given=given)  # type: ignore[arg-type] # - read like bytes
    for count, token in enumerate(tokens):
        if count >= _MOST_TOKENS:
            raise NotDicomError(given, f"has more than {_MOST_TOKENS} elements", "send one with less")
        if not token.depth and token.tag in wanted and token.kind in {Kind.ELEMENT, Kind.SEQUENCE}:
            raw = buffer[token.value_offset : token.value_offset + min(token.length, MAX_VALUE_BYTES)]
            values.setdefault(token.tag, []).append(raw)
    return values


def identifiers_of(values: Mapping[int, bytes]) -> Identifiers:
    """Return the UIDs among raw values by tag."""
    return Identifiers(*[values.get(tag, b"").decode("latin-1").strip("\0 ") for tag in UID_TAGS])


def _skim_over(buffer: bytes | mmap.mmap, start: int, encoding: Encoding) -> dict[int, bytes] | None:
    found = _UIDS.skim(buffer, start, encoding)
    if found is None or found.end > len(buffer) or len(found.values) < len(UID_TAGS):
        return None
    try:
        # Raises unless a whole element, or nothing, follows where the skim ended.
        next(walk(buffer, found.end, len(buffer), encoding), None)  # type: ignore[arg-type] # - read like bytes
    except NotDicomError:
        return None
    return found.values


def _skim_over_whole(buffer: bytes | mmap.mmap, start: int, encoding: Encoding) -> dict[int, bytes] | None:
    """Return the UIDs that there are, if the data set is plain and whole: some may be missing."""
    found = _UIDS_OF_WHOLE.skim(buffer, start, encoding)
    if found is None or found.end != len(buffer) or found.ends_in_fragments:
        return None
    return found.values


def _walk_over(buffer: bytes | mmap.mmap, start: int, encoding: Encoding, given: str) -> dict[int, bytes]:
    """Read the UIDs where tags do not ascend (PS3.5 section 7.1), or one of them is missing."""
    values: dict[int, bytes] = {}
    has_later_group = False
    try:
        for token in walk(buffer, start, len(buffer), encoding, given=given):  # type: ignore[arg-type] # - read like bytes
            if token.depth or token.kind is Kind.SEQUENCE_END:
                continue
            has_later_group = has_later_group or token.tag >> 16 > _LAST_GROUP
            if token.kind is Kind.ELEMENT and token.tag in UID_TAGS and token.length <= MAX_VALUE_BYTES:
                values.setdefault(token.tag, buffer[token.value_offset : token.value_offset + token.length])
            if has_later_group and len(values) == len(UID_TAGS):
                break
    except NotDicomError:
        if not has_later_group:
            raise
    return values
