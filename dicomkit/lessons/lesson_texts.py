"""The texts of exercises, read from a TOML file beside the module that checks the answers.

``nb02_edit_tags.py`` judges; ``nb02_edit_tags.toml`` holds titles, hints, solutions, replies and known wrong answers. So
a teacher or a translator can change them without changing code.
"""

from __future__ import annotations

import functools
import importlib.resources
import tomllib
from collections.abc import Callable, Hashable
from typing import Any

from dicomkit.lessons.answers import Form, WrongForm
from dicomkit.lessons.exercise import PASS, Exercise, Misconception, Task, Verdict, retry

__all__ = ["LessonTexts"]


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
        as `Exercise` describes them.
    ``[exercise.replies]``
        What is said to a wrong answer, by its name; in ``[replies]`` what several exercises say.
    ``[exercise.misconceptions]``
        By the name of the reply: the answers that get it, as a learner would type them.
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

    def exercise(
        self,
        exercise_id: str,
        *,
        form: Form,
        checker: Callable[[Any], Verdict],
        also: tuple[Misconception, ...] = (),
    ) -> Exercise:
        """Return an exercise, made from its texts and a checker.

        Parameters
        ----------
        exercise_id
            The ID in the file.
        form, checker
            The parser of an answer, and the function that judges the parsed value.
        also
            Misconceptions whose replies quote the answer, so that the module makes them.
        """
        texts = dict(self._exercises[exercise_id])
        wrong = texts.pop("misconceptions", {})
        listed = (Misconception(answer, self._replies[reply]) for reply in wrong for answer in wrong[reply])
        return Exercise(
            **texts | {"hints": tuple(texts["hints"]), "task": Task(texts.get("task", Task.ANSWER))},
            form=form,
            checker=checker,
            misconceptions=(*listed, *also),
            reply_names={text: name for name, text in self._replies.items()},
        )

    def looked_up(self, exercise_id: str, *, form: Form, otherwise: str) -> Exercise:
        """Return an exercise whose answer is compared with those in the file, as the form reads them.

        Parameters
        ----------
        exercise_id
            The ID in the file.
        form
            The parser of an answer.
        otherwise
            The reply to an answer that is neither the solution nor a misconception. Its form is right, so the
            reply is about the idea.
        """

        def checker(answer: Hashable) -> Verdict:
            right, replies = known()
            return PASS if answer == right else retry(replies.get(answer, otherwise))

        @functools.cache
        def known() -> tuple[Hashable, dict[Hashable, str]]:
            return _values(exercise)

        exercise = self.exercise(exercise_id, form=form, checker=checker)
        return exercise


def _values(exercise: Exercise) -> tuple[Hashable, dict[Hashable, str]]:
    """Return what the solution and the misconceptions of an exercise are read as; the latter with the replies to them."""
    names: dict[str, Any] = {}
    exec(exercise.setup + "\n" + exercise.solution, names)  # noqa: S102 - the package's own text
    replies: dict[Hashable, str] = {}
    for wrong in exercise.misconceptions:
        try:
            value = exercise.form.read(eval(wrong.answer, names))  # noqa: S307 - the package's own text
        except WrongForm:
            continue  # the form says what is wrong with it
        replies[value] = wrong.reason
    return exercise.form.read(names[exercise.name]), replies
