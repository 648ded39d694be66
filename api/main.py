"""`coach serve` and `coach-api`: start the service, look after its database and keys."""

import argparse
import sys
from collections.abc import Sequence
from typing import Any

import uvicorn

from api.app import create_app, first_token, make_services
from api.db import migrate
from api.db.session import ALL, make_engine
from api.observe import set_up_logs
from api.security import KeyFault, add_key
from api.settings import ServiceSettings, listing


def add_serve(commands: Any) -> None:
    """`coach serve`, found by coach's command line through its entry point."""
    p = commands.add_parser("serve", help="start the service", description="Start the service on this machine.")
    p.add_argument("--host")
    p.add_argument("--port", type=int)
    p.add_argument("--data", help="folder of the embedded database")
    p.add_argument("--clean", action="store_true", help="without the demo program")
    p.add_argument("--settings", action="store_true", help="list every setting and end")
    p.set_defaults(run=serve)


def serve(arguments: argparse.Namespace) -> int:
    """Blocks until it is stopped."""
    if arguments.settings:
        print(listing())
        return 0
    given = {"host": arguments.host, "port": arguments.port, "data_dir": arguments.data, "demo": not arguments.clean}
    settings = ServiceSettings(**{k: v for k, v in given.items() if v is not None})
    if "public_url" not in settings.model_fields_set:
        settings = settings.model_copy(update={"public_url": f"http://{settings.host}:{settings.port}"})
    set_up_logs()
    try:
        app = create_app(settings)
    except KeyFault as fault:
        print(f"coach: {fault}", file=sys.stderr)
        return 1
    print(_welcome(app.state.services, settings), flush=True)
    uvicorn.run(app, host=settings.host, port=settings.port, log_config=None, access_log=False, server_header=False)
    return 0


def _welcome(at: Any, settings: ServiceSettings) -> str:
    lines = [f"The coach listens on {settings.public_url}  (data: {settings.address}, keys: {settings.keys_at})"]
    if settings.demo:
        from api.demo import make_demo

        if (words := make_demo(at)) is not None:
            lines.append(words)
    if (token := first_token(at)) is not None:
        given = f'{{"token": "{token}", "email": "you@example.org", "name": "You", "password": "..."}}'
        lines.append(f"No admin yet. This makes the first one, once, within {settings.setup_hours} hours:")
        lines.append(f"  curl {settings.public_url}/v1/setup -H 'Content-Type: application/json' -d '{given}'")
    return "\n".join(lines)


def main(argv: Sequence[str] | None = None) -> int:
    """`coach-api`: audit verify, db upgrade|downgrade, keys rotate."""
    parser = argparse.ArgumentParser(prog="coach-api", description="Look after the service's database and keys.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, action, text, run in (
        ("audit", "verify", "find a changed, dropped or reordered row of the audit trail", _verify),
        ("db", "upgrade", "bring the database up to date", _upgrade),
        ("db", "downgrade", "take the database back to REVISION", _downgrade),
        ("keys", "rotate", "make a new master key and wrap all data keys with it", _rotate),
    ):
        group = _group(commands, name)
        p = group.add_parser(action, help=text, description=text)
        if action == "downgrade":
            p.add_argument("revision")
        p.set_defaults(run=run)
    arguments = parser.parse_args(argv)
    try:
        return int(arguments.run(arguments))
    except KeyFault as fault:
        print(f"coach-api: {fault}", file=sys.stderr)
        return 1


def _group(commands: Any, name: str) -> Any:
    if name not in commands.choices:
        commands.add_parser(name).set_defaults(group=None)
        commands.choices[name].actions = commands.choices[name].add_subparsers(required=True, metavar="ACTION")
    return commands.choices[name].actions


def _verify(_: argparse.Namespace) -> int:
    at = make_services(ServiceSettings())
    with at.database.read(ALL) as session:
        faults = list(at.trail.faults(session))
    print("\n".join(faults) if faults else "The audit trail is whole.")
    return 1 if faults else 0


def _upgrade(_: argparse.Namespace) -> int:
    engine = make_engine(ServiceSettings().address)
    migrate.upgrade(engine)
    print(f"The database is at {migrate.revision(engine)}.")
    return 0


def _downgrade(arguments: argparse.Namespace) -> int:
    engine = make_engine(ServiceSettings().address)
    migrate.downgrade(engine, arguments.revision)
    print(f"The database is at {migrate.revision(engine) or 'nothing'}.")
    return 0


def _rotate(_: argparse.Namespace) -> int:
    settings = ServiceSettings()
    at = make_services(settings)
    name = f"k{len(at.vault.ring.keys) + 1}"
    at.vault.ring.keys[name] = add_key(settings.keys_at, name)
    with at.database.write(ALL) as session:
        count = at.vault.rewrap(session)
        at.trail.record(session, "service", "keys_rotated", f"master:{name}", None, {"count": count})
    print(f"{count} keys are wrapped with {name} now. Keep the older ones while copies of the database need them.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
