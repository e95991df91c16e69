"""Receive files: ``dicomkit storescp``."""

from __future__ import annotations

import argparse
import contextlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

from dicomkit.cli.arguments import CommandParser, add_exposure, ae_title, port_number, seconds_up_to
from dicomkit.cli.interruption import STATUS_INTERRUPTED
from dicomkit.cli.query_arguments import add_output_directory
from dicomkit.cli.receiver_lines import ReceptionCounts, Speaker, print_event
from dicomkit.cli.reception_hooks import ReceptionHook, StudyHook
from dicomkit.cli.stopping import end_in_order, leave_now, stopped_by_signals, wait_for
from dicomkit.cli.tls_arguments import add_tls_options, receiver_context
from dicomkit.text import counted

if TYPE_CHECKING:
    from dicomkit.network import StorageSCP

__all__ = ["make_parser", "run"]

_HELP = """\
receives instances (C-STORE) and stores them as PREFIX_<StudyInstanceUID>/<SOPInstanceUID>.dcm.

In --exec-on-reception these are replaced, each inside its own argument; no shell is involved:
  #a calling AE title   #c called AE title   #r address of the sender   #p folder   #f file name
The same values are in the environment (DICOMKIT_CALLING_AE_TITLE and so on) and, as one JSON object, on
standard input. The command runs once for each new instance; a duplicate is not new.

In --exec-on-eostudy, #p is the folder of a study that has been quiet for some time. Nothing in DICOM says that
a study is complete: if more instances arrive later, the command runs again. 'dicomkit watch' does the same for a
folder, and keeps a journal for restarts.

A sender never waits for a command: pending commands are kept in a hidden file in the output folder, and four run at
a time. A command that takes longer than --exec-timeout is killed with its child processes.

Ctrl-C, SIGTERM or closing the terminal stops it, after transfers, running and pending commands are done. A second
Ctrl-C stops everything at once; unfinished commands then run at the next start. The same holds if it is killed
(SIGKILL), which kills the commands, too: a command runs at least once for each instance, and may run twice.
Exit status: 0, 1 if a command failed, 130 after a second Ctrl-C."""
_seconds = seconds_up_to(24 * 3600, "a day")


def make_parser() -> CommandParser:
    """Return the parser of this command's options."""
    parser = CommandParser("storescp", _HELP)
    parser.add_argument(
        "-v", "--verbose", action="store_true", help="print a line for each instance and association"
    )
    parser.add_argument(
        "-aet",
        "--aetitle",
        type=ae_title,
        metavar="TITLE",
        help="my AE title; calls to another title are rejected (default: DICOMKIT, and any title is answered)",
    )
    _add_hook_options(parser)
    parser.add_argument(
        "-su",
        "--sort-on-study-uid",
        metavar="PREFIX",
        default="scp",
        help="prefix of the folders of studies (default: %(default)s)",
    )
    add_output_directory(parser, "an existing folder to write to")
    add_exposure(parser, "senders", "take instances from")
    parser.add_argument(
        "--not-durable", action="store_true", help="faster: do not wait for the disk after each instance"
    )
    add_tls_options(parser, is_receiver=True)
    parser.add_argument(
        "port", metavar="PORT", type=port_number, help="port to listen on; 0 takes a free one"
    )
    return parser


def _add_hook_options(parser: CommandParser) -> None:
    """Add the options for commands that run on reception, and their times."""
    parser.add_argument(
        "-xcr", "--exec-on-reception", metavar="CMD", help="run this for each stored instance"
    )
    parser.add_argument(
        "-xcs", "--exec-on-eostudy", metavar="CMD", help="run this for each study once it is quiet"
    )
    parser.add_argument(
        "-tos",
        "--eostudy-timeout",
        type=_seconds,
        default=16.0,
        metavar="S",
        help="for how many seconds nothing may arrive before a study counts as arrived (default: %(default)g)",
    )
    parser.add_argument(
        "--exec-timeout",
        type=_seconds,
        default=3600.0,
        metavar="S",
        help="kill a command that takes longer, in seconds (default: %(default)g)",
    )


def run(options: argparse.Namespace) -> int:
    """Receive until stopped; return the exit status."""
    speaker = Speaker(verbose=options.verbose)
    counts = ReceptionCounts()
    with stopped_by_signals() as stop, contextlib.ExitStack() as cleanup:
        hook, study_hook = _hooks(options, speaker)
        hooks = [each for each in (hook, study_hook) if each is not None]
        for each in hooks:
            cleanup.callback(each.hooks.close, drains=False)  # whatever goes wrong below
        scp = _receiver(options, hook, speaker)
        scp.subscribe(counts.count)
        if study_hook is not None:
            study_hook.follow(options.eostudy_timeout)
            scp.subscribe(study_hook.feed.take)
        cleanup.callback(scp.stop)
        scp.start()
        speaker.say(f"listening on {options.host} port {scp.port} as {scp.ae_title}", always=True)
        for each in hooks:
            each.hooks.start()
        wait_for(stop)
        is_in_order = end_in_order(stop, lambda: _end(scp, hooks), lambda: _end_hooks(hooks, drains=False))
        speaker.say(counts.summary(sum(each.failed_count for each in hooks)))
        if not is_in_order:
            leave_now(STATUS_INTERRUPTED)
    return 1 if speaker.has_complained else 0


def _receiver(options: argparse.Namespace, hook: ReceptionHook | None, speaker: Speaker) -> StorageSCP:
    """Return the receiver, whose events are printed."""
    from dicomkit.network import StorageSCP  # noqa: PLC0415 - pydicom and pynetdicom take a while to import

    scp = StorageSCP(
        options.output_directory,
        ae_title=options.aetitle or "DICOMKIT",
        any_called_ae_title=options.aetitle is None,
        host=options.host,
        port=options.port,
        prefix=options.sort_on_study_uid,
        durable=not options.not_durable,
        allow_remote=options.allow_remote,
        allowed_calling_ae_titles=options.allow_aet,
        on_stored=hook,
        ssl_context=receiver_context(options),
    )
    if scp.removed_count:
        speaker.warn(
            f"removed {counted(scp.removed_count, 'unfinished file')} of a receiver that was killed; "
            "no sender was told that they are stored"
        )
    scp.subscribe(lambda event: print_event(event, speaker))
    return scp


def _hooks(options: argparse.Namespace, speaker: Speaker) -> tuple[ReceptionHook | None, StudyHook | None]:
    """Return the hooks that run the commands; their backlogs are in the folder of the instances."""
    where = (options.output_directory, speaker)
    how = {"timeout_s": options.exec_timeout, "durable": not options.not_durable}
    hook = study_hook = None
    if options.exec_on_reception is not None:
        hook = ReceptionHook(options.exec_on_reception, *where, **how)
    if options.exec_on_eostudy is not None:
        study_hook = StudyHook(options.exec_on_eostudy, *where, **how)
    return hook, study_hook


def _end(scp: StorageSCP, hooks: Sequence[ReceptionHook | StudyHook]) -> None:
    scp.stop()
    _end_hooks(hooks, drains=True)


def _end_hooks(hooks: Sequence[ReceptionHook | StudyHook], *, drains: bool) -> None:
    for each in hooks:
        each.close(drains=drains)
