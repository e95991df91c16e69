"""Examine many hostile files: ``python tests/benchmarks/bench_fuzzing.py [COUNT] [FIRST]``, by default 50,000.

The mutants are those of tests/support/fuzzing.py; the test suite examines the first 5,000 of them. Half of the
processors are used, each in a process of its own. The exit status is 1 if anything was found.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
SHARE = 1000


def main() -> int:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 50_000
    first = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    start = time.monotonic()
    waiting = [(number, min(SHARE, first + count - number)) for number in range(first, first + count, SHARE)]
    reports = []
    processes = max((os.cpu_count() or 2) // 2, 1)
    while waiting:
        batch, waiting = waiting[:processes], waiting[processes:]
        running = [
            subprocess.Popen(
                [sys.executable, "-m", "tests.support.fuzzing", str(number), str(share)],
                cwd=ROOT,
                stdout=subprocess.PIPE,
                text=True,
            )
            for number, share in batch
        ]
        reports += [json.loads(program.communicate()[0]) for program in running]
        done = sum(report["count"] for report in reports)
        findings = [finding for report in reports for finding in report["findings"]]
        print(f"{done} examined in {time.monotonic() - start:.0f} s, {len(findings)} findings", flush=True)
    worst = max(reports, key=lambda report: report["worst_s"])
    ends: Counter[str] = Counter()
    for report in reports:
        ends.update(report["ends"])
    print(f"longest step: {worst['worst_s']} s of processor time, {worst['worst']}")
    print(f"most memory:  {max(report['peak_mb'] for report in reports)} MB")
    print(*(f"{times:7} {end}" for end, times in sorted(ends.items())), sep="\n")
    print(*findings[:50], sep="\n")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
