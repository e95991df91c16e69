"""A viewer that shows one window and one place in the patient with others, whichever of them is moved."""

from __future__ import annotations

import threading
import uuid
from typing import Any

import traitlets

from dicomkit.viewers.frame.viewer import Viewer
from dicomkit.viewers.image.linking import following_index, window_kind
from dicomkit.viewers.image.picture_list import Series

__all__ = ["LinkedViewer"]

_SHARED = ("window", "function", "selection")


class _TakingOver(threading.local):
    """Blocks in which this thread sets traits of which the linked viewers know already.

    A cell's thread may set a trait while another one takes over what a browser says; each has a number of its own.
    """

    depth = 0

    def __enter__(self) -> None:
        self.depth += 1

    def __exit__(self, *_: object) -> None:
        self.depth -= 1


class Link:
    """Viewers that go together; `name` is how their front ends know each other."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.viewers: list[LinkedViewer] = []

    def lead(self, leader: LinkedViewer, name: str) -> None:
        """Let all but `leader` take over one of its traits."""
        for viewer in self.viewers:
            if viewer is not leader:
                viewer.follow(leader, name)

    def leave(self, viewer: LinkedViewer) -> None:
        """Forget a viewer, if it is one of these."""
        self.viewers = [one for one in self.viewers if one is not viewer]


class LinkedViewer(Viewer):
    """The part of an image viewer that is linked with others: what they share, and who follows whom."""

    window: Any = traitlets.Tuple(
        traitlets.Float(), traitlets.Float(), default_value=None, allow_none=True,
        help="(center, width), or None for the window of the first sight",
    ).tag(sync=True)  # fmt: skip
    function = traitlets.Unicode("", help="VOI LUT Function; empty for the one of the file").tag(sync=True)
    selection = traitlets.Int(1, help="the number of the picture that is shown; the first is 1").tag(
        sync=True
    )

    linked_as = traitlets.Unicode("", help="the same for viewers that are linked").tag(sync=True)

    def __init__(self) -> None:
        self._link = Link("")
        self._taking_over = _TakingOver()
        super().__init__()

    def link(self, *others: LinkedViewer) -> None:
        """Let this viewer and `others` show one window and one place in the patient, whichever is moved.

        Series of one frame of reference meet in the nearest parallel slice; across a slice of another
        direction the browser draws where it is cut. Pictures without a place go by their index, if there are
        equally many. The window is shared where the values have one unit, but not with a localiser.

        Parameters
        ----------
        others
            The viewers to link with. A link that one of them had before ends.
        """
        link = Link(uuid.uuid4().hex)
        joins = [viewer.join for viewer in dict.fromkeys([self, *others])]  # raises if one has no picture
        for join in joins:
            join(link)
        for name in _SHARED:
            link.lead(self, name)

    def unlink(self) -> None:
        """Go alone again."""
        self.join(Link(""))

    def join(self, link: Link) -> None:
        """Leave the link that this viewer has, and join another."""
        self._link.leave(self)
        link.viewers.append(self)
        self._link = link
        self.linked_as = link.name

    def follow(self, leader: LinkedViewer, name: str) -> None:
        """Take over the trait `name` of a linked viewer, as far as it means something here."""
        (leading, at), (series, here) = leader.shown, self.shown
        with self._taking_over:
            if name == "selection":
                index = following_index(leading.pictures, at, series.pictures)
                if index is not None:
                    self.selection += index - here
            elif window_kind(leading.pictures[at]) == window_kind(series.pictures[here]):
                setattr(self, name, getattr(leader, name))

    def set_state(self, sync_data: dict[str, Any]) -> None:
        """Take what a browser says; it has told the linked viewers already."""
        with self._taking_over:
            super().set_state(sync_data)

    @traitlets.observe(*_SHARED)
    def _on_change(self, change: dict[str, Any]) -> None:
        if not self._taking_over.depth:
            self._link.lead(self, str(change["name"]))

    @property
    def shown(self) -> tuple[Series, int]:
        """The series that is shown, and the index of the selected picture in it; the first is 0."""
        raise NotImplementedError
