"""What came back for a query, in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from dicomkit.errors import NetworkError
from dicomkit.network.query_statuses import explain_query_status
from dicomkit.text import counted, escape_html, escape_terminal, shorten

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

    from dicomkit.network.statuses import StatusMeaning

__all__ = ["FindReport"]

_MAX_CELL = 40


class FindReport(Sequence["Dataset"]):
    """The answers of a C-FIND: one data set for each entity that matches.

    Its ``repr`` names no patient; ``str`` and a notebook's table show the values that were asked for.

    Parameters
    ----------
    answers
        The identifiers.
    status
        The status of the last response.
    comment
        What the archive wrote in (0000,0902) Error Comment.
    has_remark
        Whether the archive said (FF01H) that it cannot fill or match some of the keys.
    """

    def __init__(
        self, answers: Sequence[Dataset], status: int, comment: str = "", *, has_remark: bool = False
    ) -> None:
        self._answers = tuple(answers)
        self.status = status
        self.comment = comment
        self.has_remark = has_remark

    @property
    def explained(self) -> StatusMeaning:
        """What the last status means, where that is written, and what to do."""
        return explain_query_status(self.status)

    @property
    def is_complete(self) -> bool:
        """Whether these are all."""
        return self.explained.family == "success"

    def raise_on_failure(self) -> None:
        """Raise if the archive refused, or failed on the way.

        Raises
        ------
        NetworkError
            With the status in words. A query that was cancelled has not failed.
        """
        if self.explained.family == "failure":
            said = f"; it says: {self.comment}" if self.comment else ""
            problem = f"was answered {self.status:04X}H: {self.explained.meaning}{said}"
            raise NetworkError("C-FIND", problem, self.explained.advice)

    def summary(self) -> str:
        """Return one line: how many answers, and how it ended.

        Examples
        --------
        >>> FindReport([], 0xA900, "StudyInstanceUID is missing").summary()
        '0 answers, A900H: the keys do not fit the level or the information model (StudyInstanceUID is missing)'
        """
        text = counted(len(self._answers), "answer")
        if self.status != 0:
            text += f", {self.status & 0xFFFF:04X}H: {self.explained.meaning}"
            text += f" ({self.comment})" if self.comment else ""
        if self.has_remark:
            text += "; FF01H: the archive cannot fill or match all of the keys"
        return text

    def __getitem__(self, index: int) -> Dataset:  # type: ignore[override] # - no slices of a report
        return self._answers[index]

    def __len__(self) -> int:
        return len(self._answers)

    def __repr__(self) -> str:
        return f"<FindReport {counted(len(self), 'answer')}, {self.explained.family}>"

    def __str__(self) -> str:
        names, rows = self._table()
        if not rows:
            return self.summary()
        widths = [max(len(row[place]) for row in (names, *rows)) for place in range(len(names))]
        lines = (
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
            for row in (names, *rows)
        )
        return "\n".join([self.summary(), *(f"  {escape_terminal(line)}" for line in lines)])

    def _repr_html_(self) -> str:
        names, rows = self._table()
        head = "".join(f"<th>{escape_html(name)}</th>" for name in names)
        body = "".join(
            "<tr>" + "".join(f"<td>{escape_html(cell)}</td>" for cell in row) + "</tr>" for row in rows
        )
        return (
            f"<table><caption>{escape_html(self.summary())}</caption>"
            f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
        )

    def _table(self) -> tuple[list[str], list[list[str]]]:
        """Return the keys that came back, and the values of each answer."""
        hidden = {"SpecificCharacterSet", "QueryRetrieveLevel", "RetrieveAETitle"}
        tags = sorted(
            {element.tag for answer in self._answers for element in answer if element.keyword not in hidden}
        )
        names = [
            next(answer[tag].keyword or str(tag) for answer in self._answers if tag in answer) for tag in tags
        ]
        return names, [[_cell(answer, tag) for tag in tags] for answer in self._answers]


def _cell(answer: Dataset, tag: int) -> str:
    if tag not in answer:
        return ""
    element = answer[tag]
    if element.VR == "SQ":
        return counted(len(element.value), "item")
    value = element.value
    several = isinstance(value, Sequence) and not isinstance(value, str | bytes)
    text = "\\".join(str(one) for one in value) if several else "" if value is None else str(value)
    return shorten(text, _MAX_CELL)
