"""Read dump text: what ``dcmdump`` prints and ``dump2dcm`` takes, without the traps of the latter."""

from __future__ import annotations

import codecs
import os
import re
import warnings
from collections.abc import Iterable, Iterator

from dicomkit.dump.codec import dump_codec
from dicomkit.dump.reading.encoded import EncodedDump, encode_tree
from dicomkit.dump.reading.lines import DumpLine, element_lines, split_lines
from dicomkit.dump.reading.problems import Problems
from dicomkit.dump.reading.tree import read_tree
from dicomkit.errors import DumpProblem, DumpSyntaxError, UsageError
from dicomkit.named_tuple import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pydicom.dataset import FileDataset

__all__ = ["DumpReading", "DumpWarning", "parse_dump", "read_dump", "read_encoded"]

MAX_PROBLEMS = 20
_CHARACTER_SET_LINE = re.compile(
    r"^[ \t]*\([ \t]*0008[ \t]*,[ \t]*0005[ \t]*\)[ \t]*(?:CS)?[ \t]*\[?([^\]#\n]*)", re.MULTILINE
)


class DumpWarning(UserWarning):
    """A line of a dump text was read, but perhaps not as it was meant."""


class DumpReading(NamedTuple):
    """A data set, and warnings about its dump text in the order of the lines."""

    dataset: FileDataset
    warnings: tuple[DumpProblem, ...]


def parse_dump(
    text: str | bytes, *, strict: bool = False, raw_folders: Iterable[str | os.PathLike[str]] = ()
) -> FileDataset:
    r"""Make a data set from dump text.

    It reads what `format_dump`, ``dcmdump`` and a person with an editor write. What DCMTK would silently misread
    is an error here, and all errors of a text are reported together.

    Parameters
    ----------
    text
        The lines. As bytes, values are kept byte for byte; as text, they are encoded as the dump's own
        Specific Character Set says.
    strict
        Whether warnings are errors.
    raw_folders
        Folders from which files that a line names after ``=`` may be loaded; by default none.

    Returns
    -------
    FileDataset
        The data set, with the elements of group 0002 in its ``file_meta``. Nothing that the text leaves out is added.

    Raises
    ------
    DumpSyntaxError
        If a line cannot be read. Its ``problems`` hold the first 20.

    Warns
    -----
    DumpWarning
        For each line that may not mean what was intended, such as one whose VR does not exist.

    References
    ----------
    PS3.5 section 6.2, Value Representation; section 7.5, Nesting of Data Sets.

    Examples
    --------
    >>> dataset = parse_dump("(0010,0010) PN [Doe^Jane]  # who it is\n(0028,0010) US 512")
    >>> dataset.Rows
    512
    """
    reading = read_dump(text, strict=strict, raw_folders=raw_folders)
    for warning in reading.warnings:
        warnings.warn(str(warning), DumpWarning, stacklevel=2)
    return reading.dataset


def read_dump(
    text: str | bytes, *, strict: bool = False, raw_folders: Iterable[str | os.PathLike[str]] = ()
) -> DumpReading:
    """Make a data set from dump text, and return the warnings with it.

    Parameters
    ----------
    text, strict, raw_folders
        As for `parse_dump`.

    Raises
    ------
    DumpSyntaxError
        If a line cannot be read.
    UsageError
        If `text` is neither str nor bytes.
    """
    # Imported here, because a command that only writes a file does not need pydicom.
    from dicomkit.dump.reading.assembly import assemble  # noqa: PLC0415 - see the line above

    dump, found = read_encoded(text, strict=strict, raw_folders=raw_folders)
    return DumpReading(assemble(dump), found)


def read_encoded(
    text: str | bytes, *, strict: bool = False, raw_folders: Iterable[str | os.PathLike[str]] = ()
) -> tuple[EncodedDump, tuple[DumpProblem, ...]]:
    """Read dump text as `read_dump` does, but return the encoded dump, with the warnings."""
    if not isinstance(text, str | bytes):
        raise UsageError(type(text).__name__, "this is no dump text", "give its lines as str or bytes")
    problems = Problems()
    # From here on, one character is one byte: nothing is decoded, so nothing is lost.
    content = text if isinstance(text, bytes) else _encoded(text, problems)
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise DumpSyntaxError([_utf16_problem(content)])
    has_bom = content.startswith(codecs.BOM_UTF8)
    lines = split_lines(content.removeprefix(codecs.BOM_UTF8).decode("latin-1"))
    if has_bom:
        first_line = DumpLine(1, lines[0] if lines else "", None)
        problems.error(first_line, "the text begins with a byte order mark", "save it as UTF-8 without one")
    tree = read_tree(element_lines(lines), problems)
    dump = encode_tree(tree, problems, list(raw_folders))
    wrong = sorted([*problems.errors, *(problems.warnings if strict else [])], key=lambda found: found.line)
    if wrong:
        raise DumpSyntaxError(wrong[:MAX_PROBLEMS], count=len(wrong))
    return dump, tuple(sorted(problems.warnings, key=lambda found: found.line))


def _utf16_problem(content: bytes) -> DumpProblem:
    first_line = content.decode("utf-16", "replace").partition("\n")[0]
    problem = "the text is UTF-16, as PowerShell writes after >"
    return DumpProblem(1, 1, "", problem, "save it as UTF-8", first_line.rstrip("\r"))


def _encoded(text: str, problems: Problems) -> bytes:
    found = _CHARACTER_SET_LINE.search(text)
    values = found[1].strip().split("\\") if found is not None and found[1].strip() else None
    codec = dump_codec(values)
    if text.startswith("\ufeff"):
        return codecs.BOM_UTF8 + _encoded(text[1:], problems)
    try:
        return text.encode(codec, "surrogateescape")
    except UnicodeEncodeError:
        problems.errors += _foreign_characters(text, codec)
        return text.encode(codec, "replace")


def _foreign_characters(text: str, codec: str) -> Iterator[DumpProblem]:
    """Yield a problem for each line that the codec of the dump cannot encode."""
    for number, line in enumerate(text.split("\n"), 1):
        try:
            line.encode(codec, "surrogateescape")
        except UnicodeEncodeError as error:
            problem = f"U+{ord(line[error.start]):04X} is no character of the dump's Specific Character Set"
            remedy = "declare (0008,0005) CS [ISO_IR 192], or write other characters"
            yield DumpProblem(number, error.start + 1, "", problem, remedy, line)
