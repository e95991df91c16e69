"""Text on its way out: one escape function for each kind of sink, and numbers with their nouns.

A DICOM value can hold anything: an escape sequence that recolours a terminal, a script, a spreadsheet
formula. Whoever shows a value passes it through the function that is named after the sink.
"""

from __future__ import annotations

import html
import unicodedata

# Spreadsheets run a cell that starts with one of these (OWASP, "CSV Injection"); some languages' also one
# that starts with the wide form of such a sign.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")

# Cc: control characters. Cf: formatting, which holds the bidirectional overrides that reorder a line.
# Co, Cs, Zl, Zp: private use, surrogates, line and paragraph separators.
_UNSAFE_CATEGORIES = frozenset({"Cc", "Cf", "Co", "Cs", "Zl", "Zp"})


def escape_terminal(text: str, *, keep: str = "") -> str:
    r"""Return `text` with everything that a terminal would act on made visible.

    Parameters
    ----------
    text
        Any text.
    keep
        Characters that pass unchanged, for example a line feed.

    Examples
    --------
    >>> escape_terminal("DOE^\x1b[31mJANE")
    'DOE^\\x1b[31mJANE'
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        character
        if character in keep or unicodedata.category(character) not in _UNSAFE_CATEGORIES
        else character.encode("unicode_escape", "surrogatepass").decode("ascii")
        for character in text
    )


def escape_html(text: str) -> str:
    """Return `text` so that a browser shows it and never interprets it, also inside an attribute.

    Examples
    --------
    >>> escape_html('<b a="1">')
    '&lt;b a=&quot;1&quot;&gt;'
    """
    return html.escape(escape_terminal(text, keep="\n\t"), quote=True)


def escape_csv(text: str) -> str:
    r"""Return `text` as one quoted CSV field that no spreadsheet takes for a formula.

    Examples
    --------
    >>> escape_csv('=1+1')
    '"\'=1+1"'
    """
    visible = escape_terminal(text, keep="\n\t")
    guarded = f"'{visible}" if visible.startswith(_FORMULA_STARTS) else visible
    return '"' + guarded.replace('"', '""') + '"'


def shorten(text: str, limit: int) -> str:
    """Return `text` on one line, at most `limit` characters long, with the middle left out.

    Examples
    --------
    >>> shorten("abcdefghij", 7)
    'abc…hij'
    """
    line = escape_terminal(text)
    if len(line) <= limit:
        return line
    tail = (limit - 1) // 2
    head = limit - 1 - tail
    return f"{line[:head]}…{line[len(line) - tail :]}"


def counted(number: int, noun: str) -> str:
    """Return a number with its noun in the right form.

    Examples
    --------
    >>> counted(1, "study"), counted(2, "study"), counted(3, "series"), counted(4, "picture")
    ('1 study', '2 studies', '3 series', '4 pictures')
    """
    if number == 1 or noun == "series":
        return f"{number} {noun}"
    return f"{number} {noun.removesuffix('y')}ies" if noun.endswith("y") else f"{number} {noun}s"
