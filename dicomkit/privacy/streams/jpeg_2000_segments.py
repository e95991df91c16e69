"""The marker segments of a JPEG 2000 header with numbers that a decoder needs, and whether they hold anything else.

References
----------
ISO/IEC 15444-1 annex A: A.5 (capabilities), A.6 (coding style, quantization, order), A.7 (pointers), A.9 (information).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

__all__ = ["COD", "QCD", "SIZ", "is_hint", "is_whole"]

_CAP, SIZ, COD, _COC, QCD, _QCC, _RGN, _POC = 0xFF50, 0xFF51, 0xFF52, 0xFF53, 0xFF5C, 0xFF5D, 0xFF5E, 0xFF5F
# Profile and corresponding profile; lengths of tile-parts and packets; registration: a decoder does not need them.
_HINTS = frozenset({0xFF55, 0xFF56, 0xFF57, 0xFF58, 0xFF59, 0xFF63})
_MOST_LEVELS = 32
_NO_QUANTIZATION, _DERIVED, _EXPOUNDED = 0, 1, 2


class _Coding(NamedTuple):
    """Coding parameters of a component: SPcod or SPcoc (ISO/IEC 15444-1 table A.20)."""

    content: bytes
    has_precincts: bool

    def are_whole(self) -> bool:
        if len(self.content) < 5 or self.content[0] > _MOST_LEVELS:  # noqa: PLR2004 - ISO/IEC 15444-1 table A.20 has five
            return False
        return len(self.content) == 5 + (self.content[0] + 1 if self.has_precincts else 0)


def is_hint(marker: int) -> bool:
    """Return whether a decoder does not need a segment."""
    return marker in _HINTS


def is_whole(marker: int, content: bytes, components: int) -> bool:
    """Return whether a segment holds the right numbers after its length, and nothing else; False if it is unknown.

    With more than 256 components, two bytes identify one.
    """
    name_bytes = 1 if components < 257 else 2  # noqa: PLR2004 - ISO/IEC 15444-1 table A.23
    named = content[name_bytes:]  # for a segment about one component
    wholes: dict[int, Callable[[], bool]] = {
        SIZ: lambda: len(content) == 36 + 3 * components,
        _CAP: lambda: len(content) == 4 + 2 * int.from_bytes(content[:4], "big").bit_count(),
        COD: lambda: len(content) > 5 and _Coding(content[5:], bool(content[0] & 1)).are_whole(),  # noqa: PLR2004
        _COC: lambda: named[:1] in {b"\0", b"\1"} and _Coding(named[1:], named[:1] == b"\1").are_whole(),
        QCD: lambda: _are_steps(content),
        _QCC: lambda: _are_steps(named),
        _RGN: lambda: len(named) == 2 and named[0] == 0,  # noqa: PLR2004 - style and shift
        _POC: lambda: len(content) > 0 and len(content) % (5 + 2 * name_bytes) == 0,
    }
    return marker in wholes and wholes[marker]()


def _are_steps(content: bytes) -> bool:
    """Return whether content is a quantization style and its steps: one, or one for each sub-band (A.6.4)."""
    style, steps_bytes = (content[0] & 31, len(content) - 1) if content else (-1, 0)
    if style == _DERIVED:
        return steps_bytes == 2  # noqa: PLR2004 - one step
    step_bytes = {_NO_QUANTIZATION: 1, _EXPOUNDED: 2}.get(style, 0)
    if not step_bytes or steps_bytes % step_bytes:
        return False
    sub_bands = steps_bytes // step_bytes
    return sub_bands % 3 == 1 and sub_bands <= 3 * _MOST_LEVELS + 1
