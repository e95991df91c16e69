"""The tuple classes of `dicomkit.named_tuple` against those of `typing`."""

from __future__ import annotations

import copy
import pickle
import typing
from collections.abc import Callable

import pytest

from dicomkit import named_tuple


class Ours(named_tuple.NamedTuple):
    """A record."""

    name: str
    size_bytes: int
    kinds: tuple[str, ...] = ()
    note: str = "none"

    UNIT = "bytes"

    @property
    def shown(self) -> str:
        return f"{self.name}: {self.size_bytes} {self.UNIT}"

    def __str__(self) -> str:
        return self.shown


class Theirs(typing.NamedTuple):
    """A record."""

    name: str
    size_bytes: int
    kinds: tuple[str, ...] = ()
    note: str = "none"

    UNIT = "bytes"

    @property
    def shown(self) -> str:
        return f"{self.name}: {self.size_bytes} {self.UNIT}"

    def __str__(self) -> str:
        return self.shown


def matched(record: object) -> object:
    match record:
        case Ours(name, size, note=note) | Theirs(name, size, note=note):
            return name, size, note
    return None


@pytest.mark.parametrize(
    "asked",
    [
        lambda kind: kind("a", 1),
        lambda kind: kind(size_bytes=1, name="a", note="b"),
        lambda kind: kind("a", 1)._replace(kinds=("x",))._asdict(),
        lambda kind: kind._make(["a", 1, (), ""]),
        lambda kind: (
            kind._fields,
            kind._field_defaults,
            kind.__match_args__,
            kind.__slots__,
            kind.__bases__,
        ),
        lambda kind: (kind.__doc__, kind.__module__, typing.get_type_hints(kind)),
        lambda kind: (str(kind("a", 1)), kind("a", 1).shown, kind("a", 1) == ("a", 1, (), "none")),
        lambda kind: hash(kind("a", 1)),
        lambda kind: matched(kind("a", 1)),
        lambda kind: type(pickle.loads(pickle.dumps(kind("a", 1)))) is kind,  # noqa: S301 - our own bytes
        lambda kind: type(copy.deepcopy(kind("a", 1))) is kind,
        lambda kind: hasattr(kind("a", 1), "__dict__"),
        lambda kind: type(kind.name) is type(Theirs.name),  # attributes are read as fast
    ],
)
def test_it_is_what_typing_makes(asked: Callable[[type], object]) -> None:
    assert repr(asked(Ours)).replace("Ours", "Theirs") == repr(asked(Theirs))


@pytest.mark.parametrize("values", [(), ("a",), ("a", 1, (), "", "too many")])
def test_the_wrong_number_of_values_is_an_error(values: tuple[object, ...]) -> None:
    with pytest.raises(TypeError) as theirs:
        Theirs(*values)  # type: ignore[arg-type]
    with pytest.raises(TypeError) as ours:
        Ours(*values)  # type: ignore[arg-type]
    assert str(ours.value).replace("Ours", "Theirs") == str(theirs.value)


def test_a_field_without_a_default_cannot_follow_one_with() -> None:
    with pytest.raises(TypeError, match="Wrong: a field without a default"):

        class Wrong(named_tuple.NamedTuple):
            a: int = 0
            b: str  # type: ignore[misc] # - this is the error
