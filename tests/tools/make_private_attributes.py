"""Make ``dicomkit/dump/private_attributes.txt`` from DCMTK's dictionary of private attributes.

    python tests/tools/make_private_attributes.py /usr/share/libdcmtk17/private.dic

Only the facts are kept: under each private creator, the group, the element, the VR and the name of its attributes.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

TARGET = Path(__file__).parents[2] / "dicomkit" / "dump" / "private_attributes.txt"
HEAD = """\
# Attributes of manufacturers as DCMTK 3.6.7 knows them: [private creator], then group(s), element, VR and name.
# Made by tests/tools/make_private_attributes.py from DCMTK's private.dic, Copyright (C) 1994-2022, OFFIS e.V.,
# which is under a BSD 3-clause licence.
"""
# (0029,"SIEMENS CSA HEADER",08), or a range of odd groups, or an element that no block moves: ("CREATOR",1010).
TAG = re.compile(r'\(([0-9A-F]{4}(?:-o-[0-9A-F]{4})?),"([^"]+)",([0-9A-F]{2}|[0-9A-F]{4})\)', re.IGNORECASE)


def attributes_by_creator(dictionary: str) -> dict[str, dict[str, str]]:
    """Return, for each private creator, VR and name by tag; where a tag comes twice, the second holds."""
    attributes: dict[str, dict[str, str]] = {}
    for line in dictionary.splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        tag, vr, name, *_ = line.split("\t")
        match = TAG.fullmatch(tag)
        if match is None:
            raise ValueError(line)
        groups, creator, element = match.groups()
        key = f"{groups.lower().replace('-o-', '-')} {element.lower()}"
        # Blanks are not printed, and "px" is pixel data, which is OW in Implicit VR.
        attributes.setdefault(creator, {})[key] = f"{vr.replace('px', 'OW')} {name.replace(' ', '')}"
    return attributes


def main() -> None:
    dictionary = Path(sys.argv[1]).read_text(encoding="ascii")
    parts = [HEAD]
    for creator, attributes in sorted(attributes_by_creator(dictionary).items()):
        parts.append(f"\n[{creator}]\n")
        parts.extend(f"{tag} {vr_and_name}\n" for tag, vr_and_name in sorted(attributes.items()))
    TARGET.write_text("".join(parts), encoding="ascii")


if __name__ == "__main__":
    main()
