"""What beginners mix up: a data set for its path, bytes for text, a receiver for its log. One clear error each."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from pydicom import Dataset, dcmread

from dicomkit.dump import parse_dump
from dicomkit.errors import DicomKitError, UsageError
from dicomkit.files import anatomy, read_file
from dicomkit.files.writing import write_file
from dicomkit.network import StorageSCP
from dicomkit.pixels import modality_values, render
from dicomkit.samples import ct_series
from dicomkit.viewers import AnatomyViewer, AssociationDiagram, ImageViewer, Inbox

WRONG = [None, 5, 0.5, object(), [], {}, Dataset(), (value for value in ())]
CALLS: dict[str, Callable[..., object]] = {
    "read_file": read_file,
    "anatomy": anatomy,
    "parse_dump": parse_dump,
    "modality_values": modality_values,
    "render": render,
    "StorageSCP": StorageSCP,
    "AnatomyViewer": AnatomyViewer,
    "AssociationDiagram": AssociationDiagram,
    "ImageViewer": ImageViewer,
    "Inbox": Inbox,
}


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: type(wrong).__name__)
@pytest.mark.parametrize("name", CALLS)
def test_a_wrong_kind_of_argument_is_one_clear_error(name: str, wrong: object) -> None:
    if (name, type(wrong)) == ("AnatomyViewer", Dataset):
        wrong = CALLS  # there, even an empty data set is one
    with pytest.raises(DicomKitError) as caught:
        CALLS[name](wrong)
    message = str(caught.value)
    assert "\n" not in message
    assert "object at 0x" not in message


@pytest.mark.parametrize("call", [read_file, anatomy])
def test_a_data_set_for_a_path_is_told_what_to_do(call: Callable[..., object]) -> None:
    with pytest.raises(UsageError, match=r"FileDataset: this is no path and no bytes; .*save_as"):
        call(ct_series(1, size=16)[0])


def test_a_receiver_for_its_log_is_told_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"StorageSCP: .*scp\.log"):
        AssociationDiagram(StorageSCP(tmp_path))  # type: ignore[arg-type]
    with pytest.raises(UsageError, match=r"AssociationLog: this is no receiver; .*Inbox"):
        Inbox(StorageSCP(tmp_path).log)  # type: ignore[arg-type]


def test_the_bytes_of_a_data_set_are_those_that_are_written(tmp_path: Path) -> None:
    (image,) = ct_series(1, size=16)
    write_file(image, tmp_path / "one.dcm")
    written = AnatomyViewer(tmp_path / "one.dcm").describe()
    assert AnatomyViewer(image).describe().partition(",")[2] == written.partition(",")[2]


def test_the_bytes_of_a_file_are_an_image_too(tmp_path: Path) -> None:
    (image,) = ct_series(1, size=16)
    write_file(image, tmp_path / "one.dcm")
    content = (tmp_path / "one.dcm").read_bytes()
    assert repr(ImageViewer(content)) == repr(ImageViewer(dcmread(io.BytesIO(content))))
