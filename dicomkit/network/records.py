"""The plain records that a receiver hands out: what was stored, and what happened when."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from dicomkit.errors import DicomKitError
from dicomkit.network.sop_classes import uid_name

__all__ = ["ReceiverEvent", "StoredInstance"]


@dataclass(frozen=True, slots=True)
class StoredInstance:
    """An instance that a receiver has on disk and has answered for.

    Its ``repr`` holds neither a path nor an address, so that a notebook prints the same on each machine.

    Parameters
    ----------
    study_instance_uid, series_instance_uid, sop_instance_uid, sop_class_uid
        What it is and where it belongs; as in the data set.
    transfer_syntax_uid
        How it came, and how it is stored.
    calling_ae_title, called_ae_title
        Who sent it, and whom they called.
    file
        Where it lies, as a text; `path` is the same as a `Path`.
    duplicate
        The very same instance had been stored before; this time nothing was written.
    calling_address
        The address that the sender called from.
    set_aside
        Name of a file that had this instance's name though it was empty or cut off, as after a power cut; it
        stands beside the whole one now. Usually empty.
    """

    study_instance_uid: str
    series_instance_uid: str
    sop_instance_uid: str
    sop_class_uid: str
    transfer_syntax_uid: str
    calling_ae_title: str
    called_ae_title: str
    file: str
    duplicate: bool = False
    calling_address: str = field(default="", compare=False)
    set_aside: str = ""

    @property
    def path(self) -> Path:
        """Where the file lies."""
        return Path(self.file)  # made when somebody asks: it takes longer than writing the file

    def __repr__(self) -> str:
        words = [
            uid_name(self.sop_class_uid),
            uid_name(self.transfer_syntax_uid),
            self.sop_instance_uid,
            f"from {self.calling_ae_title}",
        ]
        if self.duplicate:
            words.append("stored before")
        return f"<StoredInstance {', '.join(words)}>"


@dataclass(frozen=True, slots=True)
class ReceiverEvent:
    """Something that a receiver tells its subscribers.

    Parameters
    ----------
    kind
        ``association opened``, ``instance stored``, ``instance refused``, ``request refused`` (it was none to
        store or to echo), ``association aborted`` (by one of
        the two sides, or lost), ``association failed`` (a defect of this program), ``association closed``,
        ``association rejected`` (it was never open), ``connection turned away`` (no association was asked
        for) or ``receiver failed`` (a defect: it takes no calls any more).
    association
        Which association, counted from 1 since the receiver was made; 0 for ``connection turned away`` and
        ``receiver failed``.
    calling_ae_title
        Who opened it.
    instance
        What was stored, for ``instance stored``; also if it had been stored before.
    problem
        Why an instance was not stored, an association was rejected or aborted, or something failed.
    calling_address
        The address that was called from, if somebody called.
    """

    kind: str
    association: int
    calling_ae_title: str
    instance: StoredInstance | None = None
    problem: DicomKitError | None = None
    calling_address: str = field(default="", repr=False, compare=False)
