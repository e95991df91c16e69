"""Exercises of notebook 13: JSON, searches, media types, frames, bodies, and which service to use."""

from __future__ import annotations

import json
import tempfile
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from pydicom.dataset import FileDataset
from pydicom.uid import UID

from dicomkit.files.writing import encode_file, write_file
from dicomkit.lessons.answer_parts import choice_of, in_units, tuple_of
from dicomkit.lessons.answers import FUNCTION, TEXT, WHOLE_NUMBER
from dicomkit.lessons.exercise import PASS, Verdict, judged_by, retry
from dicomkit.lessons.learners_code import call
from dicomkit.lessons.lesson_texts import LessonTexts
from dicomkit.lessons.nb12_ask_an_archive import archived_instances
from dicomkit.network import Archive
from dicomkit.samples import ct_series

__all__ = ["EXERCISES", "checkpoint"]

_TEXTS = LessonTexts(__name__)

_FRAME_BYTES = 256 * 512 * 2
_ACCEPTED = (
    'multipart/related; type="application/dicom"; transfer-syntax=*',
    "application/dicom+json",
    "image/png",
)
_DOORS = ("dimse", "web", "web", "dimse")


def checkpoint() -> SimpleNamespace:
    """Return what notebook 13 asks about, and its answers.

    Returns
    -------
    SimpleNamespace
        ``instances``: the archive of notebook 12, five studies of three patients; ``accepted``, ``frame_bytes``
        and ``doors``: the answers of 13.3, 13.4 and 13.6.
    """
    return SimpleNamespace(
        instances=archived_instances(), accepted=_ACCEPTED, frame_bytes=_FRAME_BYTES, doors=_DOORS
    )


def _folded(text: str) -> str:
    return text.lower().replace(" ", "").replace('"', "").replace("'", "").strip(";")


def _check_accepted(answer: tuple[str, str, str]) -> Verdict:
    files, metadata, picture = (_folded(text) for text in answer)
    is_multipart, type_of_part = files.startswith("multipart"), "type=application/dicom"
    right_files, *others = (_folded(text) for text in _ACCEPTED)
    is_right = sorted(files.split(";")) == sorted(right_files.split(";")) and [metadata, picture] == others
    return judged_by(
        (files == "application/dicom" or (is_multipart and type_of_part not in files), _TEXTS.bare_dicom),
        (is_multipart and "transfer-syntax=*" not in files, _TEXTS.no_syntax),
        (metadata == "application/json", _TEXTS.plain_json),
        ("xml" in metadata, _TEXTS.xml),
        (picture in {"image/jpeg", "image/jpg", "image/*"}, _TEXTS.jpeg),
        (not picture.startswith("image/"), _TEXTS.not_a_picture),
        (not is_right, _TEXTS.other_type),
    )


def _other_length(length: int) -> str:
    return _TEXTS.with_head if length > _FRAME_BYTES else _TEXTS.one_byte


def _check_doors(answer: tuple[str, str, str, str]) -> Verdict:
    reasons = (_TEXTS.scanner, _TEXTS.firewall, _TEXTS.browser, _TEXTS.worklist)
    wrong = [reason for said, door, reason in zip(answer, _DOORS, reasons, strict=True) if said != door]
    return retry(wrong[0]) if wrong else PASS


_DOOR = choice_of({
    "dimse": ["DICOM", "association", "C-STORE", "C-FIND", "DIMSE-C", "MWL", "worklist"],
    "web": ["HTTP", "HTTPS", "DICOMweb", "WADO", "WADO-RS", "QIDO", "QIDO-RS", "STOW", "STOW-RS", "rendered"],
})  # fmt: skip


def _check_name(name_of: Callable[..., Any]) -> Verdict:
    full = {"00100010": {"vr": "PN", "Value": [{"Alphabetic": "DOE^JANE", "Ideographic": "X^Y"}]}}
    found = call(name_of, full, name="name_of")
    if found != "DOE^JANE":
        return retry(
            _TEXTS.not_text.format(f"a {type(found).__name__}") if found is not None else _TEXTS.name_function
        )
    for empty in ({"00100010": {"vr": "PN"}}, {}):
        try:
            found = name_of(empty)
        except (LookupError, TypeError, AttributeError):
            return retry(_TEXTS.no_value)
        if found != "":
            return retry(_TEXTS.no_value)
    return PASS


def _ask(url: str) -> tuple[int, bytes]:
    try:
        with urllib.request.urlopen(url) as answer:  # noqa: S310 - of a server of our own
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()


def _check_target(target: str) -> Verdict:
    if "://" in target:
        return retry(_TEXTS.whole_url)
    path, _, query = target.partition("?")
    if not target.startswith("/") or " " in target:
        return retry(_TEXTS.target_form)
    if path.rstrip("/") != "/studies":
        return retry(_TEXTS.series)
    instances = [*archived_instances(), _one_more()]
    with tempfile.TemporaryDirectory() as folder:
        for number, dataset in enumerate(instances):
            write_file(dataset, Path(folder) / f"{number}.dcm")
        with Archive(folder).web() as web:
            status, body = _ask(web.url + urllib.parse.quote(target, safe="/?&=,*-%\\"))
    if "Modality" in urllib.parse.parse_qs(query) and status >= 400:  # noqa: PLR2004 - refused
        return retry(_TEXTS.modality)
    if status >= 400:  # noqa: PLR2004 - the same
        return retry(_TEXTS.refused.format(body.decode().strip()[:200]))
    return _check_found(json.loads(body or b"[]"), instances)


def _one_more() -> FileDataset:
    """Return a slice of another CT study of 2024, so that ``limit`` has an effect."""
    dataset = ct_series(1)[0]
    dataset.StudyDate, dataset.StudyInstanceUID, dataset.SeriesInstanceUID = (
        "20240501",
        "2.25.131",
        "2.25.132",
    )
    dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = UID("2.25.133")
    return dataset


def _check_found(found: list[dict[str, Any]], instances: list[FileDataset]) -> Verdict:
    if not found:
        return retry(_TEXTS.nothing)
    of_2024 = {one.StudyInstanceUID for one in instances if str(one.StudyDate).startswith("2024")}
    with_ct = {one.StudyInstanceUID for one in instances if one.Modality == "CT"}
    uids = {one["0020000D"]["Value"][0] for one in found}
    return judged_by(
        (not uids <= of_2024, _TEXTS.no_range),
        (not uids <= with_ct, _TEXTS.no_modality),
        (any("00081030" not in one for one in found), _TEXTS.not_returned),
        (len(found) > 1, _TEXTS.too_many),
    )


def _check_body(body_of: Callable[..., Any]) -> Verdict:
    files = [encode_file(one) for one in archived_instances()[:2]]
    body = call(body_of, files, name="body_of")
    if not isinstance(body, bytes | bytearray):
        return retry(_TEXTS.not_bytes.format(f"a {type(body).__name__}" if body is not None else "nothing"))
    frame = bytes(body)
    for content in files:
        frame = frame.replace(content, b"")
    if b"\n" in frame.replace(b"\r\n", b""):
        return retry(_TEXTS.bare_lf)
    if not body.rstrip(b"\r\n").endswith(b"--frontier--"):
        return retry(_TEXTS.no_end)
    kind = 'multipart/related; type="application/dicom"; boundary=frontier'
    with tempfile.TemporaryDirectory() as folder, Archive(folder).web() as web:
        request = urllib.request.Request(  # noqa: S310 - of a server of our own
            f"{web.url}/studies", data=bytes(body), headers={"Content-Type": kind}
        )
        try:
            with urllib.request.urlopen(request) as answer:  # noqa: S310 - the same
                stored = len(json.loads(answer.read()).get("00081199", {}).get("Value", []))
        except urllib.error.HTTPError as error:
            with error:
                sentence = error.read().decode().strip()
            if files[0][:200] not in body or b"\r\n\r\n" + files[0][:200] not in body:
                return retry(_TEXTS.no_empty_line)
            return retry(_TEXTS.not_stored.format(error.code, sentence[:200]))
    return PASS if stored == len(files) else retry(_TEXTS.not_all.format(stored))


EXERCISES = (
    _TEXTS.exercise("13.1", FUNCTION, _check_name),
    _TEXTS.exercise("13.2", TEXT, _check_target),
    _TEXTS.exercise("13.3", tuple_of(TEXT, TEXT, TEXT), _check_accepted),
    _TEXTS.looked_up(
        "13.4", in_units(WHOLE_NUMBER, {"bytes": 1, "byte": 1, "KiB": 1024}), otherwise=_other_length
    ),
    _TEXTS.exercise("13.5", FUNCTION, _check_body),
    _TEXTS.exercise("13.6", tuple_of(_DOOR, _DOOR, _DOOR, _DOOR), _check_doors),
)
