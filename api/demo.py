"""The demo program, clearly marked: a mentor, a member of staff and a pair, made on a first start unless it is switched off."""

from sqlalchemy import select

from api.accounts.schemas import ProgramIn
from api.accounts.service import new_person, new_program
from api.db.models import Membership, Person, Program
from api.db.session import ALL
from api.deps import Principal
from api.pairs.schemas import PairIn
from api.pairs.service import add
from api.security import hash_password, new_token
from api.services import Services

PEOPLE = (("mentor", "demo-mentor@example.org", "Demo mentor"), ("staff", "demo-staff@example.org", "Demo staff"))


def make_demo(at: Services) -> str | None:
    """How to sign in to the demo; None where the database has a program already. The password is new each time and shown once."""
    password = new_token()[:16]
    with at.database.write(ALL) as session:
        if session.execute(select(Program.id).limit(1)).first() or session.execute(select(Person.id).limit(1)).first():
            return None
        given = ProgramIn(name="DEMO program (nothing here is real)", region="CA", timezone="America/Toronto", drill=True)
        program = new_program(at, session, given, demo=True)
        mentor = None
        for role, email, name in PEOPLE:
            person = new_person(at, session, email, name)
            person.password = hash_password(password)
            session.add(Membership(program_id=program.id, person_id=person.id, role=role))
            mentor = person.id if role == "mentor" else mentor
        session.flush()
    who = Principal(program.id, mentor, None, frozenset({"mentor"}), frozenset())
    with at.database.write(program.id) as session:
        add(at, session, who, PairIn(mentee="Robin (demo)", age_group="adult", region="CA-ON"))
    emails = " or ".join(email for _, email, _ in PEOPLE)
    return f"A demo program is there (marked DEMO; all of it is a drill). Sign in as {emails}, password: {password}"
