"""Run a function that a learner wrote, and say what happened in it: in its own words, with its own line.

What goes wrong inside of somebody's function is theirs to see. A check that turned every TypeError into "wrong
number of arguments" would send people to look in the wrong place.
"""

from __future__ import annotations

import inspect
import linecache
import traceback
from collections.abc import Callable, Iterator
from typing import Any

from dicomkit.files.quiet_pydicom import quiet_pydicom
from dicomkit.lessons.answers import Form, WrongForm
from dicomkit.lessons.time_limit import TooLongError, is_learners, time_limit
from dicomkit.text import shorten

__all__ = ["call", "decision", "returned"]

_MAX_LENGTH = 160  # characters of a message, and of a line
_LIMIT_S = 2.5


def call(function: Callable[..., Any], *arguments: object, name: str = "", limit_s: float = _LIMIT_S) -> Any:  # noqa: ANN401 - whatever it returns
    """Return what `function` returns for `arguments`.

    Parameters
    ----------
    function
        The learner's.
    arguments
        What it is called with, by position.
    name
        What to call it; by default its own name.
    limit_s
        How long it may take.

    Raises
    ------
    WrongForm
        If it does not take that many arguments, or if it raises: with the error's own words and the line.
    """
    called = name or getattr(function, "__name__", "the function")
    if not _takes(function, arguments):
        count = len(arguments)
        raise WrongForm(
            f"{called} is called with {count} argument{'s' * (count != 1)}, but does not take that many"
        )
    try:
        with quiet_pydicom(), time_limit(limit_s):  # it may run in a thread of its own
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


def _where(error: BaseException) -> str:
    """Return the last line of the learner's own source that was running, as the end of a sentence."""
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
        As `call`; and if it returns what is no decision: None, as a function without ``return`` does, a text,
        or something to be gone through, which count as true whatever is in them.
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
