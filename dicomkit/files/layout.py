"""Where the parts of a file begin and end, and how its data set is encoded."""

from __future__ import annotations

import mmap
from collections.abc import Iterator

from dicomkit.errors import NotDicomError, OtherFormatError
from dicomkit.files.deflating import inflate
from dicomkit.files.encoding import (
    EXPLICIT_BIG,
    EXPLICIT_LITTLE,
    Encoding,
    guessed_encoding,
    transfer_syntax,
)
from dicomkit.files.part10 import begins_with_meta, has_prefix, read_meta
from dicomkit.files.signatures import looks_like
from dicomkit.files.tokens import Token
from dicomkit.files.walk import walk
from dicomkit.named_tuple import NamedTuple

__all__ = ["FileLayout", "file_layout", "missing_head"]


class FileLayout(NamedTuple):
    """Where the parts of a file begin and end.

    ``meta_start`` and ``meta_end`` bound group 0002 (equal if there is none), and ``rest_end`` is where a second
    one after it ends (equal to ``meta_end`` if there is none). The data set lies in
    ``dataset[dataset_start:]``: in the file itself, or, for a deflated transfer syntax, in the inflated
    stream, in which offsets start again at 0. ``deflated_start`` is then where the compressed block starts
    in the file, and ``deflated_end`` where it ends. ``meta_encoding`` is how group 0002 is encoded, ``remarks``
    say what is odd about it, and ``meta_is_plain`` is False if only a walk could read it.
    """

    has_prefix: bool
    meta_start: int
    meta_end: int
    transfer_syntax_uid: str
    encoding: Encoding
    dataset: bytes
    dataset_start: int
    deflated_start: int | None = None
    deflated_end: int | None = None
    rest_end: int = 0
    meta_encoding: Encoding = EXPLICIT_LITTLE
    remarks: tuple[str, ...] = ()
    meta_is_plain: bool = True

    def tokens(self, *, given: str = "data set", items_may_be_short: bool = False) -> Iterator[Token]:
        """Walk through the data set, as `dicomkit.files.walk.walk` does."""
        return walk(
            self.dataset,
            self.dataset_start,
            len(self.dataset),
            self.encoding,
            given=given,
            items_may_be_short=items_may_be_short,
        )


def file_layout(buffer: bytes, *, given: str = "bytes", require_prefix: bool = True) -> FileLayout:
    """Find the parts of a file and the encoding of its data set.

    Parameters
    ----------
    buffer
        The whole file.
    given
        How an error names the input.
    require_prefix
        Whether a data set without preamble and ``DICM`` is refused, as old files have it.

    Raises
    ------
    NotDicomError
        If it is not a DICOM file, or its deflated data set is damaged.
    RefusedFileError
        If the deflated data set grows beyond `dicomkit.files.deflating.MAX_INFLATED_BYTES`.
    TruncatedFileError
        If group 0002 or the deflated block is truncated.

    References
    ----------
    PS3.10 section 7.1, DICOM File Meta Information; PS3.5 section A.5, deflated data sets.
    """
    if not has_prefix(buffer):
        encoding = guessed_encoding(buffer, 0)
        if require_prefix or encoding is None:
            raise _not_dicom(buffer, given, is_bare_dataset=encoding is not None)
        if not begins_with_meta(buffer):
            return FileLayout(False, 0, 0, "", encoding, buffer, 0)
    head = read_meta(buffer, given=given)
    uid, start = head.transfer_syntax_uid, head.dataset_offset
    layout = FileLayout(
        has_prefix(buffer),
        head.meta_start,
        head.meta_end,
        uid,
        _encoding(buffer, start, uid),
        buffer,
        start,
        rest_end=start,
        meta_encoding=head.encoding,
        remarks=head.remarks,
        meta_is_plain=head.is_plain,
    )
    if not transfer_syntax(uid).is_deflated:
        return layout
    inflated, used = inflate(buffer, start, given=given)
    return layout._replace(
        encoding=EXPLICIT_LITTLE,
        dataset=inflated,
        dataset_start=0,
        deflated_start=start,
        deflated_end=start + used,
    )


def _encoding(buffer: bytes, start: int, uid: str) -> Encoding:
    stated = transfer_syntax(uid).encoding
    if stated == EXPLICIT_BIG:
        return stated
    seen = guessed_encoding(buffer, start)
    # Where group 0002 names no syntax or contradicts the bytes, the bytes are right: in some files the UID was changed
    # but the data set was not encoded anew.
    is_command = buffer[start : start + 2] == b"\0\0"
    return stated if seen is None or (uid and (seen.little_endian is False or is_command)) else seen


def _not_dicom(buffer: bytes, given: str, *, is_bare_dataset: bool) -> NotDicomError:
    what = looks_like(buffer)
    if what == "something else" and is_bare_dataset:
        what, repair = missing_head(buffer)
        return NotDicomError(
            given,
            f"there is no 'DICM' after 128 bytes; it may be {what}",
            f'if you trust it, read_file(path, repair="{repair}") puts the missing part before it',
        )
    return OtherFormatError(
        given, f"there is no 'DICM' after 128 bytes; it looks like {what}", "choose a DICOM file"
    )


def missing_head(buffer: bytes | mmap.mmap) -> tuple[str, str]:
    """Return a description of a data set without preamble, and the name of the repair that it needs."""
    if begins_with_meta(buffer):
        return "group 0002 without the preamble before it", "preamble"
    return "a data set without preamble and group 0002", "meta"
