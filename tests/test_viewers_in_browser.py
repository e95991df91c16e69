"""The metadata viewer in a real browser: searched, folded, compared, exported, by mouse and by keys."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is part of the test extra")
from playwright.sync_api import Browser, Page, expect
from pydicom.data import get_testdata_file
from pydicom.dataset import FileDataset

from dicomkit.files.index_elements import instance_rows
from dicomkit.files.writing import encode_file
from dicomkit.samples import ct_series, localiser
from dicomkit.text import escape_csv
from dicomkit.viewers import MetadataViewer, Viewer
from tests.viewer_pages import DEADLINE_MS, chromium, open_live, pages_of, wait_until_python_knows

PAYLOADS = [
    "<img src=x onerror=hacked=1>",
    "<script>window.hacked=1</script>",
    "</script><script>window.hacked=1</script>",
    "</style><script>window.hacked=1</script>",
    "<!--<script>",
    "javascript:hacked=1",
    "\"onmouseover='hacked=1'",
    "{{constructor.constructor('hacked=1')()}}",
    "${hacked=1}",
    "=HYPERLINK(1)",
    "+1+1",
    "-2+3",
    "@SUM(1)",
    "\u202egnp.exe",
    "\u2066a\u2069b",
    "\x1b[31mred",
    "\x1b]0;title\x07",
    "/etc/passwd",
    "../../../etc/passwd",
    "%3Cscript%3E",
    "&lt;b&gt;",
    "a\u2028b",
    "a,b;c\td",
    'a"b""c',
    "]]>",
]


@pytest.fixture(scope="module")
def browser(peer: Callable[[str], str]) -> Iterator[Browser]:
    with chromium(peer("chromium")) as browser:
        yield browser


@pytest.fixture
def show(browser: Browser, tmp_path: Path) -> Iterator[Callable[[Viewer], Page]]:
    with pages_of(browser, tmp_path) as open_page:
        yield open_page


def names_shown(page: Page) -> list[str]:
    """Return the keywords of all lines that search and folding leave, also of those not drawn."""
    names: list[str] = page.evaluate(
        "() => document.querySelector('section').dicomkitView.shown.map(({ row }) => row[4])"
    )
    return names


def with_payloads() -> FileDataset:
    dataset = ct_series(1, size=16)[0]
    dataset.StudyDescription = PAYLOADS[0]
    dataset.SeriesDescription = PAYLOADS[1]
    dataset.PatientName = PAYLOADS[2]
    block = dataset.private_block(0x0099, PAYLOADS[0], create=True)
    for number, payload in enumerate(PAYLOADS):
        block.add_new(number, "UT", payload)
    return dataset


def test_every_element_is_there_and_said_to_a_screen_reader(show: Callable[[Viewer], Page]) -> None:
    path = get_testdata_file("rtplan.dcm", download=False)
    assert path is not None
    rows = instance_rows(Path(path).read_bytes()).rows
    page = show(MetadataViewer(path))
    grid = page.get_by_role("treegrid", name="Elements")
    expect(grid).to_have_attribute("aria-rowcount", str(len(rows) + 1))
    assert names_shown(page) == [row.name for row in rows]
    line = page.locator(".dm-line", has_text="MediaStorageSOPClassUID")
    expect(line).to_have_attribute("aria-rowindex", "4")
    assert [cell.strip() for cell in line.get_by_role("gridcell").all_inner_texts()] == [
        *("(0002,0002)", "MediaStorageSOPClassUID", "UI", "1", "30"),
        "1.2.840.10008.5.1.4.1.1.481.5 = RT Plan Storage",
    ]
    assert line.get_by_role("gridcell").count() == grid.get_by_role("columnheader").count()


def test_a_search_keeps_the_ancestors_of_a_hit(show: Callable[[Viewer], Page]) -> None:
    path = get_testdata_file("rtplan.dcm", download=False)
    assert path is not None
    page = show(MetadataViewer(path))
    search = page.get_by_label("Search the elements")
    search.fill("BeamEnergy")
    search.fill("NominalBeamEnergy")
    assert names_shown(page) == [
        *("BeamSequence", "item 0", "ControlPointSequence", "item 0", "NominalBeamEnergy"),
    ]
    expect(page.get_by_role("status")).to_contain_text("1 of ")
    search.fill("^Nominal.*y$")
    expect(page.get_by_role("status")).to_contain_text("0 of ")
    page.get_by_role("button", name="Regular expression").click()
    assert names_shown(page)[-1] == "NominalBeamEnergy"
    page.get_by_label("Search in").select_option("VR")
    expect(page.get_by_role("status")).to_contain_text("0 of ")
    search.fill("^SQ$")
    assert "BeamSequence" in names_shown(page)
    search.fill("(")
    expect(search).to_have_attribute("aria-invalid", "true")
    search.press("Escape")
    expect(search).not_to_have_attribute("aria-invalid", "true")
    assert len(names_shown(page)) > 100


def test_keys_alone_fold_move_and_select(browser: Browser) -> None:
    path = get_testdata_file("rtplan.dcm", download=False)
    assert path is not None
    viewer = MetadataViewer(path)
    page = open_live(browser, viewer)
    grid = page.get_by_role("treegrid", name="Elements")
    expect(grid).to_have_attribute("aria-rowcount", re.compile(r"\d{3}"))
    everything = int(grid.get_attribute("aria-rowcount") or 0)
    page.get_by_label("Fold or unfold all sequences").click()
    folded = int(grid.get_attribute("aria-rowcount") or 0)
    assert 20 < folded < everything
    grid.focus()
    page.keyboard.press("End")
    page.keyboard.press("ArrowUp")
    selected = page.locator('.dm-line[aria-selected="true"]')
    expect(selected).to_have_count(1)
    while selected.get_attribute("aria-expanded") is None:
        page.keyboard.press("ArrowUp")
    expect(selected).to_have_attribute("aria-expanded", "false")
    page.keyboard.press("ArrowRight")
    expect(selected).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("ArrowDown")
    expect(selected).to_contain_text("item")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    assert selected.get_attribute("id") == grid.get_attribute("aria-activedescendant")
    wait_until_python_knows(page)
    assert viewer.selection["entry"] == 0
    assert re.fullmatch(r"\(\w{4},\w{4}\)", viewer.selection["path"])
    page.keyboard.press("/")
    expect(page.get_by_label("Search the elements")).to_be_focused()
    page.close()


def test_instances_side_by_side_are_aligned_by_path(show: Callable[[Viewer], Page]) -> None:
    first, second, third = ct_series(3, size=16)
    second.PatientComments = "only here"
    del third.StudyTime
    page = show(MetadataViewer([first, second, third]))
    tiles = page.get_by_role("treeitem", level=3)
    tiles.nth(1).click(modifiers=["Shift"])
    tiles.nth(2).click(modifiers=["Control"])
    expect(page.get_by_role("status")).to_contain_text("3 instances")
    page.get_by_role("button", name="Only lines that differ").click()
    differing = names_shown(page)
    assert {"InstanceNumber", "SOPInstanceUID", "StudyTime", "PatientComments", "SliceLocation"} <= {
        *differing
    }
    assert not {"PatientName", "Rows", "Modality"} & {*differing}
    line = page.locator(".dm-line", has_text="PatientComments")
    texts = [text.replace("≠", "").strip() for text in line.locator(".dm-value").all_inner_texts()]
    assert texts == ["— absent —", "only here", "— absent —"]
    page.get_by_role("button", name="Only lines that differ").click()
    tags = page.evaluate(
        "() => document.querySelector('section').dicomkitView.lines.map(({ row }) => row[0])"
    )
    assert tags == sorted(tags), "an element stands in the wrong place"
    page.get_by_role("tree").focus()
    page.keyboard.press("Home")
    page.keyboard.press("Enter")
    expect(tiles.nth(0)).to_have_attribute("aria-selected", "true")
    expect(tiles.nth(1)).to_have_attribute("aria-selected", "false")
    page.keyboard.press("ArrowRight")
    page.keyboard.press(" ")
    expect(tiles.nth(1)).to_have_attribute("aria-selected", "true")


def test_a_series_shows_what_varies(show: Callable[[Viewer], Page]) -> None:
    page = show(MetadataViewer(ct_series(3, size=16)))
    page.get_by_role("button", name="What is constant in this series").click()
    varies = page.get_by_role("table", name="Varies")
    expect(varies.get_by_role("row", name="InstanceNumber")).to_contain_text("3")
    constant = page.get_by_role("table", name="Constant")
    expect(constant.get_by_role("row", name="Modality")).to_contain_text("CT")


def test_masked_values_take_a_decision(browser: Browser, show: Callable[[Viewer], Page]) -> None:
    dataset = ct_series(1, size=16)[0]
    dataset.PatientIdentityRemoved = "NO"
    viewer = MetadataViewer(dataset)
    live = open_live(browser, viewer)
    line = live.locator(".dm-line", has_text="StudyTime")
    expect(line).to_contain_text("masked")
    live.get_by_role("button", name="Reveal …").click()
    expect(live.get_by_role("button", name="Keep them masked")).to_be_focused()
    live.get_by_role("button", name="Keep them masked").click()
    expect(line).to_contain_text("masked")
    live.get_by_role("button", name="Reveal …").click()
    live.get_by_role("button", name="Reveal them").click()
    expect(line).to_contain_text("101112")
    expect(live.get_by_role("button", name="Reveal …")).to_have_count(0)
    live.close()
    page = show(MetadataViewer(dataset))
    page.get_by_role("button", name="Reveal …").click()
    page.get_by_role("button", name="Reveal them").click()
    expect(page.locator(".dm-banner")).to_contain_text("not in this page")
    expect(page.locator(".dm-line", has_text="StudyTime")).to_contain_text("masked")


def exported(page: Page, form: str) -> str:
    page.get_by_label("Export format").select_option(form)
    with page.expect_download() as download:
        page.get_by_role("button", name="Export", exact=True).click()
    return download.value.path().read_text(encoding="utf-8")


def test_no_payload_does_anything(show: Callable[[Viewer], Page]) -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("<img src=x onerror=hacked=1>.dcm", encode_file(with_payloads()))
        archive.writestr("</script><script>window.hacked=1</script>.txt", b"no DICOM")
    page = show(MetadataViewer(stream.getvalue()))
    values = page.evaluate(
        "() => document.querySelector('section').dicomkitView.shown.map(({ row }) => row[8]).join('\\n')"
    )
    assert PAYLOADS[1] in values
    page.get_by_label("Search the elements").fill("hacked")
    page.get_by_label("Search the elements").fill("0099,")
    page.get_by_role("button", name="What is constant in this series").click()
    page.get_by_role("table", name="Constant").wait_for()
    assert page.evaluate("() => window.hacked") is None
    assert page.locator("section img, section script, section iframe, section a").count() == 0
    assert not re.search("[\x00-\x08\x1b\u202a-\u202e\u2066-\u2069\u2028]", page.inner_text("body"))


def test_what_is_shown_is_exported_and_escaped(show: Callable[[Viewer], Page]) -> None:
    page = show(MetadataViewer(with_payloads()))
    page.get_by_label("Search the elements").fill("0099,10")
    shown = names_shown(page)
    assert len(shown) == len(PAYLOADS)
    text = exported(page, "CSV")
    rows = list(csv.reader(io.StringIO(text, newline="")))
    assert len(rows) == 1 + len(PAYLOADS)
    for payload, line in zip(PAYLOADS, rows[1:], strict=True):
        (expected,) = next(csv.reader([escape_csv(payload.rstrip())]))
        assert line[6].replace("\\t", "\t") == expected
    assert not [field for row in rows for field in row if field.startswith(("=", "+", "-", "@"))]
    elements = json.loads(exported(page, "JSON"))
    assert [element["path"] for element in elements] == [row[0] for row in rows[1:]]
    dump = exported(page, "dump")
    assert len(dump.splitlines()) == len(PAYLOADS)
    assert not re.search("[\x00-\x09\x0b-\x1f\u202e]", dump)


def test_fifty_thousand_lines_are_searched_at_once(browser: Browser) -> None:
    viewer = MetadataViewer(ct_series(1, size=16))
    page = open_live(browser, viewer)
    page.locator(".dm-line").nth(5).wait_for(timeout=DEADLINE_MS)
    drawn = page.evaluate("""() => {
      const view = document.body.dicomkitView;
      const some = view.lines;
      view.lines = Array.from({ length: 50_000 }, (_, n) => ({ ...some[n % some.length], path: `${n}`, depth: 0 }));
      view.parents = view.lines.map(() => -1);
      view.filter();
      view.grid.scrollTop = 600_000;
      view.draw();
      const before = document.querySelectorAll(".dm-line").length;
      view.search.value = "Rows";
      view.filter();
      return [before, view.shown.length, view.grid.getAttribute("aria-rowcount")];
    }""")
    count, found, stated = drawn
    assert count < 100, "a line that nobody sees is drawn"
    assert found >= 50_000 // 70
    assert stated == str(found + 1)
    page.close()


def test_a_page_asks_nobody(browser: Browser, tmp_path: Path) -> None:
    viewer = MetadataViewer([*ct_series(2, size=16), localiser(), b"text"])
    viewer.export_html(tmp_path / "page.html")
    context = browser.new_context()
    asked: list[str] = []
    context.on("request", lambda request: asked.append(request.url))
    page = context.new_page()
    page.goto((tmp_path / "page.html").as_uri())
    page.locator("body[data-ready]").wait_for(timeout=DEADLINE_MS)
    expect(page.locator(".dm-odd")).to_contain_text("4 entries: 3 read, 0 repaired, 1 rejected")
    # What a page may not do, it cannot do: the policy stops an attempt.
    refused = page.evaluate("() => fetch('http://127.0.0.1:9/').then(() => 'sent', () => 'refused')")
    assert refused == "refused"
    assert [url for url in asked if not url.startswith(("file:", "blob:"))] == []
    context.close()
