"""A folder of instances: the names in it, and how a complete file gets its name."""

from __future__ import annotations

import hashlib
import mmap
import os
import re
from collections.abc import Iterator
from pathlib import Path

from dicomkit.errors import FileAccessError, StoreError, UsageError
from dicomkit.files.held_files import retry_while_held
from dicomkit.files.identifiers import Identifiers, read_identifiers
from dicomkit.files.part10 import read_file_head
from dicomkit.files.replacing import sync_folder
from dicomkit.instance_store.comparison import Existing, compare, data_set_digest
from dicomkit.instance_store.failures import DUPLICATE_SOP_INSTANCE
from dicomkit.instance_store.incoming import IncomingInstance, StoredFile
from dicomkit.instance_store.placing import make_folder, place_received, set_aside
from dicomkit.instance_store.temporaries import Temporaries

__all__ = ["InstanceStore"]

_PREFIX = re.compile(r"[A-Za-z0-9_-]{0,32}")
_PLAIN_UID = re.compile(r"[0-9]+(\.[0-9]+)*")
_MAX_UID_LENGTH = 64  # PS3.5 section 9.1


class InstanceStore:
    """Store instances in one folder for each study.

    Parameters
    ----------
    folder
        An existing folder.
    prefix
        Prefix of the folder names: letters, digits, ``-`` and ``_``.
    durable
        Wait for the disk after each instance (fsync), so that a power cut loses nothing that was acknowledged.
        Without it, storing is much faster, and a crash of this process still loses nothing.

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
    ('1.2.3.dcm', 'hash-0fbfd372a48342dc27d6581c1a3f8766.dcm')
    """

    def __init__(self, folder: str | os.PathLike[str], *, prefix: str = "scp", durable: bool = False) -> None:
        if not isinstance(folder, str | os.PathLike):
            raise UsageError(type(folder).__name__, "this is no folder's path", "give a str or a Path")
        self.folder = Path(folder).resolve()
        if not self.folder.is_dir():
            raise FileAccessError(folder, "is not a folder", "make it first, for example with mkdir")
        if not _PREFIX.fullmatch(prefix):
            raise UsageError(prefix, "is no prefix for folder names", "use letters, digits, - and _ only")
        self.prefix = prefix
        self.durable = durable
        self._root = os.path.join(self.folder, "")  # noqa: PTH118 - with a trailing separator
        self._temporaries = Temporaries(self.folder)

    @property
    def removed_count(self) -> int:
        """How many partial files of killed receivers were removed when this object was made."""
        return self._temporaries.removed_count

    def unreported(self) -> Iterator[StoredFile]:
        """Yield what a killed receiver stored without reporting it; each counts as reported once the next is asked for."""
        for path in self._temporaries.unreported():
            with path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as pages:
                head = read_file_head(pages)
                found = read_identifiers(pages, head.dataset_offset, head.transfer_syntax_uid)
            target = self.study_folder(found.study_instance_uid) / self.file_name(found.sop_instance_uid)
            if target.exists() and target.samefile(path):  # else it was moved
                yield StoredFile(str(target), found)

    def study_folder(self, study_instance_uid: str) -> Path:
        """Return the folder of a study, whether or not it exists yet."""
        return Path(self._study_folder(study_instance_uid))

    def file_name(self, sop_instance_uid: str) -> str:
        """Return the name of an instance's file: its UID, or a hash of an invalid one, and ``.dcm``."""
        return f"{_safe_name(sop_instance_uid)}.dcm"

    def receive(
        self,
        *,
        sop_class_uid: str,
        sop_instance_uid: str,
        transfer_syntax_uid: str,
        source_ae_title: str = "",
    ) -> IncomingInstance:
        """Return an object that receives one instance: ``write`` to it, then ``commit`` or ``discard``.

        At the end of a ``with`` statement, an instance that was not committed is discarded.

        Parameters
        ----------
        sop_class_uid, sop_instance_uid
            The UIDs of the C-STORE request.
        transfer_syntax_uid
            How the data set is encoded.
        source_ae_title
            The sender's AE title, for Source Application Entity Title (0002,0016).
        """
        announced = Identifiers(sop_class_uid=sop_class_uid, sop_instance_uid=sop_instance_uid)
        return IncomingInstance(
            self._temporaries,
            self.place,
            announced,
            transfer_syntax_uid,
            source_ae_title,
            durable=self.durable,
        )

    def place(self, temporary: str, identifiers: Identifiers) -> StoredFile:
        """Give a complete file its name, unless another instance has it.

        Raises
        ------
        StoreError
            If an instance with this UID and other content exists; the new one is then stored under another name.
        OSError
            If a file cannot be read or renamed.
        """
        study = self._study_folder(identifiers.study_instance_uid)
        target = f"{study}{os.sep}{self.file_name(identifiers.sop_instance_uid)}"
        make_folder(study)
        truncated = ""
        # Without a lock: of two receivers, the second finds that the name exists, and compares.
        while not place_received(temporary, target):
            existing, found = compare(target, temporary)
            if existing is Existing.SAME:
                return StoredFile(target, identifiers, duplicate=True)
            if existing is Existing.OTHER:
                raise self._lay_aside(Path(temporary), Path(target), identifiers)
            if existing is Existing.TRUNCATED and found is not None:
                aside = f"{target.removesuffix('.dcm')}.{found.st_ino:x}-{found.st_size}.cut"
                if set_aside(target, aside, found):
                    truncated = os.path.basename(aside)  # noqa: PTH119 - a str
        if self.durable:
            sync_folder(Path(study))
            sync_folder(self.folder)
        return StoredFile(target, identifiers, set_aside=truncated)

    def _lay_aside(self, temporary: Path, target: Path, identifiers: Identifiers) -> StoreError:
        aside = target.with_suffix(f".{data_set_digest(temporary)[:12]}.aside")
        retry_while_held(lambda: temporary.replace(aside))
        return StoreError(
            identifiers.sop_instance_uid,
            f"an instance with this UID and other content is stored already; this one was laid aside as {aside.name}",
            "give a changed instance a new SOP Instance UID (PS3.5 section 9)",
            status=DUPLICATE_SOP_INSTANCE,
        )

    def _study_folder(self, study_instance_uid: str) -> str:
        name = _safe_name(study_instance_uid)
        return f"{self._root}{self.prefix}_{name}" if self.prefix else f"{self._root}{name}"


def _safe_name(uid: str) -> str:
    """Return a UID itself if it is valid, else a hash of it: a sender chooses it, and it becomes a name on disk."""
    if len(uid) <= _MAX_UID_LENGTH and _PLAIN_UID.fullmatch(uid):
        return uid
    return f"hash-{hashlib.sha256(uid.encode('utf-8', 'surrogateescape')).hexdigest()[:32]}"
