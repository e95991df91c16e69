"""Run a function that a learner wrote, and say what happened in it: in its own words, with its own line.

What goes wrong inside of somebody's function is theirs to see. A check that turned every TypeError into "wrong
number of arguments" would send people to look in the wrong place.
"""

from __future__ import annotations

import inspect
import linecache
import traceback
from collections.abc import Callable
from types import CodeType
from typing import Any

from dicomkit.lessons.answers import Form, WrongForm
from dicomkit.text import shorten

__all__ = ["call", "decision", "returned"]

_MAX_LENGTH = 160  # characters of a message, and of a line


def call(function: Callable[..., Any], *arguments: object, name: str = "") -> Any:  # noqa: ANN401 - whatever it returns
    """Return what `function` returns for `arguments`.

    Parameters
    ----------
    function
        The learner's.
    arguments
        What it is called with, by position.
    name
        What to call it; by default its own name.

    Raises
    ------
    WrongForm
        If it does not take so many arguments, or if it raises: with the error's own words and the line.
    """
    called = name or getattr(function, "__name__", "the function")
    if not _takes(function, arguments):
        count = len(arguments)
        raise WrongForm(
            f"{called} is called with {count} argument{'s' * (count != 1)}, and it does not take so many"
        )
    try:
        return function(*arguments)
    except Exception as error:
        message = shorten(str(error).partition("\n")[0], _MAX_LENGTH)
        said = f"{type(error).__name__}: {message}" if message else type(error).__name__
        raise WrongForm(f"{called} raised {said}{_where(error, function)}") from error


def returned(form: Form, function: Callable[..., Any], *arguments: object) -> Any:  # noqa: ANN401 - see `Form.read`
    """Return what `function` returns for `arguments`, read as `form` reads an answer.

    Parameters
    ----------
    form
        What the function shall return.
    function
        The learner's.
    arguments
        What it is called with, by position.

    Raises
    ------
    WrongForm
        As `call` does, and if the function returns nothing or something of another form.
    """
    value = call(function, *arguments)
    name = getattr(function, "__name__", "the function")
    if value is None:
        raise WrongForm(f"{name} returns nothing: the line that ends it begins with the word return")
    return form.saying(f"what {name} returns is {form.name}").read(value)


def _takes(function: Callable[..., Any], arguments: tuple[object, ...]) -> bool:
    try:
        inspect.signature(function).bind(*arguments)
    except TypeError:
        return False
    except ValueError:  # a built-in function that does not tell its signature: calling it will tell
        return True
    return True


def _where(error: Exception, function: Callable[..., Any]) -> str:
    """Return the last line of the learner's own source that was running, as the end of a sentence."""
    code = getattr(inspect.unwrap(function), "__code__", None)
    if not isinstance(code, CodeType):
        return ""
    lines = [
        number
        for frame, number in traceback.walk_tb(error.__traceback__)
        if frame.f_code.co_filename == code.co_filename
    ]
    if not lines:
        return ""
    text = linecache.getline(code.co_filename, lines[-1]).strip()
    place = f", in line {lines[-1]}"
    return f"{place}: {shorten(text, _MAX_LENGTH)}" if text else place


def decision(function: Callable[..., Any], *arguments: object, name: str) -> bool:
    """Return whether `function` says yes or no to `arguments`; whatever Python takes for true is a yes.

    Parameters
    ----------
    function
        The learner's.
    arguments
        What it is called with, by position.
    name
        What to call it.

    Raises
    ------
    WrongForm
        As `call`; and if it returns None, as a function without ``return`` does.
    """
    found = call(function, *arguments, name=name)
    if found is None:
        raise WrongForm(
            f"{name} is a function that returns True or False, and it returned None: is a return missing?"
        )
    is_true: bool = call(bool, found, name="bool")
    return is_true
