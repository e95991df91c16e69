"""Colour images look as dcm2pnm shows them, however their samples and palettes are written."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image
from pydicom.dataset import FileDataset
from pydicom.uid import ExplicitVRBigEndian

from dicomkit.errors import ImageError
from dicomkit.files.writing import write_file
from dicomkit.pixels import render, secondary_capture
from dicomkit.pixels.pixel_encoding import PixelDataWarning

BYTE = np.arange(256, dtype=np.uint8).reshape(16, 16)
WORD = np.arange(4096, dtype=np.uint16).reshape(64, 64)


def image(stored: npt.NDArray[Any], bits: int, photometric_interpretation: str) -> FileDataset:
    """Make an image with these stored values, whatever a Secondary Capture may hold."""
    dataset = secondary_capture(np.zeros(stored.shape[:2], dtype=np.uint8))
    dataset.PhotometricInterpretation = photometric_interpretation
    dataset.SamplesPerPixel = 1 if stored.ndim == 2 else stored.shape[2]
    if stored.ndim == 3:
        dataset.PlanarConfiguration = 0
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = stored.dtype.itemsize * 8, bits, bits - 1
    dataset.PixelRepresentation = int(stored.dtype.kind == "i")
    dataset.PixelData = stored.tobytes()
    dataset["PixelData"].VR = "OW"
    return dataset


def with_palette(dataset: FileDataset, count: int, first: int, bits: int, kind: str) -> npt.NDArray[Any]:
    """Give an image a palette, and return its entries as shape (count, 3)."""
    entries = np.random.default_rng(5).integers(0, 2**bits, (count, 3))
    for column, channel in enumerate(("Red", "Green", "Blue")):
        keyword = f"{channel}PaletteColorLookupTable"
        setattr(dataset, f"{keyword}Descriptor", [count % 65536, first, bits])
        dataset[f"{keyword}Descriptor"].VR = "SS" if first < 0 else "US"
        data = entries[:, column].astype(kind).tobytes()
        setattr(dataset, f"{keyword}Data", data + bytes(len(data) % 2))
    return entries


def levels_of_peer(peer: Callable[[str], str], dataset: FileDataset, folder: Path) -> npt.NDArray[np.uint8]:
    write_file(dataset, folder / "in.dcm")
    subprocess.run(
        [peer("dcm2pnm"), "-q", "-O", folder / "in.dcm", folder / "out.pnm"], check=True, timeout=60
    )
    with Image.open(folder / "out.pnm") as shown:
        return np.asarray(shown)


@pytest.mark.parametrize(
    ("stored", "count", "first", "bits", "kind"),
    [
        (BYTE, 256, 0, 16, "<u2"),
        (BYTE, 256, 0, 8, "u1"),
        (BYTE, 100, 50, 16, "<u2"),
        (WORD, 4096, 0, 16, "<u2"),
        (WORD * 16, 65536, 0, 16, "<u2"),
        ((WORD.astype(np.int16) - 2048), 4096, -2048, 16, "<u2"),
        # These are valid too, and pydicom's function alone would show them wrongly or not at all:
        (BYTE, 256, 0, 8, "<u2"),  # entries of 8 bits, one in a word
        (BYTE, 101, 20, 8, "u1"),  # an odd number of them, and so a pad byte
        (WORD, 300, 0, 8, "u1"),  # more entries than fit 8 bits
    ],
)
def test_a_palette_looks_as_dcmtk_shows_it(
    stored: npt.NDArray[Any],
    count: int,
    first: int,
    bits: int,
    kind: str,
    tmp_path: Path,
    peer: Callable[[str], str],
) -> None:
    dataset = image(stored, stored.dtype.itemsize * 8, "PALETTE COLOR")
    entries = with_palette(dataset, count, first, bits, kind)
    expected = entries[np.clip(stored.astype(int) - first, 0, count - 1)] >> (bits - 8)
    assert np.array_equal(render(dataset), expected)
    assert np.array_equal(levels_of_peer(peer, dataset, tmp_path), expected)


def test_a_palette_may_begin_below_zero_under_the_wrong_vr(
    tmp_path: Path, peer: Callable[[str], str]
) -> None:
    dataset = image(WORD.astype(np.int16) - 2048, 16, "PALETTE COLOR")
    entries = with_palette(dataset, 4096, 65536 - 2048, 16, "<u2")
    expected = entries[WORD] >> 8
    assert np.array_equal(levels_of_peer(peer, dataset, tmp_path), expected)
    assert np.array_equal(render(dataset), expected)


@pytest.mark.parametrize("kind", ["u1", "<u2"])
def test_the_words_of_a_palette_have_the_byte_order_of_the_file(kind: str) -> None:
    dataset = image(BYTE, 8, "PALETTE COLOR")
    expected = with_palette(dataset, 256, 0, 8, kind)[BYTE]
    for channel in ("Red", "Green", "Blue"):
        keyword = f"{channel}PaletteColorLookupTableData"
        setattr(dataset, keyword, np.frombuffer(dataset[keyword].value, "<u2").astype(">u2").tobytes())
    dataset.PixelData = BYTE.view("<u2").astype(">u2").tobytes()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRBigEndian
    assert np.array_equal(render(dataset), expected)


@pytest.mark.parametrize("there", [1, 50, 255])
def test_of_a_palette_that_is_too_short_the_last_entry_stands_for_all_above(
    there: int, peer: Callable[[str], str], tmp_path: Path
) -> None:
    dataset = image(BYTE, 8, "PALETTE COLOR")
    colours = with_palette(dataset, 256, 0, 16, "<u2")
    for channel in ("Red", "Green", "Blue"):
        keyword = f"{channel}PaletteColorLookupTableData"
        setattr(dataset, keyword, dataset[keyword].value[: 2 * there])
    with pytest.warns(PixelDataWarning, match=f"the palette has {there} entries and promises 256"):
        shown = render(dataset)
    assert np.array_equal(shown, colours[np.minimum(BYTE, there - 1)] >> 8)
    assert np.array_equal(shown, levels_of_peer(peer, dataset, tmp_path))


@pytest.mark.parametrize(
    "broken",
    [
        {"RedPaletteColorLookupTableDescriptor": [256, 0, 0]},
        {"RedPaletteColorLookupTableDescriptor": [256, 0, 17]},
        {"BluePaletteColorLookupTableData": b""},
        {"GreenPaletteColorLookupTableDescriptor": [1, 0, 16]},
    ],
)
def test_a_damaged_palette_is_refused(broken: dict[str, Any]) -> None:
    dataset = image(BYTE, 8, "PALETTE COLOR")
    with_palette(dataset, 256, 0, 16, "<u2")
    for keyword, value in broken.items():
        setattr(dataset, keyword, value)
    with pytest.raises(ImageError, match=r"^palette: "):
        render(dataset)


@pytest.mark.parametrize(
    ("bits", "kind"), [(2, "u1"), (5, "u1"), (8, "u1"), (8, "u2"), (12, "u2"), (16, "u2")]
)
def test_each_depth_of_colour_reaches_black_and_white(
    bits: int, kind: str, tmp_path: Path, peer: Callable[[str], str]
) -> None:
    samples = np.linspace(0, 2**bits - 1, 48).astype(kind).reshape(4, 4, 3)
    dataset = image(samples, bits, "RGB")
    shown = render(dataset)
    assert (shown.min(), shown.max()) == (0, 255)
    assert np.array_equal(shown, levels_of_peer(peer, dataset, tmp_path))


@pytest.mark.parametrize("name", ["HSV", "CMYK", "ARGB", "YBR_PARTIAL_422", "GREY", ["RGB", "RGB"]])
def test_a_colour_space_of_another_kind_is_refused(name: Any) -> None:  # noqa: ANN401 - a list is possible too
    dataset = image(np.zeros((4, 4, 3), dtype=np.uint8), 8, "RGB")
    dataset.PhotometricInterpretation = name
    with pytest.raises(ImageError, match="Photometric Interpretation: it is none that this kit knows"):
        render(dataset)


@pytest.mark.parametrize(
    ("name", "samples"), [("MONOCHROME2", 3), ("RGB", 1), ("PALETTE COLOR", 3), ("RGB", 4)]
)
def test_the_samples_have_to_fit_the_colour_space(name: str, samples: int) -> None:
    dataset = image(np.zeros((4, 4, samples), dtype=np.uint8), 8, name)
    with pytest.raises(ImageError, match=f"Samples per Pixel: {samples} do not fit {name}"):
        render(dataset)
