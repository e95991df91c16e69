"""Text on its way out: nothing in a value has an effect on the sink that shows it."""

from __future__ import annotations

import csv
import html.parser
import io
import unicodedata

import pytest

from dicomkit.text import escape_csv, escape_html, escape_terminal, shorten

HOSTILE = [
    "\x1b[2J\x1b[31mDOE",
    "\x9b31mDOE",
    "\x07\b\b\bX",
    "DOE\r\nFORGED",
    "\u202egnp.exe",
    "a\u2028b\u2029c",
    "\x1b]8;;http://x\x07link\x1b]8;;\x07",
    "<script>alert(1)</script>",
    '" onmouseover="x',
    "&lt;b&gt;",
    "=cmd|' /C calc'!A0",
    "+1+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    'say "hi", twice\nnext',
    "\ud800",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_terminal_gets_nothing_to_act_on(text: str) -> None:
    shown = escape_terminal(text)
    assert not any(unicodedata.category(character).startswith("C") for character in shown)
    assert "\u2028" not in shown


def test_a_terminal_still_shows_names_in_their_own_script() -> None:
    assert escape_terminal("Müller^Jörg=山田^太郎") == "Müller^Jörg=山田^太郎"
    assert escape_terminal("a\nb\x1b", keep="\n") == "a\nb\\x1b"


class _Collector(html.parser.HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, list[tuple[str, str | None]]]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, attrs))

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.parametrize("text", HOSTILE)
def test_a_browser_gets_text_and_no_markup(text: str) -> None:
    collector = _Collector()
    collector.feed(f'<td title="{escape_html(text)}">{escape_html(text)}</td>')
    collector.close()
    assert [tag for tag, _ in collector.tags] == ["td"]
    assert collector.tags[0][1] == [("title", collector.text)]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_spreadsheet_gets_one_field_and_no_formula(text: str) -> None:
    rows = list(csv.reader(io.StringIO(f"{escape_csv(text)},next\n")))
    assert len(rows) == 1
    assert len(rows[0]) == 2
    assert not rows[0][0].startswith(("=", "+", "-", "@", "\t", "\r"))


@pytest.mark.parametrize("limit", range(1, 12))
def test_a_shortened_text_keeps_both_ends_and_the_limit(limit: int) -> None:
    text = shorten("abcdefghij", limit)
    assert len(text) == min(limit, 10)
    assert limit >= 10 or "…" in text
