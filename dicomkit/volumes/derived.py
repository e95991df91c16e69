"""Back to DICOM: values computed from a volume, as a new series of derived images in the same study.

A derived image is a new image: it has its own UIDs, says that it is derived (Image Type) and names its source images.
Attributes that describe only the old pixels are not copied.

References
----------
PS3.3 section C.7.6.1.1.2, Image Type: DERIVED; section C.7.6.1.1.3, Derivation Description.
PS3.3 section C.12.4.1.2, Source Image Sequence.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt
from pydicom.dataset import Dataset, FileDataset

from dicomkit.errors import DicomKitError, ImageError
from dicomkit.files.build import file_dataset
from dicomkit.files.quiet_pydicom import quiet_pydicom
from dicomkit.files.reading import read_content
from dicomkit.pixels.native_length import PIXEL_ELEMENTS
from dicomkit.pixels.overlay_planes import OVERLAY_GROUPS
from dicomkit.uids import make_uid
from dicomkit.volumes.sources import VolumeSource, index_rows_and_datasets
from dicomkit.volumes.volume import Volume

__all__ = ["derived_series"]

# Attributes that describe the old pixels or the old file, and must not be copied.
_NOT_INHERITED = (
    *(*PIXEL_ELEMENTS, "PixelPaddingValue", "PixelPaddingRangeLimit"),
    *("SmallestImagePixelValue", "LargestImagePixelValue", "SmallestPixelValueInSeries"),
    *("LargestPixelValueInSeries", "ModalityLUTSequence", "VOILUTSequence", "IconImageSequence"),
    *("DigitalSignaturesSequence", "MACParametersSequence", "ReferencedImageSequence"),
    *("PixelDataProviderURL", "RealWorldValueMappingSequence", "ExtendedOffsetTable"),
    *("ExtendedOffsetTableLengths", "ReferencedPresentationStateSequence"),
)
_LARGEST_INT16 = 32_767


@quiet_pydicom()
def derived_series(
    volume: Volume,
    series: VolumeSource | Iterable[VolumeSource],
    *,
    array: npt.NDArray[Any] | None = None,
    description: str = "Derived",
    series_number: int = 1001,
) -> list[FileDataset]:
    """Make a series of derived images from a volume: one for each slice that came from an instance.

    Parameters
    ----------
    volume
        What `dicomkit.pixels.volume` made of `series`.
    series
        The images that the volume was made of. All attributes but those of the pixels are copied from them.
    array
        The new modality values, in the shape of ``volume.array``; by default those of the volume.
    description
        What was done, for Series Description and Derivation Description.
    series_number
        The number of the new series.

    Returns
    -------
    list of FileDataset
        In the order of the slices; a slice that was missing has no image.

    Raises
    ------
    ImageError
        If the array has another shape or holds values that are not finite, if a source is multi-frame, or if the
        image that a slice comes from is not in `series`.

    References
    ----------
    PS3.3 section C.7.6.1, General Image Module.
    """
    values = volume.array if array is None else np.asarray(array)
    if values.shape != volume.array.shape:
        raise ImageError("array", "it has another shape than the volume", "give one value for each voxel")
    if not np.isfinite(values).all():
        raise ImageError("array", "it holds values that are not finite", "replace NaN and infinity")
    stored, slope = _stored(values)
    originals = _originals(series)
    series_uid = make_uid()
    found = []
    for number, (source, pixels) in enumerate(zip(volume.sources, stored, strict=True), start=1):
        if source is None:
            continue
        original = originals.get(source.sop_instance_uid)
        if original is None:
            raise ImageError(
                "series", "an image that the volume was made of is not in it", "give the same series"
            )
        if "PerFrameFunctionalGroupsSequence" in original or int(original.get("NumberOfFrames") or 1) > 1:
            raise ImageError(
                "series", "its images have several frames", "give a series of single-frame images"
            )
        image = _derived(original, pixels, slope, description)
        image.SeriesInstanceUID, image.SeriesNumber, image.InstanceNumber = series_uid, series_number, number
        found.append(image)
    return found


def _originals(series: Any) -> dict[str, Dataset]:  # noqa: ANN401 - as index_rows_and_datasets
    rows, images = index_rows_and_datasets(series)
    found: dict[str, Dataset] = {}
    for row in rows:
        if row.outcome != "rejected":
            try:
                image: Dataset = read_content(row.entry.read_content())
            except DicomKitError:
                continue  # the volume has no slice of it, and one of its remarks says so
            found.setdefault(str(image.get("SOPInstanceUID")), image)
    for given in images:
        if isinstance(given, Dataset):
            found.setdefault(str(given.get("SOPInstanceUID")), given)
    return found


def _stored(values: npt.NDArray[Any]) -> tuple[npt.NDArray[np.int16], float]:
    """Return values as int16, and the Rescale Slope that restores them: 1 if they fit as they are."""
    largest = float(np.abs(values.astype(np.float64)).max())
    if values.dtype.kind in "iu" and largest <= _LARGEST_INT16:
        return values.astype("<i2"), 1.0
    slope = float(f"{largest / _LARGEST_INT16 or 1.0:.9e}")  # as many digits as a DS has room for
    if slope * _LARGEST_INT16 < largest:
        slope = float(f"{slope * (1 + 1e-9):.9e}")
    return np.rint(values / slope).clip(-_LARGEST_INT16, _LARGEST_INT16).astype("<i2"), slope


def _derived(original: Dataset, pixels: npt.NDArray[np.int16], slope: float, description: str) -> FileDataset:
    base = Dataset()
    for element in original:
        is_dropped = element.keyword in _NOT_INHERITED or element.tag.is_private
        if not is_dropped and element.tag.group not in OVERLAY_GROUPS:
            base.add(copy.deepcopy(element))
    base.SOPInstanceUID = make_uid()
    base.ImageType = ["DERIVED", *(list(original.get("ImageType") or [])[1:] or ["PRIMARY"])]
    base.SeriesDescription = base.DerivationDescription = description
    base.SourceImageSequence = [_reference(original)]
    base.BitsAllocated = base.BitsStored = 16
    base.HighBit, base.PixelRepresentation = 15, 1
    if slope != 1 or "RescaleSlope" in original or "RescaleIntercept" in original:
        base.RescaleSlope, base.RescaleIntercept = f"{slope:.9e}" if slope != 1 else "1", "0"
    base.PixelData = np.ascontiguousarray(pixels).tobytes()
    base["PixelData"].VR = "OW"
    return file_dataset(base)


def _reference(original: Dataset) -> Dataset:
    purpose = Dataset()
    purpose.CodeValue, purpose.CodingSchemeDesignator = "121322", "DCM"  # PS3.16 CID 7202
    purpose.CodeMeaning = "Source image for image processing operation"
    item = Dataset()
    item.ReferencedSOPClassUID = original.SOPClassUID
    item.ReferencedSOPInstanceUID = original.SOPInstanceUID
    item.SpatialLocationsPreserved = "YES"
    item.PurposeOfReferenceCodeSequence = [purpose]
    return item
