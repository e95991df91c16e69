"""Exercises 12.4 and 12.5: roles for C-GET, and a look at what a C-MOVE has done."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from typing import Any

from dicomkit.lessons.answer_parts import list_of
from dicomkit.lessons.answers import FUNCTION, Form
from dicomkit.lessons.exercise import PASS, Exercise, Misconception, Task, Verdict, retry
from dicomkit.lessons.learners_code import decision
from dicomkit.lessons.on_an_association import retrieved

__all__ = ["ALL_THERE", "ROLES"]

_LIST_OF_ROLES = "roles is a list of what build_role returns, one for each kind of object"
_NO_ROLES = "without a role this side is the SCU of storage, so nothing may be sent to it: A702H"
_ONE_KIND = "the CT slices come, the radiograph does not: each SOP class needs a role of its own"
_WRONG_ROLE = "scu_role is what one is anyway: to receive is to be the SCP, so scp_role=True"
_WRONG_CLASS = "the role belongs to what travels, CT and CR images, and not to the class of the query"
_OTHER = "not everything came: build_role(SOP class, scp_role=True), for CT and for CR images"


def _role(answer: object) -> object:
    if not hasattr(answer, "sop_class_uid"):
        raise TypeError(answer)
    return answer


def _check_roles(roles: Sequence[Any]) -> Verdict:
    from dicomkit.lessons.nb12_part_keys import archived_instances  # noqa: PLC0415 - numpy and pydicom are not light
    from dicomkit.network import Archive, send  # noqa: PLC0415 - as above

    slices = [one for one in archived_instances() if one.Modality in {"CT", "CR"}]
    for one in slices:
        one.StudyInstanceUID = "2.25.12"
    kinds = {str(one.SOPClassUID) for one in slices}
    if not roles:
        return retry(_NO_ROLES)
    if not kinds & {str(role.sop_class_uid) for role in roles}:
        return retry(_WRONG_CLASS)
    if not any(role.scp_role for role in roles):
        return retry(_WRONG_ROLE)
    with tempfile.TemporaryDirectory() as folder, Archive(folder, ae_title="ARCHIVE") as archive:
        send(slices, "127.0.0.1", archive.port, called_ae_title="ARCHIVE")
        came = retrieved(archive.port, "2.25.12", sorted(kinds), roles)
    if came == len(slices):
        return PASS
    return retry(_ONE_KIND if len({str(role.sop_class_uid) for role in roles}) == 1 else _OTHER)


_ROLES_SETUP = """\
from pynetdicom import build_role
from pynetdicom.sop_class import (
    ComputedRadiographyImageStorage,
    CTImageStorage,
    StudyRootQueryRetrieveInformationModelGet,
)
"""
ROLES = Exercise(
    id="12.4",
    title="Say in which roles you retrieve",
    name="roles",
    checker=_check_roles,
    form=list_of(Form("a role", _role, _LIST_OF_ROLES)).saying(_LIST_OF_ROLES),
    minutes=4,
    task=Task.WRITE,
    hints=(
        "Who stores in a C-GET? For each kind of object that comes, this side is the other one than usual.",
        "build_role takes a SOP class and scp_role=True. Two kinds of object come.",
        "[build_role(CTImageStorage, scp_role=True), ...]: and the same for ComputedRadiographyImageStorage.",
    ),
    solution="""\
roles = [
    build_role(CTImageStorage, scp_role=True),
    build_role(ComputedRadiographyImageStorage, scp_role=True),
]""",
    setup=_ROLES_SETUP,
    misconceptions=(
        Misconception("[]", _NO_ROLES),
        Misconception("[build_role(CTImageStorage, scp_role=True)]", _ONE_KIND),
        Misconception(
            "[build_role(kind, scu_role=True) for kind in (CTImageStorage, ComputedRadiographyImageStorage)]",
            _WRONG_ROLE,
        ),
        Misconception("[build_role(StudyRootQueryRetrieveInformationModelGet, scp_role=True)]", _WRONG_CLASS),
        Misconception("[CTImageStorage, ComputedRadiographyImageStorage]", _LIST_OF_ROLES),
    ),
    learned="C-GET comes through every firewall that lets the call out, and few archives are asked for it.",
)

_FUNCTION = "all_there is a function: change the one in the cell, and keep its name"
_STATUS_ONLY = "a retrieval of which nothing matched ends with 0000H, too: compare the count with expected"
_COUNT_ONLY = "five completed and one failed are not all there: the count alone does not look at failures"
_WARNING = "an instance with a warning was stored: completed and warnings together are what arrived"
_UNKNOWN = "an archive that refuses says no counts at all: None is no number, and the answer is False"


def _check_all_there(all_there: Callable[..., Any]) -> Verdict:
    from dicomkit.network import RetrieveReport  # noqa: PLC0415 - the lessons are light to import

    def says(
        status: int, completed: int | None, warnings: int | None, failed: int | None, expected: int
    ) -> bool:
        report = RetrieveReport("C-MOVE", status, completed, warnings, failed)
        return decision(all_there, report, expected, name="all_there")

    for judged, right, reason in (
        (says(0x0000, 12, 0, 0, 12), True, _FUNCTION),
        (says(0x0000, 0, 0, 0, 12), False, _STATUS_ONLY),
        (says(0x0000, 5, 0, 0, 12), False, _STATUS_ONLY),
        (says(0xA801, None, None, None, 12), False, _UNKNOWN),
        (says(0xB000, 12, 0, 1, 12), False, _COUNT_ONLY),
        (says(0xB000, 11, 1, 0, 12), True, _WARNING),
        (says(0xFE00, 5, 0, 0, 12), False, _COUNT_ONLY),
    ):
        if judged is not right:
            return retry(reason)
    return PASS


ALL_THERE = Exercise(
    id="12.5",
    title="Do not take success for arrival",
    name="all_there",
    checker=_check_all_there,
    form=FUNCTION.saying(_FUNCTION),
    minutes=7,
    task=Task.CHANGE,
    given="""\
def all_there(report, expected):
    return report.status == 0x0000""",
    hints=(
        "Which of the reports above had the status 0000H although nothing had been sent?",
        "completed and warnings are numbers of instances that were stored, failed of those that were not.",
        "arrived = (report.completed or 0) + (report.warnings or 0): compare that, and see that nothing failed.",
    ),
    solution="""\
def all_there(report, expected):
    arrived = (report.completed or 0) + (report.warnings or 0)
    return arrived == expected and not report.failed""",
    setup="from dicomkit.network import RetrieveReport\n",
    misconceptions=(
        Misconception("lambda report, expected: report.is_complete", _STATUS_ONLY),
        Misconception("lambda report, expected: (report.completed or 0) >= expected", _COUNT_ONLY),
        Misconception(
            "lambda report, expected: report.status == 0 and report.completed == expected", _WARNING
        ),
        Misconception("lambda report, expected: not report.failed and report.completed != 0", _STATUS_ONLY),
        Misconception("True", _FUNCTION),
    ),
    learned="Ask the archive how many there are (NumberOfStudyRelatedInstances), then count what has arrived.",
)
