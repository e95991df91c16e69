"""Turn an encoded dump into the bytes of a DICOM file without pydicom, so that ``dump2dcm`` starts quickly."""

from __future__ import annotations

from dicomkit.dump.reading.encoded import EncodedDump, EncodedElement, EncodedItem
from dicomkit.files.deflating import deflate
from dicomkit.files.encoding import (
    EXPLICIT_LITTLE,
    UNDEFINED_LENGTH,
    Encoding,
    element_header,
    item_header,
    transfer_syntax,
)
from dicomkit.files.part10 import PREAMBLE_BYTES, PREFIX
from dicomkit.files.tags import FILE_META_GROUP_LENGTH
from dicomkit.files.tokens import ITEM, ITEM_DELIMITATION, PIXEL_DATA, SEQUENCE_DELIMITATION

__all__ = ["file_content"]

_LAST_GROUP_WITH_LENGTH = 0x0006  # PS3.5 section 7.2: other group lengths are retired


def file_content(dump: EncodedDump) -> bytes:
    """Return the bytes of a file: preamble, ``DICM``, group 0002 with its length, data set.

    References
    ----------
    PS3.10 section 7.1, DICOM File Meta Information; PS3.5 section 7.1, Data Elements; section 7.5, Nesting of
    Data Sets.
    """
    syntax = transfer_syntax(dump.transfer_syntax_uid)
    meta = _encoded(dump.meta, EXPLICIT_LITTLE)
    group_length = element_header(FILE_META_GROUP_LENGTH, "UL", 4) + len(meta).to_bytes(4, "little")
    dataset = _encoded(dump.dataset, syntax.encoding)
    if syntax.is_deflated:
        dataset = deflate(dataset)
    return bytes(PREAMBLE_BYTES) + PREFIX + group_length + meta + dataset


def _encoded(item: EncodedItem, encoding: Encoding) -> bytes:
    return b"".join(
        _element(element, encoding)
        for tag, element in sorted(item.elements.items())
        if tag & 0xFFFF or tag >> 16 <= _LAST_GROUP_WITH_LENGTH
    )


def _element(element: EncodedElement, encoding: Encoding) -> bytes:
    tag, vr, value, is_undefined_length = element
    little = encoding.little_endian
    content = value if isinstance(value, bytes) else b"".join(_item(one, encoding) for one in value)
    if tag == PIXEL_DATA and is_undefined_length:
        vr = "OB"  # PS3.5 section A.4, whatever the dump says
    length = UNDEFINED_LENGTH if is_undefined_length else len(content)
    header = element_header(tag, vr if encoding.explicit_vr else "", length, little_endian=little)
    end = item_header(SEQUENCE_DELIMITATION, 0, little_endian=little) if is_undefined_length else b""
    return header + content + end


def _item(item: EncodedItem, encoding: Encoding) -> bytes:
    content = _encoded(item, encoding)
    little = encoding.little_endian
    if not item.is_undefined_length:
        return item_header(ITEM, len(content), little_endian=little) + content
    start = item_header(ITEM, UNDEFINED_LENGTH, little_endian=little)
    return start + content + item_header(ITEM_DELIMITATION, 0, little_endian=little)
