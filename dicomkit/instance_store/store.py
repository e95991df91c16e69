"""A folder of instances: the names in it, and how a finished file gets its name."""

from __future__ import annotations

import errno
import hashlib
import itertools
import os
import re
import stat
import threading
from pathlib import Path
from typing import NamedTuple

from dicomkit.errors import FileAccessError, StoreError, UsageError
from dicomkit.files.identifiers import Identifiers
from dicomkit.files.replacing import sync_folder
from dicomkit.instance_store.comparison import data_set_digest, is_same_instance
from dicomkit.instance_store.failures import DUPLICATE_SOP_INSTANCE
from dicomkit.instance_store.incoming import IncomingInstance

__all__ = ["InstanceStore", "StoredFile"]

_PLAIN_UID = re.compile(r"[0-9]+(\.[0-9]+)*")
_MAX_UID_LENGTH = 64  # PS3.5 section 9.1
_PREFIX = re.compile(r"[A-Za-z0-9_-]{0,32}")
_INCOMING = ".incoming-"


class StoredFile(NamedTuple):
    """Say where an instance lies and what it is part of.

    Parameters
    ----------
    file
        The path, as a text.
    identifiers
        Its UIDs, as they stand in the data set.
    duplicate
        The very same instance had been stored before; nothing was written.
    """

    file: str
    identifiers: Identifiers
    duplicate: bool = False

    @property
    def path(self) -> Path:
        """The path."""
        return Path(self.file)


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
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)  # two threads never get the same one
        self._root = os.path.join(self.folder, "")  # noqa: PTH118 - with the separator at its end
        self._new_names = f"{self._root}{_INCOMING}{os.getpid()}-{id(self):x}-"
        self._remove_left_overs()

    def study_folder(self, study_instance_uid: str) -> Path:
        """Return the folder of a study, whether or not it exists yet."""
        return Path(self._study_folder(study_instance_uid))

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

    def new_temporary(self) -> str:
        """Return a path in the folder that nothing else uses.

        It is a text: making a `Path` takes longer than the system takes to make the file.
        """
        return f"{self._new_names}{next(self._numbers)}"

    def _remove_left_overs(self) -> None:
        # A process that was killed could not tidy up. What it left was never acknowledged.
        for path in self.folder.glob(f"{_INCOMING}*-*-*"):
            owner = path.name.removeprefix(_INCOMING).split("-")[0]
            if not (owner.isdecimal() and _is_running(int(owner))):
                path.unlink(missing_ok=True)

    def place(self, temporary: str, identifiers: Identifiers) -> StoredFile:
        """Rename `temporary` to its final name unless something stands there."""
        study = self._study_folder(identifiers.study_instance_uid)
        target = f"{study}{os.sep}{self.file_name(identifiers.sop_instance_uid)}"
        with self._lock:  # two associations may bring the same instance at the same time
            self._make_study_folder(study)
            if not _stands(target):
                os.rename(temporary, target)  # noqa: PTH104 - texts, see new_temporary
            elif is_same_instance(Path(target), Path(temporary)):
                return StoredFile(target, identifiers, duplicate=True)
            else:
                raise self._lay_aside(Path(temporary), Path(target), identifiers)
        if self.durable:
            sync_folder(Path(study))
            sync_folder(self.folder)
        return StoredFile(target, identifiers)

    def _lay_aside(self, temporary: Path, target: Path, identifiers: Identifiers) -> StoreError:
        aside = target.with_suffix(f".{data_set_digest(temporary)[:12]}.aside")
        temporary.replace(aside)
        return StoreError(
            identifiers.sop_instance_uid,
            f"an instance with this UID and other content is stored already; this one was laid aside as {aside.name}",
            "give a changed instance a new SOP Instance UID (PS3.5 section 9)",
            status=DUPLICATE_SOP_INSTANCE,
        )

    def _study_folder(self, study_instance_uid: str) -> str:
        name = _safe_name(study_instance_uid)
        return f"{self._root}{self.prefix}_{name}" if self.prefix else f"{self._root}{name}"

    def _make_study_folder(self, folder: str) -> None:
        try:
            mode = os.lstat(folder).st_mode
        except FileNotFoundError:
            os.mkdir(folder)  # noqa: PTH102 - a text, see new_temporary
            return
        if stat.S_ISLNK(mode):
            # A link would lead the file out of the store.
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
        if not stat.S_ISDIR(mode):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))


def _stands(path: str) -> bool:
    """Tell whether there is anything by this name, be it a link that leads nowhere."""
    if os.access in os.supports_follow_symlinks:
        # In the usual case, a new instance, this is spared the exception that lexists() catches.
        return os.access(path, os.F_OK, follow_symlinks=False)
    return os.path.lexists(path)


def _safe_name(uid: str) -> str:
    """Return a name that no file system can misread: digits and dots, or a hash."""
    if len(uid) <= _MAX_UID_LENGTH and _PLAIN_UID.fullmatch(uid):
        return uid
    return f"hash-{hashlib.sha256(uid.encode('utf-8', 'surrogateescape')).hexdigest()[:32]}"


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
