"""The licence of every locked package, from what is installed; docs/security/licences.md is written from it."""

import re
from importlib.metadata import PackageNotFoundError, metadata

from tests.security.checks.found import ROOT, Found, locked

PAGE = ROOT / "docs" / "security" / "licences.md"
NAMES = {
    "Apache Software License": "Apache-2.0",
    "Apache 2.0 License": "Apache-2.0",
    "3-Clause BSD License": "BSD-3-Clause",
    "BSD License": "BSD",
    "MIT License": "MIT",
    "ISC License (ISCL)": "ISC",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
    "The Unlicense (Unlicense)": "Unlicense",
}
"""How older metadata writes a licence -> its SPDX name ("BSD" where the clauses are not told)."""

ALLOWED = frozenset(
    "Apache-2.0 MIT MIT-0 MIT-CMU BSD BSD-2-Clause BSD-3-Clause 0BSD ISC PSF-2.0 CNRI-Python Zlib CC0-1.0 Unlicense MPL-2.0".split()
)
"""Licences that Apache-2.0 can be given out beside; MPL-2.0 asks for the source of its own files alone."""

ONLY = {
    ("psycopg", "LGPL-3.0-only"): "used as a library that stands apart and can be replaced; only where PostgreSQL is",
    ("psycopg-binary", "LGPL-3.0-only"): "as psycopg",
}
TOLD = {
    "axe-playwright-python": ("MIT AND MPL-2.0", "its licence file; axe-core inside is MPL-2.0; tests alone"),
    "colorama": ("BSD-3-Clause", "Windows alone, not installed here; by its own project page"),
    "pywin32": ("PSF-2.0", "Windows alone, not installed here; by its own project page"),
    "httpx2-jsfetch": ("BSD-3-Clause", "Pyodide alone, not installed here; as httpx2, of which it is part"),
}
"""What metadata does not tell: (licence, how it is known)."""


def licence_of(name: str) -> str | None:
    """The licence of an installed package, in SPDX names; None where its metadata tell none, or it is not installed."""
    try:
        told = metadata(name)
    except PackageNotFoundError:
        return None
    if expression := told.get("License-Expression"):
        return str(expression)
    classes = [c.rsplit(" :: ", 1)[-1] for c in told.get_all("Classifier") or [] if c.startswith("License :: ")]
    classes = [c for c in classes if c != "OSI Approved"] or [str(told.get("License") or "").strip().split("\n")[0]]
    return " OR ".join(sorted({NAMES.get(c, c) for c in classes})) or None


def parts(licence: str) -> list[list[str]]:
    """ "A AND B OR C" -> [[A, B], [C]]: one of the lists must be allowed as a whole."""
    return [re.split(r" AND ", side.strip("() ")) for side in re.split(r" OR ", licence)]


def fits(name: str, licence: str) -> bool:
    return any(all(p in ALLOWED or (name, p) in ONLY for p in side) for side in parts(licence))


def table() -> tuple[list[tuple[str, str, str]], list[str]]:
    """((package, licence, remark) of each locked package, faults)."""
    rows, faults = [], []
    for name in sorted(locked()):
        licence, remark = licence_of(name), ""
        if licence is None and name in TOLD:
            licence, remark = TOLD[name]
        if licence is None:
            faults.append(f"{name}: no licence is known; look it up and put it into TOLD with how it is known")
            continue
        if not fits(name, licence):
            faults.append(f"{name}: {licence} is not on the list")
        remark = remark or next((why for (n, _), why in ONLY.items() if n == name), "")
        rows.append((name, licence, remark))
    return rows, faults


def page(rows: list[tuple[str, str, str]]) -> str:
    head = [
        "# Licences of what is used",
        "",
        "Written by `make security` from the metadata of the installed packages that `requirements/*.lock` pin; versions stand there.",
        "Torch and what its GPU build pulls in stand apart from the locks (`requirements/torch.txt`; BSD-3-Clause and NVIDIA's own).",
        f"Allowed: {', '.join(sorted(ALLOWED))}. Others by name alone, with the reason.",
        "",
        "| package | licence | remark |",
        "| --- | --- | --- |",
    ]
    return "\n".join([*head, *(f"| {' | '.join(row)} |" for row in rows)]) + "\n"


def check() -> Found:
    rows, faults = table()
    found = Found("licences of locked packages", faults, [f"{len(rows)} packages; {PAGE.relative_to(ROOT)} is written"])
    PAGE.write_text(page(rows), encoding="utf-8")
    return found
