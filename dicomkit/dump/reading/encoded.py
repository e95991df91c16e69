"""Encode the tree of a dump: each value becomes the bytes of a file.

So no value is decoded. A file is written without pydicom (`dicomkit.dump.reading.file_content`), which only a data set
needs (`dicomkit.dump.reading.assembly`).
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence

from dicomkit.dump.reading.problems import Problems
from dicomkit.dump.reading.raw_files import load_raw_file
from dicomkit.dump.reading.tree import DumpTree, ItemNode, Leaf, PixelNode, SequenceNode
from dicomkit.dump.reading.value_text import Form
from dicomkit.dump.reading.values import ValueProblem, encode_value
from dicomkit.files.character_sets import DEFINED_TERMS, STAND_ALONE_TERMS, character_sets
from dicomkit.files.dictionary import pydicom_table
from dicomkit.files.encoding import (
    CHARACTER_SET_VRS,
    EXPLICIT_LITTLE,
    Encoding,
    has_long_header,
    item_header,
    transfer_syntax,
)
from dicomkit.files.tags import FILE_META_GROUP_LENGTH, SPECIFIC_CHARACTER_SET
from dicomkit.files.tokens import ITEM, PIXEL_DATA
from dicomkit.named_tuple import NamedTuple
from dicomkit.uids import EXPLICIT_VR_LITTLE_ENDIAN

__all__ = ["EncodedDump", "EncodedElement", "EncodedItem", "encode_tree"]

_TRANSFER_SYNTAX_UID = 0x00020010
_LARGEST_SHORT_LENGTH = 0xFFFE  # the largest even 16-bit number
_UID = rb"(?:0|[1-9]\d*)(?:\.(?:0|[1-9]\d*))*"
_UID_VALUE = re.compile(rb"(?:" + _UID + rb"(?:\\" + _UID + rb")*)?\0?")
# PS3.3 section C.12.1.1.2: single-byte character sets that contain ASCII.
_LATIN = re.compile(r"|ISO(_| 2022 )IR (6|10[019]|110|12[67]|138|14[48]|166|203)")


class EncodedElement(NamedTuple):
    """An element of a dump: the bytes of its value, or the items of a sequence.

    ``is_undefined_length`` is True for a sequence that ends with a delimiter, and for pixels in fragments.
    """

    tag: int
    vr: str
    value: bytes | list[EncodedItem]
    is_undefined_length: bool = False


class EncodedItem(NamedTuple):
    """A data set or an item: its elements by tag, and the Specific Character Set in force."""

    elements: dict[int, EncodedElement]
    character_sets: tuple[str, ...]
    is_undefined_length: bool


class EncodedDump(NamedTuple):
    """Group 0002 and the data set; the latter is encoded as the transfer syntax says."""

    meta: EncodedItem
    dataset: EncodedItem
    transfer_syntax_uid: str


def encode_tree(
    tree: DumpTree, problems: Problems, raw_folders: Sequence[str | os.PathLike[str]] = ()
) -> EncodedDump:
    """Encode a dump; add what is wrong to `problems`.

    Parameters
    ----------
    tree
        Group 0002 and the data set.
    problems
        Collects errors and warnings. After an error, the result is incomplete.
    raw_folders
        Folders from which the dump may load raw files.
    """
    meta = _Encoder(problems, (), EXPLICIT_LITTLE).item(tree.meta, ())
    meta.elements.pop(FILE_META_GROUP_LENGTH, None)  # computed when the file is written
    uid = _transfer_syntax_uid(tree, meta, problems)
    dataset = _Encoder(problems, raw_folders, transfer_syntax(uid).encoding).item(tree.dataset, ())
    _check_pixel_data(tree, uid, problems)
    return EncodedDump(meta, dataset, uid)


def _transfer_syntax_uid(tree: DumpTree, meta: EncodedItem, problems: Problems) -> str:
    """Return the transfer syntax that the dump names, by default Explicit VR Little Endian as dump2dcm does."""
    element = meta.elements.get(_TRANSFER_SYNTAX_UID)
    value = element.value.rstrip(b"\0 ") if element is not None and isinstance(element.value, bytes) else b""
    if not value:
        meta.elements.pop(_TRANSFER_SYNTAX_UID, None)
        return EXPLICIT_VR_LITTLE_ENDIAN
    uid = value.decode("latin-1")
    if _row(uid)[1] == "Transfer Syntax":
        return uid
    problems.error(
        tree.meta.elements[_TRANSFER_SYNTAX_UID].line,
        "is no transfer syntax of the Standard",
        "remove the line for Explicit VR Little Endian",
    )
    return EXPLICIT_VR_LITTLE_ENDIAN


def _row(uid: str) -> tuple[str, ...]:
    """Return the row of a standard UID in pydicom's dictionary: name, type and so on (PS3.6 annex A)."""
    rows: Mapping[str, tuple[str, ...]] = pydicom_table("_uid_dict").UID_dictionary
    return rows.get(uid, ("", ""))


def _check_pixel_data(tree: DumpTree, uid: str, problems: Problems) -> None:
    pixel_data = tree.dataset.elements.get(PIXEL_DATA)
    is_encapsulated = transfer_syntax(uid).is_encapsulated
    if pixel_data is None or is_encapsulated == isinstance(pixel_data, PixelNode):
        return
    problem = (
        "needs pixels in fragments (PS3.5 section A.4)" if is_encapsulated else "holds no pixels in fragments"
    )
    problems.error(
        pixel_data.line,
        f"{_row(uid)[0]} {problem}",
        "name the transfer syntax that these pixels have in (0002,0010)",
    )


class _Encoder:
    def __init__(
        self, problems: Problems, raw_folders: Sequence[str | os.PathLike[str]], encoding: Encoding
    ) -> None:
        self.problems = problems
        self.raw_folders = raw_folders
        self.encoding = encoding
        self.has_told_of_text = False
        self.has_told_of_group_length = False

    def item(self, node: ItemNode, around: tuple[str, ...]) -> EncodedItem:
        """Encode a data set or an item; `around` is the character set of the data set around it."""
        terms = self._character_sets(node, around)
        item = EncodedItem({}, terms, node.has_undefined_length)
        for child in node.elements.values():
            if isinstance(child, Leaf):
                item.elements[child.tag] = self._leaf(child, terms)
            elif isinstance(child, SequenceNode):
                items = [self.item(one, terms) for one in child.items]
                item.elements[child.tag] = EncodedElement(child.tag, "SQ", items, child.has_undefined_length)
            else:
                item.elements[child.tag] = self._pixels(child)
        return item

    def _pixels(self, node: PixelNode) -> EncodedElement:
        values = [self._value(fragment) for fragment in node.fragments]
        # PS3.5 section A.4: encapsulated pixels are always little endian.
        fragments = b"".join(item_header(ITEM, len(value)) + value for value in values)
        return EncodedElement(node.tag, node.vr, fragments, is_undefined_length=True)

    def _leaf(self, leaf: Leaf, terms: tuple[str, ...]) -> EncodedElement:
        value = self._value(leaf)
        if leaf.vr == "UI" and not _UID_VALUE.fullmatch(value):
            self.problems.warning(
                leaf.line, "this is no valid UID", "use digits and periods (PS3.5 section 9.1)"
            )
        if not value.isascii() and leaf.vr in CHARACTER_SET_VRS:
            self._check_text(leaf, value, terms)
        if (
            leaf.tag & 0xFFFF == 0
            and leaf.tag != FILE_META_GROUP_LENGTH
            and not self.has_told_of_group_length
        ):
            self.has_told_of_group_length = True
            self.problems.warning(
                leaf.line, "group lengths are retired (PS3.5 section 7.2)", "they are left out of a file"
            )
        is_too_long = len(value) > _LARGEST_SHORT_LENGTH and not has_long_header(leaf.vr)
        if is_too_long and self.encoding.explicit_vr:
            self.problems.error(
                leaf.line, f"{leaf.vr} holds at most {_LARGEST_SHORT_LENGTH} bytes", "shorten it"
            )
        return EncodedElement(leaf.tag, leaf.vr, value)

    def _value(self, leaf: Leaf) -> bytes:
        try:
            if leaf.value.form is Form.FILE:
                return self._from_file(leaf)
            return encode_value(leaf.vr, leaf.value.text, little_endian=self.encoding.little_endian)
        except ValueProblem as found:
            offset = leaf.value.start + (found.offset or 0)
            self.problems.error(leaf.line, found.problem, found.remedy, offset=offset)
            return b""

    def _from_file(self, leaf: Leaf) -> bytes:
        content = load_raw_file(leaf.value.text, self.raw_folders)
        content += bytes(len(content) % 2)
        if leaf.vr == "OW" and not self.encoding.little_endian:
            # Raw files hold words in little-endian order, whatever the transfer syntax.
            swapped = bytearray(len(content))
            swapped[0::2], swapped[1::2] = content[1::2], content[0::2]
            return bytes(swapped)
        return content

    def _character_sets(self, node: ItemNode, around: tuple[str, ...]) -> tuple[str, ...]:
        leaf = node.elements.get(SPECIFIC_CHARACTER_SET)
        if not isinstance(leaf, Leaf) or leaf.value.form is not Form.TEXT:
            return around
        terms = character_sets(leaf.value.text.encode("latin-1"))
        can_stand_together = len(terms) == 1 or STAND_ALONE_TERMS.isdisjoint(terms)
        if not can_stand_together or not DEFINED_TERMS.issuperset(terms):
            self.problems.warning(
                leaf.line,
                "this is no Specific Character Set (PS3.3 section C.12.1.1.2)",
                "write for example ISO_IR 192",
            )
            return around
        return terms

    def _check_text(self, leaf: Leaf, value: bytes, terms: tuple[str, ...]) -> None:
        """Warn of text that does not fit the declared character set, or for which none is declared."""
        if self.has_told_of_text:
            return
        remedy = "add (0008,0005) CS [ISO_IR 192] for text in UTF-8"
        if not terms:
            problem = "text beyond ASCII, but no Specific Character Set"
        elif terms[0] == "ISO_IR 192" and not _is_utf8(value):
            problem, remedy = (
                "the bytes are not UTF-8, which Specific Character Set declares",
                "save it as UTF-8",
            )
        elif _LATIN.fullmatch(terms[0]) and _is_utf8(value) and b"\x1b" not in value:
            problem = "the bytes are UTF-8, and Specific Character Set declares something else"
            remedy = "write ISO_IR 192 in (0008,0005)"
        else:
            return
        self.has_told_of_text = True
        self.problems.warning(leaf.line, problem, remedy)


def _is_utf8(value: bytes) -> bool:
    try:
        value.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
