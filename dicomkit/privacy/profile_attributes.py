"""The attributes of PS3.15 Table E.1-1, edition 2026c: which tags may identify somebody.

The table also lists private attributes, curves and overlays, which are rules rather than tags; they are in
`dicomkit.privacy.masking`.

References
----------
PS3.15 Table E.1-1, Application Level Confidentiality Profile Attributes.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

__all__ = ["PROFILE_TAGS"]


def _tags() -> Iterator[int]:
    for line in Path(__file__).with_suffix(".txt").read_text(encoding="ascii").splitlines():
        if not line.startswith("#"):
            group, *elements = line.split()
            yield from (int(group + element, 16) for element in elements)


PROFILE_TAGS = frozenset(_tags())
