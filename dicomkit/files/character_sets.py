"""The character sets that a data set may name, and no others.

A reader that hands the name to its programming language would accept ``utf_8`` or ``rot13`` too. Another
reader does not know these, so the same file would show two different names.
"""

from __future__ import annotations

import functools

__all__ = ["DEFINED_TERMS", "character_sets", "has_unknown_term"]

_PADDING = "\0 "
_WITH_ONE_BYTE = (13, 100, 101, 109, 110, 126, 127, 138, 144, 148, 166, 203)
# PS3.3 section C.12.1.1.2, Specific Character Set. The empty term is the default repertoire, which files
# also call ISO_IR 6; no reader takes that for anything else.
DEFINED_TERMS = frozenset(
    {"", "ISO_IR 6", "ISO 2022 IR 6"}
    | {f"ISO_IR {number}" for number in _WITH_ONE_BYTE}
    | {f"ISO 2022 IR {number}" for number in (*_WITH_ONE_BYTE, 58, 87, 149, 159)}
    | {"ISO_IR 192", "GB18030", "GBK"}
)


def character_sets(raw: bytes) -> tuple[str, ...]:
    r"""Return the terms in a value of Specific Character Set (0008,0005).

    References
    ----------
    PS3.3 section C.12.1.1.2, Specific Character Set.

    Examples
    --------
    >>> character_sets(b"\\ISO 2022 IR 87")
    ('', 'ISO 2022 IR 87')
    """
    return tuple(part.strip(_PADDING) for part in raw.decode("latin-1").split("\\"))


@functools.lru_cache(maxsize=64)  # the files of a folder say the same
def has_unknown_term(raw: bytes) -> bool:
    """Say whether a value of Specific Character Set holds a term that the Standard does not define.

    Examples
    --------
    >>> has_unknown_term(b"ISO_IR 192"), has_unknown_term(b"utf_8 ")
    (False, True)
    """
    return not DEFINED_TERMS.issuperset(character_sets(raw))
