"""The wire: a storage SCP, a sender that explains itself, and a log of what was said.

Each name is imported when it is first asked for: a sender starts without what a receiver needs, and the
protocol itself (`dicomkit.network.wire`) works in a Python that has no sockets.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dicomkit.network.archive_scp import Archive
    from dicomkit.network.association_log import AssociationLog, LogEntry
    from dicomkit.network.commitment_report import CommitmentReport
    from dicomkit.network.commitment_scu import EventReports, commit
    from dicomkit.network.find_report import FindReport
    from dicomkit.network.query_scu import find
    from dicomkit.network.records import ReceiverEvent, StoredInstance
    from dicomkit.network.requestor import TimeOuts
    from dicomkit.network.retrieve_report import RetrieveReport
    from dicomkit.network.retrieve_scu import get, move
    from dicomkit.network.room import Limits, Room, Seat
    from dicomkit.network.send_report import SendInterrupted, SendReport, SendResult
    from dicomkit.network.statuses import StatusMeaning, explain_status
    from dicomkit.network.storage_scp import StorageSCP
    from dicomkit.network.storage_scu import send
    from dicomkit.network.verification_scu import echo
    from dicomkit.network.waits import Wait, WaitLine

__all__ = [
    "Archive",
    "AssociationLog",
    "CommitmentReport",
    "EventReports",
    "FindReport",
    "Limits",
    "LogEntry",
    "ReceiverEvent",
    "RetrieveReport",
    "Room",
    "Seat",
    "SendInterrupted",
    "SendReport",
    "SendResult",
    "StatusMeaning",
    "StorageSCP",
    "StoredInstance",
    "TimeOuts",
    "Wait",
    "WaitLine",
    "commit",
    "echo",
    "explain_status",
    "find",
    "get",
    "move",
    "send",
]

_MODULES = {
    "Archive": "archive_scp",
    "CommitmentReport": "commitment_report",
    "EventReports": "commitment_scu",
    "commit": "commitment_scu",
    "FindReport": "find_report",
    "RetrieveReport": "retrieve_report",
    "find": "query_scu",
    "get": "retrieve_scu",
    "move": "retrieve_scu",
    "AssociationLog": "association_log",
    "Limits": "room",
    "LogEntry": "association_log",
    "ReceiverEvent": "records",
    "Room": "room",
    "Seat": "room",
    "SendInterrupted": "send_report",
    "SendReport": "send_report",
    "SendResult": "send_report",
    "StatusMeaning": "statuses",
    "StorageSCP": "storage_scp",
    "StoredInstance": "records",
    "TimeOuts": "requestor",
    "Wait": "waits",
    "WaitLine": "waits",
    "echo": "verification_scu",
    "explain_status": "statuses",
    "send": "storage_scu",
}


def __getattr__(name: str) -> object:
    if name in _MODULES:
        return getattr(importlib.import_module(f"{__name__}.{_MODULES[name]}"), name)
    message = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(message)
