"""The samples of a multiplex group as numbers, for every width, sign, companding and byte order.

References
----------
PS3.3 section C.10.9.1.5, Waveform Bits Allocated and Waveform Sample Interpretation; ITU-T Recommendation G.711.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from dicomkit.contents.part import Part
from dicomkit.errors import NotDicomError

__all__ = ["expanded", "raw_samples"]

# The bytes of a sample, and its numpy type code, by Waveform Sample Interpretation.
_KINDS = {
    "SB": (1, "i1"), "UB": (1, "u1"), "MB": (1, "u1"), "AB": (1, "u1"),
    "SS": (2, "i2"), "US": (2, "u2"), "SL": (4, "i4"), "UL": (4, "u4"), "SV": (8, "i8"), "UV": (8, "u8"),
}  # fmt: skip
_REMEDY = "get the file again, or look at its elements in a MetadataViewer"


def raw_samples(group: Part, *, little_endian: bool) -> npt.NDArray[np.generic]:
    """Return the samples as they are stored, shape (samples, channels).

    Parameters
    ----------
    group
        An item of the Waveform Sequence.
    little_endian
        The byte order of the transfer syntax.

    Raises
    ------
    NotDicomError
        If the description of the samples is missing or contradicts itself, or there are fewer than it states.
    """
    kind = group.text("WaveformSampleInterpretation")
    channels, samples, bits = (
        int(group.number(keyword, 0))
        for keyword in ("NumberOfWaveformChannels", "NumberOfWaveformSamples", "WaveformBitsAllocated")
    )
    if kind not in _KINDS:
        raise NotDicomError("waveform", "its Waveform Sample Interpretation is none of the Standard", _REMEDY)
    size, letters = _KINDS[kind]
    if bits != 8 * size:
        raise NotDicomError(
            "waveform", f"{bits} bits allocated do not fit samples of the kind {kind}", _REMEDY
        )
    if channels < 1 or samples < 1:
        raise NotDicomError("waveform", f"it has {channels} channels of {samples} samples", _REMEDY)
    there = group.value("WaveformData")
    there = there if isinstance(there, bytes) else b""
    needed = channels * samples * size
    if len(there) < needed:
        problem = f"it has {len(there)} bytes, and {channels} channels of {samples} samples ask for {needed}"
        raise NotDicomError("waveform", problem, _REMEDY)
    if size == 1 and not little_endian and _vr(group) == "OW":
        there = swapped(there)
    order = "<" if little_endian else ">"
    return np.frombuffer(there, np.dtype(order + letters), channels * samples).reshape(samples, channels)


def padding_value(group: Part, *, little_endian: bool) -> float | None:
    """Return the sample value that means "nothing was measured"; None if there is none."""
    value = group.value("WaveformPaddingValue")
    size, letters = _KINDS.get(group.text("WaveformSampleInterpretation"), (0, ""))
    if isinstance(value, bytes) and size and len(value) >= size:
        # PS3.5 annex A: it is encoded as a sample is, OB or OW.
        raw = (
            swapped(value)
            if size == 1 and not little_endian and _vr(group, "WaveformPaddingValue") == "OW"
            else value
        )
        return float(np.frombuffer(raw, np.dtype(("<" if little_endian else ">") + letters), 1)[0])
    return float(value) if isinstance(value, int) else None


def swapped(words: bytes) -> bytes:
    """Return the bytes with each pair swapped (PS3.5 section 7.3)."""
    even = words[: len(words) // 2 * 2]
    return np.frombuffer(even, "<u2").astype(">u2").tobytes()


def _vr(group: Part, keyword: str = "WaveformData") -> str:
    try:
        return str(group.dataset[keyword].VR)
    except Exception:  # noqa: BLE001 - as in Part
        return ""


def expanded(samples: npt.NDArray[np.generic], kind: str) -> npt.NDArray[np.float64]:
    """Return samples as linear values: those of kind MB (mu-law) and AB (A-law) are companded (G.711)."""
    return _EXPANSIONS.get(kind, _as_they_are)(samples)


def _as_they_are(samples: npt.NDArray[np.generic]) -> npt.NDArray[np.float64]:
    return samples.astype(np.float64)


def _of_mu_law(samples: npt.NDArray[np.generic]) -> npt.NDArray[np.float64]:
    # G.711 table 2: the bits are inverted; sign, three bits of segment, four bits of position in it.
    bits = ~samples.astype(np.uint8)
    segment, place = (bits >> 4 & 7).astype(np.int64), (bits & 15).astype(np.int64)
    size = ((place << 3) + 0x84 << segment) - 0x84
    return np.where(bits & 0x80, -size, size).astype(np.float64)


def _of_a_law(samples: npt.NDArray[np.generic]) -> npt.NDArray[np.float64]:
    # G.711 table 1: every second bit is inverted; the lowest two segments have one step.
    bits = samples.astype(np.uint8) ^ 0x55
    segment, place = (bits >> 4 & 7).astype(np.int64), (bits & 15).astype(np.int64)
    low = (place << 4) + 8
    size = np.where(segment == 0, low, (low + 0x100) << np.maximum(segment - 1, 0))
    return np.where(bits & 0x80, size, -size).astype(np.float64)


_EXPANSIONS: dict[str, Callable[[npt.NDArray[np.generic]], npt.NDArray[np.float64]]] = {
    "MB": _of_mu_law,
    "AB": _of_a_law,
}
