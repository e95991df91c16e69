"""Errors in a query, with their DIMSE status."""

from __future__ import annotations

from collections.abc import Iterable

from dicomkit.errors import UsageError

__all__ = ["DOES_NOT_MATCH_SOP_CLASS", "CatalogueBusyError", "QueryError"]

OUT_OF_RESOURCES, DOES_NOT_MATCH_SOP_CLASS = 0xA700, 0xA900


class QueryError(UsageError):
    """A key of a query is invalid, or the keys are together.

    Parameters
    ----------
    status
        The status of the response (PS3.4 Table C.4-1).
    tags
        The invalid keys, for Offending Element (0000,0901).

    Attributes
    ----------
    comment : str
        What is wrong, for Error Comment (0000,0902).
    """

    def __init__(
        self,
        given: object,
        problem: str,
        remedy: str,
        *,
        status: int = DOES_NOT_MATCH_SOP_CLASS,
        tags: Iterable[int] = (),
    ) -> None:
        super().__init__(given, problem, remedy)
        self.comment = f"{given} {problem}"
        self.status = status
        self.tags = tuple(tags)


class CatalogueBusyError(QueryError):
    """The archive is still reading its folder, and the time limit of a request is over."""

    def __init__(self, count: int) -> None:
        problem = f"is reading its folder: {count} files so far"
        super().__init__("the archive", problem, "ask again in a moment", status=OUT_OF_RESOURCES)
