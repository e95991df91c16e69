"""The viewer of three planes in Chromium: what is drawn, and what mouse and keys do; the page needs no kernel."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from dicomkit.pixels import display_values, volume
from dicomkit.samples import ct_series
from dicomkit.viewers import PlanesViewer
from tests.support.viewer_pages import chromium, pages_of

LEVELS = """(node) => {
  const canvas = node.querySelector("canvas");
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  return [canvas.height, canvas.width, [...data].filter((_, at) => at % 4 === 0)];
}"""


@pytest.fixture(scope="module")
def browser(peer: Callable[[str], str]) -> Iterator[Browser]:
    with chromium(peer("chromium")) as browser:
        yield browser


@pytest.fixture
def page(browser: Browser, tmp_path: Path) -> Iterator[Page]:
    with pages_of(browser, tmp_path) as open_page:
        page = open_page(PlanesViewer(ct_series(8, size=32), window=(40, 400)))
        expect(page.locator('.dk-cuts[data-shows="16,16,4"]')).to_be_visible()
        yield page


def test_each_plane_is_drawn_as_python_computes_it(page: Page) -> None:
    array = volume(ct_series(8, size=32)).array
    planes = {0: array[4], 1: array[::-1, 16], 2: array[::-1, :, 16]}
    for number, values in planes.items():
        rows, columns, levels = page.locator(".dk-cut").nth(number).evaluate(LEVELS)
        assert (rows, columns) == values.shape
        assert levels == display_values(values, 40, 400).ravel().tolist()


def test_a_pixel_is_as_tall_as_it_is_in_the_patient(page: Page) -> None:
    box = page.locator(".dk-cut").nth(1).locator("canvas").bounding_box()
    assert box is not None
    assert box["height"] / box["width"] == pytest.approx(8 * 7 / (32 * 7.375), rel=0.01)


def test_keys_and_wheel_move_the_cross_in_all_planes(page: Page) -> None:
    axial = page.locator(".dk-cut").first
    axial.focus()
    page.keyboard.press("PageDown")
    page.keyboard.press("ArrowRight")
    expect(page.locator('.dk-cuts[data-shows="17,16,5"]')).to_be_visible()
    axial.hover()
    page.mouse.wheel(0, 100)
    expect(page.locator('.dk-cuts[data-shows="17,16,6"]')).to_be_visible()
    expect(page.locator(".dk-cut").nth(2)).to_have_attribute("aria-label", "sagittal, 18 of 32")
    made = volume(ct_series(8, size=32))
    x, y, z = made.to_mm(17, 16, 6)
    expect(page.locator(".dk-probe")).to_have_text(
        f"{made.array[6, 16, 17]} HU at x {x:.1f}, y {y:.1f}, z {z:.1f} mm (LPS), voxel 17, 16, 6"
    )


def test_a_click_marks_a_place_and_a_bracket_moves_the_window(page: Page) -> None:
    page.locator(".dk-cut").first.locator("canvas").click(position={"x": 2, "y": 2})
    expect(page.locator(".dk-probe")).to_contain_text("voxel 0, 0, 4")
    page.keyboard.press("]")
    expect(page.get_by_label("Window Center")).to_have_value("60")
    page.keyboard.press("r")
    expect(page.get_by_label("Window Center")).to_have_value("40")


def test_a_window_is_chosen_from_a_list_or_by_its_key(page: Page) -> None:
    page.get_by_label("Window preset").select_option("lung")
    expect(page.get_by_label("Window Width")).to_have_value("1500")
    page.locator(".dk-cut").nth(1).focus()
    page.keyboard.press("p")
    expect(page.get_by_label("Window Width")).to_have_value("1800")
    page.keyboard.press("[")
    expect(page.get_by_label("Window preset")).to_have_value("hand")
