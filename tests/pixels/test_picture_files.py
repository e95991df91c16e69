"""Rare kinds of picture files keep their samples, or are refused."""

from __future__ import annotations

import struct
import subprocess
import sys
import warnings
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image, TiffImagePlugin
from pydicom.dataset import FileDataset

from dicomkit.errors import ImageError, UsageError
from dicomkit.pixels import PictureWarning, secondary_capture

GREY = (np.add.outer(np.arange(8) * 5, np.arange(9) * 3) % 256).astype(np.uint8)
COLOUR = np.stack([GREY, GREY[::-1], 255 - GREY], axis=-1)
ON_BLACK = "The transparent parts were composed on black."
REDUCED = "The 16-bit samples were reduced to 8 bits."


def capture(image: Any, **options: Any) -> tuple[FileDataset, list[str]]:  # noqa: ANN401 - also what is no picture
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        dataset = secondary_capture(image, **options)
    assert {one.category for one in caught} <= {PictureWarning}
    return dataset, [str(one.message) for one in caught]


def png(depth: int, colour_type: int, samples: npt.NDArray[Any], transparent: bytes) -> bytes:
    """Write a PNG with a transparent value; `samples` has the shape (rows, columns, samples)."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return (
            struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
        )

    bits = (samples.reshape(len(samples), -1, 1) >> np.arange(depth)[::-1]) & 1
    rows = np.packbits(bits.reshape(len(samples), -1).astype(np.uint8), axis=1)
    header = struct.pack(">IIBBBBB", samples.shape[1], len(samples), depth, colour_type, 0, 0, 0)
    content = zlib.compress(b"".join(b"\0" + row.tobytes() for row in rows))
    parts = [(b"IHDR", header), (b"tRNS", transparent), (b"IDAT", content), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*part) for part in parts)


@pytest.mark.parametrize("depth", [1, 2, 4, 8, 16])
def test_the_transparent_value_of_a_grey_png_is_black(depth: int, tmp_path: Path) -> None:
    written = np.array([[0, 1, 2**depth - 1]])
    for value in (0, 1, 2**depth - 1):
        (tmp_path / "p.png").write_bytes(png(depth, 0, written[..., np.newaxis], struct.pack(">H", value)))
        expected = written * (255 // (2**depth - 1) if depth < 8 else 1)
        expected[written == value] = 0
        dataset, said = capture(tmp_path / "p.png")
        assert np.array_equal(dataset.pixel_array, expected), value
        assert said == [ON_BLACK]
    if depth > 1:
        (tmp_path / "p.png").write_bytes(png(depth, 0, written[:, :1, np.newaxis], struct.pack(">H", 1)))
        assert capture(tmp_path / "p.png")[1] == []


def test_a_transparent_colour_that_cannot_be_told_apart_is_said(tmp_path: Path) -> None:
    written = np.array([[[0x1234, 0x5678, 0x9ABC], [0x1235, 0x5678, 0x9ABC]]])
    (tmp_path / "p.png").write_bytes(png(16, 2, written, struct.pack(">3H", *written[0, 0].tolist())))
    dataset, said = capture(tmp_path / "p.png")
    assert np.array_equal(dataset.pixel_array, [[[0x12, 0x56, 0x9A]] * 2])
    assert said == [REDUCED, "The transparent colour is shown as any other."]


def tiff(photometric: int, bits: int, samples: npt.NDArray[Any]) -> bytes:
    """Write an uncompressed TIFF tag by tag: Pillow writes no inverted grey and no deep colour."""
    rows, columns = samples.shape[:2]
    count = 1 if samples.ndim == 2 else samples.shape[2]
    if bits == 12:
        wide = ((samples.reshape(rows, -1, 1) >> np.arange(12)[::-1]) & 1).reshape(rows, -1)
        data = np.packbits(wide.astype(np.uint8), axis=1).tobytes()
    else:
        data = samples.astype(f"<u{bits // 8}").tobytes()
    start = 8 + 2 + 9 * 12 + 4
    depths = struct.pack(f"<{count}H", *[bits] * count)
    fields = [
        (256, 4, 1, columns),
        (257, 4, 1, rows),
        (258, 3, count, bits if count == 1 else start + len(data)),
        (259, 3, 1, 1),
        (262, 3, 1, photometric),
        (273, 4, 1, start),
        (277, 3, 1, count),
        (278, 4, 1, rows),
        (279, 4, 1, len(data)),
    ]
    folder = struct.pack("<H", len(fields)) + b"".join(struct.pack("<HHII", *field) for field in fields)
    return b"II*\0" + struct.pack("<I", 8) + folder + bytes(4) + data + depths


@pytest.mark.parametrize(
    ("photometric", "bits", "stored", "expected", "sentences"),
    [
        (0, 8, GREY, 255 - GREY, []),
        (0, 16, GREY.astype(np.uint16) * 257, 65535 - GREY.astype(np.uint16) * 257, []),
        (1, 12, GREY.astype(np.uint16)[:, :8] * 16, GREY.astype(np.uint16)[:, :8] * 16, []),
        (2, 16, COLOUR.astype(np.uint16) * 257, COLOUR, [REDUCED]),
    ],
    ids=["8 bits, 0 is white", "16 bits, 0 is white", "12 bits", "deep colour"],
)
def test_a_tiff_of_another_kind_keeps_its_samples(
    photometric: int,
    bits: int,
    stored: npt.NDArray[Any],
    expected: npt.NDArray[Any],
    sentences: list[str],
    tmp_path: Path,
) -> None:
    (tmp_path / "p.tif").write_bytes(tiff(photometric, bits, stored))
    dataset, said = capture(tmp_path / "p.tif")
    assert np.array_equal(dataset.pixel_array, expected)
    assert dataset.BitsStored == (8 if expected.dtype == np.uint8 else bits)
    assert said == sentences


def test_a_tiff_with_negative_values_keeps_them(tmp_path: Path) -> None:
    values = (GREY.astype(np.int16) - 100) * 100
    kind = TiffImagePlugin.ImageFileDirectory_v2()
    kind[339] = 2  # SampleFormat: two's complement
    Image.fromarray(values.view(np.uint16)).save(tmp_path / "p.tif", tiffinfo=kind)
    dataset, said = capture(tmp_path / "p.tif")
    assert np.array_equal(dataset.pixel_array, values)
    assert (dataset.PixelRepresentation, said) == (1, [])


@pytest.mark.parametrize(
    ("kind", "words"), [(np.float32, "floating point numbers"), (np.int32, "numbers of 32 bits")]
)
def test_samples_of_which_nobody_knows_the_white_are_refused(
    kind: type[np.generic], words: str, tmp_path: Path
) -> None:
    Image.fromarray(GREY.astype(kind)).save(tmp_path / "p.tif")
    with pytest.raises(ImageError, match=f"its samples are {words}"):
        secondary_capture(tmp_path / "p.tif")


# EXIF: where row 0 and column 0 of the stored picture lie when it is seen upright.
UPRIGHT: dict[int, Callable[[npt.NDArray[Any]], npt.NDArray[Any]]] = {
    1: lambda a: a,
    2: lambda a: a[:, ::-1],
    3: lambda a: a[::-1, ::-1],
    4: lambda a: a[::-1],
    5: lambda a: a.swapaxes(0, 1),
    6: lambda a: np.rot90(a, -1),
    7: lambda a: a[::-1, ::-1].swapaxes(0, 1),
    8: lambda a: np.rot90(a, 1),
}


@pytest.mark.parametrize("suffix", ["png", "tif", "jpg"])
@pytest.mark.parametrize("orientation", UPRIGHT)
def test_each_orientation_is_turned_upright(orientation: int, suffix: str, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(COLOUR).save(tmp_path / f"p.{suffix}", exif=exif)
    with Image.open(tmp_path / f"p.{suffix}") as stored:
        expected = UPRIGHT[orientation](COLOUR if suffix != "jpg" else np.asarray(stored))
    dataset, said = capture(tmp_path / f"p.{suffix}")
    assert any("turned upright" in sentence for sentence in said) == (orientation != 1)
    if orientation == 1 and suffix == "jpg":
        assert dataset.file_meta.TransferSyntaxUID.is_compressed
    else:
        assert np.array_equal(dataset.pixel_array, expected)


@pytest.mark.parametrize("orientation", [0, 9, 300])
def test_an_orientation_that_exif_does_not_know_turns_nothing(orientation: int, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    for suffix in ("jpg", "png"):
        Image.fromarray(GREY).save(tmp_path / f"p.{suffix}", exif=exif)
        dataset, said = capture(tmp_path / f"p.{suffix}")
        assert dataset.file_meta.TransferSyntaxUID.is_compressed == (suffix == "jpg")
        assert not any("turned" in sentence for sentence in said)


def test_a_comment_behind_the_last_number_of_a_pnm_header_is_a_comment(tmp_path: Path) -> None:
    # Netpbm reads it so: the comment, with the end of its line, is the one blank in front of the pixels.
    (tmp_path / "p.pgm").write_bytes(b"P5\n3 1\n255# white\n\x01\x02\x03")
    assert capture(tmp_path / "p.pgm")[0].pixel_array.tolist() == [[1, 2, 3]]
    (tmp_path / "p.pgm").write_bytes(b"P5\n3 1\n255\n#\x02\x03")  # but here # is the first pixel
    assert capture(tmp_path / "p.pgm")[0].pixel_array.tolist() == [[35, 2, 3]]


@pytest.mark.parametrize("text", ["P1 2 2 01011", "P2 2 1 9 1 2 3", "P3 1 1 255 1 2 3 4"])
def test_more_numbers_than_pixels_are_a_wrong_size(text: str, tmp_path: Path) -> None:
    (tmp_path / "p.pnm").write_text(text)
    with pytest.raises(ImageError, match=r"it promises \d values and has \d"):
        secondary_capture(tmp_path / "p.pnm")


PEAK = """
import resource, sys
from dicomkit.errors import ImageError
from dicomkit.pixels.picture_files import read_picture
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    read_picture(sys.argv[1])
except ImageError:
    print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="measures memory as Linux counts it")
@pytest.mark.parametrize(
    "content",
    [
        b"P2" + b" " * 8_000_000,
        b"P2" + b"#\n" * 4_000_000,
        b"P2 1 1 255 " + b"1 " * 4_000_000,
        b"P1 1 1 " + b"1" * 8_000_000,
    ],
    ids=["blanks", "comments", "numbers", "digits"],
)
def test_a_pnm_takes_no_more_memory_than_its_pixels_need(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "p.pnm").write_bytes(content)
    done = subprocess.run(
        [sys.executable, "-c", PEAK, tmp_path / "p.pnm"],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert int(done.stdout) < 100  # megabytes; the file has 8


def test_a_jpeg_without_a_scan_is_no_picture(tmp_path: Path) -> None:
    Image.fromarray(GREY).save(tmp_path / "p.jpg")
    stream = (tmp_path / "p.jpg").read_bytes()
    (tmp_path / "p.jpg").write_bytes(stream[: stream.index(b"\xff\xda")] + b"\xff\xd9")
    with pytest.raises(ImageError, match="the JPEG stream has no scan"):
        secondary_capture(tmp_path / "p.jpg")


@pytest.mark.parametrize(
    ("image", "problem"),
    [
        ([[1, 2], [3, 4]], "list: it is neither a path nor an array"),
        (None, "NoneType: it is neither a path nor an array"),
        (b"picture.png", "bytes: it is neither a path nor an array"),
        (Image.new("L", (2, 2)), "Image: it is neither a path nor an array"),
    ],
)
def test_what_is_neither_a_path_nor_an_array_is_refused(image: Any, problem: str) -> None:  # noqa: ANN401 - wrong on purpose
    with pytest.raises(ImageError, match=problem):
        secondary_capture(image)


@pytest.mark.parametrize("kind", ["float32", "bool", "int8", "complex64", "U3", "object"])
def test_wrong_samples_are_called_wrong_samples(kind: str) -> None:
    with pytest.raises(ImageError, match="no such samples; use int16 or uint16 or uint8"):
        secondary_capture(np.zeros((2, 2), dtype=kind))


@pytest.mark.parametrize("how", ["series_from", "study_from"])
def test_a_path_is_no_instance_to_join(how: str) -> None:
    joined: Any = {how: "slice.dcm"}
    with pytest.raises(UsageError, match=f"{how}: it is no data set; read it first: read_file"):
        secondary_capture(GREY, **joined)


@pytest.mark.parametrize(
    ("keyword", "value"),
    [
        ("Rows", 9),
        ("BitsStored", 7),
        ("PhotometricInterpretation", "MONOCHROME1"),
        ("NumberOfFrames", 7),
        ("PixelData", b"x"),
    ],
)
def test_what_the_picture_says_itself_cannot_be_given(keyword: str, value: object) -> None:
    with pytest.raises(UsageError, match=f"{keyword}: the picture says it itself"):
        secondary_capture(GREY, **{keyword: value})  # type: ignore[arg-type]
