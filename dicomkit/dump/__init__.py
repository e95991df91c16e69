"""Dump text: a DICOM data set as lines that a person can read and edit, and back.

Each name is imported when it is first used: a command that reads a dump does not load the writer, and the writer
needs no pydicom.
"""

from __future__ import annotations

from dicomkit.lazy_names import lazy_getattr

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dicomkit.dump.codec import dump_codec
    from dicomkit.dump.reading.reader import DumpReading, DumpWarning, parse_dump, read_dump
    from dicomkit.dump.uid_names import dcmtk_name, nearest_names, uid_for_name
    from dicomkit.dump.writing.writer import DumpOptions, format_dump, format_elements, format_file

__all__ = [
    "DumpOptions",
    "DumpReading",
    "DumpWarning",
    "dcmtk_name",
    "dump_codec",
    "format_dump",
    "format_elements",
    "format_file",
    "nearest_names",
    "parse_dump",
    "read_dump",
    "uid_for_name",
]

_LAZY = {
    "dump_codec": "dicomkit.dump.codec",
    **dict.fromkeys(("dcmtk_name", "nearest_names", "uid_for_name"), "dicomkit.dump.uid_names"),
    **dict.fromkeys(
        ("DumpReading", "DumpWarning", "parse_dump", "read_dump"), "dicomkit.dump.reading.reader"
    ),
    **dict.fromkeys(
        ("DumpOptions", "format_dump", "format_file", "format_elements"), "dicomkit.dump.writing.writer"
    ),
}

__getattr__ = lazy_getattr(__name__, _LAZY)
