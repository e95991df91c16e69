"""Blank everything in Pixel Data that is not a pixel: texts in streams, bytes after the last pixel, unused bits.

References
----------
PS3.5 section 8.1.1, Pixel Data Encoding; section 8.2, Native or Encapsulated Format Encoding; section A.4.
"""

from __future__ import annotations

import struct

import numpy as np
from pydicom.dataset import Dataset
from pydicom.pixels.utils import get_expected_length
from pydicom.uid import ExplicitVRBigEndian

from dicomkit.files.tokens import PIXEL_DATA
from dicomkit.privacy.coded_ends import check_coded_ends
from dicomkit.privacy.streams import blank_encapsulated
from dicomkit.privacy.streams.encapsulated import fragments
from dicomkit.privacy.unstored_bits import check_unstored_bits, only_stored_bits

__all__ = ["EXTENDED_OFFSETS", "clean_pixels", "has_true_extended_offsets"]

EXTENDED_OFFSETS = frozenset({0x7FE00001, 0x7FE00002})  # Extended Offset Table, and its Lengths
_WHOLE_BYTES = {8: "u1", 16: "u2", 32: "u4", 64: "u8"}  # numpy's type code by Bits Allocated


def clean_pixels(dataset: Dataset) -> str:
    """Clean the Pixel Data of a data set in place; return a phrase on what was blanked, or "".

    Parameters
    ----------
    dataset
        A data set whose Pixel Data is bytes, as read from a file.

    Raises
    ------
    DeidentificationError
        If a compressed stream cannot be read to its end.
    """
    element = dataset[PIXEL_DATA]
    value = element.value
    if not isinstance(value, bytes):
        return ""
    if element.is_undefined_length:
        syntax = str(dataset.file_meta.TransferSyntaxUID) if hasattr(dataset, "file_meta") else ""
        rows, columns = (dataset.get(name) or 0 for name in ("Rows", "Columns"))
        element.value = blank_encapsulated(value, transfer_syntax_uid=syntax, frame_pixels=rows * columns)
        check_coded_ends(dataset)
        check_unstored_bits(dataset)
        return "" if element.value == value else "bytes between the pixels of the stream were blanked"
    words = []
    trimmed = _without_surplus(dataset, value)
    if trimmed != value:
        words.append("bytes after the last pixel were blanked")
    stored = _without_unstored_bits(dataset, trimmed)
    if stored != trimmed:
        words.append("unused bits were blanked")
    if words:
        element.value = stored
    return "; ".join(words)


def _without_surplus(dataset: Dataset, value: bytes) -> bytes:
    try:
        wanted_bytes = int(get_expected_length(dataset))
    except (AttributeError, KeyError, TypeError, ValueError):
        return value  # the length of the pixels is unknown
    if wanted_bytes >= len(value):
        return value
    if wanted_bytes % 2 and _is_swapped(dataset):
        # PS3.5 2016b section 7.3: in Big Endian the last 8-bit sample follows the padding byte.
        return (
            value[: wanted_bytes - 1]
            + b"\0"
            + value[wanted_bytes : wanted_bytes + 1]
            + bytes(len(value) - wanted_bytes - 1)
        )
    return value[:wanted_bytes] + bytes(len(value) - wanted_bytes)


def _is_swapped(dataset: Dataset) -> bool:
    return _is_big_endian(dataset) and dataset[PIXEL_DATA].VR == "OW"


def _is_big_endian(dataset: Dataset) -> bool:
    meta = getattr(dataset, "file_meta", None)
    return meta is not None and meta.get("TransferSyntaxUID") == ExplicitVRBigEndian


def _without_unstored_bits(dataset: Dataset, value: bytes) -> bytes:
    """Blank the unused bits of each sample: until 2004 they could hold an overlay."""
    allocated = dataset.get("BitsAllocated")
    kind = _WHOLE_BYTES.get(allocated or 0)
    if kind is None or len(value) % (allocated // 8):
        return value
    order = ">" if _is_big_endian(dataset) and allocated > 8 else "<"  # noqa: PLR2004 - a byte has no order
    samples = np.frombuffer(value, dtype=f"{order}{kind}")
    return bytes(only_stored_bits(dataset, samples, allocated).astype(samples.dtype).tobytes())


def has_true_extended_offsets(dataset: Dataset) -> bool:
    """Return whether the Extended Offset Table holds only the offsets of the fragments (PS3.5 section A.4)."""
    table, lengths = (dataset.get_item(tag) for tag in sorted(EXTENDED_OFFSETS))
    pixels = dataset.get_item(PIXEL_DATA)
    if table is None or lengths is None or pixels is None or not isinstance(pixels.value, bytes):
        return False
    _, *pictures = fragments(pixels.value)
    lengths_bytes = [each.end - each.start for each in pictures]
    places = [each.start - pictures[0].start for each in pictures]
    wanted = [struct.pack(f"<{len(pictures)}Q", *numbers) for numbers in (places, lengths_bytes)]
    return [bytes(table.value), bytes(lengths.value)] == wanted
