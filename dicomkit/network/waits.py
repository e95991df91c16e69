"""Report long waits while they last: otherwise, a broken link would be a minute of silence.

The sender notes what it begins to wait for, which costs one reading of the clock. A thread checks the note from time
to time and reports it once it is old.
"""

from __future__ import annotations

import enum
import sys
import threading
import time
from collections.abc import Callable

from dicomkit.abilities import has_threads
from dicomkit.named_tuple import NamedTuple
from dicomkit.text import escape_terminal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Self, TextIO

__all__ = ["Stage", "Wait", "WaitLine", "Waits"]


class Stage(enum.Enum):
    """What a requestor waits for, in the order of an association."""

    CONNECTION = "the connection"
    TLS = "the TLS handshake"
    ASSOCIATION = "the answer to the association request (A-ASSOCIATE)"
    SENDING = "the other side to take the data"
    RESPONSE = "the response"
    RELEASE = "the confirmation of the release (A-RELEASE)"


class Wait(NamedTuple):
    """A long wait.

    Parameters
    ----------
    stage
        What is waited for.
    subject
        The other side, or the instance.
    elapsed_s, limit_s
        How long the wait has lasted, and its time-out, in seconds.
    is_over
        Whether it has ended.
    """

    stage: Stage
    subject: str
    elapsed_s: float
    limit_s: float
    is_over: bool = False

    def __str__(self) -> str:
        begin = "waited" if self.is_over else "waiting"
        limit = "" if self.is_over else f" (at most {self.limit_s:.0f} s)"
        return f"{begin} {self.elapsed_s:.0f} s for {self.stage.value}: {self.subject}{limit}"


class _Note(NamedTuple):
    """What is waited for now, and since when."""

    stage: Stage
    subject: str
    limit_s: float
    since_s: float


class Waits:
    """Note what is waited for; inside a ``with`` statement, a thread reports each long wait.

    Parameters
    ----------
    tell
        Called with a `Wait` every `every_s` seconds, and once more when it is over; from the thread.
    every_s
        Interval between two reports, in seconds.
    clock
        Returns the time in seconds.

    Attributes
    ----------
    subject
        Name of the instance that is being sent.
    """

    def __init__(
        self,
        tell: Callable[[Wait], object] = lambda _: None,
        every_s: float = 5.0,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.subject = ""
        self._tell = tell
        self._every_s = every_s
        self._clock = clock
        self._note: _Note | None = None
        self._reported: _Note | None = None
        self._reported_at_s = 0.0
        self._lock = threading.Lock()  # around the telling
        self._is_closed = threading.Event()
        self._failure: BaseException | None = None
        self._thread: threading.Thread | None = None

    def begin(self, stage: Stage, limit_s: float, subject: str | None = None) -> None:
        """Note what is waited for from now on; it replaces the former wait.

        Parameters
        ----------
        stage, limit_s, subject
            As in `Wait`; the subject defaults to `Waits.subject`.
        """
        self.end()
        self._note = _Note(stage, self.subject if subject is None else subject, limit_s, self._clock())

    def end(self) -> None:
        """Note that the wait is over."""
        note, self._note = self._note, None
        if note is not None and self._reported is note:
            with self._lock:
                self._report_end(note)

    def check(self) -> float:
        """Report a wait that is due; return the number of seconds until the next check."""
        note = self._note
        if note is None:
            return self._every_s
        with self._lock:
            now_s = self._clock()
            due_s = (self._reported_at_s if self._reported is note else note.since_s) + self._every_s
            if now_s < due_s:
                return due_s - now_s
            if self._note is note:
                self._reported, self._reported_at_s = note, now_s
                self._report(note)
                if self._note is not note:  # it ended during the report
                    self._report_end(note)
            return self._every_s

    def _report_end(self, note: _Note) -> None:
        if self._reported is note:
            self._reported = None
            self._report(note, is_over=True)

    def _report(self, note: _Note, *, is_over: bool = False) -> None:
        elapsed_s = self._clock() - note.since_s
        self._tell(Wait(note.stage, note.subject, elapsed_s, note.limit_s, is_over))

    def _watch(self) -> None:
        try:
            while not self._is_closed.wait(self.check()):
                pass
        except BaseException as error:  # noqa: BLE001 - raised again at the end of the with statement
            self._failure = error

    def __enter__(self) -> Self:
        if has_threads():  # without them, every request is answered at once
            self._thread = threading.Thread(target=self._watch, name="dicomkit-waits", daemon=True)
            self._thread.start()
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        self.end()
        self._is_closed.set()
        if self._thread is not None:
            self._thread.join()
        if self._failure is not None and kind is None:
            raise self._failure


class WaitLine:
    """Write waits to stderr: in a terminal or a notebook one line that is updated, in a log a line for each report.

    Parameters
    ----------
    prefix
        Beginning of each line.
    """

    def __init__(self, prefix: str = "") -> None:
        self._prefix = prefix
        self._width = 0

    def __call__(self, wait: Wait) -> None:
        """Write about `wait`."""
        line = escape_terminal(f"{self._prefix}{wait}")
        is_kept = wait.is_over
        if _can_overwrite(sys.stderr):
            width, self._width = self._width, 0 if is_kept else len(line)
            line = "\r" + line.ljust(width)
        else:
            is_kept = True
        sys.stderr.write(line + "\n" * is_kept)
        sys.stderr.flush()


def _can_overwrite(stream: TextIO) -> bool:
    """Return whether a carriage return overwrites the line: in a terminal and in a notebook."""
    return stream.isatty() or type(stream).__module__.startswith("ipykernel.")
