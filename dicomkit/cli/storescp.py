"""Receive files: ``dicomkit storescp``."""

from __future__ import annotations

import argparse
import contextlib
import queue
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from types import FrameType
from typing import TYPE_CHECKING, TextIO

from dicomkit.cli.arguments import CommandParser, ae_title, port_number
from dicomkit.reactions import (
    CommandReactions,
    ReactionResult,
    program_notice,
    resolve_program,
    split_command,
    substitute,
)
from dicomkit.text import escape_terminal

if TYPE_CHECKING:
    from dicomkit.network import ReceiverEvent, StoredInstance

__all__ = ["make_parser", "run"]

_HELP = """\
receives instances (C-STORE) and keeps them as PREFIX_<StudyInstanceUID>/<SOPInstanceUID>.dcm.

In --exec-on-reception these are replaced, each inside its own argument; no shell is involved:
  #a calling AE title   #c called AE title   #r address of the sender   #p folder   #f file name
The same facts are in the environment (DICOMKIT_CALLING_AE_TITLE and so on) and, as one JSON object, on
standard input. The command runs once for each instance that was stored and was not there before.

Ctrl-C ends it: transfers and commands that are running come to their end first. Exit status: 0, or 1 if
a command failed."""
_STATUS_FAILED = 1
_LOOK_UP_S = 0.2


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
        speaker = _Speaker(verbose=options.verbose)
        hook = _make_hook(options.exec_on_reception, speaker, cleanup)
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
        cleanup.callback(scp.subscribe(lambda event: _tell(event, speaker)))
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


def _make_hook(
    command: str | None, speaker: _Speaker, cleanup: contextlib.ExitStack
) -> Callable[[StoredInstance], None] | None:
    """Return what to do for each stored instance; the program is looked for now, not at the first arrival."""
    if command is None:
        return None
    argv = split_command(command)
    resolved = resolve_program(argv)
    if notice := program_notice(argv, resolved):
        speaker.warn(notice)
    # Entered before the receiver: when both close, it has stopped before the last commands are waited for.
    reactions = cleanup.enter_context(CommandReactions())

    def react(instance: StoredInstance) -> None:
        values = {
            "#a": instance.calling_ae_title,
            "#c": instance.called_ae_title,
            "#r": instance.calling_address,
            "#p": str(instance.path.parent),
            "#f": instance.path.name,
        }
        facts = values | {"#s": instance.study_instance_uid, "#i": instance.sop_instance_uid}
        future = reactions.submit(substitute(resolved, values), values=facts)
        future.add_done_callback(lambda done: _tell_reaction(done, instance, speaker))

    return react


def _tell_reaction(done: Future[ReactionResult], instance: StoredInstance, speaker: _Speaker) -> None:
    result = done.result()
    for line in result.output.splitlines():
        speaker.say(f"  | {line}")
    if not result.succeeded:
        speaker.complain(f"command for {instance.sop_instance_uid}: {result.error}")


def _tell(event: ReceiverEvent, speaker: _Speaker) -> None:
    if event.problem is not None:
        speaker.warn(f"from {event.calling_ae_title}: {event.problem}")
    elif event.instance is not None:
        instance = event.instance
        state = "stored before" if instance.duplicate else "stored"
        speaker.say(f"{state} {instance.path.parent.name}/{instance.path.name}")
    else:
        speaker.say(f"{event.kind}, number {event.association}, from {event.calling_ae_title}")


class _Speaker:
    """Print whole lines, whichever thread they come from."""

    def __init__(self, *, verbose: bool) -> None:
        self._verbose = verbose
        self.has_complained = False
        self._lock = threading.Lock()

    def say(self, text: str, *, always: bool = False) -> None:
        """Print a line on stdout, if anybody wants to know."""
        if always or self._verbose:
            self._print(text, sys.stdout)

    def warn(self, text: str) -> None:
        """Print a line on stderr."""
        self._print(text, sys.stderr)

    def complain(self, text: str) -> None:
        """Print a line on stderr, and remember that something asked for was not done."""
        self.has_complained = True
        self._print(text, sys.stderr)

    def _print(self, text: str, stream: TextIO) -> None:
        with self._lock:
            print(f"storescp: {escape_terminal(text)}", file=stream, flush=True)
