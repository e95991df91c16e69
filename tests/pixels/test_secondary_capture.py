"""Any picture becomes a valid Secondary Capture: dciodvfy, dcentvfy and dcm2pnm are the judges."""

from __future__ import annotations

import struct
import subprocess
import warnings
import zlib
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
from pydicom.encaps import get_frame, parse_fragments

from dicomkit.errors import AttributeValueError, FileAccessError, ImageError
from dicomkit.files.writing import write_file
from dicomkit.pixels import PictureWarning, secondary_capture
from dicomkit.samples import ct_series

DATA = Path(__file__).parents[1] / "data" / "pixels"
GREY = (np.add.outer(np.arange(40) * 3, np.arange(51) * 2) % 256).astype(np.uint8)
COLOUR = np.stack([GREY, GREY[::-1], GREY[:, ::-1]], axis=-1)


def png(depth: int, colour_type: int, rows: list[bytes], width: int, *, palette: bytes = b"") -> bytes:
    """Write a PNG chunk by chunk, so that bit depths appear which Pillow does not write."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return (
            struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
        )

    header = struct.pack(">IIBBBBB", width, len(rows), depth, colour_type, 0, 0, 0)
    return b"".join(
        [
            b"\x89PNG\r\n\x1a\n",
            chunk(b"IHDR", header),
            chunk(b"PLTE", palette) if palette else b"",
            chunk(b"IDAT", zlib.compress(b"".join(b"\0" + row for row in rows))),
            chunk(b"IEND", b""),
        ]
    )


def save(path: Path, pixels: npt.NDArray[Any], **options: Any) -> None:  # noqa: ANN401 - Pillow takes all kinds
    Image.fromarray(pixels).save(path, **options)


# For each kind of picture: how to write it, and the samples that have to come out.
Writer = Callable[[Path], None]
EXACT: dict[str, tuple[str, Writer, npt.NDArray[Any]]] = {
    "png 1 bit": (
        "png",
        lambda p: p.write_bytes(png(1, 0, [b"\xa0"], 3)) and None,
        np.array([[255, 0, 255]]),
    ),
    "png 2 bits": (
        "png",
        lambda p: p.write_bytes(png(2, 0, [b"\x1b"], 4)) and None,
        np.array([[0, 85, 170, 255]]),
    ),
    "png 4 bits": (
        "png",
        lambda p: p.write_bytes(png(4, 0, [b"\x0f\x37"], 3)) and None,
        np.array([[0, 255, 51]]),
    ),
    "png 8 bits": ("png", lambda p: save(p, GREY), GREY),
    "png 16 bits": ("png", lambda p: save(p, GREY.astype(np.uint16) * 251), GREY.astype(np.uint16) * 251),
    "png colour": ("png", lambda p: save(p, COLOUR), COLOUR),
    "png palette": (
        "png",
        lambda p: p.write_bytes(png(2, 3, [b"\x18"], 3, palette=bytes(range(9)))) and None,
        np.array([[[0, 1, 2], [3, 4, 5], [6, 7, 8]]]),
    ),
    "bmp grey": ("bmp", lambda p: save(p, GREY), GREY),
    "bmp colour": ("bmp", lambda p: save(p, COLOUR), COLOUR),
    "tiff colour": ("tif", lambda p: save(p, COLOUR), COLOUR),
    "tiff 16 bits": ("tif", lambda p: save(p, GREY.astype(np.uint16) * 9), GREY.astype(np.uint16) * 9),
    "tiff pages": (
        "tif",
        lambda p: save(p, COLOUR, save_all=True, append_images=[Image.fromarray(COLOUR[::-1])]),
        np.stack([COLOUR, COLOUR[::-1]]),
    ),
    "tiff grey pages": (
        "tif",
        lambda p: save(p, GREY, save_all=True, append_images=[Image.fromarray(GREY[::-1])]),
        np.stack([GREY, GREY[::-1]]),
    ),
    "tiff 16-bit pages": (
        "tif",
        lambda p: save(
            p,
            GREY.astype(np.uint16),
            save_all=True,
            append_images=[Image.fromarray(GREY.astype(np.uint16) * 7)],
        ),
        np.stack([GREY.astype(np.uint16), GREY.astype(np.uint16) * 7]),
    ),
    # In a bitmap 0 is white; blanks between its digits may be missing.
    "P1": (
        "pbm",
        lambda p: p.write_text("P1\n3 2\n0 1 0\n111\n") and None,
        np.array([[255, 0, 255], [0, 0, 0]]),
    ),
    "P2": ("pgm", lambda p: p.write_text("P2\n#c\n3 1\n1000\n0 1 1000\n") and None, np.array([[0, 1, 1000]])),
    "P3": (
        "ppm",
        lambda p: p.write_text("P3 1 2 255 1 2 3 4 5 6") and None,
        np.array([[[1, 2, 3]], [[4, 5, 6]]]),
    ),
    "P4": ("pbm", lambda p: p.write_bytes(b"P4\n9 1\n\xfe\x80") and None, np.array([[0] * 7 + [255, 0]])),
    "P5": ("pgm", lambda p: p.write_bytes(b"P5 2 1 4095\n\x00\x01\x0f\xff") and None, np.array([[1, 4095]])),
    "P6": ("ppm", lambda p: p.write_bytes(b"P6 1 1 255\nabc") and None, np.array([[[97, 98, 99]]])),
}
ARRAYS = {
    "array 8": GREY,
    "array 16": GREY.astype(np.uint16) * 9,
    "array signed": GREY.astype(np.int16) - 100,
    "array colour": COLOUR,
    "array frames 8": np.stack([GREY, GREY[::-1]]),
    "array frames 16": np.stack([GREY.astype(np.uint16)] * 3),
    "array frames colour": np.stack([COLOUR] * 3),
    "array one pixel": np.zeros((1, 1), dtype=np.uint8),
    "array odd big endian": np.array([[1, 2, 3]], dtype=">u2"),
}


def complaints(peer: Callable[[str], str], dataset: FileDataset, folder: Path) -> list[str]:
    """Return what dciodvfy says; its exit status is not reliable."""
    write_file(dataset, folder / "checked.dcm")
    done = subprocess.run(
        [peer("dciodvfy"), folder / "checked.dcm"], capture_output=True, text=True, check=False, timeout=60
    )
    lines = (done.stdout + done.stderr).splitlines()
    assert lines, "dciodvfy names at least the IOD"
    return [line for line in lines if line.startswith(("Error", "Warning"))]


def capture(image: Path | npt.NDArray[Any]) -> tuple[FileDataset, list[str]]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        dataset = secondary_capture(image)
    assert {one.category for one in caught} <= {PictureWarning}
    return dataset, [str(one.message) for one in caught]


@pytest.mark.parametrize("kind", EXACT)
def test_each_kind_of_picture_keeps_its_samples_and_is_valid(
    kind: str, tmp_path: Path, peer: Callable[[str], str]
) -> None:
    suffix, write, expected = EXACT[kind]
    path = tmp_path / f"picture.{suffix}"
    write(path)
    dataset, said = capture(path)
    assert said == []
    assert np.array_equal(dataset.pixel_array, expected)
    assert complaints(peer, dataset, tmp_path) == []


@pytest.mark.parametrize("kind", ARRAYS)
def test_each_kind_of_array_keeps_its_samples_and_is_valid(
    kind: str, tmp_path: Path, peer: Callable[[str], str]
) -> None:
    dataset = secondary_capture(ARRAYS[kind])
    assert np.array_equal(dataset.pixel_array, ARRAYS[kind])
    assert len(dataset.PixelData) % 2 == 0
    assert complaints(peer, dataset, tmp_path) == []


@pytest.mark.parametrize("pixels", [GREY, COLOUR], ids=["grey", "colour"])
def test_dcmtk_sees_the_same_picture(
    pixels: npt.NDArray[Any], tmp_path: Path, peer: Callable[[str], str]
) -> None:
    write_file(secondary_capture(pixels), tmp_path / "in.dcm")
    subprocess.run([peer("dcm2pnm"), tmp_path / "in.dcm", tmp_path / "out.pnm"], check=True, timeout=60)
    with Image.open(tmp_path / "out.pnm") as seen:
        assert np.array_equal(np.asarray(seen), pixels)


@pytest.mark.parametrize(
    ("pixels", "options", "photometric"),
    [
        (GREY, {}, "MONOCHROME2"),
        (COLOUR, {}, "YBR_FULL_422"),
        (COLOUR, {"subsampling": 0}, "YBR_FULL_422"),
        (COLOUR, {"keep_rgb": True}, "RGB"),
    ],
    ids=["grey", "4:2:0", "4:4:4", "stored as RGB"],
)
def test_a_baseline_jpeg_is_wrapped_byte_for_byte(
    pixels: npt.NDArray[Any],
    options: dict[str, Any],
    photometric: str,
    tmp_path: Path,
    peer: Callable[[str], str],
) -> None:
    path = tmp_path / "picture.jpg"
    save(path, pixels, **options)
    dataset, said = capture(path)
    assert said == []
    assert dataset.PhotometricInterpretation == photometric
    assert dataset.file_meta.TransferSyntaxUID == "1.2.840.10008.1.2.4.50"
    assert parse_fragments(dataset.PixelData)[0] == 2, "the offset table and one fragment"
    stream = get_frame(dataset.PixelData, 0, number_of_frames=1)
    # A fragment has an even length (PS3.5 section A.4); the pad is outside the stream.
    assert stream[: path.stat().st_size] == path.read_bytes()
    assert dataset.LossyImageCompression == "01"
    assert dataset.LossyImageCompressionMethod == "ISO_10918_1"
    assert float(dataset.LossyImageCompressionRatio) == pytest.approx(pixels.size / path.stat().st_size, 1e-4)
    assert complaints(peer, dataset, tmp_path) == []
    subprocess.run([peer("dcmj2pnm"), tmp_path / "checked.dcm", tmp_path / "out.pnm"], check=True, timeout=60)
    with Image.open(tmp_path / "out.pnm") as seen, Image.open(path) as original:
        assert np.array_equal(np.asarray(seen), np.asarray(original))


@pytest.mark.parametrize(
    ("mode", "options", "sentence"),
    [
        (
            "RGB",
            {"progressive": True},
            "The JPEG stream is progressive: it was decoded and is stored uncompressed.",
        ),
        (
            "L",
            {"progressive": True},
            "The JPEG stream is progressive: it was decoded and is stored uncompressed.",
        ),
        ("CMYK", {}, "The JPEG stream has 4 components: it was decoded and is stored uncompressed."),
    ],
)
def test_a_jpeg_that_nobody_receives_is_decoded_and_remembers_its_loss(
    mode: str, options: dict[str, Any], sentence: str, tmp_path: Path, peer: Callable[[str], str]
) -> None:
    path = tmp_path / "picture.jpg"
    Image.fromarray(COLOUR).convert(mode).save(path, **options)
    dataset, said = capture(path)
    assert said[0] == sentence
    assert dataset.DerivationDescription.startswith(sentence)
    assert dataset.file_meta.TransferSyntaxUID == "1.2.840.10008.1.2.1"
    assert (dataset.LossyImageCompression, dataset.LossyImageCompressionMethod) == ("01", "ISO_10918_1")
    with Image.open(path) as original:
        wanted = original.convert("L" if mode == "L" else "RGB")
        assert np.array_equal(dataset.pixel_array, np.asarray(wanted))
    assert complaints(peer, dataset, tmp_path) == []


def test_a_tiff_with_jpeg_inside_remembers_its_loss(tmp_path: Path) -> None:
    save(tmp_path / "picture.tif", GREY, compression="jpeg")
    assert secondary_capture(tmp_path / "picture.tif").LossyImageCompression == "01"
    save(tmp_path / "plain.tif", GREY)
    assert "LossyImageCompression" not in secondary_capture(tmp_path / "plain.tif")


@pytest.mark.parametrize("suffix", ["jpg", "png", "tif"])
def test_a_camera_held_sideways_is_turned_upright(
    suffix: str, tmp_path: Path, peer: Callable[[str], str]
) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turn by 90 degrees clockwise to see it upright
    path = tmp_path / f"picture.{suffix}"
    save(path, GREY, exif=exif)
    dataset, said = capture(path)
    assert (dataset.Rows, dataset.Columns) == (51, 40)
    assert any("turned upright" in sentence for sentence in said)
    if suffix != "jpg":
        assert np.array_equal(dataset.pixel_array, np.rot90(GREY, -1))
    else:
        assert dataset.LossyImageCompression == "01"
    assert complaints(peer, dataset, tmp_path) == []


def test_exif_that_travels_inside_a_stream_is_said(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x010F] = "Maker"
    save(tmp_path / "picture.jpg", GREY, exif=exif)
    dataset, said = capture(tmp_path / "picture.jpg")
    assert dataset.file_meta.TransferSyntaxUID.is_compressed
    assert said == ["The JPEG stream keeps its EXIF part, which may tell place, time and camera."]


def test_what_follows_a_jpeg_stream_is_left_out(tmp_path: Path) -> None:
    save(tmp_path / "whole.jpg", GREY)
    stream = (tmp_path / "whole.jpg").read_bytes()
    (tmp_path / "longer.jpg").write_bytes(stream + b"secret")
    dataset, said = capture(tmp_path / "longer.jpg")
    assert b"secret" not in dataset.PixelData
    assert said == ["6 bytes after the end of the JPEG stream were left out."]


@pytest.mark.parametrize("kind", ["array", "png", "grey png", "palette png"])
def test_transparency_is_composed_on_black_and_said(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "picture.png"
    image: Any = path
    if kind == "array":
        image = np.array([[[200, 100, 50, 255], [200, 100, 50, 0], [200, 100, 50, 51]]], dtype=np.uint8)
        expected: Any = [[[200, 100, 50], [0, 0, 0], [40, 20, 10]]]
    elif kind == "png":
        save(path, np.array([[[200, 100, 50, 51]]], dtype=np.uint8))
        expected = [[[40, 20, 10]]]
    elif kind == "grey png":
        path.write_bytes(png(8, 4, [bytes([200, 51, 200, 255])], 2))
        expected = [[40, 200]]
    else:
        Image.fromarray(np.array([[[9, 8, 7]]], dtype=np.uint8)).quantize(2).save(path, transparency=0)
        expected = [[[0, 0, 0]]]
    dataset, said = capture(image)
    assert np.array_equal(dataset.pixel_array, expected)
    assert said == ["The transparent parts were composed on black."]
    assert dataset.DerivationDescription == said[0]


def test_an_opaque_picture_with_an_alpha_is_taken_as_it_is_and_nothing_is_said(tmp_path: Path) -> None:
    samples = np.array([[[200, 100, 50, 255], [1, 2, 3, 255]]], dtype=np.uint8)
    save(tmp_path / "plot.png", samples)
    for image in (samples, tmp_path / "plot.png"):
        dataset, said = capture(image)
        assert np.array_equal(dataset.pixel_array, samples[0][np.newaxis, :, :3])
        assert said == []
        assert "DerivationDescription" not in dataset


@pytest.mark.parametrize(
    ("colour_type", "row", "expected"),
    [(2, bytes.fromhex("1234 5678 9abc"), [[[0x12, 0x56, 0x9A]]]), (4, bytes.fromhex("1234 ffff"), [[0x12]])],
    ids=["colour", "grey with transparency"],
)
def test_deep_png_samples_are_reduced_and_that_is_said(
    colour_type: int, row: bytes, expected: list[Any], tmp_path: Path
) -> None:
    (tmp_path / "deep.png").write_bytes(png(16, colour_type, [row], 1))
    dataset, said = capture(tmp_path / "deep.png")
    assert np.array_equal(dataset.pixel_array, expected)
    assert said[0] == "The 16-bit samples were reduced to 8 bits."


def test_the_white_of_a_pnm_is_white(tmp_path: Path) -> None:
    (tmp_path / "p.pgm").write_text("P2 2 1 1000 0 1000")
    dataset = secondary_capture(tmp_path / "p.pgm")
    assert (dataset.WindowCenter, dataset.WindowWidth, dataset.BitsStored) == (500.5, 1001, 10)


def bomb(width: int, height: int) -> bytes:
    whole = bytearray(png(8, 0, [b"\0"], 1))
    whole[16:24] = struct.pack(">II", width, height)
    whole[29:33] = struct.pack(">I", zlib.crc32(bytes(whole[12:29])))
    return bytes(whole)


def jpeg_bytes() -> bytes:
    return (DATA / "image.jpg").read_bytes()


BAD = {
    "empty": (b"", "it is empty"),
    "text": (b"hello, this is no picture", "it is no picture"),
    "truncated JPEG": (jpeg_bytes()[:-20], "ends too early"),
    "JPEG without scan": (jpeg_bytes()[:20], "ends too early"),
    "JPEG markers only": (b"\xff\xd8\xff\xd9", "no frame header"),
    "JPEG that is none": (b"\xff\xd8hello", "no marker stands at byte 2"),
    "PNG that only starts": (b"\x89PNG\r\n\x1a\n", "it is damaged|no picture"),
    "PNM of blanks": (b"P2" + b" " * 100_000 + b"x", "header is damaged"),
    "truncated PNG": (png(8, 0, [bytes(90)] * 90, 90)[:-30], "it is damaged"),
    "image bomb": (bomb(60000, 60000), "more than 67108864"),
    "smaller bomb": (bomb(9000, 9000), "more than 67108864"),
    "too wide": (bomb(70000, 1), "at most 65535"),
    "literal backslash n": (rb"P1\n10 10\n0 0", "a backslash and an n"),
    "PNM header": (b"P2\nten 10", "header is damaged"),
    "PNM bomb": (b"P5 60000 60000 255\n", "says 60000 x 60000"),
    "PNM of no size": (b"P2 0 0 255\n", "says 0 x 0"),
    "PNM too short": (b"P2 2 2 255 1 2 3", "promises 4 values and has 3"),
    "PNM too large": (b"P2 2 1 10 1 11", "larger than the 10"),
    "PNM with words": (b"P2 2 1 10 1 x", "something else than numbers"),
    "P1 with twos": (b"P1 2 1 0 2", "other signs than 0 and 1"),
}


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_picture_is_refused_in_one_sentence(kind: str, tmp_path: Path) -> None:
    content, problem = BAD[kind]
    (tmp_path / "bad").write_bytes(content)
    with pytest.raises(ImageError, match=problem):
        secondary_capture(tmp_path / "bad")


def test_jpeg_dimension_zero_is_refused(tmp_path: Path) -> None:
    stream = jpeg_bytes()
    place = stream.index(b"\xff\xc0") + 5
    (tmp_path / "zero.jpg").write_bytes(stream[:place] + bytes(4) + stream[place + 4 :])
    with pytest.raises(ImageError, match="0 x 0 pixels"):
        secondary_capture(tmp_path / "zero.jpg")


def test_a_missing_picture_is_a_file_error(tmp_path: Path) -> None:
    with pytest.raises(FileAccessError, match="cannot be read"):
        secondary_capture(tmp_path / "nothing.png")


@pytest.mark.parametrize(
    "array",
    [
        np.zeros((0, 0), dtype=np.uint8),
        np.zeros((2, 0, 3), dtype=np.uint8),
        np.zeros(5, dtype=np.uint8),
        np.zeros((2, 2), dtype=np.float64),
        np.zeros((2, 2), dtype=np.int32),
        np.zeros((2, 2), dtype=bool),
        np.zeros((2, 2, 3), dtype=np.uint16),
        np.zeros((2, 2, 2), dtype=np.int16),
        np.zeros((1, 70000), dtype=np.uint8),
    ],
    ids=lambda array: f"{array.shape} {array.dtype}",
)
def test_an_array_that_is_no_picture_is_refused(array: npt.NDArray[Any]) -> None:
    with pytest.raises(ImageError):
        secondary_capture(array)


def test_pages_that_differ_are_refused(tmp_path: Path) -> None:
    save(tmp_path / "p.tif", GREY, save_all=True, append_images=[Image.fromarray(GREY[:5])])
    with pytest.raises(ImageError, match="pages differ"):
        secondary_capture(tmp_path / "p.tif")


def test_joining_a_series_keeps_its_values_and_invents_none() -> None:
    two = dcmread(DATA / "two.dcm")
    three = secondary_capture(DATA / "image.jpg", series_from=two)
    by_dcmtk = dcmread(DATA / "three_by_dcmtk.dcm")
    for element in by_dcmtk:
        if element.keyword not in {"SOPInstanceUID", "PixelData", "LossyImageCompressionRatio"}:
            assert three[element.tag].value == element.value, element.keyword
    assert three.SOPInstanceUID not in {two.get("SOPInstanceUID"), by_dcmtk.SOPInstanceUID}


@pytest.mark.parametrize("how", ["series_from", "study_from"])
def test_ten_images_of_one_series_agree_with_each_other(
    how: str, tmp_path: Path, peer: Callable[[str], str]
) -> None:
    # A Secondary Capture cannot join a CT series without dcentvfy's remark on the equipment.
    first = ct_series(1, size=16)[0] if how == "study_from" else secondary_capture(GREY)
    paths = [tmp_path / "0.dcm"]
    write_file(first, paths[0])
    joined = {how: first}
    for number in range(2, 11):
        image = secondary_capture(GREY, **joined, InstanceNumber=number)
        assert image.StudyInstanceUID == first.StudyInstanceUID
        joined = {"series_from": image}
        paths.append(tmp_path / f"{number}.dcm")
        write_file(image, paths[-1])
        done = subprocess.run(
            [peer("dciodvfy"), paths[-1]], capture_output=True, text=True, check=False, timeout=60
        )
        assert [x for x in done.stderr.splitlines() if x.startswith(("Error", "Warning"))] == []
    done = subprocess.run([peer("dcentvfy"), *paths], capture_output=True, text=True, check=False, timeout=60)
    assert done.stdout + done.stderr == ""


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("name", ["CT_small.dcm", "MR_small.dcm", "693_J2KI.dcm", "JPEG2000.dcm"])
@pytest.mark.parametrize("joined", ["study_from", "series_from"])
def test_a_scanner_s_study_takes_pictures_without_contradiction(
    joined: str, name: str, tmp_path: Path, peer: Callable[[str], str]
) -> None:
    source = Path(pydicom.__file__).parent / "data" / "test_files" / name
    scanned = dcmread(source)
    # What a department writes into it besides.
    scanned.PhysiciansOfRecord = scanned.OperatorsName = scanned.ResponsiblePerson = "WORKSHOP^ANNA"
    scanned.PerformedProcedureStepID = scanned.RequestedProcedureID = scanned.AdmissionID = "1"
    scanned.ProcedureCodeSequence = scanned.RequestAttributesSequence = [Dataset()]
    paths = [tmp_path / "0.dcm"]
    write_file(scanned, paths[0])
    for number in (1, 2):
        paths.append(tmp_path / f"{number}.dcm")
        write_file(secondary_capture(GREY, **{joined: scanned}), paths[-1])
    done = subprocess.run([peer("dcentvfy"), *paths], capture_output=True, text=True, check=False, timeout=60)
    # dcentvfy takes the modality of a Secondary Capture for one of its equipment, not of its series.
    lines = (done.stdout + done.stderr).splitlines()
    assert [line for line in lines if "<Modality> IE <Series> versus <Equipment>" not in line] == []


def test_what_is_copied_is_not_shared() -> None:
    first = secondary_capture(GREY, OtherPatientNames=["A^B", "C^D"])
    secondary_capture(GREY, study_from=first).OtherPatientNames.append("E^F")
    assert len(first.OtherPatientNames) == 2


def test_the_next_instance_number_follows_that_of_the_series() -> None:
    first = secondary_capture(GREY)
    assert secondary_capture(GREY, series_from=first).InstanceNumber == 2
    assert secondary_capture(GREY, study_from=first).InstanceNumber == 1
    assert secondary_capture(GREY, series_from=dcmread(DATA / "two.dcm")).InstanceNumber is None


def test_a_name_in_another_character_set_survives(tmp_path: Path, peer: Callable[[str], str]) -> None:
    source = dcmread(DATA / "cs_latin1.dcm")
    assert not str(source.PatientName).isascii()
    source.StudyInstanceUID, source.SeriesInstanceUID = "1.2", "1.3"
    write_file(secondary_capture(GREY, series_from=source), tmp_path / "utf8.dcm")
    dump = subprocess.run(
        [peer("dcmdump"), "+P", "PatientName", tmp_path / "utf8.dcm"],
        capture_output=True,
        check=True,
        timeout=60,
    )
    assert f"[{source.PatientName}]".encode() in dump.stdout


def test_a_file_without_a_series_cannot_be_joined() -> None:
    two = dcmread(DATA / "two.dcm")
    del two.SeriesInstanceUID
    with pytest.raises(AttributeValueError, match="it has no SeriesInstanceUID"):
        secondary_capture(GREY, series_from=two)


def test_a_value_with_the_sign_of_the_pixels_is_taken() -> None:
    image = secondary_capture(np.full((2, 2), -2000, dtype=np.int16), PixelPaddingValue=-2000)
    assert (image["PixelPaddingValue"].VR, image.PixelPaddingValue) == ("SS", -2000)
