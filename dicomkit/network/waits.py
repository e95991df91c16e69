"""What a sender waits for, said while it waits: a link that goes down is otherwise a minute of silence.

The sender notes what it begins to wait for, which costs no more than a look at the clock; a thread looks at the note
now and then, and tells if it has become old.
"""

from __future__ import annotations

import enum
import sys
import threading
import time
from collections.abc import Callable
from typing import NamedTuple, Self, TextIO

from dicomkit.abilities import has_threads
from dicomkit.text import escape_terminal

__all__ = ["Stage", "Wait", "WaitLine", "Waits"]


class Stage(enum.Enum):
    """What one side of an association may wait for, in the order in which it does."""

    CONNECTION = "the connection"
    TLS = "the TLS handshake"
    ASSOCIATION = "the answer to the association request (A-ASSOCIATE)"
    SENDING = "the other side to take the data"
    RESPONSE = "the response"
    RELEASE = "the confirmation of the release (A-RELEASE)"


class Wait(NamedTuple):
    """A wait that has become long.

    Parameters
    ----------
    stage
        What comes next, if anything comes.
    subject
        Whom or what it is about: the other side, or the instance.
    elapsed_s, limit_s
        How long it has lasted, and how long it may, in seconds.
    is_over
        Whether it has ended meanwhile.
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
    """Hold what is waited for; inside a ``with`` statement, a thread tells of each wait that lasts.

    Parameters
    ----------
    tell
        Is called with a `Wait`: after `every_s` seconds, again after as many, and once it is over. In a thread.
    every_s
        For how long nothing is said.
    clock
        Returns the time in seconds.

    Attributes
    ----------
    subject
        What is sent at the moment.
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
        self._told: _Note | None = None
        self._told_at_s = 0.0
        self._lock = threading.Lock()  # around the telling
        self._is_closed = threading.Event()
        self._failure: BaseException | None = None
        self._thread: threading.Thread | None = None

    def begin(self, stage: Stage, limit_s: float, subject: str | None = None) -> None:
        """Note that something is waited for from now on, and no longer for what was waited for before.

        Parameters
        ----------
        stage, limit_s, subject
            As in `Wait`; the subject is `Waits.subject` where none is given.
        """
        self.end()
        self._note = _Note(stage, self.subject if subject is None else subject, limit_s, self._clock())

    def end(self) -> None:
        """Note that it has come, or that nobody waits for it any more."""
        note, self._note = self._note, None
        if note is not None and self._told is note:
            with self._lock:
                self._say_it_is_over(note)

    def look(self) -> float:
        """Tell of a wait that has become long; return after how many seconds to look again."""
        note = self._note
        if note is None:
            return self._every_s
        with self._lock:
            now_s = self._clock()
            due_s = (self._told_at_s if self._told is note else note.since_s) + self._every_s
            if now_s < due_s:
                return due_s - now_s
            if self._note is note:
                self._told, self._told_at_s = note, now_s
                self._say(note)
                if self._note is not note:  # it came while it was told
                    self._say_it_is_over(note)
            return self._every_s

    def _say_it_is_over(self, note: _Note) -> None:
        if self._told is note:
            self._told = None
            self._say(note, is_over=True)

    def _say(self, note: _Note, *, is_over: bool = False) -> None:
        elapsed_s = self._clock() - note.since_s
        self._tell(Wait(note.stage, note.subject, elapsed_s, note.limit_s, is_over))

    def _follow(self) -> None:
        try:
            while not self._is_closed.wait(self.look()):
                pass
        except BaseException as error:  # noqa: BLE001 - it is raised again by whoever waits
            self._failure = error

    def __enter__(self) -> Self:
        if has_threads():  # without them nothing is waited for: what is asked is answered at once
            self._thread = threading.Thread(target=self._follow, name="dicomkit-waits", daemon=True)
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
    """Write on stderr what is waited for: one line that is kept up to date where somebody looks on.

    In a log that is a line each time.

    Parameters
    ----------
    prefix
        What each line begins with.
    """

    def __init__(self, prefix: str = "") -> None:
        self._prefix = prefix
        self._width = 0

    def __call__(self, wait: Wait) -> None:
        """Write about `wait`."""
        line = escape_terminal(f"{self._prefix}{wait}")
        is_kept = wait.is_over
        if _is_looked_at(sys.stderr):
            width, self._width = self._width, 0 if is_kept else len(line)
            line = "\r" + line.ljust(width)
        else:
            is_kept = True
        sys.stderr.write(line + "\n" * is_kept)
        sys.stderr.flush()


def _is_looked_at(stream: TextIO) -> bool:
    """Return whether a line can be written over: in a terminal, and in a notebook."""
    return stream.isatty() or type(stream).__module__.startswith("ipykernel.")
