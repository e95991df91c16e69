"""Run an archive: ``dicomkit archive``."""

from __future__ import annotations

import argparse
import contextlib
from typing import TYPE_CHECKING

from dicomkit.cli.arguments import CommandParser, add_exposure, ae_title, port_number
from dicomkit.cli.interruption import STATUS_INTERRUPTED
from dicomkit.cli.receiver_lines import ReceptionCounts, Speaker, print_event
from dicomkit.cli.stopping import end_in_order, leave_now, stopped_by_signals, wait_for
from dicomkit.cli.tls_arguments import add_tls_options, receiver_context, sender_context
from dicomkit.text import counted

if TYPE_CHECKING:
    from dicomkit.network import Archive
    from dicomkit.network.web.server import WebServer

__all__ = ["make_parser", "run"]

_HELP = """\
answers C-FIND, C-GET and C-MOVE for the instances in a folder, and stores what is sent to it there.

C-MOVE sends only to the destinations given here. With --worklist, it is also a modality worklist from a folder of dump
texts (.dump), one for each scheduled procedure step. With +tls, it uses TLS for its own port and for destinations.
With --web, the same archive answers QIDO-RS, WADO-RS and STOW-RS over HTTP, on this computer only.

Ctrl-C stops it after running transfers; a second Ctrl-C stops it at once."""


def make_parser() -> CommandParser:
    """Return the parser of this command's options."""
    parser = CommandParser("archive", _HELP)
    parser.add_argument("-v", "--verbose", action="store_true", help="print a line for each association")
    parser.add_argument(
        "-aet",
        "--aetitle",
        type=ae_title,
        default="DICOMKIT",
        metavar="TITLE",
        help="the archive's AE title (default: %(default)s)",
    )
    parser.add_argument(
        "--destination",
        type=_destination,
        action="append",
        default=[],
        metavar="TITLE=HOST:PORT",
        help="a destination for C-MOVE; may be repeated",
    )
    parser.add_argument("--worklist", metavar="DIR", help="a folder with the entries of a worklist")
    parser.add_argument(
        "--web",
        type=port_number,
        metavar="PORT",
        help="answer DICOMweb on this port of 127.0.0.1 too; 0 takes a free one",
    )
    parser.add_argument(
        "--web-origin",
        action="append",
        default=[],
        metavar="ORIGIN",
        help="allow web pages of this origin, such as http://localhost:3000; may be repeated",
    )
    add_tls_options(parser, is_receiver=True)
    add_exposure(parser, "callers", "answer")
    parser.add_argument("folder", metavar="FOLDER", help="an existing folder")
    parser.add_argument(
        "port", metavar="PORT", type=port_number, help="port to listen on; 0 takes a free one"
    )
    return parser


def _destination(text: str) -> tuple[str, tuple[str, int]]:
    title, equals, address = text.partition("=")
    host, colon, port = address.rpartition(":")
    if not equals or not colon or not host:
        message = f"{text!r} is no destination: write TITLE=HOST:PORT"
        raise argparse.ArgumentTypeError(message)
    return ae_title(title), (host, port_number(port))


def run(options: argparse.Namespace) -> int:
    """Run the archive until it is stopped; return the exit status."""
    speaker = Speaker(verbose=options.verbose, name="archive")
    with stopped_by_signals() as stop:
        archive = _archive(options)
        counts = ReceptionCounts()
        archive.subscribe(lambda event: print_event(event, speaker))
        archive.subscribe(counts.count)
        archive.catalogue.refresh()
        for path, reason in archive.catalogue.left_out.items():
            speaker.say(f"left out {path}: {reason}")
        with archive, _on_the_web(archive, options) as web:
            holds = counted(archive.catalogue.instance_count, "instance")
            speaker.say(
                f"listening on {options.host} port {archive.port} as {archive.ae_title}, with {holds} of "
                f"{counted(len(archive.catalogue.studies), 'study')}",
                always=True,
            )
            if web is not None:
                speaker.say(f"DICOMweb at {web.url}", always=True)
            wait_for(stop)
            if web is not None:
                web.stop()
                for problem in web.problems:
                    speaker.warn(f"{problem}")
            is_in_order = end_in_order(stop, archive.stop, lambda: None)
            speaker.say(counts.summary())
        if not is_in_order:
            leave_now(STATUS_INTERRUPTED)
    return 0


def _archive(options: argparse.Namespace) -> Archive:
    from dicomkit.network import Archive  # noqa: PLC0415 - pydicom and pynetdicom take a while to import

    return Archive(
        options.folder,
        ae_title=options.aetitle,
        host=options.host,
        port=options.port,
        destinations=dict(options.destination),
        worklist=options.worklist,
        durable=True,
        ssl_context=receiver_context(options),
        destination_ssl_context=sender_context(options),
        allow_remote=options.allow_remote,
        allowed_calling_ae_titles=options.allow_aet,
    )


def _on_the_web(
    archive: Archive, options: argparse.Namespace
) -> contextlib.AbstractContextManager[WebServer | None]:
    if options.web is None:
        return contextlib.nullcontext()
    return archive.web(options.web, origins=options.web_origin)
