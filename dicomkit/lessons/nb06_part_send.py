"""Exercise 06.6: a sender that makes one association of many, and keeps the status of each slice."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from dicomkit.lessons.answer_parts import list_of
from dicomkit.lessons.answers import FUNCTION, STATUS
from dicomkit.lessons.exercise import PASS, Exercise, Misconception, Task, Verdict, retry
from dicomkit.lessons.learners_code import call
from dicomkit.lessons.on_an_association import Receiver, encodings_of, receiving

__all__ = ["SEND_ALL"]

_STATUSES = (0x0000, 0xA700, 0xB000, 0x0000)  # stored, refused, stored with a warning, stored

_STILL_MANY = (
    "there is still an association for each slice: associate once before the loop, and release once after it"
)
_NOTHING_RETURNED = "every slice arrived in one association; now collect the statuses, and return the list"
_LAST_ONLY = "that is one status, and each slice has one of its own: collect them in a list"
_RESPONSES = "those are the responses, which are data sets: the status is the element Status of each"
_NOT_RELEASED = "the association is still open when send_all returns: release it, behind the last slice"
_ABORTED = "the association was aborted, which tells the other side that something went wrong: release it"
_STOPPED = "not every slice was sent: one that is refused says nothing about those after it"
_NOTHING_ARRIVED = (
    'no slice arrived: send_all calls "127.0.0.1" at that port, sends each slice, and returns a list'
)
_NO_LIST = "send_all returns a list: the status of each slice, in the order of the slices"
_OTHER_STATUSES = (
    "those are not the statuses that the receiver gave: one for each slice, in order, failures included"
)


def _check_send_all(send_all: Callable[..., Any]) -> Verdict:
    from dicomkit.samples import ct_series  # noqa: PLC0415 - the lessons are light to import

    slices = ct_series(len(_STATUSES), size=16)
    to_tell = dict(zip((each.SOPInstanceUID for each in slices), _STATUSES, strict=True))
    with receiving(
        encodings_of(slices), lambda event: to_tell.get(event.request.AffectedSOPInstanceUID, 0)
    ) as receiver:
        returned = call(send_all, slices, receiver.port, name="send_all")
        if isinstance(returned, Iterator):  # a generator sends only while somebody listens
            returned = call(list, returned, name="send_all")
        return _judge_calls(receiver, [str(each.SOPInstanceUID) for each in slices], returned)


def _judge_calls(receiver: Receiver, sent: Sequence[str], returned: object) -> Verdict:
    if not receiver.arrived:
        return retry(_NOTHING_ARRIVED)
    if set(receiver.arrived) != set(sent):
        return retry(_STOPPED)
    if receiver.associations > 1:
        return retry(_STILL_MANY)
    if not receiver.was_left_properly():
        return retry(_ABORTED if receiver.aborted else _NOT_RELEASED)
    if returned is None:
        return retry(_NOTHING_RETURNED)
    if isinstance(returned, int):
        return retry(_LAST_ONLY)
    if isinstance(returned, list | tuple) and any(hasattr(each, "Status") for each in returned):
        return retry(_RESPONSES)
    found = list_of(STATUS.saying(_NO_LIST)).saying(_NO_LIST).read(returned)
    return PASS if found == _STATUSES else retry(_OTHER_STATUSES)


_GIVEN = """\
def send_all(slices, port):
    for one_slice in slices:
        assoc = scanner.associate("127.0.0.1", port, ae_title="ARCHIVE")
        assoc.send_c_store(one_slice)
        assoc.release()"""
_SEND_ALL = """\
def send_all(slices, port):
    assoc = scanner.associate("127.0.0.1", port, ae_title="ARCHIVE")
    statuses = [assoc.send_c_store(one_slice).Status for one_slice in slices]
    assoc.release()
    return statuses"""
_SEND_SETUP = """\
from pynetdicom import AE
from pynetdicom.sop_class import CTImageStorage, Verification

scanner = AE(ae_title="SCANNER")
scanner.add_requested_context(Verification)
scanner.add_requested_context(CTImageStorage)

def in_one_call(slices, port, result):
    assoc = scanner.associate("127.0.0.1", port, ae_title="ARCHIVE")
    answers = [assoc.send_c_store(one_slice) for one_slice in slices]
    assoc.release()
    return result(answers)

def in_many_calls(slices, port):
    return [in_one_call([one_slice], port, lambda answers: answers[0].Status) for one_slice in slices]

def left_open(slices, port):
    assoc = scanner.associate("127.0.0.1", port, ae_title="ARCHIVE")
    return [assoc.send_c_store(one_slice).Status for one_slice in slices]

def until_refused(slices, port):
    return in_one_call(slices[:2], port, lambda answers: [answer.Status for answer in answers])
"""

SEND_ALL = Exercise(
    id="06.6",
    title="Send many slices in one association, and keep the status of each",
    name="send_all",
    checker=_check_send_all,
    form=FUNCTION.saying("send_all is a function: change the one in the cell, and keep its name"),
    minutes=7,
    task=Task.CHANGE,
    given=_GIVEN,
    hints=(
        "Which of the five lines have to run once only, and which for each slice?",
        "associate goes before the loop and release behind it. send_c_store returns the answer: keep its Status.",
        "statuses = [assoc.send_c_store(one_slice).Status for one_slice in slices], and at the end return statuses.",
    ),
    solution=_SEND_ALL,
    setup=_SEND_SETUP,
    misconceptions=(
        Misconception("in_many_calls", _STILL_MANY),
        Misconception("lambda slices, port: in_one_call(slices, port, lambda _: None)", _NOTHING_RETURNED),
        Misconception("lambda slices, port: in_one_call(slices, port, lambda a: a[-1].Status)", _LAST_ONLY),
        Misconception("lambda slices, port: in_one_call(slices, port, list)", _RESPONSES),
        Misconception("left_open", _NOT_RELEASED),
        Misconception("until_refused", _STOPPED),
        Misconception("lambda slices, port: [0x0000] * len(slices)", _NOTHING_ARRIVED),
        Misconception('lambda slices, port: in_one_call(slices, port, lambda _: "done")', _NO_LIST),
        Misconception(
            "lambda slices, port: in_one_call(slices, port, lambda a: [x.Status for x in a if x.Status])",
            _OTHER_STATUSES,
        ),
    ),
    learned="Four calls became one, and slice 2 was refused: the program that came with the cell never noticed.",
)
