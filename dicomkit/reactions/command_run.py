"""Run one command for one arrival: bounded in time and in output, and never orphaned."""

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

__all__ = [
    "ENDED_BY_OWNER",
    "NOT_STARTED",
    "OUTPUT_LIMIT_BYTES",
    "ReactionResult",
    "run_command",
]

# What passes: no descriptor, process or memory just now, or a full disk under the temporary files.
_SHORTAGES = {errno.EMFILE, errno.ENFILE, errno.EAGAIN, errno.ENOMEM, errno.ENOSPC}
_SHORTAGE_S = 60.0
_SHORTAGE_LOOK_S = 0.1

ENDED_BY_OWNER = "was ended because its owner closed"
NOT_STARTED = "was not started because its owner closed"


@dataclass(frozen=True)
class ReactionResult:
    """What came of one reaction.

    Parameters
    ----------
    argv
        The program and its arguments as they were run.
    exit_status
        The program's exit status; negative for the signal that ended it; None if it never started.
    output
        What it wrote to stdout and stderr, at most :data:`OUTPUT_LIMIT_BYTES`.
    error
        What went wrong, in words; None if all went well.
    value
        What a Python reaction returned.
    attempts
        How many times it was tried.
    """

    argv: tuple[str, ...]
    exit_status: int | None
    # What a program printed or a function returned is its own affair: a repr ends up in stored outputs.
    output: str = field(repr=False)
    error: str | None
    value: object = field(default=None, repr=False)
    attempts: int = 1

    @property
    def interrupted(self) -> bool:
        """Tell whether its owner closed before it was done: it did not fail, and should run again."""
        return self.error in {ENDED_BY_OWNER, NOT_STARTED}

    @property
    def succeeded(self) -> bool:
        """Tell whether the reaction did what it was asked to do."""
        return self.error is None


def run_command(
    argv: Sequence[str],
    values: Mapping[str, str],
    *,
    timeout_s: float | None = None,
    running: RunningCommands | None = None,
) -> ReactionResult:
    """Run a program to its end and return what came of it; nothing is raised.

    It runs in a process group of its own (on Windows in a job). It is over when the program itself has ended;
    what is then left of the group is ended too, and nobody waits for a child that holds its output. A job that is to
    live on has to start its own session (``setsid``).

    Parameters
    ----------
    argv
        The program and its arguments. No shell sees them.
    values
        The same facts as the arguments may hold, by name (``study_instance_uid``) or by placeholder
        (``#s``): the program finds them as ``DICOMKIT_STUDY_INSTANCE_UID`` in its environment and as
        one JSON object on its standard input.
    timeout_s
        After how many seconds the group is ended; None means never.
    running
        Where the command is entered while it runs, so that an owner can stop it.
    """
    if not has_processes():
        return ReactionResult(tuple(argv), None, "", "could not be started (a browser starts no programs)")
    with contextlib.ExitStack() as cleanup:
        if running is None:
            running = RunningCommands()
            cleanup.callback(running.close)
        return _run(tuple(argv), values, timeout_s, running)


def _run(
    arguments: tuple[str, ...], values: Mapping[str, str], timeout_s: float | None, running: RunningCommands
) -> ReactionResult:
    patient_until = time.monotonic() + _SHORTAGE_S
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
                # ValueError: a NUL inside an argument or a value. Neither text is repeated: it came from outside.
                reason = reason_of(error) if isinstance(error, OSError) else "a NUL character"
                if getattr(error, "errno", None) not in _SHORTAGES or time.monotonic() > patient_until:
                    return ReactionResult(arguments, None, "", f"could not be started ({reason})")
        if running.stopped_because is not None:
            return ReactionResult(arguments, None, "", NOT_STARTED)
        time.sleep(_SHORTAGE_LOOK_S)
    with process:
        return _follow(arguments, RunningCommand(process, tree), printed, timeout_s, running)


def environment(values: Mapping[str, str]) -> dict[str, str]:
    """Return the values as the environment variables that a command finds them in.

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
    # A file rather than a pipe: a program that never reads cannot make us wait.
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
    error = command.stopped_because or _told_by(status)
    return ReactionResult(argv, status, output.decode("utf-8", "replace"), error)


def _told_by(status: int) -> str | None:
    if status < 0:
        return f"was ended by signal {-status}"
    return f"ended with exit status {status}" if status else None
