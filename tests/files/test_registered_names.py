"""A registered UID has its name; an invalid one has none, and no warning quotes it."""

from __future__ import annotations

import warnings

import pytest

from dicomkit.files.registered_names import registered_name
from dicomkit.files.writing import encode_file
from dicomkit.index.indexing import index
from dicomkit.samples import ct_series
from dicomkit.viewers import ContentViewer, ImageViewer, MetadataViewer


def test_a_name_is_that_of_the_registry() -> None:
    assert registered_name("1.2.840.10008.5.1.4.1.1.88.33") == "Comprehensive SR Storage"


@pytest.mark.parametrize("uid", ["", "2.25.1", "MARKER", "1.2.840.10008.1.2.x", "1" * 70])
def test_what_is_not_registered_is_not_repeated(uid: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert registered_name(uid) == ""


def test_no_viewer_repeats_a_uid_that_is_none() -> None:
    content = encode_file(ct_series(1, size=16)[0])
    assert content.count(b"1.2.840.10008.5.1.4.1.1.2\0") == 2
    content = content.replace(b"1.2.840.10008.5.1.4.1.1.2\0", b"1.2.840.10008.5.1.MARKER.2")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert index(content).count("read") == 1
        for viewer in (MetadataViewer(content), ImageViewer(content), ContentViewer(content)):
            for question in viewer.questions():
                viewer.answer(question)
