"""Dates and times as spans: the value ``1030`` means a whole minute.

References
----------
PS3.5 section 6.2: VRs DA, TM and DT; PS3.4 section C.2.2.2.5, Range Matching.
"""

from __future__ import annotations

import calendar
import datetime as dt
import re
from typing import NamedTuple

__all__ = ["Span", "span_of", "span_of_range"]

# The groups: year, month, day, hour, minute, second, fraction of a second, offset from UTC.
_FORMS = {
    "DA": re.compile(r"(?P<year>\d{4})(?P<stop>\.?)(?P<month>\d\d)(?P=stop)(?P<day>\d\d)"),
    "TM": re.compile(
        r"(?P<hour>\d\d)(?::?(?P<minute>\d\d)(?::?(?P<second>\d\d)(?:\.(?P<fraction>\d{1,6}))?)?)?"
    ),
    "DT": re.compile(
        r"(?P<year>\d{4})(?:(?P<month>\d\d)(?:(?P<day>\d\d)(?:(?P<hour>\d\d)(?:(?P<minute>\d\d)"
        r"(?:(?P<second>\d\d)(?:\.(?P<fraction>\d{1,6}))?)?)?)?)?)?(?P<zone>[+-]\d{4})?"
    ),
}
_DAY_OF_TIMES = {"year": "2000", "month": "01", "day": "01"}  # a value of VR TM has no date
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
    found = _FORMS[vr].fullmatch(text.strip())
    if found is None:
        return None
    parts = found.groupdict()
    if vr == "TM":
        parts |= _DAY_OF_TIMES
    try:
        return _span(parts, _offset(parts.get("zone") or "+0000"))
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


def _span(parts: dict[str, str | None], offset: dt.timedelta) -> Span:
    """Return the span in UTC; missing components may have any value."""

    def part(name: str, otherwise: int) -> int:
        return int(parts.get(name) or otherwise)

    fraction = parts.get("fraction") or ""
    first = dt.datetime(  # noqa: DTZ001 - its offset is subtracted below
        part("year", 1),
        part("month", 1),
        part("day", 1),
        part("hour", 0),
        part("minute", 0),
        min(part("second", 0), _LAST_SECOND),  # a leap second counts as second 59
        int(fraction.ljust(6, "0")),
    )
    month = part("month", 12)
    last = first.replace(
        month=month,
        day=part("day", calendar.monthrange(first.year, month)[1]),
        hour=part("hour", 23),
        minute=part("minute", 59),
        second=min(part("second", _LAST_SECOND), _LAST_SECOND),
        microsecond=int(fraction.ljust(6, "9")),
    )
    return Span(first - offset, last - offset)


def _offset(zone: str) -> dt.timedelta:
    if not _MIN_OFFSET <= int(zone) <= _MAX_OFFSET:
        raise ValueError(zone)
    hours, minutes = divmod(abs(int(zone)), 100)
    return dt.timedelta(hours=hours, minutes=minutes) * (-1 if zone.startswith("-") else 1)
