"""The wall in Chromium: thirty senders, live, by mouse and keys, and as a page without a kernel."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from dicomkit.network import Room
from dicomkit.samples import localiser
from dicomkit.viewers import RoomWall
from tests.support.viewer_pages import chromium, open_live, pages_of

# How often the page was drawn, and the longest time between two pictures, in milliseconds.
COUNT_FRAMES = """() => {
  window.frames30 = { count: 0, first: performance.now(), last: performance.now(), longest: 0 };
  const tick = (now) => {
    const seen = window.frames30;
    seen.longest = Math.max(seen.longest, now - seen.last);
    seen.count += 1;
    seen.last = now;
    requestAnimationFrame(tick);
  };
  requestAnimationFrame(tick);
}"""


@pytest.fixture(scope="module")
def browser(peer: Callable[[str], str]) -> Iterator[Browser]:
    with chromium(peer("chromium")) as browser:
        yield browser


def send_all(room: Room) -> list[threading.Thread]:
    def send(path: Path) -> None:
        seat = Room.join(path)
        seat.send([localiser(size=16, attendee=seat.attendee)])

    threads = [threading.Thread(target=send, args=(path,)) for path in room.seats.values()]
    for thread in threads:
        thread.start()
    return threads


def test_thirty_senders_fill_the_wall_while_it_is_looked_at(browser: Browser, tmp_path: Path) -> None:
    with Room(tmp_path / "room", 30) as room:
        wall = RoomWall(room)
        page = open_live(browser, wall)
        cards = page.locator(".dk-seat")
        expect(cards).to_have_count(30)
        expect(page.locator('.dk-seat[data-state="not here yet"]')).to_have_count(30)
        page.evaluate(COUNT_FRAMES)
        threads = send_all(room)
        expect(page.locator(".dk-seat canvas")).to_have_count(30)
        expect(page.locator('.dk-seat[data-state="here"]')).to_have_count(30)
        expect(page.locator(".dk-counts")).to_have_text("30 of 30 here · 30 have sent · 30 instances")
        for thread in threads:
            thread.join()
        seen = page.evaluate("window.frames30")
        assert seen["count"] > 1, "it was drawn while all that came"
        page.close()


def test_a_card_is_chosen_by_mouse_and_keys_and_python_knows(browser: Browser, tmp_path: Path) -> None:
    with Room(tmp_path / "room", 3) as room:
        wall = RoomWall(room)
        page = open_live(browser, wall)
        page.locator(".dk-seat", has_text="STUDENT03").click()
        expect(page.locator(".dk-status")).to_contain_text("STUDENT03")
        page.evaluate("window.taken")
        assert wall.selected == "STUDENT03"
        page.locator(".dk-cards").focus()
        page.keyboard.press("ArrowLeft")
        expect(page.locator('.dk-seat[aria-selected="true"]')).to_have_attribute("data-title", "STUDENT02")
        page.evaluate("window.taken")
        assert wall.selected == "STUDENT02"
        page.keyboard.press("f")
        page.wait_for_function("document.fullscreenElement !== null")
        assert page.evaluate(
            "document.fullscreenElement.getBoundingClientRect().height >= window.innerHeight - 1"
        )
        page.close()


def test_a_page_without_a_kernel_shows_how_things_were(browser: Browser, tmp_path: Path) -> None:
    with Room(tmp_path / "room", 3) as room:
        for thread in send_all(room):
            thread.join()
        wall = RoomWall(room)
        with pages_of(browser, tmp_path) as show:
            page = show(wall)
            expect(page.locator(".dk-seat canvas")).to_have_count(3)
