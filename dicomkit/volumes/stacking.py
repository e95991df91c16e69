"""From a series to a volume: choose the slices, sort them, compute the affine, and say what is doubtful."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
import numpy.typing as npt

from dicomkit.errors import ImageError
from dicomkit.files.folder_files import left_out
from dicomkit.files.quiet_pydicom import quiet_pydicom
from dicomkit.index.stacks import Stack, stack_of
from dicomkit.pixels.modality import unit_of
from dicomkit.privacy import is_identity_removed_from
from dicomkit.text import counted
from dicomkit.volumes.passes import one_pass
from dicomkit.volumes.slices import Slice, parallel_slices, slices_of, thickness_of
from dicomkit.volumes.sources import VolumeSource, images_of
from dicomkit.volumes.values import stacked_values
from dicomkit.volumes.volume import SourceSlice, Volume

__all__ = ["volume"]

_SKEW_DEGREES = 0.5  # more than the rounding of direction cosines to three decimals explains


@quiet_pydicom()
def volume(
    series: VolumeSource | Iterable[VolumeSource], *, on_progress: Callable[[int, int], object] | None = None
) -> Volume:
    """Stack the slices of a series into a volume, sorted by their position in the patient.

    Only Image Position and Image Orientation decide, never a number or a file name. Where slices are missing, the
    volume has empty ones, so that all others keep their positions; where slices are unevenly spaced, the affine
    holds the mean step. Each doubt is a sentence in ``remarks``.

    Parameters
    ----------
    series
        A folder, a zip, a file, its bytes, a data set, an `Index` or rows of it, or several of these: classic CT,
        MR, PET and the like, or enhanced multi-frame. Of several series the one with the most images is taken, of
        several orientations or sizes the one with the most slices, of several time points, echoes or segments
        one, and what is left out is said. To choose another, give its images alone.
    on_progress
        Called before each image is read, with the number of images read so far and of all.

    Returns
    -------
    Volume
        Modality values: the rescale of each slice is applied. Making it takes twice its size in memory.

    Raises
    ------
    ImageError
        If no image is in it, no image states its position, or all are in colour.
    FileAccessError
        If a path does not exist.
    UsageError
        If `series` is of another type.

    References
    ----------
    PS3.3 section C.7.6.2.1.1, Image Position and Image Orientation; equation C.7.6.2.1-1.
    PS3.3 section C.11.1, Modality LUT Module.

    Examples
    --------
    >>> from dicomkit.samples import ct_series
    >>> head = volume(reversed(ct_series(3, size=32)))
    >>> head.array.shape, head.spacing_mm
    ((3, 32, 32), (7.375, 7.375, 7.0))
    >>> head.to_mm(0, 0, 2)
    (-114.3125, -114.3125, 15.0)
    """
    images, remarks = images_of(series, on_progress)
    slices, reasons = slices_of(images)
    if line := left_out(reasons, "used"):
        remarks.append(line)
    if not slices:
        raise ImageError("series", "; ".join(["no image can be stacked", *remarks]), "give slices with Image Position, Image Orientation and Pixel Spacing")  # fmt: skip
    parallel, others = parallel_slices(slices)
    chosen, passes = one_pass(parallel)
    stack = stack_of([one.place for one in chosen])
    ordered = [chosen[number] for number in stack.order]
    values, filler, said = stacked_values(ordered, stack.places)
    affine, guessed = _affine(ordered, stack)
    remarks += [*others, *passes, *_doubts(stack, chosen, filler), *guessed, *said]
    sources: list[SourceSlice | None] = [None] * len(values)
    for one, place in zip(ordered, stack.places, strict=True):
        sources[place] = _source(one)
    return Volume(
        values,
        affine,
        unit_of(ordered[0].dataset, ordered[0].frame),
        tuple(dict.fromkeys(remarks)),
        tuple(stack.missing),
        filler,
        tuple(sources),
        all(is_identity_removed_from(one.dataset) for one in ordered),
    )


def _source(one: Slice) -> SourceSlice:
    return SourceSlice(str(one.dataset.get("SOPClassUID") or ""), one.sop_instance_uid, one.frame)


def _affine(ordered: list[Slice], stack: Stack) -> tuple[npt.NDArray[np.float64], list[str]]:
    """Return the affine, shape (4, 4), and a sentence on what had to be guessed for it."""
    first = ordered[0]
    row, column = np.array(first.place.along_row), np.array(first.place.along_column)
    guessed = []
    step = np.array(stack.step or (0.0, 0.0, 0.0))
    if stack.step is None:
        length_mm, said_by = thickness_of(first)
        step = np.cross(row, column) * (length_mm or 1.0)
        guessed = [
            f"there is one slice: the step to a next one is {said_by or 'nowhere said, and taken as 1 mm'}"
        ]
    affine = np.eye(4)
    affine[:3, 0], affine[:3, 1] = row * first.spacing[1], column * first.spacing[0]
    affine[:3, 2], affine[:3, 3] = step, first.place.origin
    return affine, guessed


def _doubts(stack: Stack, chosen: list[Slice], filler: float) -> list[str]:
    """Describe gaps, duplicates, uneven spacing and shear."""
    doubts = []
    place = chosen[0].place
    skew = float(np.degrees(np.arcsin(min(1.0, abs(np.dot(place.along_row, place.along_column))))))
    if skew > _SKEW_DEGREES:
        doubts.append(
            f"rows and columns are {skew:.1f} degrees off a right angle: Image Orientation is wrong"
        )
    if stack.double:
        verb = "lies where another one lies" if len(stack.double) == 1 else "lie where others lie"
        uids = [(one.sop_instance_uid, one.frame) for one in chosen]
        copies = len(uids) - len(set(uids))
        of_these = f" ({copies} with the SOP Instance UID of another one)" if copies else ""
        doubts.append(
            f"{counted(len(stack.double), 'slice')} {verb} and {'was' if len(stack.double) == 1 else 'were'} left out{of_these}"
        )
    if stack.missing:
        verb = "is" if len(stack.missing) == 1 else "are"
        where = stack.gaps_in_words()
        doubts.append(
            f"there is a gap: {counted(len(stack.missing), 'slice')} {verb} missing {where}, and filled with {filler:g}"
        )
    if stack.uneven_mm:
        doubts.append(
            f"the spacing is unequal: slices lie up to {stack.uneven_mm:.2f} mm from where the affine puts them"
        )
    if stack.tilt_degrees:
        doubts.append(
            f"the stack is sheared by {stack.tilt_degrees:.1f} degrees: each slice is shifted against the one before, as with a tilted gantry"
        )
    return doubts
