"""The values of a waveform: those of pydicom where it reads them, and of G.711 and hand-written bytes elsewhere."""

from __future__ import annotations

import numpy as np
import pytest
from pydicom.dataset import Dataset, FileDataset
from pydicom.uid import ExplicitVRBigEndian, ExplicitVRLittleEndian

from dicomkit.contents import format_content, multiplex_groups
from dicomkit.contents.waveform_samples import expanded
from dicomkit.files import new_instance, read_file
from dicomkit.files.reading import read_content
from dicomkit.files.writing import encode_file
from tests.support.dicom_files import bundled
from tests.support.reports import code

GENERAL_ECG = "1.2.840.10008.5.1.4.1.1.9.1.2"


def group(kind: str, bits: int, content: bytes, channels: int = 1, **values: object) -> Dataset:
    """Return an item of a Waveform Sequence with these samples."""
    made = Dataset()
    made.WaveformOriginality, made.SamplingFrequency = "ORIGINAL", "100"
    made.NumberOfWaveformChannels, made.NumberOfWaveformSamples = (
        channels,
        len(content) * 8 // bits // channels,
    )
    made.WaveformBitsAllocated, made.WaveformSampleInterpretation = bits, kind
    made.ChannelDefinitionSequence = [Dataset() for _ in range(channels)]
    made.add_new("WaveformData", "OB" if bits == 8 else "OW", content)
    for keyword, value in values.items():
        setattr(made, keyword, value)
    return made


def waveform(*groups: Dataset, **values: object) -> FileDataset:
    made = new_instance(GENERAL_ECG, modality="ECG", **values)
    made.WaveformSequence = list(groups)
    return made


def values_of(dataset: Dataset) -> list[float]:
    (found,) = multiplex_groups(dataset)
    assert found.values is not None, found.problem
    return list(found.values.ravel())


def test_an_ecg_has_the_values_that_pydicom_reads() -> None:
    dataset = read_file(bundled("waveform_ecg.dcm"))
    groups = list(multiplex_groups(dataset))
    assert len(groups) == 2
    for index, found in enumerate(groups):
        assert found.values is not None
        np.testing.assert_allclose(found.values, dataset.waveform_array(index))
    assert [(one.source, one.unit) for one in groups[0].channels][:2] == [
        ("Lead I (Einthoven)", "uV"),
        ("Lead II", "uV"),
    ]
    assert (groups[0].frequency_hz, groups[0].samples) == (1000, 10_000)


@pytest.mark.parametrize(
    ("kind", "bits", "content", "expected"),
    [
        ("SB", 8, b"\x80\xff\x00\x7f", [-128, -1, 0, 127]),
        ("UB", 8, b"\x80\xff\x00\x7f", [128, 255, 0, 127]),
        ("SS", 16, b"\x00\x80\xff\xff\x01\x00", [-32768, -1, 1]),
        ("US", 16, b"\x00\x80\xff\xff\x01\x00", [32768, 65535, 1]),
        ("SL", 32, b"\xff\xff\xff\xff\x00\x00\x00\x80", [-1, -(2**31)]),
        ("UL", 32, b"\xff\xff\xff\xff\x00\x00\x00\x80", [2**32 - 1, 2**31]),
        ("SV", 64, b"\xff" * 8, [-1]),
        ("UV", 64, b"\x01" + b"\x00" * 7, [1]),
        # G.711: either law as its tables have it, zero twice in the first.
        ("MB", 8, b"\x00\x80\xff\x7f\x9f\x01", [-32124, 32124, 0, 0, 8316, -31100]),
        ("AB", 8, b"\x2a\xaa\xd5\x55\x80\x01", [-32256, 32256, 8, -8, 5504, -5248]),
    ],
)
@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, ExplicitVRBigEndian], ids=["little", "big"])
def test_each_kind_of_sample(
    kind: str, bits: int, content: bytes, expected: list[float], syntax: str
) -> None:
    little = waveform(group(kind, bits, content))
    assert values_of(little) == expected
    # The same numbers in the other byte order; 8 bits lie in OB, which knows none.
    size = bits // 8
    turned = b"".join(content[at : at + size][::-1] for at in range(0, len(content), size))
    made = waveform(group(kind, bits, turned if syntax == ExplicitVRBigEndian else content))
    made.file_meta.TransferSyntaxUID = syntax
    assert values_of(made) == expected


def test_eight_bits_in_words_of_big_endian_are_turned() -> None:
    made = waveform(group("UB", 8, b"\x02\x01\x04\x03"))
    made.WaveformSequence[0].add_new("WaveformData", "OW", b"\x02\x01\x04\x03")
    made.file_meta.TransferSyntaxUID = ExplicitVRBigEndian
    assert values_of(made) == [1, 2, 3, 4]


def test_both_laws_are_odd_and_rise() -> None:
    every = np.arange(256, dtype=np.uint8)
    for kind, zero in (("MB", 0), ("AB", 8)):
        found = expanded(every, kind)
        negative, positive = sorted(-found[found < 0]), sorted(found[found > 0])
        assert len(set(found)) == (255 if kind == "MB" else 256)
        assert negative == positive
        assert min(abs(found)) == zero


def test_sensitivity_correction_baseline_and_padding() -> None:
    one, other = Dataset(), Dataset()
    one.ChannelSensitivity, one.ChannelSensitivityCorrectionFactor, one.ChannelBaseline = "2.5", "2", "10"
    one.ChannelSensitivityUnitsSequence = [code("mV", "UCUM", "millivolt")]
    one.ChannelSourceSequence = [code("2:1", "MDC", "Lead I")]
    made = group(
        "SS", 16, np.array([1, 7, -32768, 8], "<i2").tobytes(), 2, ChannelDefinitionSequence=[one, other]
    )
    made.add_new("WaveformPaddingValue", "OW", b"\x00\x80")
    (found,) = multiplex_groups(read_content(encode_file(waveform(made))))
    assert found.values is not None
    np.testing.assert_array_equal(found.values, [[15, 7], [np.nan, 8]])
    assert (found.channels[0].unit, found.channels[0].gain, found.channels[1].unit) == ("mV", 5.0, "")
    text = format_content(waveform(made))
    assert "  Multiplex group 1: original, 2 channels, 2 samples, 100 Hz, 0.02 s" in text.splitlines()
    assert "    Channel 1: Lead I: 15 to 15 mV" in text.splitlines()
    assert "    Channel 2: source not said: 7 to 8 (no unit)" in text.splitlines()


@pytest.mark.parametrize(
    ("keyword", "value", "problem"),
    [
        ("WaveformSampleInterpretation", "XX", "its Waveform Sample Interpretation is none of the Standard"),
        ("WaveformBitsAllocated", 8, "8 bits allocated do not fit samples of the kind SS"),
        (
            "NumberOfWaveformSamples",
            2**31,
            "it has 8 bytes, and 1 channels of 2147483648 samples ask for 4294967296",
        ),
        ("NumberOfWaveformChannels", 0, "it has 0 channels of 4 samples"),
    ],
)
def test_a_group_that_contradicts_itself_says_so_and_its_neighbour_is_drawn(
    keyword: str, value: object, problem: str
) -> None:
    bad = group("SS", 16, bytes(8), **{keyword: value})
    first, second = multiplex_groups(waveform(bad, group("SS", 16, bytes(8))))
    assert (first.values, first.problem) == (None, problem)
    assert second.values is not None
    assert f"    Not drawn: {problem}" in format_content(waveform(bad)).splitlines()


def test_there_may_be_fewer_definitions_than_channels() -> None:
    (found,) = multiplex_groups(waveform(group("SS", 16, bytes(8), 2, ChannelDefinitionSequence=[])))
    assert [one.number for one in found.channels] == [1, 2]


def test_labels_and_notes_of_somebody_are_covered() -> None:
    channel, note = Dataset(), Dataset()
    channel.ChannelLabel, note.UnformattedTextValue = "MARKER", "MARKER"
    made = waveform(
        group("SS", 16, bytes(8), ChannelDefinitionSequence=[channel], MultiplexGroupLabel="MARKER"),
        WaveformAnnotationSequence=[note],
    )
    assert "MARKER" not in format_content(made)
    assert format_content(made, mask=False).count("MARKER") == 3
