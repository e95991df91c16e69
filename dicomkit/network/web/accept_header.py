"""Choose the media type of an answer by the Accept header field, with DICOMweb's own parameters.

In ``multipart/related; type="application/dicom"; transfer-syntax=*``, one parameter holds the media type that matters
and another the transfer syntax. Beginners' requests usually lack both.

References
----------
PS3.18 section 8.7, Media Types; RFC 9110 section 12.5.1, Accept.
"""

from __future__ import annotations

from collections.abc import Sequence
from email.message import Message
from typing import NamedTuple, TypeAlias

from dicomkit.network.web.answer import RequestRefusedError
from dicomkit.uids import EXPLICIT_VR_LITTLE_ENDIAN

__all__ = ["MULTIPART", "Chosen", "Offer", "choose", "media_type"]

MULTIPART = "multipart/related"
_MAX_RANGES = 50

# A media range with its parameters.
_Range: TypeAlias = "tuple[str, dict[str, str]]"


class Offer(NamedTuple):
    """A media type in which an answer can be made.

    ``transfer_syntaxes`` are those in which the resource is available; none if it has no transfer syntax.
    """

    media_type: str
    is_multipart: bool = False
    transfer_syntaxes: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The media type as an Accept header field has it."""
        return f'{MULTIPART}; type="{self.media_type}"' if self.is_multipart else self.media_type


class Chosen(NamedTuple):
    """The chosen offer; ``transfer_syntax`` is ``*`` for the stored one."""

    offer: Offer
    transfer_syntax: str


def media_type(text: str) -> tuple[str, dict[str, str]]:
    """Return a media type and its parameters; names in lower case.

    Examples
    --------
    >>> media_type('multipart/related; type="application/dicom"; boundary=x')
    ('multipart/related', {'type': 'application/dicom', 'boundary': 'x'})
    """
    message = Message()
    message["Content-Type"] = " ".join(text.split())
    (name, _), *others = message.get_params(failobj=[("", "")])
    return name.lower().strip(), {key.lower(): value for key, value in others}


def choose(accept: str, offers: Sequence[Offer]) -> Chosen:
    """Return the offer that an Accept header field prefers; the first if the field is empty.

    Parameters
    ----------
    accept
        The header field; empty if there is none.
    offers
        The available media types, the preferred first.

    Raises
    ------
    RequestRefusedError
        406 if no offer is accepted.

    Examples
    --------
    >>> choose("image/*", [Offer("image/jpeg"), Offer("image/png")]).offer.media_type
    'image/jpeg'
    """
    ranges = [media_type(text) for text in _split(accept)[:_MAX_RANGES]] or [("*/*", {})]
    for media_range in sorted(ranges, key=_quality, reverse=True):
        if _quality(media_range) <= 0:
            continue
        for offer in offers:
            syntax = media_range[1].get("transfer-syntax", EXPLICIT_VR_LITTLE_ENDIAN)
            is_there = not offer.transfer_syntaxes or syntax in {"*", *offer.transfer_syntaxes}
            if is_there and _is_in_range(offer, *media_range) and not _is_decided(offer, media_range, ranges):
                return Chosen(offer, syntax)
    raise _not_acceptable(accept, [one for one in ranges if _quality(one) > 0], offers)


def _is_decided(offer: Offer, media_range: _Range, ranges: Sequence[_Range]) -> bool:
    """Return whether a more specific range matches an offer, so that its quality counts."""
    return any(_is_in_range(offer, *other) and _stars(other) < _stars(media_range) for other in ranges)


def _stars(media_range: _Range) -> int:
    """Return the number of wildcards in a range: 3 for ``*/*``, 1 for ``image/*``, 0 for a specific type."""
    name, parameters = media_range
    wanted = parameters.get("type", "*/*") if name == MULTIPART else name
    return wanted.count("*") + (name == "*/*")


def _split(accept: str) -> list[str]:
    """Split at commas outside of quotes."""
    parts = accept.split('"')
    text = '"'.join(part if index % 2 else part.replace(",", "\n") for index, part in enumerate(parts))
    return [part.strip() for part in text.split("\n") if part.strip()]


def _quality(media_range: _Range) -> float:
    try:
        return float(media_range[1].get("q", "1"))
    except ValueError:
        return 0.0


def _is_in_range(offer: Offer, name: str, parameters: dict[str, str]) -> bool:
    wanted = parameters.get("type", "*/*").lower() if name == MULTIPART else name
    if name == MULTIPART and not offer.is_multipart:
        return False
    if name not in {MULTIPART, "*/*"} and offer.is_multipart:
        return False
    kind, _, subtype = wanted.partition("/")
    return (
        wanted == "*/*"
        or (subtype == "*" and offer.media_type.startswith(f"{kind}/"))
        or wanted == offer.media_type
    )


def _not_acceptable(accept: str, ranges: Sequence[_Range], offers: Sequence[Offer]) -> RequestRefusedError:
    remedy = "accept " + " or ".join(dict.fromkeys(offer.text for offer in offers))
    problem = "nothing of this resource can be had in that form"
    if any(offer.transfer_syntaxes and _is_in_range(offer, *one) for one in ranges for offer in offers):
        problem = "it is not stored in that transfer syntax, and cannot be converted to it"
        remedy = "accept transfer-syntax=* for what is stored"
    elif any(name == offer.media_type and offer.is_multipart for name, _ in ranges for offer in offers):
        problem = "several parts make up this answer, so the type is that of each part"
    return RequestRefusedError(406, f"Accept: {accept}", problem, remedy)
