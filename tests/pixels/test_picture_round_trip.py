"""An image made from a picture file looks as Pillow shows the picture, for every supported kind."""

from __future__ import annotations

import io
import itertools
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image, UnidentifiedImageError

from dicomkit.errors import ImageError
from dicomkit.files.reading import read_content
from dicomkit.files.writing import encode_file
from dicomkit.pixels import PictureWarning, render, secondary_capture

Options = dict[str, Any]
SIZES = [(17, 11), (16, 16), (1, 1), (33, 8)]
FORMATS: list[tuple[str, Options]] = [
    *(("png", options) for options in ({}, {"bits": 1}, {"bits": 2}, {"bits": 4}, {"transparency": 3})),
    *(
        ("tiff", {"compression": name})
        for name in ("raw", "tiff_lzw", "tiff_deflate", "packbits", "jpeg", "group4")
    ),
    *(("jpg", {"quality": 90, "subsampling": number}) for number in (0, 1, 2)),
    *(
        ("jpg", {"quality": 90, **options})
        for options in ({"progressive": True}, {"keep_rgb": True}, {"restart_marker_blocks": 2})
    ),
    ("bmp", {}),
    ("ppm", {}),
]
MODES = ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "YCbCr", "I;16"]
EXIF_AND_APP = {0xE0, 0xE1, 0xEE}


def picture(mode: str, columns: int, rows: int) -> Image.Image:
    """Return a picture whose neighbouring pixels differ."""
    y, x = np.mgrid[0:rows, 0:columns]
    grey = ((x * 7 + y * 13) % 256).astype(np.uint8)
    colour = np.stack([grey, (x * 11 % 256).astype(np.uint8), (y * 17 % 256).astype(np.uint8)], axis=-1)
    alpha = (x * 9 % 256).astype(np.uint8)
    if mode == "I;16":
        return Image.fromarray(((x * 700 + y * 1300) % 65536).astype(np.uint16))
    if mode == "P":
        return Image.fromarray(colour).quantize(37)
    if mode in {"LA", "RGBA"}:
        return Image.fromarray(np.dstack([grey if mode == "LA" else colour, alpha]))
    return Image.fromarray(grey if mode in {"1", "L"} else colour).convert(mode)


def shown_by_pillow(image: Image.Image) -> npt.NDArray[np.int64]:
    """Return what Pillow makes of the page that is open, on black where it is transparent."""
    if image.mode.startswith("I"):
        grey = np.round(np.asarray(image).astype(np.float64) / 257)
        return np.repeat(grey[..., np.newaxis], 3, axis=-1).astype(np.int64)
    if image.mode in {"LA", "RGBA", "PA"} or "transparency" in image.info:
        black = Image.new("RGBA", image.size, (0, 0, 0, 255))
        black.alpha_composite(image.convert("RGBA"))
        image = black
    return np.asarray(image.convert("RGB")).astype(np.int64)


def difference(path: Path) -> int:
    """Return by how many levels the two pictures of a file differ at most, over all pages."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PictureWarning)
        dataset = read_content(encode_file(secondary_capture(path)))
    with Image.open(path) as image:
        pages = getattr(image, "n_frames", 1)
        assert int(dataset.get("NumberOfFrames") or 1) == pages
        worst = 0
        for page in range(pages):
            image.seek(page)
            levels = render(dataset, page + 1).astype(np.int64)
            levels = levels if levels.ndim == 3 else np.repeat(levels[..., np.newaxis], 3, axis=-1)
            worst = max(worst, int(np.abs(levels - shown_by_pillow(image)).max()))
    return worst


def saved(folder: Path, mode: str, size: tuple[int, int], suffix: str, options: Options) -> Path | None:
    """Write a picture with Pillow; return None where a format has no such pictures."""
    if ("bits" in options and mode not in {"1", "L", "P"}) or (
        "transparency" in options and mode not in {"L", "P"}
    ):
        return None
    image = picture(mode, *size)
    if "bits" in options and mode == "P":
        image = image.convert("RGB").quantize(2 ** options["bits"])
    path = folder / f"picture.{suffix}"
    try:
        image.save(path, **options)
    except (OSError, ValueError, UnidentifiedImageError, RuntimeError):
        return None
    return path


@pytest.mark.parametrize("mode", MODES)
def test_every_kind_of_picture_is_shown_as_pillow_shows_it(mode: str, tmp_path: Path) -> None:
    tried = 0
    for size, (suffix, options) in itertools.product(SIZES, FORMATS):
        path = saved(tmp_path, mode, size, suffix, options)
        if path is not None:
            tried += 1
            assert difference(path) <= 1, (size, suffix, options)
    assert tried >= 8


def without(content: bytes, markers: set[int]) -> bytes:
    """Take segments out of the head of a JPEG."""
    kept, at = content[:2], 2
    while content[at + 1] != 0xDA:
        end = at + 2 + int.from_bytes(content[at + 2 : at + 4], "big")
        kept += b"" if content[at + 1] in markers else content[at:end]
        at = end
    return kept + content[at:]


@pytest.mark.parametrize("markers", [{0xE0}, {0xEE}, EXIF_AND_APP], ids=str)
@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK", "keep_rgb"])
def test_a_jpeg_that_does_not_say_its_colours_is_shown_as_pillow_shows_it(
    mode: str, markers: set[int], tmp_path: Path
) -> None:
    stream = io.BytesIO()
    picture("RGB" if mode == "keep_rgb" else mode, 40, 24).save(
        stream, "JPEG", quality=92, keep_rgb=mode == "keep_rgb"
    )
    path = tmp_path / "picture.jpg"
    path.write_bytes(without(stream.getvalue(), markers))
    assert difference(path) <= 1


@pytest.mark.parametrize("mode", ["1", "L", "I;16", "P", "RGB"])
def test_each_page_is_a_frame(mode: str, tmp_path: Path) -> None:
    path = tmp_path / "pages.tiff"
    picture(mode, 20, 10).save(path, save_all=True, append_images=[picture(mode, 20, 10)] * 2)
    assert difference(path) <= 1


def test_what_is_not_taken_is_refused_with_what_would_be(tmp_path: Path) -> None:
    path = tmp_path / "pages.gif"
    picture("P", 20, 10).save(path, save_all=True, append_images=[picture("P", 20, 10).rotate(180)])
    with pytest.raises(ImageError, match="use PNG, JPEG, TIFF, BMP or PNM"):
        secondary_capture(path)
