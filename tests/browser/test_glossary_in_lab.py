"""In JupyterLab, a term's link opens the glossary as a page to read, at that term."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dicomkit.lessons.catalogue import NOTEBOOKS
from tests.support.lab_notebook import OPEN, LabNotebook, lab_notebook

_IN_VIEW = """(name) => {
    const page = document.querySelector('.jp-MarkdownViewer');
    const heading = [...(page?.querySelectorAll('h3') ?? [])].find(each => each.textContent.startsWith(name));
    if (!heading) return false;
    const [outer, inner] = [page.getBoundingClientRect(), heading.getBoundingClientRect()];
    return inner.top >= outer.top - 5 && inner.bottom <= outer.bottom;
}"""


@pytest.fixture
def lab(tmp_path: Path, peer: Callable[[str], str]) -> Iterator[LabNotebook]:
    with lab_notebook(tmp_path, peer("chromium")) as notebook:
        yield notebook


def follow(lab: LabNotebook, anchor: str) -> None:
    lab.page.evaluate(OPEN, NOTEBOOKS[0].file_name)
    link = lab.page.locator(
        f'.jp-NotebookPanel:not(.lm-mod-hidden) a[href*="glossary.md"][href$="#{anchor}"]'
    )
    link.first.scroll_into_view_if_needed()
    link.first.click()


def test_a_link_opens_the_glossary_rendered_and_at_its_term(lab: LabNotebook) -> None:
    page = lab.page
    for anchor, heading in (("attribute", "attribute"), ("Hounsfield-unit", "Hounsfield unit")):
        follow(lab, anchor)
        page.locator(".jp-MarkdownViewer h3").first.wait_for()
        page.wait_for_function(_IN_VIEW, arg=heading)
    assert page.locator(".jp-MarkdownViewer table").count() == 1
    assert page.locator(".jp-FileEditor").count() == 0
    page.locator('.jp-MarkdownViewer a[href*="part03.html"]').first.wait_for(state="attached")
    page.locator('.jp-MarkdownViewer a[href*="00_start_here.ipynb"]').first.wait_for(state="attached")
