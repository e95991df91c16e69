"""Wrap a JPEG file as a Secondary Capture of its own study, as bytes: without pydicom, whose import takes longer than all the rest.

`secondary_capture_values` and `composite_values` decide its attributes, as for `secondary_capture`. In any doubt no file is
made, and `secondary_capture` decides.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from dicomkit.dump.reading.values import encode_value
from dicomkit.errors import ImageError
from dicomkit.files.composite_values import composite_values
from dicomkit.files.dictionary import dictionary_entry, tag_for_keyword
from dicomkit.files.encoding import UNDEFINED_LENGTH, element_header, item_header
from dicomkit.files.part10 import encode_file_head
from dicomkit.files.tokens import ITEM, PIXEL_DATA, SEQUENCE_DELIMITATION
from dicomkit.pixels.jpeg_file import read_jpeg_file
from dicomkit.pixels.jpeg_stream import JpegStream
from dicomkit.pixels.limited_process import run_limited
from dicomkit.pixels.secondary_capture_values import (
    MODALITY,
    derivation_values,
    first_values,
    laterality_values,
    lossy_values,
    stream_values,
)
from dicomkit.uids import JPEG_BASELINE_8_BIT, SECONDARY_CAPTURE_IMAGE_STORAGE

__all__ = ["WrappedJpeg", "wrapped_jpeg"]

_START = b"\xff\xd8"


class WrappedJpeg(NamedTuple):
    """A DICOM file that holds a JPEG stream: its bytes, its attributes, and remarks on the stream."""

    content: bytes
    values: dict[str, Any]
    remarks: tuple[str, ...]


def wrapped_jpeg(content: bytes, given: Path) -> WrappedJpeg | None:
    """Wrap a baseline JPEG file.

    Parameters
    ----------
    content
        The bytes of a picture file.
    given
        Its path.

    Returns
    -------
    WrappedJpeg or None
        None where the picture is no JPEG, its stream cannot stay as it is, or it cannot be decoded.

    References
    ----------
    PS3.3 section A.8, Secondary Capture Image IOD; PS3.5 section A.4, Transfer Syntaxes for Encapsulation of
    Encoded Pixel Data.
    """
    if not content.startswith(_START):
        return None
    try:
        file = read_jpeg_file(content, given)
    except ImageError:
        return None
    if file.reason_to_decode or not _is_decodable(file.stream):
        return None
    values = composite_values(SECONDARY_CAPTURE_IMAGE_STORAGE) | {"Modality": MODALITY}
    values |= first_values(starts_study=True, starts_series=True)
    values |= derivation_values(file.remarks) | stream_values(file.stream) | lossy_values(file.lossy_ratio)
    values |= laterality_values(values)
    return WrappedJpeg(_file_content(values, file.stream.stream), values, file.remarks)


def _is_decodable(jpeg: JpegStream) -> bool:
    """Say whether Pillow, which decodes it for `secondary_capture` too, gets as many samples as the header states."""
    from PIL import Image  # noqa: PLC0415 - what is refused by its header starts no decoder

    def decoded() -> dict[str, Any]:
        image = Image.open(io.BytesIO(jpeg.stream), formats=("JPEG",))
        return {"bytes": len(image.tobytes())}

    samples = jpeg.size.rows * jpeg.size.columns * jpeg.size.components
    return run_limited(decoded, samples=samples).get("bytes") == samples


def _file_content(values: Mapping[str, Any], stream: bytes) -> bytes:
    """Return preamble, prefix, group 0002 and data set, in Explicit VR Little Endian (PS3.10 section 7.1)."""
    head = encode_file_head(
        sop_class_uid=values["SOPClassUID"],
        sop_instance_uid=values["SOPInstanceUID"],
        transfer_syntax_uid=JPEG_BASELINE_8_BIT,
    )
    elements = sorted(_element(keyword, value) for keyword, value in values.items())
    return head + b"".join(element for _, element in elements) + _pixel_data(stream)


def _element(keyword: str, value: object) -> tuple[int, bytes]:
    """Return the tag of an attribute, and its element."""
    tag = tag_for_keyword(keyword)
    entry = None if tag is None else dictionary_entry(tag)
    if tag is None or entry is None:
        raise AssertionError(keyword)  # each keyword is one of ours
    text = "\\".join(value) if isinstance(value, list) else str(value)
    encoded = encode_value(entry.vr, text)
    return tag, element_header(tag, entry.vr, len(encoded)) + encoded


def _pixel_data(stream: bytes) -> bytes:
    """Return a stream as the one fragment of the one frame, behind a Basic Offset Table that says so."""
    offset_table = item_header(ITEM, 4) + bytes(4)
    padded = stream + b"\0" * (len(stream) % 2)
    return b"".join(
        (
            element_header(PIXEL_DATA, "OB", UNDEFINED_LENGTH),
            offset_table,
            item_header(ITEM, len(padded)),
            padded,
            item_header(SEQUENCE_DELIMITATION, 0),
        )
    )
