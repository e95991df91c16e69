"""A viewer's exported page, open in Chromium, for tests."""

from __future__ import annotations

import base64
import contextlib
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest import mock

from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from dicomkit.viewers import Viewer
from dicomkit.viewers.frame.export import export_html

DEADLINE_MS = 60_000
expect.set_options(timeout=DEADLINE_MS)  # five seconds are too few on a busy machine


# Debian's Chromium asks its maker for updates, accounts and what kind of form it has before it, asks a name server
# for that, and tries a connection that sends nothing to learn whether there is IPv6. None of it is of the page.
_OF_THE_BROWSER = re.compile(
    r"([\w-]+\.)*(google|googleapis|gstatic)\.com(:\d+)?|.*:53|\[2001:4860:4860::8888\]:443"
)


@contextlib.contextmanager
def chromium(path: str, *options: str) -> Iterator[Browser]:
    """Start the browser, and end it."""
    with sync_playwright() as playwright:
        args = ["--no-sandbox", "--disable-gpu", *options]
        browser = playwright.chromium.launch(executable_path=path, args=args)
        yield browser
        browser.close()


@contextlib.contextmanager
def chromium_of_somebody(path: str, profile: Path, *options: str) -> Iterator[BrowserContext]:
    """Start the browser as a person does, who finds a profile again the next day, and end it."""
    with sync_playwright() as playwright:
        args = ["--no-sandbox", "--disable-gpu", *options]
        size = {"width": 1500, "height": 1000}
        context = playwright.chromium.launch_persistent_context(
            profile, executable_path=path, args=args, viewport=size
        )
        context.set_default_timeout(DEADLINE_MS)
        yield context
        context.close()


def net_log_option(path: Path) -> str:
    """Return the option with which the browser itself writes down all that it does on a network."""
    return f"--log-net-log={path}"


def destinations(net_log: Path) -> set[str]:
    """Return each name that a browser looked up and each address that it spoke to, but for its own affairs.

    That is below all that a page can do: fetching, prefetching, WebSocket, WebRTC, beacons, style sheets.
    """
    log = json.loads(net_log.read_text(encoding="utf-8"))
    names = {number: name for name, number in log["constants"]["logEventTypes"].items()}
    assert len(log["events"]) > 10, "the browser wrote nothing down"
    found = set()
    for event in log["events"]:
        fields = event.get("params", {})
        found.add(fields.get("hostname", ""))
        found.add(fields.get("host", ""))
        if names[event["type"]] in {"TCP_CONNECT_ATTEMPT", "UDP_CONNECT", "UDP_BYTES_SENT"}:
            found.add(fields.get("address", ""))
    plain = {name.rpartition("//")[2].rstrip(".") for name in found} - {""}
    return {name for name in plain if not _OF_THE_BROWSER.fullmatch(name)}


@contextlib.contextmanager
def pages_of(browser: Browser, folder: Path) -> Iterator[Callable[..., Page]]:
    """Yield a function that opens a page of viewers, without a network; no page may complain about anything."""
    complaints: list[str] = []
    context = browser.new_context(viewport={"width": 1000, "height": 760}, offline=True)
    context.set_default_timeout(DEADLINE_MS)

    def open_page(*viewers: Viewer) -> Page:
        path = folder / "page.html"
        export_html(path, *(viewer.page_viewer() for viewer in viewers))
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
        page.goto(path.as_uri())
        page.locator("body[data-ready]").wait_for()
        return page

    yield open_page
    context.close()
    assert complaints == []


# The few lines that stand in for Jupyter: questions go to Python and answers come back, as do traits.
_LIVE = """async ({ code, state }) => {
  const listeners = new Map();
  const call = (event, ...values) => [...(listeners.get(event) ?? [])].forEach((listener) => listener(...values));
  const model = {
    get: (name) => state[name],
    set(name, value) { state[name] = value; call(`change:${name}`); },
    hear: (message) => call("msg:custom", message, []),
    save_changes() { window.taken = window.pythonTakes({ ...state }); },
    on(event, listener) { listeners.set(event, [...(listeners.get(event) ?? []), listener]); },
    off() {},
    async send(question, _callbacks, sent = []) {
      const letters = (buffer) => btoa(Array.from(new Uint8Array(buffer), (byte) => String.fromCharCode(byte)).join(""));
      for (const [content, buffers] of await window.pythonAnswers(question, sent.map(letters))) {
        const bytes = buffers.map((text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)));
        call("msg:custom", content, bytes.map((one) => new DataView(one.buffer)));
      }
    },
  };
  window.dicomkitViewers = [model];
  const { default: widget } = await import(URL.createObjectURL(new Blob([code], { type: "text/javascript" })));
  await widget.render({ model, el: document.body });
}"""


def open_live(browser: Browser, viewer: Viewer, *, silent_for: tuple[type[BaseException], ...] = ()) -> Page:
    """Return a page in which a viewer asks the Python object itself, as in a notebook.

    A question for which it raises one of `silent_for` is never answered.
    """
    page = browser.new_page(viewport={"width": 1000, "height": 760})
    page.set_default_timeout(DEADLINE_MS)
    names = [
        name for name in viewer.trait_names(sync=True) if name in {"window", "function", "selection", "cross"}
    ]

    def answers(question: dict[str, Any], buffers: list[str]) -> list[Any]:
        sent: list[Any] = []
        received = [base64.b64decode(buffer) for buffer in buffers]
        with (
            contextlib.suppress(*silent_for),
            mock.patch.object(viewer, "send", lambda content, buffers: sent.append((content, buffers))),
        ):
            viewer._on_question(viewer, question, received)
        return [
            (content, [base64.b64encode(buffer).decode() for buffer in buffers]) for content, buffers in sent
        ]

    page.expose_function("pythonAnswers", answers)
    page.expose_function("pythonTakes", viewer.set_state)
    # A page of this machine, as in a notebook; nobody serves it but the test.
    html = f"<!DOCTYPE html><title>viewer</title><style>{viewer._css}</style>"
    page.route("http://localhost/", lambda route: route.fulfill(body=html, content_type="text/html"))
    page.goto("http://localhost/")
    page.evaluate(_LIVE, {"code": str(viewer._esm), "state": {name: getattr(viewer, name) for name in names}})
    return page


def wait_until_python_knows(page: Page) -> None:
    """Wait until what was saved last has become the traits of the Python object."""
    page.evaluate("() => window.taken")


def choose(page: Page, **traits: Any) -> None:  # noqa: ANN401 - whatever the trait takes
    """Set traits as Python would."""
    for name, value in traits.items():
        page.evaluate("([name, value]) => dicomkitViewers[0].set(name, value)", [name, value])


def trait(page: Page, name: str) -> Any:  # noqa: ANN401 - whatever the trait holds
    """Return what Python would see."""
    return page.evaluate("(name) => dicomkitViewers[0].get(name)", name)
