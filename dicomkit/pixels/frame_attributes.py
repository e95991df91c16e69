"""Where an attribute of a frame stands: in the frame's own functional group, in the shared one, or outside.

An enhanced multi-frame image says once what holds for all frames (Shared Functional Groups Sequence), and
frame by frame what differs (Per-Frame Functional Groups Sequence). Each group of attributes, a *macro*, is
a sequence with one item.
"""

from __future__ import annotations

from pydicom.dataset import Dataset

__all__ = ["frame_item"]


def frame_item(dataset: Dataset, frame: int, macro: str, keyword: str) -> Dataset:
    """Return the data set in which to look for an attribute of one frame.

    Parameters
    ----------
    dataset
        An image.
    frame
        The number of the frame; the first is 1.
    macro
        The keyword of the functional group, for example ``"FrameVOILUTSequence"``.
    keyword
        The attribute that is wanted.

    Returns
    -------
    Dataset
        The item of the group that has the attribute, otherwise `dataset` itself.

    References
    ----------
    PS3.3 section C.7.6.16, Multi-frame Functional Groups Module.
    """
    per_frame = dataset.get("PerFrameFunctionalGroupsSequence") or []
    shared = dataset.get("SharedFunctionalGroupsSequence") or []
    for group in [*per_frame[frame - 1 : frame], *shared[:1]]:
        for item in (group.get(macro) or [])[:1]:
            if keyword in item:
                found: Dataset = item
                return found
    return dataset
