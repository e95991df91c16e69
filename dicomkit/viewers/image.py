"""Look at images: window, zoom, scroll and probe in the browser, without asking the kernel."""

from __future__ import annotations

import io
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import traitlets
from PIL import Image

from dicomkit.errors import AttributeValueError, DicomKitError, ImageError
from dicomkit.lessons.picture import describe_values, thumbnail
from dicomkit.pixels.rendering import render
from dicomkit.text import escape_html
from dicomkit.viewers.frame import Answer, Viewer, front_end, styles
from dicomkit.viewers.image_messages import EncodedPicture, describe_series, encode_picture
from dicomkit.viewers.picture_list import ImageSource, Picture, pictures_of

__all__ = ["ImageViewer"]

_FUNCTIONS = ("LINEAR", "LINEAR_EXACT", "SIGMOID")


class ImageViewer(Viewer):
    """Show images, and let a person window, zoom, scroll and read values.

    The pixels travel to the browser once, as they are stored. What the browser draws from them is what
    `dicomkit.pixels.render` returns, grey level by grey level, and it goes on while the kernel computes.

    Parameters
    ----------
    source
        A data set, a file or a folder, or several of these: an image, a series, a study.
    window
        (center, width) to begin with; by default as in the file.
    function
        The VOI LUT Function; by default the file's.

    Raises
    ------
    ImageError
        If there is no image in `source`.
    AttributeValueError
        If a window is set whose width is not above 0.

    References
    ----------
    PS3.4 section N.2, Pixel Transformation Sequence.

    Examples
    --------
    >>> from dicomkit.samples import ct_series
    >>> viewer = ImageViewer(ct_series(3, size=32))
    >>> viewer.window = (40, 80)
    >>> viewer.selection = 2
    """

    _esm = front_end("image")
    _css = styles("image")

    window: Any = traitlets.Tuple(
        traitlets.Float(), traitlets.Float(), default_value=None, allow_none=True,
        help="(center, width), or None for the window of the file",
    ).tag(sync=True)  # fmt: skip
    function = traitlets.Unicode("", help="VOI LUT Function; empty for the one of the file").tag(sync=True)
    selection = traitlets.Int(1, help="the number of the picture that is shown; the first is 1").tag(
        sync=True
    )

    def __init__(
        self,
        source: ImageSource | Sequence[ImageSource],
        *,
        window: tuple[float, float] | None = None,
        function: str = "",
    ) -> None:
        self._series = pictures_of(source)
        self._pictures = [picture for series in self._series for picture in series.pictures]
        self._encoded: tuple[int, EncodedPicture] | None = None
        super().__init__()
        self.window = window
        self.function = function

    @traitlets.validate("window")
    def _check_window(self, proposal: dict[str, Any]) -> Any:  # noqa: ANN401 - a trait's value
        window = proposal["value"]
        if window is not None and not (math.isfinite(sum(window)) and window[1] > 0):
            raise AttributeValueError(
                "Window Width", "it is not above 0, or not finite", "choose a wider window"
            )
        return proposal["value"]

    @traitlets.validate("function")
    def _check_function(self, proposal: dict[str, Any]) -> Any:  # noqa: ANN401 - a trait's value
        if proposal["value"] not in {"", *_FUNCTIONS}:
            raise AttributeValueError(
                "VOI LUT Function", "it is none that the Standard names", f"use {', '.join(_FUNCTIONS)}"
            )
        return proposal["value"]

    @traitlets.validate("selection")
    def _check_selection(self, proposal: dict[str, Any]) -> Any:  # noqa: ANN401 - a trait's value
        if not 1 <= proposal["value"] <= len(self._pictures):
            raise ImageError(
                f"picture {proposal['value']}", f"there are {len(self._pictures)}", "count from 1"
            )
        return proposal["value"]

    def answer(self, question: Mapping[str, Any]) -> Answer:
        """Answer what there is to see (``pictures``), or one piece of a picture (``frame``)."""
        if question["ask"] == "pictures":
            return Answer(describe_series(self._series))
        number, part = int(question["picture"]), int(question["part"])
        if not 1 <= number <= len(self._pictures):
            raise ImageError(f"picture {number}", f"there are {len(self._pictures)}", "count from 1")
        return self._encode(number).part(part)

    def questions(self) -> Iterator[dict[str, Any]]:
        """Yield the questions whose answers are all pictures."""
        yield {"ask": "pictures"}
        for number in range(1, len(self._pictures) + 1):
            try:
                parts = self._encode(number).parts
            except DicomKitError:
                parts = 1  # the answer says why
            for part in range(parts):
                yield {"ask": "frame", "picture": number, "part": part}

    def describe(self) -> str:
        """Return how many pictures there are, and what the selected one shows if it is nobody's."""
        picture = self._pictures[self.selection - 1]
        rows, columns = int(picture.dataset.Rows), int(picture.dataset.Columns)
        lines = [
            f"ImageViewer, picture {self.selection} of {len(self._pictures)}: {rows} rows, {columns} columns"
        ]
        lines += [f"- {one.name}: {_count(len(one.pictures), 'picture')}" for one in self._series]
        if not _is_nobodys(picture):
            return "\n".join([*lines, "  not shown here: Patient Identity Removed is not YES"])
        try:
            levels = self._render()
        except DicomKitError as error:
            return "\n".join([*lines, f"  {error.problem}; {error.remedy}"])
        lines.append(f"  {self._window_in_words()}, grey levels {describe_values(levels)}")
        return "\n".join([*lines, *(f"  |{row}|" for row in thumbnail(levels, 0, 255))])

    def picture(self) -> bytes:
        """Return the selected picture as PNG if it is nobody's, otherwise b""."""
        if not _is_nobodys(self._pictures[self.selection - 1]):
            return b""
        stream = io.BytesIO()
        try:
            Image.fromarray(self._render()).save(stream, format="PNG")
        except DicomKitError:
            return b""
        return stream.getvalue()

    def card(self) -> str:
        """Return a card without a value or a pixel if the picture may be somebody's, otherwise ""."""
        if _is_nobodys(self._pictures[self.selection - 1]):
            return ""
        what = f"ImageViewer: {_count(len(self._pictures), 'picture')}, shown only while the notebook runs."
        return f"<p>{escape_html(what)}</p>"

    def _encode(self, number: int) -> EncodedPicture:
        """Encode a picture; its pieces are asked for one after the other, so the last one is kept."""
        if self._encoded is None or self._encoded[0] != number:
            self._encoded = number, encode_picture(self._pictures[number - 1])
        return self._encoded[1]

    def _render(self) -> npt.NDArray[np.uint8]:
        picture = self._pictures[self.selection - 1]
        return render(picture.dataset, picture.number, window=self.window, function=self.function or None)

    def _window_in_words(self) -> str:
        if self.window is None:
            return "window of the file"
        center, width = self.window
        return f"window center {center:g} width {width:g}"


def _is_nobodys(picture: Picture) -> bool:
    return bool(picture.dataset.get("PatientIdentityRemoved") == "YES")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
