"""The SOP classes and transfer syntaxes that a receiver accepts, and the names of UIDs."""

from __future__ import annotations

import functools
from collections.abc import Mapping

from dicomkit.files.dictionary import pydicom_table
from dicomkit.uids import EXPLICIT_VR_LITTLE_ENDIAN, IMPLICIT_VR_LITTLE_ENDIAN, VERIFICATION

__all__ = ["UNCOMPRESSED", "storage_sop_classes", "supported_contexts", "transfer_syntaxes", "uid_name"]

# The native transfer syntaxes in use, the preferred one first: it can be read without a dictionary.
UNCOMPRESSED = (EXPLICIT_VR_LITTLE_ENDIAN, IMPLICIT_VR_LITTLE_ENDIAN)
# SOP classes with "Storage" in their names whose instances belong to no study: storage commitment, DICOMDIR, and
# objects that describe no patient (PS3.4 annex GG).
_NO_STUDY = (
    "Commitment",
    "Media Storage Directory",
    "Hanging Protocol",
    "Color Palette",
    "Implant",
    "Defined Procedure Protocol",
    "Protocol Approval",
    "Inventory",
)


def storage_sop_classes() -> list[str]:
    """Return the UIDs of all storage SOP classes that the Standard names, retired ones included."""
    # Imported here because a sender does not need pynetdicom.
    from pynetdicom.presentation import AllStoragePresentationContexts  # noqa: PLC0415

    # pydicom's dictionary has the retired ones, pynetdicom's list has some that are newer.
    named = [
        uid for uid, (name, kind, *_) in _registry().items() if kind == "SOP Class" and "Storage" in name
    ]
    newer = [str(context.abstract_syntax) for context in AllStoragePresentationContexts]
    return [
        uid for uid in dict.fromkeys(named + newer) if not any(word in uid_name(uid) for word in _NO_STUDY)
    ]


def transfer_syntaxes() -> list[str]:
    """Return the UIDs of all transfer syntaxes that the Standard names, the preferred ones first."""
    every = [uid for uid, (_, kind, *_) in _registry().items() if kind == "Transfer Syntax"]
    return list(dict.fromkeys([*UNCOMPRESSED, *every]))


def supported_contexts() -> dict[str, tuple[str, ...]]:
    """Return the transfer syntax UIDs by abstract syntax UID that a receiver accepts."""
    syntaxes = tuple(transfer_syntaxes())
    return {VERIFICATION: syntaxes} | dict.fromkeys(storage_sop_classes(), syntaxes)


def uid_name(uid: str) -> str:
    """Return the Standard's name of a UID, or the UID itself.

    Examples
    --------
    >>> uid_name("1.2.840.10008.5.1.4.1.1.2")
    'CT Image Storage'
    """
    return _registry()[uid][0] if uid in _registry() else uid


@functools.cache
def _registry() -> Mapping[str, tuple[str, ...]]:
    """Return PS3.6 annex A by UID: name, type and more. It loads pydicom's table only, not pydicom."""
    table: Mapping[str, tuple[str, ...]] = pydicom_table("_uid_dict").UID_dictionary
    return table
