"""What can be indexed, and the errors for what cannot."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from dicomkit.errors import FileAccessError, NotDicomError
from dicomkit.index import index
from dicomkit.samples import ct_series


def test_bytes_with_names_are_uploads_and_other_values_are_refused() -> None:
    found = index({"letter.txt": b"Dear colleague", "text": "no bytes"})
    assert [row.outcome == "read" for row in found.rows] == [False, False]
    assert found.rows[1].reason.startswith("these are no bytes")


def test_a_data_set_is_indexed_as_it_would_be_written() -> None:
    [image] = ct_series(1, size=16)
    [row] = index(image).rows
    assert (row.outcome, row.text("SOPInstanceUID")) == ("read", image.SOPInstanceUID)
    [row] = index([image]).rows
    assert (row.outcome, row.text("Rows")) == ("read", "16")


@pytest.mark.parametrize("source", [5, None, 2.5])
def test_what_is_nothing_of_the_kind_cannot_be_indexed(source: object) -> None:
    with pytest.raises(NotDicomError, match="this cannot be indexed"):
        index(source)  # type: ignore[arg-type]


def test_a_path_that_leads_nowhere_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileAccessError, match="there is no such file"):
        index(tmp_path / "none.dcm")


@pytest.mark.skipif(sys.platform == "win32", reason="has no named pipes in folders")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(FileAccessError, match="a pipe or a device"):
        index(tmp_path / "pipe")
