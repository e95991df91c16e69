"""Volumes: geometry computed by hand, remarks, and comparison with independent readers."""

from __future__ import annotations

import json
import subprocess
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
import numpy.typing as npt
import pytest
import SimpleITK
from pydicom import dcmread
from pydicom.dataset import Dataset, FileDataset
from pydicom.uid import (
    UID,
    EnhancedCTImageStorage,
    EnhancedMRImageStorage,
    EnhancedPETImageStorage,
    PositronEmissionTomographyImageStorage,
    RLELossless,
)

from dicomkit.errors import ImageError, UsageError
from dicomkit.files import new_instance
from dicomkit.files.writing import write_file
from dicomkit.index import index
from dicomkit.pixels import compress, modality_values, overlays, volume
from dicomkit.samples import cine, colour, ct_series, localiser
from dicomkit.uids import make_uid
from dicomkit.viewers import ImageViewer, PlanesViewer
from dicomkit.volumes import Volume, derived_series, ras_affine, to_nifti, write_nifti
from tests.support.dicom_files import BUNDLED

CLOSE_MM = 1e-4
EULER = (0.3, -0.2, 0.5)


def rotation() -> npt.NDArray[np.float64]:
    """Return a rotation about all three axes."""
    a, b, c = EULER
    x = np.array([[1, 0, 0], [0, np.cos(a), -np.sin(a)], [0, np.sin(a), np.cos(a)]])
    y = np.array([[np.cos(b), 0, np.sin(b)], [0, 1, 0], [-np.sin(b), 0, np.cos(b)]])
    z = np.array([[np.cos(c), -np.sin(c), 0], [np.sin(c), np.cos(c), 0], [0, 0, 1]])
    turned: npt.NDArray[np.float64] = x @ y @ z
    return turned


def oblique(count: int = 6) -> list[FileDataset]:
    """Return slices that lie across all axes, with pixels that are not square."""
    turned = rotation()
    images = ct_series(count, size=16)
    for number, image in enumerate(images):
        image.ImageOrientationPatient = [f"{cosine:.12f}" for cosine in (*turned[:, 0], *turned[:, 1])]
        image.ImagePositionPatient = [
            f"{x:.9f}" for x in np.array([-40, 20, 7]) + turned[:, 2] * 2.5 * number
        ]
        image.PixelSpacing = [1.5, 0.75]
        image.SliceThickness = 4
    return images


def tilted(count: int = 6) -> list[FileDataset]:
    """Return axial slices whose positions run along a tilted gantry's table."""
    images = ct_series(count, size=16)
    for number, image in enumerate(images):
        image.ImagePositionPatient = [-100, -100 + 2.0 * number, 5.0 * number]
    return images


def enhanced(images: list[FileDataset], uid: str = EnhancedCTImageStorage) -> FileDataset:
    """Return the images as frames of one."""
    order = images
    modality = {EnhancedCTImageStorage: "CT", EnhancedMRImageStorage: "MR"}.get(UID(uid), "PT")
    result = new_instance(uid, modality=modality, PatientIdentityRemoved="YES")
    first = images[0]
    for keyword in ("Rows", "Columns", "BitsAllocated", "BitsStored", "HighBit", "PixelRepresentation", "SamplesPerPixel", "PhotometricInterpretation"):  # fmt: skip
        setattr(result, keyword, first[keyword].value)
    result.NumberOfFrames = len(order)
    shared, measures, direction, rescale = Dataset(), Dataset(), Dataset(), Dataset()
    measures.PixelSpacing, measures.SliceThickness = first.PixelSpacing, first.SliceThickness
    measures.SpacingBetweenSlices = 2.5  # dcm2niix believes it, and would take the thickness without it
    direction.ImageOrientationPatient = first.ImageOrientationPatient
    rescale.RescaleSlope, rescale.RescaleIntercept, rescale.RescaleType = 1, -1024, "HU"
    shared.PixelMeasuresSequence, shared.PlaneOrientationSequence = [measures], [direction]
    shared.PixelValueTransformationSequence = [rescale]
    result.SharedFunctionalGroupsSequence = [shared]
    result.PerFrameFunctionalGroupsSequence = []
    organization, index_ = Dataset(), Dataset()
    organization.DimensionOrganizationUID = index_.DimensionOrganizationUID = make_uid("dimensions")
    index_.DimensionIndexPointer, index_.FunctionalGroupPointer = 0x00209057, 0x00209111
    result.DimensionOrganizationSequence, result.DimensionIndexSequence = [organization], [index_]
    for image in order:
        place, frame, content = Dataset(), Dataset(), Dataset()
        content.StackID, content.InStackPositionNumber = "1", image.InstanceNumber
        content.DimensionIndexValues = [image.InstanceNumber]
        frame.FrameContentSequence = [content]
        place.ImagePositionPatient = image.ImagePositionPatient
        frame.PlanePositionSequence = [place]
        result.PerFrameFunctionalGroupsSequence.append(frame)
    result.PixelData = b"".join(image.PixelData for image in order)
    result["PixelData"].VR = "OW"
    return result


def write_all(images: list[FileDataset], folder: Path) -> list[Path]:
    folder.mkdir(exist_ok=True)
    paths = [folder / f"{number:03}.dcm" for number in range(len(images))]
    for image, path in zip(images, paths, strict=True):
        write_file(image, path)
    return paths


def by_itk(folder: Path, count: int) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return affine and array as SimpleITK reads a folder."""
    names = SimpleITK.ImageSeriesReader.GetGDCMSeriesFileNames(str(folder))
    assert len(names) == count
    image = SimpleITK.ReadImage(names if count > 1 else names[0])
    affine = np.eye(4)
    affine[:3, :3] = np.array(image.GetDirection()).reshape(3, 3) * image.GetSpacing()
    affine[:3, 3] = image.GetOrigin()
    return affine, SimpleITK.GetArrayFromImage(image)


def shuffled(images: list[FileDataset]) -> list[FileDataset]:
    return [*images[1::2], *reversed(images[::2])]


# --- what is right, by others --------------------------------------------------------------------------


@pytest.mark.parametrize("make", [lambda: ct_series(7, size=32), oblique], ids=["axial", "oblique"])
def test_a_volume_is_what_simpleitk_reads(make: Callable[[], list[FileDataset]], tmp_path: Path) -> None:
    images = make()
    paths = write_all(shuffled(images), tmp_path / "in")
    affine, array = by_itk(tmp_path / "in", len(images))
    for given in (tmp_path / "in", paths, images, index(tmp_path / "in")):
        made = volume(given)
        assert made.remarks == ()
        np.testing.assert_allclose(made.affine, affine, atol=CLOSE_MM)
        np.testing.assert_array_equal(made.array, array)


@pytest.mark.parametrize("folder", ["CT5N", "CT2"])
def test_a_bundled_series_is_what_simpleitk_reads(folder: str) -> None:
    place = next(path for path in BUNDLED.rglob(folder) if path.is_dir())
    paths = sorted(path for path in place.iterdir())
    affine, array = by_itk(place, len(paths))
    made = volume(paths)
    np.testing.assert_allclose(made.affine, affine, atol=CLOSE_MM)
    np.testing.assert_array_equal(made.array, array)
    assert bool(made.remarks) == (folder == "CT2"), "one of the four lies 200 mm from the others"


def as_positron_emission(images: list[FileDataset]) -> list[FileDataset]:
    for number, image in enumerate(images, start=1):
        image.SOPClassUID = image.file_meta.MediaStorageSOPClassUID = PositronEmissionTomographyImageStorage
        image.Modality, image.Units, image.RescaleType = "PT", "BQML", "US"
        image.RescaleSlope, image.RescaleIntercept = 0.5 * number, 0
    return images


@pytest.mark.parametrize(
    "make",
    [
        lambda: ct_series(7, size=32),
        oblique,
        lambda: as_positron_emission(oblique()),
        *(
            lambda uid=uid, order=order: [enhanced(order(oblique()), uid)]
            for uid in (EnhancedCTImageStorage, EnhancedMRImageStorage, EnhancedPETImageStorage)
            for order in (list, shuffled)
        ),
    ],
    ids=[
        "CT",
        "oblique CT",
        "PET",
        *(f"{kind}{order}" for kind in ("eCT", "eMR", "ePET") for order in ("", " shuffled")),
    ],
)
def test_nifti_says_the_same_as_dcm2niix(
    make: Callable[[], list[FileDataset]], peer: Callable[[str], str], tmp_path: Path
) -> None:
    write_all(make(), tmp_path / "in")
    command = [peer("dcm2niix"), "-z", "n", "-f", "out", "-o", str(tmp_path), str(tmp_path / "in")]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    theirs = nibabel.load(tmp_path / "out.nii")
    made = volume(tmp_path / "in")
    ours = to_nifti(made)
    # dcm2niix turns the rows round: the same place is compared, not the same index.
    turn = np.linalg.solve(theirs.affine, ours.affine)
    for voxel in ((0, 0, 0, 1), (3, 5, 2, 1), (8, 7, 3, 1), (15, 15, 5, 1)):
        there = np.rint(turn @ voxel)
        np.testing.assert_allclose(theirs.affine @ there, ours.affine @ voxel, atol=CLOSE_MM)
        assert theirs.dataobj[tuple(there[:3].astype(int))] == pytest.approx(
            ours.dataobj[voxel[:3]], rel=1e-6
        )


@pytest.mark.parametrize("uid", [EnhancedCTImageStorage, EnhancedMRImageStorage, EnhancedPETImageStorage])
def test_an_enhanced_image_is_what_simpleitk_reads(uid: str, tmp_path: Path) -> None:
    (path,) = write_all([enhanced(oblique(), uid)], tmp_path)  # it does not sort frames
    made = volume(path)
    affine, array = by_itk(tmp_path, 1)
    np.testing.assert_allclose(made.affine, affine, atol=CLOSE_MM)
    np.testing.assert_array_equal(made.array, array)


@pytest.mark.parametrize("name", ["CT_small.dcm", "MR_small.dcm", "4467", "examples_overlay.dcm"])
def test_a_slice_lies_where_nibabel_puts_it(name: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # nibabel calls its reader experimental
        from nibabel.nicom.dicomwrappers import wrapper_from_file  # noqa: PLC0415 - as above
    path = next(BUNDLED.rglob(name))
    made = volume(path)
    # Its affine takes (row, column, slice) to the coordinates of DICOM.
    theirs = wrapper_from_file(str(path)).affine[:, [1, 0, 3]]
    np.testing.assert_allclose(made.affine[:, [0, 1, 3]], theirs, atol=CLOSE_MM)


def test_the_place_of_a_pixel_is_the_equation_of_the_standard() -> None:
    images = oblique()
    made = volume(shuffled(images))
    for number, image in enumerate(images):
        row, column = (
            np.array(image.ImageOrientationPatient[part], float) for part in (slice(3), slice(3, 6))
        )
        for i, j in ((0, 0), (5, 9)):
            by_hand = np.array(image.ImagePositionPatient, float) + row * 0.75 * i + column * 1.5 * j
            np.testing.assert_allclose(made.to_mm(i, j, number), by_hand, atol=CLOSE_MM)
            np.testing.assert_allclose(made.to_index(*by_hand), (i, j, number), atol=1e-6)
            assert made.array[number, j, i] == modality_values(image)[j, i]
    assert made.spacing_mm == pytest.approx((0.75, 1.5, 2.5), abs=CLOSE_MM), "not the Slice Thickness of 4"


def test_a_tilted_gantry_shears_the_affine() -> None:
    made = volume(tilted())
    np.testing.assert_allclose(made.affine[:3, 2], (0, 2, 5), atol=CLOSE_MM)
    assert "sheared by 21.8 degrees" in " ".join(made.remarks)
    np.testing.assert_allclose(to_nifti(made).affine, ras_affine(made), atol=CLOSE_MM)


def test_frames_of_an_enhanced_image_are_slices() -> None:
    images = oblique()
    many, one = volume(images), volume(enhanced(shuffled(images)))
    np.testing.assert_allclose(one.affine, many.affine, atol=CLOSE_MM)
    np.testing.assert_array_equal(one.array, many.array)
    assert (one.unit, one.remarks, one.identity_removed) == ("HU", (), True)


def test_compressed_slices_are_decoded() -> None:
    images = ct_series(3, size=16)
    np.testing.assert_array_equal(
        volume([compress(image, RLELossless) for image in images]).array, volume(images).array
    )


def test_each_slice_has_its_own_rescale() -> None:
    images = ct_series(3, size=16)
    for number, image in enumerate(images, start=1):
        image.RescaleSlope, image.RescaleIntercept = 0.5 * number, -3
    made = volume(images)
    assert made.array.dtype == np.float32
    np.testing.assert_allclose(made.array, [modality_values(image) for image in images], rtol=1e-6)


# --- what is doubtful ----------------------------------------------------------------------------------


def said(made: Volume) -> str:
    return "; ".join(made.remarks)


def test_a_missing_slice_leaves_the_others_where_they_are() -> None:
    images = ct_series(6, size=16)
    whole, made = volume(images), volume(images[:2] + images[3:])
    assert "there is a gap: 1 slice is missing between slices 2 and 3" in said(made)
    assert made.missing == (2,)
    assert made.sources[2] is None
    assert set(made.array[2].ravel()) == {made.filler}
    np.testing.assert_array_equal(made.array[[0, 1, 3, 4, 5]], whole.array[[0, 1, 3, 4, 5]])
    np.testing.assert_allclose(made.affine, whole.affine)


def test_a_double_is_left_out_and_said() -> None:
    images = ct_series(4, size=16)
    made = volume([*images, images[2]])
    assert made.array.shape[0] == 4
    assert "1 slice lies where another one lies and was left out (1 with the SOP Instance UID" in said(made)


def test_unequal_spacing_is_said_in_millimetres() -> None:
    images = ct_series(4, size=16)
    images[1].ImagePositionPatient[2] += 2
    made = volume(images)
    assert "the spacing is unequal: slices lie up to 2.00 mm from" in said(made)
    assert made.spacing_mm[2] == pytest.approx(7)


def test_what_does_not_fit_is_left_out_with_its_kind() -> None:
    images, scout = ct_series(4, size=16), localiser(size=16)
    turned, small = ct_series(1, size=16)[0], ct_series(1, size=32)[0]
    turned.ImageOrientationPatient = [0, 1, 0, 0, 0, -1]
    for image in (scout, turned, small):
        image.SeriesInstanceUID = images[0].SeriesInstanceUID
    made = volume([scout, turned, small, *images])
    assert made.array.shape == (4, 16, 16)
    for words in ("(a localiser)", "1 image in another orientation", "1 image of another size"):
        assert words in said(made)


def test_an_untidy_folder_becomes_a_volume_and_a_list_of_doubts(tmp_path: Path) -> None:
    images, others = ct_series(6, size=16), ct_series(3, size=16)
    for number, image in enumerate(others):
        image.SeriesInstanceUID, image.PatientID = make_uid("other"), "WORKSHOP02"
        image.SOPInstanceUID = image.file_meta.MediaStorageSOPInstanceUID = make_uid("other", str(number))
    paths = write_all(images, tmp_path)
    write_file(localiser(size=16), tmp_path / "scout.dcm")
    for number, image in enumerate(others):
        write_file(image, tmp_path / f"other{number}.dcm")
    paths[3].write_bytes(paths[3].read_bytes()[:-100])
    (tmp_path / "notes.txt").write_text("call the ward", encoding="ascii")
    made = volume(tmp_path)
    assert made.array.shape == (6, 16, 16)
    assert "2 other series of 4 instances (2 patients) were left out" in said(made)
    assert "2 files are not used" in said(made)
    assert "1 slice is missing between slices 3 and 4" in said(made)
    assert "WORKSHOP" not in repr(made)


def test_a_single_slice_says_what_the_step_is() -> None:
    made = volume(ct_series(1, size=16))
    assert made.spacing_mm[2] == 5
    assert "the step to a next one is Slice Thickness" in said(made)


@pytest.mark.parametrize("make", [lambda: [colour()], lambda: [cine(2)], list, lambda: [Dataset()]])
def test_what_is_no_stack_is_one_clear_error(make: Callable[[], list[FileDataset]]) -> None:
    with pytest.raises(ImageError) as caught:
        volume(make())
    assert len(str(caught.value)) < 2000


@pytest.mark.parametrize("given", [None, 3, [3]])
def test_what_is_no_series_is_a_usage_error(given: object) -> None:
    with pytest.raises(UsageError):
        volume(given)  # type: ignore[arg-type]


# --- out and back --------------------------------------------------------------------------------------


def test_nifti_changes_the_signs_of_x_and_y(tmp_path: Path) -> None:
    made = volume(oblique())
    write_nifti(made, tmp_path / "out.nii.gz")
    read = nibabel.load(tmp_path / "out.nii.gz")
    x, y, z = made.to_mm(3, 4, 5)
    np.testing.assert_allclose(read.affine @ (3, 4, 5, 1), (-x, -y, z, 1), atol=CLOSE_MM)
    np.testing.assert_array_equal(np.asarray(read.dataobj).transpose(2, 1, 0), made.array)
    assert json.dumps(read.header["descrip"].item().decode()) == '""', "no patient in it"
    with pytest.raises(OSError, match="there is such a file"):
        write_nifti(made, tmp_path / "out.nii.gz")
    with pytest.raises(UsageError):
        write_nifti(made, tmp_path / "out.dcm")


def test_a_nifti_file_that_came_meanwhile_is_not_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "out.nii"

    def slow(made: Volume) -> Any:  # noqa: ANN401 - as to_nifti
        target.write_bytes(b"theirs")
        return to_nifti(made)

    monkeypatch.setattr("dicomkit.volumes.nifti.to_nifti", slow)
    with pytest.raises(OSError, match="there is such a file"):
        write_nifti(volume(ct_series(2, size=16)), target)
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"theirs"]


def test_a_derived_series_is_valid_and_says_where_it_is_from(
    peer: Callable[[str], str], tmp_path: Path
) -> None:
    images = ct_series(4, size=16)
    made = volume(images)
    smooth = (made.array.astype(float) + np.roll(made.array, 1, axis=2)) / 2
    new = derived_series(made, images, array=smooth, description="Smoothed")
    assert len({image.SOPInstanceUID for image in (*new, *images)}) == 8
    assert {image.SeriesInstanceUID for image in new}.isdisjoint(image.SeriesInstanceUID for image in images)
    for image, path, source in zip(new, write_all(new, tmp_path / "out"), images, strict=True):
        assert image.ImageType[0] == "DERIVED"
        assert image.SourceImageSequence[0].ReferencedSOPInstanceUID == source.SOPInstanceUID
        assert (image.StudyInstanceUID, image.FrameOfReferenceUID) == (
            source.StudyInstanceUID,
            source.FrameOfReferenceUID,
        )
        checked = subprocess.run(
            [peer("dciodvfy"), path], capture_output=True, text=True, check=False, timeout=60
        )
        assert [line for line in checked.stderr.splitlines() if line.startswith("Error")] == []
        assert dcmread(path).pixel_array.shape == (16, 16)
    again = volume(tmp_path / "out")
    np.testing.assert_allclose(again.affine, made.affine, atol=CLOSE_MM)
    np.testing.assert_allclose(again.array, smooth, atol=0.05)


@pytest.mark.parametrize("name", ["CT_small.dcm", "MR_small.dcm", "693_J2KI.dcm", "CT5N", "MR700"])
def test_a_derived_series_of_a_scanner_has_no_error_that_its_sources_have_not(
    name: str, peer: Callable[[str], str], tmp_path: Path
) -> None:
    place = next(BUNDLED.rglob(name))
    paths = sorted(place.iterdir()) if place.is_dir() else [place]
    made = volume(paths)
    halved = made.array * 0.37 - 5
    new = write_all(derived_series(made, paths, array=halved), tmp_path / "new")

    def errors(path: Path) -> set[str]:
        told = subprocess.run([peer("dciodvfy"), path], capture_output=True, text=True, check=False, timeout=60)  # fmt: skip
        return {line for line in told.stderr.splitlines() if line.startswith("Error")}

    assert set().union(*map(errors, new)) <= set().union(*map(errors, paths))
    step = max(float(dcmread(path).RescaleSlope) for path in new)
    np.testing.assert_allclose(volume(new).array, halved, atol=step / 2 * 1.01)
    np.testing.assert_allclose(volume(new).affine, made.affine, atol=CLOSE_MM)


def test_a_derived_image_is_as_bright_as_its_source_and_says_nothing_of_the_old_pixels() -> None:
    images = ct_series(2, size=16)
    for image in images:
        image.PhotometricInterpretation = "MONOCHROME1"
        image.RealWorldValueMappingSequence = [Dataset()]
    new = derived_series(volume(images), images)
    assert {image.PhotometricInterpretation for image in new} == {"MONOCHROME1"}
    assert not any("RealWorldValueMappingSequence" in image for image in new)


def test_a_derived_series_needs_its_sources() -> None:
    images = ct_series(3, size=16)
    with pytest.raises(ImageError, match="is not in it"):
        derived_series(volume(images), images[:2])
    with pytest.raises(ImageError, match="another shape"):
        derived_series(volume(images), images, array=np.zeros((2, 2)))
    one = enhanced(images)
    with pytest.raises(ImageError, match="several frames"):
        derived_series(volume(one), one)


def test_a_derived_image_has_none_of_the_overlays_that_are_read() -> None:
    images = ct_series(2, size=16)
    for image in images:
        for group in (0x6000, 0x6020):  # PS3.5 section 7.6 knows 6000 to 601E; files have others too
            values = {0x10: ("US", 16), 0x11: ("US", 16), 0x40: ("CS", "G"), 0x50: ("SS", [1, 1])}
            values |= {0x100: ("US", 1), 0x102: ("US", 0), 0x3000: ("OW", bytes(32))}
            for element, (vr, value) in values.items():
                image.add_new((group, element), vr, value)
    assert [overlay.group for overlay in overlays(images[0])] == [0x6000, 0x6020]
    assert [overlays(image) for image in derived_series(volume(images), images)] == [[], []]


@pytest.mark.parametrize(("value", "is_removed"), [("YES", True), (" YES", True), ("NO", False)])
def test_a_volume_and_the_index_agree_on_whether_identity_was_removed(
    value: str, *, is_removed: bool
) -> None:
    images = ct_series(2, size=16)
    for image in images:  # PS3.5 section 6.2: leading and trailing spaces of a Code String mean nothing
        image.PatientIdentityRemoved = value
    assert [row.identity_removed for row in index(images).rows] == [is_removed] * 2
    assert volume(images).identity_removed is is_removed
    assert ("grey levels" in ImageViewer(images).describe()) is is_removed
    assert ("grey levels" in PlanesViewer(images).describe()) is is_removed
