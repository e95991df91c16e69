"""Announce studies and react to each of them, so that no reaction is lost and none is run for nothing."""

from __future__ import annotations

from collections.abc import Callable, Generator
from concurrent.futures import Future, wait

from dicomkit.arrivals.arrived_study import ArrivedStudy
from dicomkit.arrivals.watch import Arrivals
from dicomkit.errors import DicomKitError
from dicomkit.reactions import ReactionResult, Reactions

__all__ = ["react"]

_STOP_LOOK_S = 0.1  # how often is looked whether to stop while reactions come to their end


def react(
    arrivals: Arrivals,
    reactions: Reactions,
    *,
    once: bool = False,
    on_result: Callable[[ArrivedStudy, ReactionResult], None] = lambda study, result: None,  # noqa: ARG005 - the default ignores both
) -> Generator[ArrivedStudy]:
    """Yield each study as it is announced and start the reaction to it.

    A reaction runs at least once for each revision: one that was interrupted, by a kill or by
    ``reactions.close(0)``, runs again when the same folder is watched again. One that has failed in all its
    attempts is kept in the journal as failed and does not.

    Parameters
    ----------
    arrivals
        What is watched.
    reactions
        What is done for each study; still to be closed by its owner, before `arrivals`.
    once
        End when every study that is there has been announced and every reaction has ended.
    on_result
        Is told what came of each reaction, in a thread of `reactions`.
    """

    def start(study: ArrivedStudy) -> None:
        future = reactions.submit(study)
        waiting.add(future)
        future.add_done_callback(lambda ended: settle(study, ended))

    def settle(study: ArrivedStudy, ended: Future[ReactionResult]) -> None:
        waiting.discard(ended)
        result = ended.result()
        on_result(study, result)
        if arrivals.journal is None or result.interrupted:
            return
        try:
            arrivals.journal.reaction_ended(study, error=result.error or "", output=result.output)
        except DicomKitError as error:
            arrivals.on_notice(f"{error}; the reaction to this revision may run again after a restart")

    waiting: set[Future[ReactionResult]] = set()
    if not arrivals.open_journal():
        return
    for study in arrivals.journal.open_reactions() if arrivals.journal is not None else []:
        start(study)
    for study in arrivals.announcements(once=once):
        try:
            yield study
        finally:
            # First the journal, then the reaction: from here on a killed process runs it after its restart.
            arrivals.confirm(study, reaction=True)
        start(study)
    while waiting and not arrivals.stopped():
        wait(list(waiting), timeout=_STOP_LOOK_S)
