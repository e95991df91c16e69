"""Exercises of notebook 13: JSON, searches, media types, frames, bodies, and which door to take."""

from __future__ import annotations

from types import SimpleNamespace

from dicomkit.lessons.answer_parts import choice_of, in_units, tuple_of
from dicomkit.lessons.answers import TEXT, WHOLE_NUMBER
from dicomkit.lessons.exercise import PASS, Exercise, Misconception, Verdict, retry
from dicomkit.lessons.nb12_part_keys import archived_instances
from dicomkit.lessons.nb13_part_web import BODY, NAME_OF, TARGET

__all__ = ["EXERCISES", "SPEAKER_NOTES", "checkpoint"]

_FRAME_BYTES = 256 * 512 * 2
_ACCEPTED = (
    'multipart/related; type="application/dicom"; transfer-syntax=*',
    "application/dicom+json",
    "image/png",
)
_DOORS = ("dimse", "web", "web", "dimse")

_FORM_OF_ACCEPTED = "accepted is a tuple of three texts, each an Accept header field"
_BARE_DICOM = 'a series has several files: multipart/related, and application/dicom is the type of each part, type="..."'
_NO_SYNTAX = "without transfer-syntax=* a compressed series is decompressed before it is sent"
_PLAIN_JSON = "application/json is often taken as well; the Standard's own type is application/dicom+json"
_XML = "XML is optional in the Standard, and few archives have it; JSON is what all have"
_JPEG = "JPEG throws away a little of each picture: the one that does not is asked for"
_NOT_A_PICTURE = "a rendered frame is a picture: its type begins with image/"
_OTHER_TYPE = "not one of the three is as it should be: look at the table of the section above"

_FORM_OF_BYTES = "frame_bytes is a whole number of bytes"
_BITS = "that counts bits: eight of them are a byte"
_ONE_BYTE = "16 bits allocated are two bytes for each pixel, whatever Bits Stored says"
_STORED_BITS = "each pixel takes Bits Allocated, also the bits that Bits Stored leaves unused"
_ALL_FRAMES = "that is all of Pixel Data: one frame is asked for"
_WITH_HEAD = "a frame comes without preamble and head: nothing but pixels"

_FORM_OF_DOORS = 'doors is a tuple of four, each "DIMSE" or "web"'
_SCANNER = "1: a scanner speaks C-STORE, and hardly any of them speaks HTTP"
_FIREWALL = "2: what the firewall lets out is HTTPS, so it is the web"
_BROWSER = "3: a page in a browser can open no association; it can ask for rendered frames"
_WORKLIST = "4: a worklist is C-FIND of its own kind; the web's counterpart, UPS-RS, is rare"


def checkpoint() -> SimpleNamespace:
    """Make what notebook 13 asks about.

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
    if files == "application/dicom" or (
        files.startswith("multipart") and "type=application/dicom" not in files
    ):
        return retry(_BARE_DICOM)
    if files.startswith("multipart") and "transfer-syntax=*" not in files:
        return retry(_NO_SYNTAX)
    if metadata == "application/json":
        return retry(_PLAIN_JSON)
    if "xml" in metadata:
        return retry(_XML)
    if picture in {"image/jpeg", "image/jpg", "image/*"}:
        return retry(_JPEG)
    if not picture.startswith("image/"):
        return retry(_NOT_A_PICTURE)
    right = tuple(_folded(text) for text in _ACCEPTED)
    parts = sorted(files.split(";")), metadata, picture
    return PASS if parts == (sorted(right[0].split(";")), *right[1:]) else retry(_OTHER_TYPE)


def _check_bytes(answer: int) -> Verdict:
    reasons = {
        _FRAME_BYTES * 8: _BITS,
        _FRAME_BYTES // 2: _ONE_BYTE,
        _FRAME_BYTES * 12 // 16: _STORED_BITS,
        _FRAME_BYTES * 10: _ALL_FRAMES,
    }
    if answer == _FRAME_BYTES:
        return PASS
    return retry(reasons.get(answer, _WITH_HEAD if answer > _FRAME_BYTES else _ONE_BYTE))


def _check_doors(answer: tuple[str, str, str, str]) -> Verdict:
    reasons = (_SCANNER, _FIREWALL, _BROWSER, _WORKLIST)
    wrong = [reason for said, door, reason in zip(answer, _DOORS, reasons, strict=True) if said != door]
    return retry(wrong[0]) if wrong else PASS


_DOOR = choice_of({
    "dimse": ["DICOM", "association", "C-STORE", "C-FIND", "DIMSE-C", "MWL", "worklist"],
    "web": ["HTTP", "HTTPS", "DICOMweb", "WADO", "WADO-RS", "QIDO", "QIDO-RS", "STOW", "STOW-RS", "rendered"],
}).saying(_FORM_OF_DOORS)  # fmt: skip

EXERCISES = (
    NAME_OF,
    TARGET,
    Exercise(
        id="13.3",
        title="Say what you accept",
        name="accepted",
        checker=_check_accepted,
        form=tuple_of(*[TEXT.saying(_FORM_OF_ACCEPTED)] * 3).saying(_FORM_OF_ACCEPTED),
        minutes=4,
        hints=(
            "One of them is an answer of several parts. The other two are not.",
            "The type of the parts stands in a parameter of multipart/related, and so does the transfer syntax.",
            'multipart/related; type="application/dicom"; transfer-syntax=..., then JSON, then a picture without loss.',
        ),
        solution="""\
accepted = (
    'multipart/related; type="application/dicom"; transfer-syntax=*',
    "application/dicom+json",
    "image/png",
)""",
        misconceptions=(
            Misconception('("application/dicom", "application/dicom+json", "image/png")', _BARE_DICOM),
            Misconception('("multipart/related", "application/dicom+json", "image/png")', _BARE_DICOM),
            Misconception(
                """('multipart/related; type="application/dicom"', "application/dicom+json", "image/png")""",
                _NO_SYNTAX,
            ),
            Misconception(
                """('multipart/related; type="application/dicom"; transfer-syntax=*', "application/json", "image/png")""",
                _PLAIN_JSON,
            ),
            Misconception(
                """('multipart/related; type="application/dicom"; transfer-syntax=*', "application/dicom+xml", "image/png")""",
                _XML,
            ),
            Misconception(
                """('multipart/related; type="application/dicom"; transfer-syntax=*', "application/dicom+json", "image/jpeg")""",
                _JPEG,
            ),
            Misconception(
                """('multipart/related; type="application/dicom"; transfer-syntax=*', "application/dicom+json", "png")""",
                _NOT_A_PICTURE,
            ),
            Misconception('"application/dicom"', _FORM_OF_ACCEPTED),
        ),
        learned="A 406 means nothing else: what you accept and what there is do not meet.",
    ),
    Exercise(
        id="13.4",
        title="Foresee how long a frame is",
        name="frame_bytes",
        checker=_check_bytes,
        form=in_units(WHOLE_NUMBER, {"bytes": 1, "byte": 1, "KiB": 1024}).saying(_FORM_OF_BYTES),
        minutes=3,
        hints=(
            "What the attributes of group 0028 promise is what comes, and nothing else.",
            "Rows times Columns, times the bytes of one pixel: which of the two numbers of bits is it?",
            "256 * 512 pixels, of 16 bits each, for one frame.",
        ),
        solution="frame_bytes = 256 * 512 * 2",
        misconceptions=(
            Misconception("256 * 512 * 16", _BITS),
            Misconception("256 * 512", _ONE_BYTE),
            Misconception("256 * 512 * 12 // 8", _STORED_BITS),
            Misconception("256 * 512 * 2 * 10", _ALL_FRAMES),
            Misconception("256 * 512 * 2 + 132", _WITH_HEAD),
            Misconception('"a lot"', _FORM_OF_BYTES),
        ),
        learned="A viewer in a browser lives on this: metadata once, then the frames that are looked at.",
    ),
    BODY,
    Exercise(
        id="13.6",
        title="Choose the door",
        name="doors",
        checker=_check_doors,
        form=tuple_of(*[_DOOR] * 4).saying(_FORM_OF_DOORS),
        minutes=4,
        hints=(
            "Who is at the other end, and what can it speak?",
            "Scanners speak DIMSE. Browsers and firewalls know HTTP.",
            "The first and the last are DIMSE.",
        ),
        solution='doors = ("DIMSE", "web", "web", "DIMSE")',
        misconceptions=(
            Misconception('("web", "web", "web", "DIMSE")', _SCANNER),
            Misconception('("DIMSE", "DIMSE", "web", "DIMSE")', _FIREWALL),
            Misconception('("DIMSE", "web", "DIMSE", "DIMSE")', _BROWSER),
            Misconception('("DIMSE", "web", "web", "web")', _WORKLIST),
            Misconception('"web"', _FORM_OF_DOORS),
        ),
        learned="Most archives have both doors, and the same studies behind them.",
    ),
)

SPEAKER_NOTES: dict[str, str] = {
    "predict": "Ask who has opened a study in a browser. Between browser and archive was this notebook.",
    "first": "Let them find the name before you point: nobody expects tags as keys and a list in every Value.",
    "modality": "The same mistake as in notebook 12. There a status, here a sentence: read it aloud.",
    "accept-bare": "Draw an envelope with three letters in it. The type of the letters is written on the envelope.",
    "exercise-5-text": "Seven minutes. Whoever is done early leaves out the empty line and reads the answer.",
    "origins": "People lose days here: curl works and the page does not. It is the browser that asks first.",
    "ladder": "Leave it on the screen, and have them say which line is which cell.",
}
