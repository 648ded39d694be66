"""Known vulnerabilities of locked packages, by a file: docs/security/advisories.json. Nothing is asked for over a network here.

The file is made from OSV's published archive of the Python registry (https://osv-vulnerabilities.storage.googleapis.com/PyPI/all.zip),
on a machine that reaches it, by: python -m tests.security.checks.advisories all.zip
"""

import json
import sys
import zipfile
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from packaging.version import InvalidVersion, Version

from tests.security.checks.found import ROOT, Found, Pinned, locked

FILE = ROOT / "docs" / "security" / "advisories.json"
OLD_DAYS = 30
ACCEPTED: dict[str, str] = {}
"""Advisory -> why it does not touch us."""


def touches(advisory: Mapping[str, Any], package: Pinned) -> bool:
    """Whether an advisory in OSV's form is about this version."""
    return any(
        _name(row["package"]["name"]) == package.name
        and (package.version in row.get("versions", ()) or any(_within(r, package.version) for r in row.get("ranges", ())))
        for row in advisory.get("affected", ())
        if row.get("package", {}).get("ecosystem") == "PyPI"
    )


def _name(text: str) -> str:
    return text.lower().replace("_", "-").replace(".", "-")


def _within(span: Mapping[str, Any], text: str) -> bool:
    """Whether a version lies in a range: introduced, fixed and last_affected in order."""
    if span.get("type") != "ECOSYSTEM":
        return False
    try:
        version, inside = Version(text), False
        for event in span["events"]:
            if "introduced" in event and (event["introduced"] == "0" or version >= Version(event["introduced"])):
                inside = True
            if ("fixed" in event and version >= Version(event["fixed"])) or (
                "last_affected" in event and version > Version(event["last_affected"])
            ):
                inside = False
    except InvalidVersion:
        return True  # cannot be compared: told rather than passed over
    return inside


def judge(snapshot: Mapping[str, Any], packages: Iterable[Pinned], today: date) -> Found:
    found, packages = Found("known vulnerabilities of locked packages"), list(packages)
    if not snapshot["fetched"]:
        found.notes.append(
            f"NOT AUDITED: {FILE.name} holds no data, for none could be had where it was made; {len(packages)} packages"
        )
        return found
    age = (today - date.fromisoformat(snapshot["fetched"])).days
    found.notes.append(f"{len(packages)} packages by {len(snapshot['advisories'])} advisories of {snapshot['fetched']}")
    if age > OLD_DAYS:
        found.notes.append(f"the advisories are {age} days old: renew them (top of tests/security/checks/advisories.py)")
    for advisory in snapshot["advisories"]:
        if advisory["id"] not in ACCEPTED and not advisory.get("withdrawn"):
            hit = [p for p in packages if touches(advisory, p)]
            found.faults += [f"{p.name} {p.version}: {advisory['id']} {advisory.get('summary', '')}".strip() for p in hit]
    return found


def check() -> Found:
    return judge(json.loads(FILE.read_text(encoding="utf-8")), locked().values(), datetime.now(UTC).date())


def renew(archive: Path, today: date) -> int:
    """Write the snapshot anew: the advisories about locked packages, of any version. Gives their number."""
    names, kept = set(locked()), []
    with zipfile.ZipFile(archive) as file:
        for member in sorted(file.namelist()):
            advisory = json.loads(file.read(member))
            about = {_name(a["package"]["name"]) for a in advisory.get("affected", ()) if a.get("package")}
            if about & names:
                kept.append({k: v for k, v in advisory.items() if k in ("id", "summary", "modified", "withdrawn", "affected")})
    snapshot = {"source": "OSV, PyPI/all.zip", "fetched": today.isoformat(), "advisories": kept}
    FILE.write_text(json.dumps(snapshot, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    return len(kept)


if __name__ == "__main__":
    print(f"{renew(Path(sys.argv[1]), datetime.now(UTC).date())} advisories are in {FILE}")
