"""Where a room keeps what it was sent: a folder for each attendee, so that nobody's copy hides another's."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from dicomkit.instance_store import IncomingInstance, InstanceStore, StoredFile

__all__ = ["RoomStore"]


class RoomStore(InstanceStore):
    """Keep each attendee's instances in a folder with the attendee's AE title for a name.

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
        """How many unfinished files were removed when this store was made."""
        return sum(store.removed_count for store in self._stores.values())

    def unreported(self) -> Iterator[StoredFile]:
        """Yield what was stored and never told of, of each attendee."""
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
        """Return a place for one instance of an attendee; see `InstanceStore.receive`."""
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
