"""Build data sets, sequences and items from the lines of a dump."""

from __future__ import annotations

from collections.abc import Iterable

from dicomkit.dump.grammar import resolve_vr
from dicomkit.dump.reading.lines import DumpLine
from dicomkit.dump.reading.problems import Problems
from dicomkit.dump.reading.value_text import Form, Value, lookalikes, read_value, report_trouble
from dicomkit.files.tokens import ITEM, ITEM_DELIMITATION, SEQUENCE_DELIMITATION
from dicomkit.files.walk import MAX_DEPTH
from dicomkit.named_tuple import NamedTuple

__all__ = ["DumpTree", "ItemNode", "Leaf", "PixelNode", "SequenceNode", "read_tree"]

_META_GROUP, _COMMAND_GROUP, _DELIMITER_GROUP = 0x0002, 0x0000, 0xFFFE


class Leaf(NamedTuple):
    """An element with a value, or a fragment of encapsulated pixels."""

    line: DumpLine
    tag: int
    vr: str
    value: Value


# NamedTuples instead of dataclasses: importing `dataclasses` would slow down the start of a command.
class ItemNode(NamedTuple):
    """A data set or an item: its elements by tag."""

    line: DumpLine | None
    has_undefined_length: bool
    elements: dict[int, Leaf | SequenceNode | PixelNode]


class SequenceNode(NamedTuple):
    """A sequence of items (PS3.5 section 7.5)."""

    line: DumpLine
    tag: int
    has_undefined_length: bool
    items: list[ItemNode]


class PixelNode(NamedTuple):
    """Encapsulated pixels: an offset table and fragments (PS3.5 section A.4)."""

    line: DumpLine
    tag: int
    vr: str
    fragments: list[Leaf]


class DumpTree(NamedTuple):
    """Group 0002 and the data set of a dump."""

    meta: ItemNode
    dataset: ItemNode


_Node = ItemNode | SequenceNode | PixelNode


def read_tree(lines: Iterable[DumpLine], problems: Problems) -> DumpTree:
    """Build the tree of a dump; add what is wrong to `problems`.

    Lines of group 0002 belong to the file meta information wherever they are.
    """
    builder = _Builder(problems)
    for line in lines:
        builder.add(line)
    builder.finish()
    return DumpTree(builder.meta, builder.dataset)


class _Builder:
    def __init__(self, problems: Problems) -> None:
        self.problems = problems
        self.meta = ItemNode(None, False, {})
        self.dataset = ItemNode(None, False, {})
        self.open: list[_Node] = [self.dataset]

    def add(self, line: DumpLine) -> None:
        if line.element is None:
            self._refuse(line)
            return
        tag = line.element.tag
        group = tag >> 16
        if group == _DELIMITER_GROUP:
            self._add_structure(line, tag)
        elif group == _COMMAND_GROUP:
            self.problems.error(line, "group 0000 belongs to messages, not to files", "remove the line")
        elif group == _META_GROUP:
            self._add_element(line, tag, self.meta)
        else:
            holder = self.open[-1]
            if isinstance(holder, ItemNode):
                self._add_element(line, tag, holder)
            else:
                self.problems.error(
                    line, "is in a sequence, but in no item", "put (fffe,e000) na (Item) before it"
                )

    def finish(self) -> None:
        for node in reversed(self.open[1:]):
            ending = "(fffe,e00d)" if isinstance(node, ItemNode) else "(fffe,e0dd)"
            if node.line is not None:
                self.problems.error(node.line, "has no end", f"add {ending} where it ends")

    def _refuse(self, line: DumpLine) -> None:
        if line.trouble:
            report_trouble(line, self.problems)
        elif strange := lookalikes(line.text):
            self.problems.error(line, f"has {strange} and no tag", "begin the line with (gggg,eeee)")
        else:
            self.problems.error(
                line, "does not begin with a tag", "begin it with (gggg,eeee), or with # for a comment"
            )

    def _add_structure(self, line: DumpLine, tag: int) -> None:
        holder = self.open[-1]
        if tag == ITEM and isinstance(holder, PixelNode):
            value = read_value(line, "pi", self.problems)
            if value is not None:
                holder.fragments.append(Leaf(line, tag, "OB", value))
        elif tag == ITEM and isinstance(holder, SequenceNode):
            item = ItemNode(line, "undefined" in line.text, {})
            holder.items.append(item)
            self.open.append(item)
        elif tag == ITEM:
            self.problems.error(
                line, "an item is outside of a sequence", "close the item before it with (fffe,e00d)"
            )
        elif tag == ITEM_DELIMITATION:
            if isinstance(holder, ItemNode) and holder is not self.dataset:
                self.open.pop()
            else:
                self.problems.error(line, "ends an item, but none is open", "remove the line")
        elif tag == SEQUENCE_DELIMITATION:
            self._end_sequence(line, holder)
        else:
            self.problems.error(
                line, "is not the tag of an element", "only e000, e00d and e0dd exist in group fffe"
            )

    def _end_sequence(self, line: DumpLine, holder: _Node) -> None:
        if isinstance(holder, ItemNode) and len(self.open) > 1:
            self.problems.error(
                line, "ends a sequence whose item is still open", "end the item first with (fffe,e00d)"
            )
            self.open.pop()
        if isinstance(self.open[-1], ItemNode):
            if len(self.open) == 1 and holder is self.dataset:
                self.problems.error(line, "ends a sequence, but none is open", "remove the line")
            return
        self.open.pop()

    def _add_element(self, line: DumpLine, tag: int, holder: ItemNode) -> None:
        earlier = holder.elements.get(tag)
        if earlier is not None:
            first = earlier.line.number
            self.problems.error(
                line,
                f"line {first} has the same tag, and a tag stands once in a data set",
                f"remove this line or line {first}",
                offset=0,
            )
        written = line.element.vr if line.element is not None else ""
        vr = self._vr(line, tag, written)
        value = read_value(line, vr, self.problems)
        if value is None:
            return
        node: Leaf | SequenceNode | PixelNode
        if value.form is Form.PIXEL_SEQUENCE:
            node = PixelNode(line, tag, vr, [])
        elif vr == "SQ" or value.form is Form.SEQUENCE:
            if value.form is Form.TEXT:
                self.problems.error(
                    line, "a sequence has no value of its own", "write its items on the lines after it"
                )
            node = SequenceNode(line, tag, value.form is Form.SEQUENCE and "undefined" in value.text, [])
        else:
            if vr and earlier is None:
                holder.elements[tag] = Leaf(line, tag, vr, value)
            return
        # Each level is a sequence and an item. A sequence that is too deep is left out, but its end is still expected.
        is_too_deep = len(self.open) > 2 * MAX_DEPTH
        if len(self.open) == 2 * MAX_DEPTH + 1:
            self.problems.error(line, f"sequences are nested deeper than {MAX_DEPTH} levels", "flatten them")
        if earlier is None and not is_too_deep:
            holder.elements[tag] = node
        self.open.append(node)

    def _vr(self, line: DumpLine, tag: int, written: str) -> str:
        """Return the VR of a line, or "" if there is none."""
        vr, doubt, remedy = resolve_vr(tag, written)
        if doubt:
            tell = self.problems.warning if vr else self.problems.error
            tell(line, doubt, remedy, offset=line.text.find(written) if written else None)
        return vr
