"""Colours and bits are those of the stream, whatever Planar Configuration, Photometric Interpretation or Bits say."""

from __future__ import annotations

import io
import subprocess
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image
from pydicom.dataset import FileDataset
from pydicom.encaps import encapsulate
from pydicom.pixels.processing import convert_color_space
from pydicom.uid import JPEG2000, UID, JPEG2000Lossless, JPEGBaseline8Bit, JPEGLSLossless, RLELossless

from dicomkit.errors import ImageError
from dicomkit.pixels import compress, decompress, render, secondary_capture, stored_values
from dicomkit.pixels.decoding import decoded_frame
from dicomkit.pixels.display_hints import DisplayHintWarning
from dicomkit.pixels.jpeg_2000_stream import transforms_colours

VALUES = np.add.outer(np.arange(16) * 9, np.arange(16) * 5).astype(np.uint8)
COLOURS = np.stack([VALUES, VALUES[::-1], 255 - VALUES], axis=2)
GREY = np.add.outer(np.arange(16) * 90, np.arange(16) * 50).astype(np.uint16)


def stream(values: npt.NDArray[np.uint8], name: str, **options: Any) -> bytes:  # noqa: ANN401 - Pillow's
    into = io.BytesIO()
    Image.fromarray(values).save(into, name, **options)
    return into.getvalue()


def image(content: bytes, syntax: UID, said: str, values: npt.NDArray[Any] = COLOURS) -> FileDataset:
    dataset = secondary_capture(values)
    dataset.file_meta.TransferSyntaxUID = syntax
    dataset.PhotometricInterpretation = said
    dataset.PixelData = encapsulate([content])
    dataset["PixelData"].VR, dataset["PixelData"].is_undefined_length = "OB", True
    return dataset


TRANSFORMED = stream(COLOURS, "JPEG2000", no_jp2=True, mct=1)
UNTRANSFORMED = stream(COLOURS, "JPEG2000", no_jp2=True, mct=0)
JPEG = stream(COLOURS, "JPEG", quality=98, subsampling=0)
STREAMS = {
    "JPEG": (JPEG, JPEGBaseline8Bit, "YBR_FULL_422", 8),
    "JPEG 2000": (TRANSFORMED, JPEG2000Lossless, "YBR_RCT", 0),
    "JP2": (stream(COLOURS, "JPEG2000", mct=1), JPEG2000Lossless, "YBR_RCT", 0),
    "JPEG 2000 without a transform": (UNTRANSFORMED, JPEG2000Lossless, "RGB", 0),
}


@pytest.mark.parametrize("planar", [0, 1, None])
@pytest.mark.parametrize("kind", STREAMS)
def test_planar_configuration_says_nothing_of_a_stream(kind: str, planar: int | None) -> None:
    content, syntax, said, most = STREAMS[kind]
    dataset = image(content, syntax, said)
    dataset.PlanarConfiguration = planar
    if planar is None:
        del dataset.PlanarConfiguration
    for shown in (render(dataset), stored_values(decompress(dataset))):
        assert np.abs(shown.astype(int) - COLOURS).max() <= most


def test_dcmtk_shows_a_jpeg_that_says_it_is_planar_too(tmp_path: Path, peer: Callable[[str], str]) -> None:
    dataset = image(JPEG, JPEGBaseline8Bit, "YBR_FULL_422")
    dataset.PlanarConfiguration = 1
    dataset.save_as(tmp_path / "in.dcm")
    subprocess.run(
        [peer("dcmj2pnm"), "-q", tmp_path / "in.dcm", tmp_path / "out.ppm"], check=True, timeout=60
    )
    with Image.open(tmp_path / "out.ppm") as picture:
        assert np.abs(np.asarray(picture).astype(int) - render(dataset)).max() <= 1


@pytest.mark.parametrize("planar", [0, 1])
def test_run_lengths_and_jpeg_ls_are_not_touched_by_that(planar: int) -> None:
    for syntax in (RLELossless, JPEGLSLossless):
        dataset = compress(secondary_capture(COLOURS), syntax)
        dataset.PlanarConfiguration = planar
        np.testing.assert_array_equal(stored_values(dataset), COLOURS)


@pytest.mark.filterwarnings("ignore:Invalid value:UserWarning")
@pytest.mark.parametrize("said", ["YBR_FULL", "YBR_FULL_422", "ybr_full "])
def test_colours_that_jpeg_2000_transforms_are_turned_back_once(said: str) -> None:
    dataset = image(TRANSFORMED, JPEG2000, said)
    np.testing.assert_array_equal(stored_values(dataset), COLOURS)
    (remark,) = decoded_frame(dataset).remarks
    assert "the JPEG 2000 stream transforms its colours itself" in remark
    native = decompress(dataset)
    assert native.PhotometricInterpretation == "RGB"
    assert decoded_frame(native).remarks == ()


def test_colours_that_jpeg_2000_does_not_transform_are_those_that_are_said() -> None:
    luminance = convert_color_space(COLOURS, "RGB", "YBR_FULL")
    dataset = image(stream(luminance, "JPEG2000", no_jp2=True, mct=0), JPEG2000Lossless, "YBR_FULL")
    assert np.abs(stored_values(dataset).astype(int) - COLOURS).max() <= 2
    assert decoded_frame(dataset).remarks == ()


def test_a_jpeg_that_says_it_is_jpeg_2000_colour_is_shown_as_jpeg() -> None:
    dataset = image(JPEG, JPEGBaseline8Bit, "YBR_RCT")
    assert np.abs(render_quietly(dataset).astype(int) - COLOURS).max() <= 8
    assert decoded_frame(dataset).remarks == (
        "Photometric Interpretation says YBR_RCT, and the stream is no JPEG 2000",
    )


def render_quietly(dataset: FileDataset) -> npt.NDArray[np.uint8]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return render(dataset)


@pytest.mark.parametrize("cut", [0, 2, 30, 48])
def test_a_stream_that_ends_early_transforms_nothing(cut: int) -> None:
    assert transforms_colours(TRANSFORMED)
    assert not transforms_colours(TRANSFORMED[:cut])
    assert not transforms_colours(b"\xff\x4f\xff\x51\0\0")


def test_native_pixels_that_do_not_share_their_colour_have_one_each() -> None:
    dataset = secondary_capture(COLOURS)
    dataset.PixelData = convert_color_space(COLOURS, "RGB", "YBR_FULL").tobytes()
    dataset.PhotometricInterpretation = "YBR_FULL_422"
    assert np.abs(stored_values(dataset).astype(int) - COLOURS).max() <= 2
    assert decoded_frame(dataset).remarks == (
        "Photometric Interpretation says YBR_FULL_422, and Pixel Data has a colour for each pixel",
    )
    packed = compress(dataset, RLELossless)
    assert packed.PhotometricInterpretation == "YBR_FULL"
    assert np.abs(stored_values(packed).astype(int) - COLOURS).max() <= 2


@pytest.mark.parametrize(("kind", "stored"), [("JPEG", 8), ("JPEG", 7), ("JPEG2000", 8), ("JPEG2000", 12)])
def test_a_stream_of_8_bits_in_an_image_of_16_is_shown(kind: str, stored: int) -> None:
    levels = VALUES >> 1
    content = stream(levels, kind, **({"quality": 98} if kind == "JPEG" else {"no_jp2": True}))
    syntax = JPEGBaseline8Bit if kind == "JPEG" else JPEG2000Lossless
    dataset = image(content, syntax, "MONOCHROME2", GREY)
    dataset.BitsStored, dataset.HighBit = stored, stored - 1
    for values in (stored_values(dataset), stored_values(decompress(dataset))):
        assert values.dtype == np.uint16
        assert np.abs(values.astype(int) - levels).max() <= 4


@pytest.mark.filterwarnings("ignore:Invalid value:UserWarning")
@pytest.mark.parametrize("said", [" MONOCHROME2", "monochrome2 ", "Monochrome2"])
def test_blanks_and_small_letters_hide_no_image(
    said: str, tmp_path: Path, peer: Callable[[str], str]
) -> None:
    dataset = secondary_capture(GREY)
    dataset.PhotometricInterpretation = said
    dataset.save_as(tmp_path / "in.dcm")
    subprocess.run([peer("dcm2pnm"), "-q", tmp_path / "in.dcm", tmp_path / "out.pgm"], check=True, timeout=60)
    with Image.open(tmp_path / "out.pgm") as picture:
        assert np.abs(np.asarray(picture).astype(int) - render(dataset)).max() <= 1
    np.testing.assert_array_equal(stored_values(compress(dataset, RLELossless)), GREY)


@pytest.mark.filterwarnings("ignore:Invalid value:UserWarning")
def test_blanks_around_a_hint_mean_nothing() -> None:
    dataset = secondary_capture(GREY)
    plain = render(dataset)
    dataset.PresentationLUTShape = " INVERSE "
    dataset.WindowCenter, dataset.WindowWidth, dataset.VOILUTFunction = 1000, 500, " linear_exact"
    with warnings.catch_warnings():
        warnings.simplefilter("error", DisplayHintWarning)
        shown = render(dataset)
    assert shown[0, 0] == 255 - plain[0, 0]


def test_native_colour_needs_its_planar_configuration() -> None:
    dataset = secondary_capture(COLOURS)
    del dataset.PlanarConfiguration
    with pytest.raises(ImageError, match="PlanarConfiguration"):
        stored_values(dataset)
