"""STOW-RS: store the parts of a body as C-STORE stores instances, and report the status of each.

References
----------
PS3.18 section 10.5, Store Transaction; annex I, Store Instances Response Module.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from dicomkit.errors import NotDicomError
from dicomkit.files.quick_check import CheckedFile, check_quickly
from dicomkit.instance_store.failures import CANNOT_UNDERSTAND, DOES_NOT_MATCH_SOP_CLASS
from dicomkit.network.records import Sender
from dicomkit.network.statuses import SUCCESS
from dicomkit.network.storage_service import StorageService
from dicomkit.network.web.answer import Answer
from dicomkit.network.web.holdings import Holdings, place_of
from dicomkit.network.web.json_model import JsonItem, dump_json
from dicomkit.text import counted

__all__ = ["store_answer"]

_PIECE_BYTES = 1 << 20
_MAX_COMMENT_LENGTH = 64  # (0000,0902) has VR LO
_WARNINGS = range(0xB000, 0xC000)
_STATUS_ALL, _STATUS_SOME, _STATUS_NONE = 200, 202, 409


class _Outcome(NamedTuple):
    checked: CheckedFile | None
    status: int
    comment: str = ""


def store_answer(holdings: Holdings, parts: Iterable[bytes], *, study_uid: str, address: str) -> Answer:
    """Store each part, and return the Store Instances Response.

    Parameters
    ----------
    holdings
        The archive.
    parts
        DICOM files.
    study_uid
        The study in the URL; empty if the URL names none.
    address
        Network address of the client.
    """
    sender = Sender(0, "", "", address)
    outcomes = [_store(holdings.service, part, study_uid, sender) for part in parts]
    stored = [one for one in outcomes if one.status == SUCCESS or one.status in _WARNINGS]
    failed = [one for one in outcomes if one not in stored]
    status = _STATUS_ALL if not failed else _STATUS_SOME if stored else _STATUS_NONE
    said = f"{counted(len(stored), 'instance')} stored, {len(failed)} failed"
    body = dump_json(_response(stored, failed, holdings.base_url))
    return Answer("application/dicom+json", iter([body]), status=status, said=said)


def _store(service: StorageService, part: bytes, study_uid: str, sender: Sender) -> _Outcome:
    try:
        checked = check_quickly(part, given="part")
    except NotDicomError as error:
        return _Outcome(None, CANNOT_UNDERSTAND, error.problem)
    identifiers = checked.identifiers
    if study_uid and identifiers.study_instance_uid != study_uid:
        comment = "it does not belong to the study in the URL"
        return _Outcome(checked, DOES_NOT_MATCH_SOP_CLASS, comment)
    with service.store.receive(
        sop_class_uid=checked.head.sop_class_uid or identifiers.sop_class_uid,
        sop_instance_uid=checked.head.sop_instance_uid or identifiers.sop_instance_uid,
        transfer_syntax_uid=checked.transfer_syntax_uid,
    ) as incoming:
        for piece in _pieces(part, checked.head.dataset_offset):
            incoming.write(piece)
        status, comment = service.finish(incoming, checked.transfer_syntax_uid, sender)
    return _Outcome(checked, status, comment)


def _pieces(content: bytes, start: int) -> Iterator[memoryview]:
    view = memoryview(content)
    for place in range(start, len(content), _PIECE_BYTES):
        yield view[place : place + _PIECE_BYTES]


def _response(stored: list[_Outcome], failed: list[_Outcome], base_url: str) -> JsonItem:
    """Return the response; a part without UIDs is listed in Other Failures Sequence (0008,119A)."""
    named = [one for one in failed if one.checked is not None]
    others = [one for one in failed if one.checked is None]
    studies = dict.fromkeys(
        one.checked.identifiers.study_instance_uid for one in stored if one.checked is not None
    )
    response: JsonItem = {}
    if len(studies) == 1:
        response["00081190"] = _value("UR", base_url + place_of(*studies))
    for tag, outcomes in (("00081198", named), ("00081199", stored), ("0008119A", others)):
        if outcomes:
            response[tag] = {"vr": "SQ", "Value": [_item(one, base_url) for one in outcomes]}
    return response


def _item(outcome: _Outcome, base_url: str) -> JsonItem:
    item: JsonItem = {}
    if outcome.checked is not None:
        found = outcome.checked.identifiers
        item["00081150"] = _value("UI", found.sop_class_uid)
        item["00081155"] = _value("UI", found.sop_instance_uid)
        if outcome.status == SUCCESS:
            uids = (found.study_instance_uid, found.series_instance_uid, found.sop_instance_uid)
            item["00081190"] = _value("UR", base_url + place_of(*uids))
    if outcome.status in _WARNINGS:
        item["00081196"] = _value("US", outcome.status)
    elif outcome.status != SUCCESS:
        item["00081197"] = _value("US", outcome.status)
    if outcome.comment:
        item["00000902"] = _value("LO", outcome.comment[:_MAX_COMMENT_LENGTH])
    return dict(sorted(item.items()))


def _value(vr: str, value: Any) -> dict[str, Any]:  # noqa: ANN401 - a text or a number
    return {"vr": vr, "Value": [value]} if value != "" else {"vr": vr}
