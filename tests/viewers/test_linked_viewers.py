"""Linked viewers: by position in the patient, and by the meaning of values."""

from __future__ import annotations

import threading

from pydicom.dataset import FileDataset

from dicomkit.samples import cine, ct_series, localiser, radiograph
from dicomkit.viewers import ImageViewer
from dicomkit.viewers.frame.viewer import Answer

DEADLINE_S = 60


def at(*places_mm: float) -> list[FileDataset]:
    """Return axial slices of one head at these places."""
    series = ct_series(len(places_mm), size=16)
    for instance, place in zip(series, places_mm, strict=True):
        instance.ImagePositionPatient = [-10, -10, place]
    return series


def test_the_nearest_slice_follows_not_the_same_number() -> None:
    thick, thin = ImageViewer(at(0, 10, 20)), ImageViewer(at(-4, 1, 6, 11, 16, 21, 26))
    thick.link(thin)
    followed = []
    for number in (1, 2, 3):
        thick.selection = number
        followed.append(thin.selection)
    assert followed == [2, 4, 6]
    thin.selection = 7
    assert thick.selection == 3
    thin.selection = 3  # at 6 mm
    assert thick.selection == 2
    assert thin.selection == 3, "who leads is not led back"


def test_linking_shows_at_once_what_the_first_shows() -> None:
    one, other = ImageViewer(at(0, 10, 20), window=(40, 80)), ImageViewer(at(0, 10, 20))
    one.selection, one.function = 2, "SIGMOID"
    one.link(other)
    assert (other.window, other.function, other.selection) == ((40, 80), "SIGMOID", 2)
    assert one.linked_as == other.linked_as != ""


def test_a_place_means_nothing_in_another_frame_of_reference_or_direction() -> None:
    strangers = at(0, 10, 20)
    for instance in strangers:
        instance.FrameOfReferenceUID = "1.2.3"
    sagittal = at(0, 10, 20)
    for instance, x_mm in zip(sagittal, (0, 10, 20), strict=True):
        instance.ImageOrientationPatient = [0, 1, 0, 0, 0, -1]
        instance.ImagePositionPatient = [x_mm, -10, 20]
    for other in (ImageViewer(strangers), ImageViewer(sagittal)):
        one = ImageViewer(at(0, 10, 20))
        one.link(other)
        one.selection = 3
        assert other.selection == 1


def test_a_window_is_shared_where_it_means_the_same() -> None:
    one, slices, scout, picture = (
        ImageViewer(at(0)), ImageViewer(at(5)), ImageViewer(localiser()), ImageViewer(radiograph()),
    )  # fmt: skip
    one.link(slices, scout, picture)
    one.window = (40, 80)
    assert [viewer.window for viewer in (slices, scout, picture)] == [(40, 80), None, None]


def test_loops_without_a_place_go_by_their_index() -> None:
    one, same, shorter = ImageViewer(cine(4)), ImageViewer(cine(4)), ImageViewer(cine(3))
    one.link(same, shorter)
    one.selection = 3
    assert (same.selection, shorter.selection) == (3, 1)


def test_what_a_hand_did_was_told_in_the_browser_already() -> None:
    one, other = ImageViewer(at(0, 10)), ImageViewer(at(0, 10))
    one.link(other)
    one.set_state({"window": [40, 80], "selection": 2})
    assert (other.window, other.selection) == (None, 1)


def test_a_viewer_goes_alone_again() -> None:
    one, other, third = (ImageViewer(at(0, 10)) for _ in range(3))
    one.link(other, third)
    other.unlink()
    one.selection = 2
    assert (other.selection, other.linked_as, third.selection) == (1, "", 2)
    other.link(third)
    other.selection = 1
    assert (third.selection, one.selection) == (1, 2)


def test_what_a_cell_sets_reaches_the_others_while_a_browser_is_heard() -> None:
    """JupyterLab's second thread takes over what a hand does, while a cell sets a window."""
    one, other = ImageViewer(at(0, 10)), ImageViewer(at(0, 10))
    one.link(other)
    is_in, is_done = threading.Event(), threading.Event()

    def hear() -> None:
        with one._taking_over:
            is_in.set()
            assert is_done.wait(DEADLINE_S)

    browser = threading.Thread(target=hear)
    browser.start()
    assert is_in.wait(DEADLINE_S)
    one.window = (300.0, 600.0)
    is_done.set()
    browser.join(DEADLINE_S)
    assert other.window == (300.0, 600.0)


def test_a_page_is_made_while_no_other_thread_is_answered() -> None:
    """What both would use, such as the pictures that are kept encoded, is used by one of them at a time."""
    viewer = ImageViewer(at(0, 10))
    held: list[bool] = []

    def answer(_question: object) -> Answer:
        held.append(viewer._answering.locked())
        return Answer({})

    viewer.answer = answer  # type: ignore[method-assign]
    viewer.page_viewer()
    assert held
    assert all(held)
    assert not viewer._answering.locked()
