"""Prepare a file for pydicom where pydicom would read it differently than this package.

Of two groups 0002 pydicom takes the last, though the first one counts. It reads an unknown VR as a length, or stops
there; after one in group 0002 it reads nothing. It cannot skip a stray delimiter. So these oddities are corrected in
memory, before pydicom reads the bytes.
"""

from __future__ import annotations

from pydicom.datadict import dictionary_VR
from pydicom.dataelem import RawDataElement
from pydicom.tag import BaseTag
from pydicom.uid import DeflatedExplicitVRLittleEndian

from dicomkit.files.checking import Checked
from dicomkit.files.deflating import deflate
from dicomkit.files.dictionary import dictionary_entry
from dicomkit.files.encoding import STANDARD_VRS, Encoding, has_long_header, transfer_syntax
from dicomkit.files.even_lengths import with_even_lengths
from dicomkit.files.layout import file_layout
from dicomkit.files.part10 import corrected_meta, read_meta
from dicomkit.files.repeated_elements import with_firsts_last
from dicomkit.files.tokens import Kind, Token

__all__ = ["bytes_for_pydicom", "bytes_made_even", "raw_element"]

_VR_OFFSET = 4  # after the tag


def raw_element(tag: int, value: bytes, encoding: Encoding) -> RawDataElement:
    """Return a value that a skim has found as an element of pydicom, which converts it when it is first read.

    Parameters
    ----------
    tag
        Of an attribute that the data dictionary has, whose VR is used.
    value
        Its bytes in a little endian data set.
    encoding
        The encoding of that data set.
    """
    is_implicit = not encoding.explicit_vr
    return RawDataElement(
        BaseTag(tag), dictionary_VR(tag), len(value), value, 0, is_implicit, is_little_endian=True
    )


def bytes_for_pydicom(buffer: bytes, checked: Checked) -> bytes:
    """Return the bytes that pydicom reads correctly; nearly always, that is the file itself.

    Parameters
    ----------
    buffer
        The content of a checked file.
    checked
        The findings of the check.
    """
    dataset = _dataset_for_pydicom(checked)
    if dataset is None and checked.layout.meta_is_plain:
        return buffer
    head = read_meta(buffer)
    meta = corrected_meta(buffer, head)
    return buffer[: head.meta_start] + meta + (buffer[head.dataset_offset :] if dataset is None else dataset)


def _dataset_for_pydicom(checked: Checked) -> bytes | None:
    """Return the data set, deflated if it was, or None if pydicom reads the one in the file correctly."""
    layout = checked.layout
    uid = layout.transfer_syntax_uid
    is_unknown_to_pydicom = transfer_syntax(uid).is_deflated and uid != DeflatedExplicitVRLittleEndian
    is_deflated = layout.deflated_start is not None and not is_unknown_to_pydicom
    is_odd = bool(checked.unknown_vrs or checked.repeated or checked.end < len(layout.dataset))
    if not is_odd and (is_deflated or layout.deflated_start is None):
        return None
    dataset = _with_known_vrs(layout.dataset, checked)
    for repeated in checked.repeated:
        dataset = with_firsts_last(dataset, repeated.by_item())
    dataset = dataset[layout.dataset_start : checked.end]
    return deflate(dataset) if is_deflated else dataset


def bytes_made_even(readable: bytes, checked: Checked, *, given: str) -> bytes:
    """Return the file with values of even lengths; a deflated one stays as it is.

    Parameters
    ----------
    readable
        What `bytes_for_pydicom` returned.
    checked
        The findings of the check.
    given
        How an error names it.

    References
    ----------
    PS3.5 section 7.1.1, Data Element Fields: the length of a value is even.
    """
    if checked.layout.deflated_start is not None:
        return readable
    layout = file_layout(readable, given=given)
    start = layout.dataset_start
    return readable[:start] + with_even_lengths(readable[start:], layout.encoding, given=given)


def _with_known_vrs(dataset: bytes, checked: Checked) -> bytes:
    """Return the bytes with a known VR, of the same header length, in place of each unknown one."""
    if not checked.unknown_vrs:
        return dataset
    content = bytearray(dataset)
    for token in checked.unknown_vrs:
        start = token.offset + _VR_OFFSET
        content[start : start + 2] = _known_vr(token).encode("ascii")
    return bytes(content)


def _known_vr(token: Token) -> str:
    """Return SQ or UN or, where the header is too short for these, the dictionary's VR or a text VR."""
    if token.kind is Kind.SEQUENCE:
        return "SQ"
    if has_long_header(token.vr):
        return "UN"
    entry = dictionary_entry(token.tag)
    vr = entry.vr[:2] if entry is not None else ""
    return vr if vr in STANDARD_VRS and not has_long_header(vr) else "LT"
