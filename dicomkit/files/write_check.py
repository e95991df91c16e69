"""Read back what is about to be written, so that no file leaves this package that another reader doubts.

What pydicom encodes is what the data set holds, and a data set can hold anything: it may have been read from
a damaged file, or be given a tag that no data set may have.
"""

from __future__ import annotations

from dicomkit.errors import AttributeValueError, NotDicomError
from dicomkit.files.checking import check_dicom
from dicomkit.files.encoding import EXPLICIT_LITTLE, STANDARD_VRS
from dicomkit.files.layout import FileLayout, file_layout
from dicomkit.files.tokens import PIXEL_DATA, Kind, Token, tag_text
from dicomkit.files.walk import walk

__all__ = ["check_bounded", "check_written"]

# PS3.5 section 7.1: groups that no element of a data set has. 0000 is of messages, 0002 of file heads.
_FORBIDDEN_GROUPS = {0x0000, 0x0001, 0x0002, 0x0003, 0x0005, 0x0007, 0xFFFF}
_ENDS = {Kind.ITEM_END, Kind.SEQUENCE_END}
_NO_ELEMENTS = {Kind.ITEM, Kind.OFFSET_TABLE, Kind.FRAGMENT, *_ENDS}


def check_bounded(content: bytes) -> None:
    """Check that an encoded file is one that `read_file` would read.

    Raises
    ------
    AttributeValueError
        If not; the message says what is wrong with it.
    """
    try:
        check_dicom(content, given="data set")
    except NotDicomError as error:
        raise AttributeValueError("data set", f"as a file, {error.problem}", error.remedy) from None


def check_written(content: bytes) -> None:
    """Check that an encoded file is one that no reader warns of.

    Raises
    ------
    AttributeValueError
        If a length is odd, a VR does not exist, tags do not ascend, or a tag or a VR may not stand there.

    References
    ----------
    PS3.5 section 7.1, Data Elements; section 7.1.1, Data Element Fields; section A.4, encapsulated pixels.
    """
    layout: FileLayout = file_layout(content)
    _check(content, layout.meta_start, layout.meta_end, None)
    _check(layout.dataset, layout.dataset_start, len(layout.dataset), layout)


def _check(buffer: bytes, start: int, end: int, layout: FileLayout | None) -> None:
    """Walk through group 0002 (without a `layout`) or a data set."""
    encoding = EXPLICIT_LITTLE if layout is None else layout.encoding
    last_tags = [-1]
    for token in walk(buffer, start, end, encoding, given="data set"):
        if token.kind is Kind.ITEM:
            last_tags.append(-1)
        elif token.kind is Kind.ITEM_END:
            last_tags.pop()
        elif token.kind not in _NO_ELEMENTS:
            problem = _problem(token, last_tags[-1], is_meta=layout is None)
            if problem:
                raise AttributeValueError(
                    tag_text(token.tag), problem, "correct or erase it, then write again"
                )
            last_tags[-1] = token.tag


def _problem(token: Token, last_tag: int, *, is_meta: bool) -> str:
    if token.tag <= last_tag:
        return f"it stands behind {tag_text(last_tag)}, and tags have to ascend"
    if token.tag >> 16 in _FORBIDDEN_GROUPS and not is_meta:
        return "no element of a data set may have this group"
    if token.encoding.explicit_vr and token.vr not in STANDARD_VRS:
        return "there is no such VR"
    if token.kind is Kind.ELEMENT and token.length % 2:
        return f"its length is odd ({token.length} bytes)"
    if token.tag == PIXEL_DATA and token.kind is Kind.PIXEL_SEQUENCE and token.vr != "OB":
        return "compressed Pixel Data has VR OB"
    return ""
