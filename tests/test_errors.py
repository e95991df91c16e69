"""Every error says what was given, what is wrong and what to do, and has the built-in class that a beginner would catch."""

from __future__ import annotations

import inspect
import pickle
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from dicomkit import errors
from dicomkit.errors import (
    DicomKitError,
    DumpProblem,
    DumpSyntaxError,
    FileAccessError,
    StoreError,
    TruncatedFileError,
)
from dicomkit.files import read_file
from dicomkit.network.outgoing import find_outgoing

FIELDS = {
    TruncatedFileError: {"offset": 132, "tag": "(0008,0018)"},
    StoreError: {"status": 0xA700},
}
KINDS = [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, DicomKitError)]


def make(kind: type[DicomKitError], given: str = "one.dcm") -> DicomKitError:
    if issubclass(kind, DumpSyntaxError):  # its message is made from the problems of its lines
        return kind([DumpProblem(1, 1, given, "no such file", "check the path")])
    return kind(given, "no such file", "check the path", **FIELDS.get(kind, {}))


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_the_message_has_its_three_parts(kind: type[DicomKitError]) -> None:
    assert str(make(kind)).removeprefix("line 1, column 1: ") == "one.dcm: no such file; check the path"


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_the_message_is_one_short_line_whatever_was_given(kind: type[DicomKitError]) -> None:
    message = str(make(kind, "x\n\x1b[31m" * 100_000))
    assert len(message.encode()) < 2048
    assert message.isprintable()


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_an_error_survives_the_way_back_from_another_process(kind: type[DicomKitError]) -> None:
    error = make(kind)
    copy = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes
    assert type(copy) is kind
    assert str(copy) == str(error)
    assert copy.__dict__ == error.__dict__


@pytest.mark.parametrize(
    "kind", [kind for kind in KINDS if kind is not DicomKitError], ids=lambda kind: kind.__name__
)
def test_a_beginner_catches_it_with_a_builtin(kind: type[DicomKitError]) -> None:
    assert issubclass(kind, (ValueError, OSError, RuntimeError))


def test_the_tree_in_the_docstring_is_the_tree() -> None:
    drawn = re.findall(r"^ +(?:│   )?(?:[├└]── )?([A-Z]\w+)(?: {2,}.*)?$", errors.__doc__ or "", re.MULTILINE)
    assert sorted(drawn) == sorted(kind.__name__ for kind in KINDS)


@pytest.mark.parametrize("use", [read_file, lambda path: list(find_outgoing([path]))])
def test_an_empty_path_is_called_that(use: Callable[[str], object]) -> None:
    with pytest.raises(FileAccessError, match="an empty path"):
        use("")


def test_a_file_named_as_a_folder_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(FileAccessError, match="there is no such file"):
        read_file(f"{tmp_path / 'file'}/")
