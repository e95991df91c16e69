"""Exercises 12.4 and 12.5: roles for C-GET, and the result of a C-MOVE."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from typing import Any

from dicomkit.lessons.answer_parts import list_of
from dicomkit.lessons.answers import FUNCTION, Form
from dicomkit.lessons.exercise import PASS, Verdict, retry
from dicomkit.lessons.learners_code import decision
from dicomkit.lessons.lesson_texts import LessonTexts
from dicomkit.lessons.pynetdicom_peer import retrieved

__all__ = ["ALL_THERE", "ROLES"]

_TEXTS = LessonTexts(__name__)


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
        return retry(_TEXTS.no_roles)
    if not kinds & {str(role.sop_class_uid) for role in roles}:
        return retry(_TEXTS.wrong_class)
    if not any(role.scp_role for role in roles):
        return retry(_TEXTS.wrong_role)
    with tempfile.TemporaryDirectory() as folder, Archive(folder, ae_title="ARCHIVE") as archive:
        send(slices, "127.0.0.1", archive.port, called_ae_title="ARCHIVE")
        came = retrieved(archive.port, "2.25.12", sorted(kinds), roles)
    if came == len(slices):
        return PASS
    return retry(_TEXTS.one_kind if len({str(role.sop_class_uid) for role in roles}) == 1 else _TEXTS.other)


ROLES = _TEXTS.exercise(
    "12.4",
    form=list_of(Form("a role", _role, _TEXTS.list_of_roles)).saying(_TEXTS.list_of_roles),
    checker=_check_roles,
)


def _check_all_there(all_there: Callable[..., Any]) -> Verdict:
    from dicomkit.network import RetrieveReport  # noqa: PLC0415 - the lessons are light to import

    def says(
        status: int, completed: int | None, warnings: int | None, failed: int | None, expected: int
    ) -> bool:
        report = RetrieveReport("C-MOVE", status, completed, warnings, failed)
        return decision(all_there, report, expected, name="all_there")

    for judged, right, reason in (
        (says(0x0000, 12, 0, 0, 12), True, _TEXTS.function),
        (says(0x0000, 0, 0, 0, 12), False, _TEXTS.status_only),
        (says(0x0000, 5, 0, 0, 12), False, _TEXTS.status_only),
        (says(0xA801, None, None, None, 12), False, _TEXTS.unknown),
        (says(0xB000, 12, 0, 1, 12), False, _TEXTS.count_only),
        (says(0xB000, 11, 1, 0, 12), True, _TEXTS.warning),
        (says(0xFE00, 5, 0, 0, 12), False, _TEXTS.count_only),
    ):
        if judged is not right:
            return retry(reason)
    return PASS


ALL_THERE = _TEXTS.exercise("12.5", form=FUNCTION.saying(_TEXTS.function), checker=_check_all_there)
