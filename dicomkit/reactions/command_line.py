"""Split a command line into the arguments of one program, without a shell.

DCMTK's ``--exec-on-reception`` inserts values of the *sender*, such as its AE title, into a command line for ``/bin/sh``:
a sender with the title ``';rm x;'`` runs a command on the receiver. Here the command line is split into arguments once,
before anything arrives. A value is inserted into one argument and stays inside it, whatever characters it holds.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from dicomkit.errors import UsageError

__all__ = ["PLACEHOLDERS", "program_notice", "resolve_program", "split_command", "substitute"]

# The first five are DCMTK storescp's; the others are for `dicomkit watch`.
PLACEHOLDERS = {
    "#a": "calling_ae_title",
    "#c": "called_ae_title",
    "#r": "calling_address",
    "#p": "folder",
    "#f": "file_name",
    "#s": "study_instance_uid",
    "#i": "sop_instance_uid",
    "#n": "instance_count",
    "#v": "revision",
}

# Word processors and web pages turn straight quotes into these, which no shell knows.
_TYPOGRAPHIC_QUOTES = "\u2018\u2019\u201a\u201b\u201c\u201d\u201e\u201f\u00b4"
# The same in UTF-8, decoded as Windows-1252, as the handout prints them.
_MISREAD_QUOTES = ("\u00e2\u20ac\u2122", "\u00e2\u20ac\u02dc", "\u00e2\u20ac\u0153", "\u00e2\u20ac\u009d")


def split_command(command: str, *, is_windows: bool = os.name == "nt") -> list[str]:
    r"""Split a command line into arguments by a shell's quoting rules, without a shell.

    Nothing is expanded: ``$HOME``, ``*``, ``|`` and ``;`` are ordinary characters.

    Parameters
    ----------
    command
        One program and its arguments, as typed at a prompt.
    is_windows
        Whether a backslash is a path separator, as on Windows, and no escape character.

    Raises
    ------
    UsageError
        If a quote is not closed or typographic, or no program is named.

    Examples
    --------
    >>> split_command("process.sh '#a' '#p/#f'")
    ['process.sh', '#a', '#p/#f']
    >>> split_command(r"C:\Users\me\hook.py '#a'", is_windows=True)
    ['C:\\Users\\me\\hook.py', '#a']
    """
    if any(quote in command for quote in (*_TYPOGRAPHIC_QUOTES, *_MISREAD_QUOTES)):
        raise UsageError(
            command,
            "a quote is typographic, as a word processor or a web page makes it",
            "type it again as ' or \"",
        )
    if "\0" in command:
        raise UsageError(command, "an argument cannot hold a NUL character", "leave it out")
    try:
        arguments = list(_words(command, is_windows=is_windows))
    except ValueError as error:
        raise UsageError(
            command,
            "a quote is opened and not closed, or the last character is a backslash",
            "close every ' and \" that is opened",
        ) from error
    if not arguments or not arguments[0]:
        raise UsageError(command or "''", "names no program", "give a program and its arguments")
    return arguments


def _words(command: str, *, is_windows: bool) -> shlex.shlex:
    words = shlex.shlex(command, posix=True, punctuation_chars=False)
    words.whitespace_split = True
    words.commenters = ""
    if is_windows:
        words.escape = ""
    return words


def substitute(argv: Sequence[str], values: Mapping[str, str]) -> list[str]:
    """Return the arguments with all placeholders replaced.

    This takes one pass: a value that contains ``#c`` is not replaced again. A program may still take a value that begins
    with ``-`` for an option: put ``--`` before it if the program supports that.

    Parameters
    ----------
    argv
        The program and its arguments.
    values
        Values by placeholder, for example ``{"#a": "CTSCANNER"}``.

    Examples
    --------
    >>> substitute(["process.sh", "#a", "#p/#f"], {"#a": "#p; rm *", "#p": "in", "#f": "1.dcm"})
    ['process.sh', '#p; rm *', 'in/1.dcm']
    """
    if not values:
        return list(argv)
    # The longest first, so that "#study" would take precedence over "#s".
    alternatives = "|".join(re.escape(name) for name in sorted(values, key=len, reverse=True))
    placeholder = re.compile(alternatives)
    return [placeholder.sub(lambda match: values[match[0]], argument) for argument in argv]


def resolve_program(argv: Sequence[str]) -> list[str]:
    """Find the program of a command once, before anything arrives, and return the arguments that start it.

    It is searched on ``PATH`` and then in the current folder. A script without a valid shebang line
    (``#/usr/bin/env bash`` lacks the ``!``) is run by ``/bin/sh``, as a shell would do; the list then begins with
    ``/bin/sh``, and :func:`program_notice` says so.

    Raises
    ------
    UsageError
        If there is no such program, or it is not executable.
    """
    if not argv or not argv[0]:
        raise UsageError("command", "names no program", "give a program and its arguments")
    name, *rest = argv
    program = _find(name)
    if _needs_sh(program):
        return ["/bin/sh", str(program), *rest]
    return [str(program), *rest]


def program_notice(argv: Sequence[str], resolved: Sequence[str]) -> str | None:
    """Return a notice if a program will be run by ``/bin/sh``, else None.

    `argv` are the arguments as given, `resolved` is what :func:`resolve_program` made of them.
    """
    if len(resolved) == len(argv):
        return None
    return f"{argv[0]}: its first line is no '#!' line; it is run by {resolved[0]}, as a shell would do"


def _find(name: str) -> Path:
    on_path = shutil.which(name)
    if on_path is not None:
        return Path(on_path).absolute()
    here = Path(name).absolute()
    if here.is_dir():
        raise UsageError(name, "is a folder, not a program", "give the program's file")
    if not here.exists():
        raise UsageError(
            name,
            "there is no such program on PATH or in the current folder",
            "check its name, or give its whole path",
        )
    if not os.access(here, os.X_OK):
        raise UsageError(name, "is not executable", f"run: chmod +x {shlex.quote(name)}")
    return here


def _needs_sh(program: Path) -> bool:
    """Return whether the system cannot run this file: it has no shebang line, and is no binary."""
    if os.name == "nt":
        return False
    try:
        with program.open("rb") as stream:
            start = stream.read(256)
    except OSError:
        return False  # executable but not readable: a compiled program
    # POSIX, "Shell Command Language" 2.9.1: on ENOEXEC the shell runs the file as a shell script
    # unless it looks binary. A NUL in the first line is how shells decide that.
    return not start.startswith(b"#!") and b"\0" not in start
