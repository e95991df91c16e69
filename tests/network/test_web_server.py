"""An archive on the web: what it answers, what it refuses, and what no request makes it do."""

from __future__ import annotations

import gzip
import io
import json
import threading
from collections.abc import Iterator
from email import message_from_bytes
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pydicom import Dataset, dcmread

from dicomkit.errors import DicomKitError, PortInUseError, UsageError
from dicomkit.files.writing import encode_file, write_file
from dicomkit.network import Archive
from dicomkit.network.web.server import WebServer
from dicomkit.pixels import render
from dicomkit.samples import cine, ct_series, radiograph
from tests.support.dicom_files import bundled
from tests.support.query_corpus import write_corpus
from tests.support.web_calls import CONTENT_TYPE, ask, say, store_body


@pytest.fixture
def slices() -> list[Dataset]:
    return list(ct_series(3, size=16))


@pytest.fixture
def archive(tmp_path: Path, slices: list[Dataset]) -> Archive:
    (tmp_path / "archive").mkdir()
    for number, dataset in enumerate([*slices, cine()]):
        write_file(dataset, tmp_path / "archive" / f"{number}.dcm")
    return Archive(tmp_path / "archive")


@pytest.fixture
def web(archive: Archive) -> Iterator[WebServer]:
    with archive.web() as running:
        yield running
        running.check()


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[WebServer]:
    (tmp_path / "empty").mkdir()
    with Archive(tmp_path / "empty").web() as running:
        yield running
        running.check()


def url_of(web: WebServer, dataset: Dataset, levels: int = 3) -> str:
    uids = (dataset.StudyInstanceUID, dataset.SeriesInstanceUID, dataset.SOPInstanceUID)
    names = ("studies", "series", "instances")
    return web.url + "".join(
        f"/{name}/{uid}" for name, uid in zip(names[:levels], uids[:levels], strict=True)
    )


def parts_of(content_type: str, body: bytes) -> list[tuple[str, bytes]]:
    message = message_from_bytes(f"Content-Type: {content_type}\r\n\r\n".encode() + body)
    return [(one["Content-Type"], one.get_payload(decode=True)) for one in message.get_payload()]


def files_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


# --- QIDO-RS


@pytest.mark.parametrize(
    ("target", "count"),
    [
        ("/studies", 2),
        ("/studies?PatientID=WORKSHOP01", 2),
        ("/studies?00100020=WORKSHOP01", 2),
        ("/studies?ModalitiesInStudy=CT", 1),
        ("/studies?limit=1", 1),
        ("/studies?limit=5&offset=1", 1),
        ("/studies?PatientName=work*&includefield=all", 2),
        ("/studies?StudyDate=20200101-20291231&includefield=StudyDescription,00081030", 2),
        ("/series?Modality=CT", 1),
        ("/instances?Modality=CT", 3),
        ("/instances?Modality=CT&offset=2", 1),
    ],
)
def test_a_search_finds_what_it_asks_for(web: WebServer, target: str, count: int) -> None:
    reply = ask(web.url + target)
    assert (reply.status, reply.content_type) == (200, "application/dicom+json")
    assert len(reply.json()) == count


def test_a_search_without_a_result_says_so_without_a_body(web: WebServer) -> None:
    for target in (
        "/studies?PatientID=NOBODY",
        "/studies?offset=10",
        "/studies?limit=0",
        "/studies/1.2.3/series",
    ):
        assert ask(web.url + target)[:3] == (204, "", b"")


def test_an_answer_says_where_it_is_and_what_it_holds(web: WebServer, slices: list[Dataset]) -> None:
    (found,) = ask(f"{web.url}/studies?ModalitiesInStudy=CT&PatientID=").json()
    assert found["00081190"]["Value"] == [url_of(web, slices[0], 1)]
    assert found["00201208"]["Value"] == [3]
    assert found["00080061"]["Value"] == ["CT"]
    below = ask(f"{url_of(web, slices[0], 2)}/instances?includefield=SliceLocation").json()
    assert [one["00081190"]["Value"][0] for one in below] == [url_of(web, one) for one in slices]
    assert "00201041" in below[0]


def test_while_the_folder_is_read_a_search_is_told_to_come_back(
    web: WebServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dicomkit.network.web.routes._MAX_WAIT_S", -1.0)
    reply = ask(f"{web.url}/studies")
    assert (reply.status, reply.headers["Retry-After"]) == (503, "5")
    assert "is reading its folder" in reply.sentence


def test_keys_in_sequences_have_dots(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (first, second) = ct_series(2, size=16)
    item = Dataset()
    item.ScheduledProcedureStepID = "STEP1"
    first.RequestAttributesSequence = [item]
    second.SeriesInstanceUID = "2.25.2"
    for number, dataset in enumerate((first, second)):
        write_file(dataset, tmp_path / "a" / f"{number}.dcm")
    with Archive(tmp_path / "a").web() as web:
        for key in ("RequestAttributesSequence.ScheduledProcedureStepID", "00400275.00400009"):
            (found,) = ask(f"{web.url}/series?{key}=STEP1").json()
            assert found["0020000E"]["Value"] == [first.SeriesInstanceUID]
            assert found["00400275"]["Value"][0]["00400009"]["Value"] == ["STEP1"]


def test_fuzzy_matching_is_said_to_be_not_there(web: WebServer) -> None:
    reply = ask(f"{web.url}/studies?fuzzymatching=true")
    assert "fuzzymatching parameter is not supported" in reply.headers["Warning"]
    assert reply.headers["Warning"].startswith("299 ")
    assert "Warning" not in ask(f"{web.url}/studies?fuzzymatching=false").headers


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("/studies?Modality=CT", "is a key of level SERIES"),
        ("/studies?PatientsName=A", "did you mean PatientName"),
        ("/studies?StudyDate=2024*", "no wildcards"),
        ("/studies?limit=-1", "no whole number"),
        ("/studies?offset=ten", "no whole number"),
        ("/studies?PatientID=1&PatientID=2", "twice"),
        ("/studies?PatientID=1&00100020=2", "is the same as PatientID"),
        ("/studies?PatientName=%ff%fe", "cannot be read"),
        ("/studies?includefield=Nonsense", "no attribute has the keyword"),
        ("/studies/1.2/series?StudyInstanceUID=1.3", "another one than its query"),
        ("/studies?" + "&".join(f"0008{n:04x}=1" for n in range(300)), "cannot be read"),
    ],
)
def test_a_search_that_makes_no_sense_is_refused(web: WebServer, target: str, words: str) -> None:
    reply = ask(web.url + target)
    assert reply.status == 400
    assert words in reply.sentence
    assert len(reply.body) < 2048


def test_answers_stream_while_the_client_is_slow(tmp_path: Path) -> None:
    write_corpus(tmp_path)
    with Archive(tmp_path).web() as web:
        assert len(ask(f"{web.url}/instances").json()) == len(list(tmp_path.glob("*.dcm")))


def test_json_is_utf_8_whatever_the_files_are_in(tmp_path: Path) -> None:
    write_corpus(tmp_path)
    with Archive(tmp_path).web() as web:
        found = ask(f"{web.url}/studies?PatientName=M%C3%BCller*").json()
    assert {one["00100010"]["Value"][0]["Alphabetic"] for one in found} == {"Müller^Änne"}


# --- WADO-RS


def test_instances_come_as_they_lie_if_that_is_accepted(
    web: WebServer, archive: Archive, slices: list[Dataset]
) -> None:
    accept = 'multipart/related; type="application/dicom"; transfer-syntax=*'
    for levels in (1, 2):
        reply = ask(url_of(web, slices[0], levels), Accept=accept)
        got = [content for _, content in parts_of(reply.content_type, reply.body)]
        assert got == [(archive.catalogue.folder / f"{number}.dcm").read_bytes() for number in range(3)]
    assert (
        ask(url_of(web, slices[1]), Accept="application/dicom").body
        == (archive.catalogue.folder / "1.dcm").read_bytes()
    )


@pytest.mark.parametrize(
    "name", ["JPEG2000.dcm", "MR_small_RLE.dcm", "MR_small_bigendian.dcm", "MR_small_implicit.dcm"]
)
def test_without_a_transfer_syntax_explicit_little_endian_is_meant(tmp_path: Path, name: str) -> None:
    dataset = dcmread(bundled(name))
    dataset.StudyInstanceUID = dataset.get("StudyInstanceUID") or "2.25.5"
    dataset.save_as(tmp_path / "one.dcm")
    with Archive(tmp_path).web() as web:
        reply = ask(url_of(web, dataset), Accept='multipart/related; type="application/dicom"')
        ((kind, content),) = parts_of(reply.content_type, reply.body)
        frame = ask(f"{url_of(web, dataset)}/frames/1", Accept="application/octet-stream").body
    got = dcmread(io.BytesIO(content))
    assert got.file_meta.TransferSyntaxUID == "1.2.840.10008.1.2.1"
    assert "1.2.840.10008.1.2.1" in kind
    assert (got.pixel_array == dataset.pixel_array).all()
    assert (
        np.frombuffer(frame, got.pixel_array.dtype.newbyteorder("<")) == dataset.pixel_array.ravel()
    ).all()


def test_a_frame_comes_in_the_codec_in_which_it_is_stored(tmp_path: Path) -> None:
    dataset = dcmread(bundled("JPEG2000.dcm"))
    dataset.save_as(tmp_path / "one.dcm")
    with Archive(tmp_path).web() as web:
        reply = ask(f"{url_of(web, dataset)}/frames/1", Accept='multipart/related; type="image/jp2"')
        refused = ask(f"{url_of(web, dataset)}/frames/1", Accept='multipart/related; type="image/jls"')
    ((kind, content),) = parts_of(reply.content_type, reply.body)
    assert kind.startswith("image/jp2; transfer-syntax=")
    assert content.startswith(b"\xff\x4f\xff\x51")
    assert content in dataset.PixelData
    assert (refused.status, "image/jp2" in refused.sentence) == (406, True)


def test_several_frames_come_in_the_order_asked_for(web: WebServer) -> None:
    loop = cine()
    reply = ask(f"{url_of(web, loop)}/frames/2,1")
    got = [content for _, content in parts_of(reply.content_type, reply.body)]
    size = len(got[0])
    assert got == [loop.PixelData[size : 2 * size], loop.PixelData[:size]]


def test_metadata_names_where_the_pixels_are(web: WebServer, slices: list[Dataset]) -> None:
    found = ask(f"{url_of(web, slices[0], 2)}/metadata").json()
    assert [
        Dataset.from_json(one, bulk_data_uri_handler=lambda _uri: None).SOPInstanceUID for one in found
    ] == [one.SOPInstanceUID for one in slices]
    address = found[0]["7FE00010"]["BulkDataURI"]
    assert ask(address, Accept="application/octet-stream").body == slices[0].PixelData
    plain = {key: value for key, value in found[0].items() if key not in {"7FE00010", "00083002"}}
    expected = {
        key: value for key, value in slices[0].to_json_dict().items() if key not in {"7FE00010", "00080005"}
    }
    assert plain == json.loads(json.dumps(expected))
    assert not [key for key in found[0] if key.startswith("0002")]


def test_rendered_frames_are_those_of_the_kit(web: WebServer, slices: list[Dataset]) -> None:
    reply = ask(f"{url_of(web, slices[0])}/rendered?window=40,400,linear", Accept="image/png")
    picture = np.asarray(Image.open(io.BytesIO(reply.body)))
    assert (picture == render(slices[0], window=(40, 400), function="LINEAR")).all()
    small = ask(f"{url_of(web, slices[0])}/rendered?viewport=8,8&quality=50")
    assert (small.content_type, Image.open(io.BytesIO(small.body)).size) == ("image/jpeg", (8, 8))
    for levels in (1, 2, 3):
        assert Image.open(io.BytesIO(ask(f"{url_of(web, slices[0], levels)}/thumbnail").body)).size == (
            128,
            128,
        )
    loop = cine()
    assert ask(f"{url_of(web, loop)}/frames/2/rendered").status == 200


@pytest.mark.parametrize("term", [b"UTF-8     ", b"ISO_IR 999", b"\xff\xfe\\ISO_IR "])
def test_an_unknown_character_set_hides_no_picture(tmp_path: Path, term: bytes) -> None:
    (dataset,) = ct_series(1, size=16)
    dataset.PatientName = "Müller^Jörg"
    replies = {}
    for name, right in (("right", True), ("wrong", False)):
        (tmp_path / name).mkdir()
        content = encode_file(dataset)
        content = content if right else content.replace(b"ISO_IR 192", term)
        (tmp_path / name / "0.dcm").write_bytes(content)
        with Archive(tmp_path / name).web() as web:
            url = url_of(web, dataset)
            replies[name] = [ask(f"{url}/{rest}") for rest in ("rendered", "thumbnail")]
            replies[name] += [
                ask(f"{url}/{rest}", Accept="application/octet-stream")
                for rest in ("frames/1", "bulkdata/7FE00010")
            ]
            metadata = ask(f"{url}/metadata")
            (found,) = ask(f"{web.url}/studies?includefield=PatientName").json()
            web.check()
        assert metadata.status == 200
        if right or term.startswith(b"UTF-8"):
            assert metadata.json()[0]["00100010"]["Value"] == [{"Alphabetic": "Müller^Jörg"}]
        assert metadata.json()[0]["00100010"] == found["00100010"]
    assert [(one.status, one.body) for one in replies["wrong"]] == [
        (200, one.body) for one in replies["right"]
    ]


def test_texts_of_an_unknown_character_set_are_not_converted(tmp_path: Path) -> None:
    (dataset,) = ct_series(1, size=16)
    dataset.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2"
    (tmp_path / "0.dcm").write_bytes(encode_file(dataset).replace(b"ISO_IR 192", b"ISO_IR 999"))
    with Archive(tmp_path).web() as web:
        reply = ask(url_of(web, dataset))
        assert reply.status == 406
        assert "Specific Character Set" in reply.sentence
        stored = ask(url_of(web, dataset), Accept="application/dicom; transfer-syntax=*")
        assert stored.body == (tmp_path / "0.dcm").read_bytes()
        web.check()


@pytest.mark.parametrize(
    ("rest", "accept", "status", "words"),
    [
        ("/frames/9", "", 404, "has 1 frame"),
        ("/frames/0", "", 404, "from 1"),
        ("/frames/one", "", 400, "no list of numbers"),
        ("/rendered", "image/gif", 406, "image/jpeg or image/png"),
        ("/rendered?window=40", "", 400, "center, width"),
        ("/rendered?window=1,2,cubic", "", 400, "center, width"),
        ("/rendered?window=40,400,linear,1", "", 400, "center, width"),
        ("/rendered?window=nan,400", "", 400, "not two finite numbers"),
        ("/rendered?window=40,0.5,linear", "", 400, "asks for 1 or more"),
        ("/rendered?viewport=99999,1", "", 400, "viewport"),
        ("/rendered?annotation=patient", "", 400, "not known"),
        ("/metadata", "application/dicom+xml", 406, "application/dicom+json"),
        ("", "image/jpeg", 406, "application/dicom"),
        ("/bulkdata/00280010", "", 404, "no such value"),
        ("/nonsense", "", 404, "no resource"),
    ],
)
def test_what_cannot_be_had_is_said(
    web: WebServer, slices: list[Dataset], rest: str, accept: str, status: int, words: str
) -> None:
    reply = ask(url_of(web, slices[0]) + rest, **({"Accept": accept} if accept else {}))
    assert reply.status == status
    assert words in reply.sentence


def test_what_is_not_there_is_404_at_each_level(web: WebServer, slices: list[Dataset]) -> None:
    for url in (
        f"{web.url}/studies/1.2.3",
        f"{url_of(web, slices[0], 1)}/series/1.2.3/metadata",
        f"{url_of(web, slices[0], 2)}/instances/1.2.3/rendered",
    ):
        reply = ask(url)
        assert reply.status == 404
        assert "1.2.3" in reply.sentence


def test_a_file_that_goes_while_it_is_sent_is_told(tmp_path: Path, slices: list[Dataset]) -> None:
    for number, dataset in enumerate(slices):
        write_file(dataset, tmp_path / f"{number}.dcm")
    archive = Archive(tmp_path)
    with archive.web() as web:
        archive.catalogue.refresh()
        path = tmp_path / "0.dcm"
        path.write_bytes(
            path.read_bytes()[:700]
        )  # the same name and inode: the catalogue still believes in it
        reply = ask(f"{url_of(web, slices[0])}/metadata")
        assert reply.status == 500
        with pytest.raises(DicomKitError, match=r"instance 2\.25"):
            web.check()
        web.check()


# --- STOW-RS


def test_what_is_stored_is_there_at_once(empty: WebServer, slices: list[Dataset]) -> None:
    reply = ask(
        f"{empty.url}/studies",
        body=store_body([encode_file(one) for one in slices]),
        Content_Type=CONTENT_TYPE,
    )
    assert reply.status == 200
    stored = reply.json()["00081199"]["Value"]
    assert [one["00081155"]["Value"] for one in stored] == [[one.SOPInstanceUID] for one in slices]
    assert reply.json()["00081190"]["Value"] == [url_of(empty, slices[0], 1)]
    assert len(ask(f"{empty.url}/instances").json()) == 3
    assert (
        dcmread(io.BytesIO(ask(stored[0]["00081190"]["Value"][0], Accept="application/dicom").body))
        == slices[0]
    )


def test_each_instance_has_its_status(tmp_path: Path, slices: list[Dataset]) -> None:
    content = [encode_file(one) for one in slices]
    changed = content[0].replace(b"WORKSHOP01", b"WORKSHOP99")
    (tmp_path / "a").mkdir()
    archive = Archive(tmp_path / "a")
    with archive.web() as web:
        url = f"{web.url}/studies"
        assert ask(url, body=store_body(content[:1]), Content_Type=CONTENT_TYPE).status == 200
        assert (
            ask(url, body=store_body(content[:1]), Content_Type=CONTENT_TYPE).status == 200
        )  # the same again
        mixed = ask(url, body=store_body([changed, content[1], b"no DICOM"]), Content_Type=CONTENT_TYPE)
        cut = ask(url, body=store_body([content[2][:-100]]), Content_Type=CONTENT_TYPE)
        other = ask(f"{url}/1.2.3", body=store_body(content[2:]), Content_Type=CONTENT_TYPE)
    assert mixed.status == 202
    (duplicate,) = mixed.json()["00081198"]["Value"]
    assert duplicate["00081197"]["Value"] == [0x0111]
    assert duplicate["00000902"]["Value"] == [
        "an instance with this UID and other content is stored already; t"
    ]
    assert len(mixed.json()["00081199"]["Value"]) == 1
    assert mixed.json()["0008119A"]["Value"][0]["00081197"]["Value"] == [0xC000]
    assert (cut.status, cut.json()["0008119A"]["Value"][0]["00081197"]["Value"]) == (409, [0xC000])
    assert (other.status, other.json()["00081198"]["Value"][0]["00081197"]["Value"]) == (409, [0xA900])
    names = files_in(tmp_path / "a")
    assert [name.rpartition(".")[2] for name in names].count("dcm") == 2
    assert len(names) == 3  # and the one that was laid aside
    with pytest.raises(DicomKitError, match="laid aside"):
        archive.check()


def body_cases() -> list[tuple[str, str, bytes, int]]:
    whole = store_body([encode_file(radiograph())])
    return [
        ("single", "application/dicom", encode_file(radiograph()), 415),
        ("large and of another type", "application/octet-stream", bytes(8 << 20), 415),
        ("without a boundary", 'multipart/related; type="application/dicom"', whole, 400),
        ("another boundary", CONTENT_TYPE.replace("bound", "wrong"), whole, 400),
        ("large, another boundary", CONTENT_TYPE.replace("bound", "wrong"), whole + bytes(8 << 20), 400),
        ("cut in the closing boundary", CONTENT_TYPE, whole[:-6], 400),
        ("cut in the middle", CONTENT_TYPE, whole[: len(whole) // 2], 400),
        ("second part is cut", CONTENT_TYPE, whole[:-11] + whole[: len(whole) // 2], 400),
        ("empty", CONTENT_TYPE, b"", 400),
        ("parts of another type", CONTENT_TYPE, whole.replace(b"application/dicom", b"image/jpeg"), 415),
    ]


@pytest.mark.parametrize(
    ("content_type", "body", "status"),
    [case[1:] for case in body_cases()],
    ids=[case[0] for case in body_cases()],
)
def test_nothing_is_stored_of_a_body_that_is_none(
    tmp_path: Path, empty: WebServer, content_type: str, body: bytes, status: int
) -> None:
    reply = ask(f"{empty.url}/studies", body=body, Content_Type=content_type)
    assert reply.status == status, reply.sentence
    assert reply.sentence.count(";") >= 1
    assert files_in(tmp_path / "empty") == []


# --- who lies, who waits, who wants in


def request_head(web: WebServer, length: str, **fields: str) -> bytes:
    lines = [
        "POST /dicom-web/studies HTTP/1.1",
        f"Host: 127.0.0.1:{web.port}",
        f"Content-Type: {CONTENT_TYPE}",
        f"Content-Length: {length}",
        *(f"{name}: {value}" for name, value in fields.items()),
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n"


def test_a_length_that_lies_stores_nothing(tmp_path: Path, empty: WebServer) -> None:
    body = store_body([encode_file(radiograph())])
    for length in (len(body) + 1000, len(body) - 100, 10):
        heard = say(empty.port, request_head(empty, str(length)), body, closes=True)
        assert heard == b"" or heard.startswith(b"HTTP/1.1 400"), heard[:100]
    for length in ("-5", "ten", "1,2"):
        assert say(empty.port, request_head(empty, length)).startswith(b"HTTP/1.1 400")
    assert say(empty.port, request_head(empty, "9" * 14)).startswith(b"HTTP/1.1 413")
    assert files_in(tmp_path / "empty") == []
    assert ask(f"{empty.url}/studies").status == 204


def test_a_body_is_bounded_whether_or_not_it_says_its_length(tmp_path: Path) -> None:
    body = store_body([encode_file(radiograph())])
    with Archive(tmp_path).web(max_body_bytes=1000) as web:
        reply = ask(f"{web.url}/studies", body=body, Content_Type=CONTENT_TYPE)
        head = request_head(web, "0").replace(b"Content-Length: 0", b"Transfer-Encoding: chunked")
        chunk = b"%x\r\n" % len(body) + body + b"\r\n0\r\n\r\n"
        heard = say(
            web.port,
            head.replace(b"HTTP/1.1", b"HTTP/1.1", 1).replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"),
            chunk,
        )
    assert (reply.status, "larger than 1000 bytes" in reply.sentence) == (413, True)
    assert heard.startswith(b"HTTP/1.1 413")
    assert files_in(tmp_path) == []


def test_a_chunked_body_is_stored(tmp_path: Path, empty: WebServer) -> None:
    body = store_body([encode_file(radiograph())])
    head = request_head(empty, "0", Connection="close").replace(
        b"Content-Length: 0", b"Transfer-Encoding: chunked"
    )
    pieces = [
        b"%x\r\n" % len(body[n : n + 999]) + body[n : n + 999] + b"\r\n" for n in range(0, len(body), 999)
    ]
    assert say(empty.port, head, *pieces, b"0\r\n\r\n").startswith(b"HTTP/1.1 200")
    assert len(files_in(tmp_path / "empty")) == 1


def test_who_is_slow_is_not_waited_for(tmp_path: Path) -> None:
    with Archive(tmp_path).web(idle_time_out_s=0.2, body_time_out_s=0.2) as web:
        body = store_body([encode_file(radiograph())])
        say(web.port, b"GET /dicom-web/stu")
        say(web.port, request_head(web, str(len(body))), body[:2000])
        assert ask(f"{web.url}/studies").status == 204
    assert files_in(tmp_path) == []


def test_huge_heads_and_no_http_end_the_connection(web: WebServer) -> None:
    head = b"GET /dicom-web/studies HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n" % web.port
    for words in (
        head + b"X: " + b"a" * 200_000 + b"\r\n\r\n",
        head + b"X: y\r\n" * 50_000 + b"\r\n",
        b"\x01\x00\x00\x00\x00\xcd" + bytes(205),
        b"GET /" + b"a" * 100_000,
    ):
        assert b"200 OK" not in say(web.port, words, closes=True)
    assert ask(f"{web.url}/studies").status == 200


@pytest.mark.parametrize(
    "target",
    [
        "/dicom-web/../../../../etc/passwd",
        "/dicom-web/studies/../../../etc/passwd",
        "/dicom-web/studies/..%2f..%2f..%2fetc%2fpasswd",
        "/dicom-web/studies/..%2F..%2F/metadata",
        "/dicom-web/studies/%00/metadata",
        "/dicom-web/studies/.../series/../instances/..",
        "/dicom-web//etc/passwd",
        "/etc/passwd",
        "/",
        "/dicom-web/studies/0.dcm",
        "/dicom-web/studies/%5C%5Cserver/series",
    ],
)
def test_no_part_of_a_url_reaches_the_disk(web: WebServer, target: str) -> None:
    head = f"GET {target} HTTP/1.1\r\nHost: 127.0.0.1:{web.port}\r\nConnection: close\r\n\r\n"
    heard = say(web.port, head.encode())
    assert heard.startswith(b"HTTP/1.1 404"), heard[:80]
    assert b"root:" not in heard


def test_only_its_own_address_is_answered(web: WebServer) -> None:
    for host in (f"localhost:{web.port}", "127.0.0.1"):  # dicomweb-client leaves the port out
        assert ask(f"{web.url}/studies", Host=host).status == 200
    for host in ("evil.example", f"evil.example:{web.port}", "127.0.0.1:1", "127.0.0.1.evil.example", ""):
        reply = ask(f"{web.url}/studies", Host=host)
        assert reply.status in {400, 403}
        assert b"00100010" not in reply.body


def test_no_page_of_another_origin_may_ask_unless_it_is_named(archive: Archive, web: WebServer) -> None:
    page = "http://localhost:3000"
    assert ask(f"{web.url}/studies", Origin=page).status == 403
    assert ask(f"{web.url}/studies", Origin=page, method="OPTIONS").status == 403
    assert "Access-Control-Allow-Origin" not in ask(f"{web.url}/studies").headers
    with archive.web(origins=[page]) as open_to_page:
        reply = ask(f"{open_to_page.url}/studies", Origin=page)
        assert (reply.status, reply.headers["Access-Control-Allow-Origin"]) == (200, page)
        assert ask(f"{open_to_page.url}/studies", Origin="http://localhost:3001").status == 403
        preflight = ask(f"{open_to_page.url}/studies", Origin=page, method="OPTIONS")
        assert (preflight.status, "POST" in preflight.headers["Access-Control-Allow-Methods"]) == (204, True)


def test_methods_that_are_none_of_ours_get_a_sentence(web: WebServer, slices: list[Dataset]) -> None:
    for method in ("DELETE", "PUT", "PATCH"):
        reply = ask(url_of(web, slices[0]), method=method, body=b"")
        assert (reply.status, reply.headers["Allow"]) == (405, "GET, HEAD, POST, OPTIONS")
        assert "POST stores" in reply.sentence


def test_a_head_is_a_get_without_its_body(web: WebServer, slices: list[Dataset]) -> None:
    for target in (f"{web.url}/studies", url_of(web, slices[0]), f"{web.url}/studies/1.2.3"):
        reply, whole = ask(target, method="HEAD"), ask(target)
        assert (reply.status, reply.body) == (whole.status, b"")
        assert reply.content_type.partition(";")[0] == whole.content_type.partition(";")[0]


def test_a_packed_body_is_refused_and_not_taken_for_another(empty: WebServer, slices: list[Dataset]) -> None:
    body = gzip.compress(store_body([encode_file(slices[0])]))
    reply = ask(f"{empty.url}/studies", body=body, Content_Type=CONTENT_TYPE, Content_Encoding="gzip")
    assert (reply.status, reply.sentence.partition(":")[0]) == (415, "Content-Encoding")


# --- life and log


def test_a_server_has_an_owner_and_ends(archive: Archive) -> None:
    web = archive.web()
    assert not web.is_running
    with web:
        assert web.start() is web
        assert ask(f"{web.url}/studies").status == 200
        with pytest.raises(PortInUseError):
            archive.web(web.port).start()
    web.stop()
    assert [thread.name for thread in threading.enumerate() if thread.name.startswith("dicomkit-web")] == []
    with web:
        assert ask(f"{web.url}/studies").status == 200


def test_arguments_that_make_no_sense_are_refused(archive: Archive) -> None:
    for arguments in (
        {"port": -1},
        {"port": "web"},
        {"origins": "http://a"},
        {"origins": ["a"]},
        {"origins": ["http://a/b"]},
    ):
        with pytest.raises(UsageError):
            archive.web(**arguments)


def test_the_log_is_a_ladder_without_patients(web: WebServer, slices: list[Dataset]) -> None:
    ask(f"{web.url}/studies?PatientName=WORK*&limit=1", Accept="application/json")
    ask(f"{url_of(web, slices[0])}/rendered?viewport=8,8", Accept="image/gif")
    text = str(web.log)
    assert "WORK" not in text
    assert slices[0].StudyInstanceUID not in text
    assert text.splitlines()[1].startswith("  | GET /studies?PatientName=...&limit=1 ---")
    assert [entry.status for entry in web.log.entries] == [200, 406]
    assert "accept image/jpeg or image/png" in " ".join(text.replace("|", " ").split())
    assert max(map(len, text.splitlines())) < 90
