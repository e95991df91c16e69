"""What readers say about the bytes of a file: dicomkit, which checks first, and pydicom, which takes what it gets."""

from __future__ import annotations

from typing import Any

from pydicom.dataset import Dataset

from dicomkit.errors import DicomKitError
from dicomkit.files.checking import check_dicom
from dicomkit.files.quiet_pydicom import quiet_pydicom
from dicomkit.files.reading import read_unchecked
from dicomkit.files.tokens import tag_text
from dicomkit.pixels.native_length import native_length_remark
from dicomkit.text import counted

__all__ = ["what_readers_say"]

_MOST_NAMES = 4


def what_readers_say(buffer: bytes, original: bytes | None = None) -> list[dict[str, Any]]:
    """Return what dicomkit and pydicom say when they read these bytes.

    Parameters
    ----------
    buffer
        The bytes, perhaps changed by hand.
    original
        The bytes as they were; what differs is named, by tag and without its value.

    Returns
    -------
    list of dict
        ``reader``, ``accepts`` and ``says`` of each.
    """
    try:
        remarks = check_dicom(buffer)
    except DicomKitError as error:
        checked = {"reader": "dicomkit", "accepts": False, "says": f"{error.problem}; {error.remedy}"}
    else:
        says = "; but ".join(["every byte has its place", *remarks])
        checked = {"reader": "dicomkit", "accepts": True, "says": says}
    dataset, says = _read(buffer)
    if checked["accepts"] and dataset is not None and (remark := native_length_remark(dataset)):
        checked["says"] = f"{checked['says']}; but {remark}"
    if dataset is not None and not checked["accepts"]:
        says += ", as if nothing were missing"
    if dataset is not None and original is not None and buffer != original:
        says += f"; {_difference(original, dataset)}"
    return [checked, {"reader": "pydicom", "accepts": dataset is not None, "says": says}]


def _read(buffer: bytes) -> tuple[Dataset | None, str]:
    try:
        with quiet_pydicom():
            dataset = read_unchecked(buffer)
            count = sum(1 for _ in dataset)
    except Exception as error:  # noqa: BLE001 - changed bytes raise anything, and its text may repeat a value
        return None, f"refuses: {type(error).__name__}"
    return dataset, f"reads {counted(count, 'element')}"


def _changed_elements(before: Dataset, after: Dataset) -> list[str]:
    """Return the tags of the elements that differ between two data sets, group 0002 included."""
    pairs = [(before, after)]
    if hasattr(before, "file_meta") and hasattr(after, "file_meta"):
        pairs.append((before.file_meta, after.file_meta))
    return [
        tag_text(int(tag))
        for one, other in pairs
        for tag in sorted({*one.keys(), *other.keys()})
        if tag not in one or tag not in other or one[tag] != other[tag]
    ]


def _difference(original: bytes, after: Dataset) -> str:
    before, says = _read(original)
    if before is None:
        return f"as it was, pydicom {says}"
    try:
        with quiet_pydicom():
            tags = _changed_elements(before, after)
    except Exception as error:  # noqa: BLE001 - as in _read: values are converted when they are compared
        return f"its values cannot be compared ({type(error).__name__})"
    if not tags:
        return "none of them differs: this byte says nothing to it"
    rest = len(tags) - _MOST_NAMES
    more = f" and {rest} more" if rest > 0 else ""
    return f"different from before: {', '.join(tags[:_MOST_NAMES])}{more}"
