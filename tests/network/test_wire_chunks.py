"""Bytes come in pieces that have nothing to do with PDUs: whatever the pieces, the events are the same."""

from __future__ import annotations

import itertools
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dicomkit.network import AssociationLog
from dicomkit.network.wire import (
    Abort,
    Association,
    AssociationAnswer,
    AssociationRequest,
    DataSetFragment,
    Event,
    MessageStart,
    ProtocolViolation,
    ReleaseReply,
    ReleaseRequest,
    Role,
    State,
)
from dicomkit.network.wire.presentation_contexts import ContextAnswer
from tests.support.byte_peer import CT, EXPLICIT, RELEASE, associate_rq, c_store_command, data_set, p_data

ANSWER = AssociationAnswer((ContextAnswer(1, 0, EXPLICIT),))


def fragments(content: bytes, cuts: list[int], *, is_command: bool) -> list[bytes]:
    """Cut a command set or a data set into presentation data values."""
    places = sorted({0, len(content), *(cut % (len(content) + 1) for cut in cuts)})
    pieces = [content[start:end] for start, end in itertools.pairwise(places)]
    values = []
    for number, piece in enumerate(pieces, start=1):
        control = is_command | (number == len(pieces)) << 1
        values.append(struct.pack(">LBB", len(piece) + 2, 1, control) + piece)
    return values


@st.composite
def streams(draw: st.DrawFn) -> bytes:
    """Return all that a sender says on an association, with its messages cut into PDUs in any way."""
    cuts = st.lists(st.integers(0, 500), max_size=4)
    stream = associate_rq()
    for number in range(draw(st.integers(0, 3))):
        values = fragments(c_store_command(f"1.2.3.{number}"), draw(cuts), is_command=True)
        values += fragments(data_set(f"1.2.3.{number}", tail=bytes(300)), draw(cuts), is_command=False)
        while values:
            count = draw(st.integers(1, len(values)))
            body, values = b"".join(values[:count]), values[count:]
            stream += struct.pack(">BxL", 4, len(body)) + body
    return stream + draw(st.sampled_from([RELEASE, b"", struct.pack(">BxL4x", 7, 4), b"\x09" * 6]))


def said_and_heard(pieces: list[bytes]) -> tuple[list[Event], bytes, State, str]:
    """Feed an acceptor; return its events with the fragments of each data set joined, its bytes, state and log."""
    log = AssociationLog()
    association = Association(Role.ACCEPTOR, tap=log.listen(is_requestor=False))
    events: list[Event] = []
    said = b""
    for piece in pieces:
        for event in association.receive_data(piece):
            if isinstance(event, DataSetFragment) and isinstance(events[-1], DataSetFragment):
                joined = bytes(events.pop().content) + bytes(event.content)  # type: ignore[union-attr] # - just looked
                events.append(DataSetFragment(event.context_id, joined, event.is_last))
            elif isinstance(event, DataSetFragment):
                events.append(event._replace(content=bytes(event.content)))
            else:
                events.append(event)
            said += answer(association, event)
    return events, said, association.state, str(log)


def answer(association: Association, event: Event) -> bytes:
    match event:
        case AssociationRequest():
            return association.send(ANSWER)
        case DataSetFragment(is_last=True):
            return association.send(MessageStart(1, {0x0100: 0x8001, 0x0800: 0x0101, 0x0900: 0}))
        case ReleaseRequest():
            return association.send(ReleaseReply())
        case ProtocolViolation():
            return event.reply
    return b""


@settings(max_examples=200, deadline=None)
@given(stream=streams(), cuts=st.lists(st.integers(0, 5000), max_size=30))
def test_any_pieces_lead_to_the_same_events(stream: bytes, cuts: list[int]) -> None:
    places = sorted({0, len(stream), *(cut % len(stream) for cut in cuts)})
    pieces = [stream[start:end] for start, end in itertools.pairwise(places)]
    assert said_and_heard(pieces) == said_and_heard([stream])


@settings(max_examples=20, deadline=None)
@given(stream=streams())
def test_byte_by_byte(stream: bytes) -> None:
    assert said_and_heard([bytes([byte]) for byte in stream]) == said_and_heard([stream])


@settings(max_examples=300, deadline=None)
@given(
    stream=streams(),
    changes=st.lists(st.tuples(st.integers(0, 5000), st.integers(0, 255)), min_size=1, max_size=6),
    cut=st.integers(0, 5000),
)
def test_changed_bytes_lead_to_the_same_events_too_and_to_nothing_else(
    stream: bytes, changes: list[tuple[int, int]], cut: int
) -> None:
    content = bytearray(stream)
    for place, byte in changes:
        content[place % len(content)] = byte
    place = cut % len(content)
    whole = said_and_heard([bytes(content)])
    assert said_and_heard([bytes(content[:place]), bytes(content[place:])]) == whole
    # An association that is over stays over: after the last word, only violations are answered.
    ends = [type(event) for event in whole[0]]
    last = next((i for i, kind in enumerate(ends) if kind in {ProtocolViolation, Abort}), len(ends))
    assert set(ends[last + 1 :]) <= {ProtocolViolation, Abort}


def test_the_messages_are_what_was_sent() -> None:
    stream = associate_rq() + p_data(c_store_command("1.2.9"), 3) + p_data(data_set("1.2.9"), 2) + RELEASE
    events, said, state, _ = said_and_heard([stream[:100], stream[100:]])
    assert [type(event) for event in events] == [
        AssociationRequest,
        MessageStart,
        DataSetFragment,
        ReleaseRequest,
    ]
    assert events[1].command[0x0002] == CT  # type: ignore[union-attr] # - just looked
    assert events[2].content == data_set("1.2.9")  # type: ignore[union-attr] # - just looked
    assert (said[:1], said[-10:], state) == (b"\2", bytes.fromhex("06 00 00000004 00000000"), 13)


@pytest.mark.parametrize("length", [1 << 20, (1 << 20) + 1, 0xFFFFFFFF])
def test_what_is_announced_takes_no_memory(length: int) -> None:
    association = Association(Role.ACCEPTOR)
    events = list(association.receive_data(struct.pack(">BxL", 1, length)))
    assert [type(event) for event in events] == ([] if length <= 1 << 20 else [ProtocolViolation])
