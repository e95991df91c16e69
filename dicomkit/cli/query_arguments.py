"""What ``findscu``, ``getscu`` and ``movescu`` share: options, keys, files with keys in them, and the outcome."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dicomkit.cli.arguments import CommandParser, add_receiver
from dicomkit.cli.tls_arguments import add_tls_options, sender_context
from dicomkit.errors import FileAccessError
from dicomkit.text import escape_terminal

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

    from dicomkit.archive.elements import Item
    from dicomkit.network import RetrieveReport

__all__ = ["add_output_directory", "add_query_arguments", "call_from", "keys_from", "print_outcome"]

_MODELS = {
    "patient": ("-P", "--patient", "the patient root model"),
    "study": ("-S", "--study", "the study root model"),
    "worklist": ("-W", "--worklist", "the modality worklist"),
}


def add_query_arguments(parser: CommandParser, models: Sequence[str], default: str) -> None:
    """Add the options, as DCMTK names them, for some of the models ``patient``, ``study`` and ``worklist``."""
    parser.add_argument("-v", "--verbose", action="store_true", help="print what happens")
    for name in models:
        short, long, words = _MODELS[name]
        note = " (default)" if name == default else ""
        parser.add_argument(
            short,
            long,
            dest="model",
            action="store_const",
            const=name,
            default=default,
            help=f"ask in {words}{note}",
        )
    add_tls_options(parser, is_receiver=False)
    add_receiver(parser, "archive")
    parser.add_argument(
        "-k",
        "--key",
        action="append",
        default=[],
        metavar="KEY",
        help="a key: gggg,eeee=value, or a keyword or a path with its value; without a value: return it",
    )
    parser.add_argument("--cancel", type=int, metavar="N", help="cancel after N answers or instances")
    parser.add_argument(
        "files", metavar="FILE", nargs="*", help="keys: a DICOM file, or a dump text (.dump); -k adds to them"
    )


def add_output_directory(parser: CommandParser, words: str) -> None:
    """Add the option for the folder that is written to, which `words` describe."""
    parser.add_argument(
        "-od", "--output-directory", metavar="DIR", default=".", help=f"{words} (default: this one)"
    )


def call_from(options: argparse.Namespace) -> dict[str, Any]:
    """Return the arguments that `find`, `get` and `move` of `dicomkit.network` have in common, without the keys."""
    return {
        "host": options.host,
        "port": options.port,
        "model": options.model,
        "called_ae_title": options.call,
        "calling_ae_title": options.aetitle,
        "limit": options.cancel,
        "ssl_context": sender_context(options),
    }


def keys_from(options: argparse.Namespace) -> list[Dataset]:
    """Return the keys of each query: one for each file, or one from the options -k alone.

    Raises
    ------
    DicomKitError
        If a file cannot be read, or a key is invalid.
    """
    from dicomkit.archive.identifiers import to_dataset  # noqa: PLC0415 - after the options are known to be right
    from dicomkit.archive.key_texts import add_key, parse_key  # noqa: PLC0415 - the same

    identifiers: list[Item] = [_read(Path(name)) for name in options.files] or [{}]
    for identifier in identifiers:
        for text in options.key:
            add_key(identifier, *parse_key(text))
    return [to_dataset(identifier) for identifier in identifiers]


def _read(path: Path) -> Item:
    from dicomkit.archive.worklist import read_entry  # noqa: PLC0415 - as above

    if not path.is_file():
        raise FileAccessError(path, "is not a file", "check the name")
    return read_entry(path)


def print_outcome(command: str, report: RetrieveReport, *, verbose: bool) -> bool:
    """Print the outcome of a retrieval that failed, or of any with `verbose`; return whether it completed.

    One that was cancelled has not failed.
    """
    is_fine = report.explained.family in {"success", "cancel"}
    if not is_fine or verbose:
        lines = escape_terminal(str(report), keep="\n")
        print(f"{command}: {lines}", file=sys.stdout if is_fine else sys.stderr)
    return is_fine
