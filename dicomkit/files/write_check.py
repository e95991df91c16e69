"""Read back an encoded file before it is written, so that no other reader will refuse it or warn of it.

pydicom encodes whatever a data set holds, and that may be wrong: it may have been read from a damaged file, or have
been given a tag that is not allowed in a data set.
"""

from __future__ import annotations

from collections.abc import Iterable

from dicomkit.errors import AttributeValueError, NotDicomError
from dicomkit.files.checking import check_dicom
from dicomkit.files.encoding import EXPLICIT_LITTLE
from dicomkit.files.layout import file_layout
from dicomkit.files.tokens import PIXEL_DATA, Kind, Token, tag_text
from dicomkit.files.walk import walk

__all__ = ["check_bounded", "check_encoded", "check_written"]

# PS3.5 section 7.1: groups that are not allowed in a data set. 0000 is for commands, 0002 for file meta information.
_FORBIDDEN_GROUPS = {0x0000, 0x0001, 0x0002, 0x0003, 0x0005, 0x0007, 0xFFFF}
_ENDS = {Kind.ITEM_END, Kind.SEQUENCE_END}
_NO_ELEMENTS = {Kind.ITEM, Kind.OFFSET_TABLE, Kind.FRAGMENT, *_ENDS}


def check_encoded(content: bytes) -> None:
    """Check a file that was encoded without pydicom, before it is written: see `check_bounded` and `check_written`."""
    check_bounded(content)
    check_written(content)


def check_bounded(content: bytes) -> None:
    """Check that an encoded file is one that `read_file` would read.

    Raises
    ------
    AttributeValueError
        If it would not; the message says why.
    """
    try:
        check_dicom(content, given="data set")
    except NotDicomError as error:
        raise AttributeValueError("data set", f"as a file, {error.problem}", error.remedy) from None


def check_written(content: bytes) -> None:
    """Check that an encoded file follows PS3.5, so that no reader warns of it.

    Raises
    ------
    AttributeValueError
        If a length is odd, a VR does not exist, tags do not ascend, or a tag or a VR is not allowed there.

    References
    ----------
    PS3.5 section 7.1, Data Elements; section 7.1.1, Data Element Fields; section A.4, encapsulated pixels.
    """
    layout = file_layout(content)
    _check(walk(content, layout.meta_start, layout.meta_end, EXPLICIT_LITTLE), is_meta=True)
    _check(layout.tokens(), is_meta=False)


def _check(tokens: Iterable[Token], *, is_meta: bool) -> None:
    last_tags = [-1]
    for token in tokens:
        if token.kind is Kind.ITEM:
            last_tags.append(-1)
        elif token.kind is Kind.ITEM_END:
            last_tags.pop()
        elif token.kind not in _NO_ELEMENTS:
            problem = _problem(token, last_tags[-1], is_meta=is_meta)
            if problem:
                raise AttributeValueError(
                    tag_text(token.tag), problem, "correct or erase it, then write again"
                )
            last_tags[-1] = token.tag


def _problem(token: Token, last_tag: int, *, is_meta: bool) -> str:
    if token.tag <= last_tag:
        return f"it follows {tag_text(last_tag)}, and tags have to ascend"
    if token.tag >> 16 in _FORBIDDEN_GROUPS and not is_meta:
        return "no element of a data set may have this group"
    if token.kind is Kind.TRAILING or token.has_unknown_vr:  # what ends a data set has no VR at all
        return "there is no such VR"
    if token.kind is Kind.ELEMENT and token.length % 2:
        return f"its length is odd ({token.length} bytes)"
    if token.tag == PIXEL_DATA and token.kind is Kind.PIXEL_SEQUENCE and token.vr != "OB":
        return "compressed Pixel Data has VR OB"
    return ""
