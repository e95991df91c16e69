"""Identifiers: the data sets of keys and of answers, between pydicom and what an archive handles."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from dicomkit.archive.elements import Item, encode_item, raw_in, read_item
from dicomkit.errors import AttributeValueError, UsageError
from dicomkit.files.encoding import EXPLICIT_LITTLE, Encoding
from dicomkit.files.tags import SPECIFIC_CHARACTER_SET

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

__all__ = ["encode_keys", "item_of", "to_dataset"]


def to_dataset(item: Item) -> Dataset:
    """Return an item as a pydicom data set, which decodes a value at first access, and texts as the Standard does."""
    from pydicom.filereader import read_dataset  # noqa: PLC0415 - an archive itself needs no pydicom

    from dicomkit.files.quiet_pydicom import quiet_pydicom  # noqa: PLC0415 - the same
    from dicomkit.files.readable_text import decode_texts, may_be_misdecoded  # noqa: PLC0415 - the same

    content = encode_item(item, EXPLICIT_LITTLE)
    with quiet_pydicom():
        dataset = read_dataset(io.BytesIO(content), is_implicit_VR=False, is_little_endian=True)
    if may_be_misdecoded([raw_in(item, SPECIFIC_CHARACTER_SET)]):
        decode_texts(dataset)
    return dataset


def encode_keys(dataset: Dataset, encoding: Encoding = EXPLICIT_LITTLE) -> bytes:
    """Return a data set of keys as bytes, in Little Endian.

    Raises
    ------
    AttributeValueError
        If a value cannot be encoded.
    UsageError
        If this is no data set.
    """
    from pydicom import Dataset as PydicomDataset  # noqa: PLC0415 - as above
    from pydicom.filebase import DicomBytesIO  # noqa: PLC0415 - as above
    from pydicom.filewriter import write_dataset  # noqa: PLC0415 - as above

    if not isinstance(dataset, PydicomDataset):
        raise UsageError(type(dataset).__name__, "these are no keys", "give a pydicom Dataset")
    stream = DicomBytesIO()
    stream.is_implicit_VR = not encoding.explicit_vr
    stream.is_little_endian = True
    try:
        write_dataset(stream, dataset)
    except (ValueError, TypeError, AttributeError, KeyError, UnicodeError) as error:
        # pydicom's own message repeats the value.
        raise AttributeValueError("keys", "a value does not fit its VR", "see PS3.5 section 6.2") from error
    return stream.getvalue()


def item_of(dataset: Dataset) -> Item:
    """Return a data set of keys as an item.

    Raises
    ------
    AttributeValueError
        If a value cannot be encoded.
    """
    return read_item(encode_keys(dataset), 0, EXPLICIT_LITTLE, given="keys")
