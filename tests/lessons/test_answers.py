"""Answers as people give them: every exercise is asked with every form that its answer may have."""

# ruff: noqa: ANN401 - an answer is of any type

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import pytest
from pydicom.datadict import dictionary_description, keyword_for_tag, tag_for_keyword
from pydicom.tag import Tag
from pydicom.uid import UID
from pydicom.valuerep import DSfloat

from dicomkit.lessons import answer_parts as parts
from dicomkit.lessons import answers as forms
from dicomkit.lessons.answers import Form, WrongForm, plain
from dicomkit.lessons.catalogue import NOTEBOOKS, exercises_of, find_exercise
from dicomkit.lessons.exercise import Exercise, Outcome, Task, is_stub
from dicomkit.lessons.learners_code import behaviour_of, call
from tests.support.lesson_answers import answer_of

EXERCISES = [exercise for notebook in NOTEBOOKS for exercise in exercises_of(notebook)]
each_exercise = pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.id)


# --- the same answer in other forms -------------------------------------------------------------------


def numbers(value: Any) -> Iterator[object]:
    yield from (
        value,
        np.float64(value),
        float(value),
        DSfloat(value),
        str(value),
        f" {value} ",
        f'"{value}"',
    )
    yield from (np.array(value), np.array([value]))
    if value == int(value):
        yield from (np.int64(value), np.int32(value), f"{int(value)}", f"{float(value)}", int(value))


def words(value: str) -> Iterator[object]:
    yield from (
        value,
        value.upper(),
        value.lower(),
        value.title(),
        f"  {value} ",
        f'"{value}"',
        np.str_(value),
    )
    yield f"{value}."


def tags(value: Any) -> Iterator[object]:
    tag = Tag(value if isinstance(value, int) else forms.TAG.read(value))
    yield from (tag, int(tag), (tag.group, tag.elem), hex(tag))
    for text in (f"{tag.group:04x},{tag.elem:04x}", f"({tag.group:04x},{tag.elem:04x})", f"{int(tag):08x}"):
        yield from (text, text.upper(), f" {text} ", text.replace(",", ", "))
    if keyword := keyword_for_tag(tag):
        yield from (keyword, keyword.lower(), f" {keyword} ", dictionary_description(tag), f"ds.{keyword}")


def statuses(value: Any) -> Iterator[object]:
    number = forms.STATUS.read(value)
    yield from (
        number,
        np.uint16(number),
        f"{number:04X}H",
        f"{number:04x}",
        f"0x{number:04X}",
        f" {number:04x}h ",
    )


def texts(value: str) -> Iterator[object]:
    yield from (value, np.str_(value))


def binaries(value: bytes) -> Iterator[object]:
    yield from (
        value,
        bytearray(value),
        memoryview(value),
        np.bytes_(value) if not value.endswith(b"\0") else value,
    )


def letters(value: str) -> Iterator[object]:
    yield from (value, value.lower(), f" {value} ", np.str_(value), value[::-1])
    yield from (separator.join(value) for separator in (", ", ",", " ", " and ", "+"))
    yield from (list(value), tuple(value.lower()), set(value), np.array(list(value)))


SCALARS: dict[str, Callable[[Any], Iterator[object]]] = {
    forms.NUMBER.name: numbers,
    forms.WHOLE_NUMBER.name: numbers,
    forms.WORD.name: words,
    forms.KEYWORD.name: tags,
    forms.TAG.name: tags,
    forms.STATUS.name: statuses,
    forms.TEXT.name: texts,
    forms.BYTES.name: binaries,
    parts.letters_of("AB").name: letters,
}


def spellings(form: Form, value: Any) -> Iterator[object]:
    """Yield the forms in which people type `value`."""
    if form.parts:
        yield from parts_spelt(form, value)
    elif form.name in SCALARS:
        yield from SCALARS[form.name](value)
    else:
        yield value


def parts_spelt(form: Form, value: Any) -> Iterator[object]:
    if isinstance(value, Mapping):
        keys = list(value)
        for changed in (str, str.upper, str.lower):
            yield {changed(str(key)): value[key] for key in keys}
        for values in in_turn([list(spellings(form.parts[key], value[key])) for key in keys]):
            yield dict(zip(keys, values, strict=True))
        return
    if not isinstance(value, list | tuple | set | frozenset):  # one of "one or more"
        yield from spellings(form.parts[0], value)
        return
    listed = list(value)
    alternatives = [list(spellings(form.parts.get(i, form.parts[0]), part)) for i, part in enumerate(listed)]
    for values in in_turn(alternatives):
        yield from (list(values), tuple(values))
    if form.name == parts.set_of(forms.WORD).name:
        yield from (set(listed), frozenset(listed), listed[::-1])
    if listed and all(isinstance(part, int | float) for part in listed):
        yield np.array(listed)


def in_turn(alternatives: list[list[object]]) -> Iterator[tuple[object, ...]]:
    """Yield the first spelling of all parts, then the second of all, and so on."""
    longest = max(map(len, alternatives), default=0)
    turning = [itertools.islice(itertools.cycle(each), longest) for each in alternatives]
    return zip(*turning, strict=True)


@each_exercise
def test_a_right_answer_passes_in_every_form(exercise: Exercise) -> None:
    answer = answer_of(exercise, exercise.solution)
    asked = list(spellings(exercise.form, answer))
    wrong = {repr(each): str(v) for each in asked if (v := exercise.judge(each)).outcome is not Outcome.PASS}
    assert wrong == {}
    assert asked


# --- answers that fit nothing -------------------------------------------------------------------------


class Raises:
    def __eq__(self, other: object) -> bool:
        raise ZeroDivisionError

    def __str__(self) -> str:
        raise RuntimeError

    __hash__ = None  # type: ignore[assignment]


FOREIGN = [
    object(),
    3 + 4j,
    True,
    float("nan"),
    float("inf"),
    "",
    b"",
    {},
    {1: 2},
    set(),
    [[]],
    print,
    Raises(),
]
FORM_WORDS = (
    *(
        "number",
        "text",
        "word",
        "keyword",
        "tag",
        "tuple",
        "list",
        "dictionary",
        "bytes",
        "function",
        "status",
    ),
    *("data set", "quotes", "path", "letter", "name", "attribute", "pair", "one of", " or ", "date", "UID"),
)


@each_exercise
@pytest.mark.parametrize("answer", FOREIGN, ids=lambda value: type(value).__name__)
def test_an_answer_of_a_foreign_type_is_told_the_form(exercise: Exercise, answer: object) -> None:
    verdict = exercise.judge(answer)
    assert verdict.outcome is (Outcome.TODO if is_stub(answer) else Outcome.RETRY), verdict
    assert "cannot be checked here" not in verdict.reason
    if not isinstance(answer, str | float | bool):
        assert any(word in verdict.reason for word in FORM_WORDS), verdict.reason


@each_exercise
def test_every_exercise_says_its_form_and_its_time(exercise: Exercise) -> None:
    assert exercise.form.name
    assert 0.5 <= exercise.minutes <= 15


def test_every_notebook_has_code_to_write_and_code_to_change() -> None:
    for notebook in NOTEBOOKS:
        tasks = {exercise.task for exercise in exercises_of(notebook)}
        assert {Task.WRITE, Task.CHANGE} <= tasks, notebook.name


# --- functions ------------------------------------------------------------------------------------------

FUNCTIONS = [exercise for exercise in EXERCISES if exercise.form.name == forms.FUNCTION.name]
each_function = pytest.mark.parametrize("exercise", FUNCTIONS, ids=lambda exercise: exercise.id)


@each_function
@pytest.mark.parametrize("kind", [ZeroDivisionError, TypeError, KeyError, SystemError])
def test_a_function_that_raises_is_told_its_own_error_and_line(
    exercise: Exercise, kind: type[Exception]
) -> None:
    def learners(*_arguments: object) -> None:
        raise kind("my own words")

    verdict = exercise.judge(learners)
    assert verdict.outcome is Outcome.RETRY
    assert kind.__name__ in verdict.reason
    assert "my own words" in verdict.reason
    assert 'raise kind("my own words")' in verdict.reason


@each_function
def test_a_lambda_that_raises_is_told_its_own_error(exercise: Exercise) -> None:
    verdict = exercise.judge(lambda *_: 1 / 0)
    assert "ZeroDivisionError: division by zero" in verdict.reason


@each_function
def test_a_function_with_other_arguments_is_told_how_it_is_called(exercise: Exercise) -> None:
    verdict = exercise.judge(lambda _a, _b, _c, _d, _e, _f, _g: None)
    assert "argument" in verdict.reason


@each_exercise
def test_code_as_it_came_is_still_to_do(exercise: Exercise) -> None:
    if not exercise.given:
        assert exercise.task is not Task.CHANGE or exercise.form.name != forms.FUNCTION.name
        return
    assert exercise.judge(answer_of(exercise, exercise.given)).outcome is Outcome.TODO


# --- the forms themselves -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("form", "typed", "value"),
    [
        (forms.WHOLE_NUMBER, "0x10", 16),
        (forms.WHOLE_NUMBER, "016", 16),
        (forms.WHOLE_NUMBER, "-5", -5),
        (forms.WHOLE_NUMBER, 5.0, 5),
        (forms.WHOLE_NUMBER, (5,), 5),
        (forms.NUMBER, "2.5e3", 2500.0),
        (forms.WORD, " 'Explicit   VR' ", "explicit vr"),
        (forms.WORD, 104, "104"),
        (forms.KEYWORD, "sop instance uid", "SOPInstanceUID"),
        (forms.KEYWORD, "SOP_Instance_UID", "SOPInstanceUID"),
        (forms.KEYWORD, "(0008,0018)", "SOPInstanceUID"),
        (forms.KEYWORD, "0x00080018", "SOPInstanceUID"),
        (forms.KEYWORD, "00080018", "SOPInstanceUID"),
        (forms.KEYWORD, (0x0008, 0x0018), "SOPInstanceUID"),
        (forms.KEYWORD, ("0008", "0018"), "SOPInstanceUID"),
        (forms.TAG, "0019,120A", 0x0019120A),
        (forms.TAG, ["0x0019", "0x120a"], 0x0019120A),
        (forms.STATUS, "0122H", 0x0122),
        (forms.STATUS, 0x0122, 0x0122),
        (forms.STATUS, "A700", 0xA700),
        (parts.set_of(forms.WORD), "b, A", frozenset({"a", "b"})),
        (parts.one_or_more(forms.WORD), "a", ("a",)),
        (parts.one_or_more(forms.WORD), ["a", "B"], ("a", "b")),
        (parts.mapping_of({"A": forms.WHOLE_NUMBER}), {"a": "1"}, {"A": 1}),
        (parts.mapping_of({1: forms.WORD}), {"1": "B"}, {1: "b"}),
        (parts.mapping_of({1: forms.WORD}), {np.int64(1): "B"}, {1: "b"}),
        (parts.letters_of("ABD"), ("b", "D"), frozenset("BD")),
        (parts.letters_of("ABD"), "B and D.", frozenset("BD")),
        (parts.tuple_of(forms.WORD, forms.NUMBER), np.array(["x", "1"]), ("x", 1)),
    ],
)
def test_a_form_reads_all_spellings(form: Form, typed: object, value: object) -> None:
    assert form.read(typed) == value


@pytest.mark.parametrize(
    ("form", "typed"),
    [
        *((forms.WHOLE_NUMBER, typed) for typed in ("twelve", 2.5, True, np.True_, None, [1, 2], 1j, "nan")),
        *((forms.NUMBER, typed) for typed in ("", False, [], {})),
        *((forms.WORD, typed) for typed in (b"x", None, True, [], ["a", "b"])),
        *((forms.KEYWORD, typed) for typed in ("monkey", "", 5, True, (1, 2, 3))),
        *((forms.STATUS, typed) for typed in ("success", "12345", True, 2.5)),
        *((forms.TEXT, typed) for typed in (5, b"x", None)),
        (parts.mapping_of({"A": forms.WORD}), {"B": "x"}),
        (parts.mapping_of({"A": forms.WORD}), {"A": "x", "a": "y"}),
        (parts.tuple_of(forms.WORD), ()),
        *(
            (parts.letters_of("ABD"), typed)
            for typed in ("", "BX", "neither", 5, [], [2], {"A": 1}, ["A", None])
        ),
    ],
)
def test_another_form_is_named(form: Form, typed: object) -> None:
    with pytest.raises(WrongForm) as caught:
        form.read(typed)
    assert caught.value.reason == f"the answer is {form.name}"
    with pytest.raises(WrongForm, match="say it so"):
        form.saying("say it so").read(typed)


def test_the_reason_of_a_whole_takes_the_place_of_its_parts_general_one() -> None:
    port = forms.WHOLE_NUMBER.saying("the last one is a port")
    whole = parts.tuple_of(forms.WORD, parts.tuple_of(forms.WORD), port).saying("a tuple of three")
    for typed, reason in (
        ("a word", "a tuple of three"),
        ((b"a", ["b"], 1), "a tuple of three"),
        (("a", [b"b"], 1), "a tuple of three"),
        (("a", ["b"], "c"), "the last one is a port"),
    ):
        with pytest.raises(WrongForm) as raised:
            whole.read(typed)
        assert raised.value.reason == reason


def test_a_part_that_is_still_to_do_makes_the_whole_one_to_do() -> None:
    assert find_exercise("05.2").judge((-450, None)).outcome is Outcome.TODO


def test_what_is_as_good_as_the_solution_passes() -> None:
    assert find_exercise("00.2").judge("MediaStorageSOPInstanceUID").outcome is Outcome.PASS
    assert find_exercise("06.5").judge("the word localhost").outcome is Outcome.PASS


def test_functions_that_do_the_same_are_one_answer() -> None:
    form = behaviour_of(lambda function: [call(function, number) for number in range(3)])
    assert form.read(lambda n: n + n) == form.read(lambda n: 2 * n) == [0, 2, 4]
    with pytest.raises(WrongForm, match="a function"):
        form.read(2)
    with pytest.raises(WrongForm, match="ZeroDivisionError"):
        form.saying("write a function").read(lambda n: 1 / n)


def test_plain_takes_the_wrapping_off() -> None:
    assert type(plain(UID("1.2"))) is str
    assert type(plain(np.float32(0.5))) is float
    assert plain({np.str_("a"): (np.uint8(1), {np.int8(2)})}) == {"a": (1, {2})}
    assert plain(True) is True
    assert plain(np.array([[1, 2]])) == [[1, 2]]


def test_a_call_tells_the_line_of_the_learner_and_not_of_the_library() -> None:
    def deep() -> object:
        return UID(5)

    with pytest.raises(WrongForm, match=r"deep raised TypeError: .* in line \d+: return UID\(5\)"):
        call(deep)
    with pytest.raises(WrongForm, match="f is called with 1 argument, but does not take that many"):
        call(deep, 1, name="f")
    assert call(len, "four") == 4
    assert tag_for_keyword("PatientName") == call(forms.TAG.read, "Patient's Name")
