"""Why an instance could not be stored, as a C-STORE status (PS3.4 Table B.2-1)."""

from __future__ import annotations

import errno

from dicomkit.errors import StoreError, reason_of

__all__ = [
    "CANNOT_UNDERSTAND",
    "CANNOT_WRITE",
    "DOES_NOT_MATCH_SOP_CLASS",
    "DUPLICATE_SOP_INSTANCE",
    "OUT_OF_RESOURCES",
    "disk_failure",
]

OUT_OF_RESOURCES = 0xA700
CANNOT_WRITE = 0xA701
DOES_NOT_MATCH_SOP_CLASS = 0xA900
CANNOT_UNDERSTAND = 0xC000
DUPLICATE_SOP_INSTANCE = 0x0111  # PS3.7 section C.5, Failure Status Class

_DISK_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


def disk_failure(sop_instance_uid: str, error: OSError) -> StoreError:
    """Return the error for an instance that could not be written."""
    if error.errno in _DISK_FULL:
        return StoreError(
            sop_instance_uid, "the disk is full", "make room and send it again", status=OUT_OF_RESOURCES
        )
    return StoreError(
        sop_instance_uid,
        f"the file cannot be written ({reason_of(error)})",
        "check the receiver's folder and its rights, then send it again",
        status=CANNOT_WRITE,
    )
