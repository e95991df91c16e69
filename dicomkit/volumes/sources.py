"""The images that a volume is made of: those of one series, and sentences on what was left out.

A folder holds more than one series: other series, texts, truncated files. None of them is left out in silence, and
none keeps the series from becoming a volume.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from pydicom.dataset import Dataset

from dicomkit.errors import DicomKitError, ImageError, UsageError
from dicomkit.files.folder_files import left_out
from dicomkit.index.indexing import Index, IndexRow, index
from dicomkit.pixels.frame_attributes import readable, readable_text
from dicomkit.pixels.native_length import pixel_element
from dicomkit.text import counted
from dicomkit.volumes.image_files import ImageReader, PlainImage

__all__ = ["Images", "VolumeSource", "images_of", "index_rows_and_datasets"]

VolumeSource = str | os.PathLike[str] | bytes | Dataset | Index | IndexRow


class Images(NamedTuple):
    """The images of one series, and a sentence on each kind of thing that was left out."""

    images: list[Dataset | PlainImage]
    remarks: list[str]


def images_of(
    series: VolumeSource | Iterable[VolumeSource], on_progress: Callable[[int, int], object] | None = None
) -> Images:
    """Return the images of a series: of the one with the most images, if there are several.

    Parameters
    ----------
    series
        A folder, a zip, a file, its bytes, a data set, an index, one of its rows, or several of these.
    on_progress
        Is told, before each image is read, how many are read of how many.

    Raises
    ------
    ImageError
        If there is no image.
    FileAccessError
        If a path does not exist.
    UsageError
        If `series` is of another type.
    """
    rows, images = index_rows_and_datasets(series)
    groups: dict[str, list[IndexRow | Dataset]] = {}
    accepted: list[IndexRow | Dataset] = [row for row in rows if row.outcome != "rejected"]
    for one in accepted + images:
        groups.setdefault(_text(one, "SeriesInstanceUID"), []).append(one)
    # A localiser usually is a series of few images. Of equally large series, the first one is taken.
    chosen = max(groups.values(), key=lambda group: sum(map(_frames, group)), default=[])
    reasons = [row.reason for row in rows if row.outcome == "rejected"]
    found: list[Dataset | PlainImage] = []
    reader = ImageReader()
    for number, one in enumerate(chosen):
        if on_progress is not None:
            on_progress(number, len(chosen))
        try:
            dataset = one if isinstance(one, Dataset) else reader.read(one.entry.read_content())
            if isinstance(dataset, PlainImage) or pixel_element(dataset):
                found.append(dataset)
            else:
                reasons.append("it has no pixels")
        except DicomKitError as error:
            reasons.append(error.problem)
    remarks = [remark] if (remark := _describe_others(groups, chosen)) else []
    if line := left_out(reasons, "used"):
        remarks.append(line)
    if not found:
        raise ImageError(
            "series", "; ".join(["there is no image in it", *remarks]), "give the images of one series"
        )
    return Images(found, remarks)


def index_rows_and_datasets(series: Any) -> tuple[list[IndexRow], list[IndexRow | Dataset]]:  # noqa: ANN401 - whatever a person gives
    """Return the index rows of what lies in files or bytes, and the data sets that are in memory already."""
    if isinstance(series, Index):
        return list(series.rows), []
    if isinstance(series, IndexRow | Dataset | str | os.PathLike | bytes):
        parts: list[Any] = [series]
    elif isinstance(series, Iterable):
        parts = list(series)
    else:
        raise _not_a_series(series)
    rows: list[IndexRow] = []
    images: list[IndexRow | Dataset] = []
    paths: list[object] = []
    for part in parts:
        if isinstance(part, IndexRow):
            rows.append(part)
        elif isinstance(part, Dataset):
            images.append(part)
        elif isinstance(part, str | os.PathLike | bytes):
            paths.append(part)
        else:
            raise _not_a_series(part)
    if paths:
        rows += index(paths[0] if len(paths) == 1 else paths).rows
    return rows, images


def _not_a_series(given: object) -> UsageError:
    return UsageError(
        type(given).__name__,
        "this is not a series of images",
        "give a folder, a list of paths or data sets, or rows of an index",
    )


def _text(one: IndexRow | Dataset, keyword: str) -> str:
    return one.text(keyword) if isinstance(one, IndexRow) else readable_text(one, keyword)


def _frames(one: IndexRow | Dataset) -> int:
    """Return how many slices an instance may have; one without Rows is no image and has none."""
    get = one.text if isinstance(one, IndexRow) else one.get
    return readable(lambda: max(1, int(get("NumberOfFrames") or 1)) if get("Rows") else 0, 1)


def _describe_others(groups: dict[str, list[IndexRow | Dataset]], chosen: object) -> str:
    others = [group for group in groups.values() if group is not chosen]
    if not others:
        return ""
    count = sum(map(len, others))
    patients = {_text(one, "PatientID") for one in itertools.chain(*groups.values())} - {""}
    of_several = f" ({len(patients)} patients)" if len(patients) > 1 else ""
    verb = "was" if len(others) == 1 else "were"
    return f"{len(others)} other series of {counted(count, 'instance')}{of_several} {verb} left out"
