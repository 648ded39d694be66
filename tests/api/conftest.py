"""A service to test: an app with a set clock and a quick coach, on SQLite and, where it answers, on PostgreSQL."""

import socketserver
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any, TypeVar

import pytest

pytest.importorskip("fastapi", reason="needs the extra `serve`")

import sqlalchemy as sa
import uvicorn
from fastapi.testclient import TestClient

from api.app import create_app, first_token
from api.db.session import make_engine
from api.settings import ServiceSettings
from coach import Coach, Settings, load
from tests.api.quick import light_passwords, replayed_tables
from tests.conftest import POSTGRES

S = TypeVar("S", bound=socketserver.BaseServer)

MONDAY = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
"""A Monday at ten in the morning in Toronto."""

CALM = "We met for an hour at the library. She had rewritten her CV as we agreed and it reads well now. Next: two cover letters."
GRAVE = (
    "Hour with K at the café. The job search goes slowly. He said he sees no way out any more and that he wants to die. "
    "I asked him directly and he said yes, most nights. I stayed with him. His sister came. We talked about football before that. "
    "He wore the green jacket. The weather was fine. We also looked at the course list. He likes the welding course."
)
HEAVY = "Tough call. Her landlord wants her out by Friday, she owes three months of rent and cries every night about it. She can't cope."


class Peer(BaseHTTPRequestHandler):
    """Answers of a peer on loopback; it logs nothing."""

    def give(self, status: int, body: bytes, kind: str = "application/json") -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        return


@contextmanager
def serving(server: S) -> Iterator[S]:
    """A peer of the service on loopback (webhook, mail, identity provider) that answers in a thread."""
    with server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@contextmanager
def listening(app: Any, port: int = 0) -> Iterator[str]:
    """The app on a port of this machine; its address."""
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="error", timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    address = server.servers[0].sockets[0].getsockname()
    yield f"http://127.0.0.1:{address[1]}"
    server.should_exit = True
    thread.join(10)


class SetClock:
    """A clock that goes only when it is told."""

    def __init__(self, at: datetime = MONDAY) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def on(self, **by: float) -> None:
        self.at += timedelta(**by)


@cache
def quick_coach() -> Coach:
    """The real coach, loaded once for all tests."""
    return load(Settings())


@contextmanager
def new_postgres() -> Iterator[str]:
    """The address of a new, empty database; it is dropped at the end."""
    name = f"coach_test_{uuid.uuid4().hex[:12]}"
    engine = make_engine(POSTGRES).execution_options(isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sa.text(f"CREATE DATABASE {name}"))
    yield POSTGRES.rsplit("/", 1)[0] + f"/{name}"
    with engine.connect() as connection:
        connection.execute(sa.text(f"DROP DATABASE {name} WITH (FORCE)"))
    engine.dispose()


@pytest.fixture
def postgres(require: Callable[[str], None]) -> Iterator[str]:
    """The address of a new, empty database."""
    require("postgres")
    with new_postgres() as address:
        yield address


@pytest.fixture(params=["sqlite", "postgres"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database of each kind."""
    if request.param == "postgres":
        return str(request.getfixturevalue("postgres"))
    return f"sqlite:///{tmp_path / 'data' / 'coach.db'}"


@dataclass
class House:
    """A running service with one program in Toronto: people signed in by role, the clock, what tests reach into."""

    app: Any
    clock: SetClock
    link: str
    program: str = ""

    def __post_init__(self) -> None:
        self.people: dict[str, TestClient] = {}
        self.ids: dict[str, str] = {}

    @property
    def at(self) -> Any:
        return self.app.state.services

    def client(self) -> TestClient:
        return TestClient(self.app, base_url="http://testserver", raise_server_exceptions=False)

    def sign_up(self, name: str, token: str, email: str) -> TestClient:
        client = self.client()
        given = {"token": token, "email": email, "name": name, "password": "correct horse battery"}
        with light_passwords():
            answer = client.post("/v1/setup", json=given)
        assert answer.status_code == 201, answer.text
        client.headers["X-CSRF-Token"] = answer.json()["csrf"]
        self.people[name], self.ids[name] = client, answer.json()["person"]
        return client

    def add(self, name: str, role: str, by: str = "admin") -> TestClient:
        """A new person with a role in the program of `by`."""
        email = f"{name}@example.org"
        answer = self.people[by].post("/v1/members", json={"email": email, "name": name, "role": role})
        assert answer.status_code == 201, answer.text
        return self.sign_up(name, answer.json()["invitation"], email)

    def pair(self, mentor: str = "mentor", **more: Any) -> str:
        given = {"mentee": "Robin", "age_group": "adult", "region": "CA-ON", **more}
        answer = self.people[mentor].post("/v1/pairs", json=given)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    def note(self, text: str = GRAVE, mentor: str = "mentor", **more: Any) -> dict[str, Any]:
        answer = self.people[mentor].post("/v1/notes", json={"text": text, **more})
        assert answer.status_code == 201, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def flags(self, who: str = "staff") -> list[dict[str, Any]]:
        answer = self.people[who].get("/v1/flags")
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()["flags"]
        return found

    def change(self, who: str, path: str, version: int, body: dict[str, Any] | None = None) -> Any:
        return self.people[who].post(path, json=body, headers={"If-Match": f'"{version}"'})


def settings_for(address: str, folder: Path, **more: Any) -> ServiceSettings:
    (folder / "data").mkdir(exist_ok=True)
    given = {
        "data_dir": folder / "data",
        "database_url": address,
        "migrate": True,
        "worker": False,
        "requests_per_minute": 100_000,
        "idle_minutes": 0,  # the clock of a test goes in leaps
        "staff_idle_minutes": 0,
    }
    return ServiceSettings(
        **{**given, "sign_ins_per_minute": 100_000, "session_hours": 2000, "key_file": folder / "keys", **more}
    )


def house_on(address: str, folder: Path, **more: Any) -> House:
    """An admin, a mentor and a member of staff, with a program in Toronto that is live."""
    clock = SetClock()
    with replayed_tables():
        app = create_app(settings_for(address, folder, **more), clock=clock, load_coach=quick_coach)
    link = first_token(app.state.services)
    assert link is not None
    house = House(app, clock, link)
    admin = house.sign_up("admin", link, "admin@example.org")
    house.program = admin.get("/v1/program").json()["id"]
    given = {"name": "Newcomers", "region": "CA", "timezone": "America/Toronto"}
    assert admin.put("/v1/program", json=given, headers={"If-Match": '"1"'}).status_code == 200
    house.add("mentor", "mentor")
    house.add("staff", "staff")
    return house


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """On SQLite."""
    made = house_on(f"sqlite:///{tmp_path / 'data' / 'coach.db'}", tmp_path)
    yield made
    made.at.database.engine.dispose()


@pytest.fixture
def any_house(address: str, tmp_path: Path) -> Iterator[House]:
    """On each database."""
    made = house_on(address, tmp_path)
    yield made
    made.at.database.engine.dispose()
