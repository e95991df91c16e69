"""The value of a content item as text, for each value type.

References
----------
PS3.3 Table C.17.3-7, Value Type definitions; section C.18, Content Macros.
"""

from __future__ import annotations

from collections.abc import Callable

from dicomkit.contents.codes import code_of
from dicomkit.contents.part import Part, plain
from dicomkit.files.registered_names import registered_name
from dicomkit.text import counted

__all__ = ["reference_text", "value_text"]

_MAX_POINTS = 32  # of a graphic; the rest is counted


def value_text(item: Part, value_type: str) -> str:
    """Return the value of a content item; "" if it has none."""
    write = _WRITERS.get(value_type)
    return write(item) if write else ""


def reference_text(reference: Part) -> str:
    """Return a reference as text: SOP class, UID, and the part of the instance that is meant."""
    uid = reference.text("ReferencedSOPClassUID")
    name = registered_name(uid).removesuffix(" Storage") or uid or "instance of an unnamed SOP class"
    said = [f"{name} {reference.text('ReferencedSOPInstanceUID')}".strip()]
    for keyword, noun in (("ReferencedFrameNumber", "frame"), ("ReferencedSegmentNumber", "segment")):
        if numbers := reference.listed(keyword):
            said.append(f"{noun}{'s' if ',' in numbers else ''} {numbers}")
    channels = [plain(number) for number in reference.values("ReferencedWaveformChannels")]
    if channels:  # pairs of multiplex group and channel
        pairs = zip(channels[::2], channels[1::2], strict=False)
        said.append(f"channels {', '.join('/'.join(pair) for pair in pairs)}")
    said += [f"shown as {reference_text(state)}" for state in reference.items("ReferencedSOPSequence")]
    return ", ".join(said)


def _references(item: Part) -> str:
    return "; ".join(map(reference_text, item.items("ReferencedSOPSequence")))


def _number(item: Part) -> str:
    measured = item.item("MeasuredValueSequence")
    value = measured.text("NumericValue") or measured.text("FloatingPointValue")
    if not value and (qualifier := str(code_of(item, "NumericValueQualifierCodeSequence"))):
        return f"no value: {qualifier}"
    unit = code_of(measured, "MeasurementUnitsCodeSequence")
    # "1" in UCUM means "no units": the number alone is enough.
    written = "" if (unit.value, unit.scheme) == ("1", "UCUM") else unit.value or unit.meaning
    meant = f" ({unit.meaning})" if unit.meaning and unit.meaning != written and written else ""
    return f"{value} {written}{meant}".strip()


def _graphic(item: Part, dimensions: int) -> str:
    shape = item.text("GraphicType")
    numbers = [plain(number) for number in item.numbers("GraphicData")]
    points = [numbers[start : start + dimensions] for start in range(0, len(numbers), dimensions)]
    shown = " ".join("/".join(point) for point in points[:_MAX_POINTS])
    more = f" … ({counted(len(points), 'point')})" if len(points) > _MAX_POINTS else ""
    return f"{shape} {shown}{more}".strip()


def _times(item: Part) -> str:
    keywords = ("ReferencedSamplePositions", "ReferencedTimeOffsets", "ReferencedDateTime")
    units = ("samples", "s", "")
    said = [
        f"{text} {unit}".strip()
        for keyword, unit in zip(keywords, units, strict=True)
        if (text := item.listed(keyword))
    ]
    return " ".join([item.text("TemporalRangeType"), *said]).strip()


def _table(item: Part) -> str:
    return f"{item.text('NumberOfTableRows')} rows, {item.text('NumberOfTableColumns')} columns"


_WRITERS: dict[str, Callable[[Part], str]] = {
    "CONTAINER": lambda item: "" if item.text("ContinuityOfContent") != "CONTINUOUS" else "as running text",
    "TEXT": lambda item: item.text("TextValue"),
    "CODE": lambda item: str(code_of(item, "ConceptCodeSequence")),
    "NUM": _number,
    "PNAME": lambda item: item.text("PersonName"),
    "DATE": lambda item: item.text("Date"),
    "TIME": lambda item: item.text("Time"),
    "DATETIME": lambda item: item.text("DateTime"),
    "UIDREF": lambda item: item.text("UID"),
    "IMAGE": _references,
    "COMPOSITE": _references,
    "WAVEFORM": _references,
    "SCOORD": lambda item: _graphic(item, 2),
    "SCOORD3D": lambda item: _graphic(item, 3),
    "TCOORD": _times,
    "TABLE": _table,
}
