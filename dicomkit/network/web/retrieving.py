"""WADO-RS: instances as DICOM files, their metadata as JSON, and bulk data.

References
----------
PS3.18 section 10.4, Retrieve Transaction.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from pathlib import Path

from dicomkit.archive import Instance
from dicomkit.errors import AttributeValueError, CharacterSetError, DicomKitError, ImageError
from dicomkit.files.quiet_pydicom import quiet_pydicom
from dicomkit.network.context_selection import converted_file
from dicomkit.network.sop_classes import uid_name
from dicomkit.network.web.accept_header import MULTIPART, Offer, choose
from dicomkit.network.web.answer import Answer, RequestRefusedError
from dicomkit.network.web.holdings import Holdings, place_of, read_instance, uids_of, unreadable
from dicomkit.network.web.json_model import dump_json, metadata_as_json
from dicomkit.network.web.multipart import joined_parts
from dicomkit.network.web.searching import JSON_OFFERS, joined_json
from dicomkit.text import counted
from dicomkit.uids import EXPLICIT_VR_LITTLE_ENDIAN

__all__ = ["bulk_data_answer", "instances_answer", "metadata_answer", "parts_answer"]

_DICOM, _OCTETS = "application/dicom", "application/octet-stream"
_PIECE_BYTES = 256 << 10


def instances_answer(instances: Sequence[Instance], *, accept: str) -> Answer:
    """Return instances as DICOM files: as stored if that is accepted, otherwise in Explicit VR Little Endian.

    Parameters
    ----------
    instances
        At least one.
    accept
        The Accept header field. Its default transfer syntax is Explicit VR Little Endian.

    Raises
    ------
    RequestRefusedError
        406 if nothing available is accepted, 500 if a file cannot be read any more.

    References
    ----------
    PS3.18 section 8.7.3.5.2, Transfer Syntax Parameter.
    """
    stored = dict.fromkeys(one.transfer_syntax_uid for one in instances)
    available = (EXPLICIT_VR_LITTLE_ENDIAN, *(stored if len(stored) == 1 else ()))
    offers = [Offer(_DICOM, is_multipart=True, transfer_syntaxes=available)]
    offers += [Offer(_DICOM, transfer_syntaxes=available)] if len(instances) == 1 else []
    chosen = choose(accept, offers)
    said = counted(len(instances), "instance")
    return parts_answer(chosen.offer, (_file(one, chosen.transfer_syntax) for one in instances), said)


def parts_answer(offer: Offer, parts: Iterator[tuple[str, Iterator[bytes]]], said: str) -> Answer:
    """Return the parts, each with its media type, as a multipart answer with a random boundary; or the only part."""
    if not offer.is_multipart:
        kind, pieces = next(parts)
        return Answer(kind, pieces, said=said)
    boundary = f"dicomkit-{secrets.token_hex(16)}"
    kind = f'{MULTIPART}; type="{offer.media_type}"; boundary={boundary}'
    return Answer(kind, joined_parts(boundary, parts), said=said)


def _file(instance: Instance, syntax: str) -> tuple[str, Iterator[bytes]]:
    """Return the media type and content of an instance's file; ``*`` stands for its own transfer syntax."""
    uid = instance.transfer_syntax_uid if syntax == "*" else syntax
    pieces = _as_stored(instance) if uid == instance.transfer_syntax_uid else _converted(instance, uid)
    return f"{_DICOM}; transfer-syntax={uid}", pieces


def _converted(instance: Instance, syntax: str) -> Iterator[bytes]:
    try:
        yield converted_file(instance, syntax)
    except (ImageError, AttributeValueError, CharacterSetError) as error:
        name = uid_name(instance.transfer_syntax_uid)
        raise RequestRefusedError(
            406,
            f"instance {instance.uid}",
            f"{name} cannot be converted here: {error.problem}",
            "accept transfer-syntax=*",
        ) from error
    except DicomKitError as error:
        raise unreadable(instance, error.problem) from error


def _as_stored(instance: Instance) -> Iterator[bytes]:
    try:
        with Path(instance.path).open("rb") as stream:
            while piece := stream.read(_PIECE_BYTES):
                yield piece
    except OSError as error:
        raise unreadable(instance, "its file cannot be read any more") from error


def metadata_answer(holdings: Holdings, instances: Sequence[Instance], *, accept: str) -> Answer:
    """Return all attributes of instances as JSON, with URIs instead of bulk data.

    Raises
    ------
    RequestRefusedError
        406 if JSON is not accepted.
    """
    chosen = choose(accept, JSON_OFFERS)

    def results() -> Iterator[bytes]:
        for instance in instances:
            start = f"{holdings.base_url}{place_of(*uids_of(instance))}/bulkdata"
            found = metadata_as_json(
                read_instance(instance),
                lambda tag, start=start: f"{start}/{tag:08X}",  # type: ignore[misc] # bound at once
            )
            found["00083002"] = {"vr": "UI", "Value": [instance.transfer_syntax_uid]}
            yield dump_json(dict(sorted(found.items())))

    said = f"metadata of {counted(len(instances), 'instance')}"
    return Answer(chosen.offer.media_type, joined_json(results()), said=said)


def bulk_data_answer(instance: Instance, tag: str, *, accept: str) -> Answer:
    """Return the value of one attribute as the stored bytes.

    Raises
    ------
    RequestRefusedError
        404 if there is no such attribute, 406 if bytes are not accepted.
    """
    chosen = choose(accept, [Offer(_OCTETS, is_multipart=True), Offer(_OCTETS)])
    with quiet_pydicom():
        value = getattr(read_instance(instance).get(int(tag, 16)), "value", None)
    if not isinstance(value, bytes):
        raise RequestRefusedError(
            404, f"attribute {tag}", "that instance has no such value of bytes", "see its metadata"
        )
    return parts_answer(chosen.offer, iter([(_OCTETS, iter([value]))]), counted(len(value), "byte"))
