"""From stored values to what a screen shows, in three steps.

=========  ==========================================================  =============================
step       what it does                                                attributes
=========  ==========================================================  =============================
modality   stored value → a quantity, for example Hounsfield units     Rescale Slope, Modality LUT
VOI        quantity → brightness: the *values of interest*             Window Center, Width, VOI LUT
display    brightness → grey level; MONOCHROME1 is turned over         Photometric Interpretation
=========  ==========================================================  =============================

Colour images skip the first two. The grey levels agree with those of DCMTK's ``dcm2pnm``: a level is cut
off, not rounded.

References
----------
PS3.4 section N.2, Pixel Transformation Sequence.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import numpy.typing as npt
from pydicom.dataset import Dataset

from dicomkit.errors import ImageError
from dicomkit.files.quiet_pydicom import quiet_pydicom
from dicomkit.pixels.checked_image import check_image
from dicomkit.pixels.colour import colour_levels
from dicomkit.pixels.colour_space import colour_space
from dicomkit.pixels.decoding import decoded_frame, stored_values
from dicomkit.pixels.display_hints import DisplayHints, DisplayHintWarning, display_hints
from dicomkit.pixels.image_windows import numbered_window
from dicomkit.pixels.modality import read_modality
from dicomkit.pixels.pixel_encoding import PixelDataWarning
from dicomkit.pixels.transfer_syntax import transfer_syntax_of
from dicomkit.pixels.window import Grey, as_window, display_values, grey_of

__all__ = ["colour_picture", "grey_levels", "is_grey", "modality_values", "render"]

Values = npt.NDArray[Any]

_WHITE = 255.0


@quiet_pydicom()
def modality_values(dataset: Dataset, frame: int = 1) -> Values:
    """Return the modality values of one frame, for example in Hounsfield units.

    Parameters
    ----------
    dataset, frame
        A grey image, and the number of one of its frames; the first is 1.

    Returns
    -------
    array
        Shape (rows, columns). ``float64`` where a rescale applies, otherwise as stored.

    Raises
    ------
    ImageError
        If the image is in colour or cannot be decoded, or its modality transformation makes no sense. `render` shows
        such an image all the same; here the numbers matter.

    References
    ----------
    PS3.3 section C.11.1, Modality LUT Module.
    """
    check_image(dataset)
    if not is_grey(dataset):
        raise ImageError("data set", "a colour image has no modality values", "use render()")
    modality = read_modality(dataset, frame)
    return modality.quantities(stored_values(dataset, frame))


def render(
    dataset: Dataset,
    frame: int = 1,
    *,
    window: int | tuple[float, float] | None = None,
    function: str | None = None,
) -> Grey:
    """Render one frame by the display pipeline of the Standard.

    An image without a window is rendered with all values that its bits can hold, which may look like a plain grey:
    that is what the Standard says. A viewer begins with a computed window instead, and says so
    (`dicomkit.pixels.first_sight`).

    Parameters
    ----------
    dataset, frame
        An image, grey or colour, and the number of one of its frames; the first is 1.
    window
        The number of one of the image's windows, or (center, width). By default the image's VOI LUT,
        otherwise its first window that makes sense, otherwise all values that its bits can hold.
    function
        The VOI LUT Function; by default the image's own.

    Returns
    -------
    array of uint8
        Shape (rows, columns) for grey, (rows, columns, 3) for colour. Padding is black.

    Raises
    ------
    ImageError
        If the image cannot be decoded, or has no such window.

    Warns
    -----
    DisplayHintWarning
        Once for each display hint (a window, a lookup table, a rescale …) that makes no sense and was ignored.
    PixelDataWarning
        If attributes describe Pixel Data wrongly: the bytes were read by their actual encoding.

    References
    ----------
    PS3.4 section N.2, Pixel Transformation Sequence.
    """
    stored, remarks = decoded_frame(dataset, frame)
    for remark in remarks:
        warnings.warn(remark, PixelDataWarning, stacklevel=2)
    if not is_grey(dataset):
        return colour_picture(dataset, stored)
    hints = display_hints(dataset, stored, frame)
    for remark in hints.remarks:
        warnings.warn(remark, DisplayHintWarning, stacklevel=2)
    return grey_levels(hints, stored, window=window, function=function)


@quiet_pydicom()
def colour_picture(dataset: Dataset, stored: Values) -> Grey:
    """Return a colour frame as red, green and blue: shape (rows, columns, 3)."""
    is_little_endian = bool(transfer_syntax_of(dataset).is_little_endian)
    return colour_levels(dataset, stored, is_little_endian=is_little_endian)


def grey_levels(
    hints: DisplayHints,
    stored: Values,
    *,
    window: int | tuple[float, float] | None = None,
    function: str | None = None,
) -> Grey:
    """Convert stored values to grey levels, as `render` does for the pixels of one frame.

    A viewer calls it once for all values that the bits can hold, and looks up each pixel.

    Parameters
    ----------
    hints
        The result of `display_hints` for the frame.
    stored
        Any shape.
    window, function
        As in `render`.

    Returns
    -------
    array of uint8
        The same shape.
    """
    values = hints.modality.quantities(stored)
    if window is None and hints.voi_table is not None:
        entries, bits = hints.voi_table.look_up(values), hints.voi_table.bits
        levels = _full_range(entries, 0, 2**bits - 1, 1, inverse=hints.inverse)
    elif window is None and not hints.windows:
        levels = _full_range(values, *hints.modality.extent(stored), inverse=hints.inverse)
    else:
        function = function or hints.function
        levels = display_values(values, *_chosen(hints, window), function, inverse=hints.inverse)
    if hints.padding is not None:
        levels[(stored >= hints.padding[0]) & (stored <= hints.padding[1])] = 0
    return levels


def _chosen(hints: DisplayHints, window: Any) -> tuple[float, float]:  # noqa: ANN401 - checked by as_window
    """Return center and width of a window that was chosen by default, by its number, or as (center, width)."""
    if window is None:
        return hints.windows[0].center, hints.windows[0].width
    if isinstance(window, (int, np.integer)):
        return numbered_window(hints.windows, hints.problems, int(window))
    return as_window(window)


def _full_range(values: Values, lowest: float, highest: float, step: float, *, inverse: bool) -> Grey:
    """Spread all possible values over the grey levels: an n-bit value keeps its upper eight bits."""
    few = highest - lowest < _WHITE * step  # with fewer than 256 values the highest is white
    extent = highest - lowest if few or step == 0 else highest - lowest + step
    gradient = (_WHITE if few or step == 0 else _WHITE + 1) / (extent or 1)
    levels = grey_of((values.astype(np.float64) - lowest) * gradient)
    return np.invert(levels) if inverse else levels  # 255 - level


@quiet_pydicom()
def is_grey(dataset: Dataset) -> bool:
    """Return whether an image has one grey value for each pixel (PS3.3 section C.7.6.3.1.2)."""
    return colour_space(dataset) in {"MONOCHROME1", "MONOCHROME2"}
