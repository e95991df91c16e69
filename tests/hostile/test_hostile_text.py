"""A hundred hostile texts wherever a value, a name or a title leaves the package: none has any effect."""

from __future__ import annotations

import copy
import csv
import html.parser
import io
import json
import re
import unicodedata
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from ipywidgets import Widget
from playwright.sync_api import Browser, Page, expect
from pydicom.dataset import FileDataset

from dicomkit.cli import main
from dicomkit.errors import NotDicomError
from dicomkit.files.writing import encode_file
from dicomkit.network import StorageSCP
from dicomkit.samples import ct_series
from dicomkit.text import escape_csv, escape_html, escape_terminal, shorten
from dicomkit.viewers import AnatomyViewer, AssociationDiagram, ImageViewer, Inbox, MetadataViewer, Viewer
from tests.support.byte_peer import BytePeer, associate_rq, c_store_command, data_set, p_data
from tests.support.hostile_text import PAYLOADS
from tests.support.viewer_pages import chromium, pages_of

# What a page or a terminal acts on, or what reorders a line.
ACTING = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff\ue000\U000e0041]"
)
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")
TEXTS = ("PatientName", "PatientID", "StudyDescription", "SeriesDescription", "ImageComments", "ProtocolName")


class Tags(html.parser.HTMLParser):
    """Collects what a browser would take for markup."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.text = ""
        self.feed(f'<p title="{text}">{text}</p>')
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append(f"{tag} {','.join(name for name, _ in attrs)}")

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_comment(self, data: str) -> None:
        self.found.append(data)


@pytest.mark.parametrize("payload", PAYLOADS, ids=range(len(PAYLOADS)))
def test_a_terminal_a_page_and_a_table_take_it_for_text(payload: str) -> None:
    shown = escape_terminal(payload)
    assert not any(unicodedata.category(character)[0] == "C" for character in shown)
    assert not ACTING.search(shown)
    page = Tags(escape_html(payload))
    assert page.found == ["p title"]
    assert page.text == escape_terminal(payload, keep="\n\t")
    ((field,),) = csv.reader([escape_csv(payload)])
    assert not field.startswith(FORMULA)
    assert not ACTING.search(shorten(payload, 40))


@pytest.mark.parametrize("payload", PAYLOADS, ids=range(len(PAYLOADS)))
def test_an_error_repeats_it_as_text(payload: str) -> None:
    error = NotDicomError(payload, payload, payload)
    assert not ACTING.search(str(error))
    assert "\n" not in str(error)


def hostile_study() -> list[FileDataset]:
    """Return an image for each payload, with the payload wherever a viewer may show a text."""
    study = []
    sample = ct_series(1, size=16)[0]
    for number, payload in enumerate(PAYLOADS):
        image = copy.deepcopy(sample)
        image.SpecificCharacterSet = "ISO_IR 192"
        for keyword in TEXTS:
            image.add_new(keyword, "UT", payload)
            image[keyword].VR = "UT"  # any length, and backslashes stay
        image.InstanceNumber = number + 1
        image.SOPInstanceUID = f"2.25.{number + 1}"
        image.private_block(0x0099, payload[:60] or "x", create=True).add_new(1, "UT", payload)
        study.append(image)
    return study


@pytest.fixture(scope="module")
def study() -> list[FileDataset]:
    return hostile_study()


@pytest.fixture(scope="module")
def hostile_zip(study: list[FileDataset]) -> bytes:
    """Return a zip whose member names are payloads too."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for number, (payload, image) in enumerate(zip(PAYLOADS, study, strict=True)):
            archive.writestr(f"{number}{payload}".replace("\0", ""), encode_file(image))
        for number, payload in enumerate(PAYLOADS):
            archive.writestr(f"no DICOM {number}{payload}".replace("\0", ""), b"text")
    return stream.getvalue()


@pytest.fixture(scope="module")
def browser(peer: Callable[[str], str]) -> Iterator[Browser]:
    with chromium(peer("chromium")) as browser:
        yield browser


@pytest.fixture
def show(browser: Browser, tmp_path: Path) -> Iterator[Callable[[Viewer], Page]]:
    with pages_of(browser, tmp_path) as open_page:
        yield open_page
    Widget.close_all()


def assert_nothing_happened(page: Page) -> None:
    """Nothing ran, nothing became an element that no viewer makes, and no attribute or text acts."""
    assert page.evaluate("() => window.hacked") is None
    made = "img, script, iframe, a, object, embed, math, form, base, meta, link, style, video, [onload], [onerror]"
    assert page.locator("section").locator(made).count() == 0
    texts = page.evaluate("""() => [...document.querySelectorAll("section *")].flatMap((node) =>
      [...node.attributes].map((one) => one.value).concat([...node.childNodes].filter((one) => one.nodeType === 3).map((one) => one.data)))""")
    assert not [text for text in texts if ACTING.search(text)]


def test_the_metadata_viewer_shows_text(show: Callable[[Viewer], Page], hostile_zip: bytes) -> None:
    page = show(MetadataViewer(hostile_zip, mask=False))
    expect(page.locator(".dm-odd")).to_contain_text("99 read, 0 repaired, 101 rejected")
    page.get_by_label("Colour the tiles by").fill("ImageComments")
    page.get_by_label("Colour the tiles by").press("Enter")
    expect(page.get_by_role("list", name="Colours")).to_contain_text("and 91 more")
    view = "document.querySelector('section').dicomkitView"
    for start in range(0, len(PAYLOADS), 20):  # twenty side by side
        # One lies in a folder whose name begins with a dot, and is passed over (it is among the rejected above).
        numbers = [number for number in range(start, start + 20) if "/." not in PAYLOADS[number]]
        page.evaluate(f"async (chosen) => {{ {view}.chosen = chosen; await {view}.open(); }}", numbers)
        page.get_by_label("Search the elements").fill("0020,4000")
        assert_nothing_happened(page)
        shown = page.locator(".dm-line", has_text="ImageComments").locator(".dm-value")
        expected = [" ".join(escape_terminal(PAYLOADS[number].rstrip("\0 ")).split()) for number in numbers]
        assert [" ".join(text.replace("≠", "", 1).split()) for text in shown.all_inner_texts()] == expected
    page.get_by_role("button", name="What is constant in this series").click()
    page.get_by_role("table", name="Varies").wait_for()
    assert_nothing_happened(page)


def exported(page: Page, form: str) -> str:
    page.get_by_label("Export format").select_option(form)
    with page.expect_download() as download:
        page.get_by_role("button", name="Export", exact=True).click()
    return download.value.path().read_bytes().decode("utf-8")


def test_what_is_exported_stays_text(show: Callable[[Viewer], Page], study: list[FileDataset]) -> None:
    page = show(MetadataViewer(study, mask=False))
    page.evaluate(
        "async () => { const v = document.querySelector('section').dicomkitView; v.chosen = [...Array(100).keys()]; await v.open(); }"
    )
    page.get_by_label("Search the elements").fill("0020,4000")
    for is_series in (False, True):
        if is_series:
            page.get_by_role("button", name="What is constant in this series").click()
            page.get_by_role("table", name="Varies").wait_for()
        table = exported(page, "CSV")
        rows = list(csv.reader(io.StringIO(table, newline="")))
        assert len({len(row) for row in rows}) == 1, "a value became a field of its own"
        assert not [field for row in rows for field in row if field.startswith(FORMULA)]
        dump = exported(page, "dump")
        structure = json.loads(exported(page, "JSON"))
        assert not [
            text for text in (table, dump, json.dumps(structure)) if ACTING.search(text.replace("\r\n", ""))
        ]
        if not is_series:
            assert len(rows) == 2
            assert len(rows[1]) == len(PAYLOADS) + 10
            assert [line for line in dump.splitlines() if line.startswith("(0020,4000)")] != []
            (element,) = structure
            assert [value["value"] for value in element["values"]] == [
                escape_terminal(payload.rstrip("\0 ")) for payload in PAYLOADS
            ]


def test_the_other_viewers_show_text(show: Callable[[Viewer], Page], study: list[FileDataset]) -> None:
    page = show(ImageViewer(study))
    for number in range(1, len(PAYLOADS) + 1):
        page.evaluate("(number) => dicomkitViewers[0].set('selection', number)", number)
        assert page.evaluate("() => window.hacked") is None
    assert_nothing_happened(page)
    everything = copy.deepcopy(study[0])
    block = everything.private_block(0x0097, "x", create=True)
    for number, payload in enumerate(PAYLOADS):
        block.add_new(number, "UT", payload)
    assert_nothing_happened(show(AnatomyViewer(encode_file(everything), mask=False)))


@pytest.fixture
def told(tmp_path: Path) -> Iterator[StorageSCP]:
    """Yield a receiver that every payload was told to: as title, as SOP class, as transfer syntax, as UID."""
    (tmp_path / "received").mkdir()
    with StorageSCP(tmp_path / "received", any_called_ae_title=True) as scp:
        for number, payload in enumerate(PAYLOADS):
            text = payload.encode("utf-8").decode("latin-1")  # on the wire it is bytes
            # A title may be none, which ends the association, as does what is not ASCII; another UID is refused.
            kind = 2 if payload.isascii() else 7
            assert tell(scp.port, text, number, calling=payload[:16]) in {2, 7}
            assert tell(scp.port, text, number, called=payload[:16]) in {2, 7}
            assert tell(scp.port, text, number, abstract=payload) == kind
            assert tell(scp.port, text, number, transfer=payload) == kind
        yield scp


def tell(port: int, text: str, number: int, **said: str) -> int:
    """Ask for an association, and store an instance if it is accepted; return the type of the answer."""
    peer = BytePeer(port)
    try:
        peer.send(associate_rq(**said))
        kind, _ = peer.receive()
        if kind == 2:
            peer.send(p_data(c_store_command(f"1.2.{number}", text), 3), p_data(data_set(f"1.2.{number}"), 2))
            peer.receive()
        return kind
    finally:
        peer.socket.close()


def test_what_a_peer_says_is_shown_as_text(show: Callable[[Viewer], Page], told: StorageSCP) -> None:
    assert len(told.log) > 4 * len(PAYLOADS)
    inbox = Inbox(told, mask=False)
    diagram = AssociationDiagram(told.log)
    for viewer in (inbox, diagram):
        bundle, _ = viewer._repr_mimebundle_()
        assert not ACTING.search(str(bundle["text/plain"]).replace("\n", ""))
        assert Tags(str(bundle["text/html"])[5:-6]).found == ["p title"]
        page = show(viewer)
        assert_nothing_happened(page)
    choices = page.get_by_role("combobox")
    assert choices.count() == 1, "one of the associations is chosen from a list"
    for number in range(0, 4 * len(PAYLOADS), 7):
        choices.select_option(index=number)
        page.locator(".dk-rung").first.click()
        assert_nothing_happened(page)
    inbox.close()


def test_what_a_notebook_stores_stays_text(hostile_zip: bytes, study: list[FileDataset]) -> None:
    for viewer in (
        MetadataViewer(hostile_zip, mask=False),
        ImageViewer(study),
        AnatomyViewer(encode_file(study[3])),
    ):
        bundle, _ = viewer._repr_mimebundle_()
        assert not ACTING.search(str(bundle.get("text/plain")).replace("\n", ""))
        card = str(bundle.get("text/html", ""))
        assert not re.search(
            r"<(?:script|img|iframe|svg|style|link|meta|base|object|embed)\b", card, re.IGNORECASE
        )
        viewer.close()


def test_a_command_prints_it_as_text(
    hostile_zip: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "<img src=x onerror=hacked=1>\x1b[31m.zip").write_bytes(hostile_zip)
    (path,) = tmp_path.iterdir()
    assert main(["view", str(path), "-o", str(tmp_path / "page.html"), "--unmasked"]) == 0
    assert main(["dcmdump", str(tmp_path / "\x1b[2Jmissing")]) != 0
    printed = capsys.readouterr()
    assert not ACTING.search((printed.out + printed.err).replace("\n", ""))
