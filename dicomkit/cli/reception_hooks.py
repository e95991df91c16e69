"""What ``storescp`` runs when something has arrived, and how it says what came of it."""

from __future__ import annotations

import sys
import threading
from collections.abc import Mapping
from concurrent.futures import Future
from typing import TYPE_CHECKING, Self, TextIO

from dicomkit.reactions import (
    CommandReactions,
    ReactionResult,
    program_notice,
    resolve_program,
    split_command,
    substitute,
)
from dicomkit.text import escape_terminal

if TYPE_CHECKING:
    from dicomkit.network import StoredInstance

__all__ = ["ReceptionHook", "Speaker", "StudyHook"]


class Speaker:
    """Print whole lines, whichever thread they come from."""

    def __init__(self, *, verbose: bool) -> None:
        self._verbose = verbose
        self.has_complained = False
        self._lock = threading.Lock()

    def say(self, text: str, *, always: bool = False) -> None:
        """Print a line on stdout, if anybody wants to know."""
        if always or self._verbose:
            self._print(text, sys.stdout)

    def warn(self, text: str) -> None:
        """Print a line on stderr."""
        self._print(text, sys.stderr)

    def complain(self, text: str) -> None:
        """Print a line on stderr, and remember that something asked for was not done."""
        self.has_complained = True
        self._print(text, sys.stderr)

    def _print(self, text: str, stream: TextIO) -> None:
        with self._lock:
            print(f"storescp: {escape_terminal(text)}", file=stream, flush=True)


class _Hook:
    """A command; its program is looked for now, not at the first arrival."""

    def __init__(self, command: str, reactions: CommandReactions, speaker: Speaker) -> None:
        argv = split_command(command)
        self._argv = resolve_program(argv)
        self._reactions = reactions
        self._speaker = speaker
        if notice := program_notice(argv, self._argv):
            speaker.warn(notice)

    def run(self, name: str, placeholders: Mapping[str, str], facts: Mapping[str, str]) -> None:
        """Run the command in the background; `name` is what a complaint calls its occasion."""

        def tell(done: Future[ReactionResult]) -> None:
            result = done.result()
            for line in result.output.splitlines():
                self._speaker.say(f"  | {line}")
            if not result.succeeded:
                self._speaker.complain(f"command for {name}: {result.error}")

        future = self._reactions.submit(
            substitute(self._argv, placeholders), values={**placeholders, **facts}
        )
        future.add_done_callback(tell)


class ReceptionHook(_Hook):
    """Run a command for each instance that was stored."""

    def __call__(self, instance: StoredInstance) -> None:
        """Run the command for `instance`."""
        placeholders = {
            "#a": instance.calling_ae_title,
            "#c": instance.called_ae_title,
            "#r": instance.calling_address,
            "#p": str(instance.path.parent),
            "#f": instance.path.name,
        }
        facts = {"#s": instance.study_instance_uid, "#i": instance.sop_instance_uid}
        self.run(instance.sop_instance_uid, placeholders, facts)


class StudyHook(_Hook):
    """Run a command for each study that has been quiet; closing it waits for those that are not quiet yet.

    Parameters
    ----------
    command, reactions, speaker
        What to run, who runs it, who tells.
    quiet_period_s
        For how long nothing may arrive, in seconds.
    """

    def __init__(
        self, command: str, reactions: CommandReactions, speaker: Speaker, quiet_period_s: float
    ) -> None:
        from dicomkit.arrivals import EventFeed  # noqa: PLC0415 - only who asks for it needs the watcher

        super().__init__(command, reactions, speaker)
        self.feed = EventFeed()
        self._quiet_period_s = quiet_period_s
        self._thread = threading.Thread(target=self._follow, name="dicomkit-studies", daemon=True)

    def _follow(self) -> None:
        from dicomkit.arrivals import watch  # noqa: PLC0415 - only who asks for it needs the watcher

        for study in watch(self.feed, self._quiet_period_s):
            values = study.values()
            self.run(f"study {study.study_instance_uid}", {"#p": values["folder"]}, values)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        self.feed.close()
        if kind is None:
            self._thread.join()
