"""The texts of exercises, read from a TOML file beside the module that checks the answers.

``nb02_edit_tags.py`` judges; ``nb02_edit_tags.toml`` holds titles, hints, solutions, replies and known wrong answers. So
a teacher or a translator can change them without changing code.
"""

from __future__ import annotations

import functools
import importlib.resources
import operator
import tomllib
from collections.abc import Callable, Iterator
from typing import Any

from dicomkit.lessons.answers import Form, WrongForm
from dicomkit.lessons.exercise import PASS, TODO, Exercise, Misconception, Task, Verdict, retry

__all__ = ["LessonTexts"]

_FOR_THE_CHECK = ("also_right", "misconceptions", "otherwise", "wrong_form")


class LessonTexts:
    """The texts of one module of exercises; each reply is an attribute, for example ``texts.day_first``.

    Parameters
    ----------
    module_name
        The module's ``__name__``: the file has the same name and ends in ``.toml``.

    Notes
    -----
    ``[[exercise]]``
        ``id``, ``title``, ``name``, ``minutes``, ``task``, ``hints``, ``solution``, ``learned``, ``setup`` and ``given``,
        as `Exercise` describes them. ``wrong_form`` and ``otherwise`` are the names of two replies: to an answer of
        another form, and, where answers are looked up, to one that the file does not list; ``{}`` in it is the answer.
        ``also_right`` lists answers that are as good as the solution.
    ``[exercise.replies]``
        What is said to a wrong answer, by its name; in ``[replies]`` what several exercises say.
    ``[exercise.misconceptions]``
        By the name of the reply: the answers that get it, as a learner would type them. Where a reply has ``{}``, an
        answer is a table of ``answer`` and ``filled_in``, the list of what stands there.
    ``[speaker_notes]``
        What an instructor says, by the id of the cell on which it is said.
    """

    def __init__(self, module_name: str) -> None:
        package, _, name = module_name.rpartition(".")
        source = importlib.resources.files(package).joinpath(f"{name}.toml")
        read = tomllib.loads(source.read_text(encoding="utf-8"))
        self.speaker_notes: dict[str, str] = read.get("speaker_notes", {})
        self._exercises: dict[str, dict[str, Any]] = {each["id"]: each for each in read.get("exercise", ())}
        self._replies: dict[str, str] = dict(read.get("replies", {}))
        for each in self._exercises.values():
            self._replies |= each.pop("replies", {})

    def __getattr__(self, name: str) -> str:
        try:
            return self._replies[name]
        except KeyError:
            raise AttributeError(f"these texts have no reply called {name}") from None

    def exercise(self, exercise_id: str, form: Form, checker: Callable[[Any], Verdict]) -> Exercise:
        """Return an exercise, made from its texts and a checker.

        Parameters
        ----------
        exercise_id
            The ID in the file.
        form, checker
            The parser of an answer, and the function that judges the parsed value.
        """
        texts = self._exercises[exercise_id]
        if "wrong_form" in texts:
            form = form.saying(self._replies[texts["wrong_form"]])
        shown = {key: value for key, value in texts.items() if key not in _FOR_THE_CHECK}
        return Exercise(
            **shown | {"hints": tuple(texts["hints"]), "task": Task(texts.get("task", Task.ANSWER))},
            form=form,
            checker=checker,
            misconceptions=tuple(self._misconceptions(texts.get("misconceptions", {}))),
            reply_names={text: name for name, text in self._replies.items()},
        )

    def _misconceptions(self, listed: dict[str, list[Any]]) -> Iterator[Misconception]:
        for name, answers in listed.items():
            for each in answers:
                is_filled_in = isinstance(each, dict)
                reply = (
                    self._replies[name].format(*each["filled_in"]) if is_filled_in else self._replies[name]
                )
                yield Misconception(each["answer"] if is_filled_in else each, reply)

    def looked_up(
        self,
        exercise_id: str,
        form: Form,
        *,
        alike: Callable[[Any, Any], bool] = operator.eq,
        otherwise: Callable[[Any], str] | None = None,
    ) -> Exercise:
        """Return an exercise whose answer is compared with those in the file, as the form reads them.

        Parameters
        ----------
        exercise_id
            The ID in the file.
        form
            The parser of an answer. A function is looked up by what it does: `behaviour_of`.
        alike
            Whether the answer, which comes first, counts as one of the file.
        otherwise
            Returns the reply to an answer that is neither right nor a misconception; by default that of the file.
            The answer's form is right, so the reply is about the idea.
        """

        def checker(answer: object) -> Verdict:
            if isinstance(answer, tuple) and None in answer:  # a part is still to do
                return TODO
            right, wrong = known()
            if any(alike(answer, each) for each in right):
                return PASS
            listed = next((reply for each, reply in wrong if alike(answer, each)), None)
            return retry(listed or (otherwise or self._otherwise(exercise_id))(answer))

        @functools.cache
        def known() -> tuple[list[object], list[tuple[object, str]]]:
            return _values(exercise, self._exercises[exercise_id].get("also_right", ()))

        exercise = self.exercise(exercise_id, form, checker)
        return exercise

    def _otherwise(self, exercise_id: str) -> Callable[[object], str]:
        return self._replies[self._exercises[exercise_id]["otherwise"]].format


def _values(exercise: Exercise, also_right: tuple[str, ...]) -> tuple[list[object], list[tuple[object, str]]]:
    """Return what the right answers and the misconceptions are read as, the latter with the replies to them."""
    names: dict[str, Any] = {}
    exec(exercise.setup + "\n" + exercise.solution, names)  # noqa: S102 - the package's own text
    wrong: list[tuple[object, str]] = []
    for each in exercise.misconceptions:
        try:
            wrong.append((exercise.form.read(eval(each.answer, names)), each.reason))  # noqa: S307 - as above
        except WrongForm:
            continue  # the form says what is wrong with it
    answers = [names[exercise.name], *(eval(each, names) for each in also_right)]  # noqa: S307 - as above
    return [exercise.form.read(each) for each in answers], wrong
