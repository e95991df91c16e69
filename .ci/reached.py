"""Say how much of the package the tests reach, and which ten modules they reach least.

usage: python .ci/reached.py, where `coverage combine` has run
"""

from __future__ import annotations

import json
import subprocess
import sys

report = json.loads(
    subprocess.run(
        [sys.executable, "-m", "coverage", "json", "--ignore-errors", "-q", "-o", "-"],
        check=True,
        capture_output=True,
    ).stdout
)


def percents(summary: dict[str, int]) -> str:
    """Return the shares of lines and of branches that were reached."""
    lines = 100 * summary["covered_lines"] / max(summary["num_statements"], 1)
    branches = 100 * summary["covered_branches"] / max(summary["num_branches"], 1)
    return f"lines {lines:.1f} %, branches {branches:.1f} %"


print(f"what was counted reaches of the package: {percents(report['totals'])}; the ten modules least reached:")
least = sorted(report["files"].items(), key=lambda item: item[1]["summary"]["percent_covered"])[:10]
for path, found in least:
    print(f"    {path}: {percents(found['summary'])}")
