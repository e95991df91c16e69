"""Several images at each position, as in a series of time points, echoes or b-values: a volume is made of one pass.

The position alone cannot tell a second time point from a duplicate. An attribute in which they differ can, if it has
one value for a whole pass through the positions. Segments are told apart in the same way, even at different positions.

References
----------
PS3.3 section C.7.6.16.2.2, Frame Content Macro; section C.8.3.1, MR Image Module.
PS3.3 section C.8.13.5.9, MR Diffusion Macro; section C.8.20.3.1, Segmentation Macro.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pydicom.datadict import dictionary_description, tag_for_keyword

from dicomkit.index.stacks import places_of
from dicomkit.pixels.frame_attributes import frame_item, readable, readable_text
from dicomkit.text import counted

if TYPE_CHECKING:
    from dicomkit.volumes.slices import Slice

__all__ = ["PASS_TAGS", "one_pass"]

_SEGMENT = "ReferencedSegmentNumber"
# By attribute, the functional group that holds it in an enhanced image; the first that tells the passes apart counts.
_DIFFERENCES = {
    "TemporalPositionIndex": "FrameContentSequence",
    "TemporalPositionIdentifier": "",
    "EchoNumbers": "",
    "EchoTime": "",
    "EffectiveEchoTime": "MREchoSequence",
    "DiffusionBValue": "MRDiffusionSequence",
    "InversionTime": "",
    "FlipAngle": "",
    "NominalPercentageOfCardiacPhase": "CardiacSynchronizationSequence",
    "NominalCardiacTriggerDelayTime": "CardiacSynchronizationSequence",
    "TriggerTime": "",
    "FrameReferenceTime": "",
    "AcquisitionNumber": "",
    "FrameAcquisitionNumber": "FrameContentSequence",
    "ImageType": "",
}
_TAGS = {keyword: tag_for_keyword(keyword) or 0 for keyword in (*_DIFFERENCES, _SEGMENT)}
# The attributes of a single-frame image that may differ from slice to slice; each is a number in text.
PASS_TAGS = frozenset(
    _TAGS[keyword] for keyword, macro in _DIFFERENCES.items() if not macro and keyword != "ImageType"
)


def one_pass(slices: Sequence[Slice]) -> tuple[list[Slice], list[str]]:
    """Return the slices of one pass, and a sentence on the others.

    Parameters
    ----------
    slices
        Parallel slices, in order of Instance Number.

    Returns
    -------
    list of Slice
        All of them, if no two different ones have the same position. Otherwise the largest pass; of equally large ones,
        the one with the lowest value. Copies of one instance stay in it.
    list of str
        A sentence, if any were left out.
    """
    if chosen := _chosen(slices, _SEGMENT, least=0):
        return _of_pass(slices, chosen, _SEGMENT)
    # An instance that came twice is a duplicate, not another pass.
    instances = [(one.sop_instance_uid or number, one.frame) for number, one in enumerate(slices)]
    places = list(places_of([one.place for one in slices], instances))
    several = max(map(len, places))
    if several == 1:
        return list(slices), []
    place_of = {number: at for at, place in enumerate(places) for number in place}
    for keyword in _DIFFERENCES:
        chosen = _chosen(slices, keyword, least=len(places) / 2)
        inside = [place_of[number] for number in chosen if number in place_of]
        if chosen and len(inside) == len(set(inside)):
            return _of_pass(slices, chosen, keyword)
    usual = sorted(map(len, places))[(len(places) - 1) // 2]
    if usual == 1:
        return list(slices), []  # duplicates, at a few positions
    kept = {place[0] for place in places}
    what = f"each place has {usual} images, and no attribute tells one pass from another: the one with the lowest Instance Number was used, {counted(len(slices) - len(kept), 'image')} left out"
    return [slices[number] for number in sorted(kept)], [what]


def _chosen(slices: Sequence[Slice], keyword: str, *, least: float) -> list[int]:
    """Return the indices of the slices of the largest pass; none if the attribute makes no pass of that size."""
    passes: dict[float | str, list[int]] = {}
    for number, one in enumerate(slices):
        passes.setdefault(_value(one, keyword), []).append(number)
    if len(passes) == 1:
        return []
    _, chosen = min(passes.items(), key=lambda item: (-len(item[1]), isinstance(item[0], str), item[0]))
    return chosen if len(chosen) >= least else []


def _of_pass(slices: Sequence[Slice], chosen: list[int], keyword: str) -> tuple[list[Slice], list[str]]:
    left = counted(len(slices) - len(chosen), "image")
    count = len({_value(one, keyword) for one in slices})
    what = f"its images make {count} passes, which differ in {dictionary_description(_TAGS[keyword])}: one was used, {left} left out"
    return [slices[number] for number in chosen], [what]


def _value(one: Slice, keyword: str) -> float | str:
    """Return a value that can be compared: as a number where possible, otherwise as text."""
    if one.own_values is not None and _TAGS[keyword] in PASS_TAGS:
        text = one.own_values.get(_TAGS[keyword], b"").decode("ascii", "replace").strip("\0 ")
    else:
        macro = _DIFFERENCES.get(keyword, "SegmentIdentificationSequence")
        item = readable(lambda: frame_item(one.dataset, one.frame, macro, keyword), one.dataset)
        text = readable_text(item, keyword)
    try:
        return float(text)
    except ValueError:
        return text
