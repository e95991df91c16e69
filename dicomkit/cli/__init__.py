"""The command line: a module for each command, imported only when it is used.

Exit status 0 means that everything asked for was done. An error is one line on stderr:
``dicomkit TOOL: what was given: what is wrong; what to do``.
"""

from __future__ import annotations

import gc
import importlib
import os
import sys
import warnings
from collections.abc import Sequence

from dicomkit import __version__
from dicomkit.cli.interruption import Interruption, ignore_signals, interrupted_by_signals
from dicomkit.errors import DicomKitError, UsageError, reason_of
from dicomkit.text import escape_terminal

__all__ = ["COMMANDS", "main"]

# One line for each command, in the order in which a learner meets them.
COMMANDS = {
    "lab": "copy the notebooks to a folder and open JupyterLab there",
    "doctor": "say what works on this machine and what does not",
    "reset": "bring a notebook back to its first state, keeping a copy of yours",
    "check": "run the exercise checks of a saved notebook",
    "solve": "write solved copies of the notebooks",
    "instructor": "write notebooks with speaker notes, and a checklist",
    "wheelhouse": "collect everything that a room without network installs",
    "lite": "build the workshop and the viewer as static files for a browser",
    "deidentify": "write copies without the patient (PS3.15 Basic Profile)",
    "view": "make one offline page of what files hold",
    "dcmdump": "print a DICOM file as text",
    "dump2dcm": "make a DICOM file from such a text",
    "img2dcm": "make a DICOM file from a picture",
    "dcmdecap": "save the PDF or other document that a DICOM file carries",
    "echoscu": "ask a receiver whether it is there (C-ECHO)",
    "storescu": "send files to a receiver (C-STORE)",
    "storescp": "receive files",
    "archive": "answer queries about the files of a folder (C-FIND, C-GET, C-MOVE)",
    "room": "run one receiver for a class, or join it",
    "findscu": "ask an archive or a worklist what it has (C-FIND)",
    "getscu": "get instances from an archive (C-GET)",
    "movescu": "have an archive send instances (C-MOVE)",
    "watch": "say when a study has arrived in a folder",
}

_STATUS_FAILED = 1
_STATUS_USAGE = 2
# Python's 700 make it look for garbage dozens of times among the functions and classes of imported modules.
_OBJECTS_BEFORE_COLLECTION = 10_000


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status.

    Parameters
    ----------
    arguments
        The words after ``dicomkit``; by default those of this process.
    """
    _open_what_is_closed()
    is_whole_process = arguments is None
    words = list(sys.argv[1:] if arguments is None else arguments)
    if is_whole_process:
        gc.set_threshold(_OBJECTS_BEFORE_COLLECTION)
    with interrupted_by_signals() as interruption:
        status = _status_of(words, interruption)
    if is_whole_process:  # nothing else follows
        ignore_signals()
        gc.freeze()  # Python's last collection would look at every object, just before all memory is given back
    return status


def _status_of(words: list[str], interruption: Interruption) -> int:
    """Run a command; an exception becomes a line on stderr and an exit status."""
    name = words[0] if words else "help"
    try:
        with warnings.catch_warnings():
            warnings.showwarning = lambda message, *_: print(f"dicomkit {name}: {message}", file=sys.stderr)
            status = _run(name, words[1:]) if words else _overview()
            sys.stdout.flush()  # flushed here, so that a full disk is reported
    except DicomKitError as error:
        print(f"dicomkit {name}: {error}", file=sys.stderr)
        status = _STATUS_USAGE if isinstance(error, UsageError) else _STATUS_FAILED
    except KeyboardInterrupt as interrupt:
        if str(interrupt):  # its message says what was done and what was not
            print(f"dicomkit {name}: {escape_terminal(str(interrupt))}", file=sys.stderr)
        status = interruption.status
    except BrokenPipeError:
        # The reader of our output (a pager, head) has ended: this is no error.
        _print_no_more()
        status = _STATUS_FAILED
    except OSError as error:
        _print_no_more()
        given = error.filename or "standard output"
        print(
            f"dicomkit {name}: {given}: cannot be written ({reason_of(error)}); make room, or write elsewhere",
            file=sys.stderr,
        )
        status = _STATUS_FAILED
    return status


def _open_what_is_closed() -> None:
    """Replace streams that were closed by ``<&-`` or ``>&-``: an empty input, an output that cannot be written.

    Python sets them to None, and the next opened file would get their descriptors.
    """
    if sys.stdin is None:
        sys.stdin = os.fdopen(os.open(os.devnull, os.O_RDONLY), encoding="utf-8")
    if sys.stdout is None:
        sys.stdout = os.fdopen(os.open(os.devnull, os.O_RDONLY), "w", encoding="utf-8")


def _print_no_more() -> None:
    """Discard unwritten output: Python would try again at exit, and print an error."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _run(name: str, words: list[str]) -> int:
    if name in {"-h", "--help", "help"}:
        _overview()
        return 0
    if name == "--version":
        print(f"dicomkit {__version__}")
        return 0
    if name not in COMMANDS:
        raise UsageError(name, "there is no such command", "run 'dicomkit' to see them all")
    module = importlib.import_module(f"dicomkit.cli.{name}")
    parser = module.make_parser()
    try:
        options = parser.parse_args(words)
    except SystemExit:  # it has printed its help, or an error of usage
        sys.stdout.flush()
        raise
    status: int = module.run(options)
    return status


def _overview() -> int:
    lines = ["usage: dicomkit COMMAND [OPTION...]", "", "commands:"]
    lines += [f"  {name:<10} {summary}" for name, summary in COMMANDS.items()]
    print("\n".join([*lines, "", "'dicomkit COMMAND --help' explains one of them."]))
    return _STATUS_USAGE
