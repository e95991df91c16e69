"""The instance store of a room: a folder for each attendee, so that two attendees may send the same instance."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from dicomkit.instance_store import IncomingInstance, InstanceStore, StoredFile

__all__ = ["RoomStore"]


class RoomStore(InstanceStore):
    """Store each attendee's instances in a folder named by AE title.

    Parameters
    ----------
    folder
        An existing folder.
    titles
        The roster.
    """

    def __init__(self, folder: Path, titles: Sequence[str]) -> None:
        super().__init__(folder)
        self._stores: dict[str, InstanceStore] = {}
        for title in titles:
            (folder / title).mkdir(mode=0o700, exist_ok=True)
            self._stores[title] = InstanceStore(folder / title)

    @property
    def removed_count(self) -> int:
        """How many partial files were removed when this object was made."""
        return sum(store.removed_count for store in self._stores.values())

    def unreported(self) -> Iterator[StoredFile]:
        """Yield the unreported files of each attendee; see `InstanceStore.unreported`."""
        for store in self._stores.values():
            yield from store.unreported()

    def receive(
        self,
        *,
        sop_class_uid: str,
        sop_instance_uid: str,
        transfer_syntax_uid: str,
        source_ae_title: str = "",
    ) -> IncomingInstance:
        """Return an object that receives one instance of an attendee; see `InstanceStore.receive`."""
        return self._stores[source_ae_title].receive(
            sop_class_uid=sop_class_uid,
            sop_instance_uid=sop_instance_uid,
            transfer_syntax_uid=transfer_syntax_uid,
            source_ae_title=source_ae_title,
        )

    def files(self, title: str) -> list[Path]:
        """Return the instances of an attendee, the oldest first."""
        found = self._stores[title].folder.glob(f"{self.prefix}_*/*.dcm")
        return sorted(found, key=lambda path: (path.stat().st_mtime_ns, path.name))
