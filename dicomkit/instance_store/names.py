"""Safe names for files and folders: a sender chooses the UID, so only a plain one becomes a name."""

from __future__ import annotations

import hashlib
import re

__all__ = ["instance_file_name", "safe_name"]

_PLAIN_UID = re.compile(r"[0-9]+(\.[0-9]+)*")
_MAX_UID_LENGTH = 64  # PS3.5 section 9.1


def safe_name(uid: str) -> str:
    """Return the UID itself if it is valid (digits and dots, at most 64), else a hash of it.

    Examples
    --------
    >>> safe_name("1.2.3"), safe_name("../../evil")
    ('1.2.3', 'hash-0fbfd372a48342dc27d6581c1a3f8766')
    """
    if len(uid) <= _MAX_UID_LENGTH and _PLAIN_UID.fullmatch(uid):
        return uid
    return f"hash-{hashlib.sha256(uid.encode('utf-8', 'surrogateescape')).hexdigest()[:32]}"


def instance_file_name(sop_instance_uid: str) -> str:
    """Return the name of an instance's file: its UID, or a hash of an invalid one, and ``.dcm``."""
    return f"{safe_name(sop_instance_uid)}.dcm"
