"""A modality worklist: a folder with a file for each scheduled procedure step.

In a hospital, the entries come from the information system. Here each is a dump text (``.dump``), which anybody can
write and change, or a DICOM file (``.wl``, as for DCMTK's ``wlmscpfs``). Each query reads the folder.

References
----------
PS3.4 annex K, Basic Worklist Management Service.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

from dicomkit.archive.answers import ItemRecord, asked_elements, fulfils, with_one_character_set
from dicomkit.archive.elements import Element, Item, raw_in, read_item
from dicomkit.archive.query import CHARACTER_SET, parse_conditions
from dicomkit.errors import DicomKitError, FileAccessError
from dicomkit.files.file_bytes import file_bytes
from dicomkit.files.layout import file_layout

__all__ = ["Worklist", "read_entry"]

_SUFFIXES = {".dump", ".wl"}
_MAX_ENTRY_BYTES = 1 << 20


class Worklist:
    """Answer queries from the entries of an existing folder.

    `tell` is called with the error of a file that is no entry; once, until the error changes.

    Attributes
    ----------
    left_out : dict
        Files that are no entries, by name, with the reason, as of the last query.

    Raises
    ------
    FileAccessError
        If the folder does not exist.
    """

    def __init__(
        self,
        folder: str | os.PathLike[str],
        *,
        tell: Callable[[DicomKitError], object] = lambda _error: None,
    ) -> None:
        self._tell = tell
        self.folder = Path(folder)
        if not self.folder.is_dir():
            raise FileAccessError(folder, "is not a folder", "make it first, for example with mkdir")
        self.left_out: dict[str, str] = {}

    def entries(self) -> Iterator[Item]:
        """Yield the entries, in the order of the files' names."""
        known, self.left_out = self.left_out, {}
        for path in sorted(self.folder.iterdir()):
            if path.suffix.lower() not in _SUFFIXES or path.name.startswith("."):
                continue
            try:
                yield read_entry(path)
            except DicomKitError as error:
                self.left_out[path.name] = error.problem
                if known.get(path.name) != error.problem:
                    self._tell(error)

    def search(self, identifier: Item) -> Iterator[Item]:
        """Yield the answer for each entry that matches.

        Raises
        ------
        QueryError
            If the value of a key is invalid.
        """
        keys = parse_conditions(identifier, raw_in(identifier, CHARACTER_SET))
        asked = [key for key in keys if not key.is_universal]
        for entry in self.entries():
            record = ItemRecord(entry)
            if fulfils(record, asked):
                yield with_one_character_set(asked_elements(record, keys))


def read_entry(path: Path) -> Item:
    """Read the elements of a dump text (``.dump``) or a DICOM file.

    Raises
    ------
    DicomKitError
        If it cannot be read.
    """
    try:
        size_bytes = path.stat().st_size
    except OSError:
        size_bytes = 0  # `file_bytes` says what is wrong
    if size_bytes > _MAX_ENTRY_BYTES:
        raise FileAccessError(path.name, "is too large for an entry of a worklist", "leave pixels out")
    _, content = file_bytes(path)
    if path.suffix.lower() == ".dump":
        return _item_of_dump(content)
    layout = file_layout(content, given=path.name, require_prefix=False)
    return read_item(bytes(layout.dataset), layout.dataset_start, layout.encoding, given=path.name)


def _item_of_dump(content: bytes) -> Item:
    from dicomkit.dump.reading.encoded import EncodedItem  # noqa: PLC0415 - only a worklist reads dump texts
    from dicomkit.dump.reading.reader import read_encoded  # noqa: PLC0415 - the same

    def item(encoded: EncodedItem) -> Item:
        return {
            tag: Element(one.vr, one.value)
            if isinstance(one.value, bytes)
            else Element("SQ", tuple(item(inner) for inner in one.value))
            for tag, one in encoded.elements.items()
        }

    dump, _ = read_encoded(content)
    return item(dump.dataset)
