"""An executor with a thread for each call, so that a call that never ends keeps no other from running."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import Any, TypeVar

__all__ = ["ThreadExecutor"]

T = TypeVar("T")


class ThreadExecutor(Executor):
    """Run each call in a thread of its own.

    Python cannot end a thread. In a pool, four reactions that hang would block all others for ever; here
    they only cost their own threads, which do not keep the process from ending.
    """

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:  # noqa: ANN401 - Executor's own signature
        """Start a call and return its future."""
        future: Future[T] = Future()
        future.set_running_or_notify_cancel()

        def run() -> None:
            try:
                result = fn(*args, **kwargs)
            except BaseException as error:  # noqa: BLE001 - it is handed to whoever asks the future
                future.set_exception(error)
            else:
                future.set_result(result)

        threading.Thread(target=run, name="dicomkit-reaction", daemon=True).start()
        return future
