"""bandit over coach/ and api/: each finding is mended, or stands below with the reason why it is none."""

import importlib.util
import json
import subprocess
import sys
from typing import Any

from tests.security.checks.found import ROOT, Found

FOLDERS = ("coach", "api")
EVERYWHERE = {"B101": "an assert tells mypy what a check before it has settled; nothing is guarded by one"}
ACCEPTED = {
    ("api/alerts/worker.py", "B311"): "jitter of a retry",
    ("api/plugins/webhooks/parcel.py", "B311"): "jitter of a retry",
    ("api/samples/drawing.py", "B311"): "the weekly sample is drawn by a seed, to be drawn again",
    ("coach/client/core.py", "B311"): "jitter of a retry",
    ("coach/training/reader.py", "B311"): "seeded order of training",
    ("api/openapi.py", "B105"): "the password of an example, in a service that ends with it",
    ("api/plugins/embed/tokens.py", "B105"): "the name of a secret, not the secret",
    ("api/plugins/embed/words.py", "B105"): "words for people",
    ("api/plugins/webhooks/pages.py", "B105"): "an empty field of a form",
    ("api/web/accounts.py", "B106"): "an empty field of a form",
    ("api/web/pages.py", "B704"): "Markup of constants of ours: nothing of anybody goes in",
    ("coach/llm/local.py", "B615"): "a folder of this machine, local_files_only",
    ("coach/training/encoder.py", "B615"): "a folder of this machine",
    ("coach/training/encoder.py", "B311"): "seeded order of training",
    ("coach/training/publish.py", "B615"): "a folder of this machine",
    ("coach/training/reader.py", "B615"): "a folder of this machine",
}
"""(file, test of bandit) -> why its findings there are no faults."""


def check() -> Found:
    found = Found("bandit over " + ", ".join(FOLDERS))
    if importlib.util.find_spec("bandit") is None:
        found.faults.append("bandit is not installed: make test installs it (extra dev)")
        return found
    command = [sys.executable, "-m", "bandit", "-q", "-r", *FOLDERS, "-f", "json"]
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    judge(json.loads(answer.stdout), found)
    return found


def judge(report: dict[str, Any], found: Found) -> None:
    """Sort what bandit says into faults and notes; an acceptance that nothing needs any more is told."""
    used = set()
    for issue in report["results"]:
        place = (str(issue["filename"]).removeprefix("./"), str(issue["test_id"]))
        if place[1] in EVERYWHERE or place in ACCEPTED:
            used.add(place)
        else:
            found.faults.append(f"{place[0]}:{issue['line_number']}: {place[1]} {issue['issue_text']}")
    found.faults += [f"{error['filename']}: {error['reason']}" for error in report["errors"]]
    found.notes += [f"not needed any more in ACCEPTED: {file} {test}" for file, test in sorted(set(ACCEPTED) - used)]
    found.notes.append(f"{len(report['results'])} findings, {len(found.faults)} of them faults")
