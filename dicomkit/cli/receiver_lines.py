"""The lines that ``storescp`` and ``archive`` print about the events of their receiver."""

from __future__ import annotations

from dicomkit.cli.reception_hooks import Speaker
from dicomkit.network.records import ReceiverEvent

__all__ = ["print_event"]

# Events that anybody on the network can cause; printed only in verbose mode.
_CAUSED_BY_PEERS = {
    "request refused",
    "association rejected",
    "association aborted",
    "connection turned away",
}


def print_event(event: ReceiverEvent, speaker: Speaker) -> None:
    """Print an event: on stderr if the owner should know it, otherwise in verbose mode only."""
    if event.kind in _CAUSED_BY_PEERS:
        speaker.say(f"{event.problem}")
    elif event.problem is not None:
        sender = f"from {event.calling_ae_title}: " if event.calling_ae_title else ""
        speaker.warn(f"{sender}{event.problem}")
    elif event.instance is not None:
        instance = event.instance
        state = "stored before" if instance.duplicate else "stored"
        speaker.say(f"{state} {instance.path.parent.name}/{instance.path.name}")
        if instance.set_aside:
            speaker.warn(
                f"{instance.path.name} was empty or cut off; the whole one has its place, and it is kept as "
                f"{instance.set_aside}"
            )
    else:
        speaker.say(f"{event.kind}, number {event.association}, from {event.calling_ae_title}")
