"""A viewer's exported page, open in Chromium, for tests."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from dicomkit.viewers import Viewer

DEADLINE_MS = 60_000


@contextlib.contextmanager
def chromium(path: str) -> Iterator[Browser]:
    """Start the browser, and end it."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@contextlib.contextmanager
def pages_of(browser: Browser, folder: Path) -> Iterator[Callable[[Viewer], Page]]:
    """Yield a function that opens a viewer's page, without a network; no page may complain about anything."""
    complaints: list[str] = []
    context = browser.new_context(viewport={"width": 1000, "height": 760}, offline=True)
    context.set_default_timeout(DEADLINE_MS)

    def open_page(viewer: Viewer) -> Page:
        path = folder / "page.html"
        viewer.export_html(path)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
        page.goto(path.as_uri())
        page.locator("body[data-ready]").wait_for()
        return page

    yield open_page
    context.close()
    assert complaints == []


def choose(page: Page, **traits: Any) -> None:  # noqa: ANN401 - whatever the trait takes
    """Set traits as Python would."""
    for name, value in traits.items():
        page.evaluate("([name, value]) => dicomkitViewers[0].set(name, value)", [name, value])


def trait(page: Page, name: str) -> Any:  # noqa: ANN401 - whatever the trait holds
    """Return what Python would see."""
    return page.evaluate("(name) => dicomkitViewers[0].get(name)", name)
