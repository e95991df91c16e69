"""Privacy: which attributes may tell who somebody is, what to show instead, and how to take them out.

De-identification needs pydicom and the extra ``deid``, so its names are imported when they are first asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dicomkit.lazy_names import lazy_getattr
from dicomkit.privacy.masking import MASKED, is_confidential, names_nobody

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
    "names_nobody",
]

_LAZY = {
    "Deidentified": "dicomkit.privacy.deidentification",
    "DeidentificationKey": "dicomkit.privacy.deidentification_key",
    "deidentify": "dicomkit.privacy.deidentification",
    "deidentify_files": "dicomkit.privacy.deidentified_files",
}

__getattr__ = lazy_getattr(__name__, _LAZY)
