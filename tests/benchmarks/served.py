"""A service in a process of its own, on a database of its own, for the benchmarks that load it."""

import os
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import sqlalchemy as sa

from api.app import first_token, make_services
from api.db.session import make_engine
from api.settings import ServiceSettings
from coach.settings import Settings
from coach.training.corpus import raw_notes

POSTGRES = "postgresql://postgres@127.0.0.1:5432/postgres"
SQLITE = "sqlite:///FOLDER/data/coach.db"


def texts(most: int = 40) -> list[str]:
    """Notes of ordinary length, from the part of the corpus that trains."""
    notes = raw_notes(Settings().corpus_dir, "train")
    return [n["text"] for n in notes if 60 <= len(n["text"].split()) <= 250][:most]


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@contextmanager
def scratch(postgres: str) -> Iterator[str]:
    """The address of a new database, dropped at the end."""
    name = f"coach_bench_{uuid.uuid4().hex[:8]}"
    engine = make_engine(postgres).execution_options(isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sa.text(f"CREATE DATABASE {name}"))
        try:
            yield postgres.rsplit("/", 1)[0] + f"/{name}"
        finally:
            connection.execute(sa.text(f"DROP DATABASE {name} WITH (FORCE)"))
    engine.dispose()


class Served:
    """`coach serve` on a database, and its first admin; `more` are settings. FOLDER in the address stands for the folder."""

    def __init__(self, address: str, folder: Path, **more: Any) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        given: dict[str, Any] = {
            "database_url": address.replace("FOLDER", str(folder)),
            "data_dir": folder / "data",
            "key_file": folder / "keys",
        }
        given |= {"migrate": True, "port": self.port, "public_url": self.url, **more}
        (folder / "data").mkdir()
        self.settings = ServiceSettings(**given)
        token = first_token(make_services(self.settings))
        code = "from coach.cli import main; main(['serve', '--clean'])"
        self.process = subprocess.Popen(
            [sys.executable, "-c", code],
            env={**os.environ, **{f"COACH_{name.upper()}": str(value) for name, value in given.items()}},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        while not self._up():
            time.sleep(0.1)
        self.admin = httpx.Client(base_url=self.url, timeout=30)
        person = {"token": token, "email": "a@example.org", "name": "A", "password": "correct horse battery"}
        self.admin.headers["X-CSRF-Token"] = self.made("/v1/setup", person)["csrf"]

    def _up(self) -> bool:
        if self.process.poll() is not None:
            sys.exit("bench: the service ended by itself")
        try:
            return httpx.get(f"{self.url}/readyz", timeout=30).status_code == 200
        except httpx.HTTPError:
            return False

    def made(self, path: str, body: Any = None) -> Any:
        """What the admin's POST gives back."""
        answer = self.admin.post(path, json=body).raise_for_status()
        return answer.json() if answer.content else None

    def key(self) -> str:
        """A new key that may store notes."""
        return str(self.made("/v1/keys", {"name": "bench", "scopes": ["notes:write"]})["token"])

    def resident(self) -> float:
        """MB that the process holds just now."""
        said = subprocess.run(
            ["ps", "-o", "rss=", "-p", str(self.process.pid)], capture_output=True, text=True, check=False
        ).stdout
        return float(said or 0) / 1024

    def __enter__(self) -> "Served":
        return self

    def __exit__(self, *_: object) -> None:
        self.admin.close()
        self.process.terminate()
        self.process.wait()
