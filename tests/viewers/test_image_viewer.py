"""The pictures of an image viewer, their order, and its messages to the browser, the notebook and Python."""

from __future__ import annotations

import json
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ipywidgets import Widget
from pydicom.datadict import dictionary_VR, tag_for_keyword
from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset, FileDataset
from pydicom.tag import Tag
from pydicom.uid import RLELossless

from dicomkit.errors import AttributeValueError, ImageError
from dicomkit.files.writing import write_file
from dicomkit.pixels import compress, overlays, render, volume
from dicomkit.pixels.plane import orientation_labels, pixel_spacing, plane, spacing_place
from dicomkit.samples import cine, colour, ct_series, localiser, radiograph
from dicomkit.viewers import ImageViewer
from dicomkit.viewers.frame.viewer import MAX_MESSAGE_BYTES
from dicomkit.viewers.image import picture_sources
from dicomkit.viewers.image.messages import encode_picture
from dicomkit.viewers.image.tags import tags_of


def numbers(viewer: ImageViewer) -> list[int]:
    return [int(picture.dataset.InstanceNumber) for picture in viewer._pictures]


def test_slices_are_shown_in_the_order_in_which_they_lie() -> None:
    series = ct_series(4, size=16)
    for instance, number in zip(series, (3, 1, 4, 2), strict=True):
        instance.InstanceNumber = number
    assert numbers(ImageViewer([series[2], series[0], series[3], series[1]])) == [3, 1, 4, 2]


def test_without_places_the_instance_numbers_decide() -> None:
    series = ct_series(3, size=16)
    for instance in series:
        del instance.ImagePositionPatient
    assert numbers(ImageViewer(series[::-1])) == [1, 2, 3]


def test_a_study_is_shown_series_by_series(tmp_path: Path) -> None:
    for number, instance in enumerate([*ct_series(2, size=16), localiser(), cine(2)]):
        write_file(instance, tmp_path / f"{number}.dcm")
    (tmp_path / "notes.txt").write_text("no image")
    answer = ImageViewer(tmp_path).answer({"ask": "pictures"})
    ranges = [(series["first"], series["last"]) for series in answer.content["series"]]
    assert sorted(last - first for first, last in ranges) == [0, 1, 1]
    assert [series["number"] for series in answer.content["pictures"] if "number" in series] == []
    assert len(answer.content["pictures"]) == 5


def test_a_file_is_shown(tmp_path: Path) -> None:
    path = tmp_path / "image.dcm"
    write_file(radiograph(), path)
    assert len(ImageViewer(path)._pictures) == 1
    assert len(ImageViewer(str(path))._pictures) == 1


def test_nothing_to_show_is_said(tmp_path: Path) -> None:
    with pytest.raises(ImageError, match="no image"):
        ImageViewer(tmp_path)
    without = radiograph()
    del without.PixelData
    with pytest.raises(ImageError, match="Pixel Data"):
        ImageViewer(without)


def test_of_several_images_one_that_is_cut_off_keeps_its_place_and_says_why(tmp_path: Path) -> None:
    series = ct_series(3, size=16)
    series[1].PixelData = series[1].PixelData[:100]
    for number, instance in enumerate(series):
        instance.save_as(tmp_path / f"{number}.dcm")
    for source in (series, tmp_path):
        viewer = ImageViewer(source)
        assert len(viewer._pictures) == 3
        answers = [viewer._answer({"ask": "frame", "picture": number, "part": 0}) for number in (1, 2, 3)]
        assert ["problem" in answer.content for answer in answers] == [False, True, False]
        assert "100 bytes" in answers[1].content["problem"]
        assert ["Rows", "16"] in [list(row) for row in answers[1].content["tags"]]
        viewer.selection = 2
        assert "100 bytes" in repr(viewer)
    with pytest.raises(ImageError, match="100 bytes"):
        ImageViewer(series[1])


def test_frames_that_cannot_be_there_are_not_believed() -> None:
    loop = compress(cine(3), RLELossless)
    loop.NumberOfFrames = 2_000_000_000
    with pytest.raises(ImageError, match="no room"):
        ImageViewer(loop)
    assert len(ImageViewer([loop, cine(2)])._pictures) == 3


# Everything that is read to describe a picture, to sort it or to say what stands beside it.
READ_FOR_A_LIST = (
    "CineRate", "FrameOfReferenceUID", "FrameTime", "FrameTimeVector", "ImageOrientationPatient",
    "ImagePositionPatient", "ImageType", "ImagerPixelSpacing", "InstanceNumber", "Modality", "ModalityLUTSequence",
    "NumberOfFrames", "PatientIdentityRemoved", "PatientName", "PatientOrientation", "PerFrameFunctionalGroupsSequence", "PhotometricInterpretation",
    "PixelAspectRatio", "PixelSpacing", "PreferredPlaybackSequencing", "PresentationLUTShape",
    "RecommendedDisplayFrameRate", "RescaleSlope", "RescaleType", "SequenceOfUltrasoundRegions", "SeriesInstanceUID",
    "SeriesNumber", "SharedFunctionalGroupsSequence", "SliceThickness", "Units", "VOILUTFunction", "VOILUTSequence",
    "WindowCenter", "WindowCenterWidthExplanation",
)  # fmt: skip
DAMAGED = (
    b"abc ",
    b"nan ",
    b"1e999 ",
    b"0 ",
    b"-1 ",
    b"1\\2\\3\\4\\5 ",
    b"\xff\xfe\x00\x01",
    b"\x00",
    b"A" * 200,
)


@pytest.mark.filterwarnings("ignore")  # pydicom warns of what is damaged here on purpose
@pytest.mark.parametrize("keyword", READ_FOR_A_LIST)
def test_a_damaged_attribute_of_one_image_hides_no_other(keyword: str) -> None:
    tag = Tag(tag_for_keyword(keyword) or 0)
    for vr in (dictionary_VR(tag), "UN", "SQ", "LO"):
        for value in DAMAGED:
            good, bad = ct_series(2, size=16)
            bad._dict[tag] = RawDataElement(
                tag, vr, len(value), value, 0, is_implicit_VR=False, is_little_endian=True
            )
            viewer = ImageViewer([good, bad])
            assert "problem" not in viewer._answer({"ask": "pictures"}).content, (vr, value)
            number = 1 + [picture.dataset for picture in viewer._pictures].index(good)
            answer = viewer._answer({"ask": "frame", "picture": number, "part": 0})
            assert bytes(answer.buffers[0]) == good.PixelData, (vr, value)
            assert "ImageViewer" in repr(viewer)


def test_large_pictures_travel_in_pieces() -> None:
    image = ct_series(1, size=16)[0]
    image.Rows, image.Columns = 1100, 1300
    values = np.arange(1100 * 1300, dtype="<u2").reshape(1100, 1300) & 4095
    image.PixelData = values.tobytes()
    viewer = ImageViewer(image)
    asked = [question for question in viewer.questions() if question["ask"] == "frame"]
    assert len(asked) == 2
    pieces = [bytes(viewer.answer(question).buffers[0]) for question in asked]
    assert all(
        sum(map(len, viewer.answer(question).buffers)) < MAX_MESSAGE_BYTES for question in viewer.questions()
    )
    assert b"".join(pieces) == values.tobytes()


def test_the_largest_tables_fit_beside_the_first_piece() -> None:
    image = ct_series(1, size=16)[0]
    image.Rows, image.Columns = 1024, 1024
    image.BitsStored, image.HighBit = 16, 15
    image.PixelData = (np.arange(1024 * 1024) & 65535).astype("<u2").tobytes()
    for keyword in ("RescaleSlope", "RescaleIntercept", "RescaleType", "WindowCenter", "WindowWidth"):
        if keyword in image:
            delattr(image, keyword)
    table = Dataset()
    table.add_new(0x00283002, "US", [20, 0, 16])
    table.add_new(0x00283006, "US", list(range(0, 60000, 3000)))
    curve = Dataset()
    curve.add_new(0x00283002, "US", [0, 0, 16])
    curve.add_new(0x00283006, "US", list(range(65536)))
    image.ModalityLUTSequence, image.VOILUTSequence = [table], [curve]
    buffers = ImageViewer(image).answer({"ask": "frame", "picture": 1, "part": 0}).buffers
    assert [len(buffer) for buffer in buffers[1:]] == [65536 * 8, 65536]
    assert sum(map(len, buffers)) < MAX_MESSAGE_BYTES


def test_a_question_for_a_picture_that_is_not_there_is_answered_in_one_sentence() -> None:
    viewer = ImageViewer(radiograph())
    with pytest.raises(ImageError, match="there are 1"):
        viewer.answer({"ask": "frame", "picture": 2, "part": 0})


@pytest.mark.parametrize("window", [(40, 0), (40, -1), (float("nan"), 80), (40, float("inf"))])
def test_a_window_that_makes_no_sense_is_refused(window: tuple[float, float]) -> None:
    viewer = ImageViewer(radiograph())
    with pytest.raises(AttributeValueError):
        viewer.window = window
    assert viewer.window is None


def test_functions_and_pictures_that_do_not_exist_are_refused() -> None:
    viewer = ImageViewer(ct_series(2, size=16))
    with pytest.raises(AttributeValueError, match="LINEAR"):
        viewer.function = "linear"
    with pytest.raises(ImageError, match="there are 2"):
        viewer.selection = 3


def test_what_the_browser_sets_arrives_as_one_change() -> None:
    viewer = ImageViewer(ct_series(1, size=16))
    seen: list[Any] = []
    viewer.observe(lambda change: seen.append(change["new"]), "window")
    viewer.set_state({"window": [40, 80.5]})
    assert seen == [(40.0, 80.5)]


def test_the_text_says_what_is_shown() -> None:
    series = ct_series(3, size=32)
    viewer = ImageViewer(series)
    viewer.selection = 2
    first = repr(viewer)
    assert first.startswith("ImageViewer, picture 2 of 3: 32 rows, 32 columns\n- CT, series 2: 3 pictures\n")
    assert "sha256" in first
    assert first.count("\n  |") == 16
    viewer.window = (40, 80)
    assert "window center 40 width 80" in repr(viewer)
    assert repr(viewer).splitlines()[2] != first.splitlines()[2]


def test_pillow_shows_what_is_rendered() -> None:
    import io  # noqa: PLC0415

    from PIL import Image  # noqa: PLC0415

    for image in (ct_series(1, size=32)[0], colour()):
        with Image.open(io.BytesIO(ImageViewer(image).picture())) as picture:
            np.testing.assert_array_equal(np.asarray(picture), render(image))


def somebody() -> FileDataset:
    """Return an image that does not say that it is nobody's, with a marker wherever a person might stand."""
    image = ct_series(1, size=32)[0]
    image.PatientIdentityRemoved = "NO"
    for keyword in ("PatientName", "PatientID", "StudyDescription", "SeriesDescription", "InstitutionName"):
        setattr(image, keyword, f"MARKER{keyword}")
    return image


def test_of_a_person_a_notebook_keeps_neither_value_nor_pixel() -> None:
    image = somebody()
    viewer = ImageViewer(image)
    viewer.answer({"ask": "pictures"})
    viewer.answer({"ask": "frame", "picture": 1, "part": 0})
    bundle, _ = viewer._repr_mimebundle_()
    assert set(bundle) == {"text/plain", "text/html", "application/vnd.jupyter.widget-view+json"}
    kept = json.dumps([bundle, Widget.get_manager_state(widgets=[viewer])])
    assert "MARKER" not in kept
    assert bundle["text/plain"] == (
        "ImageViewer, 1 picture\n  not described here: Patient Identity Removed is not YES"
    )
    assert len(kept) < 200_000


def test_the_state_of_a_widget_holds_no_value_of_the_file() -> None:
    image = ct_series(1, size=32)[0]
    image.WindowCenter, image.WindowWidth = 47.125, 91.375
    viewer = ImageViewer(image)
    viewer.answer({"ask": "frame", "picture": 1, "part": 0})
    kept = json.dumps(Widget.get_manager_state(widgets=[viewer]))
    assert "47.125" not in kept
    assert "91.375" not in kept
    state = viewer.get_state()
    assert {name: state[name] for name in ("window", "function", "selection")} == {
        "window": None,
        "function": "",
        "selection": 1,
    }


FRAME = {"ask": "frame", "picture": 1, "part": 0}


def test_what_is_said_beside_an_image_says_not_whose_it_is() -> None:
    viewer = ImageViewer(somebody())
    assert "MARKER" not in json.dumps([viewer.answer(one).content for one in ({"ask": "pictures"}, FRAME)])
    tags = dict(viewer.answer(FRAME).content["tags"])
    assert tags["Patient's Name"] == tags["Study Date"] == tags["Series Description"] == "masked"
    assert (tags["Slice Thickness"], tags["Window Center"]) == ("5", "40\\35\\500")


def test_of_nobody_and_on_request_tags_are_shown() -> None:
    nobody = ct_series(1, size=16)[0]
    assert dict(ImageViewer(nobody).answer(FRAME).content["tags"])["Patient ID"] == "WORKSHOP01"
    tags = dict(ImageViewer(somebody(), mask=False).answer(FRAME).content["tags"])
    assert tags["Patient ID"] == "MARKERPatientID"


def test_what_this_viewer_leaves_out_is_named() -> None:
    image = ct_series(1, size=16)[0]
    said = dict(ImageViewer(image)._answer({"ask": "frame", "picture": 1, "part": 0}).content["tags"])
    assert "Not shown here" not in said
    image.ShutterShape = "CIRCULAR"
    image.add_new(0x60023000, "OW", b"\0" * 32)
    image.VOILUTSequence = [Dataset(), Dataset(), Dataset()]
    said = dict(tags_of(image, 1, is_masked=True))
    assert said["Overlay 6002"] == "graphics"
    assert said["Not shown here"] == "display shutter, 2 more of 3 VOI LUTs"


def test_nor_is_anything_else_left_out_in_silence() -> None:
    image = ct_series(1, size=16)[0]
    (mask,), (shutter,), (frame,) = [Dataset()], [Dataset()], [Dataset()]
    mask.MaskOperation, shutter.ShutterShape = "NONE", "RECTANGULAR"
    image.MaskSubtractionSequence = [mask]
    assert "Not shown here" not in dict(tags_of(image, 1, is_masked=True))
    mask.MaskOperation = "AVG_SUB"
    frame.FrameDisplayShutterSequence = [shutter]
    image.PerFrameFunctionalGroupsSequence = [frame]
    image.PresentationLUTSequence, image.ICCProfile = [Dataset()], b"\0\0"
    image.RedPaletteColorLookupTableDescriptor = [100, 1024, 16]  # beside grey: PS3.3 section C.7.6.19
    image.add_new(0x50003000, "OW", b"\0" * 8)
    said = dict(tags_of(image, 1, is_masked=True))["Not shown here"]
    assert said == (
        "display shutter, Presentation LUT, ICC profile, mask subtraction, supplemental palette, 1 curve"
    )
    image.PhotometricInterpretation = "PALETTE COLOR"
    assert "palette" not in dict(tags_of(image, 1, is_masked=True))["Not shown here"]


def test_an_image_that_cannot_be_shown_still_says_how_it_was_made() -> None:
    image = ct_series(1, size=16)[0]
    image.file_meta.TransferSyntaxUID, image.PixelData = "1.2.840.10008.1.2.4.50", bytes(100)
    answer = ImageViewer(image).answer(FRAME).content
    assert "problem" in answer
    assert dict(answer["tags"])["Rows"] == "16"


def test_an_enhanced_image_says_frame_by_frame_where_it_is() -> None:
    image = ct_series(1, size=16)[0]
    image.NumberOfFrames, image.PixelData = 2, image.PixelData * 2
    del image.ImagePositionPatient
    image.PerFrameFunctionalGroupsSequence = [Dataset(), Dataset()]
    for group, place in zip(image.PerFrameFunctionalGroupsSequence, ([1, 2, 3], [1, 2, 8.5]), strict=True):
        group.PlanePositionSequence = [Dataset()]
        group.PlanePositionSequence[0].ImagePositionPatient = place
    viewer = ImageViewer(image)
    tags = [dict(viewer.answer(FRAME | {"picture": number}).content["tags"]) for number in (1, 2)]
    assert [one["Image Position (Patient)"] for one in tags] == ["1\\2\\3", "1\\2\\8.5"]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({}, [100, 100, 100]),
        ({"FrameTime": "40"}, [40, 40, 40]),
        ({"FrameTime": "40", "CineRate": "20"}, [50, 50, 50]),
        ({"FrameTime": "40", "CineRate": "20", "RecommendedDisplayFrameRate": "8"}, [125, 125, 125]),
        ({"FrameTimeVector": ["0", "30", "50"]}, [30, 50, 30]),
        ({"FrameTime": "0"}, [100, 100, 100]),
    ],
    ids=str,
)
def test_a_loop_is_played_as_the_file_says(said: dict[str, Any], expected: list[float]) -> None:
    loop = cine(3)
    for keyword in ("FrameTime", "CineRate", "RecommendedDisplayFrameRate"):
        if keyword in loop:
            delattr(loop, keyword)
    for keyword, value in said.items():
        setattr(loop, keyword, value)
    pictures = ImageViewer(loop).answer({"ask": "pictures"}).content["pictures"]
    assert [picture["frame_time_ms"] for picture in pictures] == expected


def test_pieces_asked_for_in_turns_are_encoded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    encoded: list[int] = []

    def encode(picture: Any) -> Any:  # noqa: ANN401 - as encode_picture
        encoded.append(picture.number)
        return encode_picture(picture)

    monkeypatch.setattr("dicomkit.viewers.image.viewer.encode_picture", encode)
    viewer = ImageViewer(cine(4))
    for part in (0, 1):
        for number in (1, 2, 3, 4):
            viewer.answer({"ask": "frame", "picture": number, "part": part})
    assert encoded == [1, 2, 3, 4]


def test_a_thousand_frames_are_encoded_when_asked_for_and_not_before() -> None:
    loop = cine(2)
    loop.NumberOfFrames = 1000
    loop.PixelData = bytes(1000 * 120 * 160 * 3)
    tracemalloc.start()
    viewer = ImageViewer(loop)
    viewer.answer({"ask": "frame", "picture": 900, "part": 0})
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 20_000_000


@pytest.mark.parametrize(
    ("orientation", "expected"),
    [
        ([1, 0, 0, 0, 1, 0], ("R", "L", "A", "P")),
        ([0, 1, 0, 0, 0, -1], ("A", "P", "H", "F")),
        ([1, 0, 0, 0, 0, -1], ("R", "L", "H", "F")),
        ([0.9, 0.436, 0, 0, 0, -1], ("RA", "LP", "H", "F")),
        # Lying on the belly, feet first: a row runs to the patient's right, a column to the belly.
        ([-1, 0, 0, 0, -1, 0], ("L", "R", "P", "A")),
        # A tilted gantry: a column runs to the back and, by 20 degrees, to the feet.
        ([1, 0, 0, 0, 0.94, -0.342], ("R", "L", "AH", "PF")),
        # The heart's short axis: a row to the left and back, a column to the feet, with some of the rest.
        ([0.75, 0.65, 0.14, 0.2, 0, -0.98], ("RA", "LP", "H", "F")),
    ],
)
def test_the_letters_follow_the_orientation(orientation: list[float], expected: tuple[str, ...]) -> None:
    image = ct_series(1, size=16)[0]
    image.ImageOrientationPatient = orientation
    assert orientation_labels(image) == expected


def test_a_projection_names_its_sides_itself() -> None:
    assert orientation_labels(radiograph()) == ("R", "L", "H", "F")
    assert orientation_labels(colour()) is None


def test_spacing_is_found_where_each_kind_of_image_has_it() -> None:
    assert pixel_spacing(radiograph()) == tuple(float(one) for one in radiograph().ImagerPixelSpacing)
    region = cine(2).SequenceOfUltrasoundRegions[0]
    assert pixel_spacing(cine(2)) == pytest.approx((region.PhysicalDeltaY * 10, region.PhysicalDeltaX * 10))
    assert pixel_spacing(colour()) is None


def test_a_plane_steps_by_the_spacing() -> None:
    image = ct_series(1, size=16)[0]
    image.PixelSpacing = [2, 3]  # from row to row, and from column to column
    place = plane(image)
    assert place is not None
    assert place.along_row == (3, 0, 0)
    assert place.along_column == (0, 2, 0)
    assert place.origin == tuple(float(one) for one in image.ImagePositionPatient)


def test_a_length_in_a_projection_says_where_it_holds() -> None:
    image = radiograph()
    assert spacing_place(image) == "at the detector"
    image.PixelSpacing = [0.1, 0.1]
    assert spacing_place(image) == ""
    film = colour()
    assert spacing_place(film) == ""
    film.NominalScannedPixelSpacing = [0.1, 0.1]
    assert spacing_place(film) == "on the film"
    assert spacing_place(ct_series(1, size=16)[0]) == ""


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"PixelSpacing": [2, 1]}, 2),
        ({"PixelSpacing": [100, 0.0001]}, 1),
        ({"PixelAspectRatio": ["1", "9000000"]}, 1),
        ({"PixelAspectRatio": ["3", "2"]}, 1.5),
        ({"PixelAspectRatio": ["0", "1"]}, 1),
    ],
    ids=str,
)
def test_no_ratio_makes_an_image_a_line(said: dict[str, Any], expected: float) -> None:
    image = ct_series(1, size=16)[0]
    del image.PixelSpacing
    for keyword, value in said.items():
        setattr(image, keyword, value)
    (picture,) = ImageViewer(image).answer({"ask": "pictures"}).content["pictures"]
    assert picture["aspect"] == expected


def test_a_folder_larger_than_a_viewer_is_shown_up_to_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number, dataset in enumerate(ct_series(4, size=16)):
        write_file(dataset, tmp_path / f"{number}.dcm")
    size = (tmp_path / "0.dcm").stat().st_size
    monkeypatch.setattr(picture_sources, "MAX_BYTES", size + 1)
    viewer = ImageViewer(tmp_path)
    assert len(viewer._pictures) == 2
    assert "2 files are not shown: 2 (a viewer has room for 2 GiB of files: open fewer" in viewer.describe()


@pytest.mark.parametrize(("spacing_mm", "cosine"), [(1, 0), (0.01, 0), (1, 1e-5)])
def test_slices_are_in_one_order_in_a_viewer_and_in_a_volume(spacing_mm: float, cosine: float) -> None:
    images = ct_series(4, size=16)
    for number, image in enumerate(images):
        # A scanner of small animals has voxels of 0.01 mm; others round each slice's cosines in another way.
        image.ImageOrientationPatient = [1, 0, cosine * (number % 2), 0, 1, 0]
        image.ImagePositionPatient, image.PixelSpacing = [0, 0, number * spacing_mm], [spacing_mm] * 2
        image.InstanceNumber = (3, 1, 4, 2)[number]
    shown = [picture.dataset.SOPInstanceUID for picture in ImageViewer(images[::-1])._pictures]
    assert shown == [image.SOPInstanceUID for image in images]
    assert [source and source.sop_instance_uid for source in volume(images).sources] == shown


def test_slices_that_are_turned_in_their_plane_are_shown_by_position() -> None:
    images = ct_series(4, size=16)
    for number, image in enumerate(images):
        image.ImageOrientationPatient = [1, 0, 0, 0, 1, 0] if number % 2 else [0, 1, 0, -1, 0, 0]
        image.ImagePositionPatient = [0, 0, number]
        image.InstanceNumber = (3, 1, 4, 2)[number]
    shown = [picture.dataset.SOPInstanceUID for picture in ImageViewer(images[::-1])._pictures]
    assert shown == [image.SOPInstanceUID for image in images]


@pytest.mark.parametrize("position", [0, None])
def test_an_overlay_that_nothing_is_drawn_of_is_not_listed(position: int | None) -> None:
    image = ct_series(1, size=16)[0]
    for group in (0x6000, 0x6002):
        image.add_new((group, 0x0010), "US", 16)
        image.add_new((group, 0x0011), "US", 16)
        image.add_new((group, 0x0050), "SS", [1, 1])
        image.add_new((group, 0x0102), "US", position)
    image.add_new((0x6002, 0x3000), "OW", bytes(32))
    assert [overlay.group for overlay in overlays(image)] == [0x6002]
    assert [name for name, _ in tags_of(image, 1, is_masked=False) if "Overlay" in name] == ["Overlay 6002"]
