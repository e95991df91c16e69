"""Choose the presentation context for a stored instance, and convert the data set if its own syntax was not accepted.

A retrieving AE may accept uncompressed transfer syntaxes or Implicit VR only. Sending the stored bytes comes first; a
data set is converted only without loss of pixel data.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from dicomkit.archive import Instance
from dicomkit.archive.elements import encode_item, read_item
from dicomkit.errors import DicomKitError
from dicomkit.files.encoding import transfer_syntax
from dicomkit.files.file_bytes import file_bytes
from dicomkit.files.layout import file_layout
from dicomkit.files.part10 import encode_file_head, read_file_head
from dicomkit.files.warnings_here import warnings_here
from dicomkit.network.outgoing import NotSendable, find_outgoing
from dicomkit.network.sop_classes import UNCOMPRESSED
from dicomkit.network.wire.presentation_contexts import ContextAnswer

__all__ = ["Fitted", "NotFittingError", "converted_file", "fit", "sendable_syntaxes"]

_LAST_TAG = 0xFFFFFFFF


class NotFittingError(DicomKitError, ValueError):
    """An instance cannot be sent on this association."""


class Fitted(NamedTuple):
    """An instance ready to be sent: the ID of its presentation context, and its data set in pieces."""

    context_id: int
    data_set: Iterable[bytes]


def sendable_syntaxes(transfer_syntax_uid: str) -> tuple[str, ...]:
    """Return the transfer syntaxes in which an instance can be sent, its own first.

    Examples
    --------
    >>> sendable_syntaxes("1.2.840.10008.1.2")
    ('1.2.840.10008.1.2', '1.2.840.10008.1.2.1')
    """
    return tuple(dict.fromkeys([transfer_syntax_uid, *UNCOMPRESSED]))


def fit(instance: Instance, contexts: Sequence[ContextAnswer]) -> Fitted:
    """Return an instance as it can be sent in one of the contexts.

    Parameters
    ----------
    instance
        The instance.
    contexts
        The accepted contexts for its SOP class.

    Raises
    ------
    NotFittingError
        If there is no context, the file is gone or damaged, or cannot be converted.
    """
    by_syntax = {context.transfer_syntax_uid: context.context_id for context in contexts}
    if not by_syntax:
        raise NotFittingError(instance.uid, "its SOP class was not accepted", "propose it")
    found = next(iter(find_outgoing([instance.path])))
    if isinstance(found, NotSendable):
        raise NotFittingError(instance.uid, f"its file cannot be sent: {found.reason}", found.remedy)
    if found.transfer_syntax_uid in by_syntax:
        return Fitted(by_syntax[found.transfer_syntax_uid], found.pieces())
    for uid in sendable_syntaxes(found.transfer_syntax_uid)[1:]:
        if uid in by_syntax:
            content = converted_file(instance, uid)
            return Fitted(by_syntax[uid], [content[read_file_head(content).dataset_offset :]])
    raise NotFittingError(
        instance.uid, "its transfer syntax was not accepted", "propose it, or Explicit VR Little Endian"
    )


def converted_file(instance: Instance, uid: str) -> bytes:
    """Return the file of an instance in an uncompressed transfer syntax.

    Raises
    ------
    DicomKitError
        If it cannot be read, decoded or encoded.
    """
    if not transfer_syntax(instance.transfer_syntax_uid).encoding.little_endian:
        return _in_little_endian(instance, uid)
    # Only a conversion needs pydicom, and perhaps a decoder.
    from pydicom.uid import UID  # noqa: PLC0415 - see the line above

    from dicomkit.files.reading import read_file  # noqa: PLC0415 - the same
    from dicomkit.files.writing import encode_file  # noqa: PLC0415 - the same

    with warnings_here("ignore"):
        dataset = read_file(instance.path)
    if transfer_syntax(instance.transfer_syntax_uid).is_encapsulated:
        from dicomkit.pixels.compression import decompress  # noqa: PLC0415 - the same

        dataset = decompress(dataset)
    dataset.file_meta.TransferSyntaxUID = UID(uid)
    return encode_file(dataset)


def _in_little_endian(instance: Instance, uid: str) -> bytes:
    """Return the file of a Big Endian instance in Little Endian: pydicom would not swap the bytes of Pixel Data."""
    given, content = file_bytes(instance.path)
    layout = file_layout(content, given=given)
    item = read_item(layout.dataset, layout.dataset_start, layout.encoding, last=_LAST_TAG, given=given)
    head = encode_file_head(
        sop_class_uid=instance.sop_class_uid, sop_instance_uid=instance.uid, transfer_syntax_uid=uid
    )
    return head + encode_item(item, transfer_syntax(uid).encoding)
