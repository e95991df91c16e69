"""The wire: a storage SCP, a sender that explains itself, and a log of what was said."""

from dicomkit.network.storage_scp import StorageSCP

__all__ = [
    "StorageSCP",
]
