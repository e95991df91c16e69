"""The states of an association, and which PDU leads from which to which (PS3.8 section 9.2).

The Standard's table has a column for each state and a row for each event. Here stands what is allowed,
with the name of the Standard's action. What does not stand here breaks the rules: if the other side does
it, the association is aborted (actions AA-1, AA-7 and AA-8); if this side wants to, it is an error.
"""

from __future__ import annotations

import enum

from dicomkit.network.wire.pdus import PDUType

__all__ = ["STATES_TO_ABORT_IN", "Role", "State", "state_after_receiving", "state_after_sending"]


class Role(enum.Enum):
    """Which side of an association: the one that asks for it, or the one that was asked."""

    REQUESTOR = "requestor"
    ACCEPTOR = "acceptor"


class State(enum.IntEnum):
    """The thirteen states, by the Standard's numbers (PS3.8 Tables 9-1 to 9-5).

    The transport connection is not the engine's business, so a requestor begins in Sta4 with the connection
    that somebody else makes, an acceptor in Sta2, and Sta1 is where both end: the connection is to be closed.
    """

    IDLE = 1
    AWAITING_REQUEST = 2
    AWAITING_OWN_ANSWER = 3
    CONNECTING = 4
    AWAITING_ANSWER = 5
    ESTABLISHED = 6
    AWAITING_RELEASE = 7
    AWAITING_OWN_RELEASE = 8
    # Both sides asked for the release at once: a collision. The acceptor waits for the requestor's reply first.
    COLLISION_AWAITING_OWN_RELEASE = 9
    COLLISION_AWAITING_RELEASE = 10
    COLLISION_REPLIED = 11
    COLLISION_CONFIRMED = 12
    AWAITING_CLOSE = 13


_S = State
STATES_TO_ABORT_IN = frozenset({_S.AWAITING_OWN_ANSWER, *[state for state in _S if 5 <= state <= 12]})  # noqa: PLR2004 - PS3.8 Table 9-10: there is an association, or half of one

_RECEIVED: dict[PDUType, dict[State, State]] = {
    PDUType.A_ASSOCIATE_RQ: {_S.AWAITING_REQUEST: _S.AWAITING_OWN_ANSWER},  # AE-6
    PDUType.A_ASSOCIATE_AC: {_S.AWAITING_ANSWER: _S.ESTABLISHED},  # AE-3
    PDUType.A_ASSOCIATE_RJ: {_S.AWAITING_ANSWER: _S.IDLE},  # AE-4
    PDUType.P_DATA_TF: {
        _S.ESTABLISHED: _S.ESTABLISHED,  # DT-2
        _S.AWAITING_RELEASE: _S.AWAITING_RELEASE,  # AR-6: the other side may finish what it has begun
    },
    PDUType.A_RELEASE_RQ: {
        _S.ESTABLISHED: _S.AWAITING_OWN_RELEASE,  # AR-2
        _S.AWAITING_RELEASE: _S.COLLISION_AWAITING_OWN_RELEASE,  # AR-8, for the requestor
    },
    PDUType.A_RELEASE_RP: {
        _S.AWAITING_RELEASE: _S.IDLE,  # AR-3
        _S.COLLISION_AWAITING_RELEASE: _S.COLLISION_CONFIRMED,  # AR-10
        _S.COLLISION_REPLIED: _S.IDLE,  # AR-3
    },
    PDUType.A_ABORT: dict.fromkeys(
        {_S.AWAITING_REQUEST, _S.AWAITING_CLOSE, *STATES_TO_ABORT_IN}, _S.IDLE
    ),  # AA-2, AA-3
}
_SENT: dict[PDUType, dict[State, State]] = {
    PDUType.A_ASSOCIATE_RQ: {_S.CONNECTING: _S.AWAITING_ANSWER},  # AE-2
    PDUType.A_ASSOCIATE_AC: {_S.AWAITING_OWN_ANSWER: _S.ESTABLISHED},  # AE-7
    PDUType.A_ASSOCIATE_RJ: {_S.AWAITING_OWN_ANSWER: _S.AWAITING_CLOSE},  # AE-8
    PDUType.P_DATA_TF: {
        _S.ESTABLISHED: _S.ESTABLISHED,  # DT-1
        _S.AWAITING_OWN_RELEASE: _S.AWAITING_OWN_RELEASE,  # AR-7: this side may finish what it has begun
    },
    PDUType.A_RELEASE_RQ: {_S.ESTABLISHED: _S.AWAITING_RELEASE},  # AR-1
    PDUType.A_RELEASE_RP: {
        _S.AWAITING_OWN_RELEASE: _S.AWAITING_CLOSE,  # AR-4
        _S.COLLISION_AWAITING_OWN_RELEASE: _S.COLLISION_REPLIED,  # AR-9
        _S.COLLISION_CONFIRMED: _S.AWAITING_CLOSE,  # AR-4
    },
    PDUType.A_ABORT: dict.fromkeys(STATES_TO_ABORT_IN, _S.AWAITING_CLOSE),  # AA-1
}


def state_after_receiving(kind: PDUType, state: State, role: Role) -> State | None:
    """Return where a PDU of the other side leads, or None if it does not belong here."""
    after = _RECEIVED[kind].get(state)
    if after is State.COLLISION_AWAITING_OWN_RELEASE and role is Role.ACCEPTOR:
        return State.COLLISION_AWAITING_RELEASE  # AR-8, for the acceptor
    return after


def state_after_sending(kind: PDUType, state: State) -> State | None:
    """Return where a PDU of this side leads, or None if it may not be sent now."""
    return _SENT[kind].get(state)
