"""Where an attribute or an offset table contradicts the bytes of Pixel Data, the bytes count, with a remark."""

from __future__ import annotations

import io
import struct
import subprocess
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image
from pydicom import dcmread
from pydicom.dataset import FileDataset
from pydicom.uid import (
    UID,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    RLELossless,
)

from dicomkit.errors import ImageError
from dicomkit.pixels import compress, decompress, render, secondary_capture, stored_values
from dicomkit.pixels.decoding import decoded_frame
from dicomkit.pixels.encapsulation import looks_encapsulated
from dicomkit.pixels.pixel_encoding import PixelDataWarning
from dicomkit.viewers import ImageViewer

LEVELS = (10, 100, 200)
PROGRESSIVE = UID("1.2.840.10008.1.2.4.55")
END = struct.pack("<HHI", 0xFFFE, 0xE0DD, 0)


def jpeg(level: int, **options: Any) -> bytes:  # noqa: ANN401 - Pillow's
    return pillow(np.full((8, 8), level, np.uint8), "JPEG", quality=95, **options)


def pillow(values: npt.NDArray[np.uint8], name: str, **options: Any) -> bytes:  # noqa: ANN401 - Pillow's
    stream = io.BytesIO()
    Image.fromarray(values).save(stream, name, **options)
    return stream.getvalue()


def run_lengths(level: int) -> bytes:
    # PS3.5 annex G: one segment, at byte 64; 257 - 0xC1 = 64 times this byte.
    return struct.pack("<16I", 1, 64, *[0] * 14) + bytes([0xC1, level])


STREAMS = {
    "JPEG": (jpeg, JPEGBaseline8Bit),
    "progressive": (lambda level: jpeg(level, progressive=True), JPEGBaseline8Bit),
    "JPEG 2000": (lambda level: pillow(np.full((8, 8), level, np.uint8), "JPEG2000", no_jp2=True), JPEG2000Lossless),
    "JP2": (lambda level: pillow(np.full((8, 8), level, np.uint8), "JPEG2000"), JPEG2000Lossless),
    "run lengths": (run_lengths, RLELossless),
}  # fmt: skip


def item(content: bytes) -> bytes:
    return struct.pack("<HHI", 0xFFFE, 0xE000, len(content)) + content


def even(stream: bytes) -> bytes:
    return stream + b"\0" * (len(stream) % 2)


def image(
    fragments: list[bytes], syntax: str, table: list[int] | None = None, frames: int = 1
) -> FileDataset:
    dataset = secondary_capture(np.zeros((8, 8), np.uint8))
    dataset.file_meta.TransferSyntaxUID = UID(syntax)
    dataset.PixelData = item(struct.pack(f"<{len(table or [])}I", *(table or [])))
    dataset.PixelData += b"".join(map(item, fragments))  # pydicom writes the end
    dataset["PixelData"].VR, dataset["PixelData"].is_undefined_length = "OB", True
    if frames > 1:
        dataset.NumberOfFrames = frames
    return dataset


def shown(dataset: FileDataset) -> tuple[list[int], list[str]]:
    """Return the level of each frame, each of which has one, and what is said."""
    levels = []
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for frame in range(1, int(dataset.get("NumberOfFrames") or 1) + 1):
            (level,) = set(render(dataset, frame).ravel().tolist())
            levels.append(level)
    told = [str(one.message) for one in caught if one.category is PixelDataWarning]
    assert len(told) == len(caught)
    return levels, list(dict.fromkeys(told))


@pytest.mark.parametrize("kind", STREAMS)
@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, ImplicitVRLittleEndian])
def test_fragments_under_a_native_label_are_decoded_not_drawn(kind: str, syntax: UID) -> None:
    make, actual = STREAMS[kind]
    dataset = image([even(make(77))], syntax)
    levels, told = shown(dataset)
    assert levels == [77]
    assert told == [f"Transfer Syntax UID says {syntax.name}, and Pixel Data is {actual.name}"]
    # What is made of it holds the picture, not the bytes of its stream.
    for made in (decompress(dataset), compress(dataset, RLELossless), compress(dataset, JPEGLSLossless)):
        assert set(stored_values(made).ravel().tolist()) == {77}
        assert decoded_frame(made).remarks == ()


def test_what_only_begins_as_an_item_is_native() -> None:
    values = np.frombuffer(item(b"") + item(bytes(48)), np.uint8).reshape(8, 8)
    dataset = secondary_capture(values)
    assert not looks_encapsulated(dataset.PixelData)
    assert np.array_equal(stored_values(dataset), values)
    assert decoded_frame(dataset).remarks == ()


@pytest.mark.parametrize(
    "syntax", [JPEGBaseline8Bit, JPEGLosslessSV1, JPEGLSLossless, JPEG2000Lossless, RLELossless, PROGRESSIVE]
)
@pytest.mark.parametrize("shape", [(8, 8), (3, 5), (2, 4, 5), (2, 3, 3, 3)])
def test_native_pixels_under_a_compressed_label_are_what_they_are(
    shape: tuple[int, ...], syntax: UID
) -> None:
    values = np.arange(np.prod(shape), dtype=np.uint8).reshape(shape)
    dataset = secondary_capture(values)
    dataset.file_meta.TransferSyntaxUID = syntax
    assert decoded_frame(dataset).remarks == (
        f"Transfer Syntax UID says {syntax.name}, and Pixel Data is not compressed",
    )
    frames = int(dataset.get("NumberOfFrames") or 1)
    found = np.stack([stored_values(dataset, frame) for frame in range(1, frames + 1)])
    assert np.array_equal(found.reshape(shape), values)
    assert np.array_equal(compress(dataset, RLELossless).pixel_array.reshape(shape), values)
    dataset.PixelData = dataset.PixelData[:-2]
    with pytest.raises(ImageError, match="fragments are damaged"):
        stored_values(dataset)


@pytest.mark.parametrize("kind", STREAMS)
@pytest.mark.parametrize(
    "said",
    [JPEGBaseline8Bit, JPEGExtended12Bit, JPEGLossless, JPEGLosslessSV1, JPEGLSLossless, JPEG2000Lossless, RLELossless, PROGRESSIVE],
)  # fmt: skip
def test_a_stream_under_the_name_of_another_codec_is_read_as_what_it_is(kind: str, said: UID) -> None:
    make, actual = STREAMS[kind]
    levels, told = shown(image([even(make(77))], said))
    assert levels == [77]
    sequential = {JPEGBaseline8Bit, JPEGExtended12Bit, PROGRESSIVE}
    is_right = said == actual or {said, actual} <= sequential
    assert told == (
        [] if is_right else [f"Transfer Syntax UID says {said.name}, and Pixel Data is {actual.name}"]
    )


@pytest.mark.parametrize(
    "said", [JPEGBaseline8Bit, JPEGExtended12Bit, JPEGLossless, JPEGLosslessSV1, PROGRESSIVE]
)
@pytest.mark.parametrize("process", ["sequential", "progressive"])
def test_dcmtk_reads_each_jpeg_under_the_name_of_another_too(
    said: UID, process: str, tmp_path: Path, peer: Callable[[str], str]
) -> None:
    ramp = np.arange(64, dtype=np.uint8).reshape(8, 8) * 3
    dataset = image([even(pillow(ramp, "JPEG", quality=90, progressive=process == "progressive"))], said)
    dataset.save_as(tmp_path / "in.dcm")
    subprocess.run(
        [peer("dcmj2pnm"), "-q", tmp_path / "in.dcm", tmp_path / "out.pnm"], check=True, timeout=60
    )
    with Image.open(tmp_path / "out.pnm") as picture, warnings.catch_warnings():
        warnings.simplefilter("ignore", PixelDataWarning)
        assert np.array_equal(np.asarray(picture), render(dcmread(tmp_path / "in.dcm")))


def tables(starts: list[int]) -> dict[str, tuple[list[int], bool]]:
    """Return offset tables, and whether something is to be said of each."""
    return {
        "none": ([], False),
        "right": (starts[:3], False),
        "one entry too many": (starts, True),
        "zeros": ([0, 0, 0], True),
        "counted from the table": ([start + 20 for start in starts[:3]], True),
        "counted without the heads of items": (
            [start - 8 * index for index, start in enumerate(starts[:3])],
            True,
        ),
        "last entry repeated": ([starts[0], starts[1], starts[1]], True),
        "only one entry": ([0], True),
        "two of three": (starts[:2], True),
        "backwards": (starts[2::-1], True),
        "far away": ([0, 2**31, 2**32 - 1], True),
        "of another image": ([0, 100, 200], True),
    }


@pytest.mark.parametrize("name", tables([0, 0, 0, 0]))
@pytest.mark.parametrize("pieces", [1, 2, 3])
@pytest.mark.parametrize("kind", STREAMS)
def test_a_basic_offset_table_is_not_believed_against_the_fragments(
    kind: str, pieces: int, name: str
) -> None:
    make, syntax = STREAMS[kind]
    fragments, starts, offset = [], [], 0
    for level in LEVELS:
        stream = even(make(level))
        step = -(-len(stream) // pieces) // 2 * 2 + 2
        starts.append(offset)
        for begin in range(0, len(stream), step):
            fragments.append(stream[begin : begin + step])
            offset += 8 + len(fragments[-1])
    table, is_told = tables([*starts, offset])[name]
    levels, told = shown(image(fragments, syntax, table, frames=3))
    assert levels == list(LEVELS)
    remark = "Basic Offset Table was passed over: it does not lead to where the frames begin"
    assert told == ([remark] if is_told else [])
    packed = image(fragments, syntax, table, frames=3)
    assert [int(frame[0, 0]) for frame in decompress(packed).pixel_array] == list(LEVELS)


def test_dcmtk_shows_each_frame_whatever_the_table_says(tmp_path: Path, peer: Callable[[str], str]) -> None:
    streams = [even(jpeg(level)) for level in LEVELS]
    starts = [sum(8 + len(stream) for stream in streams[:count]) for count in range(4)]
    for name, (table, _) in tables(starts).items():
        dataset = image(streams, JPEGBaseline8Bit, table, frames=3)
        dataset.save_as(tmp_path / "in.dcm")
        for frame, level in enumerate(LEVELS, start=1):
            command = [peer("dcmj2pnm"), "-q", "+F", str(frame), tmp_path / "in.dcm", tmp_path / "out.pnm"]
            subprocess.run(command, check=True, timeout=60)
            with Image.open(tmp_path / "out.pnm") as picture:
                assert set(np.asarray(picture).ravel().tolist()) == {level}, name
            assert set(stored_values(dataset, frame).ravel().tolist()) == {level}, name


@pytest.mark.parametrize("name", tables([0, 0, 0, 0]))
def test_nor_is_an_extended_offset_table(name: str) -> None:
    streams = [even(jpeg(level)) for level in LEVELS]
    starts = [sum(8 + len(stream) for stream in streams[:count]) for count in range(4)]
    table, is_told = tables(starts)[name]
    dataset = image(streams, JPEGBaseline8Bit, frames=3)
    dataset.ExtendedOffsetTable = struct.pack(f"<{len(table)}Q", *table)
    dataset.ExtendedOffsetTableLengths = struct.pack("<2Q", 1, 2)  # too few, and wrong
    levels, told = shown(dataset)
    assert levels == list(LEVELS)
    assert [word.split()[0] for word in told] == (["Extended"] if is_told else [])


def test_where_fragments_tell_nothing_the_table_decides() -> None:
    stream = even(jpeg(10))
    fragments = [stream[:100], stream[100:300], stream[300:]] * 2
    fragments[3] = b"\xff" + fragments[3]  # fill bytes are allowed in front of a marker, and hide the start
    starts = [0, sum(8 + len(one) for one in fragments[:3])]
    with pytest.raises(ImageError, match="6 of them, for 2 frames, and no offset table tells"):
        stored_values(image(fragments, JPEGBaseline8Bit, [], frames=2))
    assert stored_values(image(fragments, JPEGBaseline8Bit, starts, frames=2), 1)[0, 0] == 10


@pytest.mark.parametrize("has", ["a table", "no table"])
@pytest.mark.parametrize("frames", [1, 2])
def test_a_fragment_that_begins_with_a_picture_inside_a_stream_begins_no_frame(frames: int, has: str) -> None:
    small = jpeg(99)  # as a thumbnail in a segment of the stream is
    fragments, starts, offset = [], [], 0
    for level in LEVELS[:frames]:
        stream = jpeg(level)
        comment = b"\xff\xfe" + struct.pack(">H", 2 + len(small)) + small
        starts.append(offset)
        fragments += [stream[:2] + comment[:4], even(small + stream[2:])]
        offset += sum(8 + len(one) for one in fragments[-2:])
    dataset = image(fragments, JPEGBaseline8Bit, starts if has == "a table" else [], frames=frames)
    assert shown(dataset) == (list(LEVELS[:frames]), [])
    if has == "a table" or frames == 1:  # pydicom needs a table for more
        assert dataset.pixel_array.reshape(frames, -1)[:, 0].tolist() == list(LEVELS[:frames])


def test_more_streams_than_frames_are_counted() -> None:
    levels, told = shown(image([even(jpeg(level)) for level in LEVELS], JPEGBaseline8Bit))
    assert levels == [10]
    assert told == ["Pixel Data holds 3 compressed streams and Number of Frames is 1: the first is shown"]


@pytest.mark.parametrize(
    "value",
    [b"", b"\xfe\xff\x00\xe0", item(b""), item(b"") + END, item(b"") + b"\xfe\xff\x00\xe0\xff\xff\0\0ab"],
)
def test_fragments_that_are_damaged_are_called_so(value: bytes) -> None:
    dataset = image([], JPEGBaseline8Bit)
    dataset.PixelData = value
    with pytest.raises(ImageError, match="fragments are damaged"):
        render(dataset)


def test_a_fragment_of_odd_length_is_read() -> None:
    stream = jpeg(100)
    levels, told = shown(image([stream + b"\0" * (1 - len(stream) % 2)], JPEGBaseline8Bit))
    assert (levels, told) == ([100], [])


def test_a_table_of_a_big_endian_image_is_of_no_concern() -> None:
    values = np.arange(64, dtype=np.uint8).reshape(8, 8)
    dataset = secondary_capture(values)
    dataset.file_meta.TransferSyntaxUID = ExplicitVRBigEndian
    assert decoded_frame(dataset).remarks == ()


def rgb_jpeg(names: bytes) -> bytes:
    """Return a JPEG of red, green and blue without JFIF's and Adobe's segments, its components called so."""
    content = pillow(
        np.full((8, 8, 3), (200, 60, 30), np.uint8), "JPEG", quality=95, keep_rgb=True, subsampling=0
    )
    found, at, marker = content[:2], 2, 0
    while marker != 0xDA:
        marker, size = content[at + 1], struct.unpack(">H", content[at + 2 : at + 4])[0]
        segment = bytearray(content[at : at + 2 + size])
        for index in range(3):
            if marker == 0xC0:
                segment[10 + 3 * index] = names[index]
            if marker == 0xDA:
                segment[5 + 2 * index] = names[index]
        found += b"" if marker in {0xE0, 0xEE} else bytes(segment)
        at += 2 + size
    return found + content[at:]


@pytest.mark.parametrize("names", [b"RGB", b"rgb", b"\1\2\3", b"\0\1\2"])
def test_components_are_what_photometric_interpretation_says_whatever_they_are_called(
    names: bytes, tmp_path: Path, peer: Callable[[str], str]
) -> None:
    dataset = secondary_capture(np.zeros((8, 8, 3), np.uint8))
    packed = image([even(rgb_jpeg(names))], JPEGBaseline8Bit)
    dataset.file_meta, dataset.PixelData = packed.file_meta, packed.PixelData
    dataset["PixelData"].is_undefined_length = True
    dataset.save_as(tmp_path / "in.dcm")
    levels = render(dcmread(tmp_path / "in.dcm"))
    assert np.abs(levels.astype(int) - [200, 60, 30]).max() <= 2
    subprocess.run(
        [peer("dcmj2pnm"), "-q", tmp_path / "in.dcm", tmp_path / "out.pnm"], check=True, timeout=60
    )
    with Image.open(tmp_path / "out.pnm") as picture:
        assert np.array_equal(np.asarray(picture), levels)


def test_a_viewer_says_what_was_odd(tmp_path: Path) -> None:
    dataset = image([even(jpeg(77))], ExplicitVRLittleEndian)
    dataset.save_as(tmp_path / "in.dcm")
    answer = ImageViewer(tmp_path / "in.dcm").answer({"ask": "frame", "picture": 1, "part": 0})
    said = [value for name, value in answer.content["tags"] if name == "Passed over"]
    assert said == [
        f"Transfer Syntax UID says {ExplicitVRLittleEndian.name}, and Pixel Data is JPEG Baseline (Process 1)"
    ]
    assert set(bytes(answer.buffers[0])) == {77}
