"""The byte viewer: each byte has its role and its element, and after a change the readers are run again."""

from __future__ import annotations

import base64
import itertools
import json
import re
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path

import numpy as np
import pydicom
import pytest
from ipywidgets import Widget
from playwright.sync_api import Browser, Page, expect
from pydicom import dcmread
from pydicom.dataset import Dataset, FileDataset
from pydicom.uid import DeflatedExplicitVRLittleEndian

from dicomkit.errors import FileAccessError, NotDicomError, UsageError
from dicomkit.files import anatomy
from dicomkit.files.writing import encode_file
from dicomkit.index.element_rows import instance_rows
from dicomkit.samples import ct_series
from dicomkit.viewers import AnatomyViewer
from dicomkit.viewers.anatomy import edited_file
from dicomkit.viewers.anatomy.byte_readers import what_readers_say
from dicomkit.viewers.anatomy.byte_tree import rows_of
from dicomkit.viewers.anatomy.covered_bytes import merged, overlaps, without
from dicomkit.viewers.anatomy.viewer import ROLES
from tests.support.dicom_files import DATA, bundled_files, own_files
from tests.support.viewer_pages import choose, chromium, open_live, pages_of, trait, wait_until_python_knows

TEST_FILES = Path(pydicom.__file__).parent / "data" / "test_files"
EVERY_VR = DATA / "allvr.dcm"


def answered(viewer: AnatomyViewer, **question: object) -> dict[str, object]:
    return dict(viewer.answer(question).content)


def test_the_tree_is_the_file_again() -> None:
    for path in own_files():
        viewer = AnatomyViewer(path)
        content = path.read_bytes()
        rows = viewer.answer({"ask": "file", "side": 0}).content["rows"]
        assert rows[0].start == 0
        assert rows[-1].end == len(content)
        assert all(one.end == other.start for one, other in itertools.pairwise(rows))


@pytest.mark.filterwarnings("ignore:The value length")  # pydicom's, of a value that is too long on purpose
def test_paths_are_those_that_pydicom_walks() -> None:
    viewer = AnatomyViewer(EVERY_VR)
    rows = viewer.answer({"ask": "file", "side": 0}).content["rows"]
    paths = {row.path for row in rows if row.label not in {"preamble", "prefix"} and row.name != "Item"}
    expected = set()

    def walk(dataset: pydicom.Dataset, around: str) -> None:
        for element in dataset:
            path = f"{around}({element.tag.group:04x},{element.tag.element:04x})"
            expected.add(path)
            if element.VR == "SQ":
                for number, item in enumerate(element.value):
                    walk(item, f"{path}[{number}].")

    dataset = dcmread(EVERY_VR)
    walk(dataset.file_meta, "")
    walk(dataset, "")
    assert {path for path in paths if " end " not in path} == expected
    assert len({row.path for row in rows}) == len(rows)


def test_previews_are_the_values_that_pydicom_reads() -> None:
    rows = (
        AnatomyViewer(TEST_FILES / "MR_small_bigendian.dcm", mask=False)
        .answer({"ask": "file", "side": 0})
        .content["rows"]
    )
    dataset = dcmread(TEST_FILES / "MR_small_bigendian.dcm")
    shown = {row.path: row.preview for row in rows}
    assert shown["(0028,0010)"] == str(dataset.Rows)
    assert shown["(0028,0106)"] == str(dataset.SmallestImagePixelValue)
    assert shown["(0008,0060)"] == dataset.Modality
    assert shown["(0002,0010)"] == dataset.file_meta.TransferSyntaxUID


def test_every_role_of_the_tokenizer_has_a_word_in_the_legend() -> None:
    for path in bundled_files()[:80]:
        try:
            viewer = AnatomyViewer(path)
        except NotDicomError:
            continue
        assert {span.role for span in viewer._files[0].spans} <= set(ROLES)


def test_bytes_travel_in_pieces_and_come_back_whole() -> None:
    content = EVERY_VR.read_bytes()[:-12] + bytes(12)
    long = (
        content[: content.rindex(b"OW\0\0")]
        + b"OW\0\0"
        + (2_500_000).to_bytes(4, "little")
        + bytes(2_500_000)
    )
    viewer = AnatomyViewer(long, mask=False)
    pieces = [
        viewer.answer(question).buffers[0] for question in viewer.questions() if question["ask"] == "piece"
    ]
    assert len(pieces) == 3
    assert b"".join(pieces) == long
    bounds, roles, covered = viewer.answer({"ask": "file", "side": 0}).buffers
    assert covered == b""
    assert np.frombuffer(bounds, "<u4").reshape(-1, 2)[:, 1].sum() == len(long)
    assert len(roles) * 8 == len(bounds)


def offset_of(content: bytes, tag: bytes, at: int) -> int:
    return content.index(tag) + at


def test_a_changed_value_is_named_without_being_told() -> None:
    content = EVERY_VR.read_bytes()
    viewer = AnatomyViewer(content)
    offset = offset_of(content, b"\x10\x00\x10\x00PN", 8)
    answer = answered(viewer, ask="edit", side=0, offset=offset, value=ord("Z"))
    assert answer["changed"] == [offset]
    assert [reader["accepts"] for reader in answer["readers"]] == [True, True]  # type: ignore[index,attr-defined]
    assert answer["readers"][1]["says"].endswith("different from before: (0010,0010)")  # type: ignore[index]
    changed = bytes(viewer._files[0].now)
    assert dcmread(BytesIO(changed)).PatientName != dcmread(EVERY_VR).PatientName


def two_bytes(number: int) -> bytes:
    return number.to_bytes(2, "little")


@pytest.mark.parametrize(
    ("tag", "vr", "was", "becomes", "needed"),
    [
        (b"\x28\x00\x10\x00", b"US", two_bytes(16), two_bytes(20), 16 * 20 * 2 * 3),
        (b"\x28\x00\x10\x00", b"US", two_bytes(16), two_bytes(8), 16 * 8 * 2 * 3),
        (b"\x28\x00\x11\x00", b"US", two_bytes(16), two_bytes(0), 0),
        (b"\x28\x00\x00\x01", b"US", two_bytes(16), two_bytes(8), 16 * 16 * 3),
        (b"\x28\x00\x02\x00", b"US", two_bytes(1), two_bytes(3), 16 * 16 * 2 * 3 * 3),
        (b"\x28\x00\x08\x00", b"IS", b"3 ", b"2 ", 16 * 16 * 2 * 2),
    ],
    ids=["more Rows", "fewer Rows", "no Columns", "Bits Allocated", "Samples per Pixel", "Number of Frames"],
)
def test_an_edit_that_changes_the_length_of_the_pixels_draws_a_remark(
    tag: bytes, vr: bytes, was: bytes, becomes: bytes, needed: int
) -> None:
    image = ct_series(1, size=16)[0]
    image.NumberOfFrames = 3
    image.PixelData *= 3
    content = encode_file(image)
    viewer = AnatomyViewer(content)
    assert "Pixel Data" not in answered(viewer, ask="file", side=0)["readers"][0]["says"]  # type: ignore[index]
    value = content.index(tag + vr + b"\x02\0" + was) + 8
    for at, byte in enumerate(becomes):
        answer = answered(viewer, ask="edit", side=0, offset=value + at, value=byte)
    said = answer["readers"][0]["says"]  # type: ignore[index]
    assert f"Pixel Data has {16 * 16 * 2 * 3} bytes" in said
    assert said.endswith(f" bits ask for {needed}")
    undone = answered(viewer, ask="undo", side=0)
    assert "Pixel Data" not in undone["readers"][0]["says"]  # type: ignore[index]


def first_reader_says(path: Path) -> str:
    return str(what_readers_say(path.read_bytes())[0]["says"])


def test_only_files_whose_pixels_have_another_length_draw_that_remark() -> None:
    remarks = {
        path.name: remark
        for path in bundled_files()
        if (remark := re.search("every byte has its place; but (Pixel Data .*)", first_reader_says(path)))
    }
    assert {name: remark[1] for name, remark in remarks.items()} == {
        "MR_small_padded.dcm": "Pixel Data has 8320 bytes, and Rows 64 x Columns 64 x Samples per Pixel 1 x "
        "Number of Frames 1 x Bits Allocated 16 bits ask for 8192",
        "nested_priv_SQ.dcm": "Pixel Data is there without Rows, Columns, Bits Allocated",
    }


def test_a_wrong_length_is_refused_and_can_be_undone() -> None:
    content = EVERY_VR.read_bytes()
    viewer = AnatomyViewer(content)
    offset = offset_of(content, b"\x28\x00\x10\x00US", 7)
    answer = answered(viewer, ask="edit", side=0, offset=offset, value=0xF0)
    assert not answer["readers"][0]["accepts"]  # type: ignore[index]
    assert answer["unread"] == offset - 7
    last = answer["rows"][-1]  # type: ignore[index]
    assert (last.label, last.start, last.end) == ("unread", offset - 7, len(content))
    undone = answered(viewer, ask="undo", side=0)
    assert undone["changed"] == []
    assert undone["unread"] is None
    assert len(undone["rows"]) == len(AnatomyViewer(content)._files[0].answer().content["rows"])  # type: ignore[arg-type]
    assert viewer._files[0].now == content


def test_without_its_prefix_a_file_keeps_its_colours() -> None:
    viewer = AnatomyViewer(EVERY_VR)
    before = answered(viewer, ask="file", side=0)
    answer = answered(viewer, ask="edit", side=0, offset=128, value=ord("E"))
    assert answer["problem_here"] == "the letters DICM are gone"
    assert (answer["title"], answer["rows"]) == (before["title"], before["rows"])
    assert "no 'DICM'" in answer["readers"][0]["says"]  # type: ignore[index]


def test_a_damaged_file_is_shown_up_to_its_damage() -> None:
    content = (TEST_FILES / "MR_truncated.dcm").read_bytes()
    viewer = AnatomyViewer(content, mask=False)
    answer = answered(viewer, ask="file", side=0)
    last = answer["rows"][-1]  # type: ignore[index]
    assert (last.path, last.end) == ("unread", len(content))
    assert content[last.start : last.start + 6] == b"\xe0\x7f\x10\x00OW", "the damage is in the pixels"
    ours, theirs = answer["readers"]  # type: ignore[misc]
    assert (ours["accepts"], theirs["accepts"]) == (False, True)
    assert theirs["says"].endswith("as if nothing were missing")
    assert f"damaged: from byte {last.start} on nothing can be followed" in repr(viewer)
    whole = answered(AnatomyViewer(content[: last.start]), ask="file", side=0)
    assert "no Pixel Data" in whole["readers"][0]["says"]  # type: ignore[index]
    open_ended = b"\x08\x00\x40\x11SQ\0\0\xff\xff\xff\xff"
    assert "damaged: at its end" in repr(AnatomyViewer(bytes(128) + b"DICM" + open_ended))


def test_what_lies_behind_the_damage_of_somebodys_file_is_covered() -> None:
    content = bytes_with_markers()
    place = content.index(b"\x08\x00\x60\x00CS")  # Modality: what follows cannot be followed
    damaged = content[: place + 6] + b"\xff\x7f" + content[place + 8 :]
    assert not any(marker in all_told(AnatomyViewer(damaged)) for marker in MARKERS)
    assert any(marker in all_told(AnatomyViewer(damaged, mask=False)) for marker in MARKERS)


def test_parts_of_encapsulated_pixels_and_private_elements_are_named() -> None:
    rows = answered(AnatomyViewer(TEST_FILES / "JPEG2000.dcm", mask=False), ask="file", side=0)["rows"]
    names = {row.path: (row.name, row.preview) for row in rows}  # type: ignore[attr-defined]
    assert names["(7fe0,0010)[0]"] == ("Basic Offset Table", "")
    assert names["(7fe0,0010)[1]"] == ("fragment 1", "250 bytes")
    assert names["(0028,0009)"][1] == "(0054,0010)\\(0054,0020)"
    rows = answered(AnatomyViewer(TEST_FILES / "CT_small.dcm"), ask="file", side=0)["rows"]
    names = {row.path: (row.name, row.preview) for row in rows}  # type: ignore[attr-defined]
    assert names["(0043,0010)"] == ("private creator", "masked")
    assert names["(0043,1028)"] == ("private, of (0043,0010)", "masked")


@pytest.mark.parametrize("name", ["JPEG2000.dcm", "CT_small.dcm", "nested_priv_SQ.dcm", "rtplan.dcm"])
def test_a_path_is_the_one_that_every_viewer_shows_with_items_counted_from_0(name: str) -> None:
    content = (TEST_FILES / name).read_bytes()
    rows = answered(AnatomyViewer(content, mask=False), ask="file", side=0)["rows"]
    paths = [row.path for row in rows if row.path.startswith("(") and " end " not in row.path]  # type: ignore[attr-defined]
    assert paths == [row.path for row in instance_rows(content).rows]
    assert any("[0]" in path for path in paths) or name == "CT_small.dcm"


def test_the_file_itself_is_never_touched(tmp_path: Path) -> None:
    path = tmp_path / "file.dcm"
    path.write_bytes(EVERY_VR.read_bytes())
    path.chmod(0o400)
    viewer = AnatomyViewer(path)
    viewer.answer({"ask": "edit", "side": 0, "offset": 0, "value": 1})
    assert path.read_bytes() == EVERY_VR.read_bytes()


def test_any_single_changed_byte_gets_an_answer() -> None:
    content = EVERY_VR.read_bytes()
    viewer = AnatomyViewer(content)
    for offset in range(132, len(content), 37):
        answer = answered(viewer, ask="edit", side=0, offset=offset, value=content[offset] ^ 0xFF)
        assert len(answer["readers"]) == 2  # type: ignore[arg-type]
        viewer.answer({"ask": "undo", "side": 0})


def test_what_cannot_be_shown_is_said(tmp_path: Path) -> None:
    with pytest.raises(FileAccessError):
        AnatomyViewer(tmp_path / "missing.dcm")
    with pytest.raises(NotDicomError):
        AnatomyViewer(b"hello world, this is no DICOM")
    with pytest.raises(UsageError, match="byte 5000"):
        AnatomyViewer(EVERY_VR).answer({"ask": "edit", "side": 0, "offset": 5000, "value": 1})


def test_a_notebook_keeps_no_value() -> None:
    viewer = AnatomyViewer(EVERY_VR)
    for question in viewer.questions():
        viewer.answer(question)
    viewer.answer({"ask": "edit", "side": 0, "offset": 1500, "value": 1})
    bundle, _ = viewer._repr_mimebundle_()
    kept = json.dumps([bundle, Widget.get_manager_state(widgets=[viewer])])
    for value in ("T-D1100", "A]B[C#D", "20220914", "private value", "1.2.3.4.5"):
        assert value.encode() in EVERY_VR.read_bytes()
        assert value not in kept


def with_markers(*, identity_removed: str = "NO") -> FileDataset:
    """Return an image with something of a person in each place where there may be something."""
    image = ct_series(1, size=16)[0]
    image.PatientIdentityRemoved = identity_removed
    image.PatientName = "MARKER^NAME"
    image.SOPInstanceUID = image.file_meta.MediaStorageSOPInstanceUID = "2.25.77712345"
    image.private_block(0x0099, "MARKERCREATOR", create=True).add_new(1, "LO", "MARKERPRIVATE")
    image.RequestAttributesSequence = [Dataset()]
    image.RequestAttributesSequence[0].ScheduledProcedureStepID = "MARKERSTEP"
    image.ReferencedImageSequence = [Dataset()]
    image.ReferencedImageSequence[0].ReferencedSOPInstanceUID = "2.25.77754321"
    image.PixelData = b"MARKERPIXELS" + image.PixelData[12:]
    image.KVP = "120.0"
    return image


MARKERS = (b"MARKER", b"2.25.777")


def bytes_with_markers(image: FileDataset | None = None) -> bytes:
    """Return the file, with something in its preamble too."""
    return b"MARKERPREAMBLE".ljust(128, b"\0") + encode_file(image or with_markers())[128:]


def all_told(viewer: AnatomyViewer) -> bytes:
    answers = [viewer.answer(question) for question in viewer.questions()]
    return b"".join(
        [json.dumps([one.content for one in answers]).encode(), *(b for one in answers for b in one.buffers)]
    )


def test_what_may_identify_somebody_is_covered(tmp_path: Path) -> None:
    content = bytes_with_markers()
    viewer = AnatomyViewer(content)
    told = all_told(viewer)
    assert not any(marker in told for marker in MARKERS)
    shown = b"".join(one.buffers[0] for one in map(viewer.answer, viewer.questions()) if not one.content)
    assert len(shown) == len(content)
    covered = np.frombuffer(viewer.answer({"ask": "file", "side": 0}).buffers[2], "<u4").reshape(-1, 2)
    same = bytearray(content)
    for first, last in covered:
        same[first:last] = bytes(last - first)
    assert shown == bytes(same)
    assert b"120.0" in told, "what identifies nobody is covered"
    assert "covered" in repr(viewer)
    viewer.export_html(tmp_path / "page.html")
    page = (tmp_path / "page.html").read_bytes()
    assert not any(marker in page or base64.b64encode(marker) in page for marker in MARKERS)


def test_what_is_covered_is_what_masking_lists() -> None:
    content = bytes_with_markers()
    rows = AnatomyViewer(content).answer({"ask": "file", "side": 0}).content["rows"]
    plain = AnatomyViewer(content, mask=False).answer({"ask": "file", "side": 0}).content["rows"]
    masked = {row.path for row in rows if row.preview == "masked"}
    differing = {one.path for one, other in zip(rows, plain, strict=True) if one != other}
    assert masked == differing
    assert {"(0010,0010)", "(0008,0018)", "(0002,0003)", "(0040,0275)[0].(0040,0009)"} <= masked
    assert not {"(0008,0060)", "(0028,0010)", "(0018,0060)"} & masked


def test_nobodys_bytes_are_shown_and_a_decision_reveals_somebodys() -> None:
    assert b"MARKERPIXELS" in all_told(
        AnatomyViewer(bytes_with_markers(with_markers(identity_removed="YES")))
    )
    viewer = AnatomyViewer(bytes_with_markers())
    assert viewer.answer({"ask": "reveal"}).content == {"revealed": True}
    assert b"MARKERPIXELS" in all_told(viewer)
    assert "covered" not in repr(viewer)


def test_a_deflated_data_set_is_covered_as_a_whole() -> None:
    image = with_markers()
    image.file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian
    content = encode_file(image)
    deflated = next(span for span in anatomy(content) if span.role == "deflated")
    viewer = AnatomyViewer(content)
    assert (
        bytes(deflated.length)
        == viewer.answer({"ask": "piece", "side": 0, "piece": 0}).buffers[0][
            deflated.offset : deflated.offset + deflated.length
        ]
    )
    image.PatientIdentityRemoved = "YES"
    assert AnatomyViewer(encode_file(image)).answer({"ask": "file", "side": 0}).content["covered"] == 0


def test_a_changed_tag_does_not_uncover_its_value() -> None:
    content = bytes_with_markers()
    viewer = AnatomyViewer(content)
    offset = content.index(b"\x10\x00\x10\x00PN")
    viewer.answer({"ask": "edit", "side": 0, "offset": offset, "value": 0x18})
    viewer.answer({"ask": "edit", "side": 0, "offset": offset + 2, "value": 0x60})
    told = all_told(viewer)
    assert b"(0018,0060)" in told
    assert not any(marker in told for marker in MARKERS)
    offset = content.index(b"\x12\x00\x62\x00CS") + 8
    for place, letter in enumerate(b"YES "[:2]):
        viewer.answer({"ask": "edit", "side": 0, "offset": offset + place, "value": letter})
    assert not any(marker in all_told(viewer) for marker in MARKERS)


def test_a_file_that_is_made_somebodys_is_covered_and_undone_shows_again() -> None:
    content = bytes_with_markers(with_markers(identity_removed="YES"))
    viewer = AnatomyViewer(content)
    offset = content.index(b"\x12\x00\x62\x00CS") + 8
    viewer.answer({"ask": "edit", "side": 0, "offset": offset, "value": ord("N")})
    assert not any(marker in all_told(viewer) for marker in MARKERS)
    viewer.answer({"ask": "undo", "side": 0})
    assert b"MARKERPIXELS" in all_told(viewer)
    length = content.index(b"\x28\x00\x10\x00US") + 7
    viewer.answer({"ask": "edit", "side": 0, "offset": length, "value": 0xF0})
    assert answered(viewer, ask="file", side=0)["covered"] == 0, "damage does not make it somebody's"


def test_the_text_counts_the_bytes() -> None:
    assert repr(AnatomyViewer(EVERY_VR)).startswith(
        f"AnatomyViewer, {EVERY_VR.stat().st_size} bytes in 329 spans, Explicit VR Little Endian\n"
        "  preamble 128 bytes, prefix 4 bytes, tag 276 bytes"
    )


def test_rows_of_nothing_are_none() -> None:
    assert rows_of(b"", [], little_endian=True) == []


def test_of_very_many_rows_the_first_are_listed_and_the_others_counted() -> None:
    content = EVERY_VR.read_bytes()
    every = rows_of(content, anatomy(content), little_endian=True)
    some = rows_of(content, anatomy(content), little_endian=True, most=10)
    assert some[:10] == every[:10]
    (more,) = some[10:]
    assert more.name == f"not listed: {len(every) - 10} further lines"
    assert (more.start, more.end) == (every[10].start, len(content))


def test_ranges_are_put_together_and_cut_at_the_ends() -> None:
    ranges = list(merged([(8, 12), (0, 4), (3, 5), (12, 13)]))
    assert ranges == [(0, 5), (8, 13)]
    assert without(b"abcdefgh", 4, ranges) == b"\0bcd\0\0\0\0"
    assert [overlaps(ranges, at, at + 1) for at in (0, 4, 5, 7, 8, 12, 13)] == [
        True,
        True,
        False,
        False,
        True,
        True,
        False,
    ]


@pytest.fixture(scope="module")
def browser(peer: Callable[[str], str]) -> Iterator[Browser]:
    with chromium(peer("chromium")) as browser:
        yield browser


@pytest.fixture
def show(browser: Browser, tmp_path: Path) -> Iterator[Callable[[AnatomyViewer], Page]]:
    with pages_of(browser, tmp_path) as open_page:
        yield open_page


def byte(page: Page, offset: int) -> str:
    return page.locator(f'.dk-byte[data-offset="{offset}"]').first.inner_text()


def test_the_page_shows_the_bytes_and_their_roles(show: Callable[[AnatomyViewer], Page]) -> None:
    page = show(AnatomyViewer(EVERY_VR, mask=False))
    content = EVERY_VR.read_bytes()
    expect(page.locator('.dk-byte[data-offset="128"]').first).to_have_text("44")
    shown = page.locator(".dk-byte").all_inner_texts()
    start = int(page.locator(".dk-byte").first.get_attribute("data-offset") or 0)
    assert bytes.fromhex("".join(shown)) == content[start : start + len(shown)]
    prefix = list(ROLES).index("prefix")
    expect(page.locator(f".dk-byte.dk-r{prefix}")).to_have_text(["44", "49", "43", "4d"])


def test_pointing_at_a_byte_marks_its_element_and_the_reverse(show: Callable[[AnatomyViewer], Page]) -> None:
    page = show(AnatomyViewer(EVERY_VR))
    page.locator('.dk-byte[data-offset="132"]').first.hover()
    expect(page.locator(".dk-row.dk-lit .dk-tag")).to_have_text("(0002,0000)")
    expect(page.locator(".dk-status")).to_contain_text("Byte 132 (84h): tag of (0002,0000) group length")
    page.locator('.dk-row[title="(0002,0001)"]').hover()
    expect(page.locator(".dk-byte.dk-lit")).to_have_count(14)
    choose(page, selection="(0028,0010)")
    expect(page.locator(".dk-byte.dk-lit")).to_have_text(
        ["28", "00", "10", "00", "55", "53", "02", "00", "02", "00"]
    )
    page.locator(".dk-tree").focus()
    page.keyboard.press("ArrowDown")
    expect(page.locator(".dk-row.dk-lit .dk-name")).to_have_text("Columns")
    assert trait(page, "selection") == "(0028,0011)"
    expect(page.locator(".dk-status")).to_contain_text("tag of (0028,0011) Columns")
    marked = page.get_by_role("treeitem", selected=True)
    expect(page.get_by_role("tree")).to_have_attribute(
        "aria-activedescendant", marked.get_attribute("id") or ""
    )


def test_covered_bytes_take_a_decision(browser: Browser, show: Callable[[AnatomyViewer], Page]) -> None:
    content = bytes_with_markers()
    offset = content.index(b"MARKER^NAME")
    page = open_live(browser, AnatomyViewer(content))
    page.get_by_role("treeitem", name="preamble").click()
    choose(page, selection="(0010,0010)")
    expect(page.locator(f'.dk-byte[data-offset="{offset}"]')).to_have_text("▒▒")
    page.locator(f'.dk-byte[data-offset="{offset}"]').hover()
    expect(page.locator(".dk-status")).to_contain_text("value of (0010,0010) Patient's Name: covered")
    page.get_by_role("button", name="Reveal …").click()
    expect(page.get_by_role("button", name="Keep them covered")).to_be_focused()
    page.get_by_role("button", name="Reveal them").click()
    expect(page.locator(f'.dk-byte[data-offset="{offset}"]')).to_have_text("4d")
    expect(page.locator(".dk-cover")).to_have_count(0)
    page.close()
    exported = show(AnatomyViewer(content))
    exported.get_by_role("button", name="Reveal …").click()
    exported.get_by_role("button", name="Reveal them").click()
    expect(exported.locator(".dk-cover")).to_contain_text("not in this page")
    expect(exported.locator(".dk-byte").first).to_have_text("▒▒")


def test_the_legend_lights_one_role(show: Callable[[AnatomyViewer], Page]) -> None:
    page = show(AnatomyViewer(EVERY_VR))
    page.get_by_role("button", name="prefix", exact=True).click()
    lit = page.locator(".dk-byte:not(.dk-dim)")
    expect(lit).to_have_text(["44", "49", "43", "4d"])
    expect(page.get_by_role("button", name="prefix", exact=True)).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="prefix", exact=True).click()
    expect(page.locator(".dk-dim")).to_have_count(0)


def test_two_transfer_syntaxes_are_marked_together(show: Callable[[AnatomyViewer], Page]) -> None:
    page = show(AnatomyViewer(TEST_FILES / "MR_small.dcm", TEST_FILES / "MR_small_bigendian.dcm"))
    choose(page, selection="(0028,0010)")
    expect(page.locator(".dk-byte.dk-lit")).to_have_text(
        [
            *["28", "00", "10", "00", "55", "53", "02", "00", "40", "00"],
            *["00", "28", "00", "10", "55", "53", "00", "02", "00", "40"],
        ]
    )
    expect(page.locator(".dk-title").nth(1)).to_contain_text("Big Endian")


def top_of(page: Page, side: int, what: str) -> float:
    box = page.locator(".dk-one").nth(side).locator(what).first.bounding_box()
    assert box is not None
    return box["y"]


AT_REST = """async (box) => {
  for (let rested = 0, top; rested < 15; rested = box.scrollTop === top ? rested + 1 : 0) { // a wheel is followed smoothly
    top = box.scrollTop;
    await new Promise(requestAnimationFrame);
  }
}"""


def test_side_by_side_the_same_element_stands_at_the_same_height(
    show: Callable[[AnatomyViewer], Page],
) -> None:
    page = show(AnatomyViewer(TEST_FILES / "MR_small.dcm", TEST_FILES / "MR_small_implicit.dcm", mask=False))
    page.get_by_role("tree").first.focus()
    for _ in range(45):
        page.keyboard.press("ArrowDown")
    assert trait(page, "selection") > "(0018,0050)"
    for what in (".dk-row.dk-lit", ".dk-byte.dk-lit"):
        assert top_of(page, 0, what) == top_of(page, 1, what)
    page.locator(".dk-bytes").nth(1).hover()
    page.mouse.wheel(0, 800)
    expect(page.locator(".dk-byte.dk-lit")).to_have_count(0)
    page.locator(".dk-bytes").nth(1).evaluate(AT_REST)
    page.locator(".dk-one").nth(1).locator(".dk-byte.dk-r2.dk-first").nth(4).hover()
    for what in (".dk-row.dk-lit", ".dk-byte.dk-lit"):
        assert top_of(page, 0, what) == top_of(page, 1, what)


def test_a_click_moves_nothing_under_the_hand(show: Callable[[AnatomyViewer], Page]) -> None:
    page = show(AnatomyViewer(TEST_FILES / "MR_small.dcm", TEST_FILES / "MR_small_implicit.dcm", mask=False))
    choose(page, selection="(0028,0010)")
    place = page.locator(".dk-one").nth(1).locator(".dk-byte.dk-lit").first
    before = place.bounding_box()
    place.click()
    expect(page.locator(".dk-byte.dk-cursor")).to_have_count(1)
    assert page.locator(".dk-byte.dk-cursor").bounding_box() == before


def test_roles_differ_by_more_than_colour(show: Callable[[AnatomyViewer], Page]) -> None:
    page = show(AnatomyViewer(TEST_FILES / "CT_small.dcm"))
    choose(page, selection="(0008,0005)")
    look = """(byte) => { const style = getComputedStyle(byte);
        return [style.fontWeight, style.fontStyle, style.textDecorationLine].join(" "); }"""
    looks = [
        page.locator(f".dk-byte.dk-r{list(ROLES).index(role)}").first.evaluate(look)
        for role in ("tag", "vr", "length", "value")
    ]
    assert len(set(looks)) == 4


def test_a_large_file_can_be_read_to_its_end(browser: Browser) -> None:
    # A browser draws nothing that lies behind some 17 to 33 million pixels; 40 MB are 50 million.
    small = EVERY_VR.read_bytes()
    padding = 40_000_000
    content = small + b"\xfc\xff\xfc\xffOB\0\0" + padding.to_bytes(4, "little") + bytes(padding - 4) + b"END!"
    page = open_live(browser, AnatomyViewer(content, mask=False))
    page.locator("[data-ready]").wait_for()
    box = page.locator(".dk-bytes")
    box.focus()
    page.keyboard.press("End")
    expect(page.locator(f'.dk-byte[data-offset="{len(content) - 1}"]')).to_have_text("21")
    expect(page.locator(f'.dk-byte[data-offset="{len(content) - 1}"]')).to_be_in_viewport()
    box.evaluate("(box) => { box.scrollTop = box.scrollHeight / 2; }")
    middle = page.locator(".dk-line").nth(8).locator(".dk-offset")
    expect(middle).to_have_text(re.compile(f"^{len(content) // 2:08x}"[:5]))
    before = int(middle.inner_text(), 16)
    box.hover()
    page.mouse.wheel(0, 100)
    expect(middle).not_to_have_text(f"{before:08x}")
    assert 16 <= int(middle.inner_text(), 16) - before <= 16 * 12, "a wheel moves lines, not megabytes"
    box.evaluate("(box) => { box.scrollTop = 0; }")
    expect(page.locator('.dk-byte[data-offset="0"]')).to_be_in_viewport()
    page.close()


def test_a_damaged_file_leads_to_its_damage(show: Callable[[AnatomyViewer], Page]) -> None:
    page = show(AnatomyViewer(TEST_FILES / "MR_truncated.dcm", mask=False))
    page.get_by_role("button", name="Show byte").click()
    expect(page.get_by_role("treeitem", selected=True)).to_contain_text(
        "from here on nothing can be followed"
    )
    expect(page.locator(".dk-byte.dk-lit").first).to_have_text("e0")
    expect(page.get_by_role("button", name="unread")).to_be_visible()


def test_a_change_of_the_flag_brings_the_cover(browser: Browser) -> None:
    content = bytes_with_markers(with_markers(identity_removed="YES"))
    offset = content.index(b"\x12\x00\x62\x00CS") + 8
    page = open_live(browser, AnatomyViewer(content))
    page.locator("[data-ready]").wait_for()
    expect(page.locator(".dk-cover")).to_have_count(0)
    choose(page, selection="(0012,0062)")
    page.locator(f'.dk-byte[data-offset="{offset}"]').click()
    page.keyboard.type("4e")
    expect(page.locator(".dk-cover")).to_contain_text("covered")
    choose(page, selection="(0010,0010)")
    name = page.locator(f'.dk-byte[data-offset="{content.index(b"MARKER^NAME")}"]')
    expect(name).to_have_text("▒▒")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".dk-cover")).to_have_count(0)
    expect(name).to_have_text("4d")
    page.close()


def test_without_a_kernel_a_change_says_that_there_is_none(show: Callable[[AnatomyViewer], Page]) -> None:
    page = show(AnatomyViewer(EVERY_VR))
    page.locator('.dk-byte[data-offset="128"]').first.click()
    page.keyboard.press("f")
    page.keyboard.press("f")
    expect(page.locator(".dk-readers")).to_contain_text("no kernel")
    assert byte(page, 128) == "44"


def test_it_opens_at_the_first_element_and_not_at_the_zeros(
    browser: Browser, show: Callable[..., Page]
) -> None:
    content = encode_file(ct_series(1, size=16)[0])
    for page in (show(AnatomyViewer(content, content)), open_live(browser, AnatomyViewer(content))):
        for bytes_shown in page.locator(".dk-bytes").all():
            expect(bytes_shown.locator(".dk-byte.dk-r1").first).to_have_text("44")  # the letters DICM
            top = bytes_shown.bounding_box()
            line = bytes_shown.locator(
                '[data-offset="132"]'
            ).first.bounding_box()  # the tag of the first element
            assert top is not None
            assert line is not None
            assert 0 <= line["y"] - top["y"] < 20, "it is not in the first line"
    page.close()


def test_typing_two_digits_changes_a_byte_and_asks_the_readers(browser: Browser) -> None:
    content = EVERY_VR.read_bytes()
    viewer = AnatomyViewer(content)
    page = open_live(browser, viewer)
    offset = offset_of(content, b"\x28\x00\x10\x00US", 8)
    page.get_by_role("treeitem", name="preamble").click()  # the tree is there
    choose(page, selection="(0028,0010)")
    page.locator(f'.dk-byte[data-offset="{offset}"]').click()
    page.keyboard.press("0")
    page.keyboard.press("7")
    expect(page.locator(".dk-readers")).to_contain_text("different from before: (0028,0010)")
    expect(page.locator(".dk-byte.dk-changed")).to_have_text("07")
    assert viewer._files[0].now[offset] == 7
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("f")
    page.keyboard.press("f")  # the high byte of the length
    expect(page.locator(".dk-refuses").first).to_contain_text("longer")
    expect(page.locator(".dk-status")).to_contain_text(
        f"Byte {offset - 1} ({offset - 1:x}h): unread: covered, behind"
    )
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".dk-readers .dk-accepts")).to_have_count(2)
    assert viewer._files[0].now == content
    wait_until_python_knows(page)
    assert viewer.selection == "(0028,0010)"


def test_of_very_many_elements_the_first_are_listed_and_the_rest_is_named_and_covered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (dataset,) = ct_series(1, size=16)
    dataset.PatientIdentityRemoved = "NO"
    content = encode_file(dataset)
    monkeypatch.setattr(edited_file, "MAX_ROWS", 12)
    viewer = AnatomyViewer(content)
    every, (file,) = anatomy(content), viewer._files
    assert not viewer.lists_all
    assert file.spans[:-1] == every[: len(file.spans) - 1]
    last = file.spans[-1]
    assert (last.role, last.offset + last.length) == ("unlisted", len(content))
    in_dataset = [span for span in file.spans if span.role in {"tag", "item"} and (span.tag or 0) >> 16 != 2]
    assert len(in_dataset) == 12
    assert f"from byte {last.offset} on: behind the first 50000 elements and items" in viewer.describe()
    answer = viewer.answer({"ask": "file", "side": 0})
    assert answer.content["rows"][-1].label == "unlisted"
    assert not any(viewer.answer({"ask": "piece", "side": 0, "piece": 0}).buffers[0][last.offset :])
    assert (
        AnatomyViewer(content, mask=False).answer({"ask": "piece", "side": 0, "piece": 0}).buffers[0]
        == content
    )
    file.edit(last.offset + 20, 1)
    assert file.spans[-1].role == "unlisted"


def test_a_file_that_says_that_it_names_nobody_is_not_covered_behind_what_is_listed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    content = encode_file(ct_series(1, size=16)[0])
    monkeypatch.setattr(edited_file, "MAX_ROWS", 3)
    assert not AnatomyViewer(content)._files[0].covered
