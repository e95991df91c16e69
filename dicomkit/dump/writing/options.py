"""How a dump shows values: the options of ``dcmdump`` as Python arguments."""

from __future__ import annotations

from collections.abc import Callable

from dicomkit.named_tuple import NamedTuple

__all__ = ["SHORT_LINE_LENGTH", "DumpOptions"]

SHORT_LINE_LENGTH = 70  # bytes of a value in DCMTK's short form, with brackets and dots


class DumpOptions(NamedTuple):
    """How values are shown.

    Parameters
    ----------
    line_length
        The most bytes of a value that are printed, with brackets and dots; None for all.
    load_limit
        Values longer than this many bytes are ``(not loaded)``; None for no limit.
    raw_file
        A function that writes pixel data, given as little-endian bytes, to a file and returns its name, which is
        printed after ``=``. None prints pixel data like any other value.
    exact_numbers
        Whether to print digits of a double that read back as the same number; DCMTK's do not always.
    escape
        A function that escapes control characters in each value; None prints the bytes as they are.
    passed_over
        Is told the tag of each element that repeats one of the same data set or item, and has no line.
    """

    line_length: int | None = SHORT_LINE_LENGTH
    load_limit: int | None = None
    raw_file: Callable[[bytes], str] | None = None
    exact_numbers: bool = False
    escape: Callable[[bytes], bytes] | None = None
    passed_over: Callable[[int], object] | None = None
