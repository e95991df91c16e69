"""Collect all problems of a dump text, so that one run reports them all."""

from __future__ import annotations

from dicomkit.dump.reading.lines import DumpLine
from dicomkit.errors import DumpProblem
from dicomkit.files.tokens import tag_text

__all__ = ["Problems"]


class Problems:
    """The errors and warnings of one dump text so far.

    Messages contain no values, which may be patient data. The line itself is kept beside the message.
    """

    def __init__(self) -> None:
        self.errors: list[DumpProblem] = []
        self.warnings: list[DumpProblem] = []

    def error(self, line: DumpLine, problem: str, remedy: str, *, offset: int | None = None) -> None:
        """Note that `line` cannot be read; `offset` is the position in its text, in characters."""
        self.errors.append(_located(line, problem, remedy, offset))

    def warning(self, line: DumpLine, problem: str, remedy: str, *, offset: int | None = None) -> None:
        """Note that `line` was read, but perhaps not as it was meant."""
        self.warnings.append(_located(line, problem, remedy, offset))


def _located(line: DumpLine, problem: str, remedy: str, offset: int | None) -> DumpProblem:
    element = line.element
    if offset is None:
        offset = element.value_start if element is not None else 0
    before = line.text[:offset]
    number = line.number + before.count("\n")
    column = offset - (before.rfind("\n") + 1) + 1
    given = ""
    if element is not None:
        has_value = bool(line.text[element.value_start :].strip())
        given = " ".join(
            [tag_text(element.tag), *([element.vr] if element.vr else []), *(["[…]"] if has_value else [])]
        )
    return DumpProblem(number, column, given, problem, remedy, _readable(line.text))


def _readable(text: str) -> str:
    """Return a line of one character for each byte as its author sees it in an editor."""
    content = text.encode("latin-1")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return text
