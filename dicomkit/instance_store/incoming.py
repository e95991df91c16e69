"""One instance that is being received: collect its bytes, then store or discard it."""

from __future__ import annotations

import contextlib
import functools
import mmap
import os
from collections.abc import Callable, Container
from pathlib import Path
from typing import NamedTuple, Self, TypeVar

from dicomkit.errors import NotDicomError, StoreError, TruncatedFileError
from dicomkit.files.identifiers import Identifiers, read_all_values, read_identifiers_of_whole
from dicomkit.files.part10 import encode_file_head
from dicomkit.instance_store.failures import CANNOT_UNDERSTAND, DOES_NOT_MATCH_SOP_CLASS, disk_failure
from dicomkit.instance_store.placing import NOTE_SUFFIX
from dicomkit.instance_store.temporaries import Temporaries

__all__ = ["IncomingInstance", "StoredFile"]

_Read = TypeVar("_Read")

_SPOOL_LIMIT_BYTES = 64 << 10  # longer data sets are written to disk as they arrive, which also saves a copy


class StoredFile(NamedTuple):
    """The path of a stored instance, and its UIDs.

    Parameters
    ----------
    file
        The path, as a str.
    identifiers
        The UIDs in the data set.
    duplicate
        Whether the same instance had been stored before; then nothing was written.
    set_aside
        New name of an empty or truncated file that had this instance's name; usually empty.
    """

    file: str
    identifiers: Identifiers
    duplicate: bool = False
    set_aside: str = ""

    @property
    def path(self) -> Path:
        """The path, as a Path."""
        return Path(self.file)


class IncomingInstance:
    """Collect one data set as it arrives, then store it under its name.

    Parameters
    ----------
    temporaries
        Makes the temporary file.
    place
        Called with the path of the complete temporary file and its UIDs; renames it.
    announced
        The SOP Class and SOP Instance UID of the C-STORE request.
    transfer_syntax_uid
        How the data set is encoded.
    source_ae_title
        The sender's AE title.
    durable
        Wait until the bytes are on disk (fsync).
    """

    def __init__(
        self,
        temporaries: Temporaries,
        place: Callable[[str, Identifiers], StoredFile],
        announced: Identifiers,
        transfer_syntax_uid: str,
        source_ae_title: str,
        *,
        durable: bool = False,
    ) -> None:
        self.size_bytes = 0
        self._temporaries = temporaries
        self._place = place
        self._durable = durable
        self._announced = announced
        self._transfer_syntax_uid = transfer_syntax_uid
        self._head = encode_file_head(
            sop_class_uid=announced.sop_class_uid,
            sop_instance_uid=announced.sop_instance_uid,
            transfer_syntax_uid=transfer_syntax_uid,
            source_ae_title=source_ae_title,
        )
        self._buffer = bytearray()
        self._temporary: str | None = None
        self._file: int | None = None  # the descriptor of the open temporary file
        self._failure: OSError | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.discard()

    def write(self, fragment: bytes | memoryview) -> None:
        """Append a fragment of the data set.

        An error such as a full disk is raised by `commit` only: the sender is still sending, and a C-STORE has
        one response, at its end (PS3.7 section 9.1.1).
        """
        self.size_bytes += len(fragment)
        if self._failure is not None:
            return
        if self._file is None and self.size_bytes <= _SPOOL_LIMIT_BYTES:
            self._buffer += fragment  # not a list: a sender may send a million fragments
            return
        try:
            self._spool(fragment)
        except OSError as error:
            self._failure = error
            self.discard()

    def commit(self) -> StoredFile:
        """Store the complete instance under its name.

        Raises
        ------
        StoreError
            If it cannot be stored; its ``status`` is that of the C-STORE response.
        """
        if self._failure is not None:
            raise disk_failure(self._announced.sop_instance_uid, self._failure)
        identifiers = self._identify()
        try:
            temporary = self._temporary if self._temporary is not None else self._spool(b"")
            self._finish_file()
            return self._place(temporary, identifiers)
        except BaseException as error:
            self.discard()
            if isinstance(error, OSError) and not isinstance(error, StoreError):
                raise disk_failure(identifiers.sop_instance_uid, error) from error
            raise

    def all_values(self, wanted: Container[int]) -> dict[int, list[bytes]]:
        """Return the raw values of each occurrence of the wanted elements, by tag; see `read_all_values`.

        Raises
        ------
        NotDicomError
            If the data set cannot be read to its end in its transfer syntax.
        OSError
            If the data set could not be written.
        """
        if self._failure is not None:
            raise self._failure
        return self._read(functools.partial(read_all_values, wanted=wanted))

    def discard(self) -> None:
        """Remove the temporary file; after `commit`, its second name, which marks it as unreported."""
        self._buffer.clear()
        file, self._file = self._file, None
        if file is not None:
            with contextlib.suppress(OSError):
                os.close(file)
        temporary, self._temporary = self._temporary, None
        if temporary is not None:
            with contextlib.suppress(OSError):
                try:
                    os.unlink(temporary)  # noqa: PTH108 - a str: making a Path takes longer than this call
                except FileNotFoundError:
                    os.unlink(f"{temporary}{NOTE_SUFFIX}")  # noqa: PTH108 - the same

    def _spool(self, fragment: bytes | memoryview) -> str:
        if self._file is None or self._temporary is None:
            self._temporary, self._file = self._temporaries.make()
            _write_all(self._file, self._head + self._buffer)
            self._buffer.clear()
        if fragment:
            _write_all(self._file, fragment)
        return self._temporary

    def _finish_file(self) -> None:
        # The file stays open, and so locked, until it has its name: an unlocked one would be removed as a left-over.
        # Windows does not rename an open file.
        if self._file is not None:
            if self._durable:
                os.fsync(self._file)
            if os.name == "nt":
                file, self._file = self._file, None
                os.close(file)

    def _read(self, read: Callable[[bytes | mmap.mmap, int, str], _Read]) -> _Read:
        """Return what `read` finds in what was received, given the offset of the data set and its transfer syntax."""
        if self._temporary is None:
            return read(bytes(self._buffer), 0, self._transfer_syntax_uid)
        with (
            open(self._temporary, "rb") as stream,  # noqa: PTH123 - a str: making a Path takes longer than this call
            mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as pages,
        ):
            return read(pages, len(self._head), self._transfer_syntax_uid)

    def _identify(self) -> Identifiers:
        name = self._announced.sop_instance_uid
        try:
            found = self._read(read_identifiers_of_whole)
        except TruncatedFileError as error:
            # Success would say that the instance is safe here. storescp and Orthanc mostly give no status to such a data set.
            raise StoreError(
                name,
                f"the data set is cut off: {error.tag} is longer than the rest",
                "get the file again from where it is whole, and send that",
                status=CANNOT_UNDERSTAND,
            ) from error
        except NotDicomError as error:
            raise StoreError(
                name,
                "the data set cannot be read in the negotiated transfer syntax",
                "write the file again with its true transfer syntax in (0002,0010)",
                status=CANNOT_UNDERSTAND,
            ) from error
        except OSError as error:
            raise disk_failure(name, error) from error
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
                "the SOP Class or SOP Instance UID of the data set differs from that of the C-STORE request",
                "send the UIDs of the data set in the request (PS3.7 section 9.1.1)",
                status=DOES_NOT_MATCH_SOP_CLASS,
            )
        return found


def _write_all(file: int, content: bytes | bytearray | memoryview) -> None:
    written = os.write(file, content)
    while written < len(content):  # write(2) may write less than it was given
        written += os.write(file, memoryview(content)[written:])
