"""Exercise 06.6: a sender that uses one association instead of many, and keeps the status of each slice."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from dicomkit.lessons.answer_parts import list_of
from dicomkit.lessons.answers import FUNCTION, STATUS
from dicomkit.lessons.exercise import PASS, Verdict, retry
from dicomkit.lessons.learners_code import call
from dicomkit.lessons.lesson_texts import LessonTexts
from dicomkit.lessons.pynetdicom_peer import Receiver, encodings_of, receiving

__all__ = ["SEND_ALL"]

_TEXTS = LessonTexts(__name__)

_STATUSES = (0x0000, 0xA700, 0xB000, 0x0000)  # stored, refused, stored with a warning, stored


def _check_send_all(send_all: Callable[..., Any]) -> Verdict:
    from dicomkit.samples import ct_series  # noqa: PLC0415 - the lessons are light to import

    slices = ct_series(len(_STATUSES), size=16)
    to_tell = dict(zip((each.SOPInstanceUID for each in slices), _STATUSES, strict=True))
    with receiving(
        encodings_of(slices), lambda event: to_tell.get(event.request.AffectedSOPInstanceUID, 0)
    ) as receiver:
        returned = call(send_all, slices, receiver.port, name="send_all")
        if isinstance(returned, Iterator):  # a generator sends only while it is iterated
            returned = call(list, returned, name="send_all")
        return _judge_calls(receiver, [str(each.SOPInstanceUID) for each in slices], returned)


def _judge_calls(receiver: Receiver, sent: Sequence[str], returned: object) -> Verdict:
    if not receiver.arrived:
        return retry(_TEXTS.nothing_arrived)
    if set(receiver.arrived) != set(sent):
        return retry(_TEXTS.stopped)
    if receiver.associations > 1:
        return retry(_TEXTS.still_many)
    if not receiver.all_released():
        return retry(_TEXTS.aborted if receiver.aborted else _TEXTS.not_released)
    if returned is None:
        return retry(_TEXTS.nothing_returned)
    if isinstance(returned, int):
        return retry(_TEXTS.last_only)
    if isinstance(returned, list | tuple) and any(hasattr(each, "Status") for each in returned):
        return retry(_TEXTS.responses)
    found = list_of(STATUS.saying(_TEXTS.no_list)).saying(_TEXTS.no_list).read(returned)
    return PASS if found == _STATUSES else retry(_TEXTS.other_statuses)


SEND_ALL = _TEXTS.exercise(
    "06.6",
    form=FUNCTION.saying("send_all is a function: change the one in the cell, and keep its name"),
    checker=_check_send_all,
)
