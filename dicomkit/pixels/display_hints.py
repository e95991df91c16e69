"""What an image says about how to be shown, as far as it makes sense.

Windows, lookup tables, a rescale, padding and the Presentation LUT Shape are hints: an image that brings a bad
one is an image all the same. So whoever shows it asks here, once, and gets what can be used, with a remark in
words on each hint that was passed over. No hint is allowed to hide the pixels.

References
----------
PS3.3 section C.11.1, Modality LUT Module; section C.11.2, VOI LUT Module; section C.11.6, Softcopy Presentation
LUT Module; section C.7.5.1.1.2, Pixel Padding Value and Pixel Padding Range Limit.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple, TypeVar

import numpy.typing as npt
from pydicom.dataset import Dataset

from dicomkit.errors import DicomKitError
from dicomkit.files.quiet_pydicom import quiet_pydicom
from dicomkit.pixels.colour_space import code_string, colour_space
from dicomkit.pixels.frame_attributes import frame_item
from dicomkit.pixels.lookup import LookupTable, read_lookup_table
from dicomkit.pixels.modality import Modality, as_stored, read_modality
from dicomkit.pixels.padding import padding_range
from dicomkit.pixels.transfer_syntax import transfer_syntax_of
from dicomkit.pixels.window import WINDOW_FUNCTIONS, Window, windows_of

__all__ = ["DisplayHintWarning", "DisplayHints", "display_hints"]

_Found = TypeVar("_Found")
_NAMES = {"RescaleSlope": "Rescale Slope", "RescaleIntercept": "Rescale Intercept"}
_SHAPES = {"IDENTITY": False, "INVERSE": True}


class DisplayHintWarning(UserWarning):
    """Something that an image says about how to be shown makes no sense, and was passed over."""


class DisplayHints(NamedTuple):
    """How to show one frame of a grey image.

    ``windows`` are those that can be used and ``problems`` what is wrong with each other one, by its number.
    ``voi_table`` is the first VOI LUT that can be used. ``inverse`` says whether low values are bright.
    ``padding`` is the lowest and the highest stored value that is no part of the image. ``remarks`` are
    sentences on what was passed over, without a full stop and without a value that could be a patient's.
    """

    modality: Modality
    windows: list[Window]
    problems: dict[int, str]
    function: str
    voi_table: LookupTable | None
    inverse: bool
    padding: tuple[int, int] | None
    remarks: tuple[str, ...]


@quiet_pydicom()
def display_hints(dataset: Dataset, stored: npt.NDArray[Any], frame: int = 1) -> DisplayHints:
    """Return how one frame of a grey image is to be shown.

    Parameters
    ----------
    dataset
        A grey image that `check_image` has found whole.
    stored
        The stored values of the frame, or all that they could be.
    frame
        The number of the frame; the first is 1.
    """
    notes = _Remarks()
    modality = notes.tried("Modality LUT", lambda: read_modality(dataset, frame), as_stored(dataset))
    if modality.remark:
        notes.say(modality.remark)
    function = notes.tried("VOI LUT Function", lambda: _function(dataset, frame), "LINEAR")
    if function not in WINDOW_FUNCTIONS:
        notes.say("VOI LUT Function was passed over: it is none that the Standard names; LINEAR is used")
        function = "LINEAR"
    voi_table = _voi_table(dataset, frame, modality.extent(stored)[0] < 0, notes)
    none: tuple[list[Window], dict[int, str]] = ([], {})
    windows, problems = notes.tried("Window Center", lambda: windows_of(dataset, frame, function), none)
    for number, problem in problems.items():
        notes.say(f"window {number} was passed over: {problem}")
    padding = notes.tried("Pixel Padding Value", lambda: padding_range(dataset, stored), None)
    inverse = _is_inverse(dataset, notes)
    return DisplayHints(modality, windows, problems, function, voi_table, inverse, padding, tuple(notes.told))


class _Remarks:
    """What was passed over, one sentence each."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def say(self, remark: str) -> None:
        if remark not in self.told:
            self.told.append(remark)

    def tried(self, name: str, read: Callable[[], _Found], otherwise: _Found) -> _Found:
        """Return what `read` returns. If it cannot, say so, and return `otherwise`."""
        try:
            return read()
        except DicomKitError as error:
            self.say(f"{_NAMES.get(error.given, name)} was passed over: {error.problem}")
        except Exception:  # noqa: BLE001 - a damaged element makes pydicom raise nearly anything, and repeat it
            self.say(f"{name} was passed over: it is damaged")
        return otherwise


def _function(dataset: Dataset, frame: int) -> str:
    item = frame_item(dataset, frame, "FrameVOILUTSequence", "VOILUTFunction")
    return code_string(item, "VOILUTFunction") or "LINEAR"


def _voi_table(dataset: Dataset, frame: int, is_signed: bool, notes: _Remarks) -> LookupTable | None:  # noqa: FBT001 - a fact about the values
    """Return the first VOI LUT that can be used."""

    def items() -> list[Dataset]:
        place = frame_item(dataset, frame, "FrameVOILUTSequence", "VOILUTSequence")
        return list(place.get("VOILUTSequence") or [])

    def read(item: Dataset) -> LookupTable | None:
        is_little_endian = bool(transfer_syntax_of(dataset).is_little_endian)
        return read_lookup_table(item, is_signed=is_signed, is_little_endian=is_little_endian)

    none: list[Dataset] = []
    for number, item in enumerate(notes.tried("VOI LUT", items, none), start=1):
        table = notes.tried(f"VOI LUT {number}", partial(read, item), None)
        if table is not None:
            return table
    return None


def _is_inverse(dataset: Dataset, notes: _Remarks) -> bool:
    """Return whether low values are bright; Presentation LUT Shape overrides MONOCHROME1."""
    said = notes.tried("Presentation LUT Shape", lambda: code_string(dataset, "PresentationLUTShape"), "")
    if said in _SHAPES:
        return _SHAPES[said]
    if said:
        notes.say("Presentation LUT Shape was passed over: it is none that a screen knows")
    return colour_space(dataset) == "MONOCHROME1"
