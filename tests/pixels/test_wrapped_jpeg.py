"""A JPEG that is wrapped without pydicom is, byte for byte, the file that pydicom makes of the same values."""

from __future__ import annotations

import io
import random
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from pydicom import dcmread
from pydicom.dataset import FileDataset

from dicomkit.errors import ImageError
from dicomkit.files.writing import encode_file
from dicomkit.pixels import PictureWarning, secondary_capture
from dicomkit.pixels.wrapped_jpeg import wrapped_jpeg

DATA = Path(__file__).parents[1] / "data" / "pixels"
GREY = (np.add.outer(np.arange(40) * 3, np.arange(51) * 2) % 256).astype(np.uint8)
COLOUR = np.stack([GREY, GREY[::-1], GREY[:, ::-1]], axis=-1)
# What differs from one run to the next: new UIDs and the time.
OF_THE_RUN = ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID", "StudyDate", "StudyTime", "ContentDate", "ContentTime")  # fmt: skip
MUTANTS = 90


def jpeg(pixels: Any, **options: Any) -> bytes:  # noqa: ANN401 - Pillow takes all kinds
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "JPEG", **options)
    return stream.getvalue()


def upright_exif() -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 1, "MAKER"
    return exif


PICTURES = {
    "grey": jpeg(GREY),
    "4:2:0": jpeg(COLOUR),
    "4:4:4": jpeg(COLOUR, subsampling=0),
    "stored as RGB": jpeg(COLOUR, keep_rgb=True),
    # Adobe's segment, 16 bytes behind the start, is taken out.
    "RGB that nobody marks": b"\xff\xd8" + jpeg(COLOUR, keep_rgb=True)[18:],
    "restart markers": jpeg(COLOUR, restart_marker_rows=1),
    "EXIF, upright": jpeg(COLOUR, exif=upright_exif()),
    "bytes behind": jpeg(GREY) + b"behind",
    "one pixel": jpeg(GREY[:1, :1]),
    "of the handout": (DATA / "image.jpg").read_bytes(),
}


def captured(path: Path) -> tuple[FileDataset, list[str]]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", PictureWarning)
        instance = secondary_capture(path)
    return instance, [str(one.message) for one in caught if one.category is PictureWarning]


@pytest.mark.parametrize("kind", PICTURES)
def test_both_ways_make_the_same_file(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "picture.jpg"
    path.write_bytes(PICTURES[kind])
    wrapped = wrapped_jpeg(path.read_bytes(), path)
    assert wrapped is not None
    found = dcmread(io.BytesIO(wrapped.content))
    expected, remarks = captured(path)
    for keyword in OF_THE_RUN:
        assert str(found[keyword].value) == wrapped.values[keyword] != ""
        expected[keyword] = found[keyword]
    expected.file_meta.MediaStorageSOPInstanceUID = found.SOPInstanceUID
    assert wrapped.content == encode_file(expected)
    assert list(wrapped.remarks) == remarks
    assert set(wrapped.values) == set(expected.dir()) - {"PixelData"}


@pytest.mark.parametrize("keyword", ["StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID"])
def test_each_file_is_an_instance_of_its_own(keyword: str) -> None:
    first, second = (wrapped_jpeg(PICTURES["of the handout"], DATA / "image.jpg") for _ in range(2))
    assert first is not None
    assert second is not None
    assert first.values[keyword] != second.values[keyword]


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(jpeg(GREY, progressive=True), id="progressive"),
        pytest.param(b"P5 1 1 255\na", id="PNM"),
        pytest.param(jpeg(GREY)[:200], id="cut off"),
        pytest.param(b"\xff\xd8", id="nothing but a start"),
        pytest.param(jpeg(GREY).replace(b"\x00\x28\x00\x33", b"\x00\x00\x00\x33", 1), id="no rows"),
    ],
)
def test_what_cannot_stay_as_it_is_is_left_to_secondary_capture(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "picture.jpg").write_bytes(content)
    assert wrapped_jpeg((tmp_path / "picture.jpg").read_bytes(), tmp_path / "picture.jpg") is None


def test_a_stream_is_wrapped_where_secondary_capture_wraps_it_and_nowhere_else(tmp_path: Path) -> None:
    path = tmp_path / "mutant.jpg"
    chance = random.Random(14)  # noqa: S311 - the same mutants each time
    originals = [PICTURES["grey"], PICTURES["4:2:0"], PICTURES["EXIF, upright"]]
    verdicts = []
    for number in range(MUTANTS):
        mutant = bytearray(originals[number % len(originals)])
        for _ in range(chance.choice((1, 1, 3))):
            mutant[chance.randrange(2, len(mutant))] = chance.choice(
                (0, 1, 0x7F, 0xFF, chance.randrange(256))
            )
        path.write_bytes(mutant)
        try:
            instance, _ = captured(path)
            is_wrapped = bool(instance.file_meta.TransferSyntaxUID.is_compressed)
        except ImageError:
            is_wrapped = False
        assert (wrapped_jpeg(path.read_bytes(), path) is not None) == is_wrapped, f"mutant {number}"
        verdicts.append(is_wrapped)
    assert 10 < sum(verdicts) < MUTANTS - 10
