"""Share your progress with the room of your class: off by default, and announced at each check.

Shared are the numbers of exercises, whether each was passed or tried, and the names of the replies to wrong answers; no
answers, texts or times. It is sent like instances, with the credentials of your seat.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

from dicomkit.errors import DicomKitError
from dicomkit.lessons.record import read_record, state_folder
from dicomkit.text import escape_terminal

if TYPE_CHECKING:  # the lessons are light to import
    from dicomkit.network import Seat
    from dicomkit.network.room import Step

__all__ = ["share", "share_progress", "sharing_state"]

_SWITCH = "shared_with"  # a file with the name of the seat's file; without it nothing is shared
_MAX_BYTES = 4096
_WHAT = "numbers of exercises, passed or tried, and which misconceptions were met; no answers"


def share_progress(seat: str | os.PathLike[str] | None) -> None:
    """Switch sharing on, with the file of your seat in the room of your class, or off, with None.

    Parameters
    ----------
    seat
        The file that the instructor handed you. It stays on, in all notebooks, until you switch it off.

    Notes
    -----
    `progress` and each `check` say whether it is on. Switched off, the room forgets what it was told.
    """
    try:
        if seat is None:
            _switch_off()
        else:
            _switch_on(Path(seat))
    except (DicomKitError, OSError) as error:
        print(f"not changed: {error}")
    print(sharing_state())


def share() -> str:
    """Share the progress if that is switched on; return a sentence about it, empty if it is off."""
    path = _switched_on()
    if path is None:
        return ""
    try:
        seat = _seat(path)
        seat.share(_steps())
    except DicomKitError as error:
        return f"(not shared: {escape_terminal(error.problem)}; share_progress(None) switches it off)"
    return f"(shared with {seat.room} as {seat.title}; share_progress(None) switches it off)"


def sharing_state() -> str:
    """Return in one line whether the progress is shared."""
    path = _switched_on()
    if path is None:
        return 'Shared with nobody. share_progress("YOUR.seat") shows it to your instructor.'
    return f"Shared by the seat {escape_terminal(path.name)}: {_WHAT}. share_progress(None) switches it off."


def _switch_on(path: Path) -> None:
    seat = _seat(path)
    seat.share(_steps())  # first: what does not work is not on
    folder = state_folder()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / _SWITCH).write_text(str(path.absolute()), encoding="utf-8")


def _switch_off() -> None:
    path = _switched_on()
    (state_folder() / _SWITCH).unlink(missing_ok=True)
    if path is not None:
        with contextlib.suppress(DicomKitError):  # a room that is gone has forgotten it, too
            _seat(path).share(())


def _switched_on() -> Path | None:
    try:
        with (state_folder() / _SWITCH).open("rb") as stream:
            name = stream.read(_MAX_BYTES).decode("utf-8")
    except (OSError, RuntimeError, ValueError):  # RuntimeError: this account has no home folder
        return None
    return Path(name) if name else None


def _seat(path: Path) -> Seat:
    from dicomkit.network import Room  # noqa: PLC0415 - only who shares needs the network

    return Room.join(path)


def _steps() -> list[Step]:
    from dicomkit.lessons.catalogue import NOTEBOOKS, exercises_of  # noqa: PLC0415 - as above
    from dicomkit.network.room.progress import MAX_STEPS, Step  # noqa: PLC0415 - as above

    record = read_record()
    known = {each.id: set(each.reply_names.values()) for book in NOTEBOOKS for each in exercises_of(book)}
    steps = [Step(each, "passed") for each in sorted(record.passed & known.keys())]
    steps += [Step(each, "tried") for each in sorted((record.tried - record.passed) & known.keys())]
    # The journal is a file that anybody may edit: only names that the lessons know are passed on.
    met = sorted((each, name) for each, name in record.met if name in known.get(each, ()))
    return [*steps, *(Step(each, "met", name) for each, name in met)][:MAX_STEPS]
