"""How often the wall of a room is drawn, while thirty send at once: ``python tests/benchmarks/bench_wall.py``.

The senders run in threads of this process, beside the receiver and the server of the page: a room of computers of their own is
kinder to the browser. A quiet machine draws 60 pictures a second when nothing happens.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import threading
from pathlib import Path

from playwright.sync_api import expect

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT))

from dicomkit.network import Room  # noqa: E402 - run as a script, from any folder
from dicomkit.samples import localiser  # noqa: E402 - as above
from dicomkit.viewers.wall.page import wall_page  # noqa: E402 - as above
from tests.support.viewer_pages import DEADLINE_MS, chromium  # noqa: E402 - as above

SENDERS, EACH = 30, 5
COUNT = """() => {
  const seen = { count: 0, first: performance.now(), last: performance.now(), longest: 0 };
  window.seen = seen;
  requestAnimationFrame(function tick(now) {
    Object.assign(seen, { count: seen.count + 1, longest: Math.max(seen.longest, now - seen.last), last: now });
    requestAnimationFrame(tick);
  });
}"""


def main() -> None:
    """Send, look, and print what was drawn."""
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as folder, Room(Path(folder) / "room", SENDERS) as room:
        slices = {title: [localiser(size=64, attendee=title[-2:])] for title in room.roster}

        def send(title: str) -> None:
            for _ in range(EACH):
                Room.join(room.seats[title]).send(slices[title])

        with wall_page(room) as served, chromium(shutil.which("chromium") or "chromium") as browser:
            page = browser.new_page(viewport={"width": 1600, "height": 900})
            page.set_default_timeout(DEADLINE_MS)
            page.goto(served.url)
            expect(page.locator(".dk-seat")).to_have_count(SENDERS)
            page.evaluate(COUNT)
            threads = [threading.Thread(target=send, args=(title,)) for title in room.roster]
            for thread in threads:
                thread.start()
            expect(page.locator(".dk-seat canvas")).to_have_count(SENDERS)
            for thread in threads:
                thread.join()
            seen = page.evaluate("window.seen")
    passed_s = (seen["last"] - seen["first"]) / 1000
    print(
        f"{seen['count'] / passed_s:.0f} pictures a second for {passed_s:.1f} s, {seen['longest']:.0f} ms at most between two"
    )
    print(f"{SENDERS} senders, {os.cpu_count()} cores, load before: {load:.1f}")


if __name__ == "__main__":
    main()
