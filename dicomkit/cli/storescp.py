"""Receive files: ``dicomkit storescp``."""

from __future__ import annotations

import argparse
import contextlib
import queue
import signal
import threading
from collections.abc import Iterator
from types import FrameType
from typing import TYPE_CHECKING

from dicomkit.cli.arguments import CommandParser, ae_title, port_number, seconds_up_to
from dicomkit.cli.reception_hooks import ReceptionHook, Speaker, StudyHook
from dicomkit.reactions import CommandReactions

if TYPE_CHECKING:
    from dicomkit.network import ReceiverEvent

__all__ = ["make_parser", "run"]

_HELP = """\
receives instances (C-STORE) and keeps them as PREFIX_<StudyInstanceUID>/<SOPInstanceUID>.dcm.

In --exec-on-reception these are replaced, each inside its own argument; no shell is involved:
  #a calling AE title   #c called AE title   #r address of the sender   #p folder   #f file name
The same facts are in the environment (DICOMKIT_CALLING_AE_TITLE and so on) and, as one JSON object, on
standard input. The command runs once for each instance that was stored and was not there before.

In --exec-on-eostudy, #p is the folder of a study that has been quiet for a while. Nothing in DICOM says that
a study is complete: if something comes later, the command runs again. 'dicomkit watch' does the same for a
folder, and remembers across restarts.

Ctrl-C ends it: transfers and commands that are running come to their end first. Exit status: 0, or 1 if
a command failed."""
_STATUS_FAILED = 1
_LOOK_UP_S = 0.2
_seconds = seconds_up_to(24 * 3600, "a day")


def make_parser() -> CommandParser:
    """Return the parser of this command's options."""
    parser = CommandParser("storescp", _HELP)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("-v", "--verbose", action="store_true", help="print a line for each instance")
    parser.add_argument(
        "-aet",
        "--aetitle",
        type=ae_title,
        metavar="TITLE",
        help="my AE title; calls to another title are rejected (default: DICOMKIT, and any title is answered)",
    )
    parser.add_argument(
        "-xcr", "--exec-on-reception", metavar="CMD", help="run this for each instance that was stored"
    )
    parser.add_argument(
        "-xcs", "--exec-on-eostudy", metavar="CMD", help="run this for each study that has been quiet"
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
        "-su",
        "--sort-on-study-uid",
        metavar="PREFIX",
        default="scp",
        help="what a study's folder begins with (default: %(default)s)",
    )
    parser.add_argument(
        "-od",
        "--output-directory",
        metavar="DIR",
        default=".",
        help="an existing folder to write to (default: this one)",
    )
    parser.add_argument(
        "--host", default="127.0.0.1", help="address to listen on (default: %(default)s, this computer only)"
    )
    parser.add_argument(
        "--allow-remote",
        action="store_true",
        help="allow a --host that other computers can reach; name the senders with --allow-aet",
    )
    parser.add_argument(
        "--allow-aet",
        type=ae_title,
        action="append",
        default=[],
        metavar="TITLE",
        help="take instances from this AE title only; may be repeated",
    )
    parser.add_argument(
        "--not-durable", action="store_true", help="faster: do not wait for the disk after each instance"
    )
    parser.add_argument(
        "port", metavar="PORT", type=port_number, help="port to listen on; 0 takes a free one"
    )
    return parser


def run(options: argparse.Namespace) -> int:
    """Receive until told to stop, and return the exit status."""
    from dicomkit.network import StorageSCP  # noqa: PLC0415 - pydicom and pynetdicom take a while to import

    with contextlib.ExitStack() as cleanup:
        signals = cleanup.enter_context(_stopped_by_signals())
        speaker = Speaker(verbose=options.verbose)
        # Entered before the receiver: when both close, it has stopped before the last commands are waited for.
        reactions = cleanup.enter_context(CommandReactions())
        hook = study_hook = None
        if options.exec_on_reception is not None:
            hook = ReceptionHook(options.exec_on_reception, reactions, speaker)
        if options.exec_on_eostudy is not None:
            study_hook = StudyHook(options.exec_on_eostudy, reactions, speaker, options.eostudy_timeout)
            cleanup.enter_context(study_hook)
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
        )
        scp.subscribe(lambda event: _tell(event, speaker))
        if study_hook is not None:
            scp.subscribe(study_hook.feed.take)
        cleanup.callback(scp.stop)
        scp.start()
        speaker.say(f"listening on {options.host} port {scp.port} as {scp.ae_title}", always=True)
        _wait(signals)
    return _STATUS_FAILED if speaker.has_complained else 0


@contextlib.contextmanager
def _stopped_by_signals() -> Iterator[queue.SimpleQueue[int]]:
    """Yield a queue into which Ctrl-C or SIGTERM puts its number; a second one does not wait for anything."""
    # A handler interrupts the main thread anywhere, also inside the lock of an Event; only this kind of
    # queue may be written to from there.
    signals: queue.SimpleQueue[int] = queue.SimpleQueue()

    def handle(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - what signal handlers are given
        if seen:
            raise KeyboardInterrupt
        seen.append(number)
        signals.put(number)

    seen: list[int] = []
    if threading.current_thread() is not threading.main_thread():
        yield signals  # only the main thread may handle signals
        return
    before = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield signals
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _wait(signals: queue.SimpleQueue[int]) -> None:
    """Wait for a signal. The system may give it to another thread, which does not wake this one: look up."""
    while True:
        with contextlib.suppress(queue.Empty):
            signals.get(timeout=_LOOK_UP_S)
            return


def _tell(event: ReceiverEvent, speaker: Speaker) -> None:
    if event.problem is not None:
        sender = f"from {event.calling_ae_title}: " if event.calling_ae_title else ""
        speaker.warn(f"{sender}{event.problem}")
    elif event.instance is not None:
        instance = event.instance
        state = "stored before" if instance.duplicate else "stored"
        speaker.say(f"{state} {instance.path.parent.name}/{instance.path.name}")
    else:
        speaker.say(f"{event.kind}, number {event.association}, from {event.calling_ae_title}")
