"""Faults that a review of the service found (2026-11-25), each as what should hold: care that was lost, told wrongly or seen by
whom it was about."""

import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from html import unescape
from pathlib import Path

import pytest

import api.clock
from api.alerts import senders
from api.db.models import Alert, Flag, Note, Program
from api.db.session import ALL
from api.notes.analyst import Analyst, Outcome
from api.notes.service import read_again
from api.reviews import service as reviews
from coach import Note as Given
from coach import Settings, load
from tests.api.conftest import CALM, HEAVY, House, house_on, quick_coach, serving
from tests.api.test_alerts import Hook, alerts, contact, live

GRAVE = (
    "Robin just texted me that she is going to kill herself tonight. She has taken the pills out and is alone at home right now."
)
BOTH = f"{HEAVY} {GRAVE}"
OWN = "I have been lying awake since the last session. I want to die and I do not know whom to tell. I have pills here at home."
OTHERC = "She says she feels worthless and hopeless, she hardly eats and has not slept for two weeks."
PAGE = {"accept": "text/html"}


@pytest.fixture
def hook() -> Iterator[Hook]:
    with serving(Hook()) as found:
        yield found


@pytest.fixture
def ready(tmp_path: Path, hook: Hook) -> Iterator[House]:
    house = house_on(f"sqlite:///{tmp_path / 'data' / 'coach.db'}", tmp_path, allow_private_webhooks=True)
    live(house, hook)
    yield house
    house.at.database.engine.dispose()


def partly(house, text=BOTH, part=HEAVY):
    """Stored with a first reading that saw only `part`."""
    real = house.at.analyst.analyze
    house.at.analyst.analyze = lambda n, *_, **__: Outcome(quick_coach().analyze(Given(n.id, part, n.region, n.minor)), True)
    out = house.note(text)
    house.at.analyst.analyze = real
    return out


def flag_row(house):
    with house.at.database.read(ALL) as s:
        return s.query(Flag).order_by(Flag.id.desc()).first()


def test_graver_alerts_again(ready, hook):
    out = partly(ready)
    ready.app.state.worker.tick()
    n = len(hook.got)
    assert n == 1
    ready.clock.on(minutes=2)
    again = ready.people["mentor"].post(f"/v1/notes/{out['note']['id']}/analyze").json()
    ready.app.state.worker.tick()
    assert again["report"]["triage"]["level"] == "emergency"
    assert len(hook.got) == 2, f"told: {again['told']['line']} alerts {again['told']['alerted']}; but nothing left"


def test_graver_on_a_decided_flag_comes_back(ready, hook):
    partly(ready)
    ready.app.state.worker.tick()
    f = ready.flags()[0]
    assert (
        ready.change(
            "staff", f"/v1/flags/{f['id']}/decide", f["version"], {"decision": "not_a_concern", "reason": "rent only"}
        ).status_code
        == 200
    )
    ready.clock.on(minutes=2)
    ready.app.state.worker.tick()
    before = len(hook.got)
    for _ in range(10):
        ready.clock.on(minutes=6)
        ready.app.state.worker.tick()
    row = flag_row(ready)
    assert row.level == "emergency"
    assert row.state == "open" and len(hook.got) > before


def test_graver_on_a_claimed_flag_alerts(ready, hook):
    partly(ready)
    ready.app.state.worker.tick()
    f = ready.flags()[0]
    assert ready.change("staff", f"/v1/flags/{f['id']}/claim", f["version"]).status_code == 200
    before = len(hook.got)
    for _ in range(10):
        ready.clock.on(minutes=6)
        ready.app.state.worker.tick()
    row = flag_row(ready)
    assert row.level == "emergency" and len(hook.got) > before


def test_hours_with_zone_do_not_lose_the_note(house):
    a = house.people["admin"]
    p = a.get("/v1/program").json()
    given = {
        "name": "x",
        "region": "CA",
        "timezone": "America/Toronto",
        "rules": {"hours": {"start": "09:00:00Z", "end": "17:00:00Z"}},
    }
    ans = a.put("/v1/program", json=given, headers={"If-Match": f'''"{p["version"]}"'''})
    if ans.status_code == 422:
        return
    ans = house.people["mentor"].post("/v1/notes", json={"text": HEAVY})
    assert ans.status_code == 201, (ans.status_code, ans.text, house.flags())


def test_climb_minutes_partial_keeps_emergency_at_five(ready, hook):
    a = ready.people["admin"]
    p = a.get("/v1/program").json()
    given = {"name": "x", "region": "CA", "timezone": "America/Toronto", "rules": {"climb_minutes": {"concern": 600}}}
    assert a.put("/v1/program", json=given, headers={"If-Match": f'''"{p["version"]}"'''}).status_code == 200
    ready.note(GRAVE)
    ready.app.state.worker.tick()
    n = len(hook.got)
    for _ in range(10):
        ready.clock.on(minutes=30)
        ready.app.state.worker.tick()
    assert len(hook.got) > n, (
        f"no climb in 5 hours; escalate_at {flag_row(ready).escalate_at}, raised {flag_row(ready).raised_at}"
    )


def test_night_hours(ready, hook):
    a = ready.people["admin"]
    p = a.get("/v1/program").json()
    given = {
        "name": "x",
        "region": "CA",
        "timezone": "America/Toronto",
        "rules": {"hours": {"start": "22:00", "end": "06:00", "days": [0, 1, 2, 3, 4, 5, 6]}},
    }
    ans = a.put("/v1/program", json=given, headers={"If-Match": f'''"{p["version"]}"'''})
    if ans.status_code == 422:
        return
    ready.clock.at = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
    out = ready.note(GRAVE)
    for _ in range(48):
        ready.clock.on(minutes=30)
        ready.app.state.worker.tick()
    assert hook.got, out["told"]


@pytest.mark.parametrize(
    "where",
    ["https://hooks.example.com:99999/x", "https://[::1/x", "https://hooks.example.com:https/x", "https://.example.com/hook"],
)
def test_poison_alert_ends_in_the_dead_list(tmp_path, where):
    h = house_on(f"sqlite:///{tmp_path / 'data' / 'coach.db'}", tmp_path)
    with h.at.database.write(ALL) as s:
        s.get(Program, h.program).live = True
    contact(h, where)
    h.note(GRAVE)
    f = h.flags()[0]
    assert h.change("staff", f"/v1/flags/{f['id']}/claim", f["version"]).status_code == 200
    for _ in range(30):
        h.clock.on(hours=2)
        h.app.state.worker.tick()
    [x] = alerts(h)
    dead = h.people["staff"].get("/v1/alerts/dead").json()
    h.at.database.engine.dispose()
    assert dead, (
        f"{x.attempts} attempts (limit {h.at.settings.alert_attempts}), state {x.state}, fault {x.fault}, dead list {dead}"
    )


def test_a_hung_receiver_does_not_hold_up_an_emergency(ready, hook, monkeypatch):
    """Thirty alerts wait for a mail server that hangs (10 s each); an emergency to a working webhook stands behind them all."""
    waited = []

    def send(settings, alert, contact_):
        if contact_.channel == "email":
            ready.clock.on(seconds=10)
            raise senders.NotSent("TimeoutError")
        if alert.payload["level"] == "emergency":
            waited.append(ready.clock())

    monkeypatch.setattr(senders, "send", send)
    given = {"name": "Mail", "channel": "email", "address": "a@example.org"}
    assert ready.people["admin"].post("/v1/contacts", json=given).status_code == 201
    for n in range(30):
        ready.note(HEAVY + f" {n}")
    start = ready.clock()
    ready.clock.on(seconds=1)
    ready.note(GRAVE)
    ready.app.state.worker.tick()
    took = (waited[0] - start).total_seconds()
    assert took < 60, f"{took:.0f} s until the emergency left"


def test_one_unreadable_note_does_not_starve_others(house):
    real = house.at.analyst.analyze
    house.at.analyst.analyze = lambda n, *_, **__: Outcome(quick_coach().analyze(Given(n.id, CALM, n.region, n.minor)), True)
    first = house.note(GRAVE + " a")["note"]["id"]
    second = house.note(GRAVE + " b")["note"]["id"]
    house.at.analyst.analyze = real
    with house.at.database.write(ALL) as s:
        n = s.get(Note, first)
        n.text = n.text[:-1] + bytes([n.text[-1] ^ 1])
    for _ in range(20):
        house.clock.on(minutes=5)
        house.app.state.worker.tick()
    assert any(f["note"] == second for f in house.flags()), f"flags after 100 minutes: {house.flags()}"


def test_flag_of_an_erased_note_can_be_decided(ready, hook):
    ready.add("admin2", "admin")
    pair = ready.pair()
    ready.note(GRAVE, pair=pair)
    assert ready.people["staff"].post(f"/v1/pairs/{pair}/release", json={"reason": "the mentee asked for it"}).status_code == 204
    assert ready.people["admin"].post(f"/v1/pairs/{pair}/erase", json={"reason": "the mentee asked for it"}).status_code == 200
    f = ready.flags()[0]
    n = len(hook.got)
    for _ in range(5):
        ready.clock.on(minutes=6)
        ready.app.state.worker.tick()
    ans = ready.change("staff", f"/v1/flags/{f['id']}/decide", f["version"], {"decision": "not_a_concern", "reason": "erased"})
    assert ans.status_code == 200, (ans.status_code, ans.text, f"{len(hook.got) - n} alerts since the erasure")


def test_batch_goes_on_past_an_erased_one(house):
    pair = house.pair()
    house.note(HEAVY, pair=pair)
    house.note(HEAVY + " x")
    assert house.people["staff"].post(f"/v1/pairs/{pair}/release", json={"reason": "the mentee asked for it"}).status_code == 204
    assert house.people["admin"].post(f"/v1/pairs/{pair}/erase", json={"reason": "the mentee asked for it"}).status_code == 200
    fl = sorted(house.flags(), key=lambda f: f["pair"] is None)
    ans = house.people["staff"].post(
        "/v1/flags/decide",
        json={"decision": "confirmed", "reason": "seen", "flags": [{"id": f["id"], "version": f["version"]} for f in fl]},
    )
    assert ans.status_code == 200, (ans.status_code, ans.text)


def test_told_when_all_alerts_are_dead(ready, hook):
    out = ready.note(GRAVE)
    hook.status = 500
    with ready.at.database.write(ALL) as s:
        for x in s.query(Alert):
            if x.flag_id:
                x.state, x.fault, x.attempts = ("dead", "status_500", 10)
        s.get(Flag, ready.flags()[0]["id"]).escalate_at = None
    line = ready.people["mentor"].get(f"/v1/notes/{out['note']['id']}").json()["told"]["line"]
    assert "being alerted" not in line, line


def test_told_after_a_decision(ready, hook):
    out = ready.note(GRAVE)
    f = ready.flags()[0]
    ready.change("staff", f"/v1/flags/{f['id']}/decide", f["version"], {"decision": "confirmed", "reason": "spoken"})
    line = ready.people["mentor"].get(f"/v1/notes/{out['note']['id']}").json()["told"]["line"]
    assert "being alerted now" not in line, line


def partly_read(house, text, part, **more):
    real = house.at.analyst.analyze
    house.at.analyst.analyze = lambda n, *_, **__: Outcome(quick_coach().analyze(Given(n.id, part, n.region, n.minor)), True)
    out = house.note(text, **more)
    house.at.analyst.analyze = real
    return out


def test_a_graver_reading_about_the_mentor_hides_the_flag_from_them(house):
    house.people["admin"].post("/v1/members", json={"email": "mentor@example.org", "name": "m", "role": "staff"})
    out = partly_read(house, HEAVY + " " + OWN, HEAVY)
    house.people["mentor"].post(f"/v1/notes/{out['note']['id']}/analyze").json()
    seen = house.flags("mentor")
    assert not seen, (
        seen[0]["level"],
        seen[0]["kinds"],
        str(house.people["mentor"].get("/v1/flags/" + seen[0]["id"]).json()["evidence"])[-300:],
    )


def test_undo_after_the_note_was_erased(ready, hook):
    pair = ready.pair()
    ready.note(GRAVE, pair=pair)
    f = ready.flags()[0]
    d = ready.change("staff", f"/v1/flags/{f['id']}/decide", f["version"], {"decision": "confirmed", "reason": "spoken"}).json()
    assert ready.people["admin"].post(f"/v1/pairs/{pair}/erase", json={"reason": "the mentee asked for it"}).status_code == 200
    u = ready.change("staff", f"/v1/flags/{f['id']}/undo", d["version"])
    assert u.status_code == 409, (
        u.status_code,
        "then decide:",
        ready.change(
            "staff", f"/v1/flags/{f['id']}/decide", u.json()["version"], {"decision": "confirmed", "reason": "spoken"}
        ).status_code,
    )


def test_after_a_night_without_on_call_step_one_is_told_in_the_morning(ready, hook):
    contact(ready, hook.url + "/two", step=2)
    first = next(c for c in ready.people["admin"].get("/v1/contacts").json() if c["step"] == 1)["id"]
    ready.clock.at = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
    ready.note(GRAVE)
    for _ in range(14 * 12):
        ready.clock.on(minutes=5)
        ready.app.state.worker.tick()
    got = {a.contact_id for a in alerts(ready) if a.flag_id}
    assert first in got, f"{len([a for a in alerts(ready) if a.flag_id])} alerts, none to the contact of step 1"


def test_a_full_reading_of_the_same_level_brings_its_evidence(house):
    out = partly_read(
        house, HEAVY + " We went on to talk about the course. It rained. The bus was late. Then we ate. " + OTHERC, HEAVY
    )
    f0 = house.flags()[0]
    assert f0["not_fully_read"]
    r = house.people["mentor"].post(f"/v1/notes/{out['note']['id']}/analyze").json()
    f = house.flags()[0]
    ev = house.people["staff"].get("/v1/flags/" + f["id"]).json()["evidence"]
    assert r["report"]["triage"]["level"] == f0["level"]
    assert f["not_fully_read"] or "worthless" in str(ev), ("says fully read", f["kinds"], ev)


def test_a_key_that_reads_does_not_write(house):
    out = house.note(GRAVE)
    t = house.people["admin"].post("/v1/keys", json={"name": "k", "scopes": ["notes:read"]}).json()["token"]
    c = house.client()
    c.headers["Authorization"] = f"Bearer {t}"
    a = c.post(f"/v1/notes/{out['note']['id']}/feedback", json={"report_version": 1, "verdict": "wrong", "signal": 0})
    b = c.post(f"/v1/notes/{out['note']['id']}/analyze")
    assert (a.status_code, b.status_code) == (403, 403), (a.status_code, b.status_code)


def test_the_mentor_of_the_note_does_not_stop_its_climb(ready, hook):
    ready.people["admin"].post("/v1/members", json={"email": "mentor@example.org", "name": "m", "role": "staff"})
    ready.note(GRAVE)
    f = ready.flags()[0]
    ready.app.state.worker.tick()
    n = len(hook.got)
    r = ready.change("mentor", f"/v1/flags/{f['id']}/hand-over", f["version"], {"person": ready.ids["staff"]})
    for _ in range(12):
        ready.clock.on(hours=2)
        ready.app.state.worker.tick()
    assert r.status_code == 403, (
        r.status_code,
        f"alerts in the day after: {len(hook.got) - n}; the one it was handed to got none",
    )


def test_open_page_of_erased(house):
    pair = house.pair()
    house.note(GRAVE, pair=pair)
    f = house.flags()[0]
    house.change("staff", f"/v1/flags/{f['id']}/decide", f["version"], {"decision": "confirmed", "reason": "spoken"})
    assert house.people["admin"].post(f"/v1/pairs/{pair}/erase", json={"reason": "the mentee asked for it"}).status_code == 200
    a = house.people["staff"].post(f"/v1/notes/{f['note']}/open", json={"reason": "to look again"})
    b = house.change("staff", f"/v1/flags/{f['id']}/reopen", f["version"] + 1, {"reason": "once more"})
    c = house.change("staff", f"/v1/flags/{f['id']}/comments", f["version"] + 1, {"words": "once more"})
    d = house.people["mentor"].put(f"/v1/pairs/{pair}", json={"mentee": "x"}, headers={"If-Match": '"2"'})
    assert 500 not in (a.status_code, b.status_code, c.status_code, d.status_code), (
        a.status_code,
        b.status_code,
        c.status_code,
        d.status_code,
    )


def test_the_trail_for_admin_mentor(house):
    house.people["admin"].post("/v1/members", json={"email": "mentor@example.org", "name": "m", "role": "admin"})
    house.note(OWN)
    assert house.flags("mentor") == []
    rows = [r for r in house.people["mentor"].get("/v1/audit").json() if r["act"] == "note_stored"]
    assert not rows[0]["detail"].get("flag"), rows[0]


def browser(h, email):
    c = h.client()
    c.headers.update(PAGE)
    r = c.post("/sign-in", data={"email": email, "password": "correct horse battery", "next": "/"}, follow_redirects=False)
    assert r.status_code == 303, r.text
    return c


def fields(text):
    """The hidden fields of the page's box."""
    box = text.partition('action="/" class="stack"')[2].partition("</form>")[0]
    return dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', box))


def test_keep_and_read_after_the_session_ended_does_not_forget_the_note(tmp_path):
    h = house_on(f"sqlite:///{tmp_path / 'data' / 'coach.db'}", tmp_path, session_hours=12)
    c = browser(h, "mentor@example.org")
    form = fields(c.get("/").text)
    assert form["keep"] == "1"
    h.clock.on(hours=13)
    r = c.post("/", data={**form, "text": GRAVE}, follow_redirects=False)
    h.at.database.engine.dispose()
    assert r.status_code == 401 and GRAVE in unescape(r.text) and "was not kept" in r.text
    assert fields(r.text)["keep"] == "1", "sent again it is still to be kept"


def test_a_note_goes_to_the_program_whose_form_it_was(house):
    a = house.people["admin"]
    mentor = {"email": "mentor@example.org", "name": "m", "role": "mentor"}
    other = a.post("/v1/programs", json={"name": "ZZZ other"}).json()["id"]
    assert a.post("/v1/members", json=mentor, headers={"Coach-Program": other}).status_code == 201
    c = browser(house, "mentor@example.org")
    form = fields(c.get("/").text)
    c.post("/program", data={"csrf": form["csrf"], "program": other})  # another program is chosen in a second window
    r = c.post("/", data={**form, "text": GRAVE}, follow_redirects=False)
    assert r.status_code == 409 and GRAVE in unescape(r.text)
    with house.at.database.read(ALL) as s:
        assert s.query(Flag).count() == 0


def test_a_reader_that_is_down_overnight_reads_later(house):
    real = house.at.analyst.analyze
    house.at.analyst.analyze = lambda n, *_, **__: Outcome(quick_coach().analyze(Given(n.id, CALM, n.region, n.minor)), True)
    out = house.note(GRAVE)
    for _ in range(60):
        house.clock.on(minutes=10)
        house.app.state.worker.tick()
    house.at.analyst.analyze = real
    for _ in range(60):
        house.clock.on(hours=6)
        house.app.state.worker.tick()
    n = house.people["mentor"].get(f"/v1/notes/{out['note']['id']}").json()
    assert house.flags(), f"no flag after 15 days; read_again {n['note']['read_again']}; told: {n['told']['line']}"


def test_an_encoder_that_does_not_load_does_not_lose_the_note(tmp_path):
    h = house_on(f"sqlite:///{tmp_path / 'data' / 'coach.db'}", tmp_path)
    (tmp_path / "none").mkdir()
    h.at.analyst = Analyst(h.at.settings, lambda: load(Settings(encoder_dir=tmp_path / "none")))
    ready = h.client().get("/readyz")
    r = h.people["mentor"].post("/v1/notes", json={"text": HEAVY + " " + GRAVE})
    fl = h.flags()
    h.at.database.engine.dispose()
    assert r.status_code == 201, (r.status_code, r.text, "flags", fl, "readyz", ready.text)


def test_undo_is_there_though_answer_and_decision_fall_in_one_millisecond(house, monkeypatch):
    missing = 0
    real = time.time_ns
    for n in range(8):
        house.note(HEAVY + f" {n}")
    monkeypatch.setattr(api.clock.time, "time_ns", lambda: real() // 50000000 * 50000000)
    for f in house.flags():
        d = house.change(
            "staff", f"/v1/flags/{f['id']}/decide", f["version"], {"decision": "confirmed", "reason": "x", "answer": "thanks"}
        ).json()
        missing += house.change("staff", f"/v1/flags/{f['id']}/undo", d["version"]).status_code != 200
    assert not missing, f"{missing} of 8 could not be taken back"


def test_history_and_count_leave_out_a_flag_about_oneself(house):
    pair = house.pair()
    house.people["admin"].post("/v1/members", json={"email": "mentor@example.org", "name": "mentor", "role": "staff"})
    house.note(OWN, pair=pair)
    assert house.flags("mentor") == []
    m = house.people["mentor"]
    desk = m.get("/flags", headers=PAGE).text
    count = re.search('data-desk="([^"]*)"', desk).group(1)
    house.note(HEAVY, pair=pair)
    [f] = house.flags("mentor")
    page = m.get(f"/flags/{f['id']}", headers=PAGE).text
    i = page.find("Other flags")
    assert "Other flags" not in page and count == "0.0", (count, page[i - 60 : i + 260])


def test_dead_list_leaves_out_a_flag_about_oneself(house):
    house.people["admin"].post("/v1/members", json={"email": "mentor@example.org", "name": "mentor", "role": "staff"})
    with house.at.database.write(ALL) as s:
        s.get(Program, house.program).live = True
    house.people["admin"].post("/v1/contacts", json={"name": "c", "channel": "email", "address": "a@example.org"})
    house.note(OWN)
    for _ in range(12):
        house.clock.on(hours=2)
        house.app.state.worker.tick()
    assert house.flags("mentor") == []
    dead = house.people["mentor"].get("/v1/alerts/dead").json()
    assert not dead, dead[0]


def test_failed_loads_do_not_use_up_places(tmp_path):
    broken = [True]

    def loader():
        if broken[0]:
            raise RuntimeError("weights are being copied")
        return quick_coach()

    h = house_on(f"sqlite:///{tmp_path / 'data' / 'coach.db'}", tmp_path)
    h.at.analyst = Analyst(h.at.settings, loader)
    codes = [h.people["mentor"].post("/v1/notes", json={"text": GRAVE}).status_code for _ in range(36)]
    broken[0] = False
    ans = h.people["mentor"].post("/v1/notes", json={"text": GRAVE})
    h.at.database.engine.dispose()
    assert ans.status_code == 201, (codes, ans.status_code, ans.text)


def test_a_decision_and_a_graver_reading_do_not_cross(postgres, tmp_path, monkeypatch):
    """A member of staff decides while a graver reading is being stored: the decision was made on the version before it."""
    h = house_on(postgres, tmp_path)
    real = h.at.analyst.analyze
    h.at.analyst.analyze = lambda n, *_, **__: Outcome(quick_coach().analyze(Given(n.id, HEAVY, n.region, n.minor)), True)
    h.note(BOTH)
    h.at.analyst.analyze = real
    (f,) = h.flags()
    found, reading = reviews.flag_of_note, threading.Event()

    def slow(session, note, lock=False):
        flag = found(session, note, lock)
        if lock:
            reading.set()
            time.sleep(2)
        return flag

    monkeypatch.setattr(reviews, "flag_of_note", slow)
    again = threading.Thread(target=lambda: read_again(h.at, h.program, f["note"], "service"))
    again.start()
    assert reading.wait(20)
    given = {"decision": "not_a_concern", "reason": "rent only"}
    decided = h.change("staff", f"/v1/flags/{f['id']}/decide", f["version"], given)
    again.join()
    with h.at.database.read(ALL) as s:
        row = s.query(Flag).one()
    h.at.database.engine.dispose()
    assert (decided.status_code, row.state, row.level, row.version) == (412, "open", "emergency", 2)


def test_hours_that_were_let_in_before_lose_no_note(house):
    with house.at.database.write(ALL) as s:
        program = s.get(Program, house.program)
        program.rules = {**program.rules, "hours": {"start": "22:00", "end": "06:00"}, "climb_minutes": {"emergency": 10080}}
    assert house.people["mentor"].post("/v1/notes", json={"text": GRAVE}).status_code == 201
    assert house.flags()


def test_an_exceptions_words_do_not_reach_the_log(tmp_path):
    """In a process of its own, as it is served: the web server logs what a handler raised, words and all, unless it is kept from it."""
    code = """
import logging
from api.observe import set_up_logs
set_up_logs()
for name in ("uvicorn.error", "asyncio", "some.library", "coach.api"):
    try:
        raise RuntimeError("she wept")
    except RuntimeError:
        logging.getLogger(name).error("Exception in ASGI application: she wept" if name != "coach.api" else "unforeseen", exc_info=True)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.count('"level": "error"') == 4 and "wept" not in done.stderr + done.stdout
