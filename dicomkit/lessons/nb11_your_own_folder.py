"""Exercises of notebook 11: what is missing, the position of a pixel, the distance of planes, and code that stacks."""

from __future__ import annotations

import atexit
import copy
import shutil
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import FileDataset

from dicomkit.files.writing import encode_file, write_file
from dicomkit.lessons.answer_parts import letters_of, set_of, tuple_of
from dicomkit.lessons.answers import FUNCTION, NUMBER, Form, WrongForm
from dicomkit.lessons.exercise import PASS, Verdict, reply_of, retry
from dicomkit.lessons.learners_code import behaviour_of, returned
from dicomkit.lessons.lesson_texts import LessonTexts
from dicomkit.samples import ct_series, localiser
from dicomkit.uids import make_uid

__all__ = ["EXERCISES", "checkpoint"]

_TEXTS = LessonTexts(__name__)


def checkpoint() -> SimpleNamespace:
    """Return the folders that notebook 11 starts from.

    Returns
    -------
    SimpleNamespace
        ``folder``: a temporary folder that is untidy on purpose; ``out``: an empty one. Both are removed when the kernel ends.
    """
    place = tempfile.mkdtemp(prefix="dicomkit-folder-")
    atexit.register(shutil.rmtree, place, ignore_errors=True)
    folder, out = Path(place, "in"), Path(place, "out")
    folder.mkdir()
    out.mkdir()
    untidy_folder(folder)
    return SimpleNamespace(folder=folder, out=out)


_STACK_SIZE = 16


def _as_images(answer: object) -> list[Any]:
    if not isinstance(answer, Sequence) or isinstance(answer, str):
        raise TypeError(answer)
    return list(answer)


_IMAGES = Form("a list of the data sets", _as_images)


def _as_array(answer: object) -> NDArray[np.float64]:
    return np.asarray(answer, dtype=float)


_ARRAY = Form("an array", _as_array)


def _stack(direction: Sequence[float], step: Sequence[float]) -> list[FileDataset]:
    """Return five slices along a step, in order, with Instance Numbers and Slice Locations that mislead."""
    images = ct_series(5, size=_STACK_SIZE)
    for place, (image, number) in enumerate(zip(images, (1, 4, 2, 5, 3), strict=True)):
        image.InstanceNumber = number
        image.SliceLocation = -abs(place - 2)
        image.ImageOrientationPatient = list(direction)
        image.ImagePositionPatient = [-50 + place * step[0], -20 + place * step[1], 40 + place * step[2]]
    return images


# By rows and columns: axial, sagittal, coronal, and axial from above, whose normal points to the feet.
_STACKS = (
    ((1, 0, 0, 0, 1, 0), (0, 0, 7)),
    ((0, 1, 0, 0, 0, -1), (-4, 0, 0)),
    ((1, 0, 0, 0, 0, -1), (0, 5, 0)),
    ((-1, 0, 0, 0, 1, 0), (0, 0, -3)),
    ((0.8, 0.6, 0, 0, 0, -1), (-3, 4, 0)),
)


def _check_sorting(sort_slices: Callable[..., Any]) -> Verdict:
    for direction, step in _STACKS:
        right = _stack(direction, step)
        given = [right[index] for index in (3, 0, 4, 2, 1)]
        found = returned(_IMAGES, sort_slices, list(given))
        order = [next((at for at, image in enumerate(right) if image is one), -1) for one in found]
        if order != list(range(5)):
            return retry(_why_sorted(order, [one.InstanceNumber for one in right], direction))
    return PASS


def _why_sorted(order: list[int], numbers: list[int], direction: Sequence[float]) -> str:
    as_given = order == [3, 0, 4, 2, 1]
    is_axial = tuple(direction[:2]) == (1, 0) and direction[4] == 1
    if sorted(order) != list(range(5)):
        return _TEXTS.not_all
    return reply_of(
        ([int(numbers[at]) for at in order] == [1, 2, 3, 4, 5], _TEXTS.by_number),
        (as_given, _TEXTS.as_given if is_axial else _TEXTS.only_axial),
        (order == [4, 3, 2, 1, 0], _TEXTS.backwards),
        (set(order[:2]) == {0, 4}, _TEXTS.by_location),
        (True, _TEXTS.other_order),
    )


def _series() -> list[FileDataset]:
    """Return slices with a different rescale each, as in PET."""
    images = _stack(*_STACKS[0])
    for place, image in enumerate(images):
        image.RescaleSlope, image.RescaleIntercept = 1 + place, -10 * place
    return images


def _stacked(stack_values: Callable[..., Any]) -> NDArray[np.float64]:
    images = _series()
    before = copy.deepcopy(images)
    found: NDArray[np.float64] = returned(_ARRAY, stack_values, images)
    if images != before:
        raise WrongForm(_TEXTS.changed)
    if found.shape != (len(images), images[0].Rows, images[0].Columns):
        raise WrongForm(_TEXTS.shape)
    return found


MISSING_MM, COPIED_MM, CUT_MM = 36.0, 15.0, 57.0
_SIZE, _SMALL = 96, 48
# Meaningless names, as from an archive.
_NAMES = ("I70", "I12", "I55", "I03", "I91", "I48", "I29", "I66", "I34", "I87", "I19", "I08")
_NUMBERS = (1, 7, 2, 8, 3, 9, 4, 10, 5, 11, 6, 12)  # as they were acquired: every second slice first


def untidy_folder(folder: Path) -> None:
    """Write the files, which are the same each time."""
    head = ct_series(12, size=_SIZE)
    for image, name, number in zip(head, _NAMES, _NUMBERS, strict=True):
        image.InstanceNumber = number
        height, content = float(image.ImagePositionPatient[2]), encode_file(image)
        if height == MISSING_MM:
            continue
        (folder / name).write_bytes(content[: len(content) // 2] if height == CUT_MM else content)
        if height == COPIED_MM:
            (folder / "I55 (copy)").write_bytes(content)
    scout = localiser(size=_SIZE)
    scout.SeriesInstanceUID, scout.SeriesNumber = head[0].SeriesInstanceUID, head[0].SeriesNumber
    write_file(scout, folder / "I01")
    for number, image in enumerate(ct_series(5, size=_SMALL), start=1):
        image.SeriesInstanceUID, image.SeriesNumber = make_uid("notebook 11", "small"), 3
        image.SOPInstanceUID = image.file_meta.MediaStorageSOPInstanceUID = make_uid(
            "notebook 11", str(number)
        )
        image.SeriesDescription = "Head, small"
        write_file(image, folder / f"R{number}")
    (folder / "notes.txt").write_text("Second series is for the report.\n", encoding="ascii")


_PLACE = tuple_of(NUMBER, NUMBER, NUMBER)

EXERCISES = (
    _TEXTS.looked_up("11.1", set_of(NUMBER)),
    _TEXTS.looked_up("11.2", _PLACE),
    _TEXTS.looked_up("11.3", NUMBER),
    _TEXTS.exercise("11.4", FUNCTION, _check_sorting),
    _TEXTS.looked_up("11.5", behaviour_of(_stacked), alike=np.allclose),
    _TEXTS.looked_up("11.6", _PLACE),
    _TEXTS.looked_up("11.7", letters_of("ABCDEF")),
)
