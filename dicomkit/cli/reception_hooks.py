"""The commands that ``storescp`` runs for instances and studies, and the messages about them."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from dicomkit.cli.receiver_lines import Speaker
from dicomkit.reactions import (
    ArrivalHooks,
    BacklogEntry,
    ReactionResult,
    program_notice,
    resolve_program,
    split_command,
)
from dicomkit.reactions.attempt import Arrival

if TYPE_CHECKING:
    from dicomkit.network import StoredInstance

__all__ = ["ReceptionHook", "StudyHook"]


class _Hook:
    """A command for each arrival; its program is looked up at the start.

    `folder` is that of the receiver, and of the backlog; a durable one survives a power cut.
    """

    backlog_name = ""

    def __init__(
        self, command: str, folder: str, speaker: Speaker, *, timeout_s: float | None, durable: bool
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
            self.backlog_name,
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


class _StoredFacts(NamedTuple):
    """The values of a stored instance for a command, by name."""

    instance: StoredInstance

    def values(self) -> Mapping[str, str]:
        instance = self.instance
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

    backlog_name = "reception"

    def __call__(self, instance: StoredInstance) -> None:
        """Add the command for `instance` to the backlog."""
        self.hooks.submit(_StoredFacts(instance))


class StudyHook(_Hook):
    """Run a command for each study once it is quiet; closing waits for the others."""

    backlog_name = "study"

    def follow(self, quiet_period_s: float) -> None:
        """Watch the feed from now on; a study is quiet if nothing has arrived for that many seconds."""
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
