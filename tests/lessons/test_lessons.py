"""Exercises: the stub is TODO, the solution PASS, and each misconception gets its own text."""

from __future__ import annotations

import ast
import contextlib
import io
import json
import subprocess
import sys
import tomllib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from dicomkit import lessons
from dicomkit.errors import LessonError
from dicomkit.lessons import check, checkpoint, hint, progress, show_error, solution
from dicomkit.lessons.answers import TEXT
from dicomkit.lessons.catalogue import (
    NOTEBOOKS,
    exercises_of,
    find_exercise,
    find_notebook,
    pristine_folder,
    speaker_notes_of,
)
from dicomkit.lessons.exercise import Exercise, Misconception, Outcome, is_stub
from dicomkit.lessons.record import HINTED, PASSED, read_record, record_path, remember
from tests.support.lesson_answers import answer_of

EXERCISES = [exercise for notebook in NOTEBOOKS for exercise in exercises_of(notebook)]
MISCONCEPTIONS = [(exercise, wrong) for exercise in EXERCISES for wrong in exercise.misconceptions]


@pytest.fixture(autouse=True)
def state_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "state"
    monkeypatch.setenv("DICOMKIT_STATE_FOLDER", str(folder))
    return folder


def printed(capsys: pytest.CaptureFixture[str], call: Callable[[], object]) -> str:
    assert call() is None
    captured = capsys.readouterr()
    assert not captured.err
    return captured.out


# --- each exercise keeps the promises of the skeleton -------------------------------------------


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.id)
@pytest.mark.parametrize("stub", [None, ...])
def test_a_stub_is_still_to_do(exercise: Exercise, stub: object, capsys: pytest.CaptureFixture[str]) -> None:
    text = printed(capsys, lambda: check(exercise.id, stub))
    assert text.startswith("TODO ")
    assert exercise.name in text


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.id)
def test_the_solution_passes(exercise: Exercise, capsys: pytest.CaptureFixture[str]) -> None:
    answer = answer_of(exercise, exercise.solution)
    text = printed(capsys, lambda: check(exercise.id, answer))
    assert text == f"PASS {exercise.learned}".strip() + "\n"
    assert exercise.id in read_record().passed


@pytest.mark.parametrize(
    ("exercise", "wrong"), MISCONCEPTIONS, ids=lambda value: getattr(value, "id", None) or value.answer[:30]
)
def test_each_misconception_is_named(
    exercise: Exercise, wrong: Misconception, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = answer_of(exercise, f"{exercise.name} = {wrong.answer}")
    assert printed(capsys, lambda: check(exercise.id, answer)) == f"RETRY {wrong.reason}\n"
    assert exercise.id not in read_record().passed


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda notebook: notebook.name)
def test_a_notebook_has_exercises_hints_and_a_checkpoint(notebook: object) -> None:
    assert notebook in NOTEBOOKS
    exercises = exercises_of(notebook)
    numbers = [f"{notebook.number}.{index}" for index in range(1, len(exercises) + 1)]
    assert len(exercises) >= 3
    assert [exercise.id for exercise in exercises] == numbers
    assert len({exercise.name for exercise in exercises}) == len(exercises), "one variable for each answer"
    for exercise in exercises:
        assert len(exercise.hints) >= 2
        assert exercise.notebook == notebook.number
        assert exercise.misconceptions
        names = {
            target.id
            for node in ast.walk(ast.parse(exercise.solution))
            if isinstance(node, ast.Assign)
            for target in node.targets
            if isinstance(target, ast.Name)
        } | {node.name for node in ast.parse(exercise.solution).body if isinstance(node, ast.FunctionDef)}
        assert exercise.name in names
        for sentence in (*exercise.hints, exercise.learned, exercise.title):
            assert sentence == sentence.strip()
            assert "\n" not in sentence
    assert vars(checkpoint(notebook.number))
    assert all(speaker_notes_of(notebook).values())


TEXTS = sorted(Path(lessons.__file__).parent.glob("nb*.toml"))


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.stem)
def test_each_reply_of_a_file_of_texts_is_there_and_said(path: Path) -> None:
    read = tomllib.loads(path.read_text(encoding="utf-8"))
    exercises = read.get("exercise", [])
    written = [name for part in (read, *exercises) for name in part.get("replies", {})]
    by_answer = {name for part in exercises for name in part.get("misconceptions", {})}
    by_answer |= {part[key] for part in exercises for key in ("wrong_form", "otherwise") if key in part}
    by_code = {
        node.attr
        for node in ast.walk(ast.parse(path.with_suffix(".py").read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and getattr(node.value, "id", "") == "_TEXTS"
    } - {"exercise", "looked_up", "speaker_notes"}
    assert len(set(written)) == len(written), "a reply has one text"
    assert set(written) == by_answer | by_code


def test_the_kit_knows_enough_misconceptions() -> None:
    assert len({wrong.reason for _, wrong in MISCONCEPTIONS}) >= 12


def test_answers_of_any_kind_get_a_verdict() -> None:
    class Hostile:
        def __eq__(self, other: object) -> bool:
            raise ZeroDivisionError("SECRET^NAME")

        def __str__(self) -> str:
            raise RuntimeError("SECRET^NAME")

        __hash__ = None

    deep: list[object] = []
    deep.append(deep)
    answers = [
        0,
        -1,
        2.5,
        float("nan"),
        float("inf"),
        "",
        "x" * 10_000,
        b"",
        [],
        {},
        set(),
        Hostile(),
        Hostile,
    ]
    answers += [np.zeros((3, 3)), lambda: None, deep, True, "\ud800", 10**400, iter(()), sys, [np.zeros(2)]]
    for exercise in EXERCISES:
        for answer in answers:
            verdict = exercise.judge(answer)
            assert verdict.outcome in {Outcome.RETRY, Outcome.TODO}, (exercise.id, type(answer))
            assert "SECRET" not in str(verdict)
            assert len(str(verdict)) < 400


@pytest.mark.parametrize(
    ("exercise", "answer"),
    [
        ("04.1", 512 * 512 * 16 / 8),
        ("04.1", np.prod((512, 512, 2))),
        ("04.2", 28.0),
        ("04.4", {"BitsAllocated": np.int64(16), "BitsStored": 12, "HighBit": 11, "PixelRepresentation": 0}),
        ("05.1", np.int16(24)),
        ("05.1", np.float32(24)),
        ("05.2", np.array([-450, 1050])),
        ("05.4", "the modality step"),
        ("05.4", "RescaleSlope"),
    ],
)
def test_a_right_answer_passes_whatever_its_type(
    exercise: str, answer: object, capsys: pytest.CaptureFixture[str]
) -> None:
    check(exercise, answer)
    assert capsys.readouterr().out.startswith("PASS")


def test_a_checker_that_crashes_names_the_type_and_not_the_value(capsys: pytest.CaptureFixture[str]) -> None:
    def crash(_: object) -> object:
        raise KeyError("DOE^JANE")

    exercise = Exercise("99.1", "t", "answer", crash, ("h",), "answer = 1", form=TEXT, minutes=1)
    verdict = exercise.judge("DOE^JANE")
    assert verdict.outcome is Outcome.RETRY
    assert "type str" in verdict.reason
    assert "DOE" not in str(verdict)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (None, True),
        (..., True),
        ([None, None], True),
        ((..., 1), False),
        ({"a": None}, True),
        ({}, False),
        ([], False),
        ("", False),
        (0, False),
        (np.array([None]), False),
    ],
)
def test_what_counts_as_a_stub(answer: object, *, expected: bool) -> None:
    assert is_stub(answer) is expected


# --- calls that make no sense are answered in words ------------------------------------------------


@pytest.mark.parametrize("exercise", ["01.99", "77.1", "", "one", None, 1.1, ["01.1"], "../../x"])
def test_an_unknown_exercise_is_said_to_be_unknown(
    exercise: object, capsys: pytest.CaptureFixture[str]
) -> None:
    for call in (check, hint, solution):
        text = printed(capsys, lambda call=call: call(exercise))
        assert "no exercise" in text
        assert len(text.splitlines()) == 1
    assert not record_path().exists()


def test_an_unknown_notebook_is_an_error_that_lists_the_known_ones() -> None:
    with pytest.raises(LessonError, match=r"choose one of 00, 01"):
        find_notebook("55")
    with pytest.raises(LessonError):
        checkpoint("55")
    assert find_notebook("1") == find_notebook("01_file_from_thin_air.ipynb") == find_notebook("01")
    assert find_exercise("01.2").id == "01.2"


# --- hints, solution, progress -----------------------------------------------------------------------


def test_hints_come_one_at_a_time_and_the_last_one_stays(capsys: pytest.CaptureFixture[str]) -> None:
    hints = find_exercise("01.1").hints
    for number, text in enumerate(hints, start=1):
        assert printed(capsys, lambda: hint("01.1")) == f"hint {number} of {len(hints)}: {text}\n"
    again = printed(capsys, lambda: hint("01.1"))
    assert 'solution("01.1")' in again
    assert again.endswith(f"hint {len(hints)} of {len(hints)}: {hints[-1]}\n")
    assert printed(capsys, lambda: hint("01.2")).startswith("hint 1 of ")


def test_the_solution_is_printed_as_source(capsys: pytest.CaptureFixture[str]) -> None:
    assert printed(capsys, lambda: solution("01.3")) == find_exercise("01.3").solution + "\n"


def test_progress_follows_the_checks(capsys: pytest.CaptureFixture[str]) -> None:
    check("01.1", bytes(128) + b"DICM")
    check("01.2", b"")
    capsys.readouterr()
    lines = printed(capsys, progress).splitlines()
    assert "01.1  passed    Write the first 132 bytes of a file" in lines
    assert any(line.startswith("01.2  tried ") for line in lines)
    assert any(line.startswith("01.3  to do ") for line in lines)
    assert lines[-1] == f"1 of {len(EXERCISES)} exercises passed"


# --- the journal ------------------------------------------------------------------------------------


def test_the_journal_survives_two_kernels_and_torn_lines(state_folder: Path) -> None:
    code = (
        "import sys\nfrom dicomkit.lessons.record import remember\n"
        "for index in range(200):\n    assert remember(f'{sys.argv[1]}.{index}', 'passed')\n"
    )
    kernels = [subprocess.Popen([sys.executable, "-c", code, name]) for name in ("01", "02")]
    assert [kernel.wait(timeout=60) for kernel in kernels] == [0, 0]
    assert len(read_record().passed) == 400
    with (state_folder / "progress.jsonl").open("ab") as stream:
        stream.write(b'{"exercise": "03.1", "ev')
    assert remember("04.1", PASSED)
    assert len(read_record().passed) == 401


def test_threads_of_one_kernel_lose_nothing() -> None:
    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(lambda index: remember(f"01.{index}", PASSED), range(64)))
    assert len(read_record().passed) == 64


def test_passing_again_does_not_make_the_journal_longer(state_folder: Path) -> None:
    for _ in range(3):
        check("01.1", bytes(128) + b"DICM")
        check("01.2", b"")
    entries = [line for line in (state_folder / "progress.jsonl").read_text("ascii").splitlines() if line]
    assert [json.loads(line) for line in entries] == [
        {"exercise": "01.1", "event": "passed"},
        {"exercise": "01.2", "event": "tried"},
        {"exercise": "01.2", "event": "met other_tag"},
    ]


@pytest.mark.parametrize(
    "content", [b"\x00\xff", b"[" * 100_000, b"[1]\n3\n{}\n", b'{"exercise":1,"event":[]}']
)
def test_a_foreign_journal_is_an_empty_one(state_folder: Path, content: bytes) -> None:
    state_folder.mkdir()
    (state_folder / "progress.jsonl").write_bytes(content)
    assert read_record().passed == frozenset()


def test_a_lesson_goes_on_where_nothing_can_be_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    blocked = tmp_path / "file"
    blocked.write_bytes(b"")
    monkeypatch.setenv("DICOMKIT_STATE_FOLDER", str(blocked / "below"))
    assert not remember("01.1", HINTED)
    check("01.1", bytes(128) + b"DICM")
    assert capsys.readouterr().out.startswith("PASS")
    hint("01.1")
    total = len(find_exercise("01.1").hints)
    assert [line[:8] for line in capsys.readouterr().out.splitlines()] == [
        f"hint {number} o" for number in range(1, total + 1)
    ]
    progress()
    assert capsys.readouterr().out.endswith(f"0 of {len(EXERCISES)} exercises passed\n")


def test_the_journal_lies_at_home_unless_told_otherwise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DICOMKIT_STATE_FOLDER")
    monkeypatch.setattr(Path, "home", classmethod(lambda _: tmp_path))
    assert record_path() == tmp_path / ".dicomkit" / "progress.jsonl"


# --- show_error ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (ValueError("first\nTraceback (most recent call last):\n  /home/me/x.py"), "ValueError: first"),
        (FileNotFoundError(2, "No such file or directory", "/tmp/abc/one.dcm"), "'…/one.dcm'"),  # noqa: S108 - a text
        (OSError(r"C:\Users\me\one.dcm: broken"), "OSError: …/one.dcm: broken"),
        (KeyError("PatientName"), "KeyError: 'PatientName'"),
        (RuntimeError(), "RuntimeError: (no message)"),
        (ConnectionError("127.0.0.1 port 49152, called A"), "ConnectionError: 127.0.0.1 port …, called A"),
        (ConnectionError("127.0.0.1 port 1: closed"), "ConnectionError: 127.0.0.1 port 1: closed"),
        (ValueError("MONOCHROME1/2 and 1/2 stay"), "ValueError: MONOCHROME1/2 and 1/2 stay"),
        (ValueError("\x1b[31mred"), r"ValueError: \x1b[31mred"),
        (ValueError("x" * 5000), "…"),
    ],
)
def test_show_error_prints_type_and_first_line(
    error: Exception, expected: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with show_error():
        raise error
    text = capsys.readouterr().out
    assert expected in text
    assert len(text.splitlines()) == 1
    assert len(text) < 400
    for private in ("/tmp", "/home", "Users"):  # noqa: S108 - texts that must not appear
        assert private not in text


def test_show_error_says_so_when_nothing_went_wrong(capsys: pytest.CaptureFixture[str]) -> None:
    with show_error():
        pass
    assert capsys.readouterr().out == "no error: the block ran to its end\n"


def test_show_error_lets_an_interrupt_through() -> None:
    with pytest.raises(KeyboardInterrupt), show_error():
        raise KeyboardInterrupt


# --- the room -------------------------------------------------------------------------------------------


def test_the_room_imports_nothing_heavy() -> None:
    code = (
        "import sys, dicomkit.lessons\n"
        "print(sorted({name.split('.')[0] for name in sys.modules}"
        " & {'IPython', 'matplotlib', 'pydicom', 'pynetdicom', 'nbclient'}))\n"
        "print(sorted(name for name in sys.modules if name.startswith('dicomkit.lessons.nb')))"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=60
    )
    assert result.stdout.split() == ["[]", "[]"]


def test_catalogue_and_folder_agree() -> None:
    files = sorted(path.name for path in pristine_folder().glob("*.ipynb"))
    assert files == [notebook.file_name for notebook in NOTEBOOKS]


# --- colours --------------------------------------------------------------------------------------------


class Notebook(io.StringIO):
    """What a kernel prints to, as far as a check can tell."""

    __module__ = "ipykernel.iostream"


@pytest.mark.parametrize(
    ("stream", "no_colour", "shown"),
    [
        (io.StringIO(), "", "{word}"),
        (Notebook(), "", "\x1b[1;{code}m{word}\x1b[0m"),
        (Notebook(), "1", "{word}"),
    ],
    ids=["file", "notebook", "NO_COLOR"],
)
def test_a_verdict_is_coloured_only_where_colours_are_shown(
    stream: io.StringIO, no_colour: str, shown: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", no_colour)
    exercise, wrong = MISCONCEPTIONS[0]
    verdicts = {
        "TODO": (None, "34"),
        "PASS": (answer_of(exercise, exercise.solution), "32"),
        "RETRY": (answer_of(exercise, f"{exercise.name} = {wrong.answer}"), "31"),
    }
    for word, (answer, code) in verdicts.items():
        stream.seek(0)
        stream.truncate()
        with contextlib.redirect_stdout(stream):
            check(exercise.id, answer)
        first = shown.format(word=word, code=code)
        plain = f"{exercise.judge(answer)}\n"
        assert stream.getvalue() == first + plain.removeprefix(word)
