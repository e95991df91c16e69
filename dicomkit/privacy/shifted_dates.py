"""Shift dates by whole days: the intervals between them stay, and the real dates are hidden.

The time of day stays as it is, because the offset is a number of whole days.

References
----------
PS3.15 section E.3.6, Retain Longitudinal Temporal Information Options; PS3.5 section 6.2: VRs DA, DT and TM.
"""

from __future__ import annotations

import datetime as dt
import re

__all__ = ["is_time_of_day", "shifted_date", "shifted_date_time"]

_DATE = re.compile(r"(\d{4})(\d{2})(\d{2})|(\d{4})\.(\d{2})\.(\d{2})")  # the second form is ACR-NEMA's
_DATE_TIME = re.compile(r"(\d{4})(\d{2})?(\d{2})?((?<=\d{8})\d{2,6}(?:\.\d{1,6})?)?([+-]\d{4})?")
_TIME = re.compile(r"\d{2}(\d{2}(\d{2}(\.\d{1,6})?)?)?|\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?")


def shifted_date(text: str, days: int) -> str | None:
    """Return a DA, shifted by `days` into the past, or None if it is not a date.

    Examples
    --------
    >>> shifted_date("20240301", 1), shifted_date("1 March", 1)
    ('20240229', None)
    """
    found = _DATE.fullmatch(text.strip(" \0"))
    if found is None:
        return None
    parts = [part for part in found.groups() if part is not None]
    moved = _moved(*map(int, parts), days=days)
    return None if moved is None else f"{moved.year:04}{moved.month:02}{moved.day:02}"


def shifted_date_time(text: str, days: int) -> str | None:
    """Return a DT, shifted by `days` into the past, or None if it is not valid.

    Time of day and offset from UTC stay, and so does the precision of a DT with a year or a month only.

    Examples
    --------
    >>> shifted_date_time("20240301120000.5+0200", 1), shifted_date_time("202403", 60)
    ('20240229120000.5+0200', '202401')
    """
    found = _DATE_TIME.fullmatch(text.strip(" \0"))
    if found is None:
        return None
    year, month, day, time, zone = found.groups()
    moved = _moved(int(year), int(month or 1), int(day or 1), days=days)
    if moved is None:
        return None
    date = f"{moved.year:04}{moved.month:02}{moved.day:02}"[: len(year + (month or "") + (day or ""))]
    return date + (time or "") + (zone or "")


def is_time_of_day(text: str) -> bool:
    """Return whether a TM value is a valid time of day, not some other text.

    Examples
    --------
    >>> is_time_of_day("101112.5"), is_time_of_day("at noon")
    (True, False)
    """
    return _TIME.fullmatch(text.strip(" \0")) is not None


def _moved(year: int, month: int, day: int, *, days: int) -> dt.date | None:
    try:
        return dt.date(year, month, day) - dt.timedelta(days=days)
    except (ValueError, OverflowError):
        return None
