"""The container file, the compose file and nginx's configuration: parsed, and held to what api/deploy/README.md promises."""

import re
import shutil
from pathlib import Path

import pytest

from api.settings import ServiceSettings
from tests.conftest import ROOT

yaml = pytest.importorskip("yaml", reason="needs PyYAML, which the test environment brings")
DEPLOY = ROOT / "api" / "deploy"
COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))


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
