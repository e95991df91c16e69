"""Look at the bytes of a file: what each one is for, and what a reader says when one is changed."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import Any

import traitlets
from pydicom.dataset import Dataset

from dicomkit.files.writing import encode_file
from dicomkit.viewers.anatomy.edited_file import ROLES, EditedFile
from dicomkit.viewers.frame.front_end import front_end, styles
from dicomkit.viewers.frame.viewer import Answer, Viewer

__all__ = ["ROLES", "AnatomyViewer"]


class AnatomyViewer(Viewer):
    """Show the bytes of a file, coloured by what they are for, beside the tree of its elements.

    Point at a byte and the tree shows its element; point at an element and its bytes light up. Change a
    byte and read what dicomkit and pydicom say about the result; the file itself is never touched.

    A damaged file is shown up to its damage; what lies behind it is marked ``unread``. Of a file with more than 50,000
    elements and items the rest is marked ``unlisted``.

    Bytes that may identify somebody are covered, pixels too, unless the file says that it names nobody. Tags,
    VRs and lengths can always be seen.

    Parameters
    ----------
    path_or_bytes
        A file, or its content; of a data set, the bytes that `write_file` would write.
    beside
        Another file, best the same data set in another transfer syntax. It is shown to the right, and
        elements of the same path light up on both sides.
    mask
        Whether to cover what may identify somebody. Not covered, it is on the screen and in exported pages.

    Raises
    ------
    FileAccessError, NotDicomError
        If one of the two cannot be read, or already its first bytes are not those of a DICOM file.
    UsageError
        If a file has more than 64 MB, or it is neither a path nor bytes nor a data set.

    References
    ----------
    PS3.10 section 7.1, DICOM File Meta Information; PS3.5 section 7.1, Data Elements; PS3.15 annex E,
    Attribute Confidentiality Profiles.

    Examples
    --------
    >>> preamble = bytes(128) + b"DICM"
    >>> print(AnatomyViewer(preamble + bytes.fromhex("28001000 5553 0200 0001")))
    AnatomyViewer, 142 bytes in 6 spans, transfer syntax not stated
      preamble 128 bytes, prefix 4 bytes, tag 4 bytes, vr 2 bytes, length 2 bytes, value 2 bytes
      readers: dicomkit refuses it, pydicom accepts it
    """

    _esm = front_end("anatomy/viewer")
    _css = styles("anatomy")

    selection = traitlets.Unicode("", help="the path of the element that is marked, as (0028,0010)").tag(
        sync=True
    )

    def __init__(
        self,
        path_or_bytes: str | os.PathLike[str] | bytes | Dataset,
        beside: str | os.PathLike[str] | bytes | Dataset | None = None,
        *,
        mask: bool = True,
    ) -> None:
        sources = [path_or_bytes] if beside is None else [path_or_bytes, beside]
        written = [encode_file(source) if isinstance(source, Dataset) else source for source in sources]
        self._files = [EditedFile(source, is_masked=mask) for source in written]
        super().__init__()

    @property
    def lists_all(self) -> bool:
        """Whether each element and item is listed; there is a bound of 50,000 for each file."""
        return all(file.lists_all for file in self._files)

    def answer(self, question: Mapping[str, Any]) -> Answer:
        """Answer what the sides are, what is in one, what becomes of it when a byte is changed; or reveal it."""
        kind = question["ask"]
        if kind == "sides":
            return Answer({"count": len(self._files), "roles": list(ROLES.items())})
        if kind == "reveal":
            for file in self._files:
                file.reveal()
            return Answer({"revealed": True})
        file = self._files[int(question["side"])]
        if kind == "piece":
            return Answer({}, [file.piece(int(question["piece"]))])
        if kind == "edit":
            file.edit(int(question["offset"]), int(question["value"]))
        elif kind == "undo":
            file.undo()
        return file.answer()

    def questions(self) -> Iterator[dict[str, Any]]:
        """Yield what a page without a kernel asks: all but the changes."""
        yield {"ask": "sides"}
        for side, file in enumerate(self._files):
            yield {"ask": "file", "side": side}
            for piece in range(file.pieces):
                yield {"ask": "piece", "side": side, "piece": piece}

    def describe(self) -> str:
        """Return how many bytes are there for what; no value."""
        return "\n".join(file.describe() for file in self._files)
