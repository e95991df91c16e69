"""The effects of a presentation state are listed, and any other kind of instance is described in a sentence."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image
from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset
from pydicom.tag import Tag
from pydicom.uid import UID_dictionary

from dicomkit.contents import Kind, content_of, format_content, kind_of
from dicomkit.contents.kind import has_view
from dicomkit.contents.referenced import referenced_uids
from dicomkit.files import new_instance, read_file
from dicomkit.pixels import display_values, secondary_capture
from dicomkit.privacy import is_confidential
from dicomkit.samples import ct_series
from tests.support.dicom_files import bundled
from tests.support.reports import CT, GSPS, document, ecg, every_value_type, reference, report


def items(**values: object) -> list[Dataset]:
    made = Dataset()
    for keyword, value in values.items():
        setattr(made, keyword, value)
    return [made]


def presentation_state() -> Dataset:
    """Return a presentation state that does something of everything."""
    made = new_instance(GSPS, modality="PR", ContentLabel="LUNG", PatientIdentityRemoved="YES")
    image = [reference(CT, "1.2.3.1")]
    made.ReferencedSeriesSequence = items(SeriesInstanceUID="1.2.3", ReferencedImageSequence=image)
    made.RescaleSlope, made.RescaleIntercept, made.RescaleType = "1", "-1024", "HU"
    made.SoftcopyVOILUTSequence = items(
        WindowCenter=["-600", "40"],
        WindowWidth=["1500", "400"],
        WindowCenterWidthExplanation=["LUNG", "SOFT"],
    )
    made.PresentationLUTShape = "INVERSE"
    made.ShutterShape, made.CenterOfCircularShutter, made.RadiusOfCircularShutter = "CIRCULAR", [64, 64], 60
    made.ImageRotation, made.ImageHorizontalFlip = 90, "Y"
    made.DisplayedAreaSelectionSequence = items(
        DisplayedAreaTopLeftHandCorner=[1, 1],
        DisplayedAreaBottomRightHandCorner=[64, 32],
        PresentationSizeMode="MAGNIFY",
        PresentationPixelMagnificationRatio=2.0,
    )
    made.GraphicLayerSequence = items(GraphicLayer="MARKS", GraphicLayerOrder=1)
    made.GraphicAnnotationSequence = items(
        GraphicLayer="MARKS",
        ReferencedImageSequence=image,
        TextObjectSequence=items(UnformattedTextValue="here", AnchorPoint=[10.0, 20.5]),
        GraphicObjectSequence=items(
            GraphicAnnotationUnits="PIXEL",
            GraphicType="POLYLINE",
            GraphicData=[1, 2, 3, 4],
            GraphicFilled="N",
        ),
    )
    return made


def test_each_effect_is_a_line() -> None:
    assert format_content(presentation_state()).splitlines() == [
        "Grayscale Softcopy Presentation State: it has no picture of its own: it says how other images are to be shown",
        "  Label: LUNG",
        "  Applies to: 1 image",
        "    Series: 1.2.3",
        "    Image: CT Image 1.2.3.1",
        "  Modality LUT: value x 1 + -1024 HU",
        "  Window: center -600 width 1500 (LUNG), for all of them",
        "  Window: center 40 width 400 (SOFT), for all of them",
        "  Presentation LUT shape: INVERSE",
        "  Shutter: CIRCULAR, center 64\\64, radius 60",
        "  Rotation: 90 degrees clockwise",
        "  Horizontal flip: yes",
        "  Displayed area: column, row 1, 1 to 64, 32, magnify, 2 times",
        "  Graphic layer: MARKS, order 1",
        "  Annotation 1: on 1 image, layer MARKS",
        "    Text: here at 10, 20.5",
        "    Shape: POLYLINE 1/2 3/4 (pixel)",
    ]


def test_what_numbers_mean_is_said() -> None:
    """PS3.3 section C.11.1.1.1: 0 entries are 65,536; section C.7.6.15: the overlay that is a shutter; section C.11.7: no layer, no overlay."""
    made = presentation_state()
    table = Dataset()
    table.add_new("LUTDescriptor", "US", [0, 0, 16])
    table.add_new("LUTData", "OW", bytes(4))
    made.PresentationLUTSequence = [table]
    made.add_new("RedPaletteColorLookupTableDescriptor", "US", [0, 0, 8])
    made.ShutterShape, made.ShutterOverlayGroup, made.ShutterPresentationValue = "BITMAP", 0x6002, 65535
    made.add_new(0x60020010, "US", 4)
    made.add_new(0x60020011, "US", 6)
    made.add_new(0x60021001, "CS", "")
    (area,) = made.DisplayedAreaSelectionSequence
    area.PresentationSizeMode, area.PresentationPixelSpacing = "TRUE SIZE", ["0.5", "0.25"]
    lines = format_content(made).splitlines()
    assert "  Presentation LUT: a table of 65536 entries from value 0, 16 bits" in lines
    assert "  Palette: pseudo-colour of 65536 entries" in lines
    (shutter,) = [line for line in lines if "Shutter" in line]
    assert shutter.startswith("  Shutter: BITMAP, overlay 6002, ")
    assert shutter.endswith("drawn in grey of 0 to 65535: 65535")
    assert "  Overlay 6002: a bit map of 4 rows and 6 columns, not shown" in lines
    assert any("pixels of 0.5, 0.25 mm (row, column)" in line for line in lines)


def test_a_presentation_state_of_dcmtk(peer: Callable[[str], str], tmp_path: Path) -> None:
    path = tmp_path / "state.dcm"
    image = read_file(bundled("CT_small.dcm"))
    subprocess.run(
        [peer("dcmpsmk"), str(bundled("CT_small.dcm")), str(path)],
        check=True,
        capture_output=True,
        timeout=60,
    )
    lines = format_content(read_file(path), mask=False).splitlines()
    assert f"    Image: CT Image {image.SOPInstanceUID}" in lines
    assert "  Displayed area: column, row 1, 1 to 128, 128, scale to fit, for 1 image" in lines


def test_what_is_written_on_somebodys_image_is_covered() -> None:
    made = presentation_state()
    made.PatientIdentityRemoved = "NO"
    lines = format_content(made).splitlines()
    assert "    Text: masked" in lines
    assert "    Image: masked" in lines
    assert "  Rotation: 90 degrees clockwise" in lines


def plant(dataset: Dataset) -> int:
    """Write a marker over each text in a data set that may identify somebody; return how many there were."""
    planted = 0
    for each in dataset:
        if each.VR == "SQ":
            planted += sum(plant(item) for item in each.value)
        elif is_confidential(each.tag) and each.VR in {"UI", "LO", "SH", "ST", "LT", "UT", "PN"}:
            each.value = "2.25.7777777" if each.VR == "UI" else "MARKER"
            planted += 1
    return planted


@pytest.mark.parametrize(
    "kind", ["presentation", "blending", "waveform", "document", "structures", "plan", "segments"]
)
def test_nothing_that_the_profile_lists_is_readable_of_somebody(kind: str) -> None:
    structures = new_instance("1.2.840.10008.5.1.4.1.1.481.3", modality="RTSTRUCT", StructureSetLabel="x")
    structures.StructureSetROISequence = items(ROINumber=1, ROIName="Heart")
    blending = new_instance("1.2.840.10008.5.1.4.1.1.11.4", modality="PR", ContentCreatorName="X")
    blending.BlendingSequence = items(ReferencedSeriesSequence=presentation_state().ReferencedSeriesSequence)
    noted = ecg(WaveformAnnotationSequence=items(UnformattedTextValue="x"))
    made = {
        "presentation": presentation_state(),
        "blending": blending,
        "waveform": noted,
        "document": document(SourceInstanceSequence=[reference(CT, "1.2.3")]),
        "structures": structures,
        "plan": read_file(bundled("rtplan.dcm")),
        "segments": read_file(bundled("liver_1frame.dcm")),
    }[kind]
    assert plant(made) > 3
    made.PatientIdentityRemoved = "NO"
    text = format_content(made)
    assert [line for line in text.splitlines() if "MARKER" in line or "2.25.7777777" in line] == []
    if kind != "segments":
        assert "masked" in text


def test_it_is_said_whether_the_images_are_there() -> None:
    made = presentation_state()
    assert referenced_uids(made) == {"1.2.3.1"}
    for neighbours, said in (
        (["1.2.3.1", "1.2.3.7"], "1 of 1 instance that it refers to"),
        (["9"], "0 of 1 instance that it refers to"),
    ):
        assert content_of(made, neighbours=neighbours).head[-1].value == said
    assert referenced_uids(report(*every_value_type())) == {
        "1.2.3.1",
        "1.2.3.2",
        "1.2.3.3",
        "1.2.3.4",
        "1.2.3.9",
    }


def test_blending_names_both_inputs() -> None:
    made = new_instance("1.2.840.10008.5.1.4.1.1.11.4", modality="PR", RelativeOpacity=0.25)
    made.BlendingSequence = [
        *items(
            BlendingPosition="UNDERLYING", SoftcopyVOILUTSequence=items(WindowCenter="1", WindowWidth="2")
        ),
        *items(BlendingPosition="SUPERIMPOSED"),
    ]
    lines = format_content(made, mask=False).splitlines()
    for line in (
        "  Blending input 1: underlying",
        "    Window: center 1 width 2, for all of them",
        "  Relative opacity: 0.25",
    ):
        assert line in lines


STORAGE = sorted(
    uid
    for uid, (name, kind, *_) in UID_dictionary.items()
    if kind == "SOP Class"
    and name.partition(" (")[0].endswith("Storage")
    and not uid.startswith("1.2.840.10008.5.1.4.43")
)


@pytest.mark.parametrize("uid", STORAGE, ids=lambda uid: UID_dictionary[uid][0])
def test_each_storage_class_is_told_in_a_sentence(uid: str) -> None:
    made = Dataset()
    made.SOPClassUID = uid
    head = format_content(made).splitlines()[0]
    assert head.startswith(UID_dictionary[uid][0].partition(" Storage")[0])
    assert len(head.partition(": ")[2]) > 20
    # What promises an image is no thing of its own: without its pixels it is damaged.
    assert has_view(made) == ("Pixel Data are missing" not in head)


def test_regions_beams_segments_and_files_are_listed() -> None:
    made = new_instance("1.2.840.10008.5.1.4.1.1.481.3", modality="RTSTRUCT", PatientIdentityRemoved="YES")
    made.StructureSetROISequence = items(ROINumber=1, ROIName="Heart")
    made.ROIContourSequence = items(ReferencedROINumber=1, ContourSequence=items(NumberOfContourPoints=12))
    lines = format_content(made).splitlines()
    assert lines[1:] == ["  Region 1: Heart", "  Outline of region 1: 1 contour, 12 points"]
    made.PatientIdentityRemoved = "NO"
    assert "  Region 1: masked" in format_content(made).splitlines()
    plan = format_content(read_file(bundled("rtplan.dcm")), mask=False).splitlines()
    assert "  Beam 1: Field 1, static, photon, 2 control points" in plan
    assert (
        "  Segment 1: Liver, Tissue, semiautomatic"
        in format_content(read_file(bundled("liver_1frame.dcm"))).splitlines()
    )
    directory = format_content(read_file(bundled("DICOMDIR-reordered")), mask=False)
    assert "it is a DICOMDIR, which lists the files around it" in directory
    assert "        IMAGE: 77654033/CR1/6154" in directory.splitlines()


def test_pixels_outweigh_the_class() -> None:
    image = ct_series(1, size=16)[0]
    image.SOPClassUID = "1.2.840.10008.5.1.4.1.1.88.11"
    assert kind_of(image) is Kind.PICTURE
    assert not has_view(image)
    assert not has_view(Dataset())


RAMP = (np.arange(40 * 64).reshape(40, 64) * 1.6).astype(np.uint16)
WIDE = ["2000", "4000"]
REVERSED = [(4095 - value) // 16 for value in range(4096)]
STATES: dict[str, tuple[list[str], dict[str, object]]] = {
    "window": (["2000", "1000"], {}),
    "inverse": (WIDE, {"PresentationLUTShape": "INVERSE"}),
    "rescale": (["0", "4000"], {"RescaleSlope": "2", "RescaleIntercept": "-4000", "RescaleType": "US"}),
    "lut": ([], {}),
    **{
        f"{degrees} {flip}": (WIDE, {"ImageRotation": degrees, "ImageHorizontalFlip": flip})
        for degrees in (0, 90, 180, 270)
        for flip in "NY"
    },
}


def as_told(lines: dict[str, str]) -> npt.NDArray[np.uint8]:
    """Draw the ramp by the words of the view alone."""
    values: npt.NDArray[Any] = RAMP
    if rescale := re.match(r"value x (\S+) \+ (\S+)", lines.get("Modality LUT", "")):
        values = values * float(rescale[1]) + float(rescale[2])
    if window := re.match(r"center (\S+) width (\d+)", lines.get("Window", "")):
        levels = display_values(values, float(window[1]), float(window[2]))
    else:
        assert lines["VOI LUT"].startswith("a table of 4096 entries from value 0, 8 bits")
        levels = np.array(REVERSED, dtype=np.uint8)[values]
    if lines["Presentation LUT shape"] == "INVERSE":
        levels = np.invert(levels)
    if turned := re.match(r"(\d+) degrees clockwise", lines.get("Rotation", "")):
        levels = np.rot90(levels, -int(turned[1]) // 90)
    return np.fliplr(levels) if lines.get("Horizontal flip") == "yes" else levels


@pytest.mark.parametrize("name", STATES)
def test_who_draws_by_the_words_has_the_picture_of_dcmp2pgm(
    name: str, peer: Callable[[str], str], tmp_path: Path
) -> None:
    window, attributes = STATES[name]
    image = secondary_capture(RAMP)
    image.BitsStored, image.HighBit, image.PhotometricInterpretation = 12, 11, "MONOCHROME2"
    for keyword in ("RescaleSlope", "RescaleIntercept"):
        image.pop(keyword, None)
    image.save_as(tmp_path / "image.dcm")
    paths = [str(tmp_path / "image.dcm"), str(tmp_path / "state.dcm")]
    subprocess.run([peer("dcmpsmk"), *paths], check=True, capture_output=True, timeout=60)
    state = read_file(paths[1])
    table = Dataset()
    table.add_new(0x00283002, "US", [4096, 0, 8])
    table.add_new(0x00283006, "US", REVERSED)
    state.SoftcopyVOILUTSequence = (
        items(WindowCenter=window[0], WindowWidth=window[1]) if window else items(VOILUTSequence=[table])
    )
    for keyword, value in attributes.items():
        setattr(state, keyword, value)
    state.save_as(paths[1])
    drawn = tmp_path / "drawn.pgm"
    subprocess.run(
        [peer("dcmp2pgm"), "-p", paths[1], paths[0], str(drawn)], check=True, capture_output=True, timeout=60
    )
    told = [line.strip().partition(": ") for line in format_content(read_file(paths[1])).splitlines()]
    levels = as_told({name: value for name, _, value in told})
    with Image.open(drawn) as picture:
        assert picture.size == levels.shape[::-1]
        assert np.abs(np.asarray(picture).astype(int) - levels.astype(int)).max() <= 1


@pytest.mark.parametrize(
    ("center", "width", "told"),
    [
        (b"2000", b"", "center 2000 width missing, for all of them; it cannot be used: its width is missing"),
        (b"", b"400 ", "center missing width 400, for all of them; it cannot be used: its center is missing"),
        (b"40,5", b"400 ", "center 40,5 width 400, for all of them; it cannot be used: its center is no finite number"),
        (b"40", b"0 ", "center 40 width 0, for all of them; it cannot be used: its width is 0, and LINEAR asks for 1 or more"),
    ],
)  # fmt: skip
def test_a_window_that_cannot_be_used_is_listed_with_the_reason(
    center: bytes, width: bytes, told: str
) -> None:
    made = presentation_state()
    (voi,) = items()
    for tag, value in ((0x00281050, center), (0x00281051, width)):
        voi._dict[Tag(tag)] = RawDataElement(
            Tag(tag), "DS", len(value), value, 0, is_implicit_VR=False, is_little_endian=True
        )
    made.SoftcopyVOILUTSequence = [voi]
    assert f"  Window: {told}" in format_content(made).splitlines()
