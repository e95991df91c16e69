"""Run the room of a class: ``dicomkit room open | join | close``."""

from __future__ import annotations

import argparse
import contextlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from dicomkit.cli.arguments import CommandParser, ae_title, port_number
from dicomkit.cli.interruption import STATUS_INTERRUPTED
from dicomkit.cli.receiver_lines import CAUSED_BY_PEERS
from dicomkit.cli.stopping import end_in_order, leave_now, stopped_by_signals, wait_for
from dicomkit.text import counted, escape_terminal

if TYPE_CHECKING:
    from dicomkit.network import ReceiverEvent, Room, SendResult
    from dicomkit.network.web.page_server import PageServer

__all__ = ["make_parser", "run"]

_HELP = """\
is one receiver for a class. It authenticates attendees, and accepts only samples and de-identified instances.

  dicomkit room open FOLDER --attendees 30     the instructor's side; FOLDER/seats holds a file for each attendee
  dicomkit room join FILE [FILE-OR-FOLDER...]  an attendee's side: check the seat, and send
  dicomkit room close FOLDER --keep|--delete   the end: the seats become invalid

By default, only this computer can connect, and each seat holds a token. With --host and --allow-remote other computers
can connect: then TLS is required, and each seat holds a certificate for one AE title, valid for a day. A room that was
stopped opens again from its folder with all its instances, and the seats stay valid.

An instance is accepted if its Patient Identity Removed (0012,0062) is YES, or if it is one of the kit's samples."""


def make_parser() -> CommandParser:
    """Return the parser of this command's options."""
    parser = CommandParser("room", _HELP)
    parser.add_argument("-v", "--verbose", action="store_true", help="print a line for each instance")
    parser.add_argument("--attendees", type=int, metavar="N", help="open: number of seats of a new room")
    parser.add_argument(
        "--host", default="127.0.0.1", help="open: the address to listen on (default: %(default)s)"
    )
    parser.add_argument(
        "--port",
        type=port_number,
        default=0,
        help="open: the port (default: a free one, which the room keeps)",
    )
    parser.add_argument(
        "--allow-remote", action="store_true", help="open: allow a --host that other computers can reach"
    )
    parser.add_argument(
        "--tls", action="store_true", help="open: use certificates even if only this computer can connect"
    )
    parser.add_argument(
        "--wall",
        action="store_true",
        help="open: show the wall as a page for the projector, on this computer only; print its address",
    )
    parser.add_argument(
        "-aet",
        "--aetitle",
        type=ae_title,
        default="ROOM",
        metavar="TITLE",
        help="open: AE title of the room (default: %(default)s)",
    )
    ending = parser.add_mutually_exclusive_group()
    ending.add_argument("--keep", action="store_true", help="close: keep what was received")
    ending.add_argument("--delete", action="store_true", help="close: delete what was received")
    parser.add_argument("action", choices=["open", "join", "close"], help="what to do")
    parser.add_argument("target", metavar="FOLDER-OR-FILE", help="the room's folder, or the file of a seat")
    parser.add_argument("paths", metavar="FILE-OR-FOLDER", nargs="*", help="join: what to send")
    return parser


def run(options: argparse.Namespace) -> int:
    """Run the subcommand; return the exit status."""
    if options.action != "join" and options.paths:
        make_parser().error(f"room {options.action} takes one folder and no files")
    if options.action == "open":
        return _open(options)
    return _join(options) if options.action == "join" else _close(options)


def _open(options: argparse.Namespace) -> int:
    from dicomkit.network import Room  # noqa: PLC0415 - pydicom and pynetdicom take a while to import

    with stopped_by_signals() as stop:
        room = Room(
            options.target,
            options.attendees,
            host=options.host,
            port=options.port,
            ae_title=options.aetitle,
            allow_remote=options.allow_remote,
            tls=options.tls or None,
        )
        with room:
            room.subscribe(lambda event: _tell(event, verbose=options.verbose))
            print(f"room: listening on {room.host} port {room.port} as {room.ae_title}", flush=True)
            print(f"room: {room.exposure()}")
            seats = f"{counted(len(room.roster), 'seat')} to hand out, each to one attendee only"
            print(f"room: {seats}: {escape_terminal(str(room.folder / 'seats'))}", flush=True)
            with _on_a_page(room, options) as page:
                if page is not None:
                    print(f"room: the wall, for your browser only: {page.url}", flush=True)
                wait_for(stop)
            is_in_order = end_in_order(stop, room.stop, lambda: None)
        print(room.wall)
        if room.progress.shared:
            print(room.progress)
        if not is_in_order:
            leave_now(STATUS_INTERRUPTED)
        room.check()
    return 0


def _on_a_page(
    room: Room, options: argparse.Namespace
) -> contextlib.AbstractContextManager[PageServer | None]:
    if not options.wall:
        return contextlib.nullcontext()
    from dicomkit.viewers.wall.page import wall_page  # noqa: PLC0415 - ipywidgets takes a while to import

    return wall_page(room)


def _tell(event: ReceiverEvent, *, verbose: bool) -> None:
    if event.problem is not None:
        sender = f"{event.calling_ae_title}: " if event.calling_ae_title else ""
        stream = sys.stdout if event.kind in CAUSED_BY_PEERS | {"instance refused"} else sys.stderr
        print(escape_terminal(f"room: {sender}{event.problem}"), file=stream, flush=True)
    elif verbose and event.instance is not None:
        instance = event.instance
        print(f"room: {instance.calling_ae_title} sent {instance.path.name}", flush=True)


def _join(options: argparse.Namespace) -> int:
    from dicomkit.network import Room  # noqa: PLC0415 - the same

    seat = Room.join(options.target)
    seat.echo()
    print(f"room: {seat.title} is let in by {seat.room} at {seat.host} port {seat.port}", flush=True)
    if not options.paths:
        return 0

    def tell(result: SendResult) -> None:
        if options.verbose or not result.is_fine:
            stream = sys.stdout if result.is_fine else sys.stderr
            print(f"room: {escape_terminal(str(result))}", file=stream, flush=True)

    report = seat.send([Path(path) for path in options.paths], on_result=tell)
    print(f"room: {report.summary()}")
    return 0 if report.is_complete else 1


def _close(options: argparse.Namespace) -> int:
    from dicomkit.network import Room  # noqa: PLC0415 - the same

    if not options.keep and not options.delete:
        make_parser().error("choose what to do with the received instances: --keep or --delete")
    print(escape_terminal(f"room: {Room.close(options.target, delete=options.delete)}"))
    return 0
