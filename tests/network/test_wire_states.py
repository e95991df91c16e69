"""The engine against the state machine of PS3.8 section 9.2, cell by cell, with bytes and without sockets."""

from __future__ import annotations

import struct
from collections.abc import Callable

import pytest

from dicomkit.network.wire import (
    Abort,
    Association,
    AssociationAnswer,
    AssociationRequest,
    ConnectionClosed,
    DataSetFragment,
    Event,
    IllegalEventError,
    MessageStart,
    ProtocolViolation,
    Rejection,
    ReleaseReply,
    ReleaseRequest,
    Role,
    State,
)
from dicomkit.network.wire.presentation_contexts import ContextAnswer, ProposedContext
from tests.support.byte_peer import EXPLICIT, VERIFICATION, associate_rq, command_element, item, p_data

# --- the table: PS3.8 Table 9-10, copied row by row; a column is a state, "-" a cell that is empty there ------

TABLE = """
event               Sta1  Sta2  Sta3  Sta4  Sta5  Sta6  Sta7  Sta8  Sta9  Sta10 Sta11 Sta12 Sta13
send A-ASSOCIATE-RQ AE-1  -     -     -     -     -     -     -     -     -     -     -     -
transport confirmed -     -     -     AE-2  -     -     -     -     -     -     -     -     -
A-ASSOCIATE-AC      -     AA-1  AA-8  -     AE-3  AA-8  AA-8  AA-8  AA-8  AA-8  AA-8  AA-8  AA-6
A-ASSOCIATE-RJ      -     AA-1  AA-8  -     AE-4  AA-8  AA-8  AA-8  AA-8  AA-8  AA-8  AA-8  AA-6
transport opened    AE-5  -     -     -     -     -     -     -     -     -     -     -     -
A-ASSOCIATE-RQ      -     AE-6  AA-8  -     AA-8  AA-8  AA-8  AA-8  AA-8  AA-8  AA-8  AA-8  AA-7
send A-ASSOCIATE-AC -     -     AE-7  -     -     -     -     -     -     -     -     -     -
send A-ASSOCIATE-RJ -     -     AE-8  -     -     -     -     -     -     -     -     -     -
send P-DATA-TF      -     -     -     -     -     DT-1  -     AR-7  -     -     -     -     -
P-DATA-TF           -     AA-1  AA-8  -     AA-8  DT-2  AR-6  AA-8  AA-8  AA-8  AA-8  AA-8  AA-6
send A-RELEASE-RQ   -     -     -     -     -     AR-1  -     -     -     -     -     -     -
A-RELEASE-RQ        -     AA-1  AA-8  -     AA-8  AR-2  AR-8  AA-8  AA-8  AA-8  AA-8  AA-8  AA-6
A-RELEASE-RP        -     AA-1  AA-8  -     AA-8  AA-8  AR-3  AA-8  AA-8  AR-10 AR-3  AA-8  AA-6
send A-RELEASE-RP   -     -     -     -     -     -     -     AR-4  AR-9  -     -     AR-4  -
send A-ABORT        -     -     AA-1  AA-2  AA-1  AA-1  AA-1  AA-1  AA-1  AA-1  AA-1  AA-1  -
A-ABORT             -     AA-2  AA-3  -     AA-3  AA-3  AA-3  AA-3  AA-3  AA-3  AA-3  AA-3  AA-2
transport closed    -     AA-5  AA-4  AA-4  AA-4  AA-4  AA-4  AA-4  AA-4  AA-4  AA-4  AA-4  AR-5
ARTIM expired       -     AA-2  -     -     -     -     -     -     -     -     -     -     AA-2
unknown PDU         -     AA-1  AA-8  -     AA-8  AA-8  AA-8  AA-8  AA-8  AA-8  AA-8  AA-8  AA-7
"""
# PS3.8 Tables 9-6 to 9-9: where each action leads. AR-8 leads to Sta9 for a requestor, to Sta10 for an acceptor.
LEADS_TO = {
    "AE-2": 5, "AE-3": 6, "AE-4": 1, "AE-6": 3, "AE-7": 6, "AE-8": 13, "DT-1": 6, "DT-2": 6,
    "AR-1": 7, "AR-2": 8, "AR-3": 1, "AR-4": 13, "AR-5": 1, "AR-6": 7, "AR-7": 8, "AR-9": 11, "AR-10": 12,
    "AA-1": 13, "AA-2": 1, "AA-3": 1, "AA-4": 1, "AA-5": 1, "AA-6": 13, "AA-7": 13, "AA-8": 13,
}  # fmt: skip
# The bytes with which the actions on this side's own account answer.
ANSWERS_WITH_ABORT = {"AA-1", "AA-7", "AA-8"}

# --- bytes and events ------------------------------------------------------------------------------------

C_ECHO = {0x0002: VERIFICATION, 0x0100: 0x0030, 0x0110: 1, 0x0800: 0x0101}
_GROUP = (
    command_element(0x0002, VERIFICATION.encode()) + command_element(0x0100, struct.pack("<H", 0x0030))
    + command_element(0x0110, struct.pack("<H", 1)) + command_element(0x0800, struct.pack("<H", 0x0101))
)  # fmt: skip
_AC_ITEMS = (
    item(0x10, b"1.2.840.10008.3.1.1.1")
    + item(0x21, bytes([1, 0, 0, 0]) + item(0x40, EXPLICIT.encode()))
    + item(0x50, item(0x51, struct.pack(">L", 16384)))
)
PDUS = {
    "A-ASSOCIATE-RQ": associate_rq(abstract=VERIFICATION),
    "A-ASSOCIATE-AC": struct.pack(">BxLH66x", 2, 68 + len(_AC_ITEMS), 1) + _AC_ITEMS,
    "A-ASSOCIATE-RJ": bytes.fromhex("03 00 00000004 00 01 01 07"),
    "P-DATA-TF": p_data(command_element(0, struct.pack("<L", len(_GROUP))) + _GROUP, 3),
    "A-RELEASE-RQ": bytes.fromhex("05 00 00000004 00000000"),
    "A-RELEASE-RP": bytes.fromhex("06 00 00000004 00000000"),
    "A-ABORT": bytes.fromhex("07 00 00000004 00 00 00 00"),
    "unknown PDU": bytes.fromhex("09 00 00000000"),
}
REQUEST = AssociationRequest("ME", "YOU", (ProposedContext(1, VERIFICATION, (EXPLICIT,)),))
ANSWER = AssociationAnswer((ContextAnswer(1, 0, EXPLICIT),))
SAID: dict[str, Event] = {
    "A-ASSOCIATE-RQ": REQUEST,
    "A-ASSOCIATE-AC": ANSWER,
    "A-ASSOCIATE-RJ": Rejection(1, 1, 7),
    "P-DATA-TF": MessageStart(1, C_ECHO),
    "A-RELEASE-RQ": ReleaseRequest(),
    "A-RELEASE-RP": ReleaseReply(),
    "A-ABORT": Abort(),
}
Step = Callable[[Association], object]


def hear(name: str) -> Step:
    return lambda association: list(association.receive_data(PDUS[name]))


def say(name: str) -> Step:
    return lambda association: association.send(SAID[name])


# How each state is reached: by the requestor, by the acceptor, or by either.
_R, _A = Role.REQUESTOR, Role.ACCEPTOR
_ASSOCIATED = {
    _R: [say("A-ASSOCIATE-RQ"), hear("A-ASSOCIATE-AC")],
    _A: [hear("A-ASSOCIATE-RQ"), say("A-ASSOCIATE-AC")],
}
WAYS: list[tuple[int, Role, list[Step]]] = [
    (2, _A, []),
    (3, _A, [hear("A-ASSOCIATE-RQ")]),
    (4, _R, []),
    (5, _R, [say("A-ASSOCIATE-RQ")]),
    (9, _R, [*_ASSOCIATED[_R], say("A-RELEASE-RQ"), hear("A-RELEASE-RQ")]),
    (10, _A, [*_ASSOCIATED[_A], say("A-RELEASE-RQ"), hear("A-RELEASE-RQ")]),
    (11, _R, [*_ASSOCIATED[_R], say("A-RELEASE-RQ"), hear("A-RELEASE-RQ"), say("A-RELEASE-RP")]),
    (12, _A, [*_ASSOCIATED[_A], say("A-RELEASE-RQ"), hear("A-RELEASE-RQ"), hear("A-RELEASE-RP")]),
    (13, _A, [hear("A-ASSOCIATE-RQ"), say("A-ASSOCIATE-RJ")]),
]
for _role, _steps in _ASSOCIATED.items():
    WAYS += [
        (1, _role, [*_steps, hear("A-ABORT")]),
        (6, _role, _steps),
        (7, _role, [*_steps, say("A-RELEASE-RQ")]),
        (8, _role, [*_steps, hear("A-RELEASE-RQ")]),
        (13, _role, [*_steps, say("A-ABORT")]),
        (13, _role, [*_steps, hear("A-ASSOCIATE-RQ")]),
    ]


def cells() -> dict[tuple[str, int], str]:
    rows = [line for line in TABLE.splitlines() if line][1:]
    return {
        (row[:20].strip(), state): action
        for row in rows
        for state, action in enumerate(row[20:].split(), start=1)
    }


def test_the_table_is_whole() -> None:
    found = cells()
    assert len(found) == 19 * 13
    assert set(found.values()) - {"-", "AE-1", "AE-5", "AR-8"} == set(LEADS_TO)
    assert {state for state, _, _ in WAYS} == set(range(1, 14))


@pytest.fixture(params=WAYS, ids=lambda way: f"Sta{way[0]} {way[1].value} {len(way[2])}")
def way(request: pytest.FixtureRequest) -> tuple[int, Role, list[Step]]:
    found: tuple[int, Role, list[Step]] = request.param
    return found


def reached(way: tuple[int, Role, list[Step]]) -> Association:
    state, role, steps = way
    association = Association(role)
    for step in steps:
        step(association)
    assert association.state == state
    return association


def expected_state(action: str, role: Role) -> int:
    if action == "AR-8":
        return 9 if role is Role.REQUESTOR else 10
    return LEADS_TO[action]


@pytest.mark.parametrize("name", list(PDUS))
def test_what_is_heard(name: str, way: tuple[int, Role, list[Step]]) -> None:
    state, role, _ = way
    action = cells()[name, state]
    association = reached(way)
    events = list(association.receive_data(PDUS[name]))
    if state == 1:  # the connection is closed: nothing can be heard any more
        assert (events, association.state) == ([], State.IDLE)
        return
    if state == 4:  # there is no connection yet by the table; a peer that speaks first breaks the rules
        action = "AA-7" if name == "unknown PDU" else "AA-8"
    assert association.state == expected_state(action, role)
    if action in ANSWERS_WITH_ABORT:
        (violation,) = events
        assert isinstance(violation, ProtocolViolation)
        # By the provider, and with the reason: unrecognized or unexpected PDU (PS3.8 Table 9-26).
        reason = 1 if name == "unknown PDU" else 2
        assert violation.reply == bytes.fromhex("07 00 00000004 00 00 02") + bytes([reason])
    elif action == "AA-6":
        assert events == [], "nobody listens any more"
    else:
        (event,) = events
        assert type(event) is type(SAID[name])


@pytest.mark.parametrize("name", list(SAID))
def test_what_is_said(name: str, way: tuple[int, Role, list[Step]]) -> None:
    state, role, _ = way
    action = cells()[f"send {name}", state]
    if (name, state) == ("A-ASSOCIATE-RQ", 4):
        action = "AE-2"  # the driver has made the connection (AE-1), so request and confirmation are one step
    association = reached(way)
    if action == "-" or state == 1:
        with pytest.raises(IllegalEventError, match=f"cannot be sent in state Sta{state} "):
            association.send(SAID[name])
        assert association.state == state
        return
    said = association.send(SAID[name])
    assert association.state == expected_state(action, role)
    assert said[:1] == (b"" if action == "AA-2" else PDUS[name][:1])


def test_a_connection_that_closes(way: tuple[int, Role, list[Step]]) -> None:
    association = reached(way)
    action = cells()["transport closed", way[0]]
    assert association.connection_lost() == (action in {"AA-4", "AA-5"})
    assert association.state is State.IDLE


def test_time_that_is_up(way: tuple[int, Role, list[Step]]) -> None:
    association = reached(way)
    association.time_out()
    action = cells()["ARTIM expired", way[0]]
    assert association.state == (way[0] if action == "-" else LEADS_TO[action])


@pytest.mark.parametrize("garbage", [PDUS["unknown PDU"], b"\x04\0\xff\xff\xff\xff", b"GET / HTTP"])
def test_after_bytes_that_are_no_pdu_nothing_is_heard_any_more(garbage: bytes) -> None:
    association = established(Role.ACCEPTOR)
    (violation,) = association.receive_data(garbage)
    assert isinstance(violation, ProtocolViolation)
    assert list(association.receive_data(PDUS["A-ASSOCIATE-RQ"] + garbage)) == []
    assert association.state is State.AWAITING_CLOSE


@pytest.mark.parametrize("event", [ConnectionClosed(), ProtocolViolation("", b"")])
def test_what_nobody_says_cannot_be_sent(event: Event, way: tuple[int, Role, list[Step]]) -> None:
    with pytest.raises(IllegalEventError):
        reached(way).send(event)


def established(role: Role = Role.REQUESTOR) -> Association:
    association = Association(role)
    for step in _ASSOCIATED[role]:
        step(association)
    return association


@pytest.mark.parametrize(
    ("events", "problem"),
    [
        ([MessageStart(3, C_ECHO)], "was not accepted"),
        ([DataSetFragment(1, b"", is_last=True)], "does not belong here"),
        ([MessageStart(1, {0x0800: 1}), MessageStart(1, C_ECHO)], "does not belong here"),
        ([MessageStart(1, {0x0800: 1}), ReleaseRequest()], "would cut a message off"),
        ([MessageStart(1, C_ECHO), DataSetFragment(1, b"", is_last=True)], "does not belong here"),
    ],
    ids=["context", "data first", "command in data", "release in data", "data unannounced"],
)
def test_messages_that_may_not_be_sent(events: list[Event], problem: str) -> None:
    association = established()
    *before, last = events
    for event in before:
        association.send(event)
    with pytest.raises(IllegalEventError, match=problem):
        association.send(last)
    assert association.state is State.ESTABLISHED


def test_an_abort_may_cut_a_message_off() -> None:
    association = established()
    association.send(MessageStart(1, {0x0800: 1}))
    assert association.send(Abort())[0] == 7


def test_what_came_behind_the_last_word_is_not_acted_on() -> None:
    association = established(Role.ACCEPTOR)
    events = association.receive_data(PDUS["P-DATA-TF"] * 3)
    assert isinstance(next(events), MessageStart)
    association.send(Abort())
    assert list(events) == []


def test_a_sender_may_be_ahead_of_the_answers() -> None:
    association = Association(Role.ACCEPTOR)
    heard: list[type] = []
    everything = PDUS["A-ASSOCIATE-RQ"] + PDUS["P-DATA-TF"] + PDUS["A-RELEASE-RQ"]
    for event in association.receive_data(everything):
        heard.append(type(event))
        if isinstance(event, AssociationRequest):
            association.send(ANSWER)
    assert heard == [AssociationRequest, MessageStart, ReleaseRequest]
