"""The wire: a storage SCP, a sender that explains itself, and a log of what was said.

Each name is imported when it is first asked for: a sender starts without what a receiver needs, and the
protocol itself (`dicomkit.network.wire`) works in a Python that has no sockets.
"""

from __future__ import annotations

from dicomkit.lazy_names import lazy_getattr

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dicomkit.network.archive_scp import Archive
    from dicomkit.network.association_log import AssociationLog
    from dicomkit.network.commitment_report import CommitmentReport
    from dicomkit.network.commitment_scu import EventReports, commit
    from dicomkit.network.find_report import FindReport
    from dicomkit.network.log_entry import LogEntry
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

_LAZY = {
    "Archive": "dicomkit.network.archive_scp",
    "CommitmentReport": "dicomkit.network.commitment_report",
    "EventReports": "dicomkit.network.commitment_scu",
    "commit": "dicomkit.network.commitment_scu",
    "FindReport": "dicomkit.network.find_report",
    "RetrieveReport": "dicomkit.network.retrieve_report",
    "find": "dicomkit.network.query_scu",
    "get": "dicomkit.network.retrieve_scu",
    "move": "dicomkit.network.retrieve_scu",
    "AssociationLog": "dicomkit.network.association_log",
    "Limits": "dicomkit.network.room",
    "LogEntry": "dicomkit.network.log_entry",
    "ReceiverEvent": "dicomkit.network.records",
    "Room": "dicomkit.network.room",
    "Seat": "dicomkit.network.room",
    "SendInterrupted": "dicomkit.network.send_report",
    "SendReport": "dicomkit.network.send_report",
    "SendResult": "dicomkit.network.send_report",
    "StatusMeaning": "dicomkit.network.statuses",
    "StorageSCP": "dicomkit.network.storage_scp",
    "StoredInstance": "dicomkit.network.records",
    "TimeOuts": "dicomkit.network.requestor",
    "Wait": "dicomkit.network.waits",
    "WaitLine": "dicomkit.network.waits",
    "echo": "dicomkit.network.verification_scu",
    "explain_status": "dicomkit.network.statuses",
    "send": "dicomkit.network.storage_scu",
}

__getattr__ = lazy_getattr(__name__, _LAZY)
