"""Files with very many elements: a viewer and a page show a limited number, and say so."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dicomkit.index.element_rows import MAX_ROWS, instance_rows
from dicomkit.samples import ct_series
from dicomkit.viewers import MetadataViewer
from dicomkit.viewers.frame.viewer import Answer
from dicomkit.viewers.metadata.page_room import LEFT_OUT, MAX_PAGE_LINES, answers_within
from tests.support.dicom_files import element, item, part10, sequence

HEAD = element(0x00080016, "UI", b"1.2.840.10008.5.1.4.1.1.7\0") + element(0x00080018, "UI", b"1.2.3\0")
MAX_PAGE_BYTES, MAX_MEMORY_KB = 20_000_000, 400_000


def tiny_elements(count: int) -> bytes:
    """Return a file with so many empty private elements."""
    tags = ((9 + 2 * (number // 60_000)) << 16 | 0x0100 + number % 60_000 for number in range(count))
    return part10(HEAD + b"".join(element(tag, "LO", b"") for tag in tags))


def many_items(count: int) -> bytes:
    return part10(HEAD + sequence(0x00081140, item(element(0x00081155, "UI", b"1.2.3\0")) * count))


MANY = {"elements": lambda: tiny_elements(300_000), "items": lambda: many_items(99_000)}


@pytest.mark.parametrize("make", MANY.values(), ids=MANY)
def test_a_page_of_very_many_elements_is_bounded_and_says_so(
    make: Callable[[], bytes], tmp_path: Path
) -> None:
    source, page = tmp_path / "many.dcm", tmp_path / "page.html"
    source.write_bytes(make())
    code = (
        "import pathlib, re, sys\nfrom dicomkit.cli import main\nstatus = main(sys.argv[1:])\n"
        # Not of getrusage, which begins with what the process that started this one has.
        "print(re.search(r'VmHWM:\\s+(\\d+)', pathlib.Path('/proc/self/status').read_text())[1])\nsys.exit(status)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "view", str(source), "-o", str(page)],
        check=True,
        capture_output=True,
        text=True,
        timeout=300,
    )
    said = f"only the first {MAX_ROWS} elements and items are listed"
    assert said in done.stderr
    assert f"the bytes are left out: the file has more than {MAX_ROWS} elements and items" in done.stderr
    assert said in page.read_text(encoding="utf-8")
    assert page.stat().st_size < MAX_PAGE_BYTES
    assert int(done.stdout.split()[-1]) < MAX_MEMORY_KB


def test_rows_end_where_there_are_too_many() -> None:
    found = instance_rows(tiny_elements(MAX_ROWS + 5))
    assert len(found.rows) == MAX_ROWS
    assert found.problem == f"only the first {MAX_ROWS} elements and items are listed"
    fewer = instance_rows(tiny_elements(1000))
    assert fewer.problem == ""
    assert len(fewer.rows) > 1000


def test_what_stands_before_damage_is_listed() -> None:
    found = instance_rows(part10(HEAD + b"\x10\x00\x10\x00PN\xff\x00Doe"))
    assert [row.tag for row in found.rows][-1] == 0x00080018
    assert "longer than what is left" in found.problem


def test_a_full_page_says_so_in_the_place_of_each_answer() -> None:
    asked: list[dict[str, Any]] = []

    def answer(question: dict[str, Any]) -> Answer:
        asked.append(question)
        return Answer({"rows": [[]] * 100, "problem": ""})

    questions = [{"ask": "overview"}, *({"ask": "instance", "n": n} for n in range(10))]
    answers = dict(zip(range(11), answers_within(questions, answer, lines=450), strict=True))
    assert [LEFT_OUT in str(found.content) for _, found in answers.values()] == [False] * 5 + [True] * 6
    assert len(asked) == 5
    assert str(MAX_PAGE_LINES) in LEFT_OUT


def test_a_page_with_room_leaves_nothing_out() -> None:
    viewer = MetadataViewer(ct_series(3, size=16))
    assert LEFT_OUT not in str(viewer.page_viewer().answers)
    assert viewer.page_remark == ""
