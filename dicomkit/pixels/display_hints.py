"""The display hints of an image, as far as they make sense.

Windows, lookup tables, a rescale, padding and the Presentation LUT Shape are hints: an image with a bad one can still
be shown. `display_hints` returns those that can be used, with a sentence on each one that was ignored. No bad hint
may hide the pixels.

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
from dicomkit.pixels.frame_attributes import Place, frame_places
from dicomkit.pixels.image_windows import ImageWindows, Window, windows_of
from dicomkit.pixels.lookup import LookupTable, read_lookup_table
from dicomkit.pixels.modality import Modality, as_stored, modality_readings
from dicomkit.pixels.padding import padding_range
from dicomkit.pixels.transfer_syntax import transfer_syntax_of

__all__ = ["DisplayHintWarning", "DisplayHints", "display_hints"]

_Found = TypeVar("_Found")
_NAMES = {"RescaleSlope": "Rescale Slope", "RescaleIntercept": "Rescale Intercept"}
_SHAPES = {"IDENTITY": False, "INVERSE": True}


class DisplayHintWarning(UserWarning):
    """A display hint of an image makes no sense, and was ignored."""


class DisplayHints(NamedTuple):
    """How to show one frame of a grey image.

    ``windows`` are the usable windows; ``problems`` says what is wrong with each other one, by its number.
    ``voi_table`` is the first usable VOI LUT. ``inverse`` says whether low values are bright. ``padding`` is the
    lowest and the highest padding value. ``remarks`` are sentences on ignored hints, without a full stop and without
    values of the data set.
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
    """Return how to show one frame of a grey image.

    Parameters
    ----------
    dataset
        A grey image that passed `check_image`.
    stored
        The stored values of the frame, or all possible ones.
    frame
        The number of the frame; the first is 1.
    """
    notes = _Remarks()
    modality = _modality(dataset, frame, notes)
    none = ImageWindows([], {}, "LINEAR")
    stated = notes.tried("Window Center", lambda: windows_of(dataset, frame), none)
    voi_table = _voi_table(dataset, frame, modality.extent(stored)[0] < 0, stated, notes)
    for remark in stated.remarks:
        notes.say(remark)
    windows, problems, function = stated[:3]
    padding = notes.tried("Pixel Padding Value", lambda: padding_range(dataset, stored), None)
    inverse = _is_inverse(dataset, notes)
    return DisplayHints(modality, windows, problems, function, voi_table, inverse, padding, tuple(notes.told))


class _Remarks:
    """Sentences on ignored hints."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def say(self, remark: str) -> None:
        if remark not in self.told:
            self.told.append(remark)

    def tried(self, name: str, read: Callable[[], _Found], otherwise: _Found, whose: str = "") -> _Found:
        """Return the result of `read`; if it fails, add a remark and return `otherwise`."""
        try:
            return read()
        except DicomKitError as error:
            self.say(f"{_NAMES.get(error.given, name)}{whose} was passed over: {error.problem}")
        except Exception:  # noqa: BLE001 - a damaged element makes pydicom raise nearly anything, and repeat it
            self.say(f"{name}{whose} was passed over: it is damaged")
        return otherwise


def _modality(dataset: Dataset, frame: int, notes: _Remarks) -> Modality:
    """Return the first reading of what stored values mean that makes sense; otherwise they mean themselves."""
    none: list[tuple[str, Callable[[], Modality]]] = []
    for whose, read in notes.tried("Modality LUT", lambda: modality_readings(dataset, frame), none):
        modality = notes.tried("Modality LUT", read, None, whose)
        if modality is not None and not modality.remark:
            return modality
        if modality is not None:
            notes.say(modality.remark)
    return as_stored(dataset)


def _voi_table(
    dataset: Dataset,
    frame: int,
    is_signed: bool,  # noqa: FBT001 - a fact about the values
    stated: ImageWindows,
    notes: _Remarks,
) -> LookupTable | None:
    """Return the first usable VOI LUT, unless a window is nearer to the frame."""

    def read(item: Dataset) -> LookupTable | None:
        is_little_endian = bool(transfer_syntax_of(dataset).is_little_endian)
        return read_lookup_table(item, is_signed=is_signed, is_little_endian=is_little_endian)

    def items(place: Place) -> list[Dataset]:
        return list(place.item.get("VOILUTSequence") or [])  # a damaged one may be no sequence

    def places() -> list[Place]:
        return frame_places(dataset, frame, "FrameVOILUTSequence", "VOILUTSequence")

    for place in notes.tried("VOI LUT", places, list[Place]()):
        if stated.windows and stated.steps < place.steps:
            break
        found = notes.tried("VOI LUT", partial(items, place), list[Dataset](), place.whose)
        for number, item in enumerate(found, start=1):
            table = notes.tried(f"VOI LUT {number}", partial(read, item), None, place.whose)
            if table is not None:
                return table
    return None


def _is_inverse(dataset: Dataset, notes: _Remarks) -> bool:
    """Return whether low values are bright; Presentation LUT Shape overrides MONOCHROME1."""
    said = notes.tried("Presentation LUT Shape", lambda: code_string(dataset, "PresentationLUTShape"), "")
    if said in _SHAPES:
        return _SHAPES[said]
    if said:
        notes.say("Presentation LUT Shape was passed over: it is not one for screens")
    return colour_space(dataset) == "MONOCHROME1"
