"""Names of registered UIDs, without pydicom's warning about an invalid UID, which would quote it."""

from __future__ import annotations

from pydicom.config import IGNORE
from pydicom.uid import UID

__all__ = ["registered_name"]


def registered_name(uid: str) -> str:
    """Return the name under which a UID is registered; empty if it is not.

    References
    ----------
    PS3.6 annex A, Registry of DICOM Unique Identifiers.

    Examples
    --------
    >>> registered_name("1.2.840.10008.1.2.1"), registered_name("no UID")
    ('Explicit VR Little Endian', '')
    """
    known = UID(uid, validation_mode=IGNORE)
    return "" if known.name == uid else str(known.name)
