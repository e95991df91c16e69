"""The default executors: a thread for each reaction, or the calling thread where there are no others."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future
from functools import partial
from typing import Any, TypeVar

__all__ = ["CallExecutor", "ThreadExecutor"]

T = TypeVar("T")


class ThreadExecutor(Executor):
    """Run each call in a thread of its own.

    Python cannot kill a thread. In a pool, four hanging reactions would block all others for ever; here they block only
    their own threads, which do not keep the process from ending.
    """

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:  # noqa: ANN401 - Executor's own signature
        """Start a call and return its future."""
        future: Future[T] = Future()
        future.set_running_or_notify_cancel()
        call = partial(_run, future, partial(fn, *args, **kwargs))
        threading.Thread(target=call, name="dicomkit-reaction", daemon=True).start()
        return future


class CallExecutor(Executor):
    """Run each call when it is submitted."""

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:  # noqa: ANN401 - Executor's own signature
        """Call, and return a future that has ended."""
        future: Future[T] = Future()
        future.set_running_or_notify_cancel()
        _run(future, partial(fn, *args, **kwargs))
        return future


def _run(future: Future[T], call: Callable[[], T]) -> None:
    try:
        result = call()
    except BaseException as error:  # noqa: BLE001 - raised again by the future
        future.set_exception(error)
    else:
        future.set_result(result)
