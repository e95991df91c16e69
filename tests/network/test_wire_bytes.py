"""Each PDU type as a byte string written by hand from PS3.8 section 9.3, both ways; and what odd peers send."""

from __future__ import annotations

import struct

import pytest
from pynetdicom.pdu import A_ASSOCIATE_AC, A_ASSOCIATE_RJ, A_ASSOCIATE_RQ

from dicomkit.network.wire import (
    Abort,
    Association,
    AssociationAnswer,
    AssociationRequest,
    DataSetFragment,
    Event,
    MessageStart,
    ProtocolViolation,
    Rejection,
    ReleaseReply,
    ReleaseRequest,
    Role,
    RoleSelection,
    UserItem,
)
from dicomkit.network.wire.command_set import command_name, decode_command, encode_command
from dicomkit.network.wire.negotiation import encode_answer, encode_rejection, encode_request, encode_titles
from dicomkit.network.wire.presentation_contexts import ContextAnswer, ProposedContext
from tests.support.byte_peer import CT, EXPLICIT, IMPLICIT, VERIFICATION, associate_rq, item, p_data

REQUEST = bytes.fromhex(
    "01 00 000000d1"  # A-ASSOCIATE-RQ, 209 bytes
    "0001 0000"  # protocol version 1
    "4152434849564520 2020202020202020"  # called ARCHIVE
    "4354312020202020 2020202020202020"  # calling CT1
    + "00"
    * 32
    + "10 00 0015 312e322e3834302e31303030382e332e312e312e31"  # application context name
    "20 00 002e 01 00 00 00"  # presentation context 1
    "30 00 0011 312e322e3834302e31303030382e312e31"  # Verification
    "40 00 0011 312e322e3834302e31303030382e312e32"  # Implicit VR Little Endian
    "50 00 003e"  # user information
    "51 00 0004 00004000"  # maximum length 16384
    "52 00 0005 312e322e33"  # implementation class UID 1.2.3
    "54 00 0015 0011 312e322e3834302e31303030382e312e31 01 01"  # SCU and SCP of Verification
    "55 00 0004 41434d45"  # implementation version name
    "58 00 0008 01 00 0003 414243 00"  # a user identity, which is kept as it is
)
ANSWER = bytes.fromhex(
    "02 00 000000ad"  # A-ASSOCIATE-AC, 173 bytes
    "0001 0000"
    "4152434849564520 2020202020202020"
    "4354312020202020 2020202020202020" + "00" * 32 + "10 00 0015 312e322e3834302e31303030382e332e312e312e31"
    "21 00 0019 01 00 00 00"  # presentation context 1: accepted
    "40 00 0011 312e322e3834302e31303030382e312e32"
    "21 00 0019 03 00 03 00"  # presentation context 3: abstract syntax not supported
    "40 00 0011 312e322e3834302e31303030382e312e32"
    "50 00 0012"
    "51 00 0004 00004000"
    "52 00 0006 312e322e332e"
)
REQUESTED = AssociationRequest(
    calling_ae_title="CT1",
    called_ae_title="ARCHIVE",
    contexts=(ProposedContext(1, VERIFICATION, (IMPLICIT,)),),
    max_length=16384,
    roles=(RoleSelection(VERIFICATION, as_scu=True, as_scp=True),),
    implementation_class_uid="1.2.3",
    implementation_version_name="ACME",
    user_items=(UserItem(0x58, bytes.fromhex("01 00 0003 414243 00")),),
)
ANSWERED = AssociationAnswer(
    contexts=(ContextAnswer(1, 0, IMPLICIT), ContextAnswer(3, 3, "")),
    max_length=16384,
    implementation_class_uid="1.2.3.",
    implementation_version_name="",
)
C_ECHO_RQ = bytes.fromhex(
    "04 00 0000004a 00000046 01 03"  # P-DATA-TF: context 1, a command set and all of it
    "0000 0000 04000000 38000000"  # group length: 56
    "0000 0200 12000000 312e322e3834302e31303030382e312e31 00"
    "0000 0001 02000000 3000"
    "0000 1001 02000000 0700"
    "0000 0008 02000000 0101"
)
C_ECHO = {0x0002: VERIFICATION, 0x0100: 0x0030, 0x0110: 7, 0x0800: 0x0101}


def heard(role: Role, pdu: bytes, *, after: tuple[bytes, ...] = ()) -> Event:
    """Return the event that a side hears; `after` comes first, and is answered as it takes."""
    association = Association(role)
    if role is Role.REQUESTOR:
        association.send(REQUESTED)
    for earlier in after:
        for event in association.receive_data(earlier):
            if isinstance(event, AssociationRequest):
                association.send(AssociationAnswer((ContextAnswer(1, 0, IMPLICIT),)))
    (event,) = association.receive_data(pdu)
    return event


def test_a_request_both_ways() -> None:
    assert heard(Role.ACCEPTOR, REQUEST) == REQUESTED
    assert encode_request(REQUESTED) == REQUEST


def test_an_answer_both_ways() -> None:
    assert heard(Role.REQUESTOR, ANSWER) == ANSWERED
    said = AssociationAnswer(
        (ContextAnswer(1, 0, IMPLICIT), ContextAnswer(3, 3, IMPLICIT)), 16384, (), "1.2.3.", ""
    )
    assert encode_answer(said, REQUEST[10:42]) == ANSWER


def test_a_rejection_both_ways() -> None:
    pdu = bytes.fromhex("03 00 00000004 00 02 03 02")
    assert heard(Role.REQUESTOR, pdu) == Rejection(2, 3, 2)
    assert encode_rejection(Rejection(2, 3, 2)) == pdu


def test_messages_both_ways() -> None:
    assert heard(Role.ACCEPTOR, C_ECHO_RQ, after=(REQUEST,)) == MessageStart(1, C_ECHO)
    association = Association(Role.REQUESTOR)
    association.send(REQUESTED)
    list(association.receive_data(ANSWER))
    assert association.send(MessageStart(1, C_ECHO)) == C_ECHO_RQ
    assert association.send(MessageStart(1, {0x0100: 1, 0x0800: 1}))[6:12] == bytes.fromhex("00000022 01 03")
    data = association.send(DataSetFragment(1, b"abcd", is_last=False))
    assert data == bytes.fromhex("04 00 0000000a 00000006 01 00 61626364")
    assert association.send(DataSetFragment(1, b"ef", is_last=True)) == bytes.fromhex(
        "04 00 00000008 00000004 01 02 6566"
    )


@pytest.mark.parametrize(
    ("pdu", "event"),
    [
        ("05 00 00000004 00000000", ReleaseRequest()),
        ("07 00 00000004 00 00 00 00", Abort(0, 0)),
        ("07 00 00000004 00 00 02 06", Abort(2, 6)),
        ("07 00 00000000", Abort(0, 0)),
    ],
)
def test_the_pdus_of_four_bytes(pdu: str, event: Event) -> None:
    assert heard(Role.ACCEPTOR, bytes.fromhex(pdu), after=(REQUEST,)) == event
    said = Association(Role.ACCEPTOR)
    for _ in said.receive_data(REQUEST):
        said.send(AssociationAnswer((ContextAnswer(1, 0, IMPLICIT),)))
    assert said.send(event).hex() == pdu.replace(" ", "") or len(pdu) < 20


def test_a_release_is_replied_to() -> None:
    reply = bytes.fromhex("06 00 00000004 00000000")
    association = Association(Role.REQUESTOR)
    association.send(REQUESTED)
    list(association.receive_data(ANSWER))
    association.send(ReleaseRequest())
    assert list(association.receive_data(reply)) == [ReleaseReply()]
    other = Association(Role.ACCEPTOR)
    for _ in other.receive_data(REQUEST):
        other.send(AssociationAnswer(()))
    list(other.receive_data(bytes.fromhex("05 00 00000004 00000000")))
    assert other.send(ReleaseReply()) == reply


def test_pynetdicom_reads_what_is_written() -> None:
    request, answer, rejection = A_ASSOCIATE_RQ(), A_ASSOCIATE_AC(), A_ASSOCIATE_RJ()
    contexts = tuple(ProposedContext(2 * number + 1, CT, (EXPLICIT, IMPLICIT)) for number in range(128))
    request.decode(encode_request(AssociationRequest("CT1", "ARCHIVE", contexts, roles=REQUESTED.roles)))
    primitive = request.to_primitive()
    assert (primitive.calling_ae_title, primitive.called_ae_title) == ("CT1", "ARCHIVE")
    assert [one.context_id for one in primitive.presentation_context_definition_list] == list(
        range(1, 256, 2)
    )
    assert primitive.maximum_length_received == 131072
    answers = tuple(ContextAnswer(one.context_id, 0, EXPLICIT) for one in contexts)
    answer.decode(encode_answer(AssociationAnswer(answers), encode_titles("ARCHIVE", "CT1")))
    results = answer.to_primitive().presentation_context_definition_results_list
    assert {str(one.transfer_syntax[0]) for one in results} == {EXPLICIT}
    rejection.decode(encode_rejection(Rejection(1, 2, 2)))
    assert (rejection.result, rejection.source, rejection.reason_diagnostic) == (1, 2, 2)


# --- what is odd is read --------------------------------------------------------------------------------


def with_titles(called: bytes, calling: bytes) -> bytes:
    pdu = associate_rq()
    return pdu[:10] + called.ljust(16) + calling.ljust(16) + pdu[42:]


@pytest.mark.parametrize(
    ("written", "title"),
    [
        (b"ARCHIVE".ljust(16, b"\0"), "ARCHIVE"),
        (b"ARCHIVE\0junk\x07\\", "ARCHIVE"),
        (b"  ARCHIVE ", "ARCHIVE"),
        (b"ARCH IVE", "ARCH IVE"),
        (b"", ""),
        (bytes(16), ""),
        ("R\u00d6NTGEN".encode("latin-1"), "R\u00d6NTGEN"),
        ("R\u00d6NTGEN".encode(), "R\u00d6NTGEN"),
        (b"\x83\x8c\x83\x93", "\ufffd\ufffd\ufffd\ufffd"),  # Shift JIS: not understood, and not dangerous
    ],
)
def test_ae_titles_as_peers_write_them(written: bytes, title: str) -> None:
    for pdu in (with_titles(written, b"CT1"), with_titles(b"CT1", written)):
        event = heard(Role.ACCEPTOR, pdu)
        assert isinstance(event, AssociationRequest)
        assert sorted([event.called_ae_title, event.calling_ae_title]) == sorted([title, "CT1"])
        association = Association(Role.ACCEPTOR)
        list(association.receive_data(pdu))
        said = association.send(AssociationAnswer(()))
        assert said[10:42] == pdu[10:42], "PS3.8 Table 9-17: sent back as they came"


@pytest.mark.parametrize("written", [b"A\x1b[31m", b"A\\B", b"A\nB", b"A\x7f"])
def test_ae_titles_that_are_dangerous(written: bytes) -> None:
    for pdu in (with_titles(written, b"CT1"), with_titles(b"CT1", written)):
        assert isinstance(heard(Role.ACCEPTOR, pdu), ProtocolViolation)


def request_with(*items: bytes, user: bytes = b"") -> bytes:
    fixed = associate_rq()[6:99]  # with the application context
    body = fixed + b"".join(items) + item(0x50, item(0x51, struct.pack(">L", 16384)) + user)
    return struct.pack(">BxL", 1, len(body)) + body


def context(number: int, *items: bytes) -> bytes:
    return item(0x20, bytes([number, 0, 0, 0]) + b"".join(items))


PLAIN = context(1, item(0x30, CT.encode()), item(0x40, EXPLICIT.encode()))
READ = (ProposedContext(1, CT, (EXPLICIT,)),)


@pytest.mark.parametrize(
    ("pdu", "contexts"),
    [
        (request_with(PLAIN, item(0x99, b"whatever")), READ),
        (request_with(item(0x99, b""), PLAIN), READ),
        (request_with(context(1, item(0x30, CT.encode()), item(0x40, EXPLICIT.encode()), item(0x77, b"?"))), READ),
        (request_with(context(1, item(0x30, CT.encode() + b"\0"), item(0x40, EXPLICIT.encode() + b"\0"))), READ),
        (request_with(PLAIN, user=item(0x55, b"A VERSION NAME OF MORE THAN SIXTEEN")), READ),
        (request_with(PLAIN, user=item(0x55, b"")), READ),
        (request_with(PLAIN, user=item(0x5F, bytes(9)) + item(0x53, bytes(4))), READ),
        (request_with(PLAIN, user=item(0x52, b"no UID at all")), READ),
        (request_with(context(1, item(0x40, EXPLICIT.encode()))), (ProposedContext(1, "", (EXPLICIT,)),)),
        (request_with(context(1, item(0x30, CT.encode()))), (ProposedContext(1, CT, ()),)),
        (request_with(context(2, item(0x30, CT.encode()))), (ProposedContext(2, CT, ()),)),
        (request_with(), ()),
    ],
    ids=["unknown item", "unknown first", "unknown in context", "padded UIDs", "long version", "no version",
         "unknown user items", "class UID", "no abstract syntax", "no transfer syntax", "even ID", "no context"],
)  # fmt: skip
def test_what_is_odd_is_read(pdu: bytes, contexts: tuple[ProposedContext, ...]) -> None:
    event = heard(Role.ACCEPTOR, pdu)
    assert isinstance(event, AssociationRequest)
    assert event.contexts == contexts


def test_extended_negotiation_is_kept_as_it_came() -> None:
    extended = struct.pack(">H", len(CT)) + CT.encode() + b"\x01\x02"
    pdu = request_with(PLAIN, user=item(0x56, extended) + item(0x58, b"\x02\x00\x00\x01u\x00\x06secret"))
    event = heard(Role.ACCEPTOR, pdu)
    assert isinstance(event, AssociationRequest)
    assert event.user_items == (UserItem(0x56, extended), UserItem(0x58, b"\x02\x00\x00\x01u\x00\x06secret"))
    assert "secret" not in repr(event)


@pytest.mark.parametrize(
    "pdu",
    [
        struct.pack(">BxL", 1, 10) + bytes(10),
        request_with(PLAIN[:-3]),
        request_with(item(0x20, b"")),
        request_with(PLAIN, PLAIN),
        request_with(context(1, item(0x30, CT.encode())[:-1])),
        request_with(PLAIN, user=item(0x51, struct.pack(">L", 8))),
        request_with(PLAIN, user=item(0x51, b"\0")),
        request_with(PLAIN, user=item(0x54, b"\0\x63abc")),
        request_with(PLAIN, user=b"\x52\0\0\x63"),
        request_with(context(1, item(0x30, "1.2.\u00d6".encode()))),
    ],
    ids=["short", "cut", "empty context", "one ID twice", "cut in context", "maximum length of 8",
         "maximum length of a byte", "role", "user item", "UID"],
)  # fmt: skip
def test_what_cannot_be_is_refused(pdu: bytes) -> None:
    event = heard(Role.ACCEPTOR, pdu)
    assert isinstance(event, ProtocolViolation)
    assert event.reply == bytes.fromhex("07 00 00000004 00 00 02 06")


@pytest.mark.parametrize("pdu", [struct.pack(">BxL", 2, 3) + bytes(3), struct.pack(">BxL", 3, 2) + bytes(2), ANSWER[:3] + b"\0\0\x50" + ANSWER[6:86]])  # fmt: skip
def test_an_answer_that_cannot_be(pdu: bytes) -> None:
    assert isinstance(heard(Role.REQUESTOR, pdu), ProtocolViolation)


# --- command sets and fragments ---------------------------------------------------------------------------


def test_every_kind_of_value_in_a_command_set() -> None:
    """A C-MOVE response and what names it, written by hand (PS3.7 section 9.3.4.2)."""
    content = bytes.fromhex(
        "0000 0000 04000000 00000000"  # a group length that is wrong, and not believed
        "0000 0001 02000000 2180"
        "0000 0006 04000000 44455354"
        "0000 0109 08000000 08001800 20000d00"
        "0000 0209 04000000 6e6f2120"
        "0000 2010 02000000 0500"
        "0000 2110 00000000"
    )
    command = decode_command(content)
    assert command == {
        0x0100: 0x8021, 0x0600: "DEST", 0x0901: (0x00080018, 0x0020000D), 0x0902: "no!", 0x1020: 5,
    }  # fmt: skip
    assert command_name(command) == "C-MOVE-RSP"
    assert encode_command(command)[12:] == content[12:-8]


@pytest.mark.parametrize("max_length", [16384, 32, 131072, 0])
def test_no_pdu_is_longer_than_was_agreed(max_length: int) -> None:
    association = Association(Role.REQUESTOR)
    association.send(REQUESTED)
    answer = encode_answer(AssociationAnswer((ContextAnswer(1, 0, IMPLICIT),), max_length), REQUEST[10:42])
    list(association.receive_data(answer))
    association.send(MessageStart(1, {0x0100: 1, 0x0800: 1}))
    said, content = association.send(DataSetFragment(1, bytes(range(250)) * 200, is_last=True)), b""
    while said:
        length, value_length, _, control = struct.unpack_from(">xxLLBB", said)
        assert length <= (max_length or 1 << 20)
        assert value_length == length - 4
        content += said[12 : length + 6]
        said = said[length + 6 :]
        assert control == (0 if said else 2)
    assert content == bytes(range(250)) * 200


@pytest.mark.parametrize("role", list(Role))
def test_a_data_set_that_nobody_announced(role: Role) -> None:
    """A requestor passes over what an SCP hangs on its response; an acceptor cannot tell what it would be."""
    association = Association(role)
    if role is Role.REQUESTOR:
        association.send(REQUESTED)
        list(association.receive_data(ANSWER))
    for _ in association.receive_data(REQUEST if role is Role.ACCEPTOR else b""):
        association.send(AssociationAnswer((ContextAnswer(1, 0, IMPLICIT),)))
    events = list(association.receive_data(p_data(b"1234", 2) + C_ECHO_RQ))
    expected = MessageStart if role is Role.REQUESTOR else ProtocolViolation
    assert [type(event) for event in events] == [expected]
