"""The state machine of an association: which PDU may be sent or received in which state (PS3.8 section 9.2).

The Standard's state transition table (PS3.8 Table 9-10) has a column for each state and a row for each event. The tables
here list the allowed transitions with the Standard's actions. Any other PDU from the peer aborts the association
(actions AA-1, AA-7 and AA-8); sending any other PDU is an error.
"""

from __future__ import annotations

import enum

from dicomkit.network.wire.pdus import PDUType

__all__ = ["ABORTABLE_STATES", "Role", "State", "state_after_receiving", "state_after_sending"]


class Role(enum.Enum):
    """The side of an association: the requestor sends the A-ASSOCIATE-RQ PDU, the acceptor receives it."""

    REQUESTOR = "requestor"
    ACCEPTOR = "acceptor"


class State(enum.IntEnum):
    """The thirteen states, by the Standard's numbers (PS3.8 Tables 9-1 to 9-5).

    Opening and closing the transport connection is left to the driver. So a requestor begins in Sta4, an acceptor
    in Sta2, and both end in Sta1, in which the driver closes the connection.
    """

    IDLE = 1
    AWAITING_ASSOCIATE_RQ = 2
    AWAITING_ASSOCIATE_RESPONSE = 3
    AWAITING_CONNECTION = 4
    AWAITING_ASSOCIATE_AC_OR_RJ = 5
    ESTABLISHED = 6
    AWAITING_RELEASE_RP = 7
    AWAITING_RELEASE_RESPONSE = 8
    # Release collision: both sides have sent A-RELEASE-RQ. The requestor sends its A-RELEASE-RP first.
    REQUESTOR_COLLISION_AWAITING_RESPONSE = 9
    ACCEPTOR_COLLISION_AWAITING_RP = 10
    REQUESTOR_COLLISION_AWAITING_RP = 11
    ACCEPTOR_COLLISION_AWAITING_RESPONSE = 12
    AWAITING_CLOSE = 13


_S = State
ABORTABLE_STATES = frozenset({_S.AWAITING_ASSOCIATE_RESPONSE, *[state for state in _S if 5 <= state <= 12]})  # noqa: PLR2004 - PS3.8 Table 9-10: an association is established or requested

_RECEIVED: dict[PDUType, dict[State, State]] = {
    PDUType.A_ASSOCIATE_RQ: {_S.AWAITING_ASSOCIATE_RQ: _S.AWAITING_ASSOCIATE_RESPONSE},  # AE-6
    PDUType.A_ASSOCIATE_AC: {_S.AWAITING_ASSOCIATE_AC_OR_RJ: _S.ESTABLISHED},  # AE-3
    PDUType.A_ASSOCIATE_RJ: {_S.AWAITING_ASSOCIATE_AC_OR_RJ: _S.IDLE},  # AE-4
    PDUType.P_DATA_TF: {
        _S.ESTABLISHED: _S.ESTABLISHED,  # DT-2
        _S.AWAITING_RELEASE_RP: _S.AWAITING_RELEASE_RP,  # AR-6: the peer may still send
    },
    PDUType.A_RELEASE_RQ: {
        _S.ESTABLISHED: _S.AWAITING_RELEASE_RESPONSE,  # AR-2
        _S.AWAITING_RELEASE_RP: _S.REQUESTOR_COLLISION_AWAITING_RESPONSE,  # AR-8, for the requestor
    },
    PDUType.A_RELEASE_RP: {
        _S.AWAITING_RELEASE_RP: _S.IDLE,  # AR-3
        _S.ACCEPTOR_COLLISION_AWAITING_RP: _S.ACCEPTOR_COLLISION_AWAITING_RESPONSE,  # AR-10
        _S.REQUESTOR_COLLISION_AWAITING_RP: _S.IDLE,  # AR-3
    },
    PDUType.A_ABORT: dict.fromkeys(
        {_S.AWAITING_ASSOCIATE_RQ, _S.AWAITING_CLOSE, *ABORTABLE_STATES}, _S.IDLE
    ),  # AA-2, AA-3
}
_SENT: dict[PDUType, dict[State, State]] = {
    PDUType.A_ASSOCIATE_RQ: {_S.AWAITING_CONNECTION: _S.AWAITING_ASSOCIATE_AC_OR_RJ},  # AE-2
    PDUType.A_ASSOCIATE_AC: {_S.AWAITING_ASSOCIATE_RESPONSE: _S.ESTABLISHED},  # AE-7
    PDUType.A_ASSOCIATE_RJ: {_S.AWAITING_ASSOCIATE_RESPONSE: _S.AWAITING_CLOSE},  # AE-8
    PDUType.P_DATA_TF: {
        _S.ESTABLISHED: _S.ESTABLISHED,  # DT-1
        _S.AWAITING_RELEASE_RESPONSE: _S.AWAITING_RELEASE_RESPONSE,  # AR-7: this side may still send
    },
    PDUType.A_RELEASE_RQ: {_S.ESTABLISHED: _S.AWAITING_RELEASE_RP},  # AR-1
    PDUType.A_RELEASE_RP: {
        _S.AWAITING_RELEASE_RESPONSE: _S.AWAITING_CLOSE,  # AR-4
        _S.REQUESTOR_COLLISION_AWAITING_RESPONSE: _S.REQUESTOR_COLLISION_AWAITING_RP,  # AR-9
        _S.ACCEPTOR_COLLISION_AWAITING_RESPONSE: _S.AWAITING_CLOSE,  # AR-4
    },
    PDUType.A_ABORT: dict.fromkeys(ABORTABLE_STATES, _S.AWAITING_CLOSE),  # AA-1
}


def state_after_receiving(kind: PDUType, state: State, role: Role) -> State | None:
    """Return the state after receiving a PDU, or None if it is not allowed in `state`."""
    after = _RECEIVED[kind].get(state)
    if after is State.REQUESTOR_COLLISION_AWAITING_RESPONSE and role is Role.ACCEPTOR:
        return State.ACCEPTOR_COLLISION_AWAITING_RP  # AR-8, for the acceptor
    return after


def state_after_sending(kind: PDUType, state: State) -> State | None:
    """Return the state after sending a PDU, or None if it is not allowed in `state`."""
    return _SENT[kind].get(state)
