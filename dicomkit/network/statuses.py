"""What each C-STORE status means, where the Standard defines it, and what to do about it.

The Standard leaves the lower digits of most codes to the implementation, hence the ranges: A7xx is always "out of
resources", whatever xx is.
"""

from __future__ import annotations

from dicomkit.named_tuple import NamedTuple

__all__ = ["NO_STATUS", "PROCESSING_FAILURE", "SUCCESS", "StatusMeaning", "explain_status"]

SUCCESS = 0x0000
PROCESSING_FAILURE = 0x0110
NO_STATUS = -1  # of a response without the element Status (0000,0900)


class StatusMeaning(NamedTuple):
    """A status in words.

    ``family`` is ``success``, ``warning`` or ``failure``. An instance with a warning was stored.
    """

    family: str
    meaning: str
    rule: str
    advice: str


_STORAGE_RULE = "PS3.4 Table B.2-1"
_GENERAL_RULE = "PS3.7 annex C"
_READ_LOG = "read the receiver's log"
_VALIDATE = "check the file with dciodvfy"
_REPORT = "report it to the sender's maker"
_ASK = "ask what the receiver expects, and read its log"
_ASK_CLASSES = "ask what it supports"


def _warning(meaning: str, rule: str, advice: str) -> StatusMeaning:
    return StatusMeaning("warning", meaning, rule, advice)


def _failure(meaning: str, rule: str, advice: str) -> StatusMeaning:
    return StatusMeaning("failure", meaning, rule, advice)


# PS3.7 sections C.5.1 to C.5.25; most of them answer N- services.
_GENERAL_FAILURES = {
    status: _failure(meaning, _GENERAL_RULE, advice)
    for status, meaning, advice in (
        (0x0105, "the receiver knows no such attribute", _ASK),
        (0x0106, "a value is out of the range of its attribute", _VALIDATE),
        (0x0110, "the receiver failed while it processed the instance", "read its log"),
        (0x0112, "the receiver has no such SOP instance", _ASK),
        (0x0113, "the receiver knows no such event type", _REPORT),
        (0x0114, "the receiver knows no such argument", _REPORT),
        (0x0115, "the value of an argument is out of its range", _REPORT),
        (0x0117, "the SOP Instance UID is not valid", "make a new UID (PS3.5 section 9)"),
        (0x0118, "the receiver knows no such SOP class", _ASK_CLASSES),
        (0x0119, "the receiver has this instance as one of another SOP class", _ASK),
        (0x0120, "a required attribute is missing", _VALIDATE),
        (0x0121, "a required attribute has no value", _VALIDATE),
        (0x0122, "the receiver does not take this SOP class", _ASK_CLASSES),
        (0x0123, "the receiver knows no such action", _REPORT),
        (0x0124, "the receiver does not allow this", "ask its owner who may send what"),
        (0x0210, "the Message ID is in use already", _REPORT),
        (0x0211, "the receiver does not know this operation", "send it to a storage SCP"),
        (0x0212, "a parameter of the request is wrong", _REPORT),
        (0x0213, "the receiver is short of resources", "make room there, or send it later"),
    )
}
_SINGLE = {
    **_GENERAL_FAILURES,
    NO_STATUS: _failure(
        "the response carries no Status (0000,0900)",
        "PS3.7 Table 9.3-2",
        "see in the receiver's log whether it was stored, and report it to the receiver's maker",
    ),
    SUCCESS: StatusMeaning("success", "stored", _STORAGE_RULE, "nothing"),
    0x0001: _warning("stored, with a warning", _GENERAL_RULE, _READ_LOG),
    0x0107: _warning(
        "stored, but the receiver does not know some attributes", "PS3.7 section C.4.2", _READ_LOG
    ),
    0x0111: _failure(
        "the receiver has another instance with this SOP Instance UID",
        "PS3.7 section C.5",
        "give a changed instance a new SOP Instance UID",
    ),
    0x0116: _warning(
        "stored, but a value is out of the range of its attribute", "PS3.7 section C.4.3", _VALIDATE
    ),
    0xB000: _warning(
        "stored, but the receiver changed elements", _STORAGE_RULE, "compare what arrived with what you sent"
    ),
    0xB006: _warning(
        "stored, but the receiver left elements out",
        _STORAGE_RULE,
        "ask the receiver which elements it drops",
    ),
    0xB007: _warning("stored, but the data set does not match its SOP class", _STORAGE_RULE, _VALIDATE),
    0xFE00: _failure("the operation was cancelled", "PS3.7 section C.3", "send it again"),
}
# First and last status; the first range that holds a status counts.
_RANGES = (
    (0xB000, 0xBFFF, _warning("stored, with a warning", _GENERAL_RULE, _READ_LOG)),
    (
        0xA700,
        0xA7FF,
        _failure(
            "refused: the receiver is out of resources",
            _STORAGE_RULE,
            "make room on its disk, then send again",
        ),
    ),
    (
        0xA900,
        0xA9FF,
        _failure(
            "the data set does not match its SOP class",
            _STORAGE_RULE,
            "check the UIDs (Study Instance UID above all) and the required attributes",
        ),
    ),
    (
        0xC000,
        0xCFFF,
        _failure(
            "the receiver cannot understand the data set",
            _STORAGE_RULE,
            "check the file's transfer syntax and its encoding; read the receiver's log",
        ),
    ),
    # PS3.7 section C.5: any other 01xx, 02xx and Axxx is a failure, too.
    (0x0100, 0x02FF, _failure("a failure that PS3.7 does not name", _GENERAL_RULE, _READ_LOG)),
    (0xA000, 0xAFFF, _failure("refused, for a reason of the receiver's own", _GENERAL_RULE, _READ_LOG)),
    (
        0xFF00,
        0xFF01,
        _failure(
            "more answers follow, which C-STORE never has",
            "PS3.7 section C.2",
            "report it to the receiver's maker",
        ),
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
    if status in _SINGLE:
        return _SINGLE[status]
    return next((meaning for first, last, meaning in _RANGES if first <= status <= last), _UNKNOWN)
