"""First sight: how an image is shown before a window is chosen.

By the Standard an image without a window is shown with all values that its bits can hold: a CT with 16 bits is then a
plain grey, a dose is black. `render` does that. A viewer should show something, so it begins with the window or table
of the file only if that shows enough grey levels; otherwise it computes a window from the values, and says so.

References
----------
PS3.4 section N.2, Pixel Transformation Sequence.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from pydicom.dataset import Dataset

from dicomkit.pixels.decoding import decoded_frame
from dicomkit.pixels.display_hints import DisplayHints, display_hints
from dicomkit.pixels.frame_attributes import readable_text
from dicomkit.pixels.presets import ALL_VALUES, EVERY_VALUE, ValueCounts, fitting_windows, value_counts
from dicomkit.pixels.rendering import colour_picture, grey_levels, is_grey
from dicomkit.pixels.window import Grey

__all__ = ["FEWEST_LEVELS", "FirstPicture", "FirstSight", "choose_first_sight", "first_picture", "remarks_on"]

FEWEST_LEVELS = 16  # with fewer, a picture shows next to nothing of an image that has more values
_SCREEN_BITS = 8
# In these, few pixels matter, and a window from the middle percentiles would leave them out.
_WHOLE_RANGE_MODALITIES = {"RTDOSE", "PT", "NM"}


class FirstSight(NamedTuple):
    """How a frame is shown before a window is chosen.

    ``window`` is (center, width); None means the file's VOI LUT, or all values that the bits can hold. ``name`` names
    the window, ``is_from_file`` says whether it is the file's, and ``remark`` why it differs from the Standard's, or
    "".
    """

    window: tuple[float, float] | None
    name: str
    is_from_file: bool
    remark: str = ""


class FirstPicture(NamedTuple):
    """One frame as a viewer shows it.

    ``levels`` have the shape (rows, columns) for grey, (rows, columns, 3) for colour; ``sight`` is how it is shown
    before a window is chosen, None for colour; ``remarks`` are sentences on ignored hints.
    """

    levels: Grey
    sight: FirstSight | None
    remarks: tuple[str, ...]


def choose_first_sight(dataset: Dataset, hints: DisplayHints, counts: ValueCounts) -> FirstSight:
    """Choose how one frame of a grey image is shown at first; the parameters are those of `presets_of`."""
    sights = _of_the_file(hints)
    for sight in sights:
        if _is_useful(hints, counts, sight.window):
            is_first = sight is sights[0]
            return sight if is_first else sight._replace(remark=_why(hints, counts, sights[0].window))
    if not sights and _shows_all_that_bits_hold(dataset, hints, counts):
        return FirstSight(None, EVERY_VALUE, is_from_file=False)
    fitting = fitting_windows(hints, counts)
    if readable_text(dataset, "Modality") not in _WHOLE_RANGE_MODALITIES:
        fitting.sort(key=lambda preset: preset.name == ALL_VALUES)  # it comes last
    best = max(
        fitting,
        key=lambda one: min(_levels(hints, counts, (one.center, one.width)), FEWEST_LEVELS),
        default=None,
    )
    if best is None:  # nothing but padding
        return sights[0] if sights else FirstSight(None, EVERY_VALUE, is_from_file=False)
    remark = _why(hints, counts, sights[0].window) if sights else ""
    return FirstSight((best.center, best.width), best.name, is_from_file=False, remark=remark)


def first_picture(
    dataset: Dataset,
    frame: int = 1,
    *,
    window: tuple[float, float] | None = None,
    function: str | None = None,
) -> FirstPicture:
    """Render one frame as a viewer shows it.

    Parameters
    ----------
    dataset, frame
        An image, grey or colour, and the number of one of its frames; the first is 1.
    window
        (center, width), if one was chosen.
    function
        The VOI LUT Function; by default the image's own.

    Raises
    ------
    ImageError
        If the image cannot be decoded.
    """
    stored, remarks = decoded_frame(dataset, frame)
    if not is_grey(dataset):
        return FirstPicture(colour_picture(dataset, stored), None, remarks)
    hints = display_hints(dataset, stored, frame)
    sight = choose_first_sight(dataset, hints, value_counts(stored, hints.padding))
    levels = grey_levels(hints, stored, window=window or sight.window, function=function)
    return FirstPicture(levels, sight, (*remarks, *remarks_on(hints, sight)))


def remarks_on(hints: DisplayHints, sight: FirstSight) -> tuple[str, ...]:
    """Return a sentence on each hint that was ignored."""
    return (*hints.remarks, *([sight.remark] if sight.remark else []))


def _of_the_file(hints: DisplayHints) -> list[FirstSight]:
    """Return the VOI LUT and the windows of the file, in the order in which they are tried."""
    table = [FirstSight(None, "VOI LUT", is_from_file=True)] if hints.voi_table is not None else []
    return table + [
        FirstSight((one.center, one.width), one.explanation or f"window {one.number}", is_from_file=True)
        for one in hints.windows
    ]


def _levels(hints: DisplayHints, counts: ValueCounts, window: tuple[float, float] | None) -> int:
    """Return the number of grey levels that a window shows of a sample, which is large enough to count all 256."""
    some = counts.values[:: max(1, len(counts.values) // 65536)]
    return len(np.unique(grey_levels(hints, some, window=window)))


def _is_useful(hints: DisplayHints, counts: ValueCounts, window: tuple[float, float] | None) -> bool:
    """Return whether a window of the file shows enough grey levels, or as many as there are values."""
    return len(counts.values) <= FEWEST_LEVELS or _levels(hints, counts, window) >= FEWEST_LEVELS


def _shows_all_that_bits_hold(dataset: Dataset, hints: DisplayHints, counts: ValueCounts) -> bool:
    """Return whether an image without a window shows something when displayed by the Standard."""
    few = len(counts.values)
    bits = int(dataset.get("BitsStored") or dataset.BitsAllocated)
    is_for_a_screen = counts.values.dtype.kind != "f" and bits <= _SCREEN_BITS
    return few <= 1 or (is_for_a_screen and _levels(hints, counts, None) >= min(few, FEWEST_LEVELS))


def _why(hints: DisplayHints, counts: ValueCounts, window: tuple[float, float] | None) -> str:
    levels = _levels(hints, counts, window)
    name = f"window {hints.windows[0].number}" if hints.voi_table is None else "the VOI LUT"
    return f"{name} of the file was passed over at first: it shows {levels} grey level(s) of this frame"
