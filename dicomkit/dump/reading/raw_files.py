"""Load the files that a dump names instead of printing pixel data: ``OW =folder/file.0.raw``.

A dump may come from anywhere, and such a line makes its reader open a file. So only ordinary files inside
folders that the caller names are opened, and none larger than a limit.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from dicomkit.dump.reading.values import ValueProblem
from dicomkit.errors import reason_of

__all__ = ["MAX_RAW_FILE_BYTES", "load_raw_file"]

MAX_RAW_FILE_BYTES = 1 << 30


def load_raw_file(
    name: str, folders: Iterable[str | os.PathLike[str]], *, limit: int = MAX_RAW_FILE_BYTES
) -> bytes:
    """Return the bytes of a file that a dump names.

    Parameters
    ----------
    name
        The name after ``=``, as ``dcmdump +W`` prints it.
    folders
        The folders that may be read. A relative name is looked for in each in turn.
    limit
        The largest file, in bytes.

    Raises
    ------
    ValueProblem
        If no such file is in these folders, or it is too large.
    """
    roots = [Path(folder).resolve() for folder in folders]
    if not roots:
        raise ValueProblem(
            "the value is in a file, and no folder is open to this dump", "name one with raw_folders"
        )
    try:
        found = [path for root in roots if (path := (root / name).resolve()).is_file()]
        inside = [path for path in found if any(path.is_relative_to(root) for root in roots)]
        if not found:
            raise ValueProblem(
                "the file after = does not exist",
                "put it beside the dump, or write the name as seen from here",
            )
        if not inside:
            raise ValueProblem(
                "the file after = lies outside the folders open to this dump", "copy it beside the dump"
            )
        if inside[0].stat().st_size > limit:
            raise ValueProblem(f"the file after = has more than {limit} bytes", "use a smaller file")
        return inside[0].read_bytes()
    except (OSError, ValueError) as error:
        raise ValueProblem(
            f"the file after = cannot be read ({reason_of(error)})", "check its name and rights"
        ) from error
