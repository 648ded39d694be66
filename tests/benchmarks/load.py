"""make bench-load: the service for ten minutes at 70% of what it can do, then ten times as much for a minute, then as before again.

python -m tests.benchmarks.load [--seconds 600] [--burst 60] [--after 45] [--capacity 25] [--sqlite] [--postgres ADDRESS] [--try]

One process of the service with its worker, all settings as they are by default, on PostgreSQL; senders and the receiver of alerts are
here, on the same machine. Requests come when they come (a Poisson process by a seed), whether or not earlier ones were answered. About
thirteen minutes and a half on an idle machine. Writes its table and verdicts into README.md and load.png beside it; ends with 1 where
something does not hold. --try writes into build/benchmarks: for trying this file out, its figures say nothing.
"""

import argparse
import asyncio
import hashlib
import itertools
import json
import random
import resource
import shutil
import ssl
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NamedTuple

import httpx
import numpy as np
import sqlalchemy as sa

from api.app import make_services
from api.db.models import Alert, Flag, FlagEvent, Note
from api.db.session import ALL
from tests.benchmarks import plots
from tests.benchmarks.bench import where
from tests.benchmarks.common import PAGE, ROOT, filled, table
from tests.benchmarks.served import POSTGRES, SQLITE, Served, scratch, texts

SEED = 20261126
SHARE = 0.7
TIMES = 10
CLIENTS = 8
"""In the measure of capacity: more than the service reads at once, fewer than it lets wait."""
CROWD = 500
"""Pools of connections among which the requests are spread."""
OF_LIMIT = 0.5
"""What share of its limit a minute each key uses while the load is steady; so in the burst both limits and the queue are met."""
EVERY = 2.0
"""Seconds between two looks at the memory and at the machine."""
PIECE = b"x" * 2_000_000
"""What is hashed to see how fast the machine is just then."""
SLOW = 1.25
"""A machine is slow for a while where that work takes so much more processor time than it mostly does."""
LATE, LATE_AGAIN = 60.0, 300.0
"""Seconds from the sending of a note to the first alert of its flag that count as late; the second for notes whose first reading was not whole (an
unclaimed emergency climbs after so long)."""
GROWS = 0.05
"""Memory is flat where its trend over the steady time is less than this share of it."""
STAYS = 0.15
"""And where no more than this share is held after the burst beyond what was held before."""
GRAVE = ("concern", "urgent", "emergency")
REFUSED = (429, 503)


class Phase(NamedTuple):
    """`rate` is notes a second."""

    name: str
    seconds: float
    rate: float


@dataclass(slots=True)
class Sent:
    """A request: its phase, when it was due and when it left (seconds since the start of all), how long its answer took; `status` is 0
    where none came, for the `fault`; of a stored note its id and level, and whether it was wholly read."""

    phase: str
    due: float
    left: float
    took: float = 0.0
    status: int = 0
    fault: str = ""
    waits: bool = False
    note: str = ""
    level: str = ""
    whole: bool = True


@dataclass
class Run:
    """All that was seen. `memory` is (seconds since the start, MB), `pace` (the same, core-ms of a fixed piece of work: more is a slower
    machine, whoever else wants it); `heard` flag -> time of day of its first alert."""

    capacity: float
    begun: float
    phases: Sequence[Phase]
    sent: list[Sent] = field(default_factory=list)
    memory: list[tuple[float, float]] = field(default_factory=list)
    pace: list[tuple[float, float]] = field(default_factory=list)
    heard: dict[str, float] = field(default_factory=dict)

    def of(self, phase: str) -> list[Sent]:
        return [one for one in self.sent if one.phase == phase]

    def span(self, phase: str) -> tuple[float, float]:
        """Begin and end of a phase, in seconds since the start."""
        begin = 0.0
        for one in self.phases:
            if one.name == phase:
                return begin, begin + one.seconds
            begin += one.seconds
        raise KeyError(phase)

    def held(self, begin: float, end: float) -> list[tuple[float, float]]:
        return [(at, mb) for at, mb in self.memory if begin <= at < end]


class Receiver(ThreadingHTTPServer):
    """Takes alerts: of each flag the time of the first, and the link of a test."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.first: dict[str, float] = {}
        self.link = ""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/alerts"


class _Handler(BaseHTTPRequestHandler):
    server: Receiver
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        told = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if told["kind"] == "test":
            self.server.link = told["link"]
        else:
            self.server.first.setdefault(told["link"].rpartition("/")[2], time.time())
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        return


@contextmanager
def receiving() -> Iterator[Receiver]:
    with Receiver() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def live(served: Served, receiver: Receiver) -> None:
    """Alerts leave to the receiver from now on, at any hour."""
    contact = {"name": "Desk", "channel": "webhook", "address": receiver.url, "on_call": True}
    served.made(f"/v1/contacts/{served.made('/v1/contacts', contact)['id']}/test")
    while not receiver.link:
        time.sleep(0.1)
    served.made("/v1/alerts/acknowledge", {"token": receiver.link.partition("#")[2]})
    served.made("/v1/program/live")


async def one(clients: Iterator[httpx.AsyncClient], key: str, text: str, sent: Sent, start: float) -> None:
    sent.left = time.perf_counter() - start
    try:
        answer = await next(clients).post("/v1/notes", json={"text": text}, headers={"Authorization": f"Bearer {key}"})
    except (httpx.HTTPError, OSError) as fault:
        sent.took, sent.fault = time.perf_counter() - start - sent.left, type(fault).__name__
        return
    sent.took, sent.status = time.perf_counter() - start - sent.left, answer.status_code
    sent.waits = answer.headers.get("retry-after", "").isdigit()
    if answer.status_code == 201:
        note = answer.json()["note"]
        sent.note, sent.level, sent.whole = note["id"], note["level"], not note["read_again"]


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Iterator[httpx.AsyncClient]]:
    """Clients in turn, for ever. With all requests of a burst in one pool the senders would be what is slow: a pool looks
    through all that wait in it at every answer."""
    async with AsyncExitStack() as ends:
        limits, tls = httpx.Limits(max_connections=None, max_keepalive_connections=1), ssl.create_default_context()
        made = [httpx.AsyncClient(base_url=url, timeout=60, limits=limits, verify=tls) for _ in range(CROWD)]
        yield itertools.cycle([await ends.enter_async_context(client) for client in made])


async def capacity(served: Served, keys: Sequence[str], notes: Sequence[str], seconds: float) -> float:
    """Stored notes a second of CLIENTS that ask one after the other; the first quarter of the time does not count."""
    start, found = time.perf_counter(), list[Sent]()

    async def ask(number: int) -> None:
        turn = number
        while time.perf_counter() - start < seconds:
            found.append(Sent("capacity", 0, 0))
            await one(clients, keys[turn % len(keys)], notes[turn % len(notes)], found[-1], start)
            turn += CLIENTS

    async with opened(served.url) as clients:
        await asyncio.gather(*(ask(n) for n in range(CLIENTS)))
    good = [s for s in found if s.status == 201 and seconds / 4 <= s.left + s.took <= seconds]
    if {s.status for s in found} != {201}:
        sys.exit(f"bench: the measure of capacity was refused: {Counter(s.status for s in found)}")
    return len(good) / (seconds * 3 / 4)


def due(phases: Sequence[Phase], chance: random.Random) -> Iterator[Sent]:
    """Each request at its time."""
    begin = 0.0
    for phase in phases:
        at, end = begin, begin + phase.seconds
        while (at := at + chance.expovariate(phase.rate)) < end:
            yield Sent(phase.name, at, 0.0)
        begin = end


def pace() -> float:
    """Processor time in ms of a fixed piece of work, the best of three."""
    found = []
    for _ in range(3):
        before = time.thread_time()
        hashlib.sha256(PIECE)
        found.append((time.thread_time() - before) * 1000)
    return min(found)


async def watch(served: Served, run: Run, start: float) -> None:
    """The memory and the machine, until it is cancelled."""
    while True:
        run.memory.append((time.perf_counter() - start, await asyncio.to_thread(served.resident)))
        run.pace.append((time.perf_counter() - start, await asyncio.to_thread(pace)))
        await asyncio.sleep(EVERY)


async def pour(served: Served, keys: Sequence[str], notes: Sequence[str], run: Run) -> None:
    """All phases, and then until the last answer."""
    chance, start, under_way = random.Random(SEED), time.perf_counter(), set[asyncio.Task[None]]()
    watcher = asyncio.create_task(watch(served, run, start))
    async with opened(served.url) as clients:
        for number, sent in enumerate(due(run.phases, chance)):
            await asyncio.sleep(max(0.0, sent.due - (time.perf_counter() - start)))
            run.sent.append(sent)
            task = asyncio.create_task(one(clients, keys[number % len(keys)], chance.choice(notes), sent, start))
            under_way.add(task)
            task.add_done_callback(under_way.discard)
        while under_way:
            await asyncio.wait(under_way)
    watcher.cancel()


@dataclass(frozen=True)
class Kept:
    """What the database holds at the end: notes, flag -> note, how many flags a later reading raised (or made graver), faults of the
    trail, how many alerts and notes still wait."""

    notes: frozenset[str]
    flags: dict[str, str]
    later: int
    faults: list[str]
    waiting: int


def settled(served: Served, most: float) -> Kept:
    """Wait until nothing waits in the outbox and no note is to be read again, then look."""
    at = make_services(served.settings)
    pending = sa.select(sa.func.count()).select_from(Alert).where(Alert.state == "pending")
    unread = sa.select(sa.func.count()).select_from(Note).where(Note.reread_at.is_not(None))
    end = time.monotonic() + most
    while True:
        with at.database.read(ALL) as session:
            waiting = session.execute(pending).scalar_one() + session.execute(unread).scalar_one()
        if not waiting or time.monotonic() > end:
            break
        time.sleep(1)
    with at.database.read(ALL) as session:
        notes = frozenset(session.execute(sa.select(Note.id)).scalars())
        flags = {row.id: row.note_id for row in session.execute(sa.select(Flag.id, Flag.note_id))}
        raised = (
            sa.select(FlagEvent.at, Note.received_at).join(Flag, Flag.id == FlagEvent.flag_id).join(Note, Note.id == Flag.note_id)
        )
        events = session.execute(raised.where(FlagEvent.kind == "raised")).all()
        faults = list(at.trail.faults(session))
    at.analyst.close()
    at.database.engine.dispose()
    later = sum(moment(when) - moment(came) > served.settings.reread_seconds / 2 for when, came in events)
    return Kept(notes, flags, later, faults, waiting)


def moment(given: datetime) -> float:
    return (given if given.tzinfo else given.replace(tzinfo=UTC)).timestamp()


class Delay(NamedTuple):
    """Of a flag: when its note was sent (seconds since the start), how long until it was heard of, what is late for it."""

    sent: float
    seconds: float
    late: float


def delays(run: Run, kept: Kept) -> list[Delay]:
    """Of each flag of a note that was sent here; one that nobody heard of took for ever."""
    mine = {s.note: s for s in run.sent if s.note}
    out = []
    for flag, note in kept.flags.items():
        if (one := mine.get(note)) is not None:
            heard = run.heard.get(flag, float("inf")) - run.begun
            out.append(Delay(one.left, heard - one.left, LATE if one.whole else LATE_AGAIN))
    return out


def trend(held: Sequence[tuple[float, float]]) -> float:
    """MB that were added from the first to the last look, by a straight line through all."""
    at, mb = np.array(held).T
    return float(np.polyfit(at, mb, 1)[0] * (at[-1] - at[0]))


def middle(held: Sequence[tuple[float, float]]) -> float:
    return float(np.median([mb for _, mb in held]))


class Verdict(NamedTuple):
    what: str
    holds: bool
    figures: str


def verdicts(run: Run, kept: Kept) -> list[Verdict]:
    begin, end = run.span("steady")
    steady = run.held(begin + (end - begin) / 5, end)  # the first fifth fills what is kept: pools, plans, pages of the models
    before, after = middle(steady[-15:]), middle(run.held(run.span("after")[0], float("inf"))[-15:])
    grown, share = trend(steady), trend(steady) / middle(steady)
    odd = Counter(s.fault or s.status for s in run.sent if s.status not in (201, *REFUSED))
    early = [s for s in run.of("steady") if s.status != 201]
    bare = sum(not s.waits for s in run.sent if s.status in REFUSED)
    told = delays(run, kept)
    late, worst = [d for d in told if d.seconds > d.late], max((d.seconds for d in told), default=0.0)
    stored = {s.note for s in run.sent if s.note}
    grave = {s.note for s in run.sent if s.level in GRAVE}
    unflagged = grave - set(kept.flags.values())
    return [
        Verdict(
            "memory is flat",
            share < GROWS and after < before * (1 + STAYS),
            f"{middle(steady):.0f} MB; trend over the steady time {grown:+.1f} MB ({share:+.1%}); {before:.0f} MB before the burst, "
            f"{after:.0f} MB after it",
        ),
        Verdict(
            "no error but 429 and 503 with Retry-After",
            not odd and not bare,
            f"{sum(odd.values())} of {len(run.sent):,} other than 201, 429, 503, or without an answer: {dict(odd)}; {bare} refused without it",
        ),
        Verdict("at 70% nothing is refused", not early, f"{len(early)} of {len(run.of('steady')):,}"),
        Verdict(
            "no flag is late",
            not late and not kept.waiting and bool(told),
            f"{len(late)} of {len(told):,}; from note to first alert {quantiles([d.seconds for d in told])}, the longest {worst:.1f} s; "
            f"late is over {LATE:.0f} s, {LATE_AGAIN:.0f} s for a note that must be read again; {kept.later} raised by reading again",
        ),
        Verdict(
            "nothing acknowledged is lost",
            not stored - kept.notes and not unflagged and not kept.faults,
            f"{len(stored):,} notes, {len(stored - kept.notes)} lost; {len(unflagged)} grave ones without a flag; "
            f"the trail has {len(kept.faults)} faults",
        ),
    ]


def quantiles(seconds: Sequence[float]) -> str:
    """Half, 95 and 99 of a hundred."""
    if not seconds:
        return "-"
    return " / ".join(f"{value:.2f}" for value in np.quantile(seconds, (0.5, 0.95, 0.99), method="higher")) + " s"


def machine(run: Run) -> str:
    """How even the machine was, and how slow where the steady load was refused."""
    took = [ms for _, ms in run.pace]
    usual = float(np.median(took))
    slow = sum(ms > usual * SLOW for ms in took) / len(took)
    told = (
        f"The machine itself: a fixed piece of work (sha256 of {len(PIECE) / 1e6:.0f} MB, every {EVERY:.0f} s) took {usual:.2f} core-ms at "
        f"half of the looks, {np.quantile(took, 0.95):.2f} at 95 of a hundred; over {SLOW} times the usual at {slow:.0%} of them"
    )
    refused = [s.left for s in run.of("steady") if s.status in REFUSED]
    if not refused:
        return f"{told}."
    then = [ms for at, ms in run.pace if min(refused) - EVERY <= at <= max(refused) + EVERY]
    return f"{told}; while the steady load was refused (second {min(refused):.0f} to {max(refused):.0f}) {float(np.median(then)):.2f}."


def section(run: Run, kept: Kept, database: str) -> str:
    rows = []
    for phase in run.phases:
        sent = run.of(phase.name)
        good, refused = [s for s in sent if s.status == 201], [s for s in sent if s.status in REFUSED]
        counts = Counter(s.status for s in sent)
        rows.append(
            (
                f"{phase.name}, {phase.seconds:.0f} s at {phase.rate:.1f} a second",
                f"{len(sent):,}",
                f"{len(good):,}",
                f"{counts[429]:,}",
                f"{counts[503]:,}",
                len(sent) - len(good) - len(refused),
                f"{len(good) / phase.seconds:.1f}",
                quantiles([s.took for s in good]),
                quantiles([s.took for s in refused]),
                sum(not s.whole for s in good),
            )
        )
    head = (
        "phase",
        "sent",
        "stored",
        "429",
        "503",
        "other",
        "stored a second",
        "time of stored",
        "of refused",
        "to be read again",
    )
    behind = np.quantile([s.left - s.due for s in run.sent], 0.99)
    lines = [f"- **{v.what}: {'holds' if v.holds else 'DOES NOT HOLD'}.** {v.figures}" for v in verdicts(run, kept)]
    return (
        f"{database}; capacity, by {CLIENTS} clients that wait for each answer: **{run.capacity:.1f} stored notes a second**. Times are of "
        f"half, 95 and 99 of a hundred. The senders themselves were behind by {behind * 1000:.0f} ms at most in 99 of a hundred. {machine(run)}\n\n"
        + table(head, rows)
        + "\n"
        + "\n".join(lines)
        + "\n\n![answers, their time, memory, the machine and alerts by time](load.png)\n"
    )


def draw(run: Run, kept: Kept, path: Path) -> None:
    kinds = {"stored": (201,), "429": (429,), "503": (503,)}
    answers = {name: [s.left + s.took for s in run.sent if s.status in codes] for name, codes in kinds.items()}
    answers["other"] = [s.left + s.took for s in run.sent if s.status not in (201, *REFUSED)]
    good = [(s.left, s.took) for s in run.sent if s.status == 201]
    heard = [(d.sent, d.seconds) for d in delays(run, kept) if d.seconds < float("inf")]
    plots.load(path, answers, good, run.memory, run.pace, heard, run.span("burst"), LATE)


def measured(address: str, given: argparse.Namespace) -> tuple[Run, Kept]:
    notes = texts()
    with ExitStack() as ends:
        folder = Path(ends.enter_context(tempfile.TemporaryDirectory()))
        receiver = ends.enter_context(receiving())
        served = ends.enter_context(Served(address, folder, allow_private_webhooks=True))
        live(served, receiver)
        found = asyncio.run(capacity(served, [served.key() for _ in range(16)], notes, given.capacity))
        rate = SHARE * found
        phases = (
            Phase("steady", given.seconds, rate),
            Phase("burst", given.burst, TIMES * rate),
            Phase("after", given.after, rate),
        )
        each = served.settings.requests_per_minute * OF_LIMIT
        keys = [served.key() for _ in range(max(1, round(rate * 60 / each)))]
        print(f"bench: {found:.1f} notes a second; {len(keys)} keys, {rate:.1f} a second", file=sys.stderr, flush=True)
        run = Run(found, time.time(), phases)
        asyncio.run(pour(served, keys, notes, run))
        kept = settled(served, 90)
        run.heard = dict(receiver.first)
    return run, kept


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, standard in (("seconds", 600.0), ("burst", 60.0), ("after", 45.0), ("capacity", 25.0)):
        parser.add_argument(f"--{name}", type=float, default=standard)
    parser.add_argument("--sqlite", action="store_true")
    parser.add_argument("--postgres", default=POSTGRES)
    parser.add_argument("--try", action="store_true", dest="trying")
    given = parser.parse_args()
    page = ROOT / "build" / "benchmarks" / PAGE.name if given.trying else PAGE
    if given.trying:
        page.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(PAGE, page)
    filled(page.read_text("utf-8"), "load", "")  # a page without its marks is told before the work, not after
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))  # in a burst many wait at once
    before = where()
    with ExitStack() as ends:
        address = SQLITE if given.sqlite else ends.enter_context(scratch(given.postgres))
        run, kept = measured(address, given)
    text = f"{before}\n\n{section(run, kept, 'SQLite' if given.sqlite else 'PostgreSQL')}"
    draw(run, kept, page.with_name("load.png"))
    page.write_text(filled(page.read_text("utf-8"), "load", text), "utf-8")
    print(text)
    return int(not all(v.holds for v in verdicts(run, kept)))


if __name__ == "__main__":
    sys.exit(main())
