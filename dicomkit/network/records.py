"""The records that a receiver passes on: senders, stored instances and events."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from dicomkit.errors import DicomKitError
from dicomkit.network.sop_classes import uid_name

__all__ = ["ReceiverEvent", "Sender", "StoredInstance"]


class Sender(NamedTuple):
    """The requestor of an association, numbered from 1: AE titles and network address."""

    association: int
    calling_ae_title: str
    called_ae_title: str
    address: str


@dataclass(frozen=True, slots=True)
class StoredInstance:
    """An instance that a receiver has stored.

    Its ``repr`` holds neither a path nor an address, so that a notebook prints the same on each machine.

    Parameters
    ----------
    study_instance_uid, series_instance_uid, sop_instance_uid, sop_class_uid
        The UIDs in the data set.
    transfer_syntax_uid
        The transfer syntax in which it was received and stored.
    calling_ae_title, called_ae_title
        The AE titles of the association.
    file
        The path, as a str; `path` is the same as a `Path`.
    duplicate
        Whether the same instance had been stored before; then nothing was written.
    calling_address
        The sender's network address.
    set_aside
        New name of an empty or truncated file that had this instance's name, as after a power cut; usually empty.
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
        """The path of the file."""
        return Path(self.file)  # not made for each instance: it takes longer than writing the file

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
    """An event that a receiver passes to its subscribers.

    Parameters
    ----------
    kind
        ``association opened``, ``instance stored``, ``instance refused``, ``request refused`` (neither C-STORE nor
        C-ECHO), ``association aborted`` (by either side, or the connection was lost), ``association failed`` (a
        defect of this program), ``association closed``, ``association rejected`` (it was never open),
        ``connection turned away`` (no association was requested) or ``receiver failed`` (a defect: it no longer
        listens).
    association
        Number of the association, from 1; 0 for ``connection turned away`` and ``receiver failed``.
    calling_ae_title
        The requestor's AE title.
    instance
        The instance, for ``instance stored``; a duplicate, too.
    problem
        Why an instance was not stored, an association was rejected or aborted, or something failed.
    calling_address
        The requestor's network address, if there is one.
    """

    kind: str
    association: int
    calling_ae_title: str
    instance: StoredInstance | None = None
    problem: DicomKitError | None = None
    calling_address: str = field(default="", repr=False, compare=False)
