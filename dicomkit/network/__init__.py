"""The wire: a storage SCP, a sender that explains itself, and a log of what was said."""

from dicomkit.network.association_log import AssociationLog, LogEntry
from dicomkit.network.records import ReceiverEvent, StoredInstance
from dicomkit.network.requestor import TimeOuts
from dicomkit.network.send_report import SendReport, SendResult
from dicomkit.network.statuses import StatusMeaning, explain_status
from dicomkit.network.storage_scp import StorageSCP
from dicomkit.network.storage_scu import echo, send

__all__ = [
    "AssociationLog",
    "LogEntry",
    "ReceiverEvent",
    "SendReport",
    "SendResult",
    "StatusMeaning",
    "StorageSCP",
    "StoredInstance",
    "TimeOuts",
    "echo",
    "explain_status",
    "send",
]
