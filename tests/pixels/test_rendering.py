"""Rendered images agree with dcm2pnm, grey level by grey level."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pydicom
import pytest
from PIL import Image
from pydicom import dcmread
from pydicom.dataset import Dataset, FileDataset
from pydicom.encaps import encapsulate

from dicomkit.errors import AttributeValueError, DicomKitError, ImageError
from dicomkit.files.writing import write_file
from dicomkit.pixels import (
    display_values,
    modality_values,
    render,
    secondary_capture,
    stored_values,
    window_of,
)
from dicomkit.samples import ct_series

BUNDLED = Path(pydicom.__file__).parent / "data" / "test_files"
RAMP = np.arange(4096, dtype=np.uint16).reshape(64, 64)

# The images bundled with pydicom that both sides can show, and by how many grey levels they differ.
# Any difference other than 0 has its reason here.
BOTH_SHOW = {
    "CT_small.dcm": 0,
    "ExplVR_BigEnd.dcm": 0,
    "JPEG-lossy.dcm": 0,
    "JPEGLSNearLossless_08.dcm": 0,
    "JPEGLSNearLossless_16.dcm": 0,
    "JPGExtended.dcm": 0,
    "MR_small.dcm": 0,
    "MR_small_RLE.dcm": 0,
    "MR_small_bigendian.dcm": 0,
    "MR_small_expb.dcm": 0,
    "MR_small_implicit.dcm": 0,
    "MR_small_jpeg_ls_lossless.dcm": 0,
    "MR_small_padded.dcm": 0,
    "SC_jpeg_no_color_transform.dcm": 0,
    "SC_jpeg_no_color_transform_2.dcm": 0,
    "SC_rgb_dcmtk_+eb+cr.dcm": 0,
    "SC_rgb_dcmtk_+eb+cy+n1.dcm": 0,
    "SC_rgb_dcmtk_+eb+cy+n2.dcm": 0,
    "SC_rgb_dcmtk_+eb+cy+np.dcm": 0,
    "SC_rgb_dcmtk_+eb+cy+s2.dcm": 0,
    "SC_rgb_dcmtk_+eb+cy+s4.dcm": 0,
    "SC_rgb_jls_lossy_line.dcm": 0,
    "SC_rgb_jls_lossy_sample.dcm": 0,
    "SC_rgb_jpeg_app14_dcmd.dcm": 0,
    "SC_rgb_jpeg_dcmd.dcm": 0,
    "SC_rgb_jpeg_dcmtk.dcm": 0,
    "SC_rgb_jpeg_gdcm.dcm": 0,
    "SC_rgb_jpeg_lossy_gdcm.dcm": 0,
    "SC_rgb_rle.dcm": 0,
    "SC_rgb_rle_16bit.dcm": 0,
    "SC_rgb_rle_16bit_2frame.dcm": 0,
    "SC_rgb_rle_2frame.dcm": 0,
    "SC_rgb_rle_32bit.dcm": 0,
    "SC_rgb_rle_32bit_2frame.dcm": 0,
    "SC_rgb_small_odd.dcm": 0,
    "SC_rgb_small_odd_big_endian.dcm": 0,
    "SC_rgb_small_odd_jpeg.dcm": 0,
    # dcm2pnm cuts the fractions of YBR → RGB off; pydicom rounds, as ITU-T T.871 section 7 says.
    "SC_ybr_full_422_uncompressed.dcm": 1,
    "examples_overlay.dcm": 0,
    "examples_palette.dcm": 0,
    "examples_rgb_color.dcm": 0,
    "examples_ybr_color.dcm": 0,
    "image_dfl.dcm": 0,
    # One bit: dcm2pnm keeps "the upper eight bits" and shows 1 as grey 128; here 1 is white.
    "liver_1frame.dcm": 127,
    "liver_expb_1frame.dcm": 127,
    "rtdose.dcm": 0,
    "rtdose_1frame.dcm": 0,
    # 32-bit big endian: dcm2pnm swaps bytes in pairs only. Here it equals rtdose.dcm (tested below).
    "rtdose_expb.dcm": 255,
    "rtdose_expb_1frame.dcm": 255,
    "rtdose_rle.dcm": 0,
    "rtdose_rle_1frame.dcm": 0,
}
# DCMTK 3.6.9 shows these otherwise: one bit as we do, and 32 bits big endian wrong in another way.
BOTH_SHOW_SINCE_3_6_9 = {
    **dict.fromkeys(("liver_1frame.dcm", "liver_expb_1frame.dcm", "SC_ybr_full_422_uncompressed.dcm"), 0),
    **dict.fromkeys(("rtdose_expb.dcm", "rtdose_expb_1frame.dcm"), 254),
}
# Images that only one side, or neither, can show.
NOT_BOTH = {
    "693_J2KI.dcm": "DCMTK has no JPEG 2000",
    "GDCMJ2K_TextGBR.dcm": "DCMTK has no JPEG 2000",
    "J2K_pixelrep_mismatch.dcm": "DCMTK has no JPEG 2000",
    "JPEG2000.dcm": "DCMTK has no JPEG 2000",
    "JPEG2000-embedded-sequence-delimiter.dcm": "its stream claims 3.7 billion columns",
    "MR_small_jp2klossless.dcm": "DCMTK has no JPEG 2000",
    "SC_rgb_gdcm_KY.dcm": "DCMTK has no JPEG 2000",
    "examples_jpeg2k.dcm": "DCMTK has no JPEG 2000",
    "SC_rgb_jpeg.dcm": "dcmj2pnm finds its offset table wrong",
    "MR_truncated.dcm": "its Pixel Data is too short",
    "badVR.dcm": "its Number of Frames is no number",
    "ExplVR_BigEndNoMeta.dcm": "no file meta information",
    "ExplVR_LitEndNoMeta.dcm": "no file meta information",
    "no_meta.dcm": "no file meta information",
    "meta_missing_tsyntax.dcm": "no image",
    "nested_priv_SQ.dcm": "no image",
    "priv_SQ.dcm": "no image",
}


def levels_of_peer(
    peer: Callable[[str], str], path: Path, folder: Path, *options: str
) -> npt.NDArray[np.uint8] | None:
    """Return what dcm2pnm, or its brother for the transfer syntax, shows."""
    syntax = str(dcmread(path, stop_before_pixels=True).file_meta.TransferSyntaxUID)
    jpeg_ls = {"1.2.840.10008.1.2.4.80", "1.2.840.10008.1.2.4.81"}
    program = "dcml2pnm" if syntax in jpeg_ls else "dcmj2pnm" if ".1.2.4." in syntax else "dcm2pnm"
    out = folder / "peer.pnm"
    out.unlink(missing_ok=True)
    subprocess.run([peer(program), "-q", "-O", *options, path, out], check=False, timeout=60)
    if not out.exists():
        return None
    with Image.open(out) as image:
        return np.asarray(image)


@pytest.fixture(scope="module")
def difference(dcmtk_version: tuple[int, ...]) -> Callable[..., int]:
    """Return a function that says by how many levels DCMTK's picture and ours differ at most.

    Windows are computed as DCMTK 3.6.7 does; 3.6.9 rounds some levels to their neighbour, which counts as 0.
    """
    ignored = 0 if dcmtk_version == (3, 6, 7) else 1

    def measure(one: npt.NDArray[np.uint8] | None, other: npt.NDArray[np.uint8]) -> int:
        assert one is not None
        assert one.shape == other.shape
        most = int(np.abs(one.astype(int) - other.astype(int)).max())
        return most if most > ignored else 0

    return measure


@pytest.mark.parametrize("name", BOTH_SHOW)
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_a_bundled_image_looks_as_dcmtk_shows_it(
    name: str,
    tmp_path: Path,
    peer: Callable[[str], str],
    dcmtk_version: tuple[int, ...],
    difference: Callable[..., int],
) -> None:
    dataset = dcmread(BUNDLED / name)
    expected = BOTH_SHOW[name] if dcmtk_version == (3, 6, 7) else (BOTH_SHOW | BOTH_SHOW_SINCE_3_6_9)[name]
    last = int(dataset.get("NumberOfFrames") or 1)
    is_grey = "MONOCHROME" in dataset.PhotometricInterpretation
    options = ("+Wi", "1") if is_grey and "WindowCenter" in dataset else ()
    for frame in {1, last}:
        shown = levels_of_peer(peer, BUNDLED / name, tmp_path, "+F", str(frame), *options)
        assert difference(shown, render(dataset, frame)) == expected
    if is_grey and BOTH_SHOW[name] != 255:
        values = modality_values(dataset)
        center, width = round((values.min() + values.max()) / 2), max(round(np.ptp(values)), 2)
        shown = levels_of_peer(peer, BUNDLED / name, tmp_path, "+F", "1", "+Ww", str(center), str(width))
        assert difference(shown, render(dataset, window=(center, width))) == 0


@pytest.mark.parametrize("name", NOT_BOTH)
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_an_image_that_not_both_show_is_shown_or_refused_in_one_sentence(
    name: str, tmp_path: Path, peer: Callable[[str], str]
) -> None:
    dataset = dcmread(BUNDLED / name, force=True)
    mine = None
    with contextlib.suppress(DicomKitError):
        mine = render(dataset)
    if NOT_BOTH[name].startswith("no "):
        assert mine is None
    else:
        assert mine is None or levels_of_peer(peer, BUNDLED / name, tmp_path) is None, (
            "both can: compare them"
        )


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_every_bundled_image_is_in_one_of_the_tables() -> None:
    images = {path.name for path in BUNDLED.glob("*.dcm") if "PixelData" in dcmread(path, force=True)}
    assert images - set(BOTH_SHOW) - set(NOT_BOTH) == set()


def test_big_endian_of_32_bits_is_the_same_picture() -> None:
    little, big = (dcmread(BUNDLED / f"rtdose{kind}.dcm") for kind in ("", "_expb"))
    assert np.array_equal(render(little, 3), render(big, 3))


def test_lossless_jpeg_2000_gives_the_original_values() -> None:
    original, compressed = (dcmread(BUNDLED / f"MR_small{kind}.dcm") for kind in ("", "_jp2klossless"))
    assert np.array_equal(stored_values(original), stored_values(compressed))


def grey(values: npt.NDArray[Any], bits: int, **attributes: Any) -> FileDataset:  # noqa: ANN401 - any VR
    """Make a grey image with these stored values, whatever a Secondary Capture may hold."""
    dataset = secondary_capture(np.zeros(values.shape, dtype=np.uint8))
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = values.dtype.itemsize * 8, bits, bits - 1
    dataset.PixelRepresentation = 1 if values.dtype.kind == "i" else 0
    dataset.PixelData = values.tobytes()
    dataset["PixelData"].VR = "OW"
    for keyword, value in attributes.items():
        setattr(dataset, keyword, value)
    return dataset


def spread(bits: int, kind: str) -> npt.NDArray[Any]:
    """Return 4096 values spread over all that `bits` can hold."""
    values = np.linspace(0, 2**bits - 1, 4096).astype(np.int64).reshape(64, 64)
    return (values - (2 ** (bits - 1) if kind.startswith("i") else 0)).astype(kind)


@pytest.mark.parametrize("polarity", ["MONOCHROME1", "MONOCHROME2"])
@pytest.mark.parametrize(
    ("bits", "kind"),
    [
        (8, "u1"),
        (8, "i1"),
        (12, "u2"),
        (12, "i2"),
        (16, "u2"),
        (16, "i2"),
        (32, "u4"),
        (32, "i4"),
        (10, "u2"),
    ],
)
def test_every_depth_and_sign_looks_as_dcmtk_shows_it(
    bits: int,
    kind: str,
    polarity: str,
    tmp_path: Path,
    peer: Callable[[str], str],
    difference: Callable[..., int],
) -> None:
    dataset = grey(spread(bits, kind), bits, PhotometricInterpretation=polarity)
    write_file(dataset, tmp_path / "in.dcm")
    for window in ((40.0, 80.0), (2.0 ** (bits - 1), 2.0**bits), (100.5, 333.3), (17.0, 1.0)):
        options = ("+Ww", str(window[0]), str(window[1]))
        shown = levels_of_peer(peer, tmp_path / "in.dcm", tmp_path, *options)
        assert difference(shown, render(dataset, window=window)) == 0, window
        shown = levels_of_peer(peer, tmp_path / "in.dcm", tmp_path, *options, "+Wfs")
        assert difference(shown, render(dataset, window=window, function="SIGMOID")) == 0, window
    whole = levels_of_peer(peer, tmp_path / "in.dcm", tmp_path)
    # For MONOCHROME1 dcm2pnm spreads over high - low + 1 = 0 - 255 + 1 levels, so that its white is 1.
    assert difference(whole, render(dataset)) <= (2 if polarity == "MONOCHROME1" else 0)
    assert {0, 255} <= set(np.unique(render(dataset)))


def test_the_high_bit_tells_where_the_values_stand(
    tmp_path: Path, peer: Callable[[str], str], difference: Callable[..., int]
) -> None:
    dataset = grey(RAMP << 4 | 0xF, 12, HighBit=15)
    assert np.array_equal(stored_values(dataset), RAMP)
    write_file(dataset, tmp_path / "in.dcm")
    assert difference(levels_of_peer(peer, tmp_path / "in.dcm", tmp_path), render(dataset)) == 0


def test_bits_above_the_stored_ones_are_no_values() -> None:
    assert np.array_equal(stored_values(grey(RAMP | 0xF000, 12)), RAMP)


def table(count: int, first: int, bits: int) -> tuple[Dataset, npt.NDArray[np.int64]]:
    """Return a lookup table with a curve, and its entries."""
    entries = np.floor(np.linspace(0, 1, count) ** 2 * (2**bits - 1)).astype(np.int64)
    item = Dataset()
    item.LUTDescriptor = [count % 65536, first, bits]
    item["LUTDescriptor"].VR = "US"
    item.LUTData = entries.tolist()
    item["LUTData"].VR = "US"
    return item, entries


@pytest.mark.parametrize("sequence", ["VOILUTSequence", "ModalityLUTSequence"])
@pytest.mark.parametrize(
    ("count", "first", "bits"), [(4096, 0, 12), (4096, 0, 8), (1024, 1000, 16), (300, 7, 10)]
)
def test_a_lookup_table_looks_as_dcmtk_shows_it(
    sequence: str,
    count: int,
    first: int,
    bits: int,
    tmp_path: Path,
    peer: Callable[[str], str],
    difference: Callable[..., int],
) -> None:
    item, entries = table(count, first, bits)
    dataset = grey(RAMP, 12)
    setattr(dataset, sequence, [item])
    if sequence == "ModalityLUTSequence":
        item.ModalityLUTType = "US"
        expected = entries[np.clip(RAMP.astype(int) - first, 0, count - 1)]
        assert np.array_equal(modality_values(dataset), expected)
    write_file(dataset, tmp_path / "in.dcm")
    options = ("+Wl", "1") if sequence == "VOILUTSequence" else ()
    assert difference(levels_of_peer(peer, tmp_path / "in.dcm", tmp_path, *options), render(dataset)) == 0
    shown = levels_of_peer(peer, tmp_path / "in.dcm", tmp_path, "+Ww", "600", "1200")
    assert difference(shown, render(dataset, window=(600, 1200))) == 0


@pytest.mark.parametrize("sequence", ["VOILUTSequence", "ModalityLUTSequence"])
@pytest.mark.parametrize(
    ("count", "first"),
    [
        (4096, -2048),
        (40000, -20000),
        (65536, -32768),
    ],
)
@pytest.mark.parametrize("vr", ["SS", "US"])  # US is wrong here, and met all the same
def test_a_lookup_table_may_begin_below_zero(
    vr: str,
    count: int,
    first: int,
    sequence: str,
    tmp_path: Path,
    peer: Callable[[str], str],
    difference: Callable[..., int],
) -> None:
    item, entries = table(count, 0, 16)
    item.add_new("LUTDescriptor", vr, [count % 65536, first if vr == "SS" else first % 65536, 16])
    item.add_new("LUTData", "OW", entries.astype("<u2").tobytes())
    item.ModalityLUTType = "US"
    dataset = grey(spread(16, "i2"), 16)
    setattr(dataset, sequence, [item])
    write_file(dataset, tmp_path / "in.dcm")
    again = dcmread(tmp_path / "in.dcm")
    if sequence == "ModalityLUTSequence":
        expected = entries[np.clip(spread(16, "i2").astype(int) - first, 0, count - 1)]
        assert np.array_equal(modality_values(again), expected)
    options = ("+Wl", "1") if sequence == "VOILUTSequence" else ()
    shown = levels_of_peer(peer, tmp_path / "in.dcm", tmp_path, *options)
    assert difference(shown, render(again)) == 0


@pytest.mark.parametrize("words", [b"\x01\x00\x02\x00\xff\x0f\x00\x10", b"\x01\x02\x03\x04"])
def test_a_table_written_as_bytes_is_read(words: bytes) -> None:
    dataset = grey(np.array([[0, 1, 2, 9]], dtype=np.uint16), 12)
    item = Dataset()
    item.LUTDescriptor = [4, 0, 16 if len(words) == 8 else 8]
    item.LUTData = words
    item["LUTData"].VR = "OW"
    dataset.ModalityLUTSequence = [item]
    expected = [[1, 2, 4095, 4096]] if len(words) == 8 else [[1, 2, 3, 4]]
    assert modality_values(dataset).tolist() == expected


def test_a_rescale_gives_the_unit_that_was_measured(
    tmp_path: Path, peer: Callable[[str], str], difference: Callable[..., int]
) -> None:
    dataset = grey(RAMP, 12, RescaleSlope="2", RescaleIntercept="-1024")
    assert np.array_equal(modality_values(dataset), RAMP * 2.0 - 1024)
    write_file(dataset, tmp_path / "in.dcm")
    shown = levels_of_peer(peer, tmp_path / "in.dcm", tmp_path, "+Ww", "40", "80")
    assert difference(shown, render(dataset, window=(40, 80))) == 0
    # Fractions: dcm2pnm cuts modality values to whole numbers first; the Standard does not.
    dataset.RescaleSlope, dataset.RescaleIntercept = "0.5", "-100.3"
    assert np.array_equal(modality_values(dataset), RAMP * 0.5 - 100.3)


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        # PS3.3 section C.11.2.1.2.1, by hand: c=40, w=80: y = ((x - 39.5) / 79 + 0.5) * 255
        ("LINEAR", {-1: 0, 0: 0, 1: 3, 20: 64, 39.5: 127, 40: 129, 79: 255, 80: 255}),
        # PS3.3 section C.11.2.1.3.2: y = ((x - 40) / 80 + 0.5) * 255
        ("LINEAR_EXACT", {-1: 0, 0: 0, 1: 3, 20: 63, 40: 127, 79: 251, 80: 255, 81: 255}),
        # PS3.3 section C.11.2.1.3.1: y = 255 / (1 + exp(-4 (x - 40) / 80))
        ("SIGMOID", {-200: 0, 0: 30, 20: 68, 40: 127, 60: 186, 80: 224, 400: 254}),
    ],
)
def test_each_window_function_follows_its_formula(function: str, expected: dict[float, int]) -> None:
    levels = display_values(list(expected), 40, 80, function)
    assert dict(zip(expected, levels.tolist(), strict=True)) == expected


def test_a_window_of_one_value_is_a_threshold() -> None:
    assert display_values([39, 39.5, 40, 41], 40, 1).tolist() == [0, 0, 255, 255]
    assert display_values([39, 40, 41], 40, 1, inverse=True).tolist() == [255, 0, 0]


@pytest.mark.parametrize(
    ("width", "function"), [(0.5, "LINEAR"), (0, "LINEAR_EXACT"), (-1, "SIGMOID"), (9, "CUBIC")]
)
def test_a_window_that_makes_no_sense_is_refused(width: float, function: str) -> None:
    with pytest.raises(AttributeValueError):
        display_values([0], 0, width, function)


def test_the_values_given_are_not_changed() -> None:
    values = np.array([[1.0, 2.0]])
    display_values(values, 1, 2)
    assert values.tolist() == [[1.0, 2.0]]


def test_the_image_s_own_windows_and_function_are_used() -> None:
    dataset = ct_series(1, size=16)[0]
    assert [window_of(dataset, number=number) for number in (1, 2, 3)] == [(40, 80), (35, 30), (500, 2500)]
    assert np.array_equal(render(dataset), display_values(modality_values(dataset), 40, 80))
    assert np.array_equal(render(dataset, window=3), display_values(modality_values(dataset), 500, 2500))
    dataset.VOILUTFunction = "SIGMOID"
    assert np.array_equal(render(dataset), display_values(modality_values(dataset), 40, 80, "SIGMOID"))
    with pytest.raises(ImageError, match="window 4: the image brings 3"):
        render(dataset, window=4)


@pytest.mark.parametrize("polarity", ["MONOCHROME1", "MONOCHROME2"])
@pytest.mark.parametrize("shape", ["IDENTITY", "INVERSE"])
def test_the_presentation_lut_shape_decides_about_the_polarity(
    polarity: str, shape: str, tmp_path: Path, peer: Callable[[str], str], difference: Callable[..., int]
) -> None:
    dataset = grey(RAMP, 12, PhotometricInterpretation=polarity, PresentationLUTShape=shape)
    write_file(dataset, tmp_path / "in.dcm")
    shown = levels_of_peer(peer, tmp_path / "in.dcm", tmp_path, "+Ww", "600", "1200")
    assert difference(shown, render(dataset, window=(600, 1200))) == 0


@pytest.mark.parametrize("window", [(2048, 4000), (1000, 511), (300, 103), (2000, 2551), (1234, 777)])
@pytest.mark.parametrize("polarity", ["MONOCHROME1", "MONOCHROME2"])
def test_levels_differ_only_where_the_exact_one_is_whole(
    polarity: str, window: tuple[int, int], tmp_path: Path, peer: Callable[[str], str]
) -> None:
    # There the last bit of a floating-point number decides between a level and the one below, in dcm2pnm too.
    dataset = grey(RAMP, 12, PhotometricInterpretation=polarity)
    write_file(dataset, tmp_path / "in.dcm")
    shown = levels_of_peer(peer, tmp_path / "in.dcm", tmp_path, "+Ww", *map(str, window))
    assert shown is not None
    differs = render(dataset, window=window) != shown
    twice_past = 2 * RAMP.astype(int) - (2 * window[0] - 1) + (window[1] - 1)  # 2 (x - lower border)
    is_whole = twice_past * 255 % (2 * (window[1] - 1)) == 0
    assert not (differs & ~is_whole).any()
    assert differs.mean() < 0.001


def test_padding_is_black() -> None:
    dataset = grey(RAMP, 12, PixelPaddingValue=4095, WindowCenter=2048, WindowWidth=4096)
    assert render(dataset)[63, 62:].tolist() == [254, 0]
    dataset.PixelPaddingRangeLimit = 4090
    assert render(dataset)[63, 57:].tolist() == [254, 0, 0, 0, 0, 0, 0]


def test_an_enhanced_image_says_frame_by_frame_what_applies() -> None:
    dataset = secondary_capture(np.stack([np.array([[0, 100]], dtype=np.uint16)] * 2))
    for keyword in ("RescaleSlope", "RescaleIntercept"):
        del dataset[keyword]

    def group(slope: int, center: int) -> Dataset:
        values, window, item = Dataset(), Dataset(), Dataset()
        values.RescaleSlope, values.RescaleIntercept = slope, 0
        window.WindowCenter, window.WindowWidth = center, 101
        item.PixelValueTransformationSequence, item.FrameVOILUTSequence = [values], [window]
        return item

    dataset.SharedFunctionalGroupsSequence = [group(1, 50)]
    second = group(3, 300)
    dataset.PerFrameFunctionalGroupsSequence = [Dataset(), second]
    assert modality_values(dataset, 1).tolist() == [[0, 100]]
    assert modality_values(dataset, 2).tolist() == [[0, 300]]
    assert window_of(dataset, 1) == (50, 101)
    assert render(dataset, 2).tolist() == [[0, 128]]


def test_planar_configuration_makes_no_difference(
    tmp_path: Path, peer: Callable[[str], str], difference: Callable[..., int]
) -> None:
    colour = np.arange(48, dtype=np.uint8).reshape(4, 4, 3) * 5
    dataset = secondary_capture(colour)
    dataset.PlanarConfiguration = 1
    dataset.PixelData = np.moveaxis(colour, -1, 0).tobytes()
    assert np.array_equal(render(dataset), colour)
    write_file(dataset, tmp_path / "in.dcm")
    assert difference(levels_of_peer(peer, tmp_path / "in.dcm", tmp_path), render(dataset)) == 0


def test_luminance_and_chrominance_become_red_green_and_blue() -> None:
    # ITU-T T.871 section 7: pure red is Y 76, Cb 85, Cr 255, and comes back with rounding errors.
    dataset = secondary_capture(np.array([[[76, 85, 255]]], dtype=np.uint8))
    dataset.PhotometricInterpretation = "YBR_FULL"
    assert np.abs(render(dataset).astype(int) - [[[255, 0, 0]]]).max() <= 1


def broken(**attributes: Any) -> FileDataset:  # noqa: ANN401 - any VR
    dataset = grey(RAMP, 12)
    for keyword, value in attributes.items():
        if value is None:
            del dataset[keyword]
        else:
            setattr(dataset, keyword, value)
    return dataset


@pytest.mark.parametrize(
    ("attributes", "problem"),
    [
        ({"PixelData": None}, "no Pixel Data"),
        ({"PixelData": b"\0" * 8190}, "8190 bytes long"),
        ({"PixelData": b""}, "0 bytes long"),
        ({"Rows": None}, "no Rows"),
        ({"Rows": 0}, "1 x 0 x 64 pixels"),
        ({"Rows": 65}, "8192 bytes long"),
        ({"Rows": 65535, "Columns": 65535}, "at most 67108864"),
        ({"BitsAllocated": 0}, "correct group 0028"),
        ({"NumberOfFrames": 2}, "ask for 16384"),
        ({"PhotometricInterpretation": None}, "no PhotometricInterpretation"),
        ({"BitsAllocated": 7}, "12 of 7 bits"),
    ],
)
def test_attributes_and_bytes_that_contradict_each_other_are_refused(
    attributes: dict[str, Any], problem: str
) -> None:
    with pytest.raises(ImageError, match=problem):
        render(broken(**attributes))


def test_a_frame_that_does_not_exist_is_refused() -> None:
    for frame in (0, -1, 2):
        with pytest.raises(ImageError, match=f"frame {frame}: the image has 1 frame"):
            render(grey(RAMP, 12), frame)


def test_without_a_transfer_syntax_nothing_is_guessed() -> None:
    dataset = grey(RAMP, 12)
    del dataset.file_meta.TransferSyntaxUID
    with pytest.raises(ImageError, match="no Transfer Syntax UID"):
        render(dataset)


def test_a_colour_image_has_no_modality_values() -> None:
    with pytest.raises(ImageError, match="no modality values"):
        modality_values(secondary_capture(np.zeros((2, 2, 3), dtype=np.uint8)))


@pytest.mark.parametrize("name", ["JPEG2000.dcm", "SC_rgb_small_odd_jpeg.dcm", "JPEGLSNearLossless_08.dcm"])
def test_a_stream_that_is_larger_than_the_data_set_says_is_not_decoded(name: str) -> None:
    dataset = dcmread(BUNDLED / name)
    dataset.Rows += 1
    with pytest.raises(ImageError, match=r"its stream has \d+ x \d+ pixels, the data set promises"):
        render(dataset)


def test_a_jpeg_ls_stream_without_an_end_is_not_decoded() -> None:
    # The decoder would search for the end for ever.
    dataset = dcmread(BUNDLED / "JPEGLSNearLossless_08.dcm")
    dataset.PixelData = dataset.PixelData.replace(b"\xff\xd9", b"\xe1\xd9")
    with pytest.raises(ImageError, match="ends too early"):
        render(dataset)


@pytest.mark.parametrize("length", [1, 3, 20, 100])
@pytest.mark.parametrize("name", ["JPEG2000.dcm", "SC_rgb_small_odd_jpeg.dcm", "MR_small_RLE.dcm"])
def test_a_stream_that_ends_early_is_refused(name: str, length: int) -> None:
    dataset = dcmread(BUNDLED / name)
    stream = pydicom.encaps.get_frame(dataset.PixelData, 0, number_of_frames=1)
    dataset.PixelData = encapsulate([stream[:length]])
    with pytest.raises(ImageError):
        render(dataset)
