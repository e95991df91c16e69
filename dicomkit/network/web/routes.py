"""The resources of DICOMweb: which URL is answered by which transaction.

An HTTP handler calls `answer_to` in a worker thread; nothing here depends on the web framework.

References
----------
PS3.18 section 10.1.1, Resource Descriptions.
"""

from __future__ import annotations

import re
import urllib.parse
from typing import NamedTuple

from dicomkit.archive import Instance, Level
from dicomkit.archive.query_error import CatalogueBusyError
from dicomkit.network.web.answer import Answer, RequestRefusedError, no_resource
from dicomkit.network.web.frames import frame_numbers, frames_answer
from dicomkit.network.web.holdings import Holdings, instances_at
from dicomkit.network.web.pictures import parse_picture_options, rendered_answer, thumbnail_answer
from dicomkit.network.web.retrieving import bulk_data_answer, instances_answer, metadata_answer
from dicomkit.network.web.search_request import parse_search
from dicomkit.network.web.searching import search_answer

__all__ = ["STORE_PATH", "WebRequest", "answer_to"]

_UID = r"(?P<{}>[^/]+)"
_STUDY, _SERIES, _INSTANCE = (
    f"/{name}/{_UID.format(key)}"
    for name, key in (("studies", "study"), ("series", "series"), ("instances", "instance"))
)
STORE_PATH = re.compile(rf"/studies(?:/{_UID.format('study')})?/?")
_SEARCH = re.compile(rf"(?:{_STUDY})?(?:{_SERIES})?/(?P<what>studies|series|instances)/?")
_RETRIEVE = re.compile(
    rf"{_STUDY}(?:{_SERIES}(?:{_INSTANCE})?)?(?:/(?P<what>metadata|rendered|thumbnail))?/?"
)
_OF_INSTANCE = re.compile(
    rf"{_STUDY}{_SERIES}{_INSTANCE}/(?:frames/(?P<frames>[^/]+)(?:/(?P<picture>rendered|thumbnail))?"
    r"|bulkdata/(?P<bulk>[0-9A-Fa-f]{8}))/?"
)
_LEVELS = {"studies": Level.STUDY, "series": Level.SERIES, "instances": Level.IMAGE}
_MAX_WAIT_S = 30.0  # for the catalogue, when the archive reads its folder for the first time
_KEYWORDS = {"study": "StudyInstanceUID", "series": "SeriesInstanceUID"}


class WebRequest(NamedTuple):
    """A GET request: path below the root of the service, query, and Accept header field."""

    path: str
    query: str = ""
    accept: str = ""


def answer_to(holdings: Holdings, request: WebRequest) -> Answer:
    """Return the answer to a GET.

    Raises
    ------
    RequestRefusedError
        With the HTTP status and a sentence.
    """
    try:
        sum(holdings.catalogue.refreshing(within_s=_MAX_WAIT_S))
    except CatalogueBusyError as error:
        raise RequestRefusedError(503, error.given, error.problem, error.remedy) from error
    if (found := _OF_INSTANCE.fullmatch(request.path)) is not None:
        return _part_of_instance(holdings, request, _named(found))
    if (found := _SEARCH.fullmatch(request.path)) is not None:
        return _search(holdings, request, _named(found))
    if (found := _RETRIEVE.fullmatch(request.path)) is not None:
        return _retrieve(holdings, request, _named(found))
    raise no_resource("names no resource of DICOMweb", "begin with /dicom-web/studies")


def _named(found: re.Match[str]) -> dict[str, str]:
    return {name: urllib.parse.unquote(text) for name, text in found.groupdict().items() if text is not None}


def _search(holdings: Holdings, request: WebRequest, named: dict[str, str]) -> Answer:
    above = {keyword: named[name] for name, keyword in _KEYWORDS.items() if name in named}
    level = _LEVELS[named["what"]]
    if len(above) >= level:
        raise no_resource("names no resource of DICOMweb", "search below what is named")
    for name in above.values():
        if "\\" in name or not name.strip():
            raise no_resource("there is no such UID", "search first, with QIDO-RS")
    return search_answer(holdings, parse_search(request.query, level, above), accept=request.accept)


def _instances(holdings: Holdings, named: dict[str, str]) -> list[Instance]:
    uids = tuple(named[name] for name in ("study", "series", "instance") if name in named)
    return instances_at(holdings.catalogue, uids)


def _retrieve(holdings: Holdings, request: WebRequest, named: dict[str, str]) -> Answer:
    instances = _instances(holdings, named)
    match named.get("what"):
        case "metadata":
            return metadata_answer(holdings, instances, accept=request.accept)
        case "thumbnail":
            return thumbnail_answer(instances, parse_picture_options(request.query), accept=request.accept)
        case "rendered" if "instance" in named:
            options = parse_picture_options(request.query)
            return rendered_answer(instances[0], 1, options, accept=request.accept)
        case "rendered":
            remedy = "add /series/{UID}/instances/{UID} before /rendered, or ask for /thumbnail"
            raise no_resource("whole studies and series are not rendered here", remedy)
        case _:
            return instances_answer(instances, accept=request.accept)


def _part_of_instance(holdings: Holdings, request: WebRequest, named: dict[str, str]) -> Answer:
    (instance,) = _instances(holdings, named)
    if "bulk" in named:
        return bulk_data_answer(instance, named["bulk"], accept=request.accept)
    numbers = frame_numbers(named["frames"])
    if "picture" not in named:
        return frames_answer(instance, numbers, accept=request.accept)
    if len(numbers) > 1:
        raise RequestRefusedError(404, "frames", "one picture shows one frame", "ask for them one by one")
    options = parse_picture_options(request.query)
    if named["picture"] == "thumbnail" and options.viewport is None:
        return thumbnail_answer([instance], options, accept=request.accept)
    return rendered_answer(instance, numbers[0], options, accept=request.accept)
