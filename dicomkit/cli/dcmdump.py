"""Print DICOM files as text, as DCMTK's command does: ``dicomkit dcmdump``."""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Iterable, Iterator

from dicomkit.cli.arguments import CommandParser
from dicomkit.cli.notices import notice
from dicomkit.dump.writing.lines import KnownLines
from dicomkit.dump.writing.options import SHORT_LINE_LENGTH, DumpOptions
from dicomkit.dump.writing.writer import format_elements, format_file
from dicomkit.errors import DicomKitError, FileAccessError
from dicomkit.files.dictionary import tag_for_keyword
from dicomkit.files.file_bytes import file_bytes
from dicomkit.files.folder_files import files_in, left_out
from dicomkit.files.repeated_elements import repeated_in_words
from dicomkit.text import escape_terminal

__all__ = ["make_parser", "run"]

_LONG_VALUE_BYTES = 4096  # above this, -M does not load a value
_STANDARD_INPUT = "-"
_MAX_INPUT_BYTES = 4 << 30
_TAG = r"\(?([0-9a-fA-F]{4}),([0-9a-fA-F]{4})\)?"


def make_parser() -> CommandParser:
    """Return the parser of this command's arguments; the options are DCMTK's, and ``--raw``."""
    parser = CommandParser("dcmdump", "Print DICOM files as text, one line an element.")
    parser.add_argument(
        "files",
        metavar="FILE",
        nargs="+",
        help="a file, or - for standard input; a folder with +sd",
    )
    folders = parser.add_argument_group("folders")
    folders.add_argument("+sd", "--scan-directories", action="store_true", help="print the files of a folder")
    folders.add_argument("+r", "--recurse", action="store_true", help="also those of the folders inside it")
    values = parser.add_argument_group("values")
    values.add_argument("+L", "--print-all", action="store_true", help="print long values whole")
    values.add_argument("-L", "--print-short", action="store_false", dest="print_all", help="shorten them")
    values.add_argument(
        "-M", "--load-short", action="store_true", help="leave out values of more than 4 kB: '(not loaded)'"
    )
    values.add_argument(
        "+M", "--load-all", action="store_false", dest="load_short", help="load them (default)"
    )
    values.add_argument("+W", "--write-pixel", metavar="DIR", help="write pixel data to FILE.N.raw in DIR")
    values.add_argument(
        "--raw", action="store_true", help="send control characters to a terminal as they are in the file"
    )
    parser.add_argument(
        "+P",
        "--search",
        metavar="TAG",
        action="append",
        type=_tag,
        default=[],
        help="print only this element: gggg,eeee or a keyword; may be repeated",
    )
    parser.add_argument("+F", "--print-filename", action="store_true", help="print each file's name first")
    return parser


def run(options: argparse.Namespace) -> int:
    """Print the files; return 0 if all could be printed."""
    folder: str | None = options.write_pixel
    if folder is not None and not os.path.isdir(folder):  # noqa: PTH112 - importing pathlib takes longer than printing a file
        raise FileAccessError(folder, "there is no such folder", "make it first, or name another after +W")
    printer = _Printer(options)
    passed_over: list[str] = []
    files = list(_listed(options.files, passed_over, scan=options.scan_directories, recurse=options.recurse))
    for number, path in enumerate(files, 1):
        printer.print_file(path, f"({number}/{len(files)})")
    if line := left_out(passed_over, "printed"):
        sys.stdout.flush()
        notice("dcmdump", line)
    return 1 if printer.has_failed else 0


def _tag(text: str) -> int:
    match = re.fullmatch(_TAG, text.replace(" ", ""))
    tag = int(match[1] + match[2], 16) if match else tag_for_keyword(text)
    if tag is None:
        message = f"{text!r} is neither a tag such as 0010,0010 nor a keyword such as PatientName"
        raise argparse.ArgumentTypeError(message)
    return tag


def _listed(paths: Iterable[str], passed_over: list[str], *, scan: bool, recurse: bool) -> Iterator[str]:
    """Yield the files, for a folder all its files in the order of names."""
    for path in paths:
        if scan and path != _STANDARD_INPUT and os.path.isdir(path):  # noqa: PTH112 - as above
            for found in files_in(path, recursive=recurse):
                if found.refusal:
                    passed_over.append(found.refusal)
                else:
                    yield found.path
        else:
            yield path


class _Printer:
    """Print files one after the other, and remember whether one failed."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.has_failed = False
        self.has_printed = False
        self.known_lines: KnownLines = {}
        self.escapes = sys.stdout.isatty() and not options.raw

    def print_file(self, path: str, number: str) -> None:
        if self.options.print_filename:
            name = os.fsencode(path)
            name = _visible(name) if self.escapes else name
            self.write(b"# dcmdump %b: %b\n" % (number.encode(), name), is_separated=True)
        repeated: list[int] = []
        try:
            given, content = _standard_input() if path == _STANDARD_INPUT else file_bytes(path)
            text = self.dump(path, given, content, repeated)
        except DicomKitError as error:
            self.has_failed = True
            sys.stdout.flush()
            print(f"dicomkit dcmdump: {error}", file=sys.stderr)
            return
        is_separated = bool(self.options.search) and not self.options.print_filename
        self.write(text, is_separated=is_separated)
        if remark := repeated_in_words(repeated):
            sys.stdout.flush()
            notice("dcmdump", f"{given}: {remark}")

    def dump(self, path: str, given: str, content: bytes, repeated: list[int]) -> bytes:
        folder = self.options.write_pixel
        how = DumpOptions(
            line_length=None if self.options.print_all else SHORT_LINE_LENGTH,
            load_limit=_LONG_VALUE_BYTES if self.options.load_short else None,
            raw_file=None if folder is None else _RawFiles(folder, os.path.basename(path)).keep,  # noqa: PTH119 - as above
            escape=_visible if self.escapes else None,
            passed_over=repeated.append,
        )
        if self.options.search:
            return format_elements(content, self.options.search, how, given=given)
        return format_file(content, how, given=given, known_lines=self.known_lines)

    def write(self, text: bytes, *, is_separated: bool) -> None:
        """Write to stdout, with an empty line between files."""
        if not text:
            return
        if is_separated and self.has_printed:
            text = b"\n" + text
        self.has_printed = True
        binary = getattr(sys.stdout, "buffer", None)
        if binary is None:  # inside a notebook
            sys.stdout.write(text.decode("utf-8", "backslashreplace"))
        else:
            sys.stdout.flush()
            binary.write(text)


def _standard_input() -> tuple[str, bytes]:
    """Read standard input, up to a few gigabytes."""
    content = sys.stdin.buffer.read(_MAX_INPUT_BYTES + 1)
    if len(content) > _MAX_INPUT_BYTES:
        raise FileAccessError(
            "standard input", f"has more than {_MAX_INPUT_BYTES} bytes", "save it as a file"
        )
    return "standard input", content


class _RawFiles:
    """The files ``NAME.0.raw``, ``NAME.1.raw`` and so on with the pixel data of one DICOM file."""

    def __init__(self, folder: str, name: str) -> None:
        # The line shows the folder as typed, so that another command finds the file from the current folder.
        self.stem = f"{folder.rstrip('/') or '/'}/{name}"
        self.count = 0

    def keep(self, value: bytes) -> str:
        from pathlib import Path  # noqa: PLC0415 - only +W writes files

        from dicomkit.files.replacing import new_file  # noqa: PLC0415 - the same

        name = f"{self.stem}.{self.count}.raw"
        path = Path(name)
        self.count += 1
        if not path.exists():
            with new_file(path) as stream:
                stream.write(value)
        elif path.read_bytes() != value:
            raise FileAccessError(path, "exists already with other content", "name an empty folder after +W")
        return name


def _visible(text: bytes) -> bytes:
    return escape_terminal(text.decode("utf-8", "backslashreplace")).encode()
