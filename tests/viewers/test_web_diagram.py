"""Requests and answers over HTTP, drawn as a ladder: the same diagram, without patient data."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import expect

from dicomkit.files.writing import encode_file, write_file
from dicomkit.network import Archive
from dicomkit.network.web.web_log import WebLog
from dicomkit.samples import ct_series
from dicomkit.viewers import AssociationDiagram
from tests.support.viewer_pages import chromium, pages_of
from tests.support.web_calls import CONTENT_TYPE, ask, store_body


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> WebLog:
    """Return the log of a search, a picture, a wrong Accept, a body that is half stored, and no request at all."""
    folder = tmp_path_factory.mktemp("archive")
    first, second = ct_series(2, size=16)
    write_file(first, folder / "0.dcm")
    place = (
        f"studies/{first.StudyInstanceUID}/series/{first.SeriesInstanceUID}/instances/{first.SOPInstanceUID}"
    )
    with Archive(folder).web() as web:
        ask(f"{web.url}/studies?PatientName=WORKSHOP*", Accept="application/dicom+json")
        ask(f"{web.url}/{place}/rendered", Accept="image/png")
        ask(f"{web.url}/{place}", Accept="image/gif")
        body = store_body([encode_file(second), b"no DICOM"])
        ask(f"{web.url}/studies", body=body, Content_Type=CONTENT_TYPE)
        ask(f"{web.url}/nothing")
        return web.log


def test_each_request_has_its_answer_and_its_meaning(log: WebLog) -> None:
    diagram = AssociationDiagram(log)
    ladder = diagram.answer({"ask": "ladder", "number": 1}).content["ladder"]
    rungs = [(rung["from_caller"], rung["name"], rung["kind"]) for rung in ladder["rungs"]]
    assert rungs == [
        (True, "GET", "message"), (False, "200 OK", "message"),
        (True, "GET", "message"), (False, "200 OK", "message"),
        (True, "GET", "message"), (False, "406 Not Acceptable", "failure"),
        (True, "POST", "message"), (False, "202 Accepted", "warning"),
        (True, "GET", "message"), (False, "404 Not Found", "failure"),
    ]  # fmt: skip
    services = [rung["meaning"] for rung in ladder["rungs"] if rung["from_caller"]]
    words = ("QIDO-RS", "WADO-RS", "WADO-RS", "STOW-RS", "no request of DICOMweb")
    assert all(word in service for word, service in zip(words, services, strict=True))
    assert ladder["rungs"][7]["detail"] == "1 instance stored, 1 failed"
    assert "WORKSHOP" not in json.dumps(ladder)


def test_the_text_is_a_ladder_and_follows_the_log() -> None:
    log = WebLog()
    diagram = AssociationDiagram(log)
    assert repr(diagram) == "AssociationDiagram, nothing was said yet"


def test_the_text_has_a_line_for_each_of_them(log: WebLog) -> None:
    lines = repr(AssociationDiagram(log)).splitlines()
    assert lines[:4] == [
        "AssociationDiagram",
        "client asks archive over HTTP",
        "  -> GET  /studies?PatientName=...",
        "  <- 200 OK  1 result",
    ]


@pytest.fixture(scope="module")
def open_page(
    peer: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[..., object]]:
    with chromium(peer("chromium")) as browser, pages_of(browser, tmp_path_factory.mktemp("pages")) as opened:
        yield opened


def test_a_page_draws_it_without_the_words_of_associations(
    log: WebLog, open_page: Callable[..., object]
) -> None:
    page = open_page(AssociationDiagram(log))
    expect(page.locator(".dk-heads")).to_contain_text("clientasksarchiveanswers")
    expect(page.locator(".dk-outcome")).to_have_text("5 requests · ! 1 warning · ✗ 2 failures")
    expect(page.get_by_text("Association ", exact=True)).to_be_hidden()
    expect(page.get_by_text("every C-STORE")).to_be_hidden()
    page.get_by_role("option").nth(5).click()
    expect(page.locator(".dk-fields")).to_contain_text("cannot be had in a form that Accept names")
    expect(page.locator(".dk-fields")).not_to_contain_text("SCP")
