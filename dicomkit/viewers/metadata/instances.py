"""The instances of the metadata viewer: what one of them holds, and how several differ."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from dicomkit.errors import DicomKitError
from dicomkit.index.element_rows import MAX_ROWS, InstanceRows, instance_rows
from dicomkit.index.indexing import IndexRow
from dicomkit.viewers.metadata.rows import (
    Creators,
    ShownElement,
    ShownInstance,
    shown_elements,
    shown_instance,
)

__all__ = ["Instances"]

_PIXEL_GROUP = 0x7FE0


class _Read(NamedTuple):
    """What was read of an instance, and what may be shown of it."""

    found: InstanceRows
    elements: list[ShownElement]


class Instances:
    """Read instances as they are asked for, each time anew: somebody may be working on the files."""

    def __init__(self) -> None:
        self._creators = Creators()
        self._kept: dict[tuple[int, bool], _Read] | None = None
        self._kept_rows = 0

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Keep what was read last: a page asks for each instance, and then how some of them differ."""
        self._kept, self._kept_rows = {}, 0
        try:
            yield
        finally:
            self._kept = None

    def shown(self, row: IndexRow, *, is_masked: bool) -> ShownInstance:
        """Return all that may be shown of an instance, as `shown_instance` does.

        Raises
        ------
        DicomKitError
            If it cannot be read any more.
        """
        return shown_instance(*self._read(row, is_masked=is_masked))

    def attribute_values(self, rows: Sequence[IndexRow], *, masks: Sequence[bool]) -> dict[str, Any]:
        """Return the values that each attribute has in some instances, so that they can be compared and counted.

        Parameters
        ----------
        rows, masks
            The instances, and for each whether it is masked.

        Returns
        -------
        dict
            ``attributes``: path, tag, name and VR; the different values; for each instance the place of its value
            among these, or -1 where the attribute is absent; and what it is aligned by. ``unread``: the places of
            the instances that could not be read.
        """
        names: dict[str, list[str]] = {}
        values: dict[str, dict[str, int]] = {}
        places: dict[str, list[int]] = {}
        unread = []
        for number, (row, is_masked) in enumerate(zip(rows, masks, strict=True)):
            try:
                elements = self._read(row, is_masked=is_masked).elements
            except DicomKitError:
                unread.append(number)
                continue
            for tag, (path, _, kind, text, name, vr, _, _, value, *_), aligned in elements:
                if kind != "element" or tag >> 16 == _PIXEL_GROUP:
                    continue
                key = aligned or path
                if key not in names:
                    names[key], values[key], places[key] = [path, text, name, vr], {}, [-1] * len(rows)
                if places[key][number] < 0:  # the first of equal tags holds
                    known = values[key]
                    places[key][number] = known.setdefault(value, len(known))
        table = [[*names[key], list(values[key]), places[key], key] for key in sorted(values)]
        return {"attributes": table, "unread": unread}

    def _read(self, row: IndexRow, *, is_masked: bool) -> _Read:
        key = (id(row), is_masked)
        if self._kept is not None and key in self._kept:
            return self._kept[key]
        found = instance_rows(row.entry.read_content(), given="instance")
        read = _Read(found, shown_elements(found, is_masked=is_masked, creators=self._creators))
        if self._kept is not None:
            if self._kept_rows > MAX_ROWS:
                self._kept.clear()
                self._kept_rows = 0
            self._kept[key] = read
            self._kept_rows += len(read.elements)
        return read
