"""Look at images: window, zoom, scroll and probe in the browser, without asking the kernel."""

from __future__ import annotations

import io
from collections import OrderedDict
from collections.abc import Container, Iterator, Mapping, Sequence
from typing import Any

import traitlets
from PIL import Image
from pydicom.dataset import Dataset

from dicomkit.errors import AttributeValueError, DicomKitError, ImageError
from dicomkit.files.folder_files import left_out
from dicomkit.pixels.first_sight import FirstPicture, first_picture
from dicomkit.pixels.frame_attributes import readable_whole_number
from dicomkit.pixels.image_text import describe_values, thumbnail
from dicomkit.pixels.window import WINDOW_FUNCTIONS, check_window
from dicomkit.privacy import is_identity_removed_from
from dicomkit.text import counted, escape_html
from dicomkit.viewers.content.content_list import viewable_contents
from dicomkit.viewers.content.viewer import ContentViewer
from dicomkit.viewers.frame.front_end import front_end, styles
from dicomkit.viewers.frame.viewer import Answer
from dicomkit.viewers.image.linked_viewer import LinkedViewer
from dicomkit.viewers.image.messages import EncodedPicture, encode_picture
from dicomkit.viewers.image.page_bounds import left_out_remark, numbers_within
from dicomkit.viewers.image.picture_list import (
    ImageSource,
    Picture,
    Series,
    pictures_of,
)
from dicomkit.viewers.image.picture_sources import FoundImages
from dicomkit.viewers.image.series_description import describe_series
from dicomkit.viewers.image.tags import TagTexts, tags_of

__all__ = ["ImageViewer"]

_KEPT = 4  # encoded pictures; the browser asks for a few at a time


class ImageViewer(LinkedViewer):
    """Show images, and let a person window, zoom, scroll and read values.

    The pixels travel to the browser once, as they are stored. What the browser draws from them is what
    `dicomkit.pixels.render` returns, grey level by grey level, and it goes on while the kernel computes.
    Where the file brings no window that shows something, the viewer begins with one that fits the values, and
    says so (`dicomkit.pixels.first_sight`). Of what is no picture, such as a report or an ECG, you get a
    `ContentViewer` instead.

    Parameters
    ----------
    source
        A data set, a file or a folder, or several of these: an image, a series, a study. Of a folder, an image is
        read when it is looked at, if its file is plain; what a viewer has to keep is bounded, and what is left out is said.
    window
        (center, width) to begin with; by default as in the file, as far as that makes sense.
    function
        The VOI LUT Function; by default the file's.
    mask
        Whether to cover what may identify somebody among the tags beside the image, unless the file says
        that it names nobody. Pixels are shown as they are.

    Raises
    ------
    ImageError
        If there is no image in `source`, and nothing else that can be looked at.
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

    Two viewers side by side show one window and one place in the patient:

    >>> other = ImageViewer(ct_series(2, size=32))
    >>> viewer.link(other)
    >>> viewer.selection = 1
    >>> other.selection
    1
    """

    _esm = front_end("image/viewer")
    _css = styles("image")

    _series: list[Series]
    _reasons: list[str]  # why files are left out

    def __new__(cls, source: ImageSource | Sequence[ImageSource] | FoundImages, **options: Any) -> Any:  # noqa: ANN401 - see below
        """Return a viewer of the pictures, or, where there is none, a `ContentViewer` of what there is instead."""
        try:
            series, reasons = pictures_of(source)
        except ImageError:
            found = None if isinstance(source, FoundImages) else viewable_contents(source)
            if found is None:
                raise
            return ContentViewer(found, mask=options.get("mask", True))
        viewer = super().__new__(cls)
        viewer._series, viewer._reasons = series, reasons
        return viewer

    def __init__(
        self,
        source: ImageSource | Sequence[ImageSource] | FoundImages,  # noqa: ARG002 - __new__ has looked
        *,
        window: tuple[float, float] | None = None,
        function: str = "",
        mask: bool = True,
    ) -> None:
        self._is_masked = mask
        self._left_out = left_out(self._reasons, "shown")
        self._pictures = [picture for series in self._series for picture in series.pictures]
        self._encoded: OrderedDict[int, EncodedPicture] = OrderedDict()
        self._looked_at = (0, self._pictures[0])  # none yet
        self._texts = TagTexts()
        super().__init__()
        self.window = window
        self.function = function

    @traitlets.validate("window")
    def _check_window(self, proposal: dict[str, Any]) -> Any:  # noqa: ANN401 - a trait's value
        if proposal["value"] is not None:
            check_window(proposal["value"])
        return proposal["value"]

    @traitlets.validate("function")
    def _check_function(self, proposal: dict[str, Any]) -> Any:  # noqa: ANN401 - a trait's value
        if proposal["value"] not in {"", *WINDOW_FUNCTIONS}:
            raise AttributeValueError(
                "VOI LUT Function", "it is none that the Standard names", f"use {', '.join(WINDOW_FUNCTIONS)}"
            )
        return proposal["value"]

    @traitlets.validate("selection")
    def _check_selection(self, proposal: dict[str, Any]) -> Any:  # noqa: ANN401 - a trait's value
        if not 1 <= proposal["value"] <= len(self._pictures):
            raise ImageError(
                f"picture {proposal['value']}", f"there are {len(self._pictures)}", "count from 1"
            )
        return proposal["value"]

    @property
    def shown(self) -> tuple[Series, int]:
        """The series that is shown, and the index of the selected picture in it; the first is 0."""
        index = self.selection - 1
        for series in self._series:
            if index < len(series.pictures):
                return series, index
            index -= len(series.pictures)
        raise AssertionError  # the trait's check leaves no such selection

    def select(self, dataset: Dataset) -> None:
        """Show the first picture of an image that this viewer was made of; nothing happens for another."""
        found = (number for number, one in enumerate(self._pictures, start=1) if one.dataset is dataset)
        self.selection = next(found, self.selection)

    def answer(self, question: Mapping[str, Any]) -> Answer:
        """Answer what there is to see (``pictures``), or one piece of a picture (``frame``)."""
        if question["ask"] == "pictures":
            return Answer(describe_series(self._series, self._left_out))
        number, part = int(question["picture"]), int(question["part"])
        if not 1 <= number <= len(self._pictures):
            raise ImageError(f"picture {number}", f"there are {len(self._pictures)}", "count from 1")
        if part:
            return self._encode(number).part(part)
        picture, problem = self._pictures[number - 1], ""
        try:
            picture = self._whole(number)
            encoded = self._encode(number)
        except DicomKitError as error:
            problem = str(error)
        except Exception as error:  # noqa: BLE001 - a damaged element makes pydicom raise nearly anything
            problem = f"picture {number}: what says how to show it is damaged ({type(error).__name__})"
        is_covered = self._is_masked and not is_identity_removed_from(picture.dataset)
        tags = tags_of(*picture, is_masked=is_covered, texts=self._texts)
        if problem:
            return Answer({"problem": problem, "tags": tags})  # what cannot be shown has tags that say why
        content, buffers = encoded.part(0)
        tags += [("Passed over", remark) for remark in encoded.recipe.get("remarks", [])]
        return Answer({**content, "tags": tags}, buffers)

    def questions(self, numbers: Container[int] | None = None) -> Iterator[dict[str, Any]]:
        """Yield the questions whose answers are all pictures, or those with these numbers."""
        yield {"ask": "pictures"}
        for number in range(1, len(self._pictures) + 1):
            if numbers is not None and number not in numbers:
                continue
            try:
                parts = self._encode(number).parts
            except DicomKitError:
                parts = 1  # the answer says why
            for part in range(parts):
                yield {"ask": "frame", "picture": number, "part": part}

    def page_answers(self) -> Iterator[tuple[dict[str, Any], Answer]]:
        """Yield the questions and answers for which a page has room, and for the others that they are left out."""
        numbers = numbers_within(self._pictures)
        remark = left_out_remark(len(numbers), len(self._pictures))
        for question in self.questions(numbers):
            yield question, self._answer(question)
        for number in range(1, len(self._pictures) + 1):
            if number not in numbers:
                yield {"ask": "frame", "picture": number, "part": 0}, Answer({"problem": remark})

    @property
    def page_remark(self) -> str:
        """What a page of this viewer leaves out, in one sentence; empty if nothing."""
        count, within = len(self._pictures), len(numbers_within(self._pictures))
        return left_out_remark(within, count) if within < count else ""

    def describe(self) -> str:
        """Return how many pictures there are, what was left out, and what the selected one shows if it is nobody's."""
        return "\n".join([*self._describe(), *([self._left_out] if self._left_out else [])])

    def _describe(self) -> list[str]:
        count = counted(len(self._pictures), "picture")
        if not all(is_identity_removed_from(picture.dataset) for picture in self._pictures):
            return [f"ImageViewer, {count}", "  not described here: Patient Identity Removed is not YES"]
        head = f"ImageViewer, picture {self.selection} of {len(self._pictures)}"
        lines = [f"{head}{_size_in_words(self._picture.dataset)}"]
        lines += [f"- {one.name}: {counted(len(one.pictures), 'picture')}" for one in self._series]
        try:
            shown = self._render()
        except DicomKitError as error:
            return [*lines, f"  {error.problem}; {error.remedy}"]
        lines.append(f"  {self._window_in_words(shown)}, grey levels {describe_values(shown.levels)}")
        lines += [f"  {remark}" for remark in shown.remarks]
        return [*lines, *(f"  |{row}|" for row in thumbnail(shown.levels, 0, 255))]

    def picture(self) -> bytes:
        """Return the selected picture as PNG if it is nobody's, otherwise b""."""
        if not is_identity_removed_from(self._picture.dataset):
            return b""
        stream = io.BytesIO()
        try:
            Image.fromarray(self._render().levels).save(stream, format="PNG")
        except DicomKitError:
            return b""
        return stream.getvalue()

    def card(self) -> str:
        """Return a card without a value or a pixel if the picture may be somebody's, otherwise ""."""
        if is_identity_removed_from(self._picture.dataset):
            return ""
        what = f"ImageViewer: {counted(len(self._pictures), 'picture')}, shown only while the notebook runs."
        more = f" {self._left_out}." if self._left_out else ""
        return f"<p>{escape_html(what + more)}</p>"

    @property
    def _picture(self) -> Picture:
        return self._pictures[self.selection - 1]

    def _whole(self, number: int) -> Picture:
        """Return a picture with its pixels; the last one is kept, because it is asked for in turns."""
        looked_at, picture = self._looked_at
        if looked_at != number:
            picture = self._pictures[number - 1].whole()
            self._looked_at = number, picture
        return picture

    def _encode(self, number: int) -> EncodedPicture:
        """Encode a picture; the last few are kept, because their pieces are asked for in turns."""
        if number not in self._encoded:
            self._encoded[number] = encode_picture(self._whole(number))
            if len(self._encoded) > _KEPT:
                self._encoded.popitem(last=False)
        return self._encoded[number]

    def _render(self) -> FirstPicture:
        if self._picture.problem is not None:
            raise self._picture.problem
        return first_picture(*self._whole(self.selection), window=self.window, function=self.function or None)

    def _window_in_words(self, shown: FirstPicture) -> str:
        if self.window is None:
            if shown.sight is None or shown.sight.is_from_file:
                return "window of the file"
            return f"window chosen by the kit: {shown.sight.name}"
        center, width = self.window
        return f"window center {center:g} width {width:g}"


def _size_in_words(dataset: Dataset) -> str:
    rows, columns = (readable_whole_number(dataset, keyword) for keyword in ("Rows", "Columns"))
    if not (rows and columns):
        return ""
    return f": {counted(rows, 'row')}, {counted(columns, 'column')}"
