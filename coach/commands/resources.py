"""coach resources check: which help services want another look."""

import argparse
from collections import Counter
from datetime import date
from typing import Any

from coach.advise.registry import Resources
from coach.errors import MissingDependency, UnknownValue
from coach.settings import Settings


def add(commands: Any) -> None:
    p = commands.add_parser(
        "resources",
        help="check the help services: what is stale, missing its pair, or has a number that cannot be",
        description="Lists what is stale or wrong among the help services, the program's own too (COACH_RESOURCES_EXTRA). "
        "Exit status 1 where anything is; services that no person has checked yet are counted, and count as wrong with --strict.",
    )
    p.add_argument("what", choices=("check",))
    p.add_argument("--on", help="the day to check for (2026-03-28); today by default")
    p.add_argument("--strict", action="store_true", help="name each service that no person has checked yet, and fail for them")
    p.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print findings by service, then a count by status and kind."""
    from coach.advise.upkeep import findings, numbers

    settings, on, lacking = Settings(), _day(arguments.on), ""
    resources = Resources(settings.resources_dir, settings.resources_extra)
    found = list(findings(resources, on))
    try:
        found += numbers(resources, settings.resources_dir)
    except MissingDependency as error:
        lacking = f"Numbers were not checked: {error.message}"
    listed = [f for f in found if f.kind != "never" or arguments.strict]
    for finding in listed:
        print(f"{finding.ident}: {finding.message}")
    statuses = Counter(r.status for r in resources)
    never = sum(f.kind == "never" for f in found)
    print(f"{len(resources)} services on {on}: {', '.join(f'{n} {status}' for status, n in sorted(statuses.items()))}.")
    print(f"{len(listed)} to look at; {never} in use have not been checked by a person yet (verified_on).")
    if lacking:
        print(lacking)
    return 1 if listed or lacking else 0


def _day(given: str | None) -> date:
    try:
        return date.fromisoformat(given) if given else date.today()
    except ValueError:
        raise UnknownValue(f"--on {given!r} is no day. Example: 2026-03-28.") from None
