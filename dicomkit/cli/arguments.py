"""Arguments that several commands share, and their types."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable

from dicomkit.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

__all__ = [
    "CommandParser",
    "add_exposure",
    "add_notebook",
    "add_receiver",
    "ae_title",
    "check_not_same",
    "port_number",
    "seconds_up_to",
]

_MAX_PORT = 65535
_USUAL_COLUMNS = 80


class _HelpFormatter(argparse.HelpFormatter):
    """Help in the width of the terminal; argparse would import shutil with all compressors to get that."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=_terminal_columns() - 2)


class _LaidOutHelpFormatter(_HelpFormatter, argparse.RawDescriptionHelpFormatter):
    """The same, but keeps the line breaks of the description."""


def _terminal_columns() -> int:
    stated = os.environ.get("COLUMNS", "")
    if stated.isdecimal() and int(stated):
        return int(stated)
    try:
        return os.get_terminal_size(sys.__stdout__.fileno()).columns or _USUAL_COLUMNS  # type: ignore[union-attr] # - without a standard output it raises
    except (AttributeError, ValueError, OSError):
        return _USUAL_COLUMNS


class CommandParser(argparse.ArgumentParser):
    """A parser that accepts DCMTK's ``+x`` options and reports an error in one line.

    Parameters
    ----------
    command
        The name after ``dicomkit``.
    description
        Text for ``--help``; line breaks are kept.
    """

    def __init__(self, command: str, description: str) -> None:
        super().__init__(
            prog=f"dicomkit {command}",
            description=description,
            prefix_chars="-+",
            allow_abbrev=False,
            formatter_class=_LaidOutHelpFormatter if "\n" in description else _HelpFormatter,
        )

    def error(self, message: str) -> NoReturn:
        """Raise the package's own error instead of printing argparse's."""
        raise UsageError("command line", message, f"run '{self.prog} --help'")


def add_receiver(parser: CommandParser, called: str = "receiver") -> None:
    """Add the options for the receiver: AE titles, host and port.

    Parameters
    ----------
    parser
        The parser.
    called
        Name of the other side in the help.
    """
    for flags, title, what in (
        (("-aet", "--aetitle"), "DICOMKIT", "my AE title"),
        (("-aec", "--call"), "DICOMKIT", f"AE title of the {called}"),
    ):
        parser.add_argument(
            *flags, type=ae_title, default=title, metavar="TITLE", help=f"{what} (default: %(default)s)"
        )
    parser.add_argument("host", metavar="HOST", help=f"name or address of the {called}")
    parser.add_argument("port", metavar="PORT", type=port_number, help="its port")


def add_notebook(parser: CommandParser) -> None:
    """Add the arguments that name one of a learner's notebooks: its number, and the folder."""
    parser.add_argument("number", metavar="NN", help="number of the notebook, for example 01")
    parser.add_argument(
        "folder", metavar="FOLDER", nargs="?", help="where your notebooks lie (default: dicom-workshop)"
    )


def add_exposure(parser: CommandParser, callers: str, allowing: str) -> None:
    """Add the options that say who may connect to a receiver.

    Parameters
    ----------
    parser
        The parser.
    callers, allowing
        Words for the help: who may connect, and what that allows.
    """
    parser.add_argument(
        "--host", default="127.0.0.1", help="address to listen on (default: %(default)s, this computer only)"
    )
    parser.add_argument(
        "--allow-remote",
        action="store_true",
        help=f"allow a --host that other computers can reach; name the {callers} with --allow-aet",
    )
    parser.add_argument(
        "--allow-aet",
        type=ae_title,
        action="append",
        default=[],
        metavar="TITLE",
        help=f"{allowing} this AE title only; may be repeated",
    )


def port_number(text: str) -> int:
    """Read a TCP port number; 0 means that the system picks a free one.

    Raises
    ------
    argparse.ArgumentTypeError
        If the text is no number between 0 and 65535.
    """
    if not text.isdecimal() or int(text) > _MAX_PORT:
        message = f"{text!r} is not a port number between 0 and {_MAX_PORT}"
        raise argparse.ArgumentTypeError(message)
    return int(text)


def seconds_up_to(most: float, words: str) -> Callable[[str], float]:
    """Return a type function for seconds: more than 0, at most `most`, which `words` describe."""

    def seconds(text: str) -> float:
        try:
            number = float(text)
        except ValueError:
            number = 0.0
        if not 0 < number <= most:
            message = f"{text!r} is not a number of seconds above 0 (and at most {words})"
            raise argparse.ArgumentTypeError(message)
        return number

    return seconds


def ae_title(text: str) -> str:
    """Read an application entity title: 1 to 16 printable ASCII characters, no backslash.

    Raises
    ------
    argparse.ArgumentTypeError
        If the text breaks that rule (PS3.5 section 6.2: VR AE).
    """
    from dicomkit.network.addressing import check_ae_title  # noqa: PLC0415 - most commands have no AE title

    title = text.strip(" ")
    try:
        check_ae_title(title)
    except UsageError as error:
        message = f"{text!r} is not an AE title ({error.remedy})"
        raise argparse.ArgumentTypeError(message) from error
    return title


def check_not_same(source: str, output: str) -> None:
    """Check that a command does not overwrite its input.

    Raises
    ------
    UsageError
        If both are one file, under whatever names.
    """
    from pathlib import Path  # noqa: PLC0415 - who only calls needs no paths

    try:
        is_same = Path(source).samefile(output) and Path(source).is_file()
    except OSError:
        return  # one of them does not exist
    if is_same:
        raise UsageError(output, "the result would overwrite its own input", "name another file")
