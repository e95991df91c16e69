"""Make a data set of pydicom from the tree of a dump.

Values go in as bytes, exactly as they would stand in a file, and pydicom decodes each when it is asked for.
So a data set that was never touched is written with the bytes that the dump had.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence

from pydicom import charset, config
from pydicom.dataelem import DataElement, RawDataElement
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.sequence import Sequence as ItemSequence
from pydicom.tag import BaseTag
from pydicom.uid import UID, ExplicitVRLittleEndian

from dicomkit.dump.reading.problems import Problems
from dicomkit.dump.reading.raw_files import load_raw_file
from dicomkit.dump.reading.tree import DumpTree, ItemNode, Leaf, PixelNode, SequenceNode
from dicomkit.dump.reading.value_text import Form
from dicomkit.dump.reading.values import ValueProblem, encode_value
from dicomkit.files.encoding import CHARACTER_SET_VRS, UNDEFINED_LENGTH, has_long_header, item_header
from dicomkit.files.tokens import ITEM, PIXEL_DATA

__all__ = ["assemble"]

_SPECIFIC_CHARACTER_SET, _TRANSFER_SYNTAX_UID = 0x00080005, 0x00020010
_META_GROUP_LENGTH = 0x00020000
_LARGEST_SHORT_LENGTH = 0xFFFE  # even, and as much as 16 bits can say
_UID = rb"(?:0|[1-9]\d*)(?:\.(?:0|[1-9]\d*))*"
_UID_VALUE = re.compile(rb"(?:" + _UID + rb"(?:\\" + _UID + rb")*)?\0?")

_Elements = dict[BaseTag, DataElement | RawDataElement]
_Encodings = str | list[str]


def assemble(
    tree: DumpTree, problems: Problems, raw_folders: Sequence[str | os.PathLike[str]] = ()
) -> FileDataset:
    """Return the data set of a dump; what does not fit goes to `problems`.

    Parameters
    ----------
    tree
        Group 0002 and the data set.
    problems
        Where to tell what is wrong. If there are errors, the data set is incomplete.
    raw_folders
        Folders from which the dump may load files.
    """
    meta, _ = _Assembler(problems, (), ExplicitVRLittleEndian).elements(tree.meta, charset.default_encoding)
    meta.pop(BaseTag(_META_GROUP_LENGTH), None)  # counted anew when the file is written
    syntax = _transfer_syntax(tree, meta, problems)
    assembler = _Assembler(problems, raw_folders, syntax)
    elements, encodings = assembler.elements(tree.dataset, charset.default_encoding)
    _check_pixel_data(tree, syntax, problems)
    dataset = FileDataset(
        "",
        elements,
        preamble=bytes(128),
        file_meta=FileMetaDataset(meta),
        is_implicit_VR=syntax.is_implicit_VR,
        is_little_endian=syntax.is_little_endian,
    )
    dataset.set_original_encoding(syntax.is_implicit_VR, syntax.is_little_endian, encodings)
    return dataset


def _transfer_syntax(tree: DumpTree, meta: _Elements, problems: Problems) -> UID:
    """Return the transfer syntax that the dump names, by default Explicit VR Little Endian as dump2dcm does."""
    element = meta.get(BaseTag(_TRANSFER_SYNTAX_UID))
    node = tree.meta.elements.get(_TRANSFER_SYNTAX_UID)
    value = element.value.rstrip(b"\0 ") if isinstance(element, RawDataElement) and element.value else b""
    if not value:
        meta.pop(BaseTag(_TRANSFER_SYNTAX_UID), None)
        return ExplicitVRLittleEndian
    uid = UID(value.decode("latin-1"), validation_mode=config.IGNORE)
    if not uid.is_transfer_syntax or uid.is_private:
        if node is not None:
            problems.error(
                node.line,
                "is no transfer syntax of the Standard",
                "remove the line for Explicit VR Little Endian",
            )
        return ExplicitVRLittleEndian
    return uid


def _check_pixel_data(tree: DumpTree, syntax: UID, problems: Problems) -> None:
    pixel_data = tree.dataset.elements.get(PIXEL_DATA)
    if pixel_data is None:
        return
    if syntax.is_encapsulated and not isinstance(pixel_data, PixelNode):
        problems.error(
            pixel_data.line,
            f"{syntax.name} needs pixels in fragments (PS3.5 section A.4)",
            "name the transfer syntax that these pixels have in (0002,0010)",
        )
    elif isinstance(pixel_data, PixelNode) and not syntax.is_encapsulated:
        problems.error(
            pixel_data.line,
            f"{syntax.name} holds no pixels in fragments",
            "name the transfer syntax that these pixels have in (0002,0010)",
        )


class _Assembler:
    def __init__(
        self, problems: Problems, raw_folders: Sequence[str | os.PathLike[str]], syntax: UID
    ) -> None:
        self.problems = problems
        self.raw_folders = raw_folders
        self.is_implicit_vr = syntax.is_implicit_VR
        self.is_little_endian = syntax.is_little_endian
        self.has_told_of_text = False
        self.has_told_of_group_length = False

    def elements(self, node: ItemNode, parent_encodings: _Encodings) -> tuple[_Elements, _Encodings]:
        """Return the elements of a data set, and the Python codecs of its character repertoires."""
        encodings = self._encodings(node, parent_encodings)
        elements: _Elements = {}
        for child in node.elements.values():
            if isinstance(child, Leaf):
                element: DataElement | RawDataElement | None = self._leaf(child, encodings)
            elif isinstance(child, SequenceNode):
                element = self._sequence(child, encodings)
            else:
                element = self._pixels(child)
            if element is not None:
                elements[element.tag] = element
        return elements, encodings

    def _sequence(self, node: SequenceNode, encodings: _Encodings) -> DataElement:
        items = []
        for child in node.items:
            elements, own = self.elements(child, encodings)
            item = Dataset(elements, parent_encoding=encodings)
            item.set_original_encoding(self.is_implicit_vr, self.is_little_endian, own)
            item.is_undefined_length_sequence_item = child.has_undefined_length
            items.append(item)
        return DataElement(node.tag, "SQ", ItemSequence(items), is_undefined_length=node.has_undefined_length)

    def _pixels(self, node: PixelNode) -> RawDataElement:
        parts = []
        for fragment in node.fragments:
            value = self._value(fragment)
            # PS3.5 A.4: encapsulated pixels are always little endian.
            parts += [item_header(ITEM, len(value)), value]
        return self._raw(node.tag, node.vr, b"".join(parts), UNDEFINED_LENGTH)

    def _leaf(self, leaf: Leaf, encodings: _Encodings) -> RawDataElement | None:
        value = self._value(leaf)
        if leaf.vr == "UI" and not _UID_VALUE.fullmatch(value):
            self.problems.warning(
                leaf.line, "this is no valid UID", "use digits and periods (PS3.5 section 9.1)"
            )
        if not value.isascii() and leaf.vr in CHARACTER_SET_VRS:
            self._check_text(leaf, value, encodings)
        if leaf.tag & 0xFFFF == 0 and leaf.tag != _META_GROUP_LENGTH and not self.has_told_of_group_length:
            self.has_told_of_group_length = True
            self.problems.warning(
                leaf.line, "group lengths are retired (PS3.5 section 7.2)", "they are left out of a file"
            )
        if len(value) > _LARGEST_SHORT_LENGTH and not self.is_implicit_vr and not has_long_header(leaf.vr):
            self.problems.error(
                leaf.line, f"{leaf.vr} holds at most {_LARGEST_SHORT_LENGTH} bytes", "shorten it"
            )
        return self._raw(leaf.tag, leaf.vr, value, len(value))

    def _value(self, leaf: Leaf) -> bytes:
        try:
            if leaf.value.form is Form.FILE:
                return self._from_file(leaf)
            return encode_value(leaf.vr, leaf.value.text, little_endian=self.is_little_endian)
        except ValueProblem as found:
            offset = leaf.value.start + (found.offset or 0)
            self.problems.error(leaf.line, found.problem, found.remedy, offset=offset)
            return b""

    def _from_file(self, leaf: Leaf) -> bytes:
        content = load_raw_file(leaf.value.text, self.raw_folders)
        content += bytes(len(content) % 2)
        if leaf.vr == "OW" and not self.is_little_endian:
            # The files hold words in little-endian order, whatever the data set does.
            swapped = bytearray(len(content))
            swapped[0::2], swapped[1::2] = content[1::2], content[0::2]
            return bytes(swapped)
        return content

    def _raw(self, tag: int, vr: str, value: bytes, length: int) -> RawDataElement:
        return RawDataElement(BaseTag(tag), vr, length, value, 0, self.is_implicit_vr, self.is_little_endian)

    def _encodings(self, node: ItemNode, parent: _Encodings) -> _Encodings:
        leaf = node.elements.get(_SPECIFIC_CHARACTER_SET)
        if not isinstance(leaf, Leaf) or leaf.value.form is not Form.TEXT:
            return parent
        terms = [term.strip(" ") for term in leaf.value.text.split("\\")]
        can_stand_together = len(terms) == 1 or not set(charset.STAND_ALONE_ENCODINGS).intersection(terms)
        if not can_stand_together or not all(term in charset.python_encoding for term in terms):
            self.problems.warning(
                leaf.line,
                "this is no Specific Character Set (PS3.3 section C.12.1.1.2)",
                "write for example ISO_IR 192",
            )
            return parent
        encodings: list[str] = charset.convert_encodings(terms)
        return encodings

    def _check_text(self, leaf: Leaf, value: bytes, encodings: _Encodings) -> None:
        """Warn of text that does not fit the declared repertoire, or of which none is declared."""
        if self.has_told_of_text:
            return
        remedy = "add (0008,0005) CS [ISO_IR 192] for text in UTF-8"
        codec = encodings[0].lower() if isinstance(encodings, list) else ""
        if encodings == charset.default_encoding:
            problem = "text beyond ASCII, but no Specific Character Set"
        elif codec == "utf8" and not _is_utf8(value):
            problem, remedy = (
                "the bytes are not UTF-8, which Specific Character Set declares",
                "save it as UTF-8",
            )
        elif codec.startswith(("latin", "iso8859")) and _is_utf8(value) and b"\x1b" not in value:
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
