"""QIDO-RS: answer a search with JSON.

References
----------
PS3.18 section 10.6, Search Transaction.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from dicomkit.archive.answers import asked_elements, with_one_character_set
from dicomkit.archive.levels import Level
from dicomkit.archive.records import EntityRecord
from dicomkit.archive.search import find_entities
from dicomkit.network.web.accept_header import Offer, choose
from dicomkit.network.web.answer import Answer
from dicomkit.network.web.holdings import Holdings, place_of
from dicomkit.network.web.json_model import dump_json, item_as_json
from dicomkit.network.web.search_request import SearchRequest
from dicomkit.text import counted

__all__ = ["JSON_OFFERS", "joined_json", "search_answer"]

JSON_OFFERS = (Offer("application/dicom+json"), Offer("application/json"))
_RETRIEVE_URL = "00081190"


def search_answer(holdings: Holdings, request: SearchRequest, *, accept: str) -> Answer:
    """Return the answer to a search, which is made while it is sent.

    Parameters
    ----------
    holdings
        The archive.
    request
        The search.
    accept
        The Accept header field.

    Raises
    ------
    RequestRefusedError
        406 if JSON is not accepted.
    """
    chosen = choose(accept, JSON_OFFERS)
    entities = find_entities(holdings.catalogue, request.query, ae_title=holdings.ae_title)
    stop = None if request.limit is None else request.offset + request.limit
    wanted = itertools.islice(entities, request.offset, stop)
    first = next(wanted, None)
    if first is None:
        return Answer(status=204, warnings=request.warnings, said="no results")
    keys = [key for key in request.query.returned if key.tag not in set(request.query.unsupported)]

    count = 0

    def results() -> Iterator[bytes]:
        nonlocal count
        for entity in itertools.chain([first], wanted):
            found = item_as_json(with_one_character_set(asked_elements(entity, keys)))
            url = holdings.base_url + _place(entity, request.query.level)
            found[_RETRIEVE_URL] = {"vr": "UR", "Value": [url]}
            count += 1
            yield dump_json(found)

    return Answer(
        chosen.offer.media_type,
        joined_json(results()),
        warnings=request.warnings,
        said=lambda: counted(count, "result"),
    )


def _place(entity: EntityRecord, level: Level) -> str:
    series = entity.series if level > Level.STUDY else None
    instance = entity.instance if level > Level.SERIES else None
    return place_of(*[one.uid for one in (entity.study, series, instance) if one is not None])


def joined_json(results: Iterator[bytes]) -> Iterator[bytes]:
    """Yield a JSON array of results that are made one by one."""
    before = b"["
    for result in results:
        yield before + result
        before = b",\n"
    yield b"]" if before != b"[" else b"[]"
