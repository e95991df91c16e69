"""Which picture a viewer shows when a viewer that it is linked with shows another place.

Two series of one examination rarely have the same slices: what is shown side by side is the same place in
the patient, not the same number. The browser follows the same rule (link.js), so that a drag needs no kernel.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from pydicom.dataset import Dataset

from dicomkit.pixels.modality import unit_of
from dicomkit.pixels.plane import middle, normal, plane
from dicomkit.viewers.image.picture_list import Picture

__all__ = ["Link", "following_index", "is_projection", "window_kind"]

_PARALLEL = 0.9  # the least cosine between the normals of slices that count as parallel


class _Follower(Protocol):
    def follow(self, leader: Any, name: str) -> None:  # noqa: ANN401 - a viewer of its own kind
        """Take over the trait `name` of `leader`."""


class Link:
    """Viewers that go together; `name` is how their front ends know each other."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.viewers: list[_Follower] = []

    def lead(self, leader: _Follower, name: str) -> None:
        """Let all but `leader` take over one of its traits."""
        for viewer in self.viewers:
            if viewer is not leader:
                viewer.follow(leader, name)

    def leave(self, viewer: _Follower) -> None:
        """Forget a viewer, if it is one of these."""
        self.viewers = [one for one in self.viewers if one is not viewer]


def is_projection(dataset: Dataset) -> bool:
    """Say whether an image shows the whole thickness of the body: a localiser, whose plane cuts nothing.

    References
    ----------
    PS3.3 section C.8.2.1.1.1, Image Type: value 3 of a CT image. Scanners write it in other images, too.
    """
    return "LOCALIZER" in (dataset.get("ImageType") or [])


def window_kind(picture: Picture) -> str:
    """Return what images must have in common to share a window: the unit of their values, and slices or projections."""
    try:
        return f"{unit_of(*picture)} {'projection' if is_projection(picture.dataset) else 'slice'}"
    except Exception:  # noqa: BLE001 - a damaged element makes pydicom raise nearly anything
        return ""


def following_index(
    leading: Sequence[Picture], leading_index: int, followers: Sequence[Picture]
) -> int | None:
    """Return which of `followers` belongs to what a leading viewer shows, or None if nothing says so.

    In one frame of reference it is the parallel slice nearest to the middle of the leader's. Images that say
    no place (a cine loop, a photograph) go with those of the same index, if there are as many.

    Parameters
    ----------
    leading
        The pictures of the series that leads.
    leading_index
        Which one of them was chosen; the first is 0.
    followers
        The pictures of the series that follows.

    References
    ----------
    PS3.3 section C.7.4.1, Frame of Reference Module; section C.7.6.2.1.1, Image Position and Image Orientation.
    """
    leader = leading[leading_index]
    place = plane(*leader)
    if place is None or plane(*followers[0]) is None:
        return leading_index if len(leading) == len(followers) else None
    leader_normal = normal(place)
    point = middle(place, int(leader.dataset.Rows), int(leader.dataset.Columns))
    found: list[tuple[float, int]] = []
    for index, follower in enumerate(followers):
        other = plane(*follower)
        if other is None or not _share_frame_of_reference(leader, follower):
            continue
        direction = normal(other)
        if abs(float(np.dot(direction, leader_normal))) >= _PARALLEL:
            distance_mm = abs(float(np.dot(direction, point - other.origin)))
            found.append((round(distance_mm, 6), index))  # equally near: the first, whatever the last bit
    return min(found)[1] if found else None


def _share_frame_of_reference(one: Picture, other: Picture) -> bool:
    uids = {str(picture.dataset.get("FrameOfReferenceUID") or "") for picture in (one, other)}
    return len(uids) == 1 and "" not in uids
