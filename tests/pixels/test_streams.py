"""A compressed stream is believed only where it agrees with the data set around it."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from pydicom import dcmread
from pydicom.dataset import FileDataset
from pydicom.encaps import encapsulate, get_frame
from pydicom.uid import (
    JPEG2000,
    MPEG2MPML,
    UID,
    HTJ2KLossless,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLossless,
    JPEGLSLossless,
    JPEGLSNearLossless,
    RLELossless,
)

from dicomkit.errors import ImageError
from dicomkit.files.writing import encode_file
from dicomkit.pixels import (
    compress,
    decompress,
    modality_values,
    render,
    secondary_capture,
)
from dicomkit.pixels.display_hints import DisplayHintWarning
from dicomkit.pixels.first_sight import first_picture
from dicomkit.pixels.plane import orientation_labels, pixel_spacing, plane
from dicomkit.samples import ct_series

BUNDLED = Path(pydicom.__file__).parent / "data" / "test_files"
NO_SIGNAL = np.zeros((64, 64), dtype=np.uint8)


def holding(stream: bytes, transfer_syntax: str) -> FileDataset:
    """Make a grey image of 64 x 64 pixels whose one frame is this stream."""
    dataset = secondary_capture(NO_SIGNAL)
    dataset.file_meta.TransferSyntaxUID = UID(transfer_syntax)
    dataset.PixelData = encapsulate([stream])
    return dataset


@pytest.mark.parametrize("stream", [b"hello world!", bytes(64), b"\x00\x00\x00\x0cjP  \r\n\x87\n"])
@pytest.mark.parametrize(
    ("transfer_syntax", "kind"),
    [
        (JPEGBaseline8Bit, "JPEG"),
        (JPEGExtended12Bit, "JPEG"),
        (JPEGLossless, "JPEG"),
        (JPEGLSLossless, "JPEG-LS"),
        (JPEG2000Lossless, "JPEG 2000"),
        (HTJ2KLossless, "JPEG 2000"),
    ],
)
@pytest.mark.parametrize("action", [render, decompress])
def test_a_stream_that_is_no_jpeg_at_all_is_called_so(
    stream: bytes, transfer_syntax: str, kind: str, action: Callable[[FileDataset], object]
) -> None:
    with pytest.raises(ImageError, match=f"frame 1: its stream is no {kind}; get the file again"):
        action(holding(stream, transfer_syntax))


def test_what_nothing_in_the_kit_decodes_is_not_said_to_be_damaged() -> None:
    for action in (render, decompress):
        with pytest.raises(ImageError, match="is a video; convert the file first"):
            action(holding(bytes(64), MPEG2MPML))


def test_more_components_than_samples_are_not_decoded() -> None:
    stream = get_frame(dcmread(BUNDLED / "SC_rgb_jpeg_gdcm.dcm").PixelData, 0, number_of_frames=1)
    dataset = holding(stream, JPEGLossless)
    dataset.Rows = dataset.Columns = 100
    with pytest.raises(ImageError, match="its stream has 3 components, the data set promises 1"):
        render(dataset)


def test_a_cut_off_frame_is_called_by_its_number() -> None:
    with pytest.raises(ImageError, match="frame 1: the compressed stream ends too early"):
        render(holding(b"\xff\xd8\xff\xe0", JPEGBaseline8Bit))


def box(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", 8 + len(content)) + kind + content


def jp2(code_stream: bytes, size: int, *, in_front: bytes = b"") -> bytes:
    """Wrap a JPEG 2000 code stream as a file of its own (ISO/IEC 15444-1 annex I)."""
    header = box(b"ihdr", struct.pack(">IIHBBBB", size, size, 1, 7, 7, 0, 0))
    header += box(b"colr", b"\1\0\0" + struct.pack(">I", 17))
    parts = box(b"jP  ", b"\r\n\x87\n") + box(b"ftyp", b"jp2 \0\0\0\0jp2 ") + box(b"jp2h", header)
    return parts + in_front + box(b"jp2c", code_stream)


def code_stream(size: int = 64) -> bytes:
    """Return the code stream of 64 x 64 black pixels, whose header may promise more."""
    stream = bytearray(get_frame(compress(secondary_capture(NO_SIGNAL), JPEG2000Lossless).PixelData, 0))
    place = stream.index(b"\xff\x51") + 6
    for offset in (0, 4, 16, 20):  # the image and its one tile
        struct.pack_into(">I", stream, place + offset, size)
    return bytes(stream)


def test_a_jpeg_2000_with_a_file_around_it_is_shown() -> None:
    assert not render(holding(jp2(code_stream(), 64), JPEG2000Lossless)).any()


@pytest.mark.parametrize(
    "in_front", [b"", box(b"uuid", bytes(16) + code_stream()[:60]), box(b"free", bytes(8000))]
)
def test_a_small_header_in_front_of_a_large_jpeg_2000_deceives_nobody(in_front: bytes) -> None:
    stream = jp2(code_stream(9000), 9000, in_front=in_front)
    with pytest.raises(ImageError, match="its stream has 9000 x 9000 pixels, the data set promises 64 x 64"):
        render(holding(stream, JPEG2000Lossless))


@pytest.mark.parametrize("length", [0, 1, 2, 7, 2**31])
def test_a_box_with_an_impossible_length_is_refused(length: int) -> None:
    stream = jp2(code_stream(), 64, in_front=struct.pack(">I", length) + b"uuid" + bytes(16))
    with pytest.raises(ImageError):
        render(holding(stream, JPEG2000Lossless))


def test_a_run_length_stream_much_longer_than_its_image_is_not_decoded() -> None:
    stream = struct.pack("<16I", 1, 64, *[0] * 14) + b"\x81\x00" * 9000  # each pair becomes 128 pixels
    with pytest.raises(ImageError, match="frame 1: its stream is longer than the image"):
        render(holding(stream, RLELossless))


def broken(**attributes: Any) -> FileDataset:  # noqa: ANN401 - any VR
    dataset = secondary_capture(np.arange(64, dtype=np.uint16).reshape(8, 8))
    for keyword, value in attributes.items():
        setattr(dataset, keyword, value)
    return dataset


@pytest.mark.parametrize(
    ("attributes", "problem"),
    [
        ({"Rows": [8, 8]}, "not one number each"),
        ({"BitsAllocated": [16, 16]}, "not one number each"),
        ({"BitsStored": 0}, "Bits Stored: 0 of 16"),
        ({"BitsStored": 17}, "Bits Stored: 17 of 16"),
        ({"PixelRepresentation": 5}, "Pixel Data is damaged, or group 0028 describes it wrongly"),
    ],
)
def test_a_group_0028_that_makes_no_sense_is_refused(attributes: dict[str, Any], problem: str) -> None:
    with pytest.raises(ImageError, match=problem):
        render(broken(**attributes))


def test_several_shapes_of_the_presentation_lut_are_none() -> None:
    with pytest.warns(DisplayHintWarning, match="Presentation LUT Shape was passed over"):
        assert np.array_equal(render(broken(PresentationLUTShape=["INVERSE", "X"])), render(broken()))


def test_a_uid_that_is_no_transfer_syntax_is_refused() -> None:
    dataset = broken()
    dataset.file_meta.TransferSyntaxUID = UID("1.2.840.10008.5.1.4.1.1.2")
    with pytest.raises(ImageError, match="its Transfer Syntax UID is unknown"):
        render(dataset)


def damaged(right: bytes, wrong: bytes) -> FileDataset:
    """Read a CT slice in whose bytes something was overwritten."""
    content = encode_file(ct_series(1, size=16)[0])
    assert content.count(right) == 1
    return dcmread(io.BytesIO(content.replace(right, wrong)))


@pytest.mark.parametrize(
    ("right", "wrong", "problem"),
    [
        (b"-1024.0 ", b"SECRET.0", "RescaleIntercept"),
        (b"\x28\x00\x10\x00US", b"\x28\x00\x10\x00U1", "its size is not one number each"),
    ],
)
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_a_damaged_element_is_named_without_its_value(right: bytes, wrong: bytes, problem: str) -> None:
    with pytest.raises(ImageError, match=problem) as caught:
        modality_values(damaged(right, wrong))
    assert "SECRE" not in str(caught.value)


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_a_damaged_place_is_as_good_as_none() -> None:
    dataset = damaged(b"14.75\\14.75", b"SECRET14.75")
    assert pixel_spacing(dataset) is None
    assert plane(dataset) is None
    assert modality_values(dataset).shape == (16, 16)


def with_damaged_vr(group: int, element: int) -> FileDataset:
    """Return a CT slice in which one element has a VR that does not exist."""
    tag = struct.pack("<HH", group, element)
    content = encode_file(ct_series(1, size=16)[0])
    place = content.index(tag, 128) + len(tag)
    return dcmread(io.BytesIO(content[:place] + b"C\xfe" + content[place + 2 :]))


@pytest.mark.parametrize("tag", [(0x0028, 0x0004), (0x0028, 0x0103), (0x0028, 0x0101)])
@pytest.mark.parametrize("use", [render, modality_values, first_picture])
def test_an_element_without_a_real_vr_is_an_error_of_the_image(
    use: Callable[[FileDataset], object], tag: tuple[int, int]
) -> None:
    with pytest.raises(ImageError, match="data set: "):
        use(with_damaged_vr(*tag))


@pytest.mark.parametrize("tag", [(0x0002, 0x0003), (0x0008, 0x0008), (0x0008, 0x0016), (0x0028, 0x0103)])
def test_nothing_damaged_is_compressed(tag: tuple[int, int]) -> None:
    with pytest.raises(ImageError, match="data set: "):
        compress(with_damaged_vr(*tag), JPEG2000, ratio=8)


def test_letters_that_cannot_be_read_are_none() -> None:
    dataset = secondary_capture(np.zeros((4, 4), dtype=np.uint8), PatientOrientation=["L", "P"])
    content = encode_file(dataset)
    assert orientation_labels(dataset) is not None
    place = content.index(b"\x20\x00\x20\x00CS") + 4
    assert orientation_labels(dcmread(io.BytesIO(content[:place] + b"C\xfe" + content[place + 2 :]))) is None


@pytest.mark.parametrize("keyword", ["BitsStored", "PixelRepresentation"])
def test_an_incomplete_image_is_not_compressed(keyword: str) -> None:
    dataset = broken()
    del dataset[keyword]
    with pytest.raises(ImageError):
        compress(dataset, JPEGLSNearLossless, max_error=2)


def test_two_transfer_syntaxes_are_none() -> None:
    dataset = broken()
    dataset.file_meta.TransferSyntaxUID = ["1.2.840.10008.1.2.1", "1.2.840.10008.1.2"]
    with pytest.raises(ImageError, match="its Transfer Syntax UID is unknown"):
        render(dataset)
