"""Firefox without a window, driven by Mozilla's own driver."""

from __future__ import annotations

import contextlib
import gc
import tempfile
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

TIMEOUT_S = 240


class FirefoxPage:
    """A page that is open in Firefox."""

    def __init__(self, driver: Any) -> None:  # noqa: ANN401 - marionette_driver has no types
        self._driver = driver

    def run(self, script: str, *arguments: object) -> Any:  # noqa: ANN401 - whatever it returns
        """Run a script in the page."""
        return self._driver.execute_script(script, script_args=arguments)

    def open(self, address: str) -> None:
        """Open a page."""
        self._driver.navigate(address)

    def give_files(self, chooser: str, files: Mapping[str, str]) -> None:
        """Give files, in Base64 by name, to an element in which files are chosen."""
        self.run(
            """const [id, files] = arguments;
            const given = new DataTransfer();
            for (const [name, content] of Object.entries(files))
                given.items.add(new File([Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0))], name));
            const chooser = document.getElementById(id);
            chooser.files = given.files;
            chooser.dispatchEvent(new Event("change"));""",
            chooser,
            dict(files),
        )

    def drop_file(self, name: str, content: str) -> None:
        """Drop a file, in Base64, on the page."""
        self.run(
            """const [name, content] = arguments;
            const dataTransfer = new DataTransfer();
            dataTransfer.items.add(new File([Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0))], name));
            document.body.dispatchEvent(new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true }));""",
            name,
            content,
        )

    def click(self, selector: str) -> None:
        """Click on an element."""
        self.run("document.querySelector(arguments[0]).click()", selector)

    def text(self, selector: str) -> str:
        """Return what an element says."""
        return str(self.run("return document.querySelector(arguments[0]).innerText", selector))

    def wait_for(self, selector: str) -> None:
        """Wait until there is such an element."""
        from marionette_driver import Wait  # noqa: PLC0415 - part of the test extra

        script = "return document.querySelector(arguments[0]) !== null"
        Wait(self._driver, timeout=TIMEOUT_S).until(lambda _: self.run(script, selector))


@contextlib.contextmanager
def firefox_page(program: str, address: str) -> Iterator[FirefoxPage]:
    """Open a page in Firefox until the block ends."""
    marionette = pytest.importorskip("marionette_driver.marionette", reason="part of the test extra")
    with tempfile.TemporaryDirectory() as folder:  # else the driver puts its log into the working folder
        driver = marionette.Marionette(
            bin=program, headless=True, port=0, startup_timeout=TIMEOUT_S, gecko_log=folder
        )
        driver.start_session()
        try:
            driver.timeout.script = TIMEOUT_S
            driver.navigate(address)
            yield FirefoxPage(driver)
        finally:
            driver.quit(in_app=False)
            driver.cleanup()
            del driver
            gc.collect()  # what the driver has left open is complained of here, and not in another test
