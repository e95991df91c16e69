"""What a C-STORE status means, which rule stands behind it, and what to do about it.

The table is a list of ranges, because the Standard leaves the lower digits of most codes to whoever
writes a receiver: A7xx is always "out of resources", whatever xx is.
"""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["NO_STATUS", "PROCESSING_FAILURE", "SUCCESS", "StatusMeaning", "explain_status"]

SUCCESS = 0x0000
PROCESSING_FAILURE = 0x0110
NO_STATUS = -1  # stands for the status of a response that carries none


class StatusMeaning(NamedTuple):
    """A status in words.

    ``family`` is ``success``, ``warning`` or ``failure``. An instance with a warning was stored.
    """

    family: str
    meaning: str
    rule: str
    advice: str


class _Range(NamedTuple):
    first: int
    last: int
    meaning: StatusMeaning


_STORAGE_RULE = "PS3.4 Table B.2-1"
_GENERAL_RULE = "PS3.7 annex C"


def _failure(meaning: str, rule: str, advice: str) -> StatusMeaning:
    return StatusMeaning("failure", meaning, rule, advice)


# The first range that holds the code wins, so that a single code may stand before its family.
_RANGES = (
    _Range(
        NO_STATUS,
        NO_STATUS,
        _failure(
            "the response carries no Status (0000,0900)",
            "PS3.7 Table 9.3-2",
            "see in the receiver's log whether it was stored, and report it to the receiver's maker",
        ),
    ),
    _Range(SUCCESS, SUCCESS, StatusMeaning("success", "stored", _STORAGE_RULE, "nothing")),
    _Range(
        0xB000,
        0xB000,
        StatusMeaning(
            "warning",
            "stored, but the receiver changed elements",
            _STORAGE_RULE,
            "compare what arrived with what you sent",
        ),
    ),
    _Range(
        0xB006,
        0xB006,
        StatusMeaning(
            "warning",
            "stored, but the receiver left elements out",
            _STORAGE_RULE,
            "ask the receiver which elements it drops",
        ),
    ),
    _Range(
        0xB007,
        0xB007,
        StatusMeaning(
            "warning",
            "stored, but the data set does not match its SOP class",
            _STORAGE_RULE,
            "check the file with dciodvfy",
        ),
    ),
    _Range(
        0x0001,
        0x0001,
        StatusMeaning("warning", "stored, with a warning", _GENERAL_RULE, "read the receiver's log"),
    ),
    _Range(
        0xB001,
        0xBFFF,
        StatusMeaning("warning", "stored, with a warning", _GENERAL_RULE, "read the receiver's log"),
    ),
    _Range(
        0xA700,
        0xA7FF,
        _failure(
            "refused: the receiver is out of resources",
            _STORAGE_RULE,
            "make room on its disk, then send again",
        ),
    ),
    _Range(
        0xA900,
        0xA9FF,
        _failure(
            "the data set does not match its SOP class",
            _STORAGE_RULE,
            "check the UIDs (Study Instance UID above all) and the required attributes",
        ),
    ),
    _Range(
        0xC000,
        0xCFFF,
        _failure(
            "the receiver cannot understand the data set",
            _STORAGE_RULE,
            "check the file's transfer syntax and its encoding; read the receiver's log",
        ),
    ),
    _Range(
        0x0110,
        0x0110,
        _failure("the receiver failed while it processed the instance", _GENERAL_RULE, "read its log"),
    ),
    _Range(
        0x0111,
        0x0111,
        _failure(
            "the receiver has another instance with this SOP Instance UID",
            "PS3.7 section C.5",
            "give a changed instance a new SOP Instance UID",
        ),
    ),
    _Range(
        0x0117,
        0x0117,
        _failure("the SOP Instance UID is not valid", _GENERAL_RULE, "make a new UID (PS3.5 section 9)"),
    ),
    _Range(
        0x0122,
        0x0122,
        _failure("the receiver does not take this SOP class", _GENERAL_RULE, "ask what it supports"),
    ),
    _Range(
        0x0124,
        0x0124,
        _failure("the receiver does not allow this", _GENERAL_RULE, "ask its owner to admit your AE title"),
    ),
    _Range(
        0x0210,
        0x0210,
        _failure("the Message ID is in use already", _GENERAL_RULE, "report it to the sender's maker"),
    ),
    _Range(
        0x0211,
        0x0211,
        _failure("the receiver does not know this operation", _GENERAL_RULE, "send it to a storage SCP"),
    ),
    _Range(
        0x0212,
        0x0212,
        _failure("a parameter of the request is wrong", _GENERAL_RULE, "report it to the sender's maker"),
    ),
)
_UNKNOWN = _failure(
    "a status that the Standard does not define", _GENERAL_RULE, "read the receiver's log and manual"
)


def explain_status(status: int) -> StatusMeaning:
    """Return what a C-STORE status means.

    Examples
    --------
    >>> explain_status(0xA701).meaning
    'refused: the receiver is out of resources'
    >>> explain_status(0xB000).family
    'warning'
    """
    return next((entry.meaning for entry in _RANGES if entry.first <= status <= entry.last), _UNKNOWN)
