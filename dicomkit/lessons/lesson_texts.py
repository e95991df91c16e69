"""What the exercises say, read from a file of texts beside the module that checks the answers.

``nb02_edit_tags.py`` decides, ``nb02_edit_tags.toml`` holds the words: questions, hints, solutions, replies, and the
wrong answers that people really give. So a teacher, or a translator, changes them without touching any code.
"""

from __future__ import annotations

import importlib.resources
import tomllib
from collections.abc import Callable
from typing import Any

from dicomkit.lessons.answers import Form
from dicomkit.lessons.exercise import Exercise, Misconception, Task, Verdict

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
        """Return an exercise, of its texts and of what judges an answer.

        Parameters
        ----------
        exercise_id
            As it stands in the file.
        form, checker
            What reads an answer, and what judges the value that was read.
        also
            Misconceptions whose reply tells of the answer, and is therefore made by the module.
        """
        texts = dict(self._exercises[exercise_id])
        wrong = texts.pop("misconceptions", {})
        told = (Misconception(answer, self._replies[reply]) for reply in wrong for answer in wrong[reply])
        return Exercise(
            **texts | {"hints": tuple(texts["hints"]), "task": Task(texts.get("task", Task.ANSWER))},
            form=form,
            checker=checker,
            misconceptions=(*told, *also),
        )
