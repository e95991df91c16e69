"""``dicomkit dump2dcm``: make a DICOM file from dump text, as DCMTK's command does."""

from __future__ import annotations

import argparse
import functools
import sys
from pathlib import Path

from dicomkit.cli.arguments import CommandParser, check_not_same
from dicomkit.cli.notices import notice
from dicomkit.errors import DumpSyntaxError, FileAccessError, reason_of
from dicomkit.files.tags import SOP_CLASS_UID

__all__ = ["make_parser", "run"]

_say = functools.partial(notice, "dump2dcm")

MAX_DUMP_BYTES = 1 << 31  # a dump takes about three bytes for each byte of pixel data


def make_parser() -> CommandParser:
    """Return the parser of ``dicomkit dump2dcm``."""
    parser = CommandParser("dump2dcm", "Make a DICOM file from the text that dcmdump prints.")
    parser.add_argument("dump", metavar="DUMP", help="the text; - reads it from standard input")
    parser.add_argument("output", metavar="OUT.dcm", help="the DICOM file to write")
    parser.add_argument(
        "+Ug",
        "--generate-new-uids",
        dest="generate_uids",
        action="store_true",
        help="give the data set the study, series and SOP instance UID that it lacks; "
        "a SOP Class UID is not made up, (0008,0016) has to be in the text",
    )
    parser.add_argument(
        "+l",
        "--line",
        type=int,
        metavar="N",
        help="accepted for DCMTK's sake and not needed: a line may have any length",
    )
    parser.add_argument("--strict", action="store_true", help="treat every warning as an error")
    return parser


def run(options: argparse.Namespace) -> int:
    """Read the dump, complete group 0002 and write the file; nothing is written if a line is wrong."""
    # Imported only once the arguments are valid.
    from dicomkit.dump.reading.completion import complete_file_meta, generate_missing_uids  # noqa: PLC0415 - see above
    from dicomkit.dump.reading.file_content import file_content  # noqa: PLC0415 - see above
    from dicomkit.dump.reading.reader import read_encoded  # noqa: PLC0415 - see above
    from dicomkit.files.replacing import file_to_replace  # noqa: PLC0415 - see above
    from dicomkit.files.write_check import check_encoded  # noqa: PLC0415 - see above

    check_not_same(options.dump, options.output)
    content = _read(options.dump)
    # As in DCMTK, names after = are relative to the current folder; here also to the folder of the dump.
    raw_folders = [Path.cwd()] if options.dump == "-" else [Path.cwd(), Path(options.dump).parent]
    try:
        dump, warnings = read_encoded(content, strict=options.strict, raw_folders=raw_folders)
    except DumpSyntaxError as error:
        for problem in error.problems:
            _say(f"{options.dump}: {problem}")
        if error.count > len(error.problems):
            _say(f"{options.dump}: {error.count - len(error.problems)} more problems are not shown")
        return 1
    for warning in warnings:
        _say(f"warning: {options.dump}: {warning}")
    if options.generate_uids:
        generate_missing_uids(dump)
        if SOP_CLASS_UID not in dump.dataset.elements:
            _say("warning: the data set has no SOP Class UID and cannot be sent; add (0008,0016) UI =…")
    for keyword in complete_file_meta(dump):
        _say(f"warning: {keyword} in group 0002 is not that of the data set")
    made = file_content(dump)
    check_encoded(made)
    if options.output == "-":
        sys.stdout.buffer.write(made)
        return 0
    with file_to_replace(options.output) as stream:
        stream.write(made)
    return 0


def _read(dump: str) -> bytes:
    if dump == "-":
        return sys.stdin.buffer.read(MAX_DUMP_BYTES)
    path = Path(dump)
    try:
        is_too_large = path.stat().st_size > MAX_DUMP_BYTES
        content = b"" if is_too_large else path.read_bytes()
    except OSError as error:
        raise FileAccessError(
            path, f"cannot be read ({reason_of(error)})", "name a dump text, or - for standard input"
        ) from error
    if is_too_large:
        raise FileAccessError(path, f"has more than {MAX_DUMP_BYTES} bytes", "choose a dump text")
    return content
