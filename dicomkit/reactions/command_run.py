"""Run one command for one arrival, with limits on time and output, and without leaving orphans."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO

from dicomkit.abilities import has_processes
from dicomkit.errors import reason_of
from dicomkit.reactions.command_line import PLACEHOLDERS
from dicomkit.reactions.command_output import OUTPUT_LIMIT_BYTES, CommandOutput
from dicomkit.reactions.process_tree import start_tree
from dicomkit.reactions.running_commands import RunningCommand, RunningCommands

__all__ = ["ENDED_BY_OWNER", "NOT_STARTED", "OUTPUT_LIMIT_BYTES", "ReactionResult", "run_command"]

# Temporary shortages: of descriptors, processes or memory, or a full disk.
_SHORTAGES = {errno.EMFILE, errno.ENFILE, errno.EAGAIN, errno.ENOMEM, errno.ENOSPC}
_SHORTAGE_S = 60.0
_SHORTAGE_RETRY_S = 0.1

ENDED_BY_OWNER = "was ended because its owner closed"
NOT_STARTED = "was not started because its owner closed"


@dataclass(frozen=True)
class ReactionResult:
    """The result of a reaction.

    Parameters
    ----------
    argv
        The program and its arguments.
    exit_status
        The exit status; the negative number of the signal that ended it; None if it was not started.
    output
        Its stdout and stderr, at most :data:`OUTPUT_LIMIT_BYTES`.
    error
        What went wrong; None for success.
    value
        Return value of a callable.
    attempts
        Number of attempts.
    """

    argv: tuple[str, ...]
    exit_status: int | None
    # Not in the repr, which may end up in the stored output of a notebook.
    output: str = field(repr=False)
    error: str | None
    value: object = field(default=None, repr=False)
    attempts: int = 1

    @property
    def interrupted(self) -> bool:
        """Whether it was ended because its owner closed: then it should run again."""
        return self.error in {ENDED_BY_OWNER, NOT_STARTED}

    @property
    def succeeded(self) -> bool:
        """Whether the reaction succeeded."""
        return self.error is None


def run_command(
    argv: Sequence[str],
    values: Mapping[str, str],
    *,
    timeout_s: float | None = None,
    running: RunningCommands | None = None,
) -> ReactionResult:
    """Run a program to its end and return the result; never raises.

    It runs in a process group of its own (on Windows in a job). When the program ends, the rest of the group is killed,
    and a child that holds its output is not waited for. A child that should go on has to start its own session
    (``setsid``).

    Parameters
    ----------
    argv
        The program and its arguments; there is no shell.
    values
        The values of the arrival, by name (``study_instance_uid``) or placeholder (``#s``). The program gets them as
        environment variables (``DICOMKIT_STUDY_INSTANCE_UID``) and as a JSON object on its standard input.
    timeout_s
        After how many seconds the group is killed; None for never.
    running
        Registry of running commands, with which an owner can stop them.
    """
    if not has_processes():
        return ReactionResult(tuple(argv), None, "", "could not be started (a browser starts no programs)")
    if running is not None:
        return _run(tuple(argv), values, timeout_s, running)
    with contextlib.closing(RunningCommands()) as own:
        return _run(tuple(argv), values, timeout_s, own)


def _run(
    arguments: tuple[str, ...], values: Mapping[str, str], timeout_s: float | None, running: RunningCommands
) -> ReactionResult:
    deadline = time.monotonic() + _SHORTAGE_S
    while True:
        with contextlib.ExitStack() as until_it_runs:
            try:
                printed = CommandOutput()
                until_it_runs.callback(printed.finish)
                with _standard_input(values) as facts:
                    process, tree = start_tree(
                        arguments,
                        stdin=facts,
                        environment=os.environ | environment(values),
                        guardian=running.guardian(),
                    )
                until_it_runs.pop_all()
                break
            except (OSError, ValueError) as error:
                # ValueError: a NUL in an argument or a value, which is not repeated because a sender may have chosen it.
                reason = reason_of(error) if isinstance(error, OSError) else "a NUL character"
                if getattr(error, "errno", None) not in _SHORTAGES or time.monotonic() > deadline:
                    return ReactionResult(arguments, None, "", f"could not be started ({reason})")
        if running.stopped_because is not None:
            return ReactionResult(arguments, None, "", NOT_STARTED)
        time.sleep(_SHORTAGE_RETRY_S)
    with process:
        return _follow(arguments, RunningCommand(process, tree), printed, timeout_s, running)


def environment(values: Mapping[str, str]) -> dict[str, str]:
    """Return the values as environment variables of a command.

    Examples
    --------
    >>> environment({"#a": "CTSCANNER", "revision": "1"})
    {'DICOMKIT_CALLING_AE_TITLE': 'CTSCANNER', 'DICOMKIT_REVISION': '1'}
    """
    return {f"DICOMKIT_{name.upper()}": value for name, value in _by_name(values).items()}


def _by_name(values: Mapping[str, str]) -> dict[str, str]:
    return {PLACEHOLDERS.get(name, name): value for name, value in values.items()}


@contextlib.contextmanager
def _standard_input(values: Mapping[str, str]) -> Iterator[IO[bytes]]:
    # A file, not a pipe: a pipe would block if the program does not read it.
    with tempfile.TemporaryFile() as stream:
        stream.write(json.dumps(_by_name(values)).encode("ascii"))
        stream.seek(0)
        yield stream


def _follow(
    argv: tuple[str, ...],
    command: RunningCommand,
    printed: CommandOutput,
    timeout_s: float | None,
    running: RunningCommands,
) -> ReactionResult:
    alarm = threading.Timer(timeout_s or 0, command.stop, [f"took longer than {timeout_s} s and was ended"])
    running.add(command)
    try:
        try:
            printed.follow(command.process)
            if timeout_s is not None:
                alarm.start()
        except RuntimeError:
            command.stop("was ended because the system has no thread left to follow it")
        status = command.wait()
    finally:
        running.discard(command)
        if alarm.ident is not None:
            alarm.cancel()
            alarm.join()
        output = printed.finish()
    error = command.stopped_because or _error_of(status)
    return ReactionResult(argv, status, output.decode("utf-8", "replace"), error)


def _error_of(status: int) -> str | None:
    if status < 0:
        return f"was ended by signal {-status}"
    return f"ended with exit status {status}" if status else None
