"""The messages to the browser about an instance: its lines, its curves, its document."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from dicomkit.contents.content import Content
from dicomkit.contents.document import Document
from dicomkit.contents.entry import Entry
from dicomkit.contents.waveform import MultiplexGroup
from dicomkit.text import escape_terminal, shorten

__all__ = ["MAX_DRAWN_VALUES", "curve_buffers", "lines_of", "samples_per_bucket", "waveform_heads"]

MAX_DRAWN_VALUES = 400_000  # of a group: more than a screen can show, and 1.6 MB
_LONGEST_LABEL = 40


def lines_of(content: Content, *, is_masked: bool) -> list[list[Any]]:
    """Return the lines: depth, position, role, name, value, whether the value may identify somebody and is covered."""
    return [_line(entry, is_masked=is_masked) for entry in (*content.head, *content.entries)]


def _line(entry: Entry, *, is_masked: bool) -> list[Any]:
    shown = entry.covered() if is_masked else entry
    value = shown.value.replace("\r\n", "\n").replace("\r", "\n")  # either ends a line of a TEXT
    texts = (shown.place, shown.role, shown.name, value)
    is_covered = is_masked and entry.is_secret and bool(entry.value)
    return [entry.depth, *(escape_terminal(text, keep="\n\t") for text in texts), entry.is_secret, is_covered]


def waveform_heads(
    groups: Sequence[MultiplexGroup], *, is_covered: bool, is_masked: bool
) -> list[dict[str, Any]]:
    """Return the description of each group, to be shown beside its curves, which may be covered, as a recorded voice is."""
    return [
        {
            "number": group.number,
            "label": "" if is_masked else shorten(group.label, _LONGEST_LABEL),
            "frequency_hz": group.frequency_hz,
            "samples": group.samples,
            "step": samples_per_bucket(group),
            "problem": "a recorded voice is covered" if is_covered else escape_terminal(group.problem),
            "channels": [
                {
                    "name": shorten(channel.source or f"channel {channel.number}", _LONGEST_LABEL),
                    "unit": shorten(channel.unit, _LONGEST_LABEL),
                    "details": escape_terminal(channel.details),
                }
                for channel in group.channels
            ],
        }
        for group in groups
    ]


def samples_per_bucket(group: MultiplexGroup) -> int:
    """Return the number of samples in a bucket, of which the minimum and maximum are sent; 1 if all samples are."""
    total = group.samples * max(len(group.channels), 1)
    return 1 if total <= MAX_DRAWN_VALUES else -(-2 * total // MAX_DRAWN_VALUES)


def curve_buffers(group: MultiplexGroup) -> list[bytes]:
    """Return the values of each channel as 32-bit floats, or the minimum and maximum of each bucket in turn."""
    if group.values is None:
        return []
    step = samples_per_bucket(group)
    return [_drawn(channel, step).astype("<f4").tobytes() for channel in group.values.T]


def _drawn(values: npt.NDArray[np.float64], step: int) -> npt.NDArray[np.float64]:
    if step == 1:
        return values
    count = -(-len(values) // step)
    buckets = np.full(count * step, np.nan)
    buckets[: len(values)] = values
    # fmin and fmax ignore NaN (not measured) unless the whole bucket is NaN.
    rows = buckets.reshape(count, step)
    return np.stack([np.fmin.reduce(rows, axis=1), np.fmax.reduce(rows, axis=1)], axis=1).ravel()


def document_head(document: Document | None, *, is_covered: bool) -> dict[str, Any] | None:
    """Return the description of a document, to be shown beside its button; None without a document."""
    if document is None:
        return None
    return {
        "name": f"document{document.suffix}",
        "mime_type": escape_terminal(shorten(document.mime_type, _LONGEST_LABEL)),
        "size": len(document.content),
        "covered": is_covered,
    }
