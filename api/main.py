"""`coach serve` and `coach-api`: start the service, look after its database and keys."""

import argparse
import contextlib
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import uvicorn

from api import openapi, sharing
from api.accounts import shutting
from api.alerts.worker import Worker
from api.app import create_app, first_token, make_services
from api.backup import NotDone, backup, missing, restore, unreadable
from api.db import migrate
from api.db.session import ALL, Database, make_engine
from api.errors import Broken
from api.health import REMEDY, Health
from api.notes.service import read_again
from api.observe import set_up_logs
from api.security import KeyFault, add_key, load_keys
from api.settings import ServiceSettings, listing

GRACE = 5
"""Seconds that requests under way have at a stop; an open desk, whose stream never ends, is cut off then."""

KEPT_OPEN = 75
"""Seconds that an idle connection stays open: longer than nginx (60) and most balancers keep theirs, so that it is never the service that
closes one just as a request comes by it, which would be lost."""

DEGRADED = "The service starts, and /readyz answers 503 until the reader is mended, unless COACH_READY_WITHOUT_READER is true."

IN_THE_CLEAR = (
    "people would come to {address} without TLS, and their notes could be read on the way. Put a proxy that speaks TLS in front and set "
    "COACH_PUBLIC_URL=https://... (api/README.md). On a network that you trust, COACH_PLAIN_HTTP=true starts it all the same."
)


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
    if settings.in_the_clear and not settings.plain_http:
        print(f"coach: {IN_THE_CLEAR.format(address=settings.public_url)}", file=sys.stderr)
        return 1
    set_up_logs()
    try:
        app = create_app(settings)
        phrases_alone = app.state.health.start()
    except (KeyFault, NotDone) as fault:
        print(f"coach: {fault}", file=sys.stderr)
        return 1
    except Broken as fault:
        print(f"coach: {fault.why}\n{REMEDY}", file=sys.stderr)
        return 1
    if phrases_alone:
        print(f"coach: {phrases_alone}\n{DEGRADED}", file=sys.stderr)
    print(_welcome(app.state.services, settings), flush=True)
    uvicorn.run(
        app,
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,  # COACH_TRUSTED_PROXIES says whom to believe; uvicorn's own way believes whoever is on this machine
        timeout_keep_alive=KEPT_OPEN,
        timeout_graceful_shutdown=GRACE,
    )
    return 0


def _welcome(at: Any, settings: ServiceSettings) -> str:
    lines = [f"Open {settings.public_url} in a browser  (data: {settings.address}, keys: {settings.keys_at})"]
    if settings.demo:
        from api.demo import make_demo

        if (words := make_demo(at)) is not None:
            lines.append(words)
    if (token := first_token(at)) is not None:
        lines.append(f"No admin yet. This page makes the first one, once, within {settings.setup_hours} hours:")
        lines.append(f"  {settings.public_url}/setup#{token}")
    return "\n".join(lines)


def main(argv: Sequence[str] | None = None) -> int:
    """`coach-api`: look after a service's database, keys, trail and worker."""
    arguments = _parser().parse_args(argv)
    try:
        return int(arguments.run(arguments))
    except (KeyFault, NotDone) as fault:
        print(f"coach-api: {fault}", file=sys.stderr)
        return 1
    except Broken as fault:
        print(f"coach-api: {fault.why}\n{REMEDY}", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="coach-api", description="Look after the service's database and keys.")
    nouns = parser.add_subparsers(required=True, metavar="COMMAND")
    audit = nouns.add_parser("audit", help="the audit trail").add_subparsers(required=True, metavar="ACTION")
    audit.add_parser("verify", help="find a changed, dropped or reordered row").set_defaults(run=_verify)
    db = nouns.add_parser("db", help="migrations").add_subparsers(required=True, metavar="ACTION")
    db.add_parser("upgrade", help="bring the database up to date").set_defaults(run=_upgrade)
    down = db.add_parser("downgrade", help="take the database back")
    down.add_argument("revision")
    down.set_defaults(run=_downgrade)
    keys = nouns.add_parser("keys", help="master keys").add_subparsers(required=True, metavar="ACTION")
    keys.add_parser("rotate", help="make a new master key and wrap all data keys with it").set_defaults(run=_rotate)
    for name, run, text in (
        ("backup", _backup, "copy the embedded database to FILE, while the service runs; the keys stay out of it"),
        ("restore", _restore, "put a copy in place, and say what is missing"),
    ):
        p = nouns.add_parser(name, help=text, description=text)
        p.add_argument("file", type=Path)
        p.set_defaults(run=run)
    sharing.add(nouns)
    shutting.add(nouns)
    document = nouns.add_parser(
        "openapi", help="print the OpenAPI document, with examples that are real calls; or write it to FILE"
    )
    document.add_argument("file", type=Path, nargs="?")
    document.set_defaults(run=_openapi)
    nouns.add_parser("worker", help="send alerts in a process of its own (COACH_WORKER=false in the others)").set_defaults(
        run=_worker
    )
    return parser


def _trail_faults(settings: ServiceSettings) -> list[str]:
    at = make_services(settings)
    with at.database.read(ALL) as session:
        return list(at.trail.faults(session))


def _verify(_: argparse.Namespace) -> int:
    faults = _trail_faults(ServiceSettings())
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


_ADD_FIRST = (
    "To change the master key, add a new one at the end of COACH_MASTER_KEYS (an id, a blank, 32 random bytes in base64), start the "
    "service with it, then run this again."
)


def _rotate(_: argparse.Namespace) -> int:
    """Where the keys come by COACH_MASTER_KEYS nothing here can keep a new one: whoever runs the service adds it there first."""
    settings = ServiceSettings()
    at = make_services(settings)
    ring = at.vault.ring
    if settings.master_keys is None:
        name = f"k{len(ring.keys) + 1}"
        ring.keys[name] = add_key(settings.keys_at, name)
    name = ring.current
    with at.database.write(ALL) as session:
        count = at.vault.rewrap(session)
        if not count:
            raise NotDone(f"All is wrapped with {name!r} already. {_ADD_FIRST}")
        at.trail.record(session, "service", "keys_rotated", f"master:{name}", None, {"count": count})
    print(f"{count} keys are wrapped with {name} now. Keep the older ones while copies of the database need them.")
    return 0


def _backup(arguments: argparse.Namespace) -> int:
    settings = ServiceSettings()
    backup(settings, arguments.file)
    print(f"Copied to {arguments.file}. The keys are not in it: keep {settings.keys_at} apart, or nothing of it can be read.")
    return 0


def _restore(arguments: argparse.Namespace) -> int:
    settings = ServiceSettings()
    restore(settings, arguments.file)
    ring = load_keys(settings, fresh=False)
    wrong = list(missing(Database(make_engine(settings.address)), frozenset(ring.keys)))
    wrong = wrong or [*_trail_faults(settings), *unreadable(make_services(settings))]
    print("\n".join(wrong) if wrong else "Restored; the keys fit and the audit trail is whole.")
    return 1 if wrong else 0


def _openapi(arguments: argparse.Namespace) -> int:
    """Makes an app in a folder of its own; the service's data is not touched."""
    made = openapi.text(openapi.written())
    if arguments.file:
        arguments.file.write_text(made, encoding="utf-8")
    else:
        print(made, end="")
    return 0


def _worker(_: argparse.Namespace) -> int:
    set_up_logs()
    at = make_services(ServiceSettings(), hurried=True)
    if phrases_alone := Health(at).start():
        print(f"coach-api: {phrases_alone}", file=sys.stderr)
    worker = Worker(at, read_again)
    worker.start()
    with contextlib.suppress(KeyboardInterrupt):
        threading.Event().wait()
    worker.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
