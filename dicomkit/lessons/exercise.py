"""The types of exercises: `Exercise`, `Verdict`, `Misconception`.

An answer takes this way: `exercises.check` finds the exercise in `catalogue`; `Exercise.judge` lets the exercise's
`Form` read the answer and its checker, in ``nbNN_*.py``, judge the value; `record` remembers the verdict.
"""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Callable, Mapping
from types import CodeType
from typing import Any

from dicomkit.files.quiet_pydicom import quiet_pydicom
from dicomkit.lessons.answers import Form, WrongForm

__all__ = [
    "PASS",
    "TODO",
    "Exercise",
    "Misconception",
    "Outcome",
    "Task",
    "Verdict",
    "is_stub",
    "judged_by",
    "reply_of",
    "retry",
]


class Outcome(enum.StrEnum):
    """The first word of what a check prints."""

    TODO = "TODO"
    PASS = "PASS"  # noqa: S105 - the word that a check prints
    RETRY = "RETRY"


@dataclasses.dataclass(frozen=True)
class Verdict:
    """The verdict on an answer.

    Parameters
    ----------
    outcome
        TODO, PASS or RETRY.
    reason
        For RETRY the misconception; otherwise what to do next, or empty.
    """

    outcome: Outcome
    reason: str = ""

    def __str__(self) -> str:
        return f"{self.outcome} {self.reason}".rstrip()


TODO = Verdict(Outcome.TODO)
PASS = Verdict(Outcome.PASS)


def retry(reason: str) -> Verdict:
    """Return the verdict on a wrong answer: `reason` names the misconception, not the mismatch."""
    return Verdict(Outcome.RETRY, reason)


def reply_of(*rules: tuple[bool, str]) -> str:
    """Return the reply of the first rule that is broken, or an empty string; a rule is whether it is broken, and the reply."""
    return next((reply for is_broken, reply in rules if is_broken), "")


def judged_by(*rules: tuple[bool, str]) -> Verdict:
    """Return the verdict of the first rule that is broken; the rules are those of `reply_of`."""
    reply = reply_of(*rules)
    return retry(reply) if reply else PASS


@dataclasses.dataclass(frozen=True)
class Misconception:
    """A known wrong answer, and the reply to it.

    Parameters
    ----------
    answer
        A Python expression, as a learner would type it after ``name =``.
    reason
        The text after RETRY.
    """

    answer: str
    reason: str


class Task(enum.StrEnum):
    """The kind of an exercise. Each notebook has at least one CHANGE and one WRITE."""

    ANSWER = "answer"  # find or predict a value
    WRITE = "write"  # write a few lines of code
    CHANGE = "change"  # change code that works


@dataclasses.dataclass(frozen=True)
class Exercise:
    """A question in a notebook that is answered by giving a name a value.

    Parameters
    ----------
    id
        Number of the notebook, a full stop, number of the exercise: ``01.2``.
    title
        What to do, as a verb phrase.
    name
        The variable that the learner sets. The stub sets it to None.
    checker
        Takes the value that `form` has read and returns a verdict. It judges the value, never its spelling.
    hints
        In order, from a nudge to nearly the answer.
    solution
        Python source that replaces the stub.
    misconceptions
        Known wrong answers, for the tests of the checker.
    learned
        One sentence for PASS: the use of the answer.
    setup
        Python source with the imports and names of the notebook that `solution` and the
        misconceptions rely on.
    form
        The form of the answer; it reads all usual spellings.
    minutes
        Time that the slowest third of a class takes.
    task
        The kind of exercise.
    given
        Working code to be changed, which defines a function `name`; otherwise the stub is ``name = None``.
    reply_names
        The name of each reply, by its text.
    """

    id: str
    title: str
    name: str
    checker: Callable[[Any], Verdict]
    hints: tuple[str, ...]
    solution: str
    misconceptions: tuple[Misconception, ...] = ()
    learned: str = ""
    setup: str = ""
    form: Form = dataclasses.field(kw_only=True)
    minutes: float = dataclasses.field(kw_only=True)
    task: Task = Task.ANSWER
    given: str = ""
    reply_names: Mapping[str, str] = dataclasses.field(default_factory=dict, kw_only=True)

    @property
    def notebook(self) -> str:
        """Number of the notebook, for example ``01``."""
        return self.id.partition(".")[0]

    @property
    def todo(self) -> Verdict:
        """The verdict on the stub."""
        do = f"change {self.name}" if self.given else f"give {self.name} a value"
        return Verdict(Outcome.TODO, f'{do}, then run both cells; stuck? hint("{self.id}")')

    @property
    def passed(self) -> Verdict:
        """The verdict on a right answer."""
        return Verdict(Outcome.PASS, self.learned)

    def misconception(self, verdict: Verdict) -> str:
        """Return the name of the reply in a RETRY; empty for any other verdict."""
        if verdict.outcome is not Outcome.RETRY:
            return ""
        held = [text for text in self.reply_names if text in verdict.reason]
        return self.reply_names[max(held, key=len)] if held else ""

    def judge(self, answer: object) -> Verdict:
        """Return the verdict on `answer`; never raises.

        Parameters
        ----------
        answer
            The value of the learner's variable.
        """
        if self._is_to_do(answer) or self._is_as_given(answer):
            return self.todo
        try:
            with quiet_pydicom():  # an answer may be a data set with a patient's values
                verdict = self.checker(self.form.read(answer))
        except WrongForm as error:
            return retry(error.reason)
        except Exception:  # noqa: BLE001 - an answer may be an object that raises when compared
            kind = type(answer).__name__
            return retry(
                f"an answer of type {kind} cannot be checked here; read again what {self.name} shall be"
            )
        if verdict.outcome is Outcome.PASS:
            return self.passed
        return self.todo if verdict.outcome is Outcome.TODO else verdict

    def _is_to_do(self, answer: object) -> bool:
        """Return whether `answer` is a stub; if None is a valid part, only ``...`` marks one."""
        if self.form.takes_none and type(answer) is dict:
            return any(part is Ellipsis for part in answer.values())
        return is_stub(answer)

    def _is_as_given(self, answer: object) -> bool:
        """Return whether `answer` is still the given function."""
        if not self.given or not hasattr(answer, "__code__"):
            return False
        came = compile(self.given, self.name, "exec").co_consts
        return any(isinstance(code, CodeType) and _same_code(code, answer.__code__) for code in came)


def _same_code(first: CodeType, second: CodeType) -> bool:
    return _behaviour(first) == _behaviour(second)


def _behaviour(code: CodeType) -> tuple[object, ...]:
    """Return what two equal functions share: name, bytecode, names and constants, including inner functions."""
    constants = tuple(_behaviour(each) if isinstance(each, CodeType) else each for each in code.co_consts)
    return code.co_name, code.co_code, code.co_names, constants


def is_stub(answer: object) -> bool:
    """Return whether `answer` is a stub: None, ``...``, or a container of only these.

    Examples
    --------
    >>> is_stub(None), is_stub([..., None]), is_stub([]), is_stub(0)
    (True, True, False, False)
    """
    if answer is None or answer is Ellipsis:
        return True
    if type(answer) in {list, tuple} and isinstance(answer, list | tuple):
        parts = list(answer)
    elif type(answer) is dict:
        parts = list(answer.values())
    else:
        return False
    return bool(parts) and all(part is None or part is Ellipsis for part in parts)
