"""Dates and times as spans: the value ``1030`` means a whole minute.

References
----------
PS3.5 section 6.2: VRs DA, TM and DT; PS3.4 section C.2.2.2.5, Range Matching.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import NamedTuple

__all__ = ["Span", "span_of", "span_of_range"]

_DATE = re.compile(r"(\d{4})(?:(\d\d)(\d\d)|\.(\d\d)\.(\d\d))")
_TIME = re.compile(r"(\d\d)(?::?(\d\d)(?::?(\d\d)(?:\.(\d{1,6}))?)?)?")
_DATE_TIME = re.compile(
    r"(\d{4})(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:\.(\d{1,6}))?)?)?)?)?)?([+-]\d{4})?"
)
_DAY = dt.date(2000, 1, 1)  # of a value of VR TM
_TICK = dt.timedelta(microseconds=1)
_LAST_SECOND = 59
_MIN_OFFSET, _MAX_OFFSET = -1200, 1400  # PS3.5 section 6.2: VR DT


class Span(NamedTuple):
    """First and last moment, both included; None for an open end."""

    first: dt.datetime | None
    last: dt.datetime | None

    def holds(self, other: Span) -> bool:
        """Return whether the first moment of `other` is in this span."""
        moment = other.first
        if moment is None:
            return False
        after = self.first is None or self.first <= moment
        return after and (self.last is None or moment <= self.last)


def span_of(vr: str, text: str) -> Span | None:
    """Return the span of a value of VR DA, TM or DT; None if it is invalid.

    Examples
    --------
    >>> span_of("TM", "1030")[1].time()
    datetime.time(10, 30, 59, 999999)
    """
    try:
        return {"DA": _date, "TM": _time, "DT": _date_time}[vr](text.strip())
    except (ValueError, OverflowError):
        return None


def span_of_range(vr: str, text: str) -> Span | None:
    """Return the span of a key: one value, ``A-B``, ``A-`` or ``-B``; None if it is invalid.

    Examples
    --------
    >>> span_of_range("DA", "20240101-").last is None, span_of_range("DA", "2024*")
    (True, None)
    """
    alone = span_of(vr, text)
    if alone is not None:
        return alone
    # A hyphen may also begin a UTC offset: try each as the separator.
    for place in (place for place, sign in enumerate(text) if sign == "-"):
        left, right = text[:place].strip(), text[place + 1 :].strip()
        first, last = span_of(vr, left), span_of(vr, right)
        if (left or right) and (not left or first) and (not right or last):
            return Span(first.first if first else None, last.last if last else None)
    return None


def _date(text: str) -> Span | None:
    found = _DATE.fullmatch(text)
    if found is None:
        return None
    year, month, day = (int(part) for part in found.groups() if part is not None)
    start = dt.datetime(year, month, day)  # noqa: DTZ001 - a date has no time zone
    return Span(start, start + dt.timedelta(days=1) - _TICK)


def _time(text: str) -> Span | None:
    found = _TIME.fullmatch(text)
    if found is None:
        return None
    return _span((_DAY.year, _DAY.month, _DAY.day), found.groups())


def _date_time(text: str) -> Span | None:
    found = _DATE_TIME.fullmatch(text)
    if found is None:
        return None
    *parts, zone = found.groups()
    if zone is not None and not _MIN_OFFSET <= int(zone) <= _MAX_OFFSET:
        return None
    year = int(parts[0])
    if parts[1] is None:
        span = Span(dt.datetime(year, 1, 1), dt.datetime(year, 12, 31, 23, 59, 59, 999999))  # noqa: DTZ001
    elif parts[2] is None:
        month = int(parts[1])
        start = dt.datetime(year, month, 1)  # noqa: DTZ001 - its offset is subtracted below
        following = dt.datetime(year + month // 12, month % 12 + 1, 1)  # noqa: DTZ001
        span = Span(start, following - _TICK)
    else:
        date = year, int(parts[1]), int(parts[2])
        start = dt.datetime(*date)  # noqa: DTZ001 - as above
        span = (
            _span(date, tuple(parts[3:])) if parts[3] else Span(start, start + dt.timedelta(days=1) - _TICK)
        )
    if zone is None or span.first is None or span.last is None:
        return span
    hours, minutes = divmod(abs(int(zone)), 100)
    offset = dt.timedelta(hours=hours, minutes=minutes) * (-1 if zone.startswith("-") else 1)
    return Span(span.first - offset, span.last - offset)


def _span(date: tuple[int, int, int], parts: tuple[str | None, ...]) -> Span:
    """Return the span of a time on a date; missing components may have any value."""
    hour, minute, second, fraction = parts
    first = dt.datetime(  # noqa: DTZ001 - as above
        *date,
        int(hour or 0),
        int(minute or 0),
        min(int(second or 0), _LAST_SECOND),  # a leap second counts as second 59
        int((fraction or "0").ljust(6, "0")),
    )
    last = first.replace(
        minute=first.minute if minute else _LAST_SECOND,
        second=first.second if second else _LAST_SECOND,
        microsecond=int((fraction or "").ljust(6, "9")),
    )
    return Span(first, last)
