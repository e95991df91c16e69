"""Where the parts of a file lie, and how its data set is encoded."""

from __future__ import annotations

from typing import NamedTuple

from dicomkit.errors import NotDicomError, OtherFormatError
from dicomkit.files.deflating import inflate
from dicomkit.files.encoding import (
    EXPLICIT_BIG,
    EXPLICIT_LITTLE,
    Encoding,
    guessed_encoding,
    transfer_syntax,
)
from dicomkit.files.part10 import META_START, has_prefix, read_meta
from dicomkit.files.signatures import looks_like

__all__ = ["FileLayout", "file_layout"]


class FileLayout(NamedTuple):
    """Where the parts of a file lie.

    ``meta_start`` and ``meta_end`` bound group 0002 (equal if there is none). The data set lies in
    ``dataset[dataset_start:]``: in the file itself, or, for a deflated transfer syntax, in the inflated
    stream, in which offsets start again at 0. ``deflated_start`` is then where the compressed block starts
    in the file, and ``deflated_end`` where it ends.
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


def file_layout(buffer: bytes, *, given: str = "bytes", require_prefix: bool = True) -> FileLayout:
    """Find the parts of a file and the encoding of its data set.

    Parameters
    ----------
    buffer
        The whole file.
    given
        What an error calls the input.
    require_prefix
        Whether a data set without preamble and ``DICM`` is refused. Old files are such bare data sets.

    Raises
    ------
    NotDicomError
        If it is no DICOM file, or its deflated data set is damaged.
    RefusedFileError
        If the deflated data set grows beyond `dicomkit.files.deflating.MAX_INFLATED_BYTES`.
    TruncatedFileError
        If group 0002 or the deflated block is cut off.

    References
    ----------
    PS3.10 section 7.1, DICOM File Meta Information; PS3.5 section A.5, deflated data sets.
    """
    if not has_prefix(buffer):
        encoding = guessed_encoding(buffer, 0)
        if require_prefix or encoding is None:
            raise _not_dicom(buffer, given, is_bare_dataset=encoding is not None)
        return FileLayout(False, 0, 0, "", encoding, buffer, 0)
    _, _, uid, meta_end = read_meta(buffer, given=given)
    if transfer_syntax(uid).is_deflated:
        inflated, used = inflate(buffer, meta_end, given=given)
        return FileLayout(
            True, META_START, meta_end, uid, EXPLICIT_LITTLE, inflated, 0, meta_end, meta_end + used
        )
    return FileLayout(True, META_START, meta_end, uid, _encoding(buffer, meta_end, uid), buffer, meta_end)


def _encoding(buffer: bytes, start: int, uid: str) -> Encoding:
    stated = transfer_syntax(uid).encoding
    if stated == EXPLICIT_BIG:
        return stated
    seen = guessed_encoding(buffer, start)
    # Where group 0002 is silent or contradicts the bytes, the bytes are right: files exist whose UID was
    # changed without encoding the data set anew.
    return stated if seen is None or (uid and seen.little_endian is False) else seen


def _not_dicom(buffer: bytes, given: str, *, is_bare_dataset: bool) -> NotDicomError:
    what = looks_like(buffer)
    if what == "something else" and is_bare_dataset:
        has_meta = buffer.startswith(b"\x02\x00")
        what = (
            "group 0002 without the preamble before it"
            if has_meta
            else "a data set without preamble and group 0002"
        )
        repair = "preamble" if has_meta else "meta"
        return NotDicomError(
            given,
            f"there is no 'DICM' after 128 bytes; it may be {what}",
            f'if you trust it, read_file(path, repair="{repair}") puts the missing part before it',
        )
    return OtherFormatError(
        given, f"there is no 'DICM' after 128 bytes; it looks like {what}", "choose a DICOM file"
    )
