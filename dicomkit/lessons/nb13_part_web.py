"""Exercises 13.1, 13.2 and 13.5: the JSON model, a search as a URL, and a body of several parts; tried on a server."""

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
from dicomkit.lessons.exercise import PASS, Exercise, Misconception, Task, Verdict, retry
from dicomkit.lessons.learners_code import call
from dicomkit.lessons.nb12_part_keys import archived_instances

if TYPE_CHECKING:  # the lessons are light to import
    from pydicom.dataset import FileDataset

__all__ = ["BODY", "NAME_OF", "TARGET"]

_NAME_FUNCTION = "name_of is a function: change the one in the cell, and keep its name"
_NOT_TEXT = "it returns {}: a Value is a list, and a name in it a dict with the key Alphabetic"
_NO_VALUE = 'of a name that is empty there is no Value at all: return "" for it'


def _check_name(name_of: Callable[..., Any]) -> Verdict:
    full = {"00100010": {"vr": "PN", "Value": [{"Alphabetic": "DOE^JANE", "Ideographic": "X^Y"}]}}
    found = call(name_of, full, name="name_of")
    if found != "DOE^JANE":
        return retry(_NOT_TEXT.format(f"a {type(found).__name__}") if found is not None else _NAME_FUNCTION)
    for empty in ({"00100010": {"vr": "PN"}}, {}):
        try:
            found = name_of(empty)
        except (LookupError, TypeError, AttributeError):
            return retry(_NO_VALUE)
        if found != "":
            return retry(_NO_VALUE)
    return PASS


NAME_OF = Exercise(
    id="13.1",
    title="Take a name out of DICOM JSON",
    name="name_of",
    checker=_check_name,
    form=FUNCTION.saying(_NAME_FUNCTION),
    minutes=5,
    task=Task.CHANGE,
    given="""\
def name_of(study):
    return study["PatientName"]""",
    hints=(
        "Print a study: under which key does it have the name, and what stands below it?",
        "The key is the tag without comma and brackets. Below are vr and Value, and Value is a list.",
        'study.get("00100010", {}).get("Value", [{}])[0].get("Alphabetic", ""): each step with something for nothing.',
    ),
    solution="""\
def name_of(study):
    names = study.get("00100010", {}).get("Value", [{}])
    return names[0].get("Alphabetic", "")""",
    misconceptions=(
        Misconception('lambda study: study["00100010"]', _NOT_TEXT.format("a dict")),
        Misconception('lambda study: study["00100010"]["Value"]', _NOT_TEXT.format("a list")),
        Misconception('lambda study: study["00100010"]["Value"][0]', _NOT_TEXT.format("a dict")),
        Misconception('lambda study: study["00100010"]["Value"][0]["Alphabetic"]', _NO_VALUE),
        Misconception(
            'lambda study: study["00100010"].get("Value", [{}])[0].get("Alphabetic", "")', _NO_VALUE
        ),
        Misconception('"DOE^JANE"', _NAME_FUNCTION),
    ),
    learned="An attribute may be missing, or be there without a Value: ask for both.",
)

_TARGET_FORM = 'target is a text that begins with a slash, such as "/studies?PatientID=1"'
_WHOLE_URL = "leave out what stands before /studies: it is another one each time"
_MODALITY = "Modality is a key of the series: /studies answers 400; a study has ModalitiesInStudy"
_SERIES = "the answers are series: one for each study is asked for, so the path is /studies"
_NO_RANGE = "studies of other years are among the answers: a range is written StudyDate=20240101-20241231"
_NO_MODALITY = "studies without CT images are among the answers"
_NOT_RETURNED = "Study Description does not come back: includefield names what else is wanted"
_TOO_MANY = "all of them come: limit says how many are wanted"
_NOTHING = "nothing is found: one of the keys asks for too much"
_REFUSED = "the archive refuses it: {}"


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
        return retry(_WHOLE_URL)
    path, _, query = target.partition("?")
    if not target.startswith("/") or " " in target:
        return retry(_TARGET_FORM)
    if path.rstrip("/") != "/studies":
        return retry(_SERIES)
    instances = [*archived_instances(), _one_more()]
    with tempfile.TemporaryDirectory() as folder:
        for number, dataset in enumerate(instances):
            write_file(dataset, Path(folder) / f"{number}.dcm")
        with Archive(folder).web() as web:
            status, body = _ask(web.url + urllib.parse.quote(target, safe="/?&=,*-%\\"))
    if "Modality" in urllib.parse.parse_qs(query) and status >= 400:  # noqa: PLR2004 - refused
        return retry(_MODALITY)
    if status >= 400:  # noqa: PLR2004 - the same
        return retry(_REFUSED.format(body.decode().strip()[:200]))
    return _check_found(json.loads(body or b"[]"), instances)


def _one_more() -> FileDataset:
    """Return a slice of one more CT study of 2024, so that limit makes a difference."""
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
        return retry(_NOTHING)
    of_2024 = {one.StudyInstanceUID for one in instances if str(one.StudyDate).startswith("2024")}
    with_ct = {one.StudyInstanceUID for one in instances if one.Modality == "CT"}
    uids = {one["0020000D"]["Value"][0] for one in found}
    if not uids <= of_2024:
        return retry(_NO_RANGE)
    if not uids <= with_ct:
        return retry(_NO_MODALITY)
    if any("00081030" not in one for one in found):
        return retry(_NOT_RETURNED)
    return PASS if len(found) == 1 else retry(_TOO_MANY)


TARGET = Exercise(
    id="13.2",
    title="Search by a URL",
    name="target",
    checker=_check_target,
    form=TEXT.saying(_TARGET_FORM),
    minutes=6,
    task=Task.WRITE,
    hints=(
        "The path says what each answer is about. What has to match stands behind the question mark.",
        "Two keys as in notebook 12, with & between them; includefield and limit are no keys, but stand there too.",
        '"/studies?ModalitiesInStudy=CT&StudyDate=...-...&includefield=...&limit=1"',
    ),
    solution="""\
target = (
    "/studies?ModalitiesInStudy=CT&StudyDate=20240101-20241231"
    "&includefield=StudyDescription&limit=1"
)""",
    misconceptions=(
        Misconception('"http://127.0.0.1/dicom-web/studies?ModalitiesInStudy=CT"', _WHOLE_URL),
        Misconception('"/studies?Modality=CT&StudyDate=20240101-20241231&limit=1"', _MODALITY),
        Misconception('"/series?Modality=CT&StudyDate=20240101-20241231&limit=1"', _SERIES),
        Misconception('"/studies?ModalitiesInStudy=CT&includefield=StudyDescription"', _NO_RANGE),
        Misconception('"/studies?StudyDate=20240101-20241231&includefield=StudyDescription"', _NO_MODALITY),
        Misconception('"/studies?ModalitiesInStudy=CT&StudyDate=20240101-20241231&limit=1"', _NOT_RETURNED),
        Misconception(
            '"/studies?ModalitiesInStudy=CT&StudyDate=20240101-20241231&includefield=StudyDescription"',
            _TOO_MANY,
        ),
        Misconception('"/studies?ModalitiesInStudy=CT&PatientName=NOBODY"', _NOTHING),
        Misconception('"ModalitiesInStudy=CT"', _TARGET_FORM),
        Misconception('{"ModalitiesInStudy": "CT"}', _TARGET_FORM),
    ),
    learned="The same keys as in notebook 12; what comes back without being asked for is a list of the Standard.",
)

_BODY_FUNCTION = "body_of is a function that returns bytes: change the one in the cell"
_NOT_BYTES = "it returns {}: a body is bytes, and so is all that is put together"
_NO_END = (
    "behind the last part the boundary has two hyphens at its end: without them the body counts as cut off"
)
_NO_EMPTY_LINE = "between the head of a part and its content stands an empty line, so CRLF twice"
_BARE_LF = "a line ends with CRLF, \\r\\n, and not with \\n alone"
_NOT_STORED = "the archive answers {}: {}"
_NOT_ALL = "of two files {} arrived: each is a part, with a boundary before it"


def _check_body(body_of: Callable[..., Any]) -> Verdict:
    from dicomkit.files.writing import encode_file  # noqa: PLC0415 - the lessons are light to import
    from dicomkit.network import Archive  # noqa: PLC0415 - as above

    files = [encode_file(one) for one in archived_instances()[:2]]
    body = call(body_of, files, name="body_of")
    if not isinstance(body, bytes | bytearray):
        return retry(_NOT_BYTES.format(f"a {type(body).__name__}" if body is not None else "nothing"))
    frame = bytes(body)
    for content in files:
        frame = frame.replace(content, b"")
    if b"\n" in frame.replace(b"\r\n", b""):
        return retry(_BARE_LF)
    if not body.rstrip(b"\r\n").endswith(b"--frontier--"):
        return retry(_NO_END)
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
                return retry(_NO_EMPTY_LINE)
            return retry(_NOT_STORED.format(error.code, sentence[:200]))
    return PASS if stored == len(files) else retry(_NOT_ALL.format(stored))


_GIVEN_BODY = """\
def body_of(files):
    head = b"--frontier\\r\\nContent-Type: application/dicom\\r\\n"
    return b"".join(head + content for content in files)"""
BODY = Exercise(
    id="13.5",
    title="Put a body together",
    name="body_of",
    checker=_check_body,
    form=FUNCTION.saying(_BODY_FUNCTION),
    minutes=7,
    task=Task.CHANGE,
    given=_GIVEN_BODY,
    hints=(
        "Compare with the body that came in the section before: what stands before, between and behind the parts?",
        "Three things are missing: an empty line behind the head, a line end behind the content, and the end of all.",
        'head ends with \\r\\n\\r\\n, each content with \\r\\n, and the whole with b"--frontier--\\r\\n".',
    ),
    solution="""\
def body_of(files):
    head = b"--frontier\\r\\nContent-Type: application/dicom\\r\\n\\r\\n"
    parts = b"".join(head + content + b"\\r\\n" for content in files)
    return parts + b"--frontier--\\r\\n\"""",
    misconceptions=(
        Misconception(
            'lambda files: b"".join(b"--frontier\\r\\nContent-Type: application/dicom\\r\\n\\r\\n" + one + b"\\r\\n" for one in files)',
            _NO_END,
        ),
        Misconception(
            'lambda files: b"".join(b"--frontier\\r\\nContent-Type: application/dicom\\r\\n" + one + b"\\r\\n" for one in files) + b"--frontier--"',
            _NO_EMPTY_LINE,
        ),
        Misconception(
            'lambda files: b"".join(b"--frontier\\nContent-Type: application/dicom\\n\\n" + one + b"\\n" for one in files) + b"--frontier--"',
            _BARE_LF,
        ),
        Misconception("lambda files: str(files)", _NOT_BYTES.format("a str")),
        Misconception(
            'lambda files: b"--frontier\\r\\nContent-Type: application/dicom\\r\\n\\r\\n" + files[0] + b"\\r\\n--frontier--\\r\\n"',
            _NOT_ALL.format(1),
        ),
        Misconception('b"--frontier--"', _BODY_FUNCTION),
    ),
    learned="Libraries do this for you; when a server answers 400, you know where to look.",
)
