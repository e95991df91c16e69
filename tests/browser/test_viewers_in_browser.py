"""The metadata viewer in a real browser: searched, folded, compared, exported, by mouse and by keys."""

from __future__ import annotations

import csv
import io
import itertools
import json
import re
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is part of the test extra")
from playwright.sync_api import Browser, Page, expect
from pydicom import Dataset
from pydicom.data import get_testdata_file
from pydicom.dataset import FileDataset

from dicomkit.files.writing import encode_file
from dicomkit.index.element_rows import instance_rows
from dicomkit.samples import ct_series, localiser
from dicomkit.text import escape_csv, escape_terminal
from dicomkit.viewers import MetadataViewer, Viewer
from tests.support.hostile_text import PAYLOADS
from tests.support.marked_instance import marked_instance, markers_in
from tests.support.viewer_pages import DEADLINE_MS, chromium, open_live, pages_of, wait_until_python_knows


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
        "() => document.querySelector('section').dicomkitView.elements.shown.map(({ row }) => row[4])"
    )
    return names


def with_payloads() -> FileDataset:
    dataset = ct_series(1, size=16)[0]
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
        *("(0002,0002)", "MediaStorageSOPClassUID", "UI", "1", "30", "1"),
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
    expect(page.get_by_role("treegrid", name="Elements")).to_have_class(re.compile("dm-nothing"))
    page.get_by_role("button", name="Regular expression").click()
    expect(page.get_by_role("status")).to_contain_text("1 of ")
    assert names_shown(page)[-1] == "NominalBeamEnergy"
    page.get_by_label("Search in").select_option("VR")
    expect(page.get_by_role("status")).to_contain_text("0 of ")
    search.fill("^SQ$")
    expect(page.get_by_role("status")).to_contain_text(re.compile(r"^[1-9]\d* of "))
    assert "BeamSequence" in names_shown(page)
    search.fill("(")
    expect(search).to_have_attribute("aria-invalid", "true")
    search.press("Escape")
    expect(search).not_to_have_attribute("aria-invalid", "true")
    assert len(names_shown(page)) > 100


SEARCHED = {
    ("anything", "00080060"): {"Modality"},
    ("anything", "(0008,0060)"): {"Modality"},
    ("anything", "(0008,1140)[0].(0008,1155)"): {"ReferencedSOPInstanceUID"},
    ("anything", "needle"): {"ImageComments"},
    ("tag", "00080060"): {"Modality"},
    ("tag", "needle"): set(),
    ("keyword", "patientname"): {"PatientName"},
    ("VR", "pn"): {"PatientName", "ReferringPhysicianName"},
    ("value", "NEEDLE"): {"ImageComments"},
    ("value", "(0008,0060)"): set(),
    ("path", "[0].(0008,1155)"): {"ReferencedSOPInstanceUID"},
    ("path", "ds.Modality"): {"Modality"},
    ("private creator", "GEMS_ACQ"): {"Detector Channel"},
    ("module", "needle"): set(),
}


def test_each_field_is_searched_and_no_other(show: Callable[[Viewer], Page]) -> None:
    (instance,) = ct_series(1, size=16)
    instance.ImageComments = "hay needle hay"
    instance.ReferencedImageSequence = [Dataset()]
    instance.ReferencedImageSequence[0].ReferencedSOPInstanceUID = "1.2.3"
    instance.private_block(0x0019, "GEMS_ACQU_01", create=True).add_new(0x02, "SL", 912)
    page = show(MetadataViewer(instance))
    for (field, text), names in SEARCHED.items():
        page.get_by_label("Search in").select_option(field)
        page.get_by_label("Search the elements").fill(text)
        found = page.evaluate(
            "() => { const { elements } = document.querySelector('section').dicomkitView;"
            " return elements.found.map((place) => elements.lines[place].row[4]); }"
        )
        assert set(found) == names, (field, text)


def test_keys_alone_fold_move_and_select(browser: Browser) -> None:
    path = get_testdata_file("rtplan.dcm", download=False)
    assert path is not None
    viewer = MetadataViewer(path)
    page = open_live(browser, viewer)
    grid = page.get_by_role("treegrid", name="Elements")
    expect(grid).to_have_attribute("aria-rowcount", re.compile(r"\d{3}"))
    everything = int(grid.get_attribute("aria-rowcount") or 0)
    page.get_by_role("button", name="Fold all").click()
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
        "() => document.querySelector('section').dicomkitView.elements.lines.map(({ row }) => row[0])"
    )
    assert tags == sorted(tags), "an element stands in the wrong place"
    page.get_by_role("tree").focus()
    for key in ("Home", "ArrowRight", "ArrowRight", "Enter"):
        page.keyboard.press(key)
    expect(tiles.nth(0)).to_have_attribute("aria-selected", "true")
    expect(tiles.nth(1)).to_have_attribute("aria-selected", "false")
    page.keyboard.press("ArrowRight")
    page.keyboard.press(" ")
    expect(tiles.nth(1)).to_have_attribute("aria-selected", "true")


def with_private_block(instance: FileDataset, first: str, second: str) -> FileDataset:
    """Reserve two blocks in this order, each with a plain element and a sequence."""
    for creator in (first, second):
        block = instance.private_block(0x0099, creator, create=True)
        block.add_new(0x01, "LO", f"of {creator}")
        inner = Dataset()
        inner.private_block(0x0021, creator, create=True).add_new(0x05, "LO", "inside")
        block.add_new(0x02, "SQ", [inner])
    return instance


@pytest.mark.parametrize("removed", ["YES", "NO"])
def test_private_blocks_are_aligned_by_their_creators(show: Callable[[Viewer], Page], removed: str) -> None:
    one, two = ct_series(2, size=16)
    one.PatientIdentityRemoved = two.PatientIdentityRemoved = removed  # a masked creator is aligned as well
    with_private_block(one, "ACME", "ZEBRA")
    with_private_block(two, "ZEBRA", "ACME")
    two[0x0099, 0x1001].value = "another value"  # ZEBRA's
    page = show(MetadataViewer([one, two]))
    page.get_by_role("treeitem", level=3).nth(1).click(modifiers=["Shift"])
    expect(page.get_by_role("status")).to_contain_text("2 instances")
    lines = page.evaluate(
        "() => document.querySelector('section').dicomkitView.elements.lines"
        ".filter(({ row }) => row[0].startsWith('(0099'))"
        ".map(({ depth, cells, differs }) => [depth, ...cells.map((cell) => cell?.[0] ?? null), differs])"
    )
    block = [
        (0, "(0099,{0}01)"), (0, "(0099,{0}02)"), (1, "(0099,{0}02)[0]"), (2, "(0099,{0}02)[0].(0021,0010)"),
        (2, "(0099,{0}02)[0].(0021,1005)"),
    ]  # fmt: skip
    zebra_differs = removed == "YES"  # what is masked is not compared
    expected = [[0, "(0099,0010)", "(0099,0011)", False], [0, "(0099,0011)", "(0099,0010)", False]]
    for here, there, differs in (("10", "11", False), ("11", "10", zebra_differs)):
        for depth, path in block:
            is_value = path.endswith("01)")
            expected.append([depth, path.format(here), path.format(there), differs and is_value])
    assert lines == expected
    page.get_by_role("button", name="What is constant in this series").click()
    varies = page.get_by_role("table", name="Varies")
    expect(varies.get_by_role("row", name="InstanceNumber")).to_be_visible()
    expect(varies.get_by_role("row").filter(has_text="0099")).to_have_count(1 if zebra_differs else 0)


def test_signs_are_explained_where_they_are_seen_and_in_the_help(show: Callable[[Viewer], Page]) -> None:
    one, two = ct_series(2, size=16)
    del two.StudyID  # Type 2: missing
    page = show(MetadataViewer([one, two, one]))
    signs = page.locator(".dm-said")
    expect(signs).to_contain_text("◆ may identify somebody · ‖ duplicate")
    expect(signs).not_to_contain_text("≠")
    expect(page.locator(".dm-secret").first).to_have_attribute("title", re.compile("may identify somebody"))
    page.get_by_role("treeitem", level=3).nth(2).click(modifiers=["Shift"])
    expect(signs).to_contain_text("⚠ missing or empty · ≠ differs")
    page.get_by_role("button", name="keys and signs").click()
    expect(page.get_by_role("status")).to_contain_text("◆ may identify somebody (PS3.15 Table E.1-1)")
    tiles = page.get_by_role("treeitem", level=3)
    said = "duplicate: one SOP Instance UID in 2 entries, equal content"
    assert [said in (tile.text_content() or "") for tile in tiles.all()] == [True, True, False]
    assert ["‖" in tile.inner_text() for tile in tiles.all()] == [True, True, False]
    expect(page.locator(".dm-odd")).to_contain_text("3 entries: 3 read, 0 repaired, 0 rejected, 1 duplicate")
    expect(page.locator(".dm-odd li")).to_contain_text("‖ duplicate 2 entries")


def test_one_line_is_one_line(show: Callable[[Viewer], Page]) -> None:
    page = show(MetadataViewer(ct_series(1, size=16)))
    expect(page.locator(".dm-odd")).to_contain_text("1 entry: 1 read")
    page.get_by_label("Search the elements").fill("SliceThickness")
    page.get_by_role("button", name="Export", exact=True).click()
    expect(page.get_by_role("status")).to_have_text("1 line exported as CSV")


def test_a_series_shows_what_varies(show: Callable[[Viewer], Page]) -> None:
    page = show(MetadataViewer(ct_series(3, size=16)))
    page.get_by_role("button", name="What is constant in this series").click()
    varies = page.get_by_role("table", name="Varies")
    expect(varies.get_by_role("row", name="InstanceNumber")).to_contain_text("3")
    constant = page.get_by_role("table", name="Constant")
    expect(constant.get_by_role("row", name="Modality")).to_contain_text("CT")
    # What is searched for is searched for here too, and what is exported is what is shown.
    page.get_by_label("Search the elements").fill("number")
    page.get_by_label("Search in").select_option("keyword")
    expect(page.get_by_role("status")).to_contain_text("attributes of the series shown")
    expect(constant.get_by_role("row", name="Modality")).to_have_count(0)
    shown = {row["keyword"] for row in csv.DictReader(io.StringIO(exported(page, "CSV"), newline=""))}
    assert {"InstanceNumber", "SeriesNumber"} <= shown
    assert all("number" in keyword.lower() for keyword in shown)
    page.get_by_role("button", name="Regular expression").click()
    page.get_by_label("Search the elements").fill("^instance")
    expect(page.get_by_role("status")).to_contain_text(re.compile(r"^[1-9] of \d+ attributes"))
    page.get_by_role("button", name="What is constant in this series").click()
    expect(page.get_by_role("status")).to_contain_text("lines found")
    assert "InstanceNumber" in names_shown(page)


def test_masked_values_take_a_decision(browser: Browser, show: Callable[[Viewer], Page]) -> None:
    dataset = ct_series(1, size=16)[0]
    dataset.PatientIdentityRemoved = "NO"
    viewer = MetadataViewer(dataset)
    live = open_live(browser, viewer)
    line = live.locator(".dm-line", has_text="StudyTime")
    expect(line).to_contain_text("masked")
    live.get_by_role("button", name="Reveal …").click()
    expect(live.get_by_role("button", name="Keep them covered")).to_be_focused()
    live.get_by_role("button", name="Keep them covered").click()
    expect(line).to_contain_text("masked")
    live.get_by_role("button", name="Reveal …").click()
    live.get_by_role("button", name="Reveal them").click()
    expect(line).to_contain_text("101112")
    expect(live.get_by_role("button", name="Reveal …")).to_have_count(0)
    live.close()
    page = show(MetadataViewer(dataset))
    page.get_by_role("button", name="Reveal …").click()
    page.get_by_role("button", name="Reveal them").click()
    expect(page.locator(".dk-cover")).to_contain_text("not in this page")
    expect(page.locator(".dm-line", has_text="StudyTime")).to_contain_text("masked")


def exported(page: Page, form: str) -> str:
    page.get_by_label("Export format").select_option(form)
    with page.expect_download() as download:
        page.get_by_role("button", name="Export", exact=True).click()
    return download.value.path().read_text(encoding="utf-8")


def test_what_is_shown_is_exported_and_escaped(show: Callable[[Viewer], Page]) -> None:
    page = show(MetadataViewer(with_payloads()))
    page.get_by_label("Search the elements").fill("0099,10")
    shown = names_shown(page)
    assert len(shown) == len(PAYLOADS)
    text = exported(page, "CSV")
    rows = list(csv.reader(io.StringIO(text, newline="")))
    assert len(rows) == 1 + len(PAYLOADS)
    for payload, line in zip(PAYLOADS, rows[1:], strict=True):
        (expected,) = next(csv.reader([escape_csv(escape_terminal(payload.rstrip("\0 ")))]))
        assert line[6] == expected
    assert not [field for row in rows for field in row if field.startswith(("=", "+", "-", "@"))]
    elements = json.loads(exported(page, "JSON"))
    assert [element["path"] for element in elements] == [row[0] for row in rows[1:]]
    dump = exported(page, "dump")
    assert len(dump.splitlines()) == len(PAYLOADS)
    assert not re.search("[\x00-\x09\x0b-\x1f\u202e]", dump)


def test_what_is_masked_stays_masked_in_what_is_exported(show: Callable[[Viewer], Page]) -> None:
    page = show(MetadataViewer([marked_instance(), marked_instance()]))
    page.get_by_role("treeitem", level=3).nth(1).click(modifiers=["Shift"])
    expect(page.get_by_role("status")).to_contain_text("2 instances")
    texts = [exported(page, form) for form in ("CSV", "JSON", "dump")]
    page.get_by_role("button", name="What is constant in this series").click()
    page.get_by_role("table", name="Constant").wait_for()
    texts += [exported(page, form) for form in ("CSV", "JSON", "dump")]
    for text in texts:
        assert "masked" in text
        assert markers_in(text) == []


MANY_LINES = """() => {
  const { elements } = document.body.dicomkitView;
  const some = elements.lines;
  elements.take(Array.from({ length: 50_000 }, (_, n) => ({ ...some[n % some.length], path: `${n}`, depth: 0 })), ["one"]);
  elements.show(null, "");
}"""


def test_fifty_thousand_lines_are_searched_at_once(browser: Browser) -> None:
    page = open_live(browser, MetadataViewer(ct_series(1, size=16)))
    page.locator(".dm-line").nth(5).wait_for(timeout=DEADLINE_MS)
    page.evaluate(MANY_LINES)
    drawn = page.evaluate("""() => {
      const view = document.body.dicomkitView;
      view.elements.node.scrollTop = 600_000;
      view.elements.draw();
      const before = document.querySelectorAll(".dm-line").length;
      view.page.search.value = "Rows";
      view.filter();
      return [before, view.elements.shown.length, view.elements.node.getAttribute("aria-rowcount")];
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


def test_the_map_is_a_tree_that_keys_fold(show: Callable[[Viewer], Page]) -> None:
    page = show(MetadataViewer([*ct_series(3, size=16), localiser()]))
    tree = page.get_by_role("tree")
    tree.focus()
    page.keyboard.press("Home")
    study = page.get_by_role("treeitem", level=1)
    expect(study).to_have_attribute("aria-expanded", "true")
    assert tree.get_attribute("aria-activedescendant") == study.get_attribute("id")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowLeft")
    first = page.get_by_role("treeitem", level=2).first
    expect(first).to_have_attribute("aria-expanded", "false")
    expect(page.get_by_role("treeitem", level=3)).to_have_count(1)
    assert tree.get_attribute("aria-activedescendant") == first.get_attribute("id")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    expect(study).to_have_attribute("aria-expanded", "false")
    expect(page.get_by_role("treeitem")).to_have_count(1)
    for key in ("Enter", "ArrowRight", "ArrowRight", "ArrowRight", "End"):
        page.keyboard.press(key)
    expect(page.get_by_role("treeitem", level=3)).to_have_count(4)
    page.keyboard.press("Enter")
    expect(page.get_by_role("treeitem", level=3).last).to_have_attribute("aria-selected", "true")
    page.keyboard.press("PageUp")
    assert tree.get_attribute("aria-activedescendant") == study.get_attribute("id")
    page.keyboard.press("PageDown")
    assert tree.get_attribute("aria-activedescendant") == last_id(page)


def last_id(page: Page) -> str | None:
    return page.get_by_role("treeitem", level=3).last.get_attribute("id")


def test_tiles_are_coloured_by_any_attribute(show: Callable[[Viewer], Page]) -> None:
    instances = ct_series(12, size=16)
    for number, instance in enumerate(instances):
        instance.KVP = 80 if number < 3 else 120
    page = show(MetadataViewer(instances))
    legend = page.get_by_role("list", name="Colours")
    expect(legend).to_have_text("ACT")
    choice = page.get_by_label("Colour the tiles by")
    choice.fill("KVP")
    choice.press("Enter")
    expect(legend).to_have_text("A80.0B120.0")
    tiles = page.get_by_role("treeitem", level=3)
    expect(tiles.nth(2)).to_have_accessible_name("#3 KVP 80.0")
    expect(tiles.nth(3)).to_have_accessible_name("#4 KVP 120.0")
    assert "KVP: 120.0" in (tiles.nth(3).get_attribute("title") or "")
    expect(tiles.nth(3)).to_have_text("B#4 KVP 120.0")
    choice.fill("(0020,0013)")  # more values than colours
    choice.press("Enter")
    expect(legend).to_have_text("01912")  # step 0 is 1, step 9 is 12
    expect(tiles.nth(11)).to_have_text("9#12 (0020,0013) 12")
    choice.fill("SOPInstanceUID")
    choice.press("Enter")
    expect(legend).to_contain_text("and 4 more")
    choice.fill("NoSuchKeyword")
    choice.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("no instance has an attribute NoSuchKeyword")
    expect(choice).to_have_value("SOPInstanceUID")


def test_a_value_that_is_cut_off_in_its_column_is_read_whole_below(show: Callable[[Viewer], Page]) -> None:
    one, two = ct_series(2, size=16)
    one.ImageComments = "word " * 200 + "end"
    page = show(MetadataViewer([one, two]))
    page.get_by_label("Search the elements").fill("ImageComments")
    page.locator(".dm-line", has_text="ImageComments").click()
    whole = page.get_by_role("region", name="The whole value")
    expect(whole).to_have_text(one.ImageComments)
    page.get_by_role("treeitem", level=3).nth(1).click(modifiers=["Shift"])
    expect(whole).to_have_text(f"#1: {one.ImageComments}#2: — absent —")


def test_the_first_hit_is_the_active_line_and_its_tag_is_readable_however_deep(
    show: Callable[[Viewer], Page],
) -> None:
    (instance,) = ct_series(1, size=16)
    inner = Dataset()
    inner.CodeMeaning = "needle"
    for _ in range(8):
        outer = Dataset()
        outer.ReferencedImageSequence = [inner]
        inner = outer
    instance.ReferencedImageSequence = [inner]
    page = show(MetadataViewer(instance))
    page.get_by_label("Search the elements").fill("needle")
    active = page.locator('.dm-line[aria-selected="true"]')
    expect(active).to_contain_text("CodeMeaning")
    expect(active).to_have_attribute("aria-level", "19")
    tag = active.locator(".dm-tag")
    expect(tag).to_have_text("(0008,0104)")
    assert tag.evaluate("(cell) => cell.scrollWidth <= cell.clientWidth"), "the tag is cut off"


def test_entries_of_one_reason_are_told_together(show: Callable[[Viewer], Page]) -> None:
    images = ct_series(2, size=16)
    images[1].InstanceNumber = images[0].InstanceNumber
    page = show(MetadataViewer([*images, *([b"text"] * 30), b"\x89PNG\r\n\x1a\n"]))
    odd = page.get_by_role("list", name="Entries that are not simply read").get_by_role("listitem")
    expect(odd).to_have_count(2)
    expect(odd.first).to_contain_text("rejected 30 entries")
    odd.first.get_by_text("which").click()
    for number in range(3, 33):
        expect(odd.first).to_contain_text(f"bytes {number}")
    expect(odd.last).to_contain_text("it looks like a PNG picture")
    # Two instances of one number are told apart by their entries.
    page.get_by_role("treeitem", level=3).nth(1).click(modifiers=["Shift"])
    expect(page.get_by_role("columnheader", name="#1 (entry 1)")).to_be_visible()
    expect(page.get_by_role("columnheader", name="#1 (entry 2)")).to_be_visible()


@pytest.mark.parametrize("width", [600, 1100])
def test_nothing_hangs_over_the_edge_and_the_map_is_in_view(
    show: Callable[[Viewer], Page], width: int
) -> None:
    page = show(MetadataViewer([*ct_series(3, size=16), b"text"]))
    page.set_viewport_size({"width": width, "height": 900})
    assert page.evaluate("() => document.documentElement.scrollWidth") <= width
    expect(page.get_by_role("treeitem", level=3).first).to_be_in_viewport()
    assert (
        page.evaluate(
            "() => { const grid = document.querySelector('.dm-grid'); return grid.scrollWidth - grid.clientWidth; }"
        )
        == 0
    ), "the value's column is cut off"


def test_what_is_missing_is_flagged_and_explained(show: Callable[[Viewer], Page]) -> None:
    (instance,) = ct_series(1, size=16)
    del instance.StudyDate
    del instance.WindowWidth
    page = show(MetadataViewer(instance))
    expect(page.get_by_role("status")).to_contain_text("2 required attributes are missing or empty")
    page.get_by_role("button", name="Only what is missing or empty").click()
    assert names_shown(page) == ["StudyDate", "WindowWidth"]
    page.locator(".dm-line", has_text="WindowWidth").click()
    expect(page.locator(".dm-role")).to_have_text(
        "VOI LUT, Type 1C: has to have a value if WindowCenter is present"
    )
    line = page.locator(".dm-line", has_text="StudyDate")
    expect(line).to_contain_text("⚠ missing: Type 2")
    line.click()
    expect(page.locator(".dm-role")).to_have_text("General Study, Type 2: has to be there, may be empty")
    assert "is missing: Type 2" in exported(page, "dump")
    page.get_by_role("button", name="Only what is missing or empty").click()
    page.get_by_label("Search in").select_option("module")
    page.get_by_label("Search the elements").fill("image plane")
    assert set(names_shown(page)) == {
        *(
            "SliceThickness",
            "ImagePositionPatient",
            "ImageOrientationPatient",
            "SliceLocation",
            "PixelSpacing",
        ),
    }


def test_a_pattern_is_explained_or_stopped(show: Callable[[Viewer], Page]) -> None:
    (instance,) = ct_series(1, size=16)
    instance.ImageComments = "a" * 60 + "!"
    page = show(MetadataViewer(instance))
    page.get_by_role("button", name="Regular expression").click()
    search = page.get_by_label("Search the elements")
    search.fill("(CT|")
    expect(page.get_by_role("status")).to_contain_text("not a regular expression yet: unterminated group")
    search.fill("^(a+)+$")  # each further a doubles the time: this one would take years
    expect(page.get_by_role("status")).to_contain_text("takes too long")
    expect(search).to_have_attribute("aria-invalid", "true")
    search.fill("^modality$")
    expect(page.get_by_role("status")).to_contain_text("1 of")
    assert names_shown(page) == ["Modality"]
    expect(search).not_to_have_attribute("aria-invalid", "true")


def test_the_expression_is_copied(browser: Browser, tmp_path: Path) -> None:
    MetadataViewer(ct_series(1, size=16)).export_html(tmp_path / "page.html")
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.goto((tmp_path / "page.html").as_uri())
    page.get_by_label("Search the elements").fill("PatientIdentityRemoved")
    page.locator(".dm-line", has_text="PatientIdentityRemoved").click()
    page.get_by_role("treegrid").focus()
    page.keyboard.press("c")
    expect(page.get_by_role("status")).to_have_text("copied: ds.PatientIdentityRemoved")
    assert page.evaluate("() => navigator.clipboard.readText()") == "ds.PatientIdentityRemoved"
    context.close()


def test_a_series_is_exported_as_it_is_shown(show: Callable[[Viewer], Page]) -> None:
    page = show(MetadataViewer(ct_series(3, size=16)))
    page.get_by_role("button", name="What is constant in this series").click()
    page.get_by_role("table", name="Constant").wait_for()
    rows = list(csv.DictReader(io.StringIO(exported(page, "CSV"), newline="")))
    numbers = [row for row in rows if row["keyword"] == "InstanceNumber"]
    assert [(row["state"], row["value"], row["instances"]) for row in numbers] == [
        ("varies", "1", "1"),
        ("varies", "2", "1"),
        ("varies", "3", "1"),
    ]
    stated = {element["keyword"]: element for element in json.loads(exported(page, "JSON"))["attributes"]}
    assert stated["Modality"]["values"] == [{"value": "CT", "instances": 3}]


def test_files_are_uploaded_and_an_upload_can_be_stopped(browser: Browser, tmp_path: Path) -> None:
    paths = []
    for number, instance in enumerate(ct_series(3, size=16)):
        paths.append(tmp_path / f"{number}.dcm")
        instance.add_new(0xFFFCFFFC, "OB", bytes(2**20))  # a message each
        paths[-1].write_bytes(encode_file(instance))
    viewer = MetadataViewer()
    page = open_live(browser, viewer)
    expect(page.get_by_role("status")).to_contain_text("upload DICOM files or a zip")
    page.get_by_label("Files to upload").set_input_files(paths[:2])
    expect(page.get_by_role("treeitem", level=3)).to_have_count(2)
    page.evaluate("""() => {
      const view = document.body.dicomkitView;
      const ask = view.ask;
      view.ask = (question, buffers) => { view.steps.cancel.click(); return ask(question, buffers); };
    }""")
    page.get_by_label("Files to upload").set_input_files(paths)
    expect(page.get_by_role("status")).to_contain_text("cancelled")
    assert len(viewer.index.rows) == 2
    page.close()


def drop(page: Page, *paths: Path) -> None:
    """Drop files and folders onto the viewer, as a person does."""
    data = {"items": [], "files": [str(path) for path in paths], "dragOperationsMask": 1}
    session = page.context.new_cdp_session(page)
    for kind in ("dragEnter", "dragOver", "drop"):
        session.send("Input.dispatchDragEvent", {"type": kind, "x": 300, "y": 300, "data": data})


def test_a_folder_is_dropped_or_chosen_with_what_is_below_it(browser: Browser, tmp_path: Path) -> None:
    folder = tmp_path / "study"
    (folder / "deep" / "deeper").mkdir(parents=True)
    images = ct_series(3, size=16)
    (folder / "1.dcm").write_bytes(encode_file(images[0]))
    (folder / "deep" / "deeper" / "2.dcm").write_bytes(encode_file(images[1]))
    (folder / "deep" / "note.txt").write_bytes(b"text")
    with zipfile.ZipFile(folder / "deep" / "more.zip", "w") as archive:
        archive.writestr("3.dcm", encode_file(images[2]))
    viewer = MetadataViewer()
    page = open_live(browser, viewer)
    expect(page.get_by_role("status")).to_contain_text("upload DICOM files or a zip")
    drop(page, folder)
    expect(page.get_by_role("treeitem", level=3)).to_have_count(3)
    assert sorted(row.name.partition(": ")[2] or row.name for row in viewer.index.rows) == [
        *("3.dcm", "study/1.dcm", "study/deep/deeper/2.dcm", "study/deep/note.txt"),
    ]
    page.get_by_label("Folder to upload").set_input_files(folder / "deep")
    expect(page.get_by_role("treeitem", level=3)).to_have_count(5)
    assert "deep/deeper/2.dcm" in {row.name.partition(": ")[2] for row in viewer.index.rows}
    page.close()


def test_python_can_choose_a_line(browser: Browser) -> None:
    page = open_live(browser, MetadataViewer(ct_series(2, size=16)))
    page.locator(".dm-line").nth(5).wait_for()
    page.evaluate("() => dicomkitViewers[0].set('selection', { entry: 1, path: '(0028,0010)' })")
    expect(page.locator('.dm-line[aria-selected="true"]')).to_contain_text("Rows")
    expect(page.get_by_role("treeitem", level=3).nth(1)).to_have_attribute("aria-selected", "true")
    page.close()


def test_instances_of_different_kinds_are_merged_by_tag(show: Callable[[Viewer], Page]) -> None:
    paths = [
        get_testdata_file(name, download=False) for name in ("rtplan.dcm", "CT_small.dcm", "test-SR.dcm")
    ]
    page = show(MetadataViewer(paths))
    for number in (1, 2):
        page.get_by_role("treeitem", level=3).nth(number).click(modifiers=["Shift"])
        expect(page.get_by_role("status")).to_contain_text(f"{number + 1} instances")
    lines = page.evaluate(
        "() => document.querySelector('section').dicomkitView.elements.lines.map((line) => [line.path, line.depth, line.cells.map((cell) => cell?.[2] === 'missing' ? null : cell?.[0] ?? null)])"
    )
    steps = re.compile(r"\((....),(....)\)|\[(\d+)\]")
    order = [[int("".join(part), 16) for part in steps.findall(path)] for path, _, _ in lines]
    assert order == sorted(order)
    for column, path in enumerate(paths):
        content = Path(str(path)).read_bytes()
        in_file = [row.path for row in instance_rows(content).rows]
        assert sorted(cells[column] for _, _, cells in lines if cells[column]) == sorted(in_file)
    # A line is right below what it is inside of.
    for (above, depth, _), (path, deeper, _) in itertools.pairwise(lines):
        assert deeper <= depth + 1
        if deeper == depth + 1:
            assert path.startswith(above)
