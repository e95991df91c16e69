"""A virus scanner that opens a new file for a moment delays its rename, but loses no instance."""

from __future__ import annotations

import pytest

from dicomkit.files.held_files import retry_while_held


class Held:
    """A rename that is refused a few times."""

    def __init__(self, refusals: int) -> None:
        self.refusals = refusals
        self.calls = 0

    def rename(self) -> str:
        self.calls += 1
        if self.calls <= self.refusals:
            raise PermissionError(13, "held")
        return "done"


def test_a_file_that_is_held_for_a_moment_is_renamed() -> None:
    held, pauses = Held(3), []
    assert retry_while_held(held.rename, is_windows=True, pause=pauses.append) == "done"
    assert pauses == sorted(pauses)
    assert len(pauses) == 3


def test_a_file_that_is_held_for_ever_is_an_error() -> None:
    held, pauses = Held(1000), []
    with pytest.raises(PermissionError):
        retry_while_held(held.rename, is_windows=True, pause=pauses.append)
    assert 1 < sum(pauses) < 2


def test_other_systems_and_other_errors_are_not_asked_again() -> None:
    held = Held(1)
    with pytest.raises(PermissionError):
        retry_while_held(held.rename, is_windows=False)
    assert held.calls == 1

    def taken() -> None:
        raise FileExistsError

    with pytest.raises(FileExistsError):
        retry_while_held(taken, is_windows=True, pause=pytest.fail)
