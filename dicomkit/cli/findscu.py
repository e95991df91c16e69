"""Query an archive or a worklist: ``dicomkit findscu``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from dicomkit.cli.arguments import CommandParser
from dicomkit.cli.query_arguments import add_output_directory, add_query_arguments, call_from, keys_from
from dicomkit.errors import FileAccessError
from dicomkit.text import escape_terminal

if TYPE_CHECKING:
    from collections.abc import Callable

    from pydicom.dataset import Dataset

__all__ = ["make_parser", "run"]

_HELP = """\
queries an archive or a worklist (C-FIND), and prints each answer as dump text.

A key with a value has to match; a key without one is returned with each answer:
  dicomkit findscu -S -k QueryRetrieveLevel=STUDY -k "PatientName=DOE*" -k StudyInstanceUID HOST PORT

Exit status 0 means that the query was completed, even if nothing matches."""


def make_parser() -> CommandParser:
    """Return the parser of this command's options."""
    parser = CommandParser("findscu", _HELP)
    add_query_arguments(parser, ["worklist", "patient", "study"], "worklist")
    parser.add_argument(
        "-X", "--extract", action="store_true", help="write each answer to a file: rsp0001.dcm and so on"
    )
    add_output_directory(parser, "an existing folder for these")
    return parser


def run(options: argparse.Namespace) -> int:
    """Query; return 0 if all queries were completed."""
    from dicomkit.network import find  # noqa: PLC0415 - pydicom takes a while to import

    tell = _teller(options)
    call = call_from(options)
    is_complete = True
    for keys in keys_from(options):
        report = find(keys, on_answer=tell, **call)
        family = report.explained.family
        if family not in {"success", "cancel"}:
            print(
                f"findscu: {escape_terminal(report.summary().partition(', ')[2])}; {report.explained.advice}",
                file=sys.stderr,
            )
            is_complete = False
        elif options.verbose:
            print(f"findscu: {report.explained.meaning}")
    return 0 if is_complete else 1


def _teller(options: argparse.Namespace) -> Callable[[Dataset], None]:
    """Return a function that prints an answer, and writes it if wanted."""
    from dicomkit.dump import format_dump  # noqa: PLC0415 - as above

    folder = Path(options.output_directory)
    if options.extract and not folder.is_dir():
        raise FileAccessError(folder, "is not a folder", "make it first, for example with mkdir")
    count = 0

    def tell(answer: Dataset) -> None:
        nonlocal count
        count += 1
        print(f"# answer {count}")
        print(escape_terminal(format_dump(answer), keep="\n"), flush=True)
        if options.extract:
            _write(answer, folder / f"rsp{count:04}.dcm")

    return tell


def _write(answer: Dataset, path: Path) -> None:
    from pydicom.dataset import FileMetaDataset  # noqa: PLC0415 - as above
    from pydicom.uid import UID, ExplicitVRLittleEndian, generate_uid  # noqa: PLC0415 - as above

    from dicomkit.files.writing import write_file  # noqa: PLC0415 - as above

    if path.exists():
        raise FileAccessError(path, "exists already", "choose another folder with -od")
    # An answer is no instance, but group 0002 needs UIDs; chosen as in dump2dcm.
    answer.file_meta = FileMetaDataset()
    answer.file_meta.MediaStorageSOPClassUID = UID("1.2.276.0.7230010.3.1.0.1")
    answer.file_meta.MediaStorageSOPInstanceUID = generate_uid(prefix=None)
    answer.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    write_file(answer, path, replace=False)
