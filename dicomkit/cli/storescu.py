"""Send files to a receiver: ``dicomkit storescu``."""

from __future__ import annotations

import argparse
import sys

from dicomkit.cli.arguments import CommandParser, add_receiver
from dicomkit.cli.tls_arguments import add_tls_options, sender_context
from dicomkit.errors import UsageError
from dicomkit.files.folder_files import left_out
from dicomkit.text import escape_terminal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dicomkit.network import SendResult

__all__ = ["make_parser", "run"]

_HELP = """\
sends files to a receiver (C-STORE), each in the transfer syntax that it has.

Folders are searched for DICOM files. Hidden files and files that are not DICOM are skipped and counted; -v lists
them. A truncated or damaged file is not sent. After 5 seconds without a response (with -v, after one), a line on
stderr says what is waited for.

Exit status: 0 if all DICOM instances were stored, 1 if not, 130 after Ctrl-C and 143 after SIGTERM. Either stops it
at once; it then says how many are stored, how many were sent without a response and how many were not sent."""
_STATUS_FAILED = 1


def make_parser() -> CommandParser:
    """Return the parser of this command's options."""
    parser = CommandParser("storescu", _HELP)
    parser.add_argument("-v", "--verbose", action="store_true", help="print a line for each file")
    parser.add_argument(
        "-nh", "--no-halt", action="store_true", help="go on after an instance that was not stored"
    )
    parser.add_argument("+r", "--recurse", action="store_true", help="include subfolders")
    parser.add_argument(
        "+sd",
        "--scan-directories",
        action="store_true",
        help="accepted for compatibility with DCMTK: folders are always scanned",
    )
    add_tls_options(parser, is_receiver=False)
    add_receiver(parser)
    parser.add_argument("paths", metavar="FILE-OR-FOLDER", nargs="+", help="what to send")
    return parser


def run(options: argparse.Namespace) -> int:
    """Send; return 0 if all DICOM files were stored."""
    from dicomkit.network import TimeOuts, WaitLine, send  # noqa: PLC0415 - pydicom and pynetdicom take a while to import

    def tell(result: SendResult) -> None:
        line = f"storescu: {escape_terminal(str(result))}"
        if not result.is_fine or result.remark:
            print(line, file=sys.stderr, flush=True)
        elif options.verbose:
            print(line, flush=True)

    report = send(
        options.paths,
        options.host,
        options.port,
        called_ae_title=options.call,
        calling_ae_title=options.aetitle,
        recursive=options.recurse,
        stop_on_failure=not options.no_halt,
        on_result=tell,
        ssl_context=sender_context(options),
        time_outs=TimeOuts(tell_after_s=1.0) if options.verbose else TimeOuts(),
        on_wait=WaitLine("storescu: "),
    )
    if line := left_out((row.meaning for row in report if row.outcome == "skipped"), "sent"):
        print(f"storescu: {escape_terminal(line)}", file=sys.stderr)
    if options.verbose:
        print(f"storescu: {report.summary()}")
    if report.is_complete and not report.stored:
        raise UsageError(
            " ".join(options.paths),
            "there is no DICOM file to send",
            "give a file or a folder that holds some",
        )
    return 0 if report.is_complete else _STATUS_FAILED
