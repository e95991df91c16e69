"""What a room takes: only what states that it is nobody's, whatever a sender writes; and no more than one may have."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from dicomkit.files.writing import encode_file
from dicomkit.network import Limits, Room, Seat
from dicomkit.network.calling import call
from dicomkit.network.requestor import TimeOuts
from dicomkit.network.wire import AssociationRequest
from dicomkit.network.wire.presentation_contexts import ProposedContext
from dicomkit.network.wire.user_identity import encode_user_identity
from dicomkit.samples import ct_series

EXPLICIT, DEFLATED = "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.1.99"
NOT_AUTHORIZED, CANNOT_UNDERSTAND, OTHER_UID = 0x0124, 0xC000, 0xA900


def element(tag: int, vr: bytes, value: bytes) -> bytes:
    """Return an element as PS3.5 section 7.1.2 has it."""
    return struct.pack("<HH2sH", tag >> 16, tag & 0xFFFF, vr, len(value)) + value


def data_set() -> bytes:
    """Return a slice as bytes, with the Patient ID of no sample."""
    content = encode_file(ct_series(1, size=16)[0])
    (group_length,) = struct.unpack("<I", content[140:144])
    return content[144 + group_length :].replace(b"WORKSHOP01", b"4711-4711 ")


SLICE = ct_series(1, size=16)[0]
SOP_CLASS, SOP_INSTANCE = str(SLICE.SOPClassUID), str(SLICE.SOPInstanceUID)
WHOLE = data_set()
YES, NO = element(0x00120062, b"CS", b"YES "), element(0x00120062, b"CS", b"NO")
NOT_BURNED_IN = element(0x00280301, b"CS", b"NO")
assert YES in WHOLE
assert NOT_BURNED_IN in WHOLE


def nested(inner: bytes) -> bytes:
    """Return Deidentification Method Code Sequence (0012,0064) with one item."""
    item = struct.pack("<HHI", 0xFFFE, 0xE000, len(inner)) + inner
    return struct.pack("<HH2sHI", 0x0012, 0x0064, b"SQ", 0, len(item)) + item


def stated(*values: bytes) -> bytes:
    return WHOLE.replace(YES, b"".join(element(0x00120062, b"CS", value) for value in values))


def deflated(content: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    packed = packer.compress(content) + packer.flush()
    return packed + b"\0" * (len(packed) % 2)


def store(seat: Seat, content: bytes, *, uid: str = SOP_INSTANCE, syntax: str = EXPLICIT) -> int:
    """Send bytes as they are, past all that the kit's sender would refuse, and return the status."""
    arguments = seat.arguments
    request = AssociationRequest(
        seat.title,
        seat.room,
        (ProposedContext(1, SOP_CLASS, (syntax,)),),
        user_items=(encode_user_identity(arguments["user_identity"]),),
    )
    with call(seat.host, seat.port, request, time_outs=TimeOuts()) as association:
        return association.store(1, SOP_CLASS, uid, [content]).status


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    with Room(tmp_path_factory.mktemp("room"), 1, limits=Limits(per_second=1000.0)) as room:
        yield room


@pytest.mark.parametrize(
    ("content", "status", "words"),
    [
        (stated(b"NO"), NOT_AUTHORIZED, "is not YES"),
        (stated(b"yes "), NOT_AUTHORIZED, "is not YES"),  # PS3.5 section 6.2: CS has capital letters
        (stated(b"YES\xa0"), NOT_AUTHORIZED, "is not YES"),
        (stated(b"YES\\NO"), NOT_AUTHORIZED, "is not YES"),
        (stated(b"NO\\YES"), NOT_AUTHORIZED, "is not YES"),
        (stated(b"YES ", b"NO"), NOT_AUTHORIZED, "occurs 2 times"),
        (stated(b"NO", b"YES "), NOT_AUTHORIZED, "occurs 2 times"),
        (WHOLE + NO, NOT_AUTHORIZED, "occurs 2 times"),
        (stated(b"NO") + YES, NOT_AUTHORIZED, "occurs 2 times"),
        (WHOLE.replace(YES, nested(YES)), NOT_AUTHORIZED, "is not YES"),
        (WHOLE.replace(NOT_BURNED_IN, element(0x00280301, b"CS", b"YES ")), NOT_AUTHORIZED, "Burned In"),
        (
            WHOLE.replace(NOT_BURNED_IN, NOT_BURNED_IN + element(0x00280302, b"CS", b"YES ")),
            NOT_AUTHORIZED,
            "Recognizable Visual Features",
        ),
        (
            WHOLE.replace(YES, b"")
            .replace(b"4711-4711 ", b"WORKSHOP01")
            .replace(b"WORKSHOP^ANNA ", b"Muster^Annette"),
            NOT_AUTHORIZED,
            "is not YES",
        ),
        (stated(b"NO")[:-3], CANNOT_UNDERSTAND, "longer than what is left"),
        (WHOLE + b"\1\2\3\4\5\6\7", CANNOT_UNDERSTAND, ""),
    ],
)
def test_what_may_be_somebodys_is_refused_and_told(
    room: Room, content: bytes, status: int, words: str
) -> None:
    assert store(Room.join(room.seats["STUDENT01"]), content) == status
    assert room.files("STUDENT01") == []
    assert words in room.wall.rows[0].last_refusal


def test_deflated_data_sets_are_looked_into(room: Room) -> None:
    assert (
        store(Room.join(room.seats["STUDENT01"]), deflated(stated(b"NO")), syntax=DEFLATED) == NOT_AUTHORIZED
    )


def test_another_uid_than_announced_is_refused(room: Room) -> None:
    assert store(Room.join(room.seats["STUDENT01"]), WHOLE, uid="2.25.77") == OTHER_UID
    with pytest.raises(Exception, match="differs from that of the C-STORE request"):
        room.check()


@pytest.mark.parametrize(
    ("content", "syntax"),
    [
        (WHOLE, EXPLICIT),
        (stated(b"YES\0"), EXPLICIT),
        (deflated(WHOLE), DEFLATED),
        # Original Attributes and their like may tell of what was before: what counts is what the data set is now.
        (WHOLE.replace(YES, YES + nested(NO)), EXPLICIT),
    ],
    ids=["yes", "padded with NUL", "deflated", "no in an item"],
)
def test_what_states_that_it_is_nobodys_is_taken(tmp_path: Path, content: bytes, syntax: str) -> None:
    with Room(tmp_path / "room", 1) as room:
        assert store(Room.join(room.seats["STUDENT01"]), content, syntax=syntax) == 0
        assert len(room.files("STUDENT01")) == 1


@pytest.mark.parametrize("bound", ["instances", "bytes"])
def test_bounds_hold_exactly_for_who_sends_on_several_associations_at_once(
    tmp_path: Path, bound: str
) -> None:
    slices = ct_series(12, size=16, attendee="01")
    size = len(data_set())
    limits = Limits(instances=5) if bound == "instances" else Limits(size_bytes=5 * (size + 200))
    with Room(tmp_path / "room", 2, limits=limits) as room, ThreadPoolExecutor(4) as pool:
        seat = Room.join(room.seats["STUDENT01"])
        reports = list(pool.map(seat.send, [slices[start : start + 3] for start in (0, 3, 6, 9)]))
        statuses = [row.status for report in reports for row in report]
        assert sorted(set(statuses)) == [0, 0xA700]
        stored = room.files("STUDENT01")
        assert statuses.count(0) == len(stored) == room.wall.rows[0].instances
        if bound == "instances":
            assert len(stored) == 5
        assert sum(path.stat().st_size for path in stored) <= limits.size_bytes + 5 * 400, "heads of files"
        assert Room.join(room.seats["STUDENT02"]).send(slices[:1]).is_complete
