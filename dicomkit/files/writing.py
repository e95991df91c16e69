"""Write a data set as a DICOM file that every reader accepts, or not at all."""

from __future__ import annotations

import copy
import io
import os

from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.filewriter import dcmwrite
from pydicom.uid import UID, DeflatedExplicitVRLittleEndian, ExplicitVRLittleEndian

from dicomkit.errors import AttributeValueError
from dicomkit.files.deflating import deflate
from dicomkit.files.encoding import transfer_syntax
from dicomkit.files.part10 import read_meta
from dicomkit.files.quiet_pydicom import quiet_pydicom
from dicomkit.files.replacing import file_to_replace, new_file
from dicomkit.files.write_check import check_bounded, check_written
from dicomkit.uids import IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME

__all__ = ["encode_file", "write_file"]


def write_file(dataset: Dataset, path: str | os.PathLike[str], *, replace: bool = True) -> None:
    """Write `dataset` as a DICOM file at `path`; a file that exists there is replaced only by a complete one.

    The encoded bytes are checked first: no file is written that another reader would warn of.

    Parameters
    ----------
    dataset
        A data set. Missing elements of its ``file_meta`` are filled in; present ones are kept.
    path
        The file to write.
    replace
        Whether a file that exists may be replaced.

    Raises
    ------
    AttributeValueError
        If a value cannot be encoded, or the file would not follow PS3.5.
    FileAccessError
        If the file cannot be written, or exists and must not be replaced.

    References
    ----------
    PS3.10 section 7.1, DICOM File Meta Information.
    """
    content = encode_file(_with_pixels_as_bytes(dataset))
    check_written(content)
    with file_to_replace(path) if replace else new_file(path) as stream:
        stream.write(content)


def _with_pixels_as_bytes(dataset: Dataset) -> Dataset:
    """Give compressed Pixel Data its required VR, OB (PS3.5 section A.4): files with OW exist."""
    # keep_deferred: the raw element, since decoding may fail for a damaged VR.
    raw = dataset.get_item("PixelData", keep_deferred=True)
    if raw is None or raw.VR != "OW" or not (pixels := dataset["PixelData"]).is_undefined_length:
        return dataset
    corrected = copy.copy(dataset)
    corrected["PixelData"] = DataElement(pixels.tag, "OB", pixels.value, is_undefined_length=True)
    return corrected


def encode_file(dataset: Dataset) -> bytes:
    """Return `dataset` as the bytes of a DICOM file: preamble, ``DICM``, group 0002, data set.

    Parameters
    ----------
    dataset
        Any data set. Without a transfer syntax it becomes Explicit VR Little Endian.

    Raises
    ------
    AttributeValueError
        If a value cannot be encoded, or `read_file` would not read the result.

    References
    ----------
    PS3.10 section 7.1, DICOM File Meta Information.
    """
    try:
        with quiet_pydicom():
            content = _encoded(dataset)
    except Exception as error:  # noqa: BLE001 - what was read from a damaged file raises anything in pydicom
        # pydicom's message may quote the value, which may be patient data: name only the class of the error.
        raise AttributeValueError(
            "data set",
            f"a value cannot be encoded ({type(error).__name__})",
            "check each value against its VR (PS3.5 section 6.2)",
        ) from None
    check_bounded(content)
    return content


def _encoded(dataset: Dataset) -> bytes:
    """Fill in missing elements of group 0002, and have pydicom encode the file."""
    meta = FileMetaDataset(getattr(dataset, "file_meta", None) or {})
    meta.FileMetaInformationGroupLength = 0  # pydicom counts, but only where the element is present
    meta.FileMetaInformationVersion = b"\x00\x01"
    for keyword, source in (
        ("MediaStorageSOPClassUID", "SOPClassUID"),
        ("MediaStorageSOPInstanceUID", "SOPInstanceUID"),
    ):
        if keyword not in meta and source in dataset:
            setattr(meta, keyword, dataset[source].value)
    if "TransferSyntaxUID" not in meta:
        meta.TransferSyntaxUID = ExplicitVRLittleEndian
    if "ImplementationClassUID" not in meta:
        meta.ImplementationClassUID = UID(IMPLEMENTATION_CLASS_UID)
        meta.ImplementationVersionName = IMPLEMENTATION_VERSION_NAME
    whole = copy.copy(dataset)  # shallow: the caller's file_meta and preamble stay as they are
    whole.file_meta = meta
    whole.preamble = bytes(128)
    if _is_read_as_implicit(dataset) and transfer_syntax(str(meta.TransferSyntaxUID)).encoding.explicit_vr:
        # The file it was read from has no VRs, though its transfer syntax says so: pydicom has to look them up.
        whole.set_original_encoding(True, True, dataset.original_character_set)
    stream = io.BytesIO()
    dcmwrite(stream, whole, enforce_file_format=False)
    return _deflated(stream.getvalue())


def _is_read_as_implicit(dataset: Dataset) -> bool:
    first = next(iter(dataset.keys()), None)
    return first is not None and bool(getattr(dataset.get_item(first), "is_implicit_VR", False))


def _deflated(content: bytes) -> bytes:
    """Deflate the data set of a file in a deflated transfer syntax that pydicom does not know."""
    head = read_meta(content)
    uid = head.transfer_syntax_uid
    if uid == DeflatedExplicitVRLittleEndian or not transfer_syntax(uid).is_deflated:
        return content
    return content[: head.dataset_offset] + deflate(content[head.dataset_offset :])
