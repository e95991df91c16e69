"""QIDO-RS over many studies: our archive beside Orthanc's plugin, in turn, in the same run.

Run: ``python tests/benchmarks/bench_dicomweb.py [STUDIES]`` (10,000 unless said otherwise). Both hold the same
studies of one small instance each, each in a folder of its own. It prints the median of five for each question, and the ratio: more than 1 means
that ours is faster.
"""

from __future__ import annotations

import json
import shutil
import statistics
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT))

from dicomkit.network import Archive, send  # noqa: E402 - run as a script, from any folder
from tests.support.many_studies import write_many_studies  # noqa: E402 - as above
from tests.support.other_archives import orthanc  # noqa: E402 - as above

STUDIES, ROUNDS = 10_000, 5
QUESTIONS = {
    "all studies": "/studies?limit={studies}",
    "100 of them": "/studies?limit=100",
    "one patient": "/studies?PatientID=P00017",
    "a range of dates": "/studies?StudyDate=20050501-20050531",
    "a wildcard": "/studies?PatientName=NAME1*",
}


def seconds(url: str) -> tuple[float, int]:
    """Return how long an answer takes, and how many results it has."""
    request = urllib.request.Request(url, headers={"Accept": "application/dicom+json"})  # noqa: S310 - of this computer
    start = time.perf_counter()
    with urllib.request.urlopen(request, timeout=600) as answer:  # noqa: S310 - the same
        body = answer.read()
    return time.perf_counter() - start, len(json.loads(body or b"[]"))


def main() -> None:
    """Measure, and print a line for each question."""
    studies = int(sys.argv[1]) if len(sys.argv) > 1 else STUDIES
    program = shutil.which("Orthanc") or sys.exit("Orthanc is not installed")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "archive"
        write_many_studies(folder, studies)
        with (
            orthanc(program, Path(name) / "orthanc", StorageCompression=False) as other,
            Archive(folder).web() as web,
        ):
            send([folder], "127.0.0.1", other.port, called_ae_title=other.ae_title).raise_on_failure()
            start = time.perf_counter()
            seconds(f"{web.url}/studies?limit=1")
            print(f"{studies} studies; reading the folder took {time.perf_counter() - start:.1f} s, once")
            theirs = f"http://127.0.0.1:{other.http_port}/dicom-web"
            for words, target in QUESTIONS.items():
                asked = target.format(studies=studies)
                rounds = [(seconds(web.url + asked), seconds(theirs + asked)) for _ in range(ROUNDS)]
                ours_s, theirs_s = (statistics.median(one[side][0] for one in rounds) for side in (0, 1))
                counts = {one[side][1] for one in rounds for side in (0, 1)}
                print(
                    f"{words:18} ours {ours_s * 1000:8.1f} ms, Orthanc {theirs_s * 1000:8.1f} ms,"
                    f" ratio {theirs_s / ours_s:6.2f}, results {sorted(counts)}"
                )


if __name__ == "__main__":
    main()
