"""What people type into the exercises of notebooks 08 to 10, and what they are told."""

from __future__ import annotations

import pytest

from dicomkit.lessons.catalogue import find_exercise
from dicomkit.lessons.exercise import Outcome
from tests.support.answers_08_to_10 import ANSWERS, SETUP

ROWS = [(id_, typed, None) for id_, (right, _) in ANSWERS.items() for typed in right]
ROWS += [(id_, typed, fragment) for id_, (_, wrong) in ANSWERS.items() for typed, fragment in wrong.items()]


@pytest.mark.parametrize(("exercise", "typed", "told"), ROWS)
def test_what_people_type(exercise: str, typed: str, told: str | None) -> None:
    found = find_exercise(exercise)
    names: dict[str, object] = {}
    exec(f"{SETUP}\n{found.setup}\n{found.name} = {typed}", names)  # noqa: S102 - the rows of this table
    verdict = found.judge(names[found.name])
    if told is None:
        assert verdict.outcome is Outcome.PASS, verdict
    else:
        assert verdict.outcome is Outcome.RETRY, verdict
        assert told in verdict.reason


def test_every_exercise_is_asked_often_enough() -> None:
    assert {
        id_: len(right) + len(wrong)
        for id_, (right, wrong) in ANSWERS.items()
        if len(right) + len(wrong) < 12
    } == {}
