"""How PostgreSQL finds what the desk, the worker, the purge and sign-in look for, among two million rows of each kind.

    make bench-plans, or: python -m tests.benchmarks.plans [--rows 2000000] [--postgres ADDRESS]

The service's own functions run; each statement that they send is explained as it stands. Fails where one reads a whole large table.
Writes plans.md at the full size alone; takes some minutes and 5 GB. Rows are made up, without a word of a note.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from api.accounts.service import open_session
from api.alerts.worker import PURGED, Worker
from api.app import make_services
from api.counts import SharedCounts
from api.db import migrate
from api.db.models import Contact, Program, WebhookSubscription
from api.db.session import ALL
from api.deps import Principal, signed_in
from api.limits import Rates
from api.notes.service import read_again
from api.pairs.service import purgeable
from api.plugins.webhooks import due
from api.reviews import service as reviews
from api.services import Services
from api.settings import ServiceSettings
from api.web.desk import _count
from tests.benchmarks.served import scratch

PAGE = Path(__file__).parent / "plans.md"
FULL = 2_000_000
NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
PROGRAMS = 20
BIG = ("note", "flag", "alert", "sign_in", "follow_up", "webhook_delivery", "rate_count")
HEAD = """# Query plans on {rows:,} rows

`make bench-plans` writes this page ({day}, {server}) and fails where a statement reads a whole large table.
{programs} programs; {rows:,} notes, flags, alerts, sessions, follow-ups and webhook deliveries each; three flags in 100 undecided, one alert in
997 unsent, three years of notes of which all but one year's (and one in 501 older ones) are erased. Times: PostgreSQL's own, one run, a busy machine.

| what | statement on | how | ms |
| --- | --- | --- | --- |
"""

# g: the row's number; p: its program's id. Ids sort by number. Foreign keys are not checked while these run.
ROWS = {
    "person": """INSERT INTO person (id, email, name, disabled, created_at)
        SELECT lpad(g::text, 32, '0'), g || '@example.org', 'P', false, :now FROM generate_series(1, 1000) g""",
    "note": """INSERT INTO note (id, program_id, key_id, text, received_at, historical, drill, hold, fingerprint, rereads, erased_at)
        SELECT lpad(g::text, 32, '0'), p.id, 'k', CASE WHEN g > :rows * 2 / 3 OR g % 501 = 0 THEN '\\x00'::bytea END,
        :now - interval '3 years' * (1 - g::float / :rows), false, false, false, md5(g::text), 0,
        CASE WHEN g > :rows * 2 / 3 OR g % 501 = 0 THEN NULL ELSE :now - interval '1 day' END
        FROM generate_series(1, :rows) g JOIN p ON p.n = g % :programs""",
    "flag": """INSERT INTO flag (id, program_id, note_id, report_id, level, kinds, sources, state, not_fully_read, historical, drill,
        raised_at, due_at, escalate_at, step, version)
        SELECT lpad(g::text, 32, '0'), p.id, lpad(g::text, 32, '0'), 'r', CASE WHEN g % 5 = 0 THEN 'urgent' ELSE 'concern' END, '[]', '[]',
        CASE WHEN g % 49 = 0 THEN 'open' WHEN g % 97 = 0 THEN 'claimed' ELSE 'decided' END, false, false, false,
        :now - interval '3 years' * (1 - g::float / :rows), :now - interval '3 years' * (1 - g::float / :rows) + interval '1 day',
        :now + interval '1 hour' * (1 + g % 100), 0, 2 FROM generate_series(1, :rows) g JOIN p ON p.n = g % :programs""",
    "alert": """INSERT INTO alert (id, program_id, key, flag_id, contact_id, payload, state, attempts, next_at, created_at)
        SELECT lpad(g::text, 32, '0'), p.id, g::text, lpad(g::text, 32, '0'), 'c', '{{}}',
        CASE WHEN g % 997 = 0 THEN 'pending' ELSE 'sent' END, 1, :now - interval '1 minute', :now
        FROM generate_series(1, :rows) g JOIN p ON p.n = g % :programs""",
    "sign_in": """INSERT INTO sign_in (token, person_id, csrf, expires_at, seen_at)
        SELECT lpad(g::text, 64, '0'), lpad((1 + g % 1000)::text, 32, '0'), 'c', :now + interval '1 minute' * (g % 720 - 1),
        :now - interval '1 minute' * (g % 60)
        FROM generate_series(1, :rows) g""",
    "follow_up": """INSERT INTO follow_up (id, program_id, note_id, kind, cards, state, created_at, changed_at, version)
        SELECT lpad(g::text, 32, '0'), p.id, lpad(g::text, 32, '0'), 'ask', '[]', CASE WHEN g % 3 = 0 THEN 'open' ELSE 'done' END,
        :now - interval '3 years' * (1 - g::float / :rows), :now, 1 FROM generate_series(1, :rows) g JOIN p ON p.n = g % :programs""",
    "webhook_delivery": """INSERT INTO webhook_delivery (id, program_id, subscription_id, event_id, type, subject, state, attempts, next_at,
        created_at) SELECT lpad(g::text, 32, '0'), p.id, 's', g::text, 't', 's', CASE WHEN g % 997 = 0 THEN 'pending' ELSE 'sent' END, 1,
        :now, :now - interval '30 days' * (1 - g::float / :rows) FROM generate_series(1, :rows) g JOIN p ON p.n = g % :programs""",
    "rate_count": """INSERT INTO rate_count (mark, minute, count) SELECT lpad(g::text, 64, '0'),
        extract(epoch FROM clock_timestamp())::bigint / 60 - g % 2, 5 FROM generate_series(1, :rows / 20) g""",
}


@dataclass(frozen=True, slots=True)
class Found:
    """One statement that a part of the service sent; `scans` are its plan's ways into tables, `whole` the large ones read in full."""

    what: str
    verb: str
    scans: list[str]
    whole: list[str]
    ms: float


def fill(engine: sa.Engine, rows: int) -> None:
    """Programs, a contact and `rows` of everything that grows; then what autovacuum would have done by itself."""
    with engine.begin() as connection:
        connection.execute(sa.text("SET session_replication_role = replica"))
        for n in range(PROGRAMS):
            program = {"id": f"program{n}", "name": "P", "rules": {}, "retention_days": 365, "created_at": NOW}
            connection.execute(sa.insert(Program).values(**program))
        contact = {"name": "C", "channel": "email", "address": "c@example.org"}
        connection.execute(sa.insert(Contact).values(id="c", program_id="program0", **contact))
        connection.execute(sa.text("CREATE TEMP TABLE p AS SELECT id, substr(id, 8)::int AS n FROM program"))
        for name, statement in ROWS.items():
            start = time.perf_counter()
            given = {"rows": rows, "now": NOW, "programs": PROGRAMS}
            text = sa.text(statement.replace("{{}}", "{}"))
            connection.execute(text, {k: v for k, v in given.items() if f":{k}" in statement})
            print(f"plans: {name} in {time.perf_counter() - start:.0f} s", file=sys.stderr, flush=True)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(sa.text("VACUUM ANALYZE"))


class Plans:
    """Explains every statement that passes through an engine while `of` runs a part of the service."""

    def __init__(self, engine: sa.Engine) -> None:
        self.found: list[Found] = []
        self._what: str | None = None
        sa.event.listen(engine, "before_cursor_execute", self._explain)

    def of(self, what: str, act: Callable[[], object]) -> None:
        self._what = what
        try:
            act()
        finally:
            self._what = None

    def _explain(self, connection: Any, _: Any, statement: str, parameters: Any, *__: Any) -> None:
        if self._what is None or statement.split()[0] not in ("SELECT", "UPDATE", "DELETE", "WITH", "INSERT"):
            return
        with connection.connection.driver_connection.cursor() as cursor:
            cursor.execute("SAVEPOINT plans")
            cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", parameters)
            (found,) = cursor.fetchone()
            cursor.execute("ROLLBACK TO SAVEPOINT plans")
        top = (json.loads(found) if isinstance(found, str) else found)[0]
        nodes = list(_nodes(top["Plan"]))
        scans = [_told(node) for node in nodes if "Scan" in node["Node Type"] and node["Node Type"] != "Bitmap Heap Scan"]
        whole = [n["Relation Name"] for n in nodes if n["Node Type"] == "Seq Scan" and n["Relation Name"] in BIG]
        self.found.append(Found(self._what, statement.split()[0], scans, whole, top["Execution Time"]))


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for part in plan.get("Plans", ()):
        yield from _nodes(part)


def _told(node: dict[str, Any]) -> str:
    return f"{node['Node Type']} {node.get('Index Name') or node.get('Relation Name') or ''}".strip()


def look(at: Services, plans: Plans) -> None:
    """Run what is looked at; parts that change rows are rolled back or touch made-up rows alone."""
    database, worker = at.database, Worker(at, read_again)
    who = Principal("program7", "0" * 32, None, frozenset({"staff"}), frozenset())

    def in_program(act: Callable[[Any], object]) -> Callable[[], object]:
        def run() -> None:
            with database.read(who.program) as session:
                act(session)

        return run

    def everywhere(act: Callable[[Any], object]) -> Callable[[], object]:
        def run() -> None:
            with database.write(ALL) as session:
                act(session)
                session.rollback()

        return run

    undecided = {"state": ["open", "claimed"]}
    pages: list[tuple[str, dict[str, list[str]], str | None]] = [
        ("desk: undecided flags by due", undecided, None),
        ("desk: all flags by due", {}, None),
        ("desk: a later page", {}, f"{(NOW - timedelta(days=400)).isoformat()}~{'0' * 32}"),
        ("desk: one level", {**undecided, "level": ["urgent"]}, None),
    ]
    for what, filters, cursor in pages:
        plans.of(what, in_program(partial(reviews.page, who=who, filters=filters, cursor=cursor, limit=50)))
    plans.of("desk: what is new", in_program(lambda s: _count(s, who)))
    plans.of("worker: flags that climb", worker._climb)
    plans.of("worker: next alert by mail", lambda: worker._take(Contact.channel == "email"))
    plans.of("worker: next alert by webhook", lambda: worker._take(Contact.channel.not_in(("email", "slack"))))
    plans.of("worker: next alert by Slack", lambda: worker._take(Contact.channel == "slack"))
    plans.of("worker: notes to read again", worker._read_due)
    plans.of("worker: gauges", worker._measure)
    plans.of("worker: next webhook", worker._webhooks.tick)
    before = NOW - timedelta(days=365)
    plans.of("purge: notes", in_program(lambda s: s.execute(purgeable(who.program, before, PURGED)).all()))
    plans.of("purge: deliveries", everywhere(lambda s: due.purge(at, s)))
    hook = WebhookSubscription(id="s", program_id=who.program, made_by="x", events=["flag.overdue", "follow_up.due"])
    plans.of("webhooks: flags overdue", in_program(lambda s: list(due._overdue(s, hook, NOW - timedelta(minutes=5), NOW))))
    plans.of(
        "webhooks: follow-ups due", in_program(lambda s: list(due._follow_ups(at, s, hook, NOW - timedelta(minutes=5), NOW)))
    )
    plans.of("session: of a request", everywhere(lambda s: signed_in(at, s, "77".rjust(64, "0"))))
    plans.of("session: sign-in", everywhere(lambda s: (open_session(at, s, "1".rjust(32, "0")), s.flush())))
    plans.of("limits: a request", lambda: Rates(SharedCounts(database.engine)).hit("person", "x", 100))


def page(found: list[Found], rows: int, server: str) -> str:
    kept = {(f.what, f.verb, tuple(dict.fromkeys(f.scans))): f.ms for f in reversed(found) if f.scans}
    lines = [f"| {what} | {verb} | {', '.join(scans)} | {ms:.1f} |" for (what, verb, scans), ms in reversed(kept.items())]
    head = HEAD.format(rows=rows, programs=PROGRAMS, day=datetime.now(UTC).date(), server=server)
    return head + "\n".join(lines) + "\n"


def measure(postgres: str, rows: int) -> tuple[list[Found], str]:
    """Every statement with its plan, and the server's name."""
    with scratch(postgres) as address, tempfile.TemporaryDirectory() as folder:
        at = make_services(ServiceSettings(database_url=address, data_dir=Path(folder) / "data", key_file=Path(folder) / "keys"))
        migrate.upgrade(at.database.engine)
        at.clock = lambda: NOW
        fill(at.database.engine, rows)
        plans = Plans(at.database.engine)
        look(at, plans)
        with at.database.engine.connect() as connection:
            server = f"PostgreSQL {connection.execute(sa.text('SHOW server_version')).scalar_one().split()[0]}"
        at.database.engine.dispose()
    return plans.found, server


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=FULL)
    parser.add_argument("--postgres", default="postgresql://postgres@127.0.0.1:5432/postgres")
    arguments = parser.parse_args()
    found, server = measure(arguments.postgres, arguments.rows)
    text = page(found, arguments.rows, server)
    print(text)
    if arguments.rows == FULL:
        PAGE.write_text(text, "utf-8")
    faults = [f"{f.what}: the whole of {', '.join(f.whole)}" for f in found if f.whole]
    print("\n".join(faults) or "No statement reads a whole large table.")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
