"""The instances that an instance refers to, at any depth.

References
----------
PS3.3 section 10.8, SOP Instance Reference Macro.
"""

from __future__ import annotations

from pydicom.dataset import Dataset

from dicomkit.contents.part import Part

__all__ = ["referenced_uids"]

_MAX_ITEMS = 100_000
_MAX_DEPTH = 64


def referenced_uids(dataset: Dataset) -> set[str]:
    """Return each Referenced SOP Instance UID of an instance, except references to studies, patients and the like.

    Parameters
    ----------
    dataset
        An instance. Damaged elements are ignored.
    """
    found: set[str] = set()
    waiting = [(0, Part(dataset))]
    count = 0
    while waiting and count < _MAX_ITEMS:
        depth, part = waiting.pop()
        count += 1
        if depth and (uid := part.text("ReferencedSOPInstanceUID")):
            found.add(uid)
        if depth < _MAX_DEPTH:
            waiting += [(depth + 1, item) for keyword in _sequences(part) for item in part.items(keyword)]
    return found


def _sequences(part: Part) -> list[str]:
    """Return the keywords of the sequences that may refer to images, not to studies or persons."""
    try:
        elements = [part.dataset.get_item(tag) for tag in part.dataset.keys()]  # noqa: SIM118 - tags, unread values
    except Exception:  # noqa: BLE001 - as in Part
        return []
    from pydicom.datadict import keyword_for_tag  # noqa: PLC0415 - one use

    keywords = (keyword_for_tag(one.tag) for one in elements if one is not None and one.VR in {"SQ", None})
    return [keyword for keyword in keywords if keyword.endswith("Sequence") and keyword not in _OF_OTHERS]


_OF_OTHERS = frozenset(
    {"ReferencedStudySequence", "ReferencedPatientSequence", "ReferencedPerformedProcedureStepSequence",
     "ReferencedPatientPhotoSequence", "ReferencedRequestSequence"}
)  # fmt: skip
