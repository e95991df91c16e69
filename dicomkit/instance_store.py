"""Where a received instance lies on disk: ``PREFIX_<StudyInstanceUID>/<SOPInstanceUID>.dcm``.

The receiver writes here and the study watcher looks here. Three promises make the folder one that both
can rely on:

- A name ending in ``.dcm`` is a whole file. Bytes are collected under a temporary name and renamed.
- The data set is kept as it came, byte for byte. Only the preamble and group 0002 are written here.
- Nothing is overwritten. The same instance again is fine and changes nothing; other content under the
  same SOP Instance UID is laid aside, because two instances must never share a UID.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import mmap
import os
import re
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Self

from dicomkit.errors import FileAccessError, NotDicomError, StoreError, UsageError
from dicomkit.files.file_meta import encode_file_head, read_file_head
from dicomkit.files.identifiers import Identifiers, read_identifiers

__all__ = ["IncomingInstance", "InstanceStore", "StoredFile"]

# The statuses of the Storage service class (PS3.4 Table B.2-1) and one of PS3.7 section C.5.
OUT_OF_RESOURCES = 0xA700
CANNOT_WRITE = 0xA701
DOES_NOT_MATCH_SOP_CLASS = 0xA900
CANNOT_UNDERSTAND = 0xC000
DUPLICATE_SOP_INSTANCE = 0x0111

_PLAIN_UID = re.compile(r"[0-9]+(\.[0-9]+)*")
_MAX_UID_LENGTH = 64  # PS3.5 section 9.1
_PREFIX = re.compile(r"[A-Za-z0-9_-]{0,32}")
_DISK_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_SPOOL_LIMIT_BYTES = 1 << 20  # up to here an instance waits in memory; a larger one goes to disk as it comes
_COMPARE_BYTES = 1 << 20
_HEAD_BYTES = 64 << 10  # far more than group 0002 ever takes
_INCOMING = ".incoming-"


@dataclass(frozen=True, slots=True)
class StoredFile:
    """Say where an instance lies and what it is part of.

    Parameters
    ----------
    path
        The file.
    identifiers
        Its UIDs, as they stand in the data set.
    duplicate
        The very same instance had been stored before; nothing was written.
    """

    path: Path
    identifiers: Identifiers
    duplicate: bool = False


class InstanceStore:
    """Keep instances in one folder for each study.

    Parameters
    ----------
    folder
        An existing folder.
    prefix
        What the name of a study's folder begins with: letters, digits, ``-`` and ``_``.
    durable
        Wait for the disk after each instance, so that a power cut loses nothing that was acknowledged.
        Without it, a crash of this process loses nothing either, and storing is much faster.

    Raises
    ------
    FileAccessError
        If the folder does not exist or is not a folder.
    UsageError
        If the prefix holds another character.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     InstanceStore(folder).file_name("1.2.3"), InstanceStore(folder).file_name("../../evil")
    ('1.2.3.dcm', 'hash-d3de46c9fe249a0abdff43dcc4edaacf.dcm')
    """

    def __init__(self, folder: str | os.PathLike[str], *, prefix: str = "scp", durable: bool = False) -> None:
        self.folder = Path(folder).resolve()
        if not self.folder.is_dir():
            raise FileAccessError(folder, "is not a folder", "make it first, for example with mkdir")
        if not _PREFIX.fullmatch(prefix):
            raise UsageError(prefix, "is no prefix for folder names", "use letters, digits, - and _ only")
        self.prefix = prefix
        self.durable = durable
        self._lock = threading.Lock()
        self._number = 0
        self._remove_left_overs()

    def study_folder(self, study_instance_uid: str) -> Path:
        """Return the folder of a study, whether or not it exists yet."""
        name = _safe_name(study_instance_uid)
        return self.folder / (f"{self.prefix}_{name}" if self.prefix else name)

    def file_name(self, sop_instance_uid: str) -> str:
        """Return the name of an instance's file: its UID, or a hash of a UID that breaks the rules."""
        return f"{_safe_name(sop_instance_uid)}.dcm"

    def receive(
        self,
        *,
        sop_class_uid: str,
        sop_instance_uid: str,
        transfer_syntax_uid: str,
        source_ae_title: str = "",
    ) -> IncomingInstance:
        """Return a place for one instance: write to it, then ``commit`` or ``discard``.

        In a ``with`` statement, whatever was not committed leaves no trace.

        Parameters
        ----------
        sop_class_uid, sop_instance_uid
            What the sender announced in its C-STORE request.
        transfer_syntax_uid
            How the data set is encoded.
        source_ae_title
            Who sent it; kept in the file meta information.
        """
        announced = Identifiers(sop_class_uid=sop_class_uid, sop_instance_uid=sop_instance_uid)
        return IncomingInstance(self, announced, transfer_syntax_uid, source_ae_title)

    def _new_temporary(self) -> Path:
        with self._lock:
            self._number += 1
            return self.folder / f"{_INCOMING}{os.getpid()}-{id(self):x}-{self._number}"

    def _remove_left_overs(self) -> None:
        # A process that was killed could not tidy up. What it left was never acknowledged.
        for path in self.folder.glob(f"{_INCOMING}*-*-*"):
            owner = path.name.removeprefix(_INCOMING).split("-")[0]
            if not (owner.isdecimal() and _is_running(int(owner))):
                path.unlink(missing_ok=True)

    def _place(self, temporary: Path, target: Path, identifiers: Identifiers) -> StoredFile:
        """Rename `temporary` to `target` unless something stands there."""
        with self._lock:  # two associations may bring the same instance at the same time
            with contextlib.suppress(FileExistsError):
                target.parent.mkdir()
            if target.parent.is_symlink():
                # A link would lead the file out of the store.
                raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
            if not target.exists():
                temporary.rename(target)
            elif _same_instance(target, temporary):
                return StoredFile(target, identifiers, duplicate=True)
            else:
                aside = target.with_suffix(f".{_digest(temporary)[:12]}.aside")
                temporary.replace(aside)
                raise StoreError(
                    identifiers.sop_instance_uid,
                    f"an instance with this UID and other content is stored already; this one was laid aside as {aside.name}",
                    "give a changed instance a new SOP Instance UID (PS3.5 section 9)",
                    status=DUPLICATE_SOP_INSTANCE,
                )
        if self.durable:
            _sync_folder(target.parent)
            _sync_folder(self.folder)
        return StoredFile(target, identifiers)


class IncomingInstance:
    """Collect one data set while it arrives, then put it in its place.

    Parameters
    ----------
    store
        Where it will lie.
    announced
        The SOP class and instance UID of the C-STORE request.
    transfer_syntax_uid
        How the data set is encoded.
    source_ae_title
        Who sends it.
    """

    def __init__(
        self, store: InstanceStore, announced: Identifiers, transfer_syntax_uid: str, source_ae_title: str
    ) -> None:
        self.size_bytes = 0
        self._store = store
        self._announced = announced
        self._transfer_syntax_uid = transfer_syntax_uid
        self._head = encode_file_head(
            sop_class_uid=announced.sop_class_uid,
            sop_instance_uid=announced.sop_instance_uid,
            transfer_syntax_uid=transfer_syntax_uid,
            source_ae_title=source_ae_title,
        )
        self._waiting: list[bytes] = []
        self._temporary: Path | None = None
        self._stream: BinaryIO | None = None
        self._failure: OSError | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.discard()

    def write(self, fragment: bytes) -> None:
        """Take the next bytes of the data set.

        A disk that is full is not reported here but by `commit`: the sender is still sending, and a
        C-STORE has one response, at its end (PS3.7 section 9.1.1).
        """
        self.size_bytes += len(fragment)
        if self._failure is not None:
            return
        if self._stream is None and self.size_bytes <= _SPOOL_LIMIT_BYTES:
            self._waiting.append(fragment)
            return
        try:
            self._spool(fragment)
        except OSError as error:
            self._failure = error
            self.discard()

    def commit(self) -> StoredFile:
        """Put the complete instance in its place.

        Raises
        ------
        StoreError
            If it cannot be stored; its ``status`` is the answer to the sender.
        """
        if self._failure is not None:
            raise _store_error(self._announced.sop_instance_uid, self._failure)
        identifiers = self._identify()
        folder = self._store.study_folder(identifiers.study_instance_uid)
        target = folder / self._store.file_name(identifiers.sop_instance_uid)
        try:
            temporary = self._spool(b"")
            self._finish_stream()
            return self._store._place(temporary, target, identifiers)  # noqa: SLF001 - the store's own half
        except StoreError:
            raise
        except OSError as error:
            raise _store_error(identifiers.sop_instance_uid, error) from error
        finally:
            self.discard()

    def discard(self) -> None:
        """Remove the temporary file, if there is one."""
        self._waiting.clear()
        if self._stream is not None:
            with contextlib.suppress(OSError):
                self._stream.close()
            self._stream = None
        if self._temporary is not None:
            with contextlib.suppress(OSError):
                self._temporary.unlink(missing_ok=True)
            self._temporary = None

    def _spool(self, fragment: bytes) -> Path:
        if self._stream is None or self._temporary is None:
            self._temporary = self._store._new_temporary()  # noqa: SLF001 - the store's own half
            self._stream = self._temporary.open("xb", buffering=0)
            _write_all(self._stream, b"".join([self._head, *self._waiting]))
            self._waiting.clear()
        _write_all(self._stream, fragment)
        return self._temporary

    def _finish_stream(self) -> None:
        if self._stream is not None:
            if self._store.durable:
                os.fsync(self._stream.fileno())
            self._stream.close()
            self._stream = None

    def _read_identifiers(self) -> Identifiers:
        if self._temporary is None:
            return read_identifiers(b"".join(self._waiting), 0, self._transfer_syntax_uid)
        with (
            self._temporary.open("rb") as stream,
            mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as pages,
        ):
            return read_identifiers(pages, len(self._head), self._transfer_syntax_uid)

    def _identify(self) -> Identifiers:
        name = self._announced.sop_instance_uid
        try:
            found = self._read_identifiers()
        except NotDicomError as error:
            raise StoreError(
                name,
                "the data set cannot be read in the transfer syntax that was agreed on",
                "write the file again with its true transfer syntax in (0002,0010)",
                status=CANNOT_UNDERSTAND,
            ) from error
        except OSError as error:
            raise _store_error(name, error) from error
        if not found.study_instance_uid:
            raise StoreError(
                name,
                "the data set has no Study Instance UID (0020,000D)",
                "add one: an instance belongs to a series, and a series to a study (PS3.3 section A.1.2)",
                status=DOES_NOT_MATCH_SOP_CLASS,
            )
        if (found.sop_class_uid, found.sop_instance_uid) != (self._announced.sop_class_uid, name):
            raise StoreError(
                name,
                "the SOP class or instance UID of the data set differs from the one in the C-STORE request",
                "send the UIDs that stand in the data set (PS3.4 section B.2)",
                status=DOES_NOT_MATCH_SOP_CLASS,
            )
        return found


def _safe_name(uid: str) -> str:
    """Return a name that no file system can misread: digits and dots, or a hash."""
    if len(uid) <= _MAX_UID_LENGTH and _PLAIN_UID.fullmatch(uid):
        return uid
    return f"hash-{hashlib.sha256(uid.encode('utf-8', 'surrogateescape')).hexdigest()[:32]}"


def _write_all(stream: BinaryIO, content: bytes) -> None:
    view = memoryview(content)
    while view:  # an unbuffered write may take fewer bytes than it was given
        view = view[stream.write(view) :]


def _store_error(sop_instance_uid: str, error: OSError) -> StoreError:
    if error.errno in _DISK_FULL:
        return StoreError(
            sop_instance_uid, "the disk is full", "make room and send it again", status=OUT_OF_RESOURCES
        )
    reason = os.strerror(error.errno) if error.errno else type(error).__name__
    return StoreError(
        sop_instance_uid,
        f"the file cannot be written ({reason})",
        "check the receiver's folder and its rights, then send it again",
        status=CANNOT_WRITE,
    )


def _same_instance(one: Path, other: Path) -> bool:
    """Tell whether two files hold the same data set in the same transfer syntax."""
    with one.open("rb") as first, other.open("rb") as second:
        try:
            heads = [read_file_head(stream.read(_HEAD_BYTES)) for stream in (first, second)]
        except NotDicomError:
            return False
        first.seek(heads[0].dataset_offset)
        second.seek(heads[1].dataset_offset)
        same = heads[0].transfer_syntax_uid == heads[1].transfer_syntax_uid
        while same and (piece := first.read(_COMPARE_BYTES)):
            same = piece == second.read(_COMPARE_BYTES)
        return same and not second.read(1)


def _digest(path: Path) -> str:
    """Return a hash of the data set alone: who sent it makes no other instance of it."""
    with path.open("rb") as stream:
        stream.seek(read_file_head(stream.read(_HEAD_BYTES)).dataset_offset)
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _is_running(process_id: int) -> bool:
    if os.name == "nt":
        return True  # there, os.kill would end the process instead of asking for it
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":
        return  # Windows cannot open a folder as a file; NTFS journals the rename itself
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
