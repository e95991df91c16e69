"""Privacy: which attributes may identify somebody, what to show instead, and how to remove them.

De-identification needs pydicom and the extra ``deid``, so its names are imported when they are first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dicomkit.lazy_names import lazy_getattr
from dicomkit.privacy.masking import (
    MASKED,
    is_confidential,
    is_identity_removed,
    is_identity_removed_from,
)

if TYPE_CHECKING:
    from dicomkit.privacy.deidentification import Deidentified, deidentify
    from dicomkit.privacy.deidentification_key import DeidentificationKey
    from dicomkit.privacy.deidentified_files import deidentify_files

__all__ = [
    "MASKED",
    "DeidentificationKey",
    "Deidentified",
    "deidentify",
    "deidentify_files",
    "is_confidential",
    "is_identity_removed",
    "is_identity_removed_from",
]

_LAZY = {
    "Deidentified": "dicomkit.privacy.deidentification",
    "DeidentificationKey": "dicomkit.privacy.deidentification_key",
    "deidentify": "dicomkit.privacy.deidentification",
    "deidentify_files": "dicomkit.privacy.deidentified_files",
}

__getattr__ = lazy_getattr(__name__, _LAZY)
