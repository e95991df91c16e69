"""Announce studies that have arrived in a folder, and run a command for each: ``dicomkit watch``."""

from __future__ import annotations

import argparse
import contextlib
import functools
import json
import sys
from collections.abc import Iterator

from dicomkit.arrivals import QUIET_PERIOD_S, Arrivals, ArrivedStudy, react
from dicomkit.cli.arguments import CommandParser, seconds_up_to
from dicomkit.cli.interruption import STATUS_INTERRUPTED
from dicomkit.cli.notices import notice
from dicomkit.cli.stopping import StopFlag, end_in_order, stopped_by_signals
from dicomkit.files.folder_files import left_out
from dicomkit.reactions import ReactionResult, Reactions, program_notice, resolve_program, split_command
from dicomkit.text import counted, escape_terminal

__all__ = ["make_parser", "run"]

_say = functools.partial(notice, "watch")

_seconds = seconds_up_to(7 * 24 * 3600, "a week")
_MAX_COUNT = 1000
_LEFT_OVER_SHOWN = 10

_HELP = """\
prints a line for each study once it is quiet: Study Instance UID, folder, number of instances, revision. After late
instances, a study is announced again as its next revision. A journal, a hidden file in the folder, prevents
repetitions after a restart.

In --exec these are replaced, each inside its own argument; no shell is involved:
  #p folder of the study   #s Study Instance UID   #n number of instances   #v revision
The same values are in the environment (DICOMKIT_FOLDER, DICOMKIT_STUDY_INSTANCE_UID,
DICOMKIT_INSTANCE_COUNT, DICOMKIT_REVISION) and, as one JSON object, on standard input.

Ctrl-C stops the watch: no further command is started, and running ones are waited for (a second Ctrl-C kills
them). What did not run will run at the next start. Exit status: 0, or 1 if a command
failed; 130 after a second Ctrl-C, or if --once was interrupted before it was done."""


def make_parser() -> CommandParser:
    """Return the parser of this command's options."""
    parser = CommandParser("watch", _HELP)
    parser.add_argument("folder", metavar="FOLDER", help="the folder that a receiver fills")
    parser.add_argument(
        "--quiet-period",
        type=_seconds,
        default=QUIET_PERIOD_S,
        metavar="S",
        help="seconds without an arrival (default: %(default)g)",
    )
    parser.add_argument("--exec", metavar="CMD", dest="command", help="run this for each announced revision")
    parser.add_argument(
        "--exec-attempts", type=_count, default=1, metavar="N", help="try a failing CMD N times"
    )
    parser.add_argument("--exec-timeout", type=_seconds, metavar="S", help="kill a CMD that takes longer")
    parser.add_argument("--exec-jobs", type=_count, default=4, metavar="N", help="run at most N at a time")
    parser.add_argument("--once", action="store_true", help="end when all studies were announced")
    parser.add_argument("--json", action="store_true", help="print one JSON object a line")
    parser.add_argument("--polling", action="store_true", help="scan every second; for network shares")
    return parser


def run(options: argparse.Namespace) -> int:
    """Watch until stopped; return the exit status."""
    failures: list[str] = []
    with contextlib.ExitStack() as cleanup:
        stop = cleanup.enter_context(stopped_by_signals())
        stop.may_interrupt = True  # while files are looked at
        arrivals = Arrivals(
            options.folder, options.quiet_period, stop_event=stop, polling=options.polling, on_notice=_say
        )
        cleanup.enter_context(arrivals)
        reactions = _reactions(options) if options.command is not None else None
        if reactions is not None:
            cleanup.callback(reactions.close, 0)  # before the journal is closed, whatever happens
        for study in _announcements(arrivals, reactions, failures, once=options.once):
            _announce(study, as_json=options.json)
        if reactions is not None:
            _wait_for_commands(reactions, stop)
        _tell_left_over(arrivals)
    if stop.is_urgent:
        return STATUS_INTERRUPTED
    if failures:
        return 1
    return STATUS_INTERRUPTED if options.once and stop.is_set() else 0


def _reactions(options: argparse.Namespace) -> Reactions:
    argv = split_command(options.command)
    resolved = resolve_program(argv)
    if notice := program_notice(argv, resolved):
        _say(notice)
    return Reactions(
        resolved,
        concurrency=options.exec_jobs,
        attempts=options.exec_attempts,
        timeout_s=options.exec_timeout,
    )


def _announcements(
    arrivals: Arrivals, reactions: Reactions | None, failures: list[str], *, once: bool
) -> Iterator[ArrivedStudy]:
    def report(study: ArrivedStudy, result: ReactionResult) -> None:
        name = f"study {study.study_instance_uid} revision {study.revision}"
        for line in result.output.splitlines():
            print(f"  | {escape_terminal(line)}", file=sys.stderr, flush=True)
        if result.interrupted:
            _say(f"{name}: the command {result.error}; it runs at the next start")
        elif not result.succeeded:
            failures.append(name)
            _say(f"{name}: the command {result.error} (attempts: {result.attempts})")

    if reactions is not None:
        yield from react(arrivals, reactions, once=once, on_result=report)
        return
    for study in arrivals.announcements(once=once):
        yield study
        arrivals.confirm(study)  # the line is out


def _wait_for_commands(reactions: Reactions, stop: StopFlag) -> None:
    """Wait for running commands, or kill them after a second Ctrl-C."""
    stop.may_interrupt = False
    if stop.is_set() and reactions.running:
        _say(f"waiting for {counted(reactions.running, 'running command')}; Ctrl-C again ends them")
    end_in_order(stop, lambda: reactions.close(start_waiting=False), lambda: reactions.close(0))


def _announce(study: ArrivedStudy, *, as_json: bool) -> None:
    if as_json:
        facts = {
            "study_instance_uid": study.study_instance_uid,
            "folder": str(study.folder),
            "instances": study.instance_count,
            "revision": study.revision,
            "expected": study.expected_count,
            "complete": study.complete,
        }
        print(json.dumps(facts), flush=True)
        return
    of = "" if study.expected_count is None else f" of {study.expected_count}"
    noun = "instance" if study.instance_count == 1 and not of else "instances"
    line = (
        f"{study.study_instance_uid}  {study.folder}  {study.instance_count}{of} {noun}  "
        f"revision {study.revision}"
    )
    print(escape_terminal(line), flush=True)


def _tell_left_over(arrivals: Arrivals) -> None:
    files = arrivals.left_over()
    for path, reason in files[:_LEFT_OVER_SHOWN]:
        _say(f"{path}: {reason}; it was not counted")
    if len(files) > _LEFT_OVER_SHOWN:
        _say(f"and {counted(len(files) - _LEFT_OVER_SHOWN, 'more file')} not counted")
    if line := left_out(arrivals.passed_over(), "counted"):
        _say(line)


def _count(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) <= _MAX_COUNT:
        message = f"{text!r} is not a number between 1 and {_MAX_COUNT}"
        raise argparse.ArgumentTypeError(message)
    return int(text)
