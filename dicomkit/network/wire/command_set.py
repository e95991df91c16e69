"""Encode and decode command sets, the first part of each DIMSE message (PS3.7 section 6.3 and annex E).

A command set holds the elements of group 0000. It is always in Implicit VR Little Endian, whatever transfer
syntax was negotiated for the data set that follows.
"""

from __future__ import annotations

import enum
import functools
import struct
from collections.abc import Mapping

from dicomkit.errors import NotDicomError

__all__ = [
    "MAX_COMMAND_BYTES",
    "NO_DATA_SET",
    "RESPONSE_BIT",
    "CommandElement",
    "CommandField",
    "CommandSet",
    "CommandValue",
    "command_name",
    "decode_command",
    "encode_command",
    "number_in",
    "text_in",
]

_HEADER = struct.Struct("<HHL")
MAX_COMMAND_BYTES = 64 << 10  # a command set has a dozen short elements
NO_DATA_SET = 0x0101  # PS3.7 section E.1: value of Command Data Set Type for no data set
RESPONSE_BIT = 0x8000  # PS3.7 section E.1: set in the Command Field of a response


class CommandElement(enum.IntEnum):
    """The elements of group 0000 (PS3.7 section E.1)."""

    GROUP_LENGTH = 0x0000
    AFFECTED_SOP_CLASS_UID = 0x0002
    REQUESTED_SOP_CLASS_UID = 0x0003
    COMMAND_FIELD = 0x0100
    MESSAGE_ID = 0x0110
    MESSAGE_ID_BEING_RESPONDED_TO = 0x0120
    MOVE_DESTINATION = 0x0600
    PRIORITY = 0x0700
    COMMAND_DATA_SET_TYPE = 0x0800
    STATUS = 0x0900
    OFFENDING_ELEMENT = 0x0901
    ERROR_COMMENT = 0x0902
    ERROR_ID = 0x0903
    AFFECTED_SOP_INSTANCE_UID = 0x1000
    REQUESTED_SOP_INSTANCE_UID = 0x1001
    EVENT_TYPE_ID = 0x1002
    ATTRIBUTE_IDENTIFIER_LIST = 0x1005
    ACTION_TYPE_ID = 0x1008
    NUMBER_OF_REMAINING_SUBOPERATIONS = 0x1020
    NUMBER_OF_COMPLETED_SUBOPERATIONS = 0x1021
    NUMBER_OF_FAILED_SUBOPERATIONS = 0x1022
    NUMBER_OF_WARNING_SUBOPERATIONS = 0x1023
    MOVE_ORIGINATOR_AE_TITLE = 0x1030
    MOVE_ORIGINATOR_MESSAGE_ID = 0x1031


class CommandField(enum.IntEnum):
    """The values of Command Field (0000,0100) (PS3.7 section E.1)."""

    C_STORE_RQ = 0x0001
    C_STORE_RSP = 0x8001
    C_GET_RQ = 0x0010
    C_GET_RSP = 0x8010
    C_FIND_RQ = 0x0020
    C_FIND_RSP = 0x8020
    C_MOVE_RQ = 0x0021
    C_MOVE_RSP = 0x8021
    C_ECHO_RQ = 0x0030
    C_ECHO_RSP = 0x8030
    N_EVENT_REPORT_RQ = 0x0100
    N_EVENT_REPORT_RSP = 0x8100
    N_GET_RQ = 0x0110
    N_GET_RSP = 0x8110
    N_SET_RQ = 0x0120
    N_SET_RSP = 0x8120
    N_ACTION_RQ = 0x0130
    N_ACTION_RSP = 0x8130
    N_CREATE_RQ = 0x0140
    N_CREATE_RSP = 0x8140
    N_DELETE_RQ = 0x0150
    N_DELETE_RSP = 0x8150
    C_CANCEL_RQ = 0x0FFF


# Elements by VR: AT holds tags, US a number, the others text (PS3.7 section E.1).
_TAGS = frozenset({CommandElement.OFFENDING_ELEMENT, CommandElement.ATTRIBUTE_IDENTIFIER_LIST})
_UIDS = frozenset(element for element in CommandElement if element.name.endswith("_UID"))
_TEXTS = frozenset(
    {
        CommandElement.MOVE_DESTINATION,
        CommandElement.MOVE_ORIGINATOR_AE_TITLE,
        CommandElement.ERROR_COMMENT,
        *_UIDS,
    }
)
_NUMBERS = frozenset(CommandElement) - {CommandElement.GROUP_LENGTH} - _TAGS - _TEXTS
_NAMES = {int(field): field.name.replace("_", "-") for field in CommandField}

CommandValue = int | str | tuple[int, ...]
# Values by element number: a number for VR US, tags for AT, otherwise text.
CommandSet = Mapping[int, CommandValue]


def encode_command(command: CommandSet) -> bytes:
    """Return a command set as bytes, with its group length.

    Examples
    --------
    >>> encode_command({CommandElement.COMMAND_FIELD: CommandField.C_ECHO_RQ}).hex(" ", 2)
    '0000 0000 0400 0000 0a00 0000 0000 0001 0200 0000 3000'
    """
    return _encode_group(tuple(sorted(command.items())))


@functools.lru_cache(maxsize=4)  # all pending responses of a query have the same command set
def _encode_group(elements: tuple[tuple[int, CommandValue], ...]) -> bytes:
    group = b"".join([_encode_element(element, value) for element, value in elements])
    return _HEADER.pack(0, CommandElement.GROUP_LENGTH, 4) + len(group).to_bytes(4, "little") + group


def _encode_element(element: int, value: CommandValue) -> bytes:
    if isinstance(value, int):
        encoded = value.to_bytes(2, "little")
    elif isinstance(value, tuple):
        encoded = b"".join(struct.pack("<HH", tag >> 16, tag & 0xFFFF) for tag in value)
    else:
        encoded = value.encode("ascii", "replace")
        if len(encoded) % 2:
            encoded += b"\0" if element in _UIDS else b" "
    return _HEADER.pack(0, element, len(encoded)) + encoded


def decode_command(content: bytes) -> dict[int, CommandValue]:
    """Decode a command set. An element without a value is left out; the group length is ignored.

    Raises
    ------
    NotDicomError
        If an element does not fit, or belongs to another group than 0000.
    """
    command: dict[int, CommandValue] = {}
    offset, end = 0, len(content)
    while offset < end:
        group, element, length = -1, 0, 0
        if offset + _HEADER.size <= end:
            group, element, length = _HEADER.unpack_from(content, offset)
        offset += _HEADER.size
        value = content[offset : offset + length]
        offset += length
        if group != 0 or offset > end:
            raise NotDicomError(
                "command set", "an element does not fit", "write it as PS3.7 section 6.3 says"
            )
        if value and element != CommandElement.GROUP_LENGTH:
            command[element] = _decode_value(element, value)
    return command


def _decode_value(element: int, value: bytes) -> CommandValue:
    if element in _NUMBERS:
        if len(value) != 2:  # noqa: PLR2004 - VR US
            raise NotDicomError("command set", "a number is not two bytes long", "see PS3.7 section E.1")
        return value[0] | value[1] << 8
    if element in _TAGS:
        if len(value) % 4:
            raise NotDicomError("command set", "a tag is not four bytes long", "see PS3.7 section E.1")
        return tuple(group << 16 | number for group, number in struct.iter_unpack("<HH", value))
    return value.decode("latin-1").strip("\0 ")


def command_name(command: CommandSet) -> str:
    """Return the name of a message, such as ``C-STORE-RQ``.

    Examples
    --------
    >>> command_name({CommandElement.COMMAND_FIELD: 0x8100})
    'N-EVENT-REPORT-RSP'
    """
    number = number_in(command, CommandElement.COMMAND_FIELD)
    return _NAMES.get(number, f"command {number:04X}H")


def number_in(command: CommandSet, element: CommandElement, default: int = 0) -> int:
    """Return the value of an element with VR US, or `default`."""
    value = command.get(element, default)
    return value if isinstance(value, int) else default


def text_in(command: CommandSet, element: CommandElement) -> str:
    """Return the value of an element that holds text, or an empty string."""
    value = command.get(element, "")
    return value if isinstance(value, str) else ""
