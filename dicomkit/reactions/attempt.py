"""One attempt at one reaction, as a call that any executor can run, also in another process."""

from __future__ import annotations

import traceback
import uuid
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Protocol

from dicomkit.reactions.command_line import PLACEHOLDERS, substitute
from dicomkit.reactions.command_run import ReactionResult, run_command
from dicomkit.reactions.running_commands import RunningCommands

__all__ = ["Arrival", "make_attempt", "name_of"]

_OUTPUT_LIMIT = 4096  # characters of a failed callable's traceback


class Arrival(Protocol):
    """What is reacted to: anything that can state its facts by name."""

    def values(self) -> Mapping[str, str]:
        """Return the facts; see `PLACEHOLDERS` for their names."""


def make_attempt(
    reaction: Callable[[Any], object] | Sequence[str],
    arrival: Any,  # noqa: ANN401 - the caller's own type
    *,
    timeout_s: float | None,
    running: RunningCommands | None,
) -> Callable[[], ReactionResult]:
    """Return a call without arguments that reacts to an arrival; it can be pickled if they can.

    Parameters
    ----------
    reaction
        A callable, or a program and its arguments with placeholders.
    arrival
        What it is about.
    timeout_s
        After how many seconds a command is ended.
    running
        Where a command of this process is entered; None for one that runs elsewhere.
    """
    if callable(reaction):
        return partial(_attempt, uuid.uuid4().hex, partial(_call, reaction, arrival))
    values = dict(arrival.values())
    marks = {mark: values[name] for mark, name in PLACEHOLDERS.items() if name in values}
    # A set of running commands holds a lock, which cannot go to another process.
    owner = {} if running is None else {"running": running}
    call = partial(run_command, substitute(reaction, marks), values, timeout_s=timeout_s, **owner)
    return partial(_attempt, uuid.uuid4().hex, call)


def name_of(reaction: Callable[[Any], object] | Sequence[str]) -> str:
    """Return what a result calls a reaction: the function's name, or the program."""
    return str(getattr(reaction, "__name__", type(reaction).__name__)) if callable(reaction) else reaction[0]


def _attempt(_: str, call: Callable[[], ReactionResult]) -> ReactionResult:
    """Run a call. Its number makes it another one each time: dask takes equal calls for one and runs that once."""
    return call()


def _call(reaction: Callable[[Any], object], arrival: Any) -> ReactionResult:  # noqa: ANN401 - the caller's own type
    """Call a reaction. What it raises is told here, in words: not each exception comes home from another process."""
    name = (name_of(reaction),)
    try:
        return ReactionResult(name, None, "", None, value=reaction(arrival))
    except (Exception, SystemExit) as error:  # noqa: BLE001 - it belongs to this one arrival
        text = "".join(traceback.format_exception(error))
        return ReactionResult(name, None, text[-_OUTPUT_LIMIT:], f"raised {type(error).__name__}")
