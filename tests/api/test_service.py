"""The service as a whole: accounts, privacy, limits, audit, keys, migrations."""

import asyncio
import json
import logging
import sqlite3
from pathlib import Path

import pytest
import sqlalchemy as sa
from fastapi.testclient import TestClient

from api.accounts.schemas import ProgramIn
from api.app import create_app
from api.db import migrate
from api.db.models import AuditHead, AuditRow, Base
from api.db.session import ALL, make_engine
from api.observe import JsonLines
from api.security import KeyFault, add_key, load_keys
from tests.api.conftest import CALM, GRAVE, House, house_on, quick_coach, settings_for


def test_health_readiness_metrics_and_the_openapi_document(house: House) -> None:
    client = house.client()
    assert client.get("/healthz").json() == {"status": "ok"}
    assert client.get("/readyz").json() == {"status": "ready", "faults": []}
    house.note(GRAVE)
    text = TestClient(house.app, client=("127.0.0.1", 5)).get("/metrics").text
    assert 'coach_notes_total{coverage="full"' in text
    assert 'path="/v1/notes"' in text
    assert client.get("/v1/openapi.json").json()["openapi"].startswith("3.1")


def test_the_first_token_works_once(house: House) -> None:
    given = {"token": house.link, "email": "x@example.org", "name": "X", "password": "long enough it is"}
    assert house.client().post("/v1/setup", json=given).status_code == 401


def test_wrong_credentials_are_told_alike(house: House) -> None:
    client = house.client()
    wrong, nobody = (
        client.post("/v1/session", json={"email": e, "password": "nonsense nonsense"})
        for e in ("mentor@example.org", "no@example.org")
    )
    assert wrong.status_code == nobody.status_code == 401
    assert wrong.json() == nobody.json()


def test_sign_in_sign_out(house: House) -> None:
    client = house.client()
    answer = client.post("/v1/session", json={"email": "Mentor@example.org", "password": "correct horse battery"})
    assert answer.status_code == 201
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie and "SameSite=strict" in cookie
    assert client.get("/v1/me").json()["name"] == "mentor"
    assert client.post("/v1/notes", json={"text": CALM}).json()["code"] == "csrf"
    assert client.delete("/v1/session").json()["code"] == "csrf"
    client.headers["X-CSRF-Token"] = answer.json()["csrf"]
    assert client.delete("/v1/session").status_code == 204
    assert client.get("/v1/me").status_code == 401


def test_a_session_ends(house: House) -> None:
    house.clock.on(hours=2001)
    assert house.people["mentor"].get("/v1/me").status_code == 401


def test_sign_in_is_throttled(tmp_path: Path) -> None:
    house = house_on(f"sqlite:///{tmp_path / 'data' / 'c.db'}", tmp_path, sign_ins_per_minute=5)
    client = house.client()
    answers = [client.post("/v1/session", json={"email": "a@example.org", "password": "x"}) for _ in range(6)]
    assert answers[-1].status_code == 429
    assert int(answers[-1].headers["Retry-After"]) >= 1
    house.at.database.engine.dispose()


def test_the_last_admin_stays(house: House) -> None:
    answer = house.people["admin"].delete(f"/v1/members/{house.ids['admin']}/admin")
    assert answer.status_code == 409


def test_a_body_too_large_and_a_wrong_length(tmp_path: Path) -> None:
    house = house_on(f"sqlite:///{tmp_path / 'data' / 'c.db'}", tmp_path, max_body_bytes=2000)
    answer = house.people["mentor"].post("/v1/notes", json={"text": "word " * 1000})
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    house.at.database.engine.dispose()


def test_a_body_that_does_not_come_is_not_waited_for(house: House) -> None:
    from api.limits import Bounds

    async def never() -> dict[str, object]:
        await asyncio.sleep(60)
        return {}

    sent: list[dict[str, object]] = []

    async def send(message: dict[str, object]) -> None:
        sent.append(message)

    bounds = Bounds(house.app, house.at.settings.model_copy(update={"body_seconds": 0.1}))
    scope = {"type": "http", "method": "POST", "path": "/v1/notes", "headers": [(b"content-length", b"10")], "query_string": b""}
    asyncio.run(bounds(scope, never, send))
    assert sent[0]["status"] == 408
    assert b"too_slow" in sent[1]["body"]


def test_no_word_of_a_note_is_logged_or_rests_in_the_clear(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging.getLogger("coach"), "propagate", True)  # a test that ran a command may have shut it
    house = house_on(f"sqlite:///{tmp_path / 'data' / 'coach.db'}", tmp_path)
    secret = "Wintergreenish said he wants to die and I stayed"
    with caplog.at_level(logging.DEBUG):
        stored = house.note(f"{secret} with him. {GRAVE}", pair=house.pair(mentee="Quillfeather"))
        staff = house.people["staff"]
        staff.post(f"/v1/notes/{stored['note']['id']}/open", json={"reason": "Xylophonic reasons"})
        house.people["mentor"].post("/v1/notes", json={"text": {"deep": secret}})
        house.people["mentor"].get(f"/v1/notes/{secret}")
        (flag,) = house.flags()
        house.change("staff", f"/v1/flags/{flag['id']}/claim", flag["version"])
    written = [JsonLines().format(r) + r.getMessage() for r in caplog.records if r.name.startswith("coach")]
    assert written and not any("Wintergreenish" in line or "Quillfeather" in line for line in written)
    house.at.database.engine.dispose()
    kept = b"".join(p.read_bytes() for p in (tmp_path / "data").iterdir())
    for word in (b"Wintergreenish", b"Quillfeather", b"Xylophonic", b"wants to die"):
        assert word not in kept


def test_an_unforeseen_fault_shows_no_words(
    house: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from api.notes import service

    def breaks(*_: object) -> None:
        raise RuntimeError(GRAVE)

    monkeypatch.setattr(service, "keep_report", breaks)
    with caplog.at_level(logging.DEBUG, logger="coach"):
        answer = house.people["mentor"].post("/v1/notes", json={"text": GRAVE})
    assert answer.status_code == 500 and answer.json()["code"] == "internal"
    assert "die" not in answer.text
    assert not any("die" in JsonLines().format(r) for r in caplog.records)
    assert house.people["mentor"].get("/v1/notes").json() == []


def test_the_audit_trail_finds_what_was_changed_dropped_or_cut(any_house: House) -> None:
    any_house.note(GRAVE)
    at = any_house.at

    def faults() -> list[str]:
        with at.database.read(ALL) as session:
            return list(at.trail.faults(session))

    def tamper(statement: sa.Executable) -> list[str]:
        with at.database._write(info={"program": ALL}) as session:
            session.execute(statement)
            found = list(at.trail.faults(session))
            session.rollback()
        return found

    assert faults() == []
    with at.database.read(ALL) as session:
        last = session.get(AuditHead, 1).number
    assert last > 5
    assert tamper(sa.update(AuditRow).where(AuditRow.number == 3).values(act="nothing"))
    assert tamper(sa.delete(AuditRow).where(AuditRow.number == 3))[0] == "row 3 is missing"
    assert tamper(sa.delete(AuditRow).where(AuditRow.number == last)) == [f"the trail ends at row {last - 1}; it held {last}"]
    assert tamper(sa.update(AuditHead).values(number=last - 1))
    assert faults() == []


def test_an_auditor_reads_no_words(house: House) -> None:
    house.add("auditor", "auditor")
    stored = house.note(GRAVE)
    auditor = house.people["auditor"]
    assert auditor.get(f"/v1/notes/{stored['note']['id']}").status_code == 403
    assert auditor.get("/v1/flags").status_code == 403


def test_keys_rotate_without_touching_notes(tmp_path: Path) -> None:
    address = f"sqlite:///{tmp_path / 'data' / 'coach.db'}"
    house = house_on(address, tmp_path)
    stored = house.note(GRAVE)
    ring = house.at.vault.ring
    ring.keys["k2"] = add_key(tmp_path / "keys", "k2")
    with house.at.database.write(ALL) as session:
        assert house.at.vault.rewrap(session) > 0
        assert house.at.vault.rewrap(session) == 0
    del ring.keys["k1"]
    assert house.people["mentor"].get(f"/v1/notes/{stored['note']['id']}").json()["text"] == GRAVE
    house.at.database.engine.dispose()


def test_a_missing_key_file_stops_the_start(tmp_path: Path) -> None:
    address = f"sqlite:///{tmp_path / 'data' / 'coach.db'}"
    house_on(address, tmp_path).at.database.engine.dispose()
    (tmp_path / "keys").rename(tmp_path / "elsewhere")
    with pytest.raises(KeyFault, match="missing"):
        create_app(settings_for(address, tmp_path), load_coach=quick_coach)


def test_the_key_file_is_the_owners_and_outside_the_data(tmp_path: Path) -> None:
    settings = settings_for(f"sqlite:///{tmp_path / 'data' / 'c.db'}", tmp_path)
    load_keys(settings, fresh=True)
    assert (tmp_path / "keys").stat().st_mode & 0o077 == 0
    with pytest.raises(KeyFault, match="inside the data folder"):
        load_keys(settings.model_copy(update={"key_file": tmp_path / "data" / "keys"}), fresh=True)


def test_migrations_go_up_and_down_with_data_in_them(any_house: House) -> None:
    any_house.note(GRAVE)
    engine = any_house.at.database.engine
    assert migrate.revision(engine) == migrate.newest()
    migrate.downgrade(engine, "base")
    assert set(sa.inspect(engine).get_table_names()) <= {"alembic_version"}
    migrate.upgrade(engine)
    assert {t.name for t in Base.metadata.sorted_tables} <= set(sa.inspect(engine).get_table_names())


def test_the_migrations_make_what_the_models_say(address: str, tmp_path: Path) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.runtime.migration import MigrationContext

    (tmp_path / "data").mkdir(exist_ok=True)
    engine = make_engine(address)
    migrate.upgrade(engine)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []
    engine.dispose()


def test_sqlite_runs_in_wal_mode(house: House, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "data" / "coach.db") as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    connection.close()


def test_program_rules_have_bounds(house: House) -> None:
    admin = house.people["admin"]
    program = admin.get("/v1/program").json()
    given = json.loads(ProgramIn(name="N").model_dump_json())
    for bad in ({"timezone": "Mars/Phobos"}, {"region": "ca"}, {"rules": {"emergency_minutes": 600}}, {"retention_days": 0}):
        answer = admin.put("/v1/program", json={**given, **bad}, headers={"If-Match": f'"{program["version"]}"'})
        assert answer.status_code == 422, bad
