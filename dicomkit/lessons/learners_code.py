"""Run a learner's function; report an exception with its own message and line.

If a check turned every TypeError into "wrong number of arguments", learners would search in the wrong place.
"""

from __future__ import annotations

import inspect
import linecache
import traceback
from collections.abc import Callable, Iterator
from typing import Any

from dicomkit.files.quiet_pydicom import quiet_pydicom
from dicomkit.lessons.answers import FUNCTION, Form, WrongForm
from dicomkit.lessons.time_limit import TooLongError, is_learners, time_limit
from dicomkit.text import shorten

__all__ = ["behaviour_of", "call", "decision", "returned"]

_MAX_LENGTH = 160  # characters of a message, and of a line
_LIMIT_S = 2.5


def call(function: Callable[..., Any], *arguments: object, name: str = "", limit_s: float = _LIMIT_S) -> Any:  # noqa: ANN401 - whatever it returns
    """Return what `function` returns for `arguments`.

    Parameters
    ----------
    function
        The learner's function.
    arguments
        Positional arguments.
    name
        Its name in messages; by default its own.
    limit_s
        Time limit in seconds.

    Raises
    ------
    WrongForm
        If it does not take that many arguments, runs too long or raises; with the message and line of the error.
    """
    called = name or getattr(function, "__name__", "the function")
    if not _takes(function, arguments):
        count = len(arguments)
        raise WrongForm(
            f"{called} is called with {count} argument{'s' * (count != 1)}, but does not take that many"
        )
    try:
        with quiet_pydicom(), time_limit(limit_s):  # in whichever thread it runs
            value = function(*arguments)
    except TooLongError as error:
        raise WrongForm(
            f"{called} was stopped after {limit_s:g} seconds{_where(error)}: {_ENDLESS}"
        ) from error
    except (Exception, SystemExit) as error:  # exit() would end the kernel's cell, or a receiver's thread
        message = shorten(str(error).partition("\n")[0], _MAX_LENGTH)
        said = f"{type(error).__name__}: {message}" if message else type(error).__name__
        raise WrongForm(f"{called} raised {said}{_where(error)}") from error
    if inspect.iscoroutine(value):
        value.close()
        raise WrongForm(
            f"{called} begins with async def, so calling it runs nothing: leave out the word async"
        )
    return value


_ENDLESS = "does a loop in it ever end?"


def returned(form: Form, function: Callable[..., Any], *arguments: object) -> Any:  # noqa: ANN401 - see `Form.read`
    """Call a learner's function and return its result, read by `form`.

    Parameters
    ----------
    form
        The form of the result.
    function
        The learner's function.
    arguments
        Positional arguments.

    Raises
    ------
    WrongForm
        As `call`, and if the result is None or has another form.
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
    except ValueError:  # a built-in function without a signature
        return True
    return True


def _where(error: BaseException) -> str:
    """Return the learner's last line that was running, as the end of a sentence."""
    places = [
        (frame.f_code.co_filename, number)
        for frame, number in traceback.walk_tb(error.__traceback__)
        if is_learners(frame.f_code)
    ]
    if not places:
        return ""
    name, number = places[-1]
    text = linecache.getline(name, number).strip()
    return f", in line {number}: {shorten(text, _MAX_LENGTH)}" if text else f", in line {number}"


def decision(function: Callable[..., Any], *arguments: object, name: str) -> bool:
    """Call a learner's function and return its result as a bool.

    Parameters
    ----------
    function
        The learner's function.
    arguments
        Positional arguments.
    name
        Its name in messages.

    Raises
    ------
    WrongForm
        As `call`; and if the result is None, as without ``return``, or a string or an iterator, which may be true
        whatever they contain.
    """
    found = call(function, *arguments, name=name)
    if found is None:
        raise WrongForm(
            f"{name} is a function that returns True or False, and it returned None: is a return missing?"
        )
    if isinstance(found, str | bytes):
        raise WrongForm(f"{name} returns True or False; a text counts as true, whatever it says")
    if isinstance(found, Iterator):
        kind = type(found).__name__
        raise WrongForm(
            f"{name} returns a {kind}, which counts as true even if nothing comes out of it: is an any(...) missing?"
        )
    is_true: bool = call(bool, found, name="bool")
    return is_true


def behaviour_of(probe: Callable[[Callable[..., Any]], Any]) -> Form:
    """Return the form of a function that is read as what it does: two functions that do the same are one answer.

    Parameters
    ----------
    probe
        Calls the function and returns what came of it.
    """
    return Form(FUNCTION.name, lambda function: probe(FUNCTION.read(function)))
