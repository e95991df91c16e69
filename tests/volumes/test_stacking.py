"""Series that are more than one stack: several instances at each position, frames in any order, odd files among them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import SimpleITK
from pydicom.dataset import Dataset, FileDataset
from pydicom.uid import (
    EnhancedMRImageStorage,
    EnhancedPETImageStorage,
    ExplicitVRBigEndian,
    ParametricMapStorage,
    SegmentationStorage,
)

from dicomkit.errors import ImageError
from dicomkit.files import new_instance
from dicomkit.files.writing import write_file
from dicomkit.pixels import modality_values, volume
from dicomkit.samples import colour, ct_series
from dicomkit.uids import make_uid

COUNT, SIZE = 4, 16


def passes(differ: Callable[[FileDataset, int], None], *, count: int = 3) -> list[FileDataset]:
    """Return a series that goes through its places several times; the pixels hold the number of the pass."""
    images = []
    for number in range(1, count + 1):
        for place, image in enumerate(ct_series(COUNT, size=SIZE)):
            image.SOPInstanceUID = image.file_meta.MediaStorageSOPInstanceUID = make_uid(
                "pass", str(number), str(place)
            )
            image.RescaleIntercept = 0
            image.PixelData = np.full((SIZE, SIZE), number, "<u2").tobytes()
            differ(image, number)
            images.append(image)
    return images


def sets(**values: Callable[[int], Any]) -> Callable[[FileDataset, int], None]:
    def differ(image: FileDataset, number: int) -> None:
        for keyword, value in values.items():
            setattr(image, keyword, value(number))

    return differ


def interleaved(images: list[FileDataset]) -> list[FileDataset]:
    """Return images place by place, the last pass first, numbered in this order."""
    order = sorted(images, key=lambda image: (image.ImagePositionPatient[2], -int(image.pixel_array.max())))
    for number, image in enumerate(order, start=1):
        image.InstanceNumber = number
    return order


@pytest.mark.parametrize(
    ("differ", "name"),
    [
        (sets(EchoTime=lambda n: 2.5 * n), "Echo Time"),
        (sets(EchoTime=lambda n: 100 - n, EchoNumbers=lambda n: n), "Echo Number(s)"),
        (sets(TemporalPositionIdentifier=lambda n: n + 8), "Temporal Position Identifier"),
        (sets(DiffusionBValue=lambda n: 500.0 * (n - 1)), "Diffusion b-value"),
        (sets(AcquisitionNumber=lambda n: n), "Acquisition Number"),
        (sets(ImageType=lambda n: ["ORIGINAL", "PRIMARY", "AXIAL", "ABC"[n - 1]]), "Image Type"),
    ],
)
@pytest.mark.parametrize("as_files", [False, True])
def test_of_several_passes_the_first_becomes_the_volume(
    differ: Callable[[FileDataset, int], None], name: str, *, as_files: bool, tmp_path: Path
) -> None:
    images = interleaved(passes(differ))
    if as_files:
        for image in images:
            write_file(image, tmp_path / f"{image.InstanceNumber}.dcm")
    made = volume(tmp_path if as_files else images)
    assert set(made.array.ravel()) == {1}
    assert made.array.shape == (COUNT, SIZE, SIZE)
    assert made.remarks == (
        f"its images make 3 passes, which differ in {name}: one was used, 8 images left out",
    )


def test_a_pass_with_a_hole_stays_one_pass() -> None:
    images = passes(sets(EchoTime=lambda n: n))
    made = volume(images[1:])
    assert set(made.array.ravel()) == {2}, "the largest of them"
    made = volume([*images, images[0]])
    assert set(made.array.ravel()) == {1}
    assert "1 slice lies where another one lies" in " ".join(made.remarks), "a copy is no pass"


def test_what_no_attribute_tells_apart_goes_by_instance_number() -> None:
    made = volume(interleaved(passes(lambda _image, _number: None)))
    assert set(made.array.ravel()) == {3}
    assert "no attribute tells one pass from another" in " ".join(made.remarks)


def test_an_acquisition_number_for_each_slice_makes_no_passes() -> None:
    images = ct_series(COUNT, size=SIZE)
    for number, image in enumerate(images):
        image.AcquisitionNumber = number
    assert volume(images).remarks == ()


def test_a_slice_in_colour_leaves_a_hole_and_a_sentence() -> None:
    images = ct_series(COUNT, size=SIZE)
    for keyword in ("SamplesPerPixel", "PhotometricInterpretation", "BitsAllocated", "BitsStored", "HighBit"):
        images[1][keyword].value = colour()[keyword].value
    images[1].PlanarConfiguration = 0
    images[1].PixelData = bytes(SIZE * SIZE * 3)
    made = volume(images)
    assert made.missing == (1,)
    assert "1 image in colour was left out" in made.remarks


@pytest.mark.parametrize("cosines", [[1, 0, 0, 1, 0, 0], [0] * 6, [1, 0, 0, 0, 0, 0]])
def test_directions_that_span_no_plane_are_no_place(cosines: list[float]) -> None:
    images = ct_series(2, size=SIZE)
    for image in images:
        image.ImageOrientationPatient = cosines
    with pytest.raises(ImageError, match="does not say where it lies"):
        volume(images)


def test_directions_off_a_right_angle_are_said() -> None:
    images = ct_series(3, size=SIZE)
    for image in images:
        image.ImageOrientationPatient = [1, 0, 0, 0.2, 1, 0]
    assert "11.3 degrees off a right angle" in " ".join(volume(images).remarks)


# --- by SimpleITK --------------------------------------------------------------------------------------


def doubled_cosines(images: list[FileDataset]) -> None:
    for image in images:
        image.ImageOrientationPatient = [2, 0, 0, 0, 2, 0]


def big_endian(images: list[FileDataset]) -> None:
    for image in images:
        image.PixelData = np.frombuffer(image.PixelData, "<u2").astype(">u2").tobytes()
        image.file_meta.TransferSyntaxUID = ExplicitVRBigEndian
        image.set_original_encoding(is_implicit_vr=False, is_little_endian=False)


def own_rescale(images: list[FileDataset]) -> None:
    for number, image in enumerate(images, start=1):
        image.RescaleSlope, image.RescaleIntercept = 0.25 * number, -number


@pytest.mark.parametrize("change", [doubled_cosines, big_endian, own_rescale])
def test_odd_files_become_what_simpleitk_reads(
    change: Callable[[list[FileDataset]], None], tmp_path: Path
) -> None:
    images = ct_series(COUNT, size=16)
    change(images)
    for image in images:
        write_file(image, tmp_path / f"{image.InstanceNumber}.dcm")
    names = SimpleITK.ImageSeriesReader.GetGDCMSeriesFileNames(str(tmp_path))
    theirs, made = SimpleITK.ReadImage(names), volume(tmp_path)
    # SimpleITK takes the rescale of the first file for all; each file alone is read as it is.
    alone = [SimpleITK.GetArrayFromImage(SimpleITK.ReadImage(name))[0] for name in names]
    np.testing.assert_allclose(made.array, alone)
    np.testing.assert_allclose(made.spacing_mm, theirs.GetSpacing(), atol=1e-4)
    np.testing.assert_allclose(made.affine[:3, 3], theirs.GetOrigin(), atol=1e-4)


# --- enhanced ------------------------------------------------------------------------------------------


def item(**values: Any) -> Dataset:  # noqa: ANN401 - values of attributes
    made = Dataset()
    for keyword, value in values.items():
        setattr(made, keyword, value)
    return made


def multi_frame(sop_class_uid: str, frames: list[Dataset], pixels: bytes, **values: Any) -> FileDataset:  # noqa: ANN401
    image = new_instance(sop_class_uid, modality="OT", Rows=SIZE, Columns=SIZE, SamplesPerPixel=1, PhotometricInterpretation="MONOCHROME2")  # fmt: skip
    image.BitsAllocated, image.BitsStored, image.HighBit, image.PixelRepresentation = 16, 16, 15, 0
    image.SharedFunctionalGroupsSequence = [
        item(
            PixelMeasuresSequence=[item(PixelSpacing=[2, 1], SliceThickness=9)],
            PlaneOrientationSequence=[item(ImageOrientationPatient=[0, 1, 0, 0, 0, -1])],
        )
    ]
    image.PerFrameFunctionalGroupsSequence = frames
    image.NumberOfFrames = len(frames)
    for keyword, value in values.items():
        setattr(image, keyword, value)
    if pixels:
        image.PixelData = pixels
        image["PixelData"].VR = "OW"
    return image


def at(x: float, **macros: Dataset) -> Dataset:
    made = item(PlanePositionSequence=[item(ImagePositionPatient=[x, -5, 30])])
    for keyword, value in macros.items():
        setattr(made, keyword, [value])
    return made


def rescaled(slope: float) -> Dataset:
    return item(RescaleSlope=slope, RescaleIntercept=0, RescaleType="US")


AFFINE = [
    [0, 0, 3, 10],
    [1, 0, 0, -5],
    [0, -2, 0, 30],
    [0, 0, 0, 1],
]  # sagittal: rows to the back, columns down


def test_an_enhanced_pet_has_a_slope_for_each_frame_in_any_order() -> None:
    order = [2, 0, 1]
    frames = [at(10 + 3 * place, PixelValueTransformationSequence=rescaled(place + 1)) for place in order]
    pixels = np.array([np.full((SIZE, SIZE), 7 * (place + 1)) for place in order], "<u2").tobytes()
    made = volume(multi_frame(EnhancedPETImageStorage, frames, pixels, Modality="PT"))
    # The normal of a sagittal plane whose rows run to the back points to the right: the last x comes first.
    assert made.array[:, 0, 0].tolist() == [63, 28, 7]
    assert [source.frame for source in made.sources if source] == [1, 3, 2]
    np.testing.assert_allclose(made.to_mm(1, 2, 0), (16, -4, 26))


def test_of_an_enhanced_mr_with_two_echoes_one_is_taken() -> None:
    frames = [at(10 + 3 * place, MREchoSequence=item(EffectiveEchoTime=float(echo))) for echo in (20, 5) for place in range(3)]  # fmt: skip
    pixels = np.repeat(np.arange(6, dtype="<u2"), SIZE * SIZE).tobytes()
    made = volume(multi_frame(EnhancedMRImageStorage, frames, pixels, Modality="MR"))
    assert made.array[:, 0, 0].tolist() == [5, 4, 3]
    assert "differ in Effective Echo Time" in " ".join(made.remarks)


def test_segments_are_never_stacked_on_one_another() -> None:
    frames = [
        at(10 + 3 * place, SegmentIdentificationSequence=item(ReferencedSegmentNumber=segment))
        for segment, places in ((1, (0, 1)), (2, (2, 3, 4)))
        for place in places
    ]
    bits = np.packbits(np.arange(5 * SIZE * SIZE) % 3 == 0, bitorder="little").tobytes()
    image = multi_frame(SegmentationStorage, frames, bits, Modality="SEG", SegmentationType="BINARY")
    image.BitsAllocated = image.BitsStored = 1
    image.HighBit = 0
    made = volume(image)
    assert made.array.shape == (3, SIZE, SIZE)
    assert "differ in Referenced Segment Number: one was used, 2 images left out" in " ".join(made.remarks)
    np.testing.assert_array_equal(
        made.array[::-1],
        modality_values(image, 3)[None]
        if False
        else np.stack([modality_values(image, frame) for frame in (3, 4, 5)]),
    )


def test_a_parametric_map_keeps_its_fractions() -> None:
    values = np.linspace(0, 1, 2 * SIZE * SIZE, dtype="<f4")
    image = multi_frame(ParametricMapStorage, [at(10), at(13)], b"", Modality="OT", BitsAllocated=32)
    image.FloatPixelData = values.tobytes()
    for keyword in ("BitsStored", "HighBit", "PixelRepresentation"):
        del image[keyword]
    made = volume(image)
    np.testing.assert_array_equal(made.array[::-1].ravel(), values)


def test_frames_without_a_place_are_counted_in_their_file() -> None:
    frames = [at(10), at(13), Dataset()]
    made = volume(multi_frame(EnhancedMRImageStorage, frames, bytes(3 * SIZE * SIZE * 2), Modality="MR"))
    assert "1 file is not used: 1 (1 frame of it does not say where it lies in the patient)" in made.remarks
