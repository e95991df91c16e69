"""Back to DICOM: numbers that were computed from a volume, as a new series of the same study.

A derived image is another image, so it has a UID of its own, in a series of its own; it says that it is derived, and
from which images. What only held for the old pixels is not taken along.

References
----------
PS3.3 section C.7.6.1.1.2, Image Type: DERIVED; section C.7.6.1.1.3, Derivation Description.
PS3.3 section C.12.4.1.3, Source Image Sequence.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.uid import UID, ExplicitVRLittleEndian

from dicomkit.errors import DicomKitError, ImageError
from dicomkit.files.quiet_pydicom import quiet_pydicom
from dicomkit.files.reading import read_content
from dicomkit.uids import IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME, make_uid
from dicomkit.volumes.sources import VolumeSource, sorted_out
from dicomkit.volumes.volume import Volume

__all__ = ["derived_series"]

# What was true of the old pixels, or of the old file only.
_OF_THE_SOURCE = (
    *("PixelData", "FloatPixelData", "DoubleFloatPixelData", "PixelPaddingValue", "PixelPaddingRangeLimit"),
    *("SmallestImagePixelValue", "LargestImagePixelValue", "SmallestPixelValueInSeries"),
    *("LargestPixelValueInSeries", "ModalityLUTSequence", "VOILUTSequence", "IconImageSequence"),
    *(
        "DigitalSignaturesSequence",
        "MACParametersSequence",
        "ReferencedImageSequence",
        "PixelDataProviderURL",
    ),
    *(
        "RealWorldValueMappingSequence",
        "ExtendedOffsetTable",
        "ExtendedOffsetTableLengths",
        "ReferencedPresentationStateSequence",
    ),
)
_OVERLAY_GROUPS = range(0x6000, 0x6020)
_HIGHEST = 32_767


@quiet_pydicom()
def derived_series(
    volume: Volume,
    series: VolumeSource | Iterable[VolumeSource],
    *,
    array: npt.NDArray[Any] | None = None,
    description: str = "Derived",
    series_number: int = 1001,
) -> list[FileDataset]:
    """Make a series of derived images from a volume: one for each slice that an instance stands behind.

    Parameters
    ----------
    volume
        What `dicomkit.pixels.volume` made of `series`.
    series
        The images that the volume was made of, which say everything but the pixels.
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
        If the array has another shape or holds what is no finite number, if a source is multi-frame, or if the
        image that a slice comes from is not in `series`.

    References
    ----------
    PS3.3 section C.7.6.1, General Image Module.
    """
    values = volume.array if array is None else np.asarray(array)
    if values.shape != volume.array.shape:
        raise ImageError("array", "it has another shape than the volume", "give one value for each voxel")
    if not np.isfinite(values).all():
        raise ImageError("array", "it holds what is no finite number", "replace what could not be computed")
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


def _originals(series: Any) -> dict[str, Dataset]:  # noqa: ANN401 - as sorted_out
    rows, images = sorted_out(series)
    found: dict[str, Dataset] = {}
    for row in rows:
        if row.outcome != "rejected":
            try:
                image: Dataset = read_content(row.entry.read_content())
            except DicomKitError:
                continue  # a volume has no slice of it, and has said so
            found.setdefault(str(image.get("SOPInstanceUID")), image)
    for given in images:
        if isinstance(given, Dataset):
            found.setdefault(str(given.get("SOPInstanceUID")), given)
    return found


def _stored(values: npt.NDArray[Any]) -> tuple[npt.NDArray[np.int16], float]:
    """Return values as signed numbers of 16 bits, and the slope that leads back; 1 if they fit as they are."""
    largest = float(np.abs(values.astype(np.float64)).max())
    if values.dtype.kind in "iu" and largest <= _HIGHEST:
        return values.astype("<i2"), 1.0
    slope = float(f"{largest / _HIGHEST or 1.0:.9e}")  # as many digits as a DS has room for
    if slope * _HIGHEST < largest:
        slope = float(f"{slope * (1 + 1e-9):.9e}")
    return np.rint(values / slope).clip(-_HIGHEST, _HIGHEST).astype("<i2"), slope


def _derived(original: Dataset, pixels: npt.NDArray[np.int16], slope: float, description: str) -> FileDataset:
    base = Dataset()
    for element in original:
        is_dropped = element.keyword in _OF_THE_SOURCE or element.tag.is_private
        if not is_dropped and element.tag.group not in _OVERLAY_GROUPS:
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
    return FileDataset("", base, preamble=bytes(128), file_meta=_file_meta(base), is_implicit_VR=False)


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


def _file_meta(base: Dataset) -> FileMetaDataset:
    meta = FileMetaDataset()
    meta.FileMetaInformationVersion = b"\x00\x01"
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = base.SOPClassUID, base.SOPInstanceUID
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.ImplementationClassUID = UID(IMPLEMENTATION_CLASS_UID)
    meta.ImplementationVersionName = IMPLEMENTATION_VERSION_NAME
    return meta
