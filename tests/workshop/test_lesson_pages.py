"""One page for each lesson, without a server: it loads nothing, and answers are folded."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from dicomkit.cli import main
from dicomkit.cli.instructor import PAGES_FOLDER
from dicomkit.lessons.catalogue import NOTEBOOKS, Notebook, exercises_of, pristine_folder
from dicomkit.text import escape_html

_FOLDED = re.compile(r"<details>.*?</details>", re.DOTALL)


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("instructor")
    assert main(["instructor", str(folder)]) == 0
    return folder / PAGES_FOLDER


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda notebook: notebook.name)
def test_a_page_holds_the_lesson_and_gives_nothing_away(notebook: Notebook, pages: Path) -> None:
    page = (pages / f"{notebook.name}.html").read_text(encoding="utf-8")
    assert "<details open" not in page
    at_first = _FOLDED.sub("", page)
    stored = json.loads((pristine_folder() / notebook.file_name).read_text(encoding="utf-8"))
    code = [cell for cell in stored["cells"] if cell["cell_type"] == "code"]
    for cell in code:
        assert escape_html("".join(cell["source"])) in at_first
    for exercise in exercises_of(notebook):
        answer = f"<code>{escape_html(exercise.solution)}</code>"
        assert answer in page
        assert answer not in at_first
        assert all(escape_html(hint) in page for hint in exercise.hints)
    shown = [cell for cell in code if cell["outputs"] and "check" not in cell["metadata"].get("tags", [])]
    assert page.count("<summary>What it shows</summary>") == len(shown)
    assert "<script" not in page
    assert re.findall(r'<(?:img|link|iframe)[^>]* (?:src|href)="(?!data:image/)', page) == []


def test_a_wheel_without_outputs_runs_a_lesson_for_its_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from dicomkit.workshop import lesson_pages  # noqa: PLC0415 - the name that is replaced
    from dicomkit.workshop.copies import pristine_files  # noqa: PLC0415

    name = NOTEBOOKS[2].file_name
    published = tmp_path / "published"
    published.mkdir()
    (published / name).write_bytes(pristine_files()[name])
    monkeypatch.setattr(lesson_pages, "pristine_folder", lambda: published)
    [(_, page)] = lesson_pages.lesson_pages({name: b""}, print)
    assert f"running {name}" in capsys.readouterr().out
    assert "<summary>What it shows</summary>" in page


def test_pages_are_read_without_a_server(pages: Path, peer: Callable[[str], str]) -> None:
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is part of the test extra")
    from tests.support.lab_notebook import CHROMIUM_OPTIONS  # noqa: PLC0415 - it imports playwright

    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=peer("chromium"), args=CHROMIUM_OPTIONS)
        page = browser.new_page(viewport={"width": 1024, "height": 768})
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        for notebook in NOTEBOOKS:
            page.goto((pages / f"{notebook.name}.html").as_uri())
            assert page.locator("h1").count() == 1
            for folded in page.locator("details").all():
                folded.locator("summary").click()
            assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth"), notebook.name
            widths = page.evaluate("() => [...document.images].map((image) => image.naturalWidth)")
            assert all(widths)
        browser.close()
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
    assert said == [], "the page's own policy refused something"
