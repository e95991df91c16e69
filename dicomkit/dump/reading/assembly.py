"""Make a data set of pydicom from an encoded dump.

Values stay raw bytes, which pydicom decodes when they are first read. So an unchanged data set is written with the
bytes of the dump.
"""

from __future__ import annotations

from collections.abc import Iterator

from pydicom import charset
from pydicom.dataelem import DataElement, RawDataElement
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.tag import BaseTag

from dicomkit.dump.reading.encoded import EncodedDump, EncodedElement, EncodedItem
from dicomkit.files.encoding import EXPLICIT_LITTLE, UNDEFINED_LENGTH, Encoding, transfer_syntax
from dicomkit.files.readable_text import decode_texts, may_be_misdecoded

__all__ = ["assemble"]

_Elements = dict[BaseTag, DataElement | RawDataElement]


def assemble(dump: EncodedDump) -> FileDataset:
    """Return the data set of a dump, with the elements of group 0002 in its ``file_meta``."""
    encoding = transfer_syntax(dump.transfer_syntax_uid).encoding
    is_implicit = not encoding.explicit_vr
    dataset = FileDataset(
        "",
        _elements(dump.dataset, encoding),
        preamble=bytes(128),
        file_meta=FileMetaDataset(_elements(dump.meta, EXPLICIT_LITTLE)),
        is_implicit_VR=is_implicit,
        is_little_endian=encoding.little_endian,
    )
    dataset.set_original_encoding(is_implicit, encoding.little_endian, _codecs(dump.dataset))
    if may_be_misdecoded(_named(dump.dataset)):
        decode_texts(dataset)
    return dataset


def _named(item: EncodedItem) -> Iterator[bytes]:
    """Yield the values of Specific Character Set in the data set and all its items."""
    yield "\\".join(item.character_sets).encode("latin-1")
    for element in item.elements.values():
        if not isinstance(element.value, bytes):
            for one in element.value:
                yield from _named(one)


def _elements(item: EncodedItem, encoding: Encoding) -> _Elements:
    return {BaseTag(element.tag): _element(element, item, encoding) for element in item.elements.values()}


def _element(
    element: EncodedElement, around: EncodedItem, encoding: Encoding
) -> DataElement | RawDataElement:
    tag, vr, value, is_undefined_length = element
    is_implicit = not encoding.explicit_vr
    if isinstance(value, bytes):
        length = UNDEFINED_LENGTH if is_undefined_length else len(value)
        return RawDataElement(BaseTag(tag), vr, length, value, 0, is_implicit, encoding.little_endian)
    items = []
    for one in value:
        item = Dataset(_elements(one, encoding), parent_encoding=_codecs(around))
        item.set_original_encoding(is_implicit, encoding.little_endian, _codecs(one))
        item.is_undefined_length_sequence_item = one.is_undefined_length
        items.append(item)
    return DataElement(tag, vr, Sequence(items), is_undefined_length=is_undefined_length)


def _codecs(item: EncodedItem) -> str | list[str]:
    """Return the Python codecs of the character sets in force."""
    if not item.character_sets:
        return charset.default_encoding
    # pydicom warns of defined terms that it does not know.
    known = [term if term in charset.python_encoding else "" for term in item.character_sets]
    codecs: list[str] = charset.convert_encodings(known)
    return codecs
