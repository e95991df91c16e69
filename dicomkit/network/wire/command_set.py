"""Command sets: the part of a DIMSE message that says what is wanted (PS3.7 section 6.3 and annex E).

A command set is a small data set of group 0000, always in Implicit VR Little Endian, whatever transfer
syntax was agreed on for the data set behind it.
"""

from __future__ import annotations

import enum
import struct
from collections.abc import Mapping

from dicomkit.errors import NotDicomError

__all__ = [
    "MAX_COMMAND_BYTES",
    "NO_DATA_SET",
    "Command",
    "CommandElement",
    "CommandField",
    "command_name",
    "decode_command",
    "encode_command",
    "encode_store_response",
    "number_in",
    "text_in",
]

_HEADER = struct.Struct("<HHL")
_US = struct.Struct("<H")
_NUMBER, _GROUP_LENGTH = struct.Struct("<HHLH"), struct.Struct("<HHLL")  # an element with its value
MAX_COMMAND_BYTES = 64 << 10  # a command set has a dozen short elements
NO_DATA_SET = 0x0101  # PS3.7 section E.1: Command Data Set Type when nothing follows


class CommandElement(enum.IntEnum):
    """The elements of group 0000 that storage and verification use (PS3.7 section E.1)."""

    GROUP_LENGTH = 0x0000
    AFFECTED_SOP_CLASS_UID = 0x0002
    COMMAND_FIELD = 0x0100
    MESSAGE_ID = 0x0110
    MESSAGE_ID_BEING_RESPONDED_TO = 0x0120
    PRIORITY = 0x0700
    COMMAND_DATA_SET_TYPE = 0x0800
    STATUS = 0x0900
    ERROR_COMMENT = 0x0902
    AFFECTED_SOP_INSTANCE_UID = 0x1000


class CommandField(enum.IntEnum):
    """Which message it is (PS3.7 section E.1)."""

    C_STORE_RQ = 0x0001
    C_STORE_RSP = 0x8001
    C_ECHO_RQ = 0x0030
    C_ECHO_RSP = 0x8030


_NUMBERS = {
    CommandElement.COMMAND_FIELD,
    CommandElement.MESSAGE_ID,
    CommandElement.MESSAGE_ID_BEING_RESPONDED_TO,
    CommandElement.PRIORITY,
    CommandElement.COMMAND_DATA_SET_TYPE,
    CommandElement.STATUS,
}
_UIDS = {CommandElement.AFFECTED_SOP_CLASS_UID, CommandElement.AFFECTED_SOP_INSTANCE_UID}
_OTHER_NAMES = {0x0020: "C-FIND-RQ", 0x0021: "C-MOVE-RQ", 0x0010: "C-GET-RQ", 0x0FFF: "C-CANCEL-RQ"}
# The unchanging parts of a response to C-STORE; the second numbers stay open.
_SOP_CLASS, _SOP_INSTANCE = (
    int(CommandElement.AFFECTED_SOP_CLASS_UID),
    int(CommandElement.AFFECTED_SOP_INSTANCE_UID),
)
_RESPONSE_AND_ID = _NUMBER.pack(0, CommandElement.COMMAND_FIELD, 2, CommandField.C_STORE_RSP) + _HEADER.pack(
    0, CommandElement.MESSAGE_ID_BEING_RESPONDED_TO, 2
)
_NO_DATA_SET_AND_STATUS = _NUMBER.pack(
    0, CommandElement.COMMAND_DATA_SET_TYPE, 2, NO_DATA_SET
) + _HEADER.pack(0, CommandElement.STATUS, 2)

# Element number to value: a number for VR US, else text.
Command = dict[int, int | str]


def encode_command(command: Mapping[CommandElement, int | str]) -> bytes:
    """Return a command set as bytes, with its group length.

    Examples
    --------
    >>> encode_command({CommandElement.COMMAND_FIELD: CommandField.C_ECHO_RQ}).hex(" ", 2)
    '0000 0000 0400 0000 0a00 0000 0000 0001 0200 0000 3000'
    """
    group = b"".join([_encode_element(element, command[element]) for element in sorted(command)])
    return _GROUP_LENGTH.pack(0, CommandElement.GROUP_LENGTH, 4, len(group)) + group


def encode_store_response(sop_class_uid: str, sop_instance_uid: str, message_id: int, status: int) -> bytes:
    """Return the response to a C-STORE request, without a comment.

    `encode_command` makes the same of the same six elements. This takes half the time, and a receiver
    does it for each instance while the sender waits: what never changes is encoded once.
    """
    group = (
        _encode_element(_SOP_CLASS, sop_class_uid)
        + _RESPONSE_AND_ID
        + _US.pack(message_id)
        + _NO_DATA_SET_AND_STATUS
        + _US.pack(status)
        + _encode_element(_SOP_INSTANCE, sop_instance_uid)
    )
    return _GROUP_LENGTH.pack(0, 0, 4, len(group)) + group


def _encode_element(element: int, value: int | str) -> bytes:
    if isinstance(value, int):
        return _NUMBER.pack(0, element, _US.size, value)
    encoded = value.encode("ascii", "replace")
    if len(encoded) % 2:
        encoded += b"\0" if element in _UIDS else b" "
    return _HEADER.pack(0, element, len(encoded)) + encoded


def decode_command(content: bytes) -> Command:
    """Read a command set.

    Raises
    ------
    NotDicomError
        If an element does not fit, or is not of group 0000.
    """
    command: Command = {}
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
        if element in _NUMBERS:
            if length != _US.size:
                raise NotDicomError("command set", "a number is not two bytes long", "see PS3.7 section E.1")
            command[element] = value[0] | value[1] << 8
        else:
            command[element] = value.decode("latin-1").strip("\0 ")
    return command


def command_name(command: Command) -> str:
    """Return the name of a message, such as ``C-STORE-RQ``."""
    number = number_in(command, CommandElement.COMMAND_FIELD)
    try:
        return CommandField(number).name.replace("_", "-")
    except ValueError:
        return _OTHER_NAMES.get(number, f"command {number:04X}H")


def number_in(command: Command, element: CommandElement, default: int = 0) -> int:
    """Return the value of an element with VR US."""
    value = command.get(element, default)
    return value if isinstance(value, int) else default


def text_in(command: Command, element: CommandElement) -> str:
    """Return the value of an element that holds text, or an empty text."""
    value = command.get(element, "")
    return value if isinstance(value, str) else ""
