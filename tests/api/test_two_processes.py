"""Two processes of the service behind nginx on one PostgreSQL: either serves anybody, and what happens on one is seen on the other."""

import random
import re
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from api.db.models import Alert, Contact
from api.db.session import ALL
from tests.api.conftest import CALM, GRAVE, House, house_on, serving
from tests.api.test_alerts import Hook
from tests.api.test_kill import Process, Sender, check, free_port
from tests.conftest import ROOT

CONFIG = ROOT / "api" / "deploy" / "nginx.conf"
SOON = 3.0
"""Seconds: less than the five after which a desk looks by itself."""


@dataclass
class Twins:
    """A house whose database two processes, `a` and `b`, share; nginx stands before both."""

    house: House
    hook: Hook
    a: Process
    b: Process
    proxy: str
    log: Path
    ends: ExitStack

    def client(self, to: Process | None = None, who: str = "", **more: Any) -> httpx.Client:
        """Somebody's browser, straight to a process or through nginx; signed in where `who` is named."""
        address = f"http://127.0.0.1:{to.port}" if to else self.proxy
        client = self.ends.enter_context(httpx.Client(base_url=address, verify=False, timeout=20, **more))
        if who:
            given = {"email": f"{who}@example.org", "password": "correct horse battery"}
            answer = client.post("/v1/session", json=given)
            assert answer.status_code == 201
            client.headers["X-CSRF-Token"] = answer.json()["csrf"]
        return client


def certificate(folder: Path) -> None:
    """A certificate of our own for 127.0.0.1, by the names that the configuration reads."""
    from datetime import UTC, datetime, timedelta

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
    made = made.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
    (folder / "tls_certificate").write_bytes(made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    shape = serialization.PrivateFormat.PKCS8
    (folder / "tls_key").write_bytes(key.private_bytes(serialization.Encoding.PEM, shape, serialization.NoEncryption()))


@contextmanager
def in_front(folder: Path, ports: list[int]) -> Iterator[str]:
    """nginx's address. The committed configuration with the addresses of this test; nothing else of it is changed."""
    certificate(folder)
    port, text = free_port(), CONFIG.read_text("utf-8")
    for number, at in enumerate(ports, 1):
        text = text.replace(f"service{number}:8000", f"127.0.0.1:{at}")
    new = {  # /tmp before the others: the folder lies in it
        "/tmp/": f"{folder}/",
        "/run/secrets": str(folder),
        "listen 8443": f"listen 127.0.0.1:{port}",
    }
    for old, ours in {**new, "/dev/stdout": f"{folder}/access.log", "/dev/stderr": f"{folder}/error.log"}.items():
        text = text.replace(old, ours)
    (folder / "nginx.conf").write_text(text, "utf-8")
    nginx = shutil.which("nginx") or "/usr/sbin/nginx"
    process = subprocess.Popen([nginx, "-c", str(folder / "nginx.conf"), "-p", str(folder), "-g", "daemon off;"])
    address = f"https://127.0.0.1:{port}"
    try:
        assert eventually(lambda: answers(f"{address}/readyz")), "nginx did not come up"
        yield address
    finally:
        process.terminate()
        process.wait()


def answers(address: str) -> bool:
    try:
        return httpx.get(address, verify=False, timeout=5).status_code == 200
    except httpx.HTTPError:
        return False


@pytest.fixture(scope="module")
def twins(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twins]:
    from tests.api.conftest import new_postgres

    require: Callable[[str], None] = request.getfixturevalue("require")
    require("postgres")
    require("nginx")
    folder = tmp_path_factory.mktemp("twins")
    folder.chmod(0o755)
    with new_postgres() as address, serving(Hook()) as hook:
        house = house_on(address, folder, allow_private_webhooks=True)
        ready(house, hook)
        more = {"COACH_TRUSTED_PROXIES": "1", "COACH_SESSION_HOURS": "2000", "COACH_SIGN_INS_PER_MINUTE": "10000"}
        with ExitStack() as ends:
            ends.callback(house.at.database.engine.dispose)
            a, b = (Process(house, address, folder, **more) for _ in range(2))
            for process in (a, b):
                ends.callback(process.kill)
            for process in (a, b):
                process.wait()
            yield Twins(house, hook, a, b, ends.enter_context(in_front(folder, [a.port, b.port])), folder / "access.log", ends)


def ready(house: House, hook: Hook) -> None:
    """A contact that has answered its test, and a program that is live."""
    admin = house.people["admin"]
    contact = {"name": "Hook", "channel": "webhook", "address": hook.url, "on_call": True}
    assert admin.post("/v1/contacts", json=contact).status_code == 201
    with house.at.database.write(ALL) as session:
        session.execute(select(Contact)).scalar_one().acknowledged_at = house.clock()
    assert admin.post("/v1/program/live").status_code == 200


def eventually(holds: Callable[[], bool], seconds: float = 15) -> bool:
    until = time.monotonic() + seconds
    while not (found := holds()) and time.monotonic() < until:
        time.sleep(0.05)
    return found


class Desk(threading.Thread):
    """An open desk: keeps when each event of its stream came."""

    def __init__(self, client: httpx.Client) -> None:
        super().__init__(daemon=True)
        self._client, self.came, self._shut = client, list[float](), threading.Event()

    def __enter__(self) -> "Desk":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._shut.set()
        self.join(20)

    def run(self) -> None:
        with self._client.stream("GET", "/flags/events", timeout=60) as answer:
            for line in answer.iter_lines():
                if self._shut.is_set():  # the stream says every five seconds that it is there
                    return
                if line.startswith("data:"):
                    self.came.append(time.monotonic())


def test_a_session_of_one_process_is_good_on_the_other_and_ends_on_both(twins: Twins) -> None:
    on_a = twins.client(twins.a, "mentor")
    on_b = twins.client(twins.b, cookies={"coach_session": on_a.cookies["coach_session"]})
    assert on_b.get("/v1/pairs").status_code == 200
    assert on_a.delete("/v1/session").status_code == 204
    assert on_b.get("/v1/pairs").status_code == 401


@pytest.mark.parametrize("through", ["a process", "nginx"])
def test_a_note_on_one_process_reaches_a_desk_on_the_other_at_once(twins: Twins, through: str) -> None:
    """Several rounds: a desk that only looked every five seconds would be late in one of them."""
    mentor = twins.client(twins.a, "mentor")
    with Desk(twins.client(twins.b if through == "a process" else None, "staff")) as desk:
        assert eventually(lambda: len(desk.came) == 1)
        for n in range(1, 4):
            before = time.monotonic()
            assert mentor.post("/v1/notes", json={"text": GRAVE}).status_code == 201
            assert eventually(lambda n=n: len(desk.came) > n), "the desk was not told"  # type: ignore[misc]
            assert desk.came[n] - before < SOON
            time.sleep(0.3)


def test_limits_are_shared(twins: Twins, tmp_path: Path) -> None:
    """Twelve a minute over two processes is twelve, not twenty-four; whoever claims another address is still the same one."""
    more = {"COACH_REQUESTS_PER_MINUTE": "12", "COACH_TRUSTED_PROXIES": "1", "COACH_WORKER": "false"}
    with ExitStack() as ends:
        both = [Process(twins.house, twins.house.at.settings.address, twins.log.parent, **more) for _ in range(2)]
        for process in both:
            ends.callback(process.kill)
        for process in both:
            process.wait()
        proxy = ends.enter_context(in_front(tmp_path, [process.port for process in both]))
        client = ends.enter_context(httpx.Client(base_url=proxy, verify=False, timeout=20))
        given = [client.get("/sign-in", headers={"X-Forwarded-For": f"192.0.2.{n}"}) for n in range(30)]
        straight = [httpx.get(f"http://127.0.0.1:{p.port}/sign-in", headers={"X-Forwarded-For": "127.0.0.1"}) for p in both]
    good = [answer.status_code for answer in given].count(200)
    assert 12 <= good <= 24 and {a.status_code for a in given} == {200, 429}
    refused = [answer for answer in [*given, *straight] if answer.status_code == 429]
    assert {a.status_code for a in straight} == {429}, "each process counts by itself"
    assert all(1 <= int(answer.headers["Retry-After"]) <= 60 for answer in refused)


def test_each_alert_is_sent_once(twins: Twins) -> None:
    mentor = twins.client(None, "mentor")
    for _ in range(6):
        assert mentor.post("/v1/notes", json={"text": GRAVE}).status_code == 201

    def all_sent() -> bool:
        with twins.house.at.database.read(ALL) as session:
            return {a.state for a in session.execute(select(Alert)).scalars()} == {"sent"}

    assert eventually(all_sent, 30)
    keys = [key for key, _ in twins.hook.got]
    assert len(keys) >= 6 and len(keys) == len(set(keys))


def test_what_nginx_logs_and_lets_in(twins: Twins) -> None:
    client = twins.client(None, "mentor")
    client.get("/sign-in?program=zebra-in-the-query")
    client.post(
        "/v1/notes",
        json={"text": CALM + " zebra-in-the-note"},
        headers={"Referer": "https://x.example/zebra-in-the-referrer"},
    )
    limit = twins.house.at.settings.max_body_bytes
    assert client.post("/v1/notes", content=b" " * (limit + 1)).status_code == 413
    assert client.get("/metrics").status_code == 404
    assert client.get("/healthz").headers.get("server", "") in ("nginx", "")
    assert eventually(lambda: twins.log.read_text("utf-8").count(" 413 ") == 1)
    lines = twins.log.read_text("utf-8")
    assert "zebra" not in lines and "@" not in lines
    assert all(re.fullmatch(r"\S+ [A-Z]+ \d{3} \d+ [\d.]+ \S+(, \S+)* \S+(, \S+)*", line) for line in lines.splitlines())
    assert str(twins.house.at.settings.max_body_bytes) in CONFIG.read_text("utf-8")


def test_z_one_process_killed_and_the_other_goes_on(twins: Twins) -> None:
    """Last, since one of the two is gone then. What was acknowledged is there, and who comes through nginx notices nothing."""
    admin = twins.house.people["admin"]
    token = admin.post("/v1/keys", json={"name": "t", "scopes": ["notes:write"], "days": 700}).json()["token"]
    senders = [Sender(to.port, token, f"kill-{n}", random.Random(n)) for n, to in enumerate((twins.a, twins.b))]
    for sender in senders:
        sender.start()
    time.sleep(1.0)
    twins.a.kill()
    senders[0].join()
    client = twins.client(headers={"Authorization": f"Bearer {token}"})
    after = [client.post("/v1/notes", json={"text": GRAVE}, headers={"Idempotency-Key": f"after-{n}"}) for n in range(10)]
    assert [answer.status_code for answer in after] == [201] * 10
    twins.b.kill()
    senders[1].join()
    kept = senders[0].kept | senders[1].kept | {a.json()["note"]["id"]: a.json()["note"]["level"] for a in after}
    assert senders[0].kept and senders[1].kept
    check(twins.house, kept)
