"""The same reactions on a dask cluster of two processes: also when a worker dies, and when it is closed."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dask
import pydicom
import pytest

distributed = pytest.importorskip("distributed")

from dicomkit.arrivals import Arrivals, ManualClock, react  # noqa: E402
from dicomkit.reactions import Reactions  # noqa: E402
from dicomkit.samples import ct_series  # noqa: E402
from tests.support.arrivals_to_react_to import Instance  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning")

DEADLINE_S = 60
PROGRAM = Path(__file__).parents[1] / "support" / "folder_to_folder.py"
ERROR = "was not completed by its executor"


@pytest.fixture
def client() -> Iterator[Any]:
    settings = {"distributed.scheduler.allowed-failures": 0, "distributed.admin.tick.interval": "1s"}
    with (
        dask.config.set(settings),
        distributed.LocalCluster(
            n_workers=2,
            threads_per_worker=1,
            processes=True,
            host="127.0.0.1",
            dashboard_address=None,
            scheduler_port=0,
        ) as cluster,
        distributed.Client(cluster) as connected,
    ):
        yield connected


def process_id(_: Instance) -> int:
    return os.getpid()


def die(_: Instance) -> None:
    os._exit(1)


def test_one_program_from_folder_to_folder_runs_here_and_on_a_cluster(client: Any, tmp_path: Path) -> None:  # noqa: ANN401 - dask is not typed
    found = []
    for name, executor in (("here", None), ("cluster", client.get_executor())):
        arrived, results = tmp_path / name / "in", tmp_path / name / "out"
        arrived.mkdir(parents=True)
        results.mkdir()
        for each in ct_series()[:3]:
            each.save_as(arrived / f"{each.InstanceNumber}.dcm", enforce_file_format=True)
        command = [sys.executable, str(PROGRAM), "#p", str(results)]
        with (
            Arrivals(arrived, 16, clock=ManualClock()) as arrivals,
            Reactions(command, executor=executor) as reactions,
        ):
            list(react(arrivals, reactions, once=True))
            assert reactions.failures == []
        found.append(pydicom.dcmread(results / "result.dcm"))
    assert [each.SeriesNumber for each in found] == [3, 3]
    assert found[0].PixelData == found[1].PixelData


def test_a_worker_that_dies_fails_its_arrival_and_no_other(client: Any) -> None:  # noqa: ANN401 - dask is not typed
    executor = client.get_executor()
    with Reactions(die, executor=executor, attempts=2, backoff_s=0) as reactions:
        result = reactions.submit(Instance()).result(DEADLINE_S)
    assert result.attempts == 2
    assert f"{ERROR} (KilledWorker)" in (result.error or "")
    with Reactions(process_id, executor=executor) as reactions:
        result = reactions.submit(Instance()).result(DEADLINE_S)
    assert result.succeeded
    assert result.value != os.getpid()


def test_a_closed_cluster_fails_each_arrival_at_once(client: Any) -> None:  # noqa: ANN401 - dask is not typed
    with Reactions(process_id, executor=client.get_executor(), attempts=2, backoff_s=0) as reactions:
        assert reactions.submit(Instance()).result(DEADLINE_S).succeeded
        client.cluster.close()
        results = [reactions.submit(Instance()).result(DEADLINE_S) for _ in range(3)]
    assert all((result.error or "").startswith(ERROR) for result in results)
    assert len({result.error for result in results}) == 1
