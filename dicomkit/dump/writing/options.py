"""How a dump shows values: DCMTK's options of ``dcmdump``, for whoever calls from Python."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

__all__ = ["SHORT_LINE_LENGTH", "DumpOptions"]

SHORT_LINE_LENGTH = 70  # what DCMTK's short form leaves of a value, with brackets and dots


class DumpOptions(NamedTuple):
    """How values are shown.

    Parameters
    ----------
    line_length
        How many bytes of a value are printed, with brackets and dots; None for all.
    load_limit
        Values longer than this many bytes are ``(not loaded)``; None for no limit.
    raw_file
        Takes pixel data as little-endian bytes, keeps them in a file and returns its name, which stands on
        the line after ``=``. None prints pixel data as any other value.
    exact_numbers
        Whether a double gets digits that read back as the same number. DCMTK's own do not always.
    escape
        Makes visible what a terminal would act on, in each value; None prints the bytes as they are.
    passed_over
        Is told the tag of each element that repeats one of the same data set or item, and has no line.
    """

    line_length: int | None = SHORT_LINE_LENGTH
    load_limit: int | None = None
    raw_file: Callable[[bytes], str] | None = None
    exact_numbers: bool = False
    escape: Callable[[bytes], bytes] | None = None
    passed_over: Callable[[int], object] | None = None
