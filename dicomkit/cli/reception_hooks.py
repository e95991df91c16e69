"""The commands that ``storescp`` runs for instances and studies, and the messages about them."""

from __future__ import annotations

import sys
import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, TextIO

from dicomkit.reactions import (
    ArrivalHooks,
    BacklogEntry,
    ReactionResult,
    program_notice,
    resolve_program,
    split_command,
)
from dicomkit.reactions.attempt import Arrival
from dicomkit.text import escape_terminal

if TYPE_CHECKING:
    from dicomkit.network import StoredInstance

__all__ = ["ReceptionHook", "Speaker", "StudyHook"]


class Speaker:
    """Print whole lines from any thread."""

    def __init__(self, *, verbose: bool, name: str = "storescp") -> None:
        self._verbose = verbose
        self._name = name
        self.has_complained = False
        self._lock = threading.Lock()

    def say(self, text: str, *, always: bool = False) -> None:
        """Print a line on stdout, if the command is verbose."""
        if always or self._verbose:
            self._print(text, sys.stdout)

    def warn(self, text: str) -> None:
        """Print a line on stderr."""
        self._print(text, sys.stderr)

    def complain(self, text: str) -> None:
        """Print an error on stderr, and remember it for the exit status."""
        self.has_complained = True
        self._print(text, sys.stderr)

    def _print(self, text: str, stream: TextIO) -> None:
        with self._lock:
            print(f"{self._name}: {escape_terminal(text)}", file=stream, flush=True)


class _Hook:
    """A command for each arrival; its program is looked up at the start.

    Parameters
    ----------
    command
        The command line.
    folder
        Folder of the receiver, and of the backlog of commands.
    name
        Name of the backlog: for instances or studies.
    speaker
        Prints what happens.
    timeout_s
        After how many seconds a command is killed; None for never.
    durable
        Whether the backlog survives a power cut.
    """

    def __init__(
        self,
        command: str,
        folder: str,
        name: str,
        speaker: Speaker,
        timeout_s: float | None,
        *,
        durable: bool,
    ) -> None:
        argv = split_command(command)
        resolved = resolve_program(argv)
        self.speaker = speaker
        self.failed_count = 0
        if notice := program_notice(argv, resolved):
            speaker.warn(notice)
        self.hooks = ArrivalHooks(
            resolved,
            folder,
            name,
            timeout_s=timeout_s,
            durable=durable,
            starts=False,  # commands of an earlier receiver are run only once this one listens
            on_result=self._tell,
            on_dropped=self._tell_dropped,
            on_notice=speaker.complain,
        )
        if self.hooks.taken_over_count:
            speaker.warn(
                f"{self.hooks.taken_over_count} commands that an earlier receiver could not run are run now"
            )

    def close(self, *, drains: bool) -> None:
        """Stop, and print how many commands were not run."""
        left = self.hooks.close(drains=drains)
        if left:
            self.speaker.complain(
                f"{left} commands were not run, or ended before they were done; they run at the next start"
            )

    def _tell(self, arrival: BacklogEntry, result: ReactionResult) -> None:
        for line in result.output.splitlines():
            self.speaker.say(f"  | {line}")
        if not (result.succeeded or result.interrupted):
            self.failed_count += 1
            self.speaker.complain(f"command for {_occasion(arrival.values())}: {result.error}")

    def _tell_dropped(self, arrival: Arrival) -> None:
        self.failed_count += 1
        self.speaker.complain(
            f"command for {_occasion(arrival.values())}: it is not run; there is no place on the list of those that wait"
        )


def _occasion(facts: Mapping[str, str]) -> str:
    return facts.get("sop_instance_uid") or f"study {facts.get('study_instance_uid', '')}"


class _StoredFacts:
    """The values of a stored instance for a command, by name."""

    def __init__(self, instance: StoredInstance) -> None:
        self._instance = instance

    def values(self) -> Mapping[str, str]:
        instance = self._instance
        return {
            "calling_ae_title": instance.calling_ae_title,
            "called_ae_title": instance.called_ae_title,
            "calling_address": instance.calling_address,
            "folder": str(instance.path.parent),
            "file_name": instance.path.name,
            "study_instance_uid": instance.study_instance_uid,
            "sop_instance_uid": instance.sop_instance_uid,
        }


class ReceptionHook(_Hook):
    """Run a command for each stored instance; the C-STORE response does not wait for it."""

    def __call__(self, instance: StoredInstance) -> None:
        """Add the command for `instance` to the backlog."""
        self.hooks.submit(_StoredFacts(instance))


class StudyHook(_Hook):
    """Run a command for each study once it is quiet; closing waits for the others."""

    def follow(self, quiet_period_s: float) -> None:
        """Watch the feed from now on.

        Parameters
        ----------
        quiet_period_s
            How long nothing may arrive, in seconds.
        """
        from dicomkit.arrivals import EventFeed, watch  # noqa: PLC0415 - only who asks for it needs the watcher

        self.feed = EventFeed()

        def submit() -> None:
            for study in watch(self.feed, quiet_period_s):
                self.hooks.submit(study)

        self._thread = threading.Thread(target=submit, name="dicomkit-studies", daemon=True)
        self._thread.start()

    def close(self, *, drains: bool) -> None:
        """Stop, and print how many commands were not run."""
        self.feed.close()
        if drains:
            self._thread.join()
        super().close(drains=drains)
