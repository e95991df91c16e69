"""One attempt at a reaction, as a callable for any executor, including one in another process."""

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
    """Anything that can return its values by name."""

    def values(self) -> Mapping[str, str]:
        """Return the values; see `PLACEHOLDERS` for their names."""


def make_attempt(
    reaction: Callable[[Any], object] | Sequence[str],
    arrival: Any,  # noqa: ANN401 - the caller's own type
    *,
    timeout_s: float | None,
    running: RunningCommands | None,
) -> Callable[[], ReactionResult]:
    """Return a callable without arguments that runs a reaction once; it can be pickled if its arguments can.

    Parameters
    ----------
    reaction
        A callable, or a program and its arguments with placeholders.
    arrival
        The arrival.
    timeout_s
        After how many seconds a command is killed.
    running
        Registry for commands of this process; None for another process.
    """
    if callable(reaction):
        return partial(_attempt, uuid.uuid4().hex, partial(_call, reaction, arrival))
    values = dict(arrival.values())
    marks = {mark: values[name] for mark, name in PLACEHOLDERS.items() if name in values}
    # The registry holds a lock, which cannot be pickled.
    owner = {} if running is None else {"running": running}
    call = partial(run_command, substitute(reaction, marks), values, timeout_s=timeout_s, **owner)
    return partial(_attempt, uuid.uuid4().hex, call)


def name_of(reaction: Callable[[Any], object] | Sequence[str]) -> str:
    """Return the name of a reaction for its result: the function's name, or the program."""
    return str(getattr(reaction, "__name__", type(reaction).__name__)) if callable(reaction) else reaction[0]


def _attempt(_: str, call: Callable[[], ReactionResult]) -> ReactionResult:
    """Call `call`. The first argument is unique, because dask runs equal calls only once."""
    return call()


def _call(reaction: Callable[[Any], object], arrival: Any) -> ReactionResult:  # noqa: ANN401 - the caller's own type
    """Call a reaction; return its exception as text, because not every exception can be pickled."""
    name = (name_of(reaction),)
    try:
        return ReactionResult(name, None, "", None, value=reaction(arrival))
    except (Exception, SystemExit) as error:  # noqa: BLE001 - the failure concerns this arrival only
        text = "".join(traceback.format_exception(error))
        return ReactionResult(name, None, text[-_OUTPUT_LIMIT:], f"raised {type(error).__name__}")
