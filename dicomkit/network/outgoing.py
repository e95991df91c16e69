"""Find what is to be sent: files, folders of files, data sets in memory.

Nothing is decoded. A file's head says how its data set is encoded and where it begins; the UIDs come from
the first elements; the rest is sent as it lies on disk.
"""

from __future__ import annotations

import mmap
import os
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias, TypeGuard

from dicomkit.errors import DicomKitError, FileAccessError, NotDicomError, UsageError
from dicomkit.files.encoding import transfer_syntax
from dicomkit.files.identifiers import read_identifiers
from dicomkit.files.part10 import read_file_head
from dicomkit.uids import MEDIA_STORAGE_DIRECTORY

__all__ = ["NotSendable", "OutgoingInstance", "Source", "find_outgoing"]

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

# A sender of files starts without pydicom, so the type is named here and not imported.
Source: TypeAlias = "str | os.PathLike[str] | Dataset"

_UID = re.compile(r"[0-9]+(\.[0-9]+)*")
_MAX_UID_LENGTH = 64
_PIECE_BYTES = 1 << 20
_MISSING_CURE = "say in (0008,0016) what kind of object it is; 'dump2dcm +Ug' fills missing UIDs, pydicom sets them by keyword"


@dataclass(frozen=True, slots=True)
class OutgoingInstance:
    """An instance that can be sent.

    Parameters
    ----------
    label
        What a report calls it.
    sop_class_uid, sop_instance_uid, transfer_syntax_uid
        What it is, and how its data set is encoded.
    path
        The file that holds it, or None if `content` does.
    offset
        Where the data set begins, in bytes.
    content
        The bytes of the whole file.
    """

    label: str
    sop_class_uid: str
    sop_instance_uid: str
    transfer_syntax_uid: str
    path: Path | None
    offset: int
    content: bytes = field(default=b"", repr=False)

    def pieces(self) -> Iterator[bytes]:
        """Yield the encoded data set.

        Raises
        ------
        OSError
            If the file is gone.
        """
        if self.path is None:
            yield self._padded(self.content[self.offset :], len(self.content))
            return
        with self.path.open("rb") as stream:
            size = os.fstat(stream.fileno()).st_size
            stream.seek(self.offset)
            while piece := stream.read(_PIECE_BYTES):
                yield self._padded(piece, size) if stream.tell() == size else piece

    def _padded(self, last: bytes, size: int) -> bytes:
        # PS3.5 section A.5: a deflated stream of odd length is followed by one NULL. Old files lack it,
        # and DCMTK refuses a fragment of odd length.
        is_odd = (size - self.offset) % 2 == 1
        is_deflated = transfer_syntax(self.transfer_syntax_uid).is_deflated
        return last + b"\0" if is_odd and is_deflated else last


@dataclass(frozen=True, slots=True)
class NotSendable:
    """Something that was found and is not sent.

    Parameters
    ----------
    label
        What a report calls it.
    reason, cure
        Why not, and what to do about it.
    is_refused
        Whether it is DICOM and ought to have been sent; else it is merely passed over.
    """

    label: str
    reason: str
    cure: str
    is_refused: bool


def find_outgoing(
    sources: Source | Iterable[Source], *, recursive: bool = True
) -> Iterator[OutgoingInstance | NotSendable]:
    """Yield what the sources hold, each folder in the order of its names.

    Parameters
    ----------
    sources
        Paths of files and folders, and data sets, in any mixture; one of them, or several.
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
    for source in several:
        if _is_data_set(source):
            data_set_count += 1
            from dicomkit.files.writing import encode_file  # noqa: PLC0415 - pydicom, which files do not need

            content = encode_file(source)
            yield _examine(content, f"data set {data_set_count}", None, content)
            continue
        if not isinstance(source, str | os.PathLike):
            raise UsageError(type(source).__name__, "cannot be sent", "give paths and data sets")
        path = Path(source)
        if path.is_dir():
            for found in _walk(path, recursive=recursive):
                yield _examine_file(found, found.relative_to(path).as_posix())
        elif path.exists():
            yield _examine_file(path, path.name)
        else:
            raise FileAccessError(source, "does not exist", "check the name")


def _is_data_set(source: object) -> TypeGuard[Dataset]:
    """Return whether this is a data set; where nobody has imported pydicom, there is none."""
    pydicom = sys.modules.get("pydicom.dataset")
    return pydicom is not None and isinstance(source, pydicom.Dataset)


def _walk(folder: Path, *, recursive: bool) -> Iterator[Path]:
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else type(error).__name__
        raise FileAccessError(folder, f"cannot be read ({reason})", "check its rights") from error
    for entry in entries:
        if entry.is_dir(follow_symlinks=False) and not entry.name.startswith("."):
            if recursive:
                yield from _walk(Path(entry.path), recursive=True)
        else:
            yield Path(entry.path)


def _examine_file(path: Path, label: str) -> OutgoingInstance | NotSendable:
    if path.name.startswith(".") and path.name not in {".", ".."}:
        return NotSendable(
            label, "hidden", "name it directly without the dot if it is meant", is_refused=False
        )
    if not path.is_file():
        return NotSendable(label, "not a regular file", "copy it to one if it is meant", is_refused=False)
    try:
        with path.open("rb") as stream:
            if os.fstat(stream.fileno()).st_size == 0:
                return NotSendable(
                    label, "not a DICOM file: it is empty", "leave it out, or copy it again", is_refused=False
                )
            with mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as pages:
                return _examine(pages, label, path)
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else type(error).__name__
        return NotSendable(label, f"the file cannot be read ({reason})", "check its rights", is_refused=True)


def _examine(
    buffer: bytes | mmap.mmap, label: str, path: Path | None, content: bytes = b""
) -> OutgoingInstance | NotSendable:
    if buffer[128:132] != b"DICM":
        return NotSendable(
            label,
            "not a DICOM file: no DICM after 128 bytes",
            "leave it out, if it is none",
            is_refused=False,
        )
    try:
        head = read_file_head(buffer, given=label)
        found = read_identifiers(buffer, head.dataset_offset, head.transfer_syntax_uid, given=label)
    except NotDicomError as error:
        return _refused(label, error)
    if MEDIA_STORAGE_DIRECTORY in {head.sop_class_uid, found.sop_class_uid}:
        return NotSendable(
            label, "a DICOMDIR: it lists instances and is none", "send the files it lists", is_refused=False
        )
    uids = {
        "SOP Class UID (0008,0016)": found.sop_class_uid,
        "SOP Instance UID (0008,0018)": found.sop_instance_uid,
        "Transfer Syntax UID (0002,0010)": head.transfer_syntax_uid,
    }
    missing = [name for name, uid in uids.items() if not uid]
    if missing:
        return NotSendable(label, f"it has no {' and no '.join(missing)}", _MISSING_CURE, is_refused=True)
    for name, uid in uids.items():
        if len(uid) > _MAX_UID_LENGTH or not _UID.fullmatch(uid):
            return NotSendable(
                label, f"its {name} is no valid UID", "correct it (PS3.5 section 9.1)", is_refused=True
            )
    return OutgoingInstance(
        label,
        found.sop_class_uid,
        found.sop_instance_uid,
        head.transfer_syntax_uid,
        path,
        head.dataset_offset,
        content,
    )


def _refused(label: str, error: DicomKitError) -> NotSendable:
    return NotSendable(label, error.problem, error.remedy, is_refused=True)
