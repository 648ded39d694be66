"""The checks of `make security` find what they are for; the quick ones hold for the tree as it is."""

import json
import re
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.security.checks import advisories, leaks, licences, sbom, static
from tests.security.checks.found import ROOT, Found, Pinned, locked

DOCUMENTS = ROOT / "docs" / "security"
TODAY = date(2026, 11, 26)
PLANTED = {
    "private key": "-----BEGIN EC PRIVATE " + "KEY-----",
    "key of the coach": "ck_" + "aB3-" * 10 + "xyz",
    "master key of the coach": "k1 " + "A" * 43 + "=",
    "AWS key": "AKIA" + "ABCDEFGH12345678",
    "GitHub token": "ghp_" + "a" * 36,
    "Slack token": "xoxb-" + "1234567890-abcdefghijklmnop",
    "OpenAI key": "sk-" + "a1" * 20,
    "Google key": "AIza" + "a" * 35,
    "Hugging Face token": "hf_" + "a" * 34,
    "package registry token": "npm_" + "a" * 36,
    "signed token": "eyJ" + "a" * 12 + ".eyJ" + "b" * 12 + "." + "c" * 24,
    "secret of a webhook": "whsec_" + "a" * 32,
    "password in an address": "postgresql://coach:" + "hunter22@db.example/coach",
}
ADVISORY = {
    "id": "PYSEC-0",
    "affected": [
        {
            "package": {"ecosystem": "PyPI", "name": "Jinja_2"},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "2.0"}, {"fixed": "3.1.5"}, {"introduced": "4"}]}],
        }
    ],
}


def test_no_secret_is_in_the_tree() -> None:
    assert not leaks.check().faults


@pytest.mark.parametrize("rule", leaks.RULES)
def test_a_planted_secret_is_found(rule: str) -> None:
    assert (rule, 2) in list(leaks.leaks(f"first\n{PLANTED[rule]}\n"))


def test_every_licence_is_on_the_list() -> None:
    rows, faults = licences.table()
    assert not faults and len(rows) == len(locked())
    assert "| jinja2 |" in (DOCUMENTS / "licences.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("licence", "well"),
    [
        ("MIT", True),
        ("GPL-3.0-only", False),
        ("MIT AND GPL-3.0-only", False),
        ("GPL-2.0 OR MIT", True),
        ("LGPL-3.0-only", False),
        ("", False),
    ],
)
def test_a_licence_is_judged_by_its_parts(licence: str, well: bool) -> None:
    assert licences.fits("something", licence) == well


@pytest.mark.parametrize(
    ("version", "hit"), [("1.9", False), ("2.0", True), ("3.1.4", True), ("3.1.5", False), ("4.1", True), ("not a version", True)]
)
def test_an_advisory_is_held_against_versions(version: str, hit: bool) -> None:
    snapshot = {"fetched": "2026-11-20", "advisories": [ADVISORY]}
    found = advisories.judge(snapshot, [Pinned("jinja-2", version, ()), Pinned("other", "3.0", ())], TODAY)
    assert bool(found.faults) == hit


def test_without_data_the_audit_says_so_and_with_old_data_too() -> None:
    none = advisories.judge({"fetched": None, "advisories": []}, [], TODAY)
    old = advisories.judge({"fetched": "2026-01-01", "advisories": []}, [], TODAY)
    assert "NOT AUDITED" in none.notes[0] and "days old" in old.notes[-1]


def test_a_snapshot_is_made_from_osvs_archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    named = {**ADVISORY, "affected": [{"package": {"ecosystem": "PyPI", "name": "Jinja2"}, "versions": ["3.0"]}]}
    other = {"id": "B", "affected": [{"package": {"ecosystem": "PyPI", "name": "nobody-uses-this"}}]}
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        archive.writestr("a.json", json.dumps(named))
        archive.writestr("b.json", json.dumps(other))
    monkeypatch.setattr(advisories, "FILE", tmp_path / "advisories.json")
    assert advisories.renew(tmp_path / "all.zip", TODAY) == 1
    written = json.loads((tmp_path / "advisories.json").read_text())
    assert written["fetched"] == "2026-11-26" and advisories.judge(written, [Pinned("jinja2", "3.0", ())], TODAY).faults


def test_what_bandit_says_is_a_fault_unless_a_reason_stands() -> None:
    def issue(file: str, test: str) -> dict[str, Any]:
        return {"filename": file, "test_id": test, "line_number": 1, "issue_text": "x"}

    found = Found("")
    report = {"results": [issue("api/x.py", "B602"), issue("api/web/pages.py", "B704"), issue("api/x.py", "B101")], "errors": []}
    static.judge(report, found)
    assert found.faults == ["api/x.py:1: B602 x"]


def test_the_bill_names_every_package_and_model() -> None:
    pytest.importorskip("cyclonedx", reason="needs cyclonedx-python-lib (make test installs it)")
    document = json.loads(sbom.make())
    names = {c["name"] for c in document["components"]}
    assert document["bomFormat"] == "CycloneDX" and set(locked("serve")) <= names and "models/reader/model.int8.onnx" in names


def named_tests() -> list[tuple[str, str, str]]:
    """(document, file, test) of each test that a document names, as `path::name`."""
    out = []
    for page in sorted(DOCUMENTS.glob("*.md")):
        for file, test in re.findall(r"`?((?:tests/)?[\w/]+\.py)::(\w+)`?", page.read_text(encoding="utf-8")):
            out.append((page.name, file, test))
    return out


def test_every_test_that_a_document_names_exists() -> None:
    found = named_tests()
    assert len(found) > 250
    for page, file, test in found:
        path = ROOT / "tests" / file.removeprefix("tests/")
        assert path.is_file(), f"{page} names {file}"
        assert re.search(rf"^(?:async )?def {test}\(", path.read_text(encoding="utf-8"), re.MULTILINE), (
            f"{page} names {file}::{test}"
        )
