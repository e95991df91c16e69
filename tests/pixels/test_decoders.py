"""JPEG Lossless and JPEG of 12 bits are decoded as by DCMTK; a missing decoder and a damaged stream are different errors."""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image
from pydicom import dcmread
from pydicom.dataset import FileDataset
from pydicom.encaps import encapsulate, get_frame
from pydicom.uid import (
    UID,
    HTJ2KLossless,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLossless,
    JPEGLSLossless,
    RLELossless,
)

from dicomkit.errors import ImageError
from dicomkit.pixels import compress, decompress, render, secondary_capture, stored_values
from dicomkit.pixels.missing_decoder import DECODERS, DecoderPackage

KINDS = {
    "8 bits": ("u1", 8),
    "12 bits": ("u2", 12),
    "16 bits": ("u2", 16),
    "signed": ("i2", 16),
    "signed, 12": ("i2", 12),
}
LOSSLESS = {
    "57": ("+el",),
    "57, predictor 4": ("+el", "+sv", "4"),
    "57, predictor 7": ("+el", "+sv", "7"),
    "70": ("+e1",),
}


def noise(kind: str, bits: int, shape: tuple[int, ...] = (16, 20)) -> npt.NDArray[Any]:
    low = -(2 ** (bits - 1)) if kind.startswith("i") else 0
    values = np.random.default_rng(1).integers(low, low + 2**bits, shape)
    values.flat[:2] = low, low + 2**bits - 1
    return values.astype(kind)


def image(kind: str, bits: int, shape: tuple[int, ...] = (16, 20)) -> FileDataset:
    dataset = secondary_capture(noise(kind, bits, shape))
    dataset.BitsStored, dataset.HighBit = bits, bits - 1
    return dataset


def by_dcmtk(folder: Path, peer: Callable[[str], str], dataset: FileDataset, *options: str) -> FileDataset:
    """Return the image as dcmcjpeg compresses it."""
    dataset.save_as(folder / "in.dcm")
    command = [peer("dcmcjpeg"), *options, folder / "in.dcm", folder / "packed.dcm"]
    subprocess.run(command, check=True, timeout=60, capture_output=True)
    return dcmread(folder / "packed.dcm")


def unpacked_by_dcmtk(folder: Path, peer: Callable[[str], str]) -> npt.NDArray[Any]:
    command = [peer("dcmdjpeg"), folder / "packed.dcm", folder / "out.dcm"]
    subprocess.run(command, check=True, timeout=60, capture_output=True)
    return dcmread(folder / "out.dcm").pixel_array


@pytest.mark.parametrize("process", LOSSLESS)
@pytest.mark.parametrize("name", KINDS)
def test_a_lossless_jpeg_gives_every_value_back(
    name: str, process: str, tmp_path: Path, peer: Callable[[str], str]
) -> None:
    original = image(*KINDS[name])
    packed = by_dcmtk(tmp_path, peer, original, *LOSSLESS[process])
    assert packed.file_meta.TransferSyntaxUID.endswith(process[:2])
    assert np.array_equal(stored_values(packed), original.pixel_array)
    assert decompress(packed).PixelData == original.PixelData
    assert np.array_equal(compress(packed, RLELossless).pixel_array, original.pixel_array)


@pytest.mark.parametrize("shape", [(3, 16, 20), (16, 20, 3), (2, 16, 20, 3)])
def test_so_do_several_frames_and_colours(
    shape: tuple[int, ...], tmp_path: Path, peer: Callable[[str], str]
) -> None:
    original = image("u1", 8, shape)
    packed = by_dcmtk(tmp_path, peer, original, "+e1")
    frames = int(original.get("NumberOfFrames") or 1)
    found = np.stack([stored_values(packed, frame) for frame in range(1, frames + 1)])
    assert np.array_equal(found.reshape(shape), original.pixel_array)
    assert decompress(packed).PixelData == original.PixelData


@pytest.mark.parametrize("name", ["8 bits", "12 bits", "16 bits"])
def test_an_extended_jpeg_gives_what_dcmtk_decodes(
    name: str, tmp_path: Path, peer: Callable[[str], str]
) -> None:
    packed = by_dcmtk(tmp_path, peer, image(*KINDS[name]), "+ee", "+q", "80")
    assert packed.file_meta.TransferSyntaxUID == JPEGExtended12Bit
    assert np.array_equal(stored_values(packed), unpacked_by_dcmtk(tmp_path, peer))


def without(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no decoder be installed besides those of pydicom and Pillow."""
    monkeypatch.setattr(DecoderPackage, "is_installed", property(lambda _: False))
    monkeypatch.setattr(
        "pydicom.pixels.common.CoderBase.available_plugins", property(lambda _: ()), raising=True
    )
    monkeypatch.setattr(
        "pydicom.pixels.common.CoderBase.is_available", property(lambda _: False), raising=True
    )


def stream_of(syntax: UID) -> FileDataset:
    dataset = compress(
        secondary_capture(np.zeros((64, 64), np.uint8)),
        JPEGLSLossless if syntax == JPEGLSLossless else JPEG2000Lossless,
    )
    dataset.file_meta.TransferSyntaxUID = syntax
    return dataset


@pytest.mark.parametrize(
    ("syntax", "packages"),
    [
        (JPEGLSLossless, "pyjpegls"),
        (JPEG2000Lossless, "pylibjpeg pylibjpeg-openjpeg"),
        (HTJ2KLossless, "pylibjpeg pylibjpeg-openjpeg"),
    ],
)
def test_without_a_decoder_the_packages_to_install_are_named(
    syntax: UID, packages: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset = stream_of(syntax)
    without(monkeypatch)
    for action in (render, decompress):
        with pytest.raises(ImageError) as caught:
            action(dataset)
        assert caught.value.problem == f"{syntax.name} needs a decoder that is not installed"
        assert caught.value.remedy == f"install a decoder: pip install {packages}"


def test_a_stream_of_more_bits_than_are_allocated_is_not_cut(
    tmp_path: Path, peer: Callable[[str], str]
) -> None:
    packed = by_dcmtk(tmp_path, peer, image("u2", 12), "+e1")
    packed.BitsAllocated, packed.BitsStored, packed.HighBit = 8, 8, 7
    with pytest.raises(ImageError, match="group 0028 describes it wrongly"):
        stored_values(packed)


@pytest.mark.parametrize("options", [("+e1",), ("+ee",)])
def test_without_imagecodecs_jpeg_says_so_and_damage_is_another_thing(
    options: tuple[str, ...], tmp_path: Path, peer: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    packed = by_dcmtk(tmp_path, peer, image("u2", 12), *options)
    with monkeypatch.context() as context:
        context.setattr(DecoderPackage, "is_installed", property(lambda _: False))
        with pytest.raises(ImageError) as caught:
            render(packed)
    assert str(caught.value).endswith("not installed; install a decoder: pip install imagecodecs")
    assert render(packed).shape == (16, 20)
    stream = get_frame(packed.PixelData, 0, number_of_frames=1)
    packed.PixelData = encapsulate([stream[: stream.index(b"\xff\xda")] + b"\xff\xd9"])
    with pytest.raises(ImageError, match=r"Pixel Data is damaged.*; get the file again"):
        render(packed)


@pytest.mark.parametrize("syntax", [RLELossless, JPEG2000Lossless])
def test_what_is_damaged_is_not_said_to_need_a_decoder(syntax: UID) -> None:
    dataset = compress(secondary_capture(noise("u1", 8, (64, 64))), syntax)
    stream = get_frame(dataset.PixelData, 0, number_of_frames=1)
    dataset.PixelData = encapsulate([stream[:66]])
    with pytest.raises(ImageError) as caught:
        render(dataset)
    assert caught.value.remedy == "get the file again"


@pytest.mark.parametrize("keyword", ["BitsStored", "PixelRepresentation", "PlanarConfiguration", "Columns"])
def test_a_missing_attribute_is_named(keyword: str) -> None:
    dataset = secondary_capture(np.zeros((8, 8, 3), np.uint8))
    del dataset[keyword]
    with pytest.raises(ImageError, match=f"data set: it has no {keyword}; PS3.3 section C.7.6.3 says"):
        render(dataset)


def test_each_package_says_its_licence_as_it_is_registered() -> None:
    from importlib import metadata  # noqa: PLC0415

    for package in DECODERS:
        assert package.is_installed, f"{package.packages} belong to the test extra"
        for name in package.packages:
            about = metadata.metadata(name)
            said = " ".join(
                [
                    *about.get_all("License", []),
                    *about.get_all("License-Expression", []),
                    *about.get_all("Classifier", []),
                ]
            )
            assert package.licence.split("-")[0] in said, name


def test_importing_the_room_loads_no_decoder() -> None:
    code = "import sys, dicomkit.pixels; print('imagecodecs' in sys.modules)"
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert found.stdout.strip() == "False"


def baseline_jpeg() -> bytes:
    stream = io.BytesIO()
    Image.fromarray(np.full((8, 8), 100, np.uint8)).save(stream, "JPEG")
    return stream.getvalue()


def test_a_picture_that_could_not_be_shown_again_is_not_wrapped(tmp_path: Path) -> None:
    # A baseline JPEG whose tables are missing: its headers are right, its picture cannot be decoded.
    stream = baseline_jpeg()
    at, found = 2, stream[:2]
    while stream[at + 1] != 0xDA:
        size = int.from_bytes(stream[at + 2 : at + 4], "big")
        found += b"" if stream[at + 1] in {0xC4, 0xDB} else stream[at : at + 2 + size]
        at += 2 + size
    (tmp_path / "in.jpg").write_bytes(found + stream[at:])
    with pytest.raises(ImageError, match=r"its JPEG stream cannot be decoded: .*; export the picture again"):
        secondary_capture(tmp_path / "in.jpg")


def test_a_stream_of_the_wrong_depth_is_refused() -> None:
    dataset = secondary_capture(np.zeros((8, 8), np.uint16))
    for syntax in (JPEGBaseline8Bit, JPEGLossless):
        dataset.file_meta.TransferSyntaxUID = syntax
        dataset.PixelData = encapsulate([baseline_jpeg()])
        with pytest.raises(ImageError):
            stored_values(dataset)
