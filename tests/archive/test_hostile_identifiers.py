"""Hostile identifiers: each operation ends with a status and a short comment, and nothing is raised."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from pydicom import Dataset

from dicomkit.archive import Catalogue, Worklist
from dicomkit.archive.elements import encode_item
from dicomkit.archive.identifiers import item_of
from dicomkit.files.encoding import EXPLICIT_LITTLE, IMPLICIT_LITTLE
from dicomkit.files.writing import write_file
from dicomkit.network.operations import OutgoingRequest, Request
from dicomkit.network.query_classes import COMMITMENT, COMMITMENT_INSTANCE, QUERY_CLASSES, WORKLIST_FIND
from dicomkit.network.query_service import QueryService
from dicomkit.network.request_rules import response_to
from dicomkit.network.wire.command_set import CommandElement, CommandField, text_in
from dicomkit.network.wire.presentation_contexts import ContextAnswer
from dicomkit.samples import ct_series

SYNTAXES = {"1.2.840.10008.1.2.1": EXPLICIT_LITTLE, "1.2.840.10008.1.2": IMPLICIT_LITTLE}


def identifier() -> Dataset:
    code = Dataset()
    code.CodeValue, code.CodeMeaning = "A*", ""
    dataset = Dataset()
    dataset.SpecificCharacterSet = "ISO_IR 100"
    dataset.QueryRetrieveLevel, dataset.StudyDate, dataset.PatientName = "STUDY", "20200101-", "Wörk*"
    dataset.StudyInstanceUID, dataset.ModalitiesInStudy = ["1.2.3", "1.2.4"], ["CT", "MR"]
    dataset.NumberOfStudyRelatedInstances, dataset.ProcedureCodeSequence = "4", [code]
    dataset.ReferencedSOPSequence = [code]
    dataset.TransactionUID = "1.2"
    return dataset


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> QueryService:
    folder: Path = tmp_path_factory.mktemp("archive")
    for number, dataset in enumerate(ct_series(2, size=16)):
        write_file(dataset, folder / f"{number}.dcm")
    return QueryService(
        Catalogue(folder),
        Worklist(folder),
        ae_title="A",
        destination_of=lambda _: None,
        report_to=lambda *_: True,
    )


def said_at_the_end(
    service: QueryService, sop_class: str, field: int, syntax: str, content: bytes
) -> tuple[int, str]:
    command = {
        CommandElement.AFFECTED_SOP_CLASS_UID: sop_class,
        CommandElement.COMMAND_FIELD: field,
        CommandElement.MESSAGE_ID: 1,
        CommandElement.ACTION_TYPE_ID: 1,
        CommandElement.REQUESTED_SOP_INSTANCE_UID: COMMITMENT_INSTANCE,
    }
    request = Request(command, ContextAnswer(1, 0, syntax, sop_class), content, "ME")
    last = None
    for said in service.start(request):
        assert not isinstance(said, OutgoingRequest)
        last = said[-1] if said else last  # nothing: the catalogue is still being read
    assert last is not None
    return last.status, text_in(response_to(command, last.status, last.comment), CommandElement.ERROR_COMMENT)


KINDS = [(uid, kind.operation) for uid, kind in QUERY_CLASSES.items()]
KINDS += [(WORKLIST_FIND, CommandField.C_FIND_RQ), (COMMITMENT, CommandField.N_ACTION_RQ)]


@pytest.mark.parametrize("seed", range(8))
def test_an_identifier_that_is_damaged_is_answered(service: QueryService, seed: int) -> None:
    rng = random.Random(seed)  # noqa: S311 - the same bytes on each run
    statuses = set()
    for syntax, encoding in SYNTAXES.items():
        whole = encode_item(item_of(identifier()), encoding)
        for _ in range(60):
            content = bytearray(whole)
            for _ in range(rng.randint(1, 6)):
                content[rng.randrange(len(content))] = rng.choice(
                    [0, 1, 0x2A, 0x5C, 0x7F, 0xFE, 0xFF, rng.randrange(256)]
                )
            if rng.random() < 0.3:
                del content[rng.randrange(len(content)) :]
            sop_class, field = rng.choice(KINDS)
            status, comment = said_at_the_end(service, sop_class, field, syntax, bytes(content))
            assert len(comment) <= 64
            statuses.add(status)
    assert 0xA900 in statuses
    assert len(statuses) > 2


def test_an_identifier_that_nests_without_end_is_refused(service: QueryService) -> None:
    content = encode_item(item_of(identifier()), EXPLICIT_LITTLE)
    deep = b"".join(bytes.fromhex("08003210 5351 0000 ffffffff feff00e0 ffffffff") for _ in range(5000))
    find = next(uid for uid, kind in QUERY_CLASSES.items() if kind.operation is CommandField.C_FIND_RQ)
    status, comment = said_at_the_end(service, find, CommandField.C_FIND_RQ, "1.2.840.10008.1.2.1", deep)
    assert (status, comment != "") == (0xC000, True)
    status, _ = said_at_the_end(service, find, CommandField.C_FIND_RQ, "1.2.840.10008.1.2.1", content)
    assert status in {0x0000, 0xA900}
