"""The windows of an image, for all its frames or for one.

A frame may have windows in its own functional group, in the shared one, or at the top level of the data set. The
nearest place with a usable window is taken.

References
----------
PS3.3 section C.11.2.1.2, Window Center and Window Width; section C.7.6.16.2.10, Frame VOI LUT Macro.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from pydicom.dataset import Dataset

from dicomkit.errors import ImageError
from dicomkit.pixels.colour_space import code_string
from dicomkit.pixels.frame_attributes import each_number, frame_item, frame_places, readable
from dicomkit.pixels.window import WINDOW_FUNCTIONS, broken_limit

__all__ = ["ImageWindows", "Window", "numbered_window", "window_of", "windows_of"]

_MACRO = "FrameVOILUTSequence"


class Window(NamedTuple):
    """A window of an image; ``number`` counts from 1 and includes windows that make no sense."""

    number: int
    center: float
    width: float
    explanation: str = ""


class ImageWindows(NamedTuple):
    """The windows of one frame.

    ``windows`` are the usable ones, ``problems`` what is wrong with each other one in the same place, by its number: "its
    width is 0, and LINEAR asks for 1 or more". ``function`` is the VOI LUT Function there, and ``passed_over`` has sentences
    on unusable windows in other places. ``steps`` and ``whose`` name the place, as in `Place`.
    """

    windows: list[Window]
    problems: dict[int, str]
    function: str
    passed_over: tuple[str, ...] = ()
    steps: int = 0
    whose: str = ""

    @property
    def remarks(self) -> list[str]:
        """Sentences on each window that was passed over."""
        here = [
            f"window {number}{self.whose} was passed over: {problem}"
            for number, problem in self.problems.items()
        ]
        return [*here, *self.passed_over]


def windows_of(dataset: Dataset, frame: int = 1, function: str | None = None) -> ImageWindows:
    """Return the windows of an image for one frame, as far as they make sense.

    Parameters
    ----------
    dataset, frame
        As for `window_of`.
    function
        The VOI LUT Function, which determines the smallest width; by default the one in the same place.
    """
    unusable: list[ImageWindows] = []
    for place in frame_places(dataset, frame, _MACRO, "WindowCenter", "WindowWidth"):
        said, odd = (function, ()) if function else _function(place.item)
        windows, problems = _windows_in(place.item, said)
        found = ImageWindows(windows, problems, said, odd, place.steps, place.whose)
        if windows:
            return _with_remarks(found, unusable)
        unusable.append(found)
    if unusable:
        return _with_remarks(unusable[0], unusable[1:])
    said, odd = _function(frame_item(dataset, frame, _MACRO, "VOILUTFunction"))
    return ImageWindows([], {}, function or said, odd)


def _with_remarks(found: ImageWindows, others: Sequence[ImageWindows]) -> ImageWindows:
    """Return the windows that were found, with the remarks on other places."""
    said = [remark for other in others for remark in other.remarks]
    return found._replace(passed_over=(*found.passed_over, *said))


def _function(item: Dataset) -> tuple[str, tuple[str, ...]]:
    """Return the VOI LUT Function, and a sentence if it is not the stated one."""
    try:
        said = code_string(item, "VOILUTFunction") or "LINEAR"
    except Exception:  # noqa: BLE001 - a damaged element makes pydicom raise nearly anything, and repeat it
        return "LINEAR", ("VOI LUT Function was passed over: it is damaged",)
    if said in WINDOW_FUNCTIONS:
        return said, ()
    remark = "VOI LUT Function was passed over: it is none that the Standard names; LINEAR is used"
    return "LINEAR", (remark,)


def _windows_in(item: Dataset, function: str) -> tuple[list[Window], dict[int, str]]:
    centers, widths = each_number(item, "WindowCenter"), each_number(item, "WindowWidth")
    names = _explanations(item)
    windows, problems = [], {}
    for number in range(1, max(len(centers), len(widths)) + 1):
        center, width = (
            values[number - 1] if number <= len(values) else "is missing" for values in (centers, widths)
        )
        if problem := _problem(center, width, function):
            problems[number] = problem
        else:
            name = names[number - 1] if number <= len(names) else ""
            windows.append(Window(number, float(center), float(width), name))
    return windows, problems


def _problem(center: float | str, width: float | str, function: str) -> str:
    """Return what is wrong with a window, as text; "" if nothing is."""
    for name, value in (("center", center), ("width", width)):
        if isinstance(value, str):
            return f"its {name} {value}"
    limit = broken_limit(float(width), function)
    return f"its width is {float(width):g}, and {function} asks for {limit}" if limit else ""


def _explanations(item: Dataset) -> list[str]:
    names = readable(lambda: item.get("WindowCenterWidthExplanation"), None) or []
    return [names] if isinstance(names, str) else readable(lambda: [str(one) for one in names], [])


def window_of(dataset: Dataset, frame: int = 1, number: int = 1) -> tuple[float, float]:
    """Return center and width of one of the windows of an image.

    Parameters
    ----------
    dataset, frame
        An image, and the number of one of its frames; the first is 1.
    number
        The number of the window; the first is 1.

    Raises
    ------
    ImageError
        If the image has no such window, or it makes no sense.
    """
    # Any width above 0 is a window here; how narrow it may be depends on the function.
    stated = windows_of(dataset, frame, "LINEAR_EXACT")
    return numbered_window(stated.windows, stated.problems, number)


def numbered_window(
    windows: Sequence[Window], problems: Mapping[int, str], number: int
) -> tuple[float, float]:
    """Return center and width of the window that has a number.

    Raises
    ------
    ImageError
        If there is none, or it makes no sense.
    """
    for window in windows:
        if window.number == number:
            return window.center, window.width
    problem = problems.get(number, f"the image brings {len(windows) + len(problems)}")
    raise ImageError(f"window {number}", problem, "give (center, width)")
