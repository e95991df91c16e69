"""Reports, curves and documents as a person sees them: in a page, by keys, and saved."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from dicomkit.cli import main
from dicomkit.files.writing import write_file
from dicomkit.viewers import ContentViewer
from tests.support.reports import document, ecg, every_value_type, report
from tests.support.viewer_pages import chromium, open_live, pages_of

# How many pixels of the second strip are drawn left and right of a place, from the colours of the canvas.
_INK = """([from, to]) => {
  const canvas = document.querySelector(".dk-curves canvas");
  const scale = canvas.width / canvas.clientWidth, strip = (canvas.height - 20 * scale) / 2;
  const left = 118 * scale, width = canvas.width - left;
  const { data } = canvas.getContext("2d").getImageData(left + from * width, strip + 6, (to - from) * width, strip - 12);
  let count = 0;
  const [text] = [".dk-ink-text"].map((name) => getComputedStyle(document.querySelector(name)).color.match(/\\d+/g).map(Number));
  for (let at = 0; at < data.length; at += 4) {
    if (data[at + 3] > 60 && text.every((part, of) => Math.abs(data[at + of] - part) < 40)) count += 1;
  }
  return count;
}"""


@pytest.fixture(scope="module")
def browser(peer: Callable[[str], str]) -> Iterator[Browser]:
    with chromium(peer("chromium")) as browser:
        yield browser


@pytest.fixture
def show(browser: Browser, tmp_path: Path) -> Iterator[Callable[..., Page]]:
    with pages_of(browser, tmp_path) as open_page:
        yield open_page


def test_a_report_is_a_tree_that_keys_move_through(show: Callable[..., Page]) -> None:
    page = show(ContentViewer(report(*every_value_type(), PatientIdentityRemoved="YES")))
    tree = page.get_by_role("tree", name="What it says")
    items = page.get_by_role("treeitem")
    expect(items).to_have_count(20)
    expect(items.nth(4)).to_have_text("▾1CONTAINERImaging Measurement Report")
    length = page.get_by_role("treeitem", name="Length")
    expect(length).to_have_attribute("aria-level", "2")
    expect(length).to_have_attribute("aria-expanded", "true")
    length.click()
    tree.press("ArrowLeft")
    expect(length).to_have_attribute("aria-expanded", "false")
    expect(items).to_have_count(18)
    tree.press("ArrowRight")
    expect(items).to_have_count(20)
    tree.press("ArrowDown")
    expect(page.locator('[aria-selected="true"]')).to_contain_text("SCOORD")
    tree.press("ArrowLeft")
    expect(page.locator('[aria-selected="true"]')).to_have_attribute("aria-expanded", "false")
    tree.press("ArrowLeft")
    expect(page.locator('[aria-selected="true"]')).to_contain_text("Length")
    tree.press("End")
    expect(page.locator('[aria-selected="true"]')).to_contain_text("Section")


def test_a_long_report_comes_in_parts(show: Callable[..., Page]) -> None:
    page = show(ContentViewer(report(*every_value_type() * 100, PatientIdentityRemoved="YES")))
    expect(page.get_by_role("treeitem")).to_have_count(1000)
    page.get_by_role("button", name="Show 505 more of 505").click()
    expect(page.get_by_role("treeitem")).to_have_count(1505)


def test_values_hidden_in_a_page_stay_hidden_and_in_a_notebook_are_revealed(
    show: Callable[..., Page], browser: Browser
) -> None:
    viewer = ContentViewer(report(*every_value_type()))
    page = show(viewer)
    expect(page.get_by_role("treeitem", name="PNAME")).to_contain_text("▒ masked")
    page.get_by_role("button", name="Reveal …").click()
    page.get_by_role("button", name="Reveal them on this screen").click()
    expect(page.locator(".dk-cover")).to_contain_text("They are not in this page")
    page.close()
    live = open_live(browser, viewer)
    live.get_by_role("button", name="Reveal …").click()
    live.get_by_role("button", name="Reveal them on this screen").click()
    expect(live.get_by_role("treeitem", name="PNAME")).to_contain_text("Reader^Rita")
    live.close()


def test_a_curve_is_drawn_with_its_gap_and_read_by_keys(show: Callable[..., Page]) -> None:
    page = show(ContentViewer(ecg(2000)))
    page.locator('.dk-waveform[data-shows="1"]').wait_for()
    curves = page.get_by_role("application", name="Curves")
    # From a quarter to a half of the second lead nothing was measured.
    assert [page.evaluate(_INK, part) > 0 for part in ([0.05, 0.2], [0.28, 0.45], [0.55, 0.9])] == [
        True,
        False,
        True,
    ]
    reading = page.locator(".dk-reading")
    expect(reading).to_have_text("Lead I at 0 s, sample 1 of 2000: 0 uV")
    curves.press("End")
    expect(reading).to_have_text("Lead I at 3.998 s, sample 2000 of 2000: 1999 uV")
    curves.press("ArrowDown")
    expect(reading).to_contain_text("Lead II at 3.998 s, sample 2000 of 2000: -1999 uV")
    curves.press("Home")
    for _ in range(150):
        curves.press("ArrowRight")
    expect(reading).to_have_text("Lead II at 1.5 s, sample 751 of 2000: nothing measured")
    curves.press("+")
    expect(curves).to_be_focused()
    curves.press("ArrowRight")
    expect(reading).to_contain_text("sample 754 of")
    box = curves.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 300, box["y"] + 20)
    expect(reading).to_contain_text("Lead I at")


def test_a_document_is_saved_as_it_was(tmp_path: Path, show: Callable[..., Page]) -> None:
    content = b"%PDF-1.4\n" + bytes(range(256)) * 9000  # more than one piece
    page = show(ContentViewer(document(content, PatientIdentityRemoved="YES")))
    with page.expect_download() as saved:
        page.get_by_role("button", name="Save as document.pdf").click()
    assert saved.value.suggested_filename == "document.pdf"
    saved.value.save_as(tmp_path / "out.pdf")
    assert (tmp_path / "out.pdf").read_bytes() == content
    expect(page.get_by_role("status")).to_have_text("saved as document.pdf, 2,304,009 bytes")


def test_a_document_of_somebody_cannot_be_saved_from_a_masked_page(show: Callable[..., Page]) -> None:
    page = show(ContentViewer(document()))
    expect(page.get_by_role("button", name="Save as document.pdf")).to_be_disabled()


def test_the_page_of_a_folder_shows_each_kind(tmp_path: Path, browser: Browser) -> None:
    for number, made in enumerate((report(*every_value_type()), document(), ecg())):
        write_file(made, tmp_path / f"{number}.dcm")
    assert main(["view", str(tmp_path), "-o", str(tmp_path / "page.html")]) == 0
    page = browser.new_page()
    page.goto((tmp_path / "page.html").as_uri())
    which = page.locator(".dk-content .dk-bar select")
    for number, (text, kind) in enumerate(
        (
            ("Imaging Measurement Report", "Comprehensive 3D SR"),
            ("MIME type", "Encapsulated PDF"),
            ("Lead II", "General ECG Waveform"),
        ),
        start=1,
    ):
        which.select_option(str(number))
        expect(page.locator(".dk-content .dk-bar b")).to_have_text(kind)
        expect(page.locator(".dk-content .dk-lines")).to_contain_text(text)
    page.close()
