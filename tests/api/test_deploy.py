"""The container file, the compose file and nginx's configuration: parsed, and held to what api/deploy/README.md promises."""

import re
import shutil
import subprocess
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import make_url, text

from api.db import migrate
from api.db.session import make_engine
from api.settings import ServiceSettings
from tests.conftest import POSTGRES, ROOT

yaml = pytest.importorskip("yaml", reason="needs PyYAML, which the test environment brings")
DEPLOY = ROOT / "api" / "deploy"
COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))
WAYS_OUT = {"service1": {"egress"}, "service2": {"egress"}, "worker": {"egress"}, "proxy": {"outside"}}
"""The networks of each container beside the one within."""


def instructions() -> list[tuple[str, str]]:
    """Of the container file, with lines joined: (name, rest)."""
    joined = re.sub(r"\\\n\s*", "", (DEPLOY / "Containerfile").read_text("utf-8"))
    lines = [line.strip() for line in joined.splitlines() if line.strip() and not line.startswith("#")]
    return [(name, rest.strip()) for name, _, rest in (line.partition(" ") for line in lines)]


def test_the_image_is_pinned_runs_without_root_and_says_how_it_is() -> None:
    made = instructions()
    last = max(n for n, (name, _) in enumerate(made) if name == "FROM")
    final = dict(made[last:])
    assert final["USER"] == "10001:10001" and "/readyz" in final["HEALTHCHECK"]
    assert final["CMD"] == '["coach", "serve", "--clean"]'
    (installs,) = [rest for name, rest in made if name == "RUN" and "serve.lock" in rest]
    assert "--require-hashes" in installs and "--no-deps" in installs
    assert not [rest for name, rest in made[last:] if name == "RUN" and re.search(r"pip|apt|curl|wget", rest)]
    assert {name for name, _ in made} <= {
        "ARG",
        "FROM",
        "WORKDIR",
        "ENV",
        "COPY",
        "RUN",
        "USER",
        "EXPOSE",
        "HEALTHCHECK",
        "STOPSIGNAL",
        "CMD",
    }
    bases = [rest for name, rest in made if name in ("ARG", "FROM") and "latest" in rest]
    assert not bases and re.search(r"python:3\.\d+\.\d+", dict(made)["ARG"])


def test_all_that_the_image_copies_is_there_and_is_let_through() -> None:
    kept = {line[1:] for line in (DEPLOY / "Containerfile.dockerignore").read_text("utf-8").splitlines() if line.startswith("!")}
    for name, rest in instructions():
        if name == "COPY" and not rest.startswith("--from"):
            for source in rest.split()[:-1]:
                assert (ROOT / source).exists() and source in kept


@pytest.mark.parametrize("name", list(COMPOSE["services"]))
def test_every_container_is_bare(name: str) -> None:
    service = COMPOSE["services"][name]
    assert service["read_only"] and service["cap_drop"] == ["ALL"] and service["security_opt"] == ["no-new-privileges:true"]
    assert service["user"].split(":")[0] not in ("0", "root")
    assert "healthcheck" in service or "build" in service  # the image's own
    assert "ports" not in service or name == "proxy"
    assert set(service["secrets"]) <= set(COMPOSE["secrets"])
    assert not [v for k, v in service.get("environment", {}).items() if "PASSWORD" in k and not k.endswith("_FILE")]
    assert set(service.get("depends_on", {})) <= set(COMPOSE["services"])
    assert COMPOSE["networks"]["inside"] == {"internal": True} and "inside" in service["networks"]
    assert set(service["networks"]) - {"inside"} == WAYS_OUT.get(name, set())


def test_the_database_has_no_way_out_and_only_the_proxy_a_way_in() -> None:
    """Who calls others (docs/security/decisions.md, Connections) has a network for it that the database and the proxy are not on."""
    assert set(COMPOSE["networks"]) == {"inside", "egress", "outside"}
    assert [name for name, service in COMPOSE["services"].items() if "ports" in service] == ["proxy"]
    assert {"database", "upgrade"} == set(COMPOSE["services"]) - set(WAYS_OUT)


def test_the_services_role_is_not_the_superuser() -> None:
    database = COMPOSE["services"]["database"]
    assert "POSTGRES_USER" not in database["environment"]  # else the image makes that one the superuser
    assert "./database.sql:/docker-entrypoint-initdb.d/database.sql:ro" in database["volumes"]
    assert "--host" in database["healthcheck"]["test"]  # not before the role is there


def test_all_that_is_mounted_is_there() -> None:
    mounted = [v for service in COMPOSE["services"].values() for v in service.get("volumes", ()) if v.startswith("./")]
    assert len(mounted) == 2 and all((DEPLOY / volume.split(":")[0]).is_file() for volume in mounted)


@pytest.fixture
def plain_role(require: Callable[[str], None], tmp_path: Path) -> Iterator[str]:
    """The address of a database as deploy/database.sql makes it, under names of this test's own."""
    require("postgres")
    psql = shutil.which("psql") or pytest.skip("needs psql")
    name = f"coach_test_{uuid.uuid4().hex[:12]}"
    (tmp_path / "word").write_text("it's a secret\n", "utf-8")
    given = (DEPLOY / "database.sql").read_text("utf-8").replace("/run/secrets/postgres_password", str(tmp_path / "word"))
    kept = [line for line in given.splitlines() if not re.match("ALTER ROLE postgres|REVOKE CONNECT ON DATABASE postgres", line)]
    made = "\n".join(kept).replace("coach", name)
    assert made.count(name) == 4  # the role, the database and its owner, whose doors are shut
    subprocess.run([psql, "-X", "-v", "ON_ERROR_STOP=1", POSTGRES], input=made, text=True, check=True, capture_output=True)
    address = make_url(POSTGRES).set(username=name, password="it's a secret", database=name)
    yield address.render_as_string(hide_password=False)
    ended = f"DROP DATABASE {name} WITH (FORCE); DROP ROLE {name};"
    subprocess.run([psql, "-X", POSTGRES], input=ended, text=True, check=True, capture_output=True)


def test_a_plain_owner_is_enough_for_all_that_the_service_does(plain_role: str) -> None:
    """Up to date, down and up again, by a role that may do nothing else."""
    engine = make_engine(plain_role)
    migrate.upgrade(engine)
    migrate.downgrade(engine, "base")
    migrate.upgrade(engine)
    with engine.connect() as connection:
        query = (
            "SELECT rolsuper OR rolcreatedb OR rolcreaterole OR rolreplication OR rolbypassrls FROM pg_roles WHERE rolname = user"
        )
        assert connection.execute(text(query)).scalar_one() is False
    engine.dispose()


def test_the_settings_in_it_are_settings() -> None:
    known = {f"COACH_{name.upper()}" for name in ServiceSettings.model_fields} | {"COACH_SECRETS"}
    for service in COMPOSE["services"].values():
        assert {name for name in service.get("environment", {}) if name.startswith("COACH_")} <= known
    final = " ".join(rest for name, rest in instructions() if name == "ENV")
    assert set(re.findall(r"COACH_[A-Z_]+", final)) <= known


def test_secrets_are_read_from_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "coach_database_url").write_text("postgresql://coach:zebra@database/coach\n", "utf-8")
    monkeypatch.setenv("COACH_SECRETS", str(tmp_path))
    assert ServiceSettings().address == "postgresql://coach:zebra@database/coach"
    monkeypatch.setenv("COACH_DATABASE_URL", "postgresql://other")
    assert ServiceSettings().address == "postgresql://other"


def test_nginx_takes_as_much_as_the_service() -> None:
    """Without nginx too; tests/api/test_two_processes.py runs the file as it stands."""
    text = (DEPLOY / "nginx.conf").read_text("utf-8")
    assert f"client_max_body_size {ServiceSettings.model_fields['max_body_bytes'].default};" in text
    assert "$request_uri" not in text and "$request " not in text and "proxy_add_x_forwarded_for" not in text
    assert set(re.findall(r"server (service\d):8000", text)) == {n for n in COMPOSE["services"] if n.startswith("service")}
    assert shutil.which("nginx") is None or text.count("{") == text.count("}")
