"""What each status of C-FIND, C-GET and C-MOVE means, and what to do about it.

References
----------
PS3.4 Tables C.4-1, C.4-2 and C.4-3.
"""

from __future__ import annotations

from dicomkit.network.statuses import NO_STATUS, StatusMeaning, explain_status

__all__ = ["CANCELLED", "PENDING", "PENDING_WITH_WARNING", "explain_query_status", "is_pending"]

PENDING = 0xFF00
PENDING_WITH_WARNING = 0xFF01  # an optional key is not supported
CANCELLED = 0xFE00
_FIND, _MOVE, _GET = "PS3.4 Table C.4-1", "PS3.4 Table C.4-2", "PS3.4 Table C.4-3"
_MEANINGS = {
    0x0000: StatusMeaning("success", "done", _FIND, "nothing"),
    PENDING: StatusMeaning("pending", "more follows: no error", _FIND, "go on listening"),
    PENDING_WITH_WARNING: StatusMeaning(
        "pending",
        "more follows; the archive cannot fill or match all of the keys",
        _FIND,
        "see which keys came back empty",
    ),
    CANCELLED: StatusMeaning("cancel", "ended because it was cancelled", _FIND, "nothing"),
    0xB000: StatusMeaning(
        "warning",
        "done, but some instances failed or were stored with a warning",
        _MOVE,
        "look at the list of those that failed, and at the receiver's log",
    ),
    0xA700: StatusMeaning("failure", "refused: out of resources", _FIND, "ask for less, or later"),
    0xA701: StatusMeaning(
        "failure", "refused: the archive cannot tell how many instances match", _MOVE, "ask for less, or later"
    ),
    0xA702: StatusMeaning(
        "failure",
        "none of the instances could be sent",
        _MOVE,
        "C-GET: propose the SOP classes with role selection; C-MOVE: see that the destination listens",
    ),
    0xA801: StatusMeaning(
        "failure",
        "the archive does not know the move destination",
        _MOVE,
        "let its owner enter AE title, host and port of the destination; it never takes them from the request",
    ),
    0xA900: StatusMeaning(
        "failure",
        "the keys do not fit the level or the information model",
        _FIND,
        "give one unique key for each level above, and only keys of the level asked for",
    ),
}  # fmt: skip


def is_pending(status: int) -> bool:
    """Return whether more responses follow."""
    return status in {PENDING, PENDING_WITH_WARNING}


def explain_query_status(status: int) -> StatusMeaning:
    """Return what a C-FIND, C-GET or C-MOVE status means.

    Examples
    --------
    >>> explain_query_status(0xFF00).meaning
    'more follows: no error'
    """
    found = _MEANINGS.get(status)
    if found is not None:
        return found
    if 0xC000 <= status <= 0xCFFF:  # noqa: PLR2004 - PS3.4 Table C.4-1
        return StatusMeaning("failure", "the archive cannot process this", _FIND, "read its log")
    if status == NO_STATUS:
        return StatusMeaning(
            "failure", "the response carries no Status (0000,0900)", _FIND, "read the archive's log"
        )
    general = explain_status(status)
    return StatusMeaning("failure", general.meaning, general.rule, general.advice)
