"""`coach-api people`: shut somebody's account in every program at once, and open it again. What they wrote stays."""

import argparse
from typing import Any

from sqlalchemy import CursorResult, delete, select

from api.app import make_services
from api.backup import NotDone
from api.db.models import Person, SignIn
from api.db.session import ALL
from api.settings import ServiceSettings


def add(nouns: Any) -> None:
    """The noun and its two acts."""
    acts = nouns.add_parser("people", help="accounts").add_subparsers(required=True, metavar="ACTION")
    for name, text in (
        ("shut", "end all sign-ins of an account, and let nobody in by it"),
        ("open", "let somebody in again"),
    ):
        p = acts.add_parser(name, help=text, description=text)
        p.add_argument("email")
        p.set_defaults(run=_run, shut=name == "shut")


def _run(arguments: argparse.Namespace) -> int:
    at = make_services(ServiceSettings())
    with at.database.write(ALL) as session:
        found = select(Person).where(Person.email == arguments.email.lower()).with_for_update()
        person = session.execute(found).scalar_one_or_none()
        if person is None:
            raise NotDone("There is no account with this address.")
        person.disabled = arguments.shut
        ended = session.execute(delete(SignIn).where(SignIn.person_id == person.id))
        assert isinstance(ended, CursorResult)
        act = "account_shut" if arguments.shut else "account_opened"
        at.trail.record(session, "service", act, f"person:{person.id}", None)
    if arguments.shut:
        print(f"The account is shut; sign-ins ended: {ended.rowcount}. To undo it: coach-api people open {arguments.email}")
    else:
        print("The account is open again.")
    return 0
