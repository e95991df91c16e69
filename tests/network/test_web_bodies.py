"""Bodies of several parts, media types and the JSON model: judged by Python's email package and by pydicom."""

from __future__ import annotations

import json
import random
from email import message_from_bytes

import pytest
from pydicom import Dataset

from dicomkit.archive.elements import encode_item
from dicomkit.archive.identifiers import item_of, to_dataset
from dicomkit.files.encoding import EXPLICIT_LITTLE
from dicomkit.network.web.accept_header import Offer, choose
from dicomkit.network.web.answer import RequestRefusedError
from dicomkit.network.web.json_model import dump_json, item_as_json
from dicomkit.network.web.multipart import PartReader, PartStart, boundary_of, joined_parts

PARTS = [
    ("application/dicom", b"one\r\n--not the boundary\r\n"),
    ("text/plain", b""),
    ("application/dicom", b"\r\n--b"),
]


def taken_apart(reader: PartReader, pieces: list[bytes]) -> list[tuple[str, bytes]]:
    parts: list[tuple[str, bytes]] = []
    for piece in pieces:
        for found in reader.feed(piece):
            if isinstance(found, PartStart):
                parts.append((found.media_type, b""))
            else:
                parts[-1] = (parts[-1][0], parts[-1][1] + found)
    reader.finish()
    return parts


def body_of(parts: list[tuple[str, bytes]], boundary: str = "bound") -> bytes:
    return b"".join(joined_parts(boundary, ((kind, [content]) for kind, content in parts)))


def test_what_is_put_together_is_what_python_takes_apart() -> None:
    head = b'Content-Type: multipart/related; boundary="bound"\r\n\r\n'
    message = message_from_bytes(head + body_of(PARTS))
    assert [(one.get_content_type(), one.get_payload(decode=True)) for one in message.get_payload()] == PARTS


@pytest.mark.parametrize("size", [1, 2, 3, 7, 64, 10_000])
def test_a_body_is_taken_apart_whatever_the_pieces_it_comes_in(size: int) -> None:
    body = b"a preamble\r\n" + body_of(PARTS) + b"an epilogue"
    pieces = [body[start : start + size] for start in range(0, len(body), size)]
    assert taken_apart(PartReader("bound"), pieces) == PARTS


def test_random_bodies_come_back() -> None:
    rng = random.Random(13)  # noqa: S311 - the same bodies on each run
    for _ in range(300):
        parts = [
            (
                "application/dicom",
                b"".join(rng.choice([b"\r\n", b"--", b"bound", b"-", b"\r", b"x"]) for _ in range(9)),
            )
            for _ in range(3)
        ]
        parts = [(kind, content.replace(b"\r\n--bound", b"")) for kind, content in parts]
        if any(b"\r\n--bound" in b"\r\n" + content + b"\r\n" for _, content in parts):
            continue
        body = body_of(parts)
        cuts = sorted(rng.sample(range(len(body)), 4))
        pieces = [body[start:end] for start, end in zip([0, *cuts], [*cuts, len(body)], strict=True)]
        assert taken_apart(PartReader("bound"), pieces) == parts


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "stands nowhere"),
        (b"--other\r\n\r\nx\r\n--other--", "stands nowhere"),
        (b"x" * 20_000, "not stand at the start"),
        (b"--bound\r\nContent-Type: a/b\r\n\r\nx", "ends in part 1"),
        (b"--bound\r\n\r\nx\r\n--bound\r\n\r\ny\r\n--bound", "ends in part 2"),
        (b"--bound--", "no part"),
        (b"--bound oops\r\n\r\nx\r\n--bound--", "follows the boundary"),
        (b"--bound\r\n" + b"a: b\r\n" * 5000, "head of part 1 does not end"),
    ],
)
def test_a_body_that_is_none_is_refused_with_a_sentence(body: bytes, words: str) -> None:
    reader = PartReader("bound")
    with pytest.raises(RequestRefusedError, match=words) as caught:
        taken_apart(reader, [body])
    assert caught.value.status == 400


@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        ("", 415),
        ("application/dicom", 415),
        ("multipart/form-data; boundary=b", 415),
        ('multipart/related; type="application/dicom+json"; boundary=b', 415),
        ('multipart/related; type="application/dicom"', 400),
        ('multipart/related; type="application/dicom"; boundary=""', 400),
        (f'multipart/related; type="application/dicom"; boundary={"b" * 71}', 400),
    ],
)
def test_a_content_type_that_stores_nothing(content_type: str, status: int) -> None:
    with pytest.raises(RequestRefusedError) as caught:
        boundary_of(content_type, part_type="application/dicom")
    assert caught.value.status == status


def test_a_boundary_may_stand_in_quotes() -> None:
    assert (
        boundary_of(
            'Multipart/Related; boundary="a b"; type=application/dicom', part_type="application/dicom"
        )
        == "a b"
    )


LITTLE, JPEG = "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.4.50"
DICOM = [Offer("application/dicom", is_multipart=True, transfer_syntaxes=(LITTLE, JPEG))]
PICTURES = [Offer("image/jpeg"), Offer("image/png")]


@pytest.mark.parametrize(
    ("accept", "offers", "expected"),
    [
        ("", DICOM, ("application/dicom", LITTLE)),
        ("*/*", DICOM, ("application/dicom", LITTLE)),
        ('multipart/related; type="application/dicom"; transfer-syntax=*', DICOM, ("application/dicom", "*")),
        (
            f'multipart/related; type="application/dicom"; transfer-syntax={JPEG}',
            DICOM,
            ("application/dicom", JPEG),
        ),
        ("image/png;q=0.5, image/jpeg;q=0.4", PICTURES, ("image/png", LITTLE)),
        ("text/html, image/*", PICTURES, ("image/jpeg", LITTLE)),
        ("IMAGE/PNG", PICTURES, ("image/png", LITTLE)),
        ("image/jpeg;q=0, image/png", PICTURES, ("image/png", LITTLE)),
        # RFC 9110 section 12.5.1: of several ranges the most exact one counts, wherever it stands.
        ("image/jpeg;q=0, */*", PICTURES, ("image/png", LITTLE)),
        ("*/*, image/jpeg;q=0.1", PICTURES, ("image/png", LITTLE)),
        ("image/*;q=0.2, image/png;q=0.1, */*", PICTURES, ("image/jpeg", LITTLE)),
        (
            'multipart/related; type="application/dicom";q=0.1, */*;q=0.2',
            [*DICOM, Offer("application/dicom")],
            ("application/dicom", LITTLE),
        ),
    ],
)
def test_the_best_offer_is_chosen(accept: str, offers: list[Offer], expected: tuple[str, str]) -> None:
    chosen = choose(accept, offers)
    assert (chosen.offer.media_type, chosen.transfer_syntax) == expected


@pytest.mark.parametrize(
    ("accept", "offers", "words"),
    [
        ("application/dicom", DICOM, "several parts"),
        ('multipart/related; type="image/jpeg"', DICOM, 'accept multipart/related; type="application/dicom"'),
        ('multipart/related; type="application/dicom"; transfer-syntax=1.2', DICOM, "transfer-syntax=[*]"),
        ("image/gif", PICTURES, "image/jpeg or image/png"),
        ("image/jpeg;q=0", PICTURES, "nothing"),
        ("*/*;q=0", DICOM, "nothing of this resource"),
        ("image/*;q=0, */*", PICTURES, "nothing"),
    ],
)
def test_nothing_acceptable_is_said_in_a_sentence(accept: str, offers: list[Offer], words: str) -> None:
    with pytest.raises(RequestRefusedError, match=words) as caught:
        choose(accept, offers)
    assert caught.value.status == 406


def query_answer() -> Dataset:
    answer = Dataset()
    answer.SpecificCharacterSet = "ISO_IR 192"
    answer.PatientName = "Yamada^Tarou=山田^太郎=やまだ^たろう"
    answer.PatientID, answer.StudyDate, answer.AccessionNumber = "A 1", "20240131", ""
    answer.ModalitiesInStudy, answer.StudyDescription = ["CT", "MR"], "a, b"
    answer.NumberOfStudyRelatedInstances, answer.PatientWeight, answer.Rows = 12, "70.5", 512
    answer.FrameIncrementPointer = 0x00181063
    answer.ImagePositionPatient = ["1", "2.5", "-3e2"]
    answer.add_new(0x00189087, "FD", [0.5, 1.0])
    item = Dataset()
    item.ScheduledProcedureStepID, item.ReferringPhysicianName = "S1", "WHO^DR"
    answer.RequestAttributesSequence = [item]
    answer.ProcedureCodeSequence = []
    answer.OtherPatientIDs = ["1", "", "3"]
    return answer


def test_answers_are_written_as_pydicom_writes_them() -> None:
    item = item_of(query_answer())
    expected = to_dataset(item).to_json_dict()
    expected.pop("00080005")  # JSON is UTF-8
    found = json.loads(dump_json(item_as_json(item)))
    # PS3.18 section F.2.5: what has no value has no Value, and an empty one among others is null.
    assert (found.pop("00081032"), expected.pop("00081032")) == ({"vr": "SQ"}, {"vr": "SQ", "Value": []})
    assert (found.pop("00101000")["Value"], expected.pop("00101000")["Value"]) == (
        ["1", None, "3"],
        ["1", "", "3"],
    )
    assert found == json.loads(json.dumps(expected))


def test_answers_in_another_character_set_become_utf_8() -> None:
    answer = Dataset()
    answer.SpecificCharacterSet, answer.PatientName = "ISO_IR 100", "Müller^Änne"
    item = item_of(answer)
    assert "Müller".encode("latin-1") in encode_item(item, EXPLICIT_LITTLE)
    assert json.loads(dump_json(item_as_json(item)))["00100010"]["Value"] == [{"Alphabetic": "Müller^Änne"}]
