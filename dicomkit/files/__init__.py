"""Files: building, reading, checking and editing them.

What needs pydicom is imported when it is first used: a command that prints one small file starts several
times faster without it.
"""

from __future__ import annotations

from dicomkit.files.anatomy import Span, anatomy, inflated_anatomy
from dicomkit.lazy_names import lazy_getattr

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dicomkit.files.build import new_instance
    from dicomkit.files.edit import erase, insert, modify
    from dicomkit.files.reading import read_file

__all__ = [
    "Index",
    "IndexRow",
    "Span",
    "anatomy",
    "erase",
    "index",
    "inflated_anatomy",
    "insert",
    "modify",
    "new_instance",
    "read_file",
]

# Names whose modules import pydicom. The index has a room of its own; it was first taught as a name of this one.
_LAZY = {
    "Index": "dicomkit.index",
    "IndexRow": "dicomkit.index",
    "index": "dicomkit.index",
    "erase": "dicomkit.files.edit",
    "insert": "dicomkit.files.edit",
    "modify": "dicomkit.files.edit",
    "new_instance": "dicomkit.files.build",
    "read_file": "dicomkit.files.reading",
}

__getattr__ = lazy_getattr(__name__, _LAZY)
