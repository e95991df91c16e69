"""Exercises of notebook 06: who calls whom, a handler that keeps, counting, a ladder, a wrong word, one call, a room."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from pydicom.dataset import FileDataset
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian, RLELossless

from dicomkit.errors import DicomKitError, NotDicomError, TruncatedFileError
from dicomkit.files.reading import read_file
from dicomkit.lessons.answer_parts import in_units, list_of, tuple_of
from dicomkit.lessons.answers import FUNCTION, STATUS, WHOLE_NUMBER, WORD, WrongForm
from dicomkit.lessons.exercise import PASS, Outcome, Verdict, judged_by, retry
from dicomkit.lessons.learners_code import call
from dicomkit.lessons.lesson_texts import LessonTexts
from dicomkit.lessons.pynetdicom_peer import Receiver, encodings_of, receiving, sending_to
from dicomkit.network import Room, Seat, SendReport
from dicomkit.pixels import compress
from dicomkit.samples import ct_series, localiser

__all__ = ["EXERCISES", "checkpoint"]

_TEXTS = LessonTexts(__name__)

_WHO_IS_WHO = ("CT1", "PACS", "archive.hospital", 104)
_COUNTS = (50, 50, 1)


def checkpoint() -> SimpleNamespace:
    """Return what notebook 06 sends, and its answers.

    Returns
    -------
    SimpleNamespace
        ``study``: the twelve CT slices of notebook 00; ``who_is_who``, ``counts``: the answers of 06.1 and
        06.3.
    """
    return SimpleNamespace(study=ct_series(), who_is_who=_WHO_IS_WHO, counts=_COUNTS)


def _check_who_is_who(answer: tuple[str, str, str, int]) -> Verdict:
    titles, host = answer[:2], answer[2]
    if answer == tuple(each.casefold() if isinstance(each, str) else each for each in _WHO_IS_WHO):
        return PASS
    is_right_call = titles == ("ct1", "pacs")
    return judged_by(
        (not {"storescu", "storescp"}.isdisjoint(titles), _TEXTS.programs),
        (not {"scu", "scp"}.isdisjoint(titles), _TEXTS.roles),
        (any(each.startswith("-ae") for each in titles), _TEXTS.options),
        (titles == ("pacs", "ct1"), _TEXTS.titles_swapped),
        ("archive.hospital" in titles, _TEXTS.host_as_title),
        (not {"scanner", "archive"}.isdisjoint(titles), _TEXTS.cells_above),
        (host in {"127.0.0.1", "localhost"}, _TEXTS.cells_above),
        ("study" in answer, _TEXTS.folder),
        (is_right_call and host == "archive.hospital", _TEXTS.port_last),
        (is_right_call, _TEXTS.host_before),
        (True, _TEXTS.form_of_who),
    )


def _check_counts(answer: tuple[int, int, int]) -> Verdict:
    requests, statuses, associations = answer
    if answer == _COUNTS:
        return PASS
    requests_reply = _TEXTS.one_request_a_study if requests < _COUNTS[0] else _TEXTS.all_requests
    statuses_reply = _TEXTS.one_status_a_study if statuses < _COUNTS[1] else _TEXTS.all_requests
    return judged_by(
        (sorted(answer) == sorted(_COUNTS), _TEXTS.order_of_counts),
        (requests in {10, 40}, _TEXTS.other_study_too),
        (requests != _COUNTS[0], requests_reply),
        (statuses != _COUNTS[1], statuses_reply),
        (associations == requests, _TEXTS.one_association_a_slice),
        (associations == 0, _TEXTS.no_association),
        (True, _TEXTS.one_association_a_study),
    )


_TRUE_AS_STATUS, _INVALID_STATUS = 0x0001, 0xC002


def _check_keep(keep: Callable[..., Any]) -> Verdict:
    instances = _instances()
    returned: list[object] = []
    with tempfile.TemporaryDirectory(prefix="dicomkit-") as name:
        folder = Path(name)

        def handle(event: object) -> object:
            returned.append(call(keep, event, folder, name="keep"))
            return returned[-1]

        with sending_to(handle, instances) as send_one:
            for sent in instances:
                try:
                    status = send_one(sent)
                except WrongForm as error:
                    if sent is instances[0]:
                        raise
                    how = sent.file_meta.TransferSyntaxUID.name
                    raise WrongForm(_TEXTS.others_fail.format(how, error.reason)) from error
                verdict = _judge_file(folder, sent)
                if verdict.outcome is Outcome.PASS:
                    verdict = _judge_status(status, returned[-1])
                if verdict.outcome is not Outcome.PASS:
                    return verdict
                shutil.rmtree(folder)
                folder.mkdir()
    return PASS


def _instances() -> list[FileDataset]:
    """Return one image in three encodings: two native ones, and an encapsulated one."""
    implicit, explicit = localiser(size=16), localiser(size=16)
    implicit.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian
    explicit.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    return [implicit, explicit, compress(explicit, RLELossless)]


def _judge_status(status: int | None, returned: object) -> Verdict:
    told = "nothing" if status is None else f"{status:04X}H"
    return judged_by(
        (status != 0 and returned is None, _TEXTS.no_status),
        (status == _TRUE_AS_STATUS, _TEXTS.true),
        (status == _INVALID_STATUS, _TEXTS.no_number),
        (status != 0, _TEXTS.other_status.format(told)),
    )


def _judge_file(folder: Path, sent: FileDataset) -> Verdict:
    files = [path for path in folder.rglob("*") if path.is_file()]
    path = folder / f"{sent.SOPInstanceUID}.dcm"
    if not files:
        return retry(_TEXTS.nothing_saved)
    try:
        found = read_file(files[0])
    except TruncatedFileError:
        return retry(_TEXTS.cut_off)
    except NotDicomError:
        head = files[0].read_bytes()[:132]
        if head.endswith(b"DICM"):
            return retry(_TEXTS.other_content)
        return retry(_TEXTS.no_preamble if head.startswith(b"\x02\x00") else _TEXTS.data_set_alone)
    except DicomKitError as error:
        return retry(_TEXTS.unreadable.format(error))
    syntax = sent.file_meta.TransferSyntaxUID
    is_relabelled = syntax.is_compressed and found.file_meta.TransferSyntaxUID != syntax
    return judged_by(
        (files[0] == path.with_suffix(""), _TEXTS.no_suffix),
        (path not in files, _TEXTS.one_name),
        (found != sent or is_relabelled, _TEXTS.other_content),
    )


_STATUSES = (0x0000, 0xA700, 0xB000, 0x0000)  # stored, refused, stored with a warning, stored


def _check_send_all(send_all: Callable[..., Any]) -> Verdict:
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
    parts = returned if isinstance(returned, list | tuple) else []
    verdict = judged_by(
        (not receiver.arrived, _TEXTS.nothing_arrived),
        (set(receiver.arrived) != set(sent), _TEXTS.stopped),
        (receiver.associations > 1, _TEXTS.still_many),
        (not receiver.all_released(), _TEXTS.aborted if receiver.aborted else _TEXTS.not_released),
        (returned is None, _TEXTS.nothing_returned),
        (isinstance(returned, int), _TEXTS.last_only),
        (any(hasattr(each, "Status") for each in parts), _TEXTS.responses),
    )
    if verdict is not PASS:
        return verdict
    found = list_of(STATUS).saying(_TEXTS.no_list).read(returned)
    return judged_by((found != _STATUSES, _TEXTS.other_statuses))


_LIMIT_S = 60.0  # it computes twelve pictures, on a computer that thirty may share
_ATTENDEES, _SEAT = 7, "STUDENT07"  # neither the first seat nor the one of the notebook's own room


def _check_to_the_wall(to_the_wall: Callable[..., Any]) -> Verdict:
    with tempfile.TemporaryDirectory(prefix="dicomkit-") as name, Room(Path(name), _ATTENDEES) as room:
        seat = Room.join(room.seats[_SEAT])
        try:
            returned = call(to_the_wall, seat, name="to_the_wall", limit_s=_LIMIT_S)
        except WrongForm:
            room.stop()
            if room.wall.turned_away:
                return _judge_call(room, seat)
            raise
        room.stop()  # wait for transfers in progress
        return _judge(room, seat, returned)


def _judge_call(room: Room, seat: Seat) -> Verdict:
    """Return the verdict on a rejected association."""
    last = room.wall.turned_away[-1]
    return judged_by(
        ("called AE title" in last.reason, _TEXTS.other_room),
        (last.title not in room.roster, _TEXTS.stranger),
        (last.title == seat.title, _TEXTS.no_proof),
        (True, _TEXTS.borrowed),
    )


def _judge(room: Room, seat: Seat, returned: object) -> Verdict:
    uids = [str(each.SOPInstanceUID) for each in ct_series(size=16, attendee=seat.attendee)]
    (row,) = (row for row in room.wall.rows if row.title == seat.title)
    got = room.count(seat.title, uids)
    if got == len(uids):
        return PASS if isinstance(returned, SendReport) else retry(_TEXTS.no_report)
    if not row.has_called:
        return _judge_call(room, seat) if room.wall.turned_away else retry(_TEXTS.nobody_called)
    if row.refused:
        return retry(_TEXTS.not_taken.format(room.verdict(seat.title, uids)))
    if not got:
        return retry(_TEXTS.everybodys if row.instances else _TEXTS.nothing_sent)
    return retry(_TEXTS.not_all.format(room.verdict(seat.title, uids)))


EXERCISES = (
    _TEXTS.exercise(
        "06.1", tuple_of(WORD, WORD, WORD, WHOLE_NUMBER.saying(_TEXTS.port_last)), _check_who_is_who
    ),
    _TEXTS.exercise("06.2", FUNCTION, _check_keep),
    _TEXTS.exercise("06.3", tuple_of(WHOLE_NUMBER, WHOLE_NUMBER, WHOLE_NUMBER), _check_counts),
    _TEXTS.looked_up("06.4", in_units(WHOLE_NUMBER, {"instances": 1})),
    _TEXTS.looked_up("06.5", WORD),
    _TEXTS.exercise("06.6", FUNCTION, _check_send_all),
    _TEXTS.exercise("06.7", FUNCTION, _check_to_the_wall),
)
