"""Coded entries as text: the meaning of a code, from the file and from its coding scheme.

References
----------
PS3.3 section 8, Encoding of Coded Entry Data; section 8.8, Standard Attribute Sets for Code Sequence Attributes.
"""

from __future__ import annotations

from typing import NamedTuple

from dicomkit.contents.part import Part
from dicomkit.privacy.code_meanings import registered_meaning

__all__ = ["Code", "code_of"]

_VALUES = ("CodeValue", "LongCodeValue", "URNCodeValue")


class Code(NamedTuple):
    """A coded entry: ``meaning`` is the file's Code Meaning, ``registered`` the coding scheme's, or "" if unknown."""

    value: str
    scheme: str
    meaning: str
    registered: str

    def __str__(self) -> str:
        behind = ", ".join(filter(None, (self.value, self.scheme)))
        if not self.meaning:
            return f"({behind})" if behind else ""
        return f"{self.meaning} ({behind})" if behind else self.meaning


def code_of(part: Part, keyword: str) -> Code:
    """Return the first coded entry of a sequence; one with empty texts if there is none."""
    item = part.item(keyword)
    value = next((text for name in _VALUES if (text := item.text(name))), "")
    scheme = item.text("CodingSchemeDesignator")
    return Code(value, scheme, item.text("CodeMeaning"), registered_meaning(value, scheme))
