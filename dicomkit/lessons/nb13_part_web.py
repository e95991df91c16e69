"""Exercises 13.1, 13.2 and 13.5: the JSON model, a search as a URL, and a multipart body; checked on a server."""

from __future__ import annotations

import json
import tempfile
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dicomkit.lessons.answers import FUNCTION, TEXT
from dicomkit.lessons.exercise import PASS, Misconception, Verdict, retry
from dicomkit.lessons.learners_code import call
from dicomkit.lessons.lesson_texts import LessonTexts
from dicomkit.lessons.nb12_part_keys import archived_instances

if TYPE_CHECKING:  # the lessons are light to import
    from pydicom.dataset import FileDataset

__all__ = ["BODY", "NAME_OF", "TARGET"]

_TEXTS = LessonTexts(__name__)


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


NAME_OF = _TEXTS.exercise(
    "13.1",
    form=FUNCTION.saying(_TEXTS.name_function),
    checker=_check_name,
    also=(
        Misconception('lambda study: study["00100010"]', _TEXTS.not_text.format("a dict")),
        Misconception('lambda study: study["00100010"]["Value"]', _TEXTS.not_text.format("a list")),
        Misconception('lambda study: study["00100010"]["Value"][0]', _TEXTS.not_text.format("a dict")),
    ),
)


def _ask(url: str) -> tuple[int, bytes]:
    try:
        with urllib.request.urlopen(url) as answer:  # noqa: S310 - of a server of our own
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()


def _check_target(target: str) -> Verdict:
    from dicomkit.files.writing import write_file  # noqa: PLC0415 - the lessons are light to import
    from dicomkit.network import Archive  # noqa: PLC0415 - as above

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
    from pydicom.uid import UID  # noqa: PLC0415 - as above

    from dicomkit.samples import ct_series  # noqa: PLC0415 - as above

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
    if not uids <= of_2024:
        return retry(_TEXTS.no_range)
    if not uids <= with_ct:
        return retry(_TEXTS.no_modality)
    if any("00081030" not in one for one in found):
        return retry(_TEXTS.not_returned)
    return PASS if len(found) == 1 else retry(_TEXTS.too_many)


TARGET = _TEXTS.exercise("13.2", form=TEXT.saying(_TEXTS.target_form), checker=_check_target)


def _check_body(body_of: Callable[..., Any]) -> Verdict:
    from dicomkit.files.writing import encode_file  # noqa: PLC0415 - the lessons are light to import
    from dicomkit.network import Archive  # noqa: PLC0415 - as above

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


BODY = _TEXTS.exercise(
    "13.5",
    form=FUNCTION.saying(_TEXTS.body_function),
    checker=_check_body,
    also=(
        Misconception("lambda files: str(files)", _TEXTS.not_bytes.format("a str")),
        Misconception(
            'lambda files: b"--frontier\\r\\nContent-Type: application/dicom\\r\\n\\r\\n" + files[0] + b"\\r\\n--frontier--\\r\\n"',
            _TEXTS.not_all.format(1),
        ),
    ),
)
