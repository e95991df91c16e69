"""One attempt at a reaction, as a callable for any executor, and the default executors."""

from __future__ import annotations

import threading
import traceback
import uuid
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor, Future
from functools import partial
from typing import Any, Protocol, TypeVar

from dicomkit.reactions.command_line import PLACEHOLDERS, substitute
from dicomkit.reactions.command_run import ReactionResult, run_command
from dicomkit.reactions.running_commands import RunningCommands

__all__ = ["Arrival", "CallExecutor", "ThreadExecutor", "make_attempt", "name_of"]

T = TypeVar("T")

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
    reaction, arrival, timeout_s
        As for `Reactions`; only a command is killed after that time.
    running
        Registry for commands of this process; None for another process, since it cannot be pickled.
    """
    if callable(reaction):
        return partial(_attempt, uuid.uuid4().hex, partial(_call, reaction, arrival))
    values = dict(arrival.values())
    marks = {mark: values[name] for mark, name in PLACEHOLDERS.items() if name in values}
    call = partial(run_command, substitute(reaction, marks), values, timeout_s=timeout_s, running=running)
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


class CallExecutor(Executor):
    """Run each call when it is submitted, where there are no threads."""

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:  # noqa: ANN401 - Executor's own signature
        """Start a call and return its future."""
        future: Future[T] = Future()
        future.set_running_or_notify_cancel()
        self._start(partial(_settle, future, partial(fn, *args, **kwargs)))
        return future

    def _start(self, call: Callable[[], None]) -> None:
        call()


class ThreadExecutor(CallExecutor):
    """Run each call in a thread of its own.

    Python cannot kill a thread. In a pool, four hanging reactions would block all others for ever; here they block only
    their own threads, which do not keep the process from ending.
    """

    def _start(self, call: Callable[[], None]) -> None:
        threading.Thread(target=call, name="dicomkit-reaction", daemon=True).start()


def _settle(future: Future[T], call: Callable[[], T]) -> None:
    try:
        result = call()
    except BaseException as error:  # noqa: BLE001 - raised again by the future
        future.set_exception(error)
    else:
        future.set_result(result)
