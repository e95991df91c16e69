"""Find the instances to be sent: in files, folders and data sets in memory.

Nothing is decoded. Group 0002 gives the transfer syntax and the offset of the data set, the first elements give the
UIDs, and the data set is sent as it is on disk.
"""

from __future__ import annotations

import mmap
import os
import re
import sys
from collections.abc import Iterable, Iterator

from dicomkit.errors import (
    DicomKitError,
    FileAccessError,
    NotDicomError,
    OtherFormatError,
    UsageError,
    reason_of,
)
from dicomkit.files.encoding import transfer_syntax
from dicomkit.files.folder_files import files_in
from dicomkit.files.quick_check import check_quickly
from dicomkit.named_tuple import NamedTuple
from dicomkit.uids import MEDIA_STORAGE_DIRECTORY

__all__ = ["NotSendable", "OutgoingInstance", "Source", "find_outgoing"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeAlias, TypeGuard

    from pydicom.dataset import Dataset

# A string, because a sender of files starts without pydicom.
Source: TypeAlias = "str | os.PathLike[str] | Dataset"

_UID = re.compile(r"[0-9]+(\.[0-9]+)*")
_MAX_UID_LENGTH = 64
_PIECE_BYTES = 1 << 20
_MISSING_REMEDY = "say in (0008,0016) what kind of object it is; 'dump2dcm +Ug' fills missing UIDs, pydicom sets them by keyword"


class OutgoingInstance(NamedTuple):
    """An instance that can be sent.

    Parameters
    ----------
    label
        Its name in a report.
    sop_class_uid, sop_instance_uid, transfer_syntax_uid
        Its UIDs.
    path
        The file that holds it, or None if `content` does.
    offset
        Offset of the data set, in bytes.
    content
        The bytes of the whole file.
    remarks
        Faults that do not prevent sending.
    is_even
        Whether every value has an even length; if not, values are padded when they are sent.
    """

    label: str
    sop_class_uid: str
    sop_instance_uid: str
    transfer_syntax_uid: str
    path: str | None
    offset: int
    content: bytes = b""
    remarks: tuple[str, ...] = ()
    is_even: bool = True

    def __repr__(self) -> str:
        return f"OutgoingInstance({self.label!r}, {self.sop_instance_uid!r})"  # not the bytes

    def pieces(self) -> Iterator[bytes]:
        """Yield the encoded data set in pieces.

        Raises
        ------
        OSError
            If the file cannot be read.
        """
        if self.path is None:
            yield self.even(self.content[self.offset :])
            return
        with open(self.path, "rb") as stream:  # noqa: PTH123 - a sender starts without pathlib
            size = os.fstat(stream.fileno()).st_size
            stream.seek(self.offset)
            if not self.is_even or (size - self.offset) % 2:
                yield self.even(stream.read())
            while piece := stream.read(_PIECE_BYTES):
                yield piece

    def even(self, dataset: bytes) -> bytes:
        """Return the data set with all lengths even (PS3.8 section E.1, PS3.5 section 7.1.1)."""
        syntax = transfer_syntax(self.transfer_syntax_uid)
        if syntax.is_deflated:
            # PS3.5 section A.5: a deflated stream of odd length is followed by one NULL. Old files lack it.
            return dataset + b"\0" * (len(dataset) % 2)
        if self.is_even:
            return dataset
        from dicomkit.files.even_lengths import with_even_lengths  # noqa: PLC0415 - plain files do without it

        return with_even_lengths(dataset, syntax.encoding, given=self.label)


class NotSendable(NamedTuple):
    """A file that was found and cannot be sent.

    Parameters
    ----------
    label
        Its name in a report.
    reason, remedy
        Why not, and what to do about it.
    is_refused
        Whether it is DICOM and should have been sent; otherwise it is only skipped.
    """

    label: str
    reason: str
    remedy: str
    is_refused: bool


def find_outgoing(
    sources: Source | Iterable[Source], *, recursive: bool = True
) -> Iterator[OutgoingInstance | NotSendable]:
    """Yield each instance in the sources, and what cannot be sent; folders in the order of names.

    Parameters
    ----------
    sources
        One or several paths of files and folders, and data sets.
    recursive
        Whether to look into folders inside folders.

    Raises
    ------
    FileAccessError
        If a path does not exist.
    AttributeValueError
        If a data set cannot be encoded.
    UsageError
        If something is neither a path nor a data set.
    """
    is_one = isinstance(sources, str) or _is_data_set(sources) or not isinstance(sources, Iterable)
    several: Iterable[object] = [sources] if is_one else sources  # type: ignore[assignment]
    data_set_count = 0
    found_before: dict[str, OutgoingInstance] = {}
    for source in several:
        if _is_data_set(source):
            data_set_count += 1
            from dicomkit.files.writing import encode_file  # noqa: PLC0415 - it imports pydicom

            content = encode_file(source)
            yield _examine(content, f"data set {data_set_count}", None, content)
            continue
        if not isinstance(source, str | os.PathLike):
            raise UsageError(type(source).__name__, "cannot be sent", "give paths and data sets")
        path = os.fspath(source)
        if os.path.isdir(path):  # noqa: PTH112 - a sender starts without pathlib
            for found in _found_in(path, recursive=recursive):
                yield _skip_copy(found, found_before)
        elif os.path.exists(path):  # noqa: PTH110 - the same
            yield _examine_file(path, os.path.basename(path))  # noqa: PTH119 - the same
        else:
            raise FileAccessError(path or "an empty path", "does not exist", "check the name")


def _is_data_set(source: object) -> TypeGuard[Dataset]:
    """Return whether this is a data set; without pydicom imported, there can be none."""
    pydicom = sys.modules.get("pydicom.dataset")
    return pydicom is not None and isinstance(source, pydicom.Dataset)


def _found_in(folder: str, *, recursive: bool) -> Iterator[OutgoingInstance | NotSendable]:
    for path, name, refusal, is_trouble in files_in(folder, recursive=recursive):
        if is_trouble and not name:
            raise FileAccessError(folder, refusal, "check its rights")
        if refusal:
            yield NotSendable(name, refusal, "name it itself if it is meant", is_refused=is_trouble)
        else:
            yield _examine_file(path, name)


def _skip_copy(
    found: OutgoingInstance | NotSendable, before: dict[str, OutgoingInstance]
) -> OutgoingInstance | NotSendable:
    """Skip a file that is a byte-for-byte copy of one found before."""
    if isinstance(found, NotSendable):
        return found
    first = before.setdefault(found.sop_instance_uid, found)
    if first is found or not _are_equal(first, found):
        return found  # one UID, two contents: the receiver decides
    return NotSendable(
        found.label, f"a copy of {first.label}, byte for byte", "nothing: it is sent once", is_refused=False
    )


def _are_equal(one: OutgoingInstance, other: OutgoingInstance) -> bool:
    if one.path is None or other.path is None:
        return False
    import filecmp  # noqa: PLC0415 - rarely needed

    try:
        return filecmp.cmp(one.path, other.path, shallow=False)
    except OSError:
        return False  # sending reports the error


def _examine_file(path: str, label: str) -> OutgoingInstance | NotSendable:
    if not os.path.isfile(path):  # noqa: PTH113 - as above
        return NotSendable(label, "not a regular file", "copy it to one if it is meant", is_refused=False)
    try:
        with open(path, "rb") as stream:  # noqa: PTH123 - as above
            if os.fstat(stream.fileno()).st_size == 0:
                return NotSendable(
                    label, "not a DICOM file: it is empty", "leave it out, or copy it again", is_refused=False
                )
            with mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as pages:
                return _examine(pages, label, path)
    except OSError as error:
        return NotSendable(
            label, f"the file cannot be read ({reason_of(error)})", "check its rights", is_refused=True
        )


def _examine(
    buffer: bytes | mmap.mmap, label: str, path: str | None, content: bytes = b""
) -> OutgoingInstance | NotSendable:
    try:
        head, found, transfer_syntax_uid, remarks, is_even = check_quickly(buffer, given=label)
    except OtherFormatError as error:
        return NotSendable(
            label,
            f"not a DICOM file: {error.problem}",
            "leave it out, if it is none",
            is_refused=False,
        )
    except NotDicomError as error:
        return NotSendable(label, error.problem, error.remedy, is_refused=True)
    if MEDIA_STORAGE_DIRECTORY in {head.sop_class_uid, found.sop_class_uid}:
        return NotSendable(
            label, "a DICOMDIR: it lists instances and is none", "send the files it lists", is_refused=False
        )
    uids = {
        "SOP Class UID (0008,0016)": found.sop_class_uid,
        "SOP Instance UID (0008,0018)": found.sop_instance_uid,
        "Transfer Syntax UID (0002,0010)": transfer_syntax_uid,
    }
    missing = [name for name, uid in uids.items() if not uid]
    if missing:
        return NotSendable(label, f"it has no {' and no '.join(missing)}", _MISSING_REMEDY, is_refused=True)
    for name, uid in uids.items():
        if len(uid) > _MAX_UID_LENGTH or not _UID.fullmatch(uid):
            return NotSendable(
                label, f"its {name} is no valid UID", "correct it (PS3.5 section 9.1)", is_refused=True
            )
    instance = OutgoingInstance(
        label,
        found.sop_class_uid,
        found.sop_instance_uid,
        transfer_syntax_uid,
        path,
        head.dataset_offset,
        content,
        remarks,
        is_even,
    )
    return _checked_even(instance, buffer)


def _checked_even(instance: OutgoingInstance, buffer: bytes | mmap.mmap) -> OutgoingInstance | NotSendable:
    """Refuse an instance with odd lengths that cannot be padded, before anything is sent."""
    if not instance.is_even:
        try:
            instance.even(buffer[instance.offset :])
        except DicomKitError as error:
            return NotSendable(instance.label, error.problem, error.remedy, is_refused=True)
    return instance
