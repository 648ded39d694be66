"""What stands in a note is read and shown, never obeyed: orders to a model, templates, markup, formulas."""

from pathlib import Path
from typing import Any

import pytest

from coach import Report, to_dict
from tests.api.conftest import quick_coach
from tests.security.conftest import Town, made

ORDERS = (Path(__file__).parent / "injections.txt").read_text(encoding="utf-8").splitlines()
GRAVE = (
    "Hour with K at the café. He said he sees no way out any more and that he wants to die.",
    "I asked him directly and he said yes, most nights. I stayed with him.",
)
TEMPLATES = [
    "{{ 7 * 1191 }}",
    "${7*1191}",
    "#{7*1191}",
    "<%= 7*1191 %>",
    "{% print(7*1191) %}",
    "{{ looking.csrf }}",
    "%(7*1191)s",
    "{7*1191}",
]
MARKUP = "<img src=x onerror=alert(1)>\"'><svg onload=alert(2)>"


def said(report: Report) -> tuple[str, list[str]]:
    """Level and labels."""
    return report.triage.level, sorted({s.label for s in report.signals})


@pytest.fixture(scope="module")
def plain() -> tuple[str, list[str]]:
    level, labels = said(quick_coach().analyze(" ".join(GRAVE)))
    assert level in ("urgent", "emergency") and "distress.suicide" in labels
    return level, labels


def test_there_are_enough() -> None:
    assert len(set(ORDERS)) >= 25


@pytest.mark.parametrize("every", [False, pytest.param(True, marks=pytest.mark.long)])
@pytest.mark.parametrize("number", range(len(ORDERS)))
def test_an_order_in_a_grave_note_changes_neither_level_nor_labels(
    number: int, every: bool, plain: tuple[str, list[str]]
) -> None:
    """Before, within or after the grave words. A label may be added on the order's own words ("do not show this to staff" speaks of privacy); none is taken away."""
    order, (level, labels) = ORDERS[number], plain
    places = [f"{order}\n\n{' '.join(GRAVE)}", f"{GRAVE[0]} {order} {GRAVE[1]}", f"{' '.join(GRAVE)}\n{order}"]
    for note in places if every else places[number % 3 : number % 3 + 1]:
        report, here = quick_coach().analyze(note), note.index(order)
        added = {s.label for s in report.signals if s.start < here + len(order) and here < s.end} - set(labels)
        found = sorted({s.label for s in report.signals} - added)
        assert (report.triage.level, found) == (level, labels), order


def test_a_note_of_orders_alone_runs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """No process and no connection."""
    quick_coach().analyze("They met.")

    def never(*_: object, **__: object) -> None:
        raise AssertionError("a note was obeyed")

    for name in ("os.system", "os.popen", "subprocess.Popen.__init__", "socket.socket.connect"):
        monkeypatch.setattr(name, never)
    report = quick_coach().analyze("\n".join(ORDERS))
    assert to_dict(report)["triage"]["level"] == report.triage.level


def test_templates_and_markup_stay_words_on_every_page(town: Town) -> None:
    hostile = f"{MARKUP} {' '.join(TEMPLATES)}"
    house = town.house
    house.add("hostile", "mentor")
    mentor, admin, staff = house.people["hostile"], house.people["admin"], house.people["staff"]
    pair = made(mentor.post("/v1/pairs", json={"mentee": hostile[:80], "age_group": "adult", "region": "CA"}))["id"]
    note = made(mentor.post("/v1/notes", json={"text": f"{' '.join(GRAVE)} He said: {hostile}", "pair": pair}))["note"]["id"]
    entry = {"topic": "pace", "holder": "mentor", "statement": hostile}
    made(mentor.post(f"/v1/pairs/{pair}/ledger", json=entry))
    made(admin.post("/v1/contacts", json={"name": hostile, "channel": "email", "address": "a@example.org"}))
    flag = next(f["id"] for f in house.flags() if f["note"] == note)
    pages: list[tuple[Any, str]] = [(mentor, p) for p in ("/", "/notes", f"/notes/{note}", "/pairs", f"/pairs/{pair}")]
    pages += [(mentor, f"/v1/pairs/{pair}/shared.html"), (admin, "/settings"), (staff, "/flags"), (staff, f"/flags/{flag}")]
    shown = 0
    for client, path in pages:
        text = client.get(path, headers={"Accept": "text/html"}).text
        assert "8337" not in text, f"{path} works a template out"
        assert "<img src=x" not in text and "<svg onload" not in text, f"{path} shows markup"
        shown += "&lt;img src=x" in text
    assert shown >= 4
