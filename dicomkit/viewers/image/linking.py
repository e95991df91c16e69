"""Which picture a viewer shows when a viewer that it is linked with shows another place.

Two series of one examination rarely have the same slices: what is shown side by side is the same place in
the patient, not the same number. The browser follows the same rule (link.js), so that a drag needs no kernel.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dicomkit.pixels.frame_attributes import readable
from dicomkit.pixels.modality import unit_of
from dicomkit.pixels.plane import is_projection, middle, normal, plane
from dicomkit.viewers.image.picture_list import Picture

__all__ = ["following_index", "window_kind"]

_PARALLEL = 0.9  # the least cosine between the normals of slices that count as parallel


def window_kind(picture: Picture) -> str:
    """Return what images must have in common to share a window: the unit of their values, and slices or projections."""
    kind = "projection" if is_projection(picture.dataset) else "slice"
    return readable(lambda: f"{unit_of(*picture)} {kind}", "")


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
