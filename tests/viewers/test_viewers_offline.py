"""All viewers alike: a page makes no request and cannot, works without a kernel, and no identifying value is stored."""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ipywidgets import Widget
from playwright.sync_api import Browser, expect
from pydicom.dataset import FileDataset

import dicomkit.viewers
from dicomkit.files.writing import encode_file
from dicomkit.network import Room, StorageSCP, send
from dicomkit.samples import ct_series
from dicomkit.viewers import (
    AnatomyViewer,
    AssociationDiagram,
    ContentViewer,
    ImageViewer,
    Inbox,
    MetadataViewer,
    PlanesViewer,
    RoomWall,
    Viewer,
)
from dicomkit.viewers.frame.export import export_html
from tests.support.dicom_files import bundled
from tests.support.reports import code, document, ecg, every_value_type, report
from tests.support.viewer_pages import DEADLINE_MS, chromium

VIEWERS = Path(dicomkit.viewers.__file__).parent
MARKERS = ("MARKER", "2.25.777")
NAMES = [
    "AnatomyViewer",
    "AssociationDiagram",
    "ContentViewer",
    "ImageViewer",
    "Inbox",
    "MetadataViewer",
    "PlanesViewer",
    "RoomWall",
]


def images(*, identity_removed: str) -> list[FileDataset]:
    """Return a study with a marker wherever a person may be named."""
    study = ct_series(2, size=16)
    for number, image in enumerate(study):
        image.PatientIdentityRemoved = identity_removed
        image.PatientName = image.PatientComments = image.PatientAddress = "MARKERNAME"
        image.PatientID = image.AccessionNumber = image.StudyID = "MARKERID"
        image.StudyDescription = image.SeriesDescription = image.InstitutionName = "MARKERTEXT"
        image.StudyInstanceUID, image.SeriesInstanceUID = "2.25.7771", "2.25.7772"
        image.SOPInstanceUID = image.file_meta.MediaStorageSOPInstanceUID = f"2.25.77710{number}"
        image.private_block(0x0099, "MARKERPRIVATE", create=True).add_new(1, "LO", "MARKERPRIVATE")
        image.PixelData = b"MARKERPIXELS" + image.PixelData[12:]
    return study


def other_contents(*, identity_removed: str) -> list[FileDataset]:
    """Return a report, a document and an ECG with a marker wherever a person may be named."""
    made = [
        report(*every_value_type()),
        document(b"%PDF-1.4\nMARKERPIXELS\n"),
        ecg(),
    ]
    for number, instance in enumerate(made):
        instance.PatientIdentityRemoved = identity_removed
        instance.PatientName, instance.PatientID = "MARKERNAME", "MARKERID"
        instance.StudyInstanceUID, instance.SOPInstanceUID = "2.25.7771", f"2.25.77720{number}"
    told, _, curves = made
    for item in told.ContentSequence:
        item.ConceptNameCodeSequence = [code("MARKER", "99MARKER", "MARKER")]
    told.ContentSequence[0].PersonName = "MARKER^NAME"
    told.ContentSequence[3].TextValue, told.ContentSequence[8].UID = "MARKER", "2.25.7779"
    curves.WaveformSequence[0].MultiplexGroupLabel = "MARKER"
    curves.WaveformSequence[0].ChannelDefinitionSequence[0].ChannelLabel = "MARKER"
    return made


# Ways out of a page, each as a script that says what became of it. The policy has to close all of them.
ATTEMPTS = (
    "fetch('http://' + address).then(() => 'sent', () => 'refused')",
    "new Promise((done) => { const it = new Image(); it.onload = it.onerror = () => done('tried'); it.src = 'http://' + address; })",
    "new Promise((done) => { const it = new WebSocket('ws://' + address); it.onopen = () => done('sent'); it.onerror = () => done('refused'); })",
    "String(navigator.sendBeacon('http://' + address))",
    "new Promise((done) => import('http://' + address).then(() => done('sent'), () => done('refused')))",
    "new Promise((done) => { const it = new EventSource('http://' + address); it.onopen = () => done('sent'); it.onerror = () => done('refused'); })",
    "new FontFace('x', `url(http://${address})`).load().then(() => 'sent', () => 'refused')",
    "new Promise((done) => { const it = new Worker(URL.createObjectURL(new Blob([`fetch('http://${address}').then(() => postMessage('sent'), () => postMessage('refused'))`]))); it.onmessage = ({ data }) => done(data); })",
)
# Elements that would load something; the browser says which directive of the policy it broke. It connects for the
# last two before it looks at the policy, but does not say a word.
ELEMENTS = (
    ("script", "src: 'http://' + address"),
    ("link", "rel: 'stylesheet', href: 'http://' + address"),
    ("link", "rel: 'preload', as: 'image', href: 'http://' + address"),
    ("video", "src: 'http://' + address"),
    ("object", "data: 'http://' + address"),
    ("style", "textContent: `@import 'http://${address}';`"),
    ("style", "textContent: `body { background: url(http://${address}) }`"),
    ("iframe", "src: 'http://' + address"),
    ("form", "action: 'http://' + address, target: '_blank'"),
)
_ADD = """new Promise((done) => {{
  document.addEventListener("securitypolicyviolation", (event) => done(event.effectiveDirective), {{ once: true }});
  const it = Object.assign(document.createElement("{name}"), {{ {how} }});
  document.body.append(it);
  it.submit?.();
  setTimeout(() => done(""), 60_000); // nothing was refused
}})"""


@pytest.fixture(scope="module")
def viewers_of(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], list[Viewer]]]:
    """Return a function that makes one viewer of each kind, of the same study."""
    receivers = []

    def make(identity_removed: str) -> list[Viewer]:
        study = images(identity_removed=identity_removed)
        scp = StorageSCP(tmp_path_factory.mktemp("received")).start()
        room = Room(tmp_path_factory.mktemp("room") / "room", 1)
        Room.join(room.seats["STUDENT01"]).send(study)  # it accepts only samples and de-identified instances
        receivers.extend((scp, room))
        send(study, "127.0.0.1", scp.port).raise_on_failure()
        return [
            AnatomyViewer(encode_file(study[0]), encode_file(study[1])),
            AssociationDiagram(scp.log),
            ContentViewer(other_contents(identity_removed=identity_removed)),
            ImageViewer(study),
            Inbox(scp),
            MetadataViewer(study),
            PlanesViewer(study),
            RoomWall(room),
        ]

    yield make
    for scp in receivers:
        scp.stop()


@pytest.fixture(scope="module")
def browser(peer: Callable[[str], str]) -> Iterator[Browser]:
    with chromium(peer("chromium")) as browser:
        yield browser


def test_no_viewer_is_left_out_here(viewers_of: Callable[[str], list[Viewer]]) -> None:
    made = [type(viewer).__name__ for viewer in viewers_of("YES")]
    assert made == NAMES
    exported = [getattr(dicomkit.viewers, name) for name in dicomkit.viewers.__all__]
    kinds = {each.__name__ for each in exported if isinstance(each, type) and issubclass(each, Viewer)}
    assert kinds == {*NAMES, "Viewer"}


def test_what_a_notebook_stores_of_somebody_holds_no_value_and_no_pixel(
    viewers_of: Callable[[str], list[Viewer]],
) -> None:
    for viewer in viewers_of("NO"):
        for question in viewer.questions():
            viewer.answer(question)
        bundle, _ = viewer._repr_mimebundle_()
        assert bundle["text/html"], "there is no card for GitHub"
        assert "image/png" not in bundle
        kept = json.dumps([bundle, Widget.get_manager_state(widgets=[viewer])])
        assert not [marker for marker in MARKERS if marker in kept], type(viewer).__name__


def test_a_card_runs_nothing_and_loads_nothing(viewers_of: Callable[[str], list[Viewer]]) -> None:
    for identity_removed in ("YES", "NO"):
        for viewer in viewers_of(identity_removed):
            bundle, _ = viewer._repr_mimebundle_()
            card = bundle.get("text/html", "")
            assert not re.search(r"<script|<style|<link|src=|href=|\bon\w+=", card, re.IGNORECASE)


def test_a_page_of_somebody_holds_nothing_of_the_person(
    viewers_of: Callable[[str], list[Viewer]], tmp_path: Path
) -> None:
    masked = [viewer for viewer in viewers_of("NO") if not isinstance(viewer, ImageViewer)]
    export_html(tmp_path / "page.html", *(viewer.page_viewer() for viewer in masked))
    page = json.dumps(answers_of((tmp_path / "page.html").read_text(encoding="utf-8")))
    assert not [marker for marker in MARKERS if marker in page]


def answers_of(page: str) -> list[Any]:
    """Return what a page carries, with its buffers as text."""
    data = page.split('id="dicomkit-page">')[1].split("</script>", maxsplit=1)[0]
    answers = [answer for viewer in json.loads(data)["viewers"] for answer in viewer["answers"]]
    return [
        [answer["content"], *(base64.b64decode(one).decode("latin-1") for one in answer["buffers"])]
        for answer in answers
    ]


def test_one_page_shows_all_viewers_and_asks_nobody(
    browser: Browser, viewers_of: Callable[[str], list[Viewer]], tmp_path: Path
) -> None:
    export_html(tmp_path / "page.html", *(viewer.page_viewer() for viewer in viewers_of("YES")))
    context = browser.new_context(viewport={"width": 1000, "height": 900})
    context.set_default_timeout(DEADLINE_MS)
    asked: list[str] = []
    complaints: list[str] = []
    # Whatever leaves the page is caught here, before it could reach a network.
    context.route("**/*", lambda route: (asked.append(route.request.url), route.continue_()))
    page = context.new_page()
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
    page.goto((tmp_path / "page.html").as_uri())
    page.locator("body[data-ready]").wait_for()
    expect(page.locator(".dk-byte").first).to_have_text("00")
    expect(page.locator(".dk-rung").first).to_contain_text("A-ASSOCIATE-RQ")
    expect(page.locator(".dk-inbox canvas")).to_have_count(2)
    expect(page.get_by_role("treegrid")).to_contain_text("PatientName")
    page.locator(".dk-rung").nth(1).click()
    page.locator(".dk-study").click()
    page.locator(".dk-row").nth(3).click()
    page.get_by_label("Search the elements").fill("MARKER")
    assert complaints == []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(DEADLINE_MS / 1000)
        address = f"127.0.0.1:{listener.getsockname()[1]}/"
        for attempt in ATTEMPTS:
            assert page.evaluate(f"(address) => {attempt}", address) != "sent"
        for name, how in ELEMENTS:
            assert page.evaluate(f"(address) => {_ADD.format(name=name, how=how)}", address)
        page.close()
        with socket.create_connection(listener.getsockname()) as last:
            while (came := listener.accept())[1] != last.getsockname():
                with came[0] as connection:
                    assert said_on(connection) == b"", "the page said something"
            came[0].close()
    assert [url for url in asked if not url.startswith(("file:", "blob:", "data:"))] == []
    context.close()


def test_on_paper_a_page_is_light_and_keeps_the_colours_that_mean_something(
    browser: Browser, viewers_of: Callable[[str], list[Viewer]], tmp_path: Path
) -> None:
    export_html(tmp_path / "page.html", *(viewer.page_viewer() for viewer in viewers_of("YES")))
    context = browser.new_context(viewport={"width": 1000, "height": 900}, color_scheme="dark")
    page = context.new_page()
    page.goto((tmp_path / "page.html").as_uri())
    page.locator("body[data-ready]").wait_for()
    expect(page.locator(".dk-byte.dk-r1").first).to_be_visible()
    back = "(node) => getComputedStyle(node).backgroundColor"
    assert page.locator(".dicomkit").first.evaluate(back) != "rgb(255, 255, 255)"
    page.emulate_media(media="print")
    assert page.locator(".dicomkit").first.evaluate(back) == "rgb(255, 255, 255)"
    prefix = page.locator(".dk-byte.dk-r1").first
    assert prefix.evaluate("(node) => getComputedStyle(node).printColorAdjust") == "exact"
    expect(page.get_by_role("button", name="prefix", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Full screen")).to_be_hidden()
    for box in (".dk-ladder", ".dk-list"):
        assert page.locator(box).evaluate("(box) => box.clientHeight === box.scrollHeight")
    context.close()


def said_on(connection: socket.socket) -> bytes:
    """Return what has arrived on a connection so far."""
    connection.setblocking(False)
    try:
        return connection.recv(100)
    except BlockingIOError:
        return b""


@pytest.mark.parametrize("leak", [False, True])
def test_a_viewer_reads_and_does_nothing_else(leak: bool, tmp_path: Path) -> None:  # noqa: FBT001 - both cases
    for number, image in enumerate(images(identity_removed="YES")):
        (tmp_path / f"{number}.dcm").write_bytes(encode_file(image))
    shutil.copy(bundled("JPEG2000.dcm"), tmp_path)  # decoded in a child
    with zipfile.ZipFile(tmp_path / "study.zip", "w") as archive:
        archive.write(tmp_path / "0.dcm")
    words = [
        str(Path(__file__).parents[1] / "support" / "audited_session.py"),
        str(tmp_path),
        *(["leak"] if leak else []),
    ]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run(
        [sys.executable, "-B", *words],
        check=True,
        capture_output=True,
        text=True,
        timeout=120,
        env=environment,
    )
    events = [line.split()[0] for line in done.stdout.splitlines()]
    assert events == (["open", "os.remove", "socket.__new__", "socket.connect", "done"] if leak else ["done"])


# What could turn a text into something that acts, keep it, or take it elsewhere.
WAYS_OUT = re.compile(
    r"innerHTML|outerHTML|insertAdjacentHTML|setHTML|document\.write|DOMParser|Fragment|srcdoc|\beval\b|new Function"
    r"|(?<![.\w])(?<!async )fetch\(|XMLHttpRequest|WebSocket|EventSource|sendBeacon|RTCPeer|WebTransport|SharedWorker"
    r"|serviceWorker|localStorage|sessionStorage|indexedDB|caches\b|cookie|document\.title|window\.open|location\b"
    r"|history\.|(?:parent|opener|top|window)\.postMessage|clipboard\.(?!writeText)|importScripts|\bimport\b|https?:|url\((?!#)"
)

# A page may import what it carries. The viewer page is a page of its own, not a part of somebody's notebook: it asks the folder
# that it came from for its files, and keeps these for a time without a network. So is the wall: it asks the room that serves it.
MEANT = {
    "viewer_page/page.js": ["serviceWorker"] * 4,
    "frame/live_model.js": ["import"],
    "viewer_page/service_worker.js": ["caches", "fetch(", "caches", "caches"],
    "viewer_page/worker.js": ["location", "import", "fetch(", "fetch(", "location", "import"],
    "wall/page.js": ["fetch("],
}


@pytest.mark.parametrize("path", sorted(VIEWERS.rglob("*.[jc]s*")), ids=lambda path: path.name)
def test_a_front_end_knows_no_way_out(path: Path) -> None:
    # A module imports its neighbours by name; in what a browser gets, that is gone (tests/test_house.py).
    code = re.sub(r'(?m)^import \{[^}]*\} from "\.{1,2}/[\w/]+\.js";$', "", path.read_text(encoding="utf-8"))
    text = re.sub(r"(?m)^\s*//.*$|(?s:/\*.*?\*/)", "", code)
    found = WAYS_OUT.findall(text.replace('"http://www.w3.org/2000/svg"', "the name of SVG"))
    assert found == MEANT.get(path.relative_to(VIEWERS).as_posix(), [])
