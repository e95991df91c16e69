"""A waveform as curves in their units: source, sampling frequency and values of each channel.

References
----------
PS3.3 section C.10.9, Waveform Module.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from pydicom.dataset import Dataset

from dicomkit.contents.codes import code_of
from dicomkit.contents.entry import Entry, entry
from dicomkit.contents.part import Part, plain
from dicomkit.contents.waveform_samples import expanded, padding_value, raw_samples
from dicomkit.errors import DicomKitError
from dicomkit.pixels.transfer_syntax import transfer_syntax_of
from dicomkit.text import counted

__all__ = ["MAX_GROUPS", "Channel", "MultiplexGroup", "multiplex_groups", "waveform_entries"]

MAX_GROUPS = 64  # of an instance are shown


class Channel(NamedTuple):
    """One channel of a group.

    Parameters
    ----------
    number
        Counted from 1, as annotations and reports count.
    source
        What was measured, such as ``Lead I``; "" if it is not stated.
    label
        The device's label for it; it may identify somebody.
    unit
        The unit of the values, such as ``uV``; "" for plain sample values.
    gain, baseline
        A value is the sample times `gain` plus `baseline`.
    details
        Filters, skew and other properties, as text.
    """

    number: int
    source: str
    label: str
    unit: str
    gain: float
    baseline: float
    details: str


class MultiplexGroup(NamedTuple):
    """Channels that were sampled together.

    Parameters
    ----------
    number
        Counted from 1.
    label
        The device's label for the group; it may identify somebody.
    originality
        ``ORIGINAL`` or ``DERIVED``.
    frequency_hz
        Samples per second; 0 if it is not stated.
    offset_s
        When the first sample was taken, after the start of the acquisition.
    kind
        Waveform Sample Interpretation, such as ``SS``.
    channels
        In the order in which they are stored.
    samples
        The number of values of each channel.
    values
        Shape (samples, channels), in the units of the channels; NaN where nothing was measured. None if they cannot
        be read.
    problem
        Why there are no values; usually "".
    """

    number: int
    label: str
    originality: str
    frequency_hz: float
    offset_s: float
    kind: str
    channels: tuple[Channel, ...]
    samples: int
    values: npt.NDArray[np.float64] | None
    problem: str


def multiplex_groups(dataset: Dataset) -> Iterator[MultiplexGroup]:
    """Yield the multiplex groups of a waveform, with their values in the units of their channels.

    Parameters
    ----------
    dataset
        An instance with a Waveform Sequence. A group that cannot be read says why; the others are not affected.

    References
    ----------
    PS3.3 section C.10.9.1.4.2, Channel Sensitivity and Channel Sensitivity Units: value = sample x Channel Sensitivity
    x Channel Sensitivity Correction Factor + Channel Baseline. Waveform Padding Value means "nothing was measured".
    """
    try:
        little_endian = transfer_syntax_of(dataset).is_little_endian
    except DicomKitError:
        little_endian = True  # made in memory, or read without group 0002
    for number, item in enumerate(Part(dataset).items("WaveformSequence"), start=1):
        if number > MAX_GROUPS:
            return
        yield _group(item, number, little_endian=little_endian)


def _group(item: Part, number: int, *, little_endian: bool) -> MultiplexGroup:
    kind = item.text("WaveformSampleInterpretation")
    samples = int(item.number("NumberOfWaveformSamples", 0))
    channels = [
        _channel(each, place) for place, each in enumerate(item.items("ChannelDefinitionSequence"), start=1)
    ]
    values, problem = None, ""
    try:
        raw = raw_samples(item, little_endian=little_endian)
        values = expanded(raw, kind)
        values[raw == padding_value(item, little_endian=little_endian)] = np.nan
        stored = raw.shape[1]
        channels = channels[:stored] + [
            _channel(Part(Dataset()), place + 1) for place in range(len(channels), stored)
        ]
        values *= [one.gain for one in channels]
        values += [one.baseline for one in channels]
    except DicomKitError as error:
        problem = error.problem
    return MultiplexGroup(
        number,
        item.text("MultiplexGroupLabel"),
        item.text("WaveformOriginality"),
        max(item.number("SamplingFrequency", 0.0), 0.0),
        item.number("MultiplexGroupTimeOffset", 0.0) / 1000,
        kind,
        tuple(channels),
        samples,
        values,
        problem,
    )


def _channel(item: Part, number: int) -> Channel:
    sensitivity = item.number("ChannelSensitivity", 1.0)
    correction = item.number("ChannelSensitivityCorrectionFactor", 1.0)
    unit = code_of(item, "ChannelSensitivityUnitsSequence")
    source = code_of(item, "ChannelSourceSequence")
    parts = (
        ("FilterLowFrequency", "high-pass {} Hz"),
        ("FilterHighFrequency", "low-pass {} Hz"),
        ("NotchFilterFrequency", "notch {} Hz"),
        ("ChannelTimeSkew", "{} s later"),
        ("ChannelSampleSkew", "{} samples later"),
    )
    said = [words.format(plain(value)) for keyword, words in parts if (value := item.number(keyword, 0.0))]
    return Channel(
        number,
        source.meaning or str(source),
        item.text("ChannelLabel"),
        "" if (unit.value, unit.scheme) == ("1", "UCUM") else unit.value or unit.meaning,
        sensitivity * correction,
        item.number("ChannelBaseline", 0.0),
        ", ".join(said),
    )


def waveform_entries(dataset: Dataset) -> Iterator[Entry]:
    """Yield entries for each multiplex group, its channels with the range of their values, and the annotations."""
    part = Part(dataset)
    group_hides = part.hides("MultiplexGroupLabel")
    for group in multiplex_groups(dataset):
        head = [
            group.originality.lower(),
            counted(len(group.channels), "channel"),
            counted(group.samples, "sample"),
        ]
        if group.frequency_hz:
            head += [f"{group.frequency_hz:g} Hz", f"{group.samples / group.frequency_hz:g} s"]
        if group.offset_s:
            head.append(f"begins after {group.offset_s:g} s")
        yield entry(0, f"Multiplex group {group.number}", ", ".join(filter(None, head)))
        if group.label:
            yield entry(1, "Label", group.label, is_secret=group_hides)
        if group.problem:
            yield entry(1, "Not drawn", group.problem)
        for place, channel in enumerate(group.channels):
            yield entry(
                1, f"Channel {channel.number}: {channel.source or 'source not said'}", _reach(group, place)
            )
            if channel.label:
                yield entry(2, "Label", channel.label, is_secret=part.hides("ChannelLabel"))
    yield from _annotations(part)


def _reach(group: MultiplexGroup, place: int) -> str:
    channel = group.channels[place]
    said = [channel.details]
    if group.values is not None:
        values = group.values[:, place]
        known = values[np.isfinite(values)]
        unit = channel.unit or "(no unit)"
        said.insert(0, f"{known.min():g} to {known.max():g} {unit}" if known.size else "nothing was measured")
    return ", ".join(filter(None, said))


def _annotations(part: Part) -> Iterator[Entry]:
    """Yield the annotations of the curves (PS3.3 section C.10.10, Waveform Annotation Module)."""
    for note in part.items("WaveformAnnotationSequence"):
        name = code_of(note, "ConceptNameCodeSequence")
        value = note.text("UnformattedTextValue") or str(code_of(note, "ConceptCodeSequence"))
        if number := note.text("NumericValue"):
            value = f"{number} {code_of(note, 'MeasurementUnitsCodeSequence').value}".strip()
        at = note.text("ReferencedSamplePositions") or note.text("ReferencedTimeOffsets")
        value = f"{value} at {at}" if at and value else value or at
        yield Entry(
            0,
            name.meaning or "Annotation",
            value,
            is_secret=note.is_secret,
            known_name=name.registered or "Annotation",
        )
