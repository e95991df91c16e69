"""Keys in text form: a keyword, tag or path, and a value.

References
----------
PS3.4 section C.4.1.1.3.1, Request Identifier Structure.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import cast

from dicomkit.archive.elements import Element, Item
from dicomkit.archive.query import CHARACTER_SET
from dicomkit.archive.values import padded
from dicomkit.errors import AttributeValueError
from dicomkit.files.attribute_path import PathStep, parse_path
from dicomkit.files.dictionary import implicit_vr
from dicomkit.files.encoding import NUMBER_CODES

__all__ = ["add_key", "item_of_texts", "parse_key"]


def item_of_texts(keys: Mapping[str, object]) -> Item:
    r"""Return an identifier of keys by keyword, tag or path; several values are a list, or have ``\`` between.

    Raises
    ------
    AttributePathError
        If no attribute has that keyword.
    AttributeValueError
        If a value does not fit a binary VR.

    Examples
    --------
    >>> item_of_texts({"PatientName": "DOE*"})
    {1048592: Element(vr='PN', value=b'DOE*')}
    """
    item: Item = {}
    for path, value in keys.items():
        values = value if isinstance(value, list | tuple) else [] if value is None else [value]
        add_key(item, path, "\\".join(map(str, values)))
    return item


def parse_key(text: str) -> tuple[str, str]:
    """Split ``PatientName=DOE*`` or ``0010,0010=DOE*``; without a ``=`` the value is empty.

    Examples
    --------
    >>> parse_key("0010,0010=DOE^*"), parse_key("StudyInstanceUID")
    (('(0010,0010)', 'DOE^*'), ('StudyInstanceUID', ''))
    """
    path, _, value = text.partition("=")
    steps = [_with_brackets(step) for step in path.strip().split(".")]
    return ".".join(steps), value


def _with_brackets(step: str) -> str:
    """Put a bare tag in parentheses, which users of DCMTK leave out."""
    if "," not in step or step.startswith("("):
        return step
    tag, bracket, index = step.partition("[")
    return f"({tag}){bracket}{index}"


def add_key(item: Item, path: str, text: str) -> None:
    """Add a key to an identifier, with the sequences in its path."""
    steps = parse_path(path)
    for step in steps[:-1]:
        item = _item_in(item, step)
    tag = int(steps[-1].tag)
    if steps[-1].item_index is not None:
        _item_in(item, steps[-1])
        return
    vr = implicit_vr(tag)[:2]
    if vr == "SQ":
        item.setdefault(tag, Element("SQ", ()))
        return
    item[tag] = Element(vr, _encoded(path, vr, text))
    if not text.isascii():
        item.setdefault(CHARACTER_SET, Element("CS", b"ISO_IR 192"))


def _item_in(item: Item, step: PathStep) -> Item:
    """Return the only item of a key sequence (PS3.4 section C.2.2.2.6)."""
    found = item.get(int(step.tag))
    if found is None or not found.value:
        found = item[int(step.tag)] = Element("SQ", ({},))
    return cast("Item", found.value[0])


def _encoded(path: str, vr: str, text: str) -> bytes:
    code = NUMBER_CODES.get(vr)
    if code is None:
        return padded(text, vr)
    try:
        numbers = [float(one) if code in "fd" else int(one) for one in text.split("\\") if one]
        return struct.pack(f"<{len(numbers)}{code}", *numbers)
    except (ValueError, struct.error) as error:
        raise AttributeValueError(path, f"the value does not fit VR {vr}", "give a number") from error
