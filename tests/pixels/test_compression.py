"""The same image in another transfer syntax: DCMTK decodes what is compressed here, and the reverse."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from pydicom import dcmread
from pydicom.dataset import FileDataset
from pydicom.uid import (
    JPEG2000,
    UID,
    ExplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGLSLossless,
    JPEGLSNearLossless,
    RLELossless,
)

from dicomkit.errors import ImageError, UsageError
from dicomkit.files.writing import write_file
from dicomkit.pixels import compress, decompress, secondary_capture
from dicomkit.samples import ct_series

BUNDLED = Path(pydicom.__file__).parent / "data" / "test_files"
GREY = (np.add.outer(np.arange(40) * 3, np.arange(51) * 2) % 256).astype(np.uint8)
COLOUR = np.stack([GREY, GREY[::-1], GREY[:, ::-1]], axis=-1)
IMAGES: dict[str, Callable[[], FileDataset]] = {
    "CT": lambda: ct_series(1, size=64)[0],
    "grey": lambda: secondary_capture(GREY),
    "signed": lambda: secondary_capture(GREY.astype(np.int16) - 100),
    "colour": lambda: secondary_capture(COLOUR),
    "colour frames": lambda: secondary_capture(np.stack([COLOUR, COLOUR[::-1]])),
}
LOSSLESS = [RLELossless, JPEGLSLossless, JPEG2000Lossless]
LOSSY: list[tuple[UID, dict[str, Any], str]] = [
    (JPEGLSNearLossless, {"max_error": 2}, "ISO_14495_1"),
    (JPEG2000, {"ratio": 8}, "ISO_15444_1"),
]


def complaints(program: str, path: Path) -> list[str]:
    done = subprocess.run([program, path], capture_output=True, text=True, check=False, timeout=60)
    return [line for line in done.stderr.splitlines() if line.startswith(("Error", "Warning"))]


@pytest.mark.parametrize("syntax", LOSSLESS, ids=lambda uid: uid.name)
@pytest.mark.parametrize("name", IMAGES)
def test_a_lossless_copy_is_the_same_instance_with_the_same_values(
    name: str, syntax: UID, tmp_path: Path, peer: Callable[[str], str]
) -> None:
    original = IMAGES[name]()
    before = original.PixelData
    packed = compress(original, syntax)
    assert original.PixelData is before
    assert packed.file_meta.TransferSyntaxUID == syntax
    assert packed.SOPInstanceUID == original.SOPInstanceUID == packed.file_meta.MediaStorageSOPInstanceUID
    assert "LossyImageCompression" not in packed
    write_file(packed, tmp_path / "packed.dcm")
    assert complaints(peer("dciodvfy"), tmp_path / "packed.dcm") == []
    unpacked = decompress(dcmread(tmp_path / "packed.dcm"))
    assert unpacked.PixelData == before
    assert unpacked.PhotometricInterpretation == original.PhotometricInterpretation
    assert unpacked.SOPInstanceUID == original.SOPInstanceUID


@pytest.mark.parametrize(("syntax", "program"), [(RLELossless, "dcmdrle"), (JPEGLSLossless, "dcmdjpls")])
@pytest.mark.parametrize("name", IMAGES)
def test_dcmtk_gets_the_same_values_back(
    name: str, syntax: UID, program: str, tmp_path: Path, peer: Callable[[str], str]
) -> None:
    original = IMAGES[name]()
    write_file(compress(original, syntax), tmp_path / "packed.dcm")
    # +px: colour by pixel, as the original has it
    options = ["+px"] if program == "dcmdjpls" else []
    subprocess.run(
        [peer(program), *options, tmp_path / "packed.dcm", tmp_path / "out.dcm"], check=True, timeout=60
    )
    assert np.array_equal(dcmread(tmp_path / "out.dcm").pixel_array, original.pixel_array)


@pytest.mark.parametrize(
    ("option", "program"), [([], "dcmcrle"), (["+el"], "dcmcjpls"), (["+e1"], "dcmcjpeg")]
)
def test_what_dcmtk_compressed_is_decompressed(
    option: list[str], program: str, tmp_path: Path, peer: Callable[[str], str]
) -> None:
    original = IMAGES["CT"]()
    write_file(original, tmp_path / "in.dcm")
    subprocess.run(
        [peer(program), *option, tmp_path / "in.dcm", tmp_path / "packed.dcm"], check=True, timeout=60
    )
    packed = dcmread(tmp_path / "packed.dcm")
    assert decompress(packed).PixelData == original.PixelData


@pytest.mark.parametrize(("syntax", "options", "method"), LOSSY, ids=lambda value: getattr(value, "name", ""))
@pytest.mark.parametrize("name", IMAGES)
def test_a_lossy_copy_is_an_instance_of_its_own_with_a_history(
    name: str, syntax: UID, options: dict[str, Any], method: str, tmp_path: Path, peer: Callable[[str], str]
) -> None:
    original = IMAGES[name]()
    packed = compress(original, syntax, **options)
    assert packed.SOPInstanceUID != original.SOPInstanceUID
    assert packed.file_meta.MediaStorageSOPInstanceUID == packed.SOPInstanceUID
    assert packed.ImageType[0] == "DERIVED"
    assert (packed.LossyImageCompression, packed.LossyImageCompressionMethod) == ("01", method)
    assert packed.SourceImageSequence[0].ReferencedSOPInstanceUID == original.SOPInstanceUID
    write_file(packed, tmp_path / "packed.dcm")
    assert complaints(peer("dciodvfy"), tmp_path / "packed.dcm") == []
    unpacked = decompress(packed)
    assert unpacked.SOPInstanceUID == packed.SOPInstanceUID
    error = np.abs(unpacked.pixel_array.astype(int) - original.pixel_array.astype(int)).max()
    if "max_error" in options:
        assert 0 < error <= options["max_error"]


def test_a_second_loss_is_added_to_the_first() -> None:
    once = compress(IMAGES["grey"](), JPEGLSNearLossless, max_error=1)
    twice = compress(once, JPEG2000, ratio=5)
    assert list(twice.LossyImageCompressionMethod) == ["ISO_14495_1", "ISO_15444_1"]
    assert len(twice.LossyImageCompressionRatio) == 2
    assert compress(once, RLELossless).SOPInstanceUID == once.SOPInstanceUID


@pytest.mark.parametrize(
    ("syntax", "options"),
    [
        (ExplicitVRLittleEndian, {}),
        (JPEGBaseline8Bit, {}),
        ("1.2.3", {}),
        (JPEGLSNearLossless, {}),
        (JPEG2000, {}),
        (RLELossless, {"ratio": 3}),
        (JPEGLSLossless, {"max_error": 3}),
        (JPEGLSNearLossless, {"max_error": 0}),
        (JPEG2000, {"ratio": 1}),
    ],
)
def test_a_loss_is_neither_chosen_nor_left_out_silently(syntax: str, options: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        compress(IMAGES["grey"](), syntax, **options)


def test_what_is_not_compressed_cannot_be_decompressed() -> None:
    with pytest.raises(ImageError, match="it is not compressed"):
        decompress(IMAGES["grey"]())


def test_an_encoder_that_does_not_fit_says_so() -> None:
    image = IMAGES["grey"]()
    image.PixelData = image.PixelData[:-10]
    with pytest.raises(ImageError, match="bytes long"):
        compress(image, RLELossless)


def test_a_bomb_is_not_decompressed() -> None:
    packed = compress(IMAGES["grey"](), RLELossless)
    packed.Rows = packed.Columns = 60000
    with pytest.raises(ImageError, match="at most 67108864"):
        decompress(packed)
    packed.Rows = packed.Columns = 8192
    packed.NumberOfFrames = 2
    with pytest.raises(ImageError, match="more than 67108864"):
        decompress(packed)
    packed = compress(IMAGES["grey"](), JPEG2000Lossless)
    packed.Rows = 41
    with pytest.raises(ImageError, match="the data set promises 41"):
        decompress(packed)


@pytest.mark.parametrize("syntax", [RLELossless, JPEGLSLossless, JPEG2000Lossless])
def test_colour_plane_by_plane_is_compressed_as_the_same_picture(
    syntax: UID, tmp_path: Path, peer: Callable[[str], str]
) -> None:
    samples = (np.arange(2 * 33 * 35 * 3) % 251).astype(np.uint8).reshape(2, 33, 35, 3)
    dataset = secondary_capture(samples)
    dataset.PlanarConfiguration = 1  # all red, all green, all blue, frame by frame
    dataset.PixelData = np.moveaxis(samples, -1, 1).tobytes()
    packed = compress(dataset, syntax)
    assert np.array_equal(packed.pixel_array, samples)
    assert dataset.PlanarConfiguration == 1, "the original stays as it was"
    if syntax == RLELossless:
        write_file(packed, tmp_path / "packed.dcm")
        subprocess.run(
            [peer("dcmdrle"), tmp_path / "packed.dcm", tmp_path / "plain.dcm"], check=True, timeout=60
        )
        assert np.array_equal(dcmread(tmp_path / "plain.dcm").pixel_array, samples)


def test_big_endian_is_not_compressed_into_other_values() -> None:
    dataset = dcmread(BUNDLED / "MR_small_bigendian.dcm")
    with pytest.raises(ImageError, match="Big Endian, which is retired; convert it to Little Endian first"):
        compress(dataset, RLELossless)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("ORIGINAL", ["DERIVED", "SECONDARY"]),
        ("", ["DERIVED", "SECONDARY"]),
        (["ORIGINAL", "PRIMARY", "AXIAL"], ["DERIVED", "PRIMARY", "AXIAL"]),
    ],
)
def test_a_lossy_copy_changes_the_first_value_of_its_type_alone(before: Any, after: list[str]) -> None:  # noqa: ANN401 - a text or several
    dataset = IMAGES["grey"]()
    dataset.ImageType = before
    assert compress(dataset, JPEGLSNearLossless, max_error=1).ImageType == after


def test_a_loss_by_a_ratio_that_is_no_number_is_refused() -> None:
    with pytest.raises(UsageError):
        compress(IMAGES["grey"](), JPEG2000, ratio=float("nan"))


def test_what_has_no_class_cannot_be_referred_to() -> None:
    dataset = IMAGES["grey"]()
    del dataset.SOPClassUID
    with pytest.raises(ImageError, match="it has no SOP Class UID or no SOP Instance UID"):
        compress(dataset, JPEGLSNearLossless, max_error=1)


def test_an_encoder_that_wants_a_larger_image_is_not_said_to_be_missing() -> None:
    with pytest.raises(ImageError, match=r"does not fit this image.*; choose another transfer syntax"):
        compress(secondary_capture(np.zeros((3, 3), dtype=np.uint8)), JPEG2000Lossless)


def test_floating_point_pixels_are_not_compressed() -> None:
    dataset = secondary_capture(np.zeros((2, 2), dtype=np.uint8))
    for keyword in ("PixelData", "BitsStored", "HighBit", "PixelRepresentation"):
        del dataset[keyword]
    dataset.BitsAllocated, dataset.FloatPixelData = 32, bytes(16)
    with pytest.raises(ImageError, match="floating point"):
        compress(dataset, RLELossless)


@pytest.mark.parametrize(
    ("value", "is_refused"), [(2047, True), (-2048, True), (2045, False), (-2046, False)]
)
def test_a_loss_must_not_turn_the_largest_value_into_the_smallest(value: int, is_refused: bool) -> None:  # noqa: FBT001 - a parameter
    """JPEG-LS counts without a sign: behind the largest value it finds the smallest."""
    values = np.linspace(-2000, 2000, 64 * 64).astype(np.int16).reshape(64, 64)
    values[10:20] = value - (np.arange(10)[:, np.newaxis] % 2 if value > 0 else 0)
    image = secondary_capture(values)
    image.BitsStored, image.HighBit = 12, 11
    if is_refused:
        with pytest.raises(ImageError, match="largest or smallest"):
            compress(image, JPEGLSNearLossless, max_error=2)
    else:
        again = decompress(compress(image, JPEGLSNearLossless, max_error=2))
        assert np.abs(again.pixel_array.astype(int) - values).max() <= 2


@pytest.mark.parametrize("planar_configuration", [0, 1])
def test_colour_that_neighbours_share_is_not_compressed(planar_configuration: int) -> None:
    image = dcmread(BUNDLED / "SC_ybr_full_422_uncompressed.dcm")
    image.PlanarConfiguration = planar_configuration
    with pytest.raises(ImageError, match="two pixels share their colour"):
        compress(image, RLELossless)
