"""A machine that does anything to flags in any order, on any version and by anybody, beside a model of twenty lines that says what must come of it.

After every step: one owner at most, nothing urgent decided in a batch, what was refused changed nothing, another program sees
nothing; at the end the trail is whole and every act that was allowed stands on it once.
"""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy import func, select

from api.db.models import AuditRow, Flag, Program, SampledNote
from api.db.session import ALL
from tests.api.conftest import CALM, GRAVE, HEAVY, House, house_on
from tests.api.test_pages import PAGE

STAFF = ("staff", "second", "both")
"""`both` is a mentor too, and wrote one of the notes."""
ANYBODY = (*STAFF, *STAFF, *STAFF, "mentor", "other")
STALE = st.sampled_from((False, False, False, True))
CLOSING = ("confirmed", "not_a_concern", "escalated")
LOW = ("watch", "concern")


@dataclass(frozen=True)
class Stands:
    """A flag as it must be. `act` is the last one that can be taken back: who, when (minutes), and how it stood before."""

    level: str
    author: str
    state: str = "open"
    holder: str | None = None
    decision: str | None = None
    version: int = 1
    act: tuple[str, float, tuple[str, str | None, str | None]] | None = None


class Workflow(RuleBasedStateMachine):
    """Each run has flags of its own in the one house."""

    house: House

    def __init__(self) -> None:
        super().__init__()
        self.flags: dict[str, Stands] = {}
        self.sampled, self.minutes, self.done, self.trail = "", 0.0, 0, 0

    @initialize()
    def notes(self) -> None:
        for text, mentor in ((GRAVE, "mentor"), (HEAVY, "mentor"), (HEAVY, "mentor"), (HEAVY, "both")):
            note = self.house.note(text, mentor=mentor)["note"]["id"]
            with self.house.at.database.read(ALL) as session:
                flag = session.execute(select(Flag).where(Flag.note_id == note)).scalar_one()
            self.flags[flag.id] = Stands(flag.level, mentor)
        calm = self.house.note(CALM)["note"]["id"]
        self.house.clock.on(days=7)
        self.house.app.state.worker.tick()
        with self.house.at.database.read(ALL) as session:
            self.sampled = session.execute(select(SampledNote.id).where(SampledNote.note_id == calm)).scalar_one()
        self.opener: str | None = None
        self.trail = self.acts()

    def acts(self) -> int:
        with self.house.at.database.read(ALL) as session:
            query = (
                select(func.count())
                .select_from(AuditRow)
                .where(AuditRow.act.like("flag\\_%", escape="\\"), AuditRow.act != "flag_seen")
            )
            return session.execute(query).scalar_one()

    def pick(self, number: int) -> tuple[str, Stands]:
        ident = list(self.flags)[number % len(self.flags)]
        return ident, self.flags[ident]

    def move(self, who: str, number: int, stale: bool, act: str, body: Any, expected: int | Stands) -> None:
        """One change; `expected` is the status that refuses it (were the version right), or how the flag stands then."""
        ident, now = self.pick(number)
        answer = self.house.change(who, f"/v1/flags/{ident}/{act}", now.version - stale, body)
        if who == "mentor":
            expected = 403
        elif who == "other":
            expected = 404
        elif stale:
            expected = 412
        if isinstance(expected, int):
            assert answer.status_code == expected and answer.json()["code"], (act, who, now, answer.text)
            return
        assert answer.status_code in (200, 201), (act, who, now, answer.text)
        before = (now.state, now.holder, now.decision)
        kept = (who, self.minutes, before) if act in ("claim", "release", "hand-over", "decide") else None
        self.flags[ident] = replace(expected, version=now.version + 1, act=kept)
        self.done += 1

    @rule(who=st.sampled_from(ANYBODY), number=st.integers(0, 4), stale=STALE)
    def claim(self, who: str, number: int, stale: bool) -> None:
        _, now = self.pick(number)
        expected: int | Stands = replace(now, state="claimed", holder=who)  # again, for whoever has it
        if now.state == "decided":
            expected = 409
        elif who == now.author:
            expected = 403
        elif now.holder not in (None, who):
            expected = 409
        self.move(who, number, stale, "claim", None, expected)

    @rule(who=st.sampled_from(ANYBODY), number=st.integers(0, 4))
    def release(self, who: str, number: int) -> None:
        _, now = self.pick(number)
        self.move(who, number, False, "release", None, 409 if now.state != "claimed" else replace(now, state="open", holder=None))

    @rule(who=st.sampled_from(ANYBODY), number=st.integers(0, 4), to=st.sampled_from(ANYBODY))
    def hand_over(self, who: str, number: int, to: str) -> None:
        _, now = self.pick(number)
        expected: int | Stands = replace(now, state="claimed", holder=to)
        if now.state == "decided":
            expected = 409
        elif who == now.author:
            expected = 403
        elif to not in STAFF:
            expected = 404
        elif to == now.author:
            expected = 403
        self.move(who, number, False, "hand-over", {"person": self.house.ids[to]}, expected)

    def decided(self, now: Stands, who: str, decision: str) -> int | Stands:
        if now.state == "decided":
            return 409
        if who == now.author:
            return 403
        if now.holder not in (None, who):
            return 409
        return replace(now, state="claimed" if decision == "needs_more" else "decided", holder=who, decision=decision)

    @rule(
        who=st.sampled_from(ANYBODY),
        number=st.integers(0, 4),
        stale=STALE,
        decision=st.sampled_from((*CLOSING, "needs_more")),
        answer=st.booleans(),
    )
    def decide(self, who: str, number: int, stale: bool, decision: str, answer: bool) -> None:
        body = {"decision": decision, "reason": "spoken with them", **({"answer": "thank you"} if answer else {})}
        self.move(who, number, stale, "decide", body, self.decided(self.pick(number)[1], who, decision))

    @rule(who=st.sampled_from(ANYBODY), number=st.integers(0, 4))
    def reopen(self, who: str, number: int) -> None:
        _, now = self.pick(number)
        expected = replace(now, state="open", holder=None, decision=None) if now.state == "decided" else 409
        self.move(who, number, False, "reopen", {"reason": "she called"}, expected)

    @rule(who=st.sampled_from(ANYBODY), number=st.integers(0, 4), stale=STALE)
    def comment(self, who: str, number: int, stale: bool) -> None:
        self.move(who, number, stale, "comments", {"words": "called back"}, self.pick(number)[1])

    @rule(who=st.sampled_from(ANYBODY), number=st.integers(0, 4))
    def undo(self, who: str, number: int) -> None:
        _, now = self.pick(number)
        expected: int | Stands = 409
        if now.act and now.act[0] == who and self.minutes - now.act[1] < 15:
            state, holder, decision = now.act[2]
            expected = replace(now, state=state, holder=holder, decision=decision)
        self.move(who, number, False, "undo", None, expected)

    @rule(who=st.sampled_from(ANYBODY), numbers=st.sets(st.integers(0, 4), min_size=1), stale=STALE)
    def batch(self, who: str, numbers: set[int], stale: bool) -> None:
        chosen = dict(self.pick(n) for n in sorted(numbers))
        flags = [{"id": ident, "version": now.version - stale} for ident, now in chosen.items()]
        answer = self.house.people[who].post("/v1/flags/decide", json={"decision": "confirmed", "reason": "seen", "flags": flags})
        if who == "mentor":
            assert answer.status_code == 403
            return
        for (ident, now), told in zip(chosen.items(), answer.json(), strict=True):
            result = self.decided(now, who, "confirmed")
            allowed = who != "other" and not stale and now.level in LOW and not isinstance(result, int)
            assert told["id"] == ident and told["done"] == allowed and bool(told["fault"]) != allowed, (who, now, told)
            if allowed and not isinstance(result, int):
                act = (who, self.minutes, (now.state, now.holder, now.decision))
                self.flags[ident] = replace(result, version=now.version + 1, act=act)
                self.done += 1

    @rule(minutes=st.sampled_from((1, 14, 16)))
    def wait(self, minutes: int) -> None:
        self.house.clock.on(minutes=minutes)
        self.minutes += minutes

    def sample(self, who: str, what: str, **fields: str) -> int:
        client = self.house.people[who]
        given = {"csrf": client.headers["X-CSRF-Token"], **fields}
        return int(
            client.post(f"/flags/sample/{self.sampled}/{what}", data=given, headers=PAGE, follow_redirects=False).status_code
        )

    @precondition(lambda self: self.sampled)
    @rule(who=st.sampled_from(ANYBODY))
    def open_sampled(self, who: str) -> None:
        taken = self.opener not in (None, who)
        expected = 404 if who in ("mentor", "other") else 409 if taken else 200
        assert self.sample(who, "open") == expected
        if expected == 200:
            self.opener = who

    @precondition(lambda self: self.sampled)
    @rule(who=st.sampled_from(ANYBODY), level=st.sampled_from((None, "concern", "urgent")))
    def answer_sampled(self, who: str, level: str | None) -> None:
        fields = {"answer": "missed", "level": level, "kind": "distress.anxiety"} if level else {"answer": "nothing"}
        expected = 404 if who in ("mentor", "other") else 303 if who == self.opener else 409
        assert self.sample(who, "answer", **fields) == expected
        if expected != 303:
            return
        with self.house.at.database.read(ALL) as session:
            found = session.get(SampledNote, self.sampled)
        self.sampled = ""
        assert (found.flag_id is not None) == bool(level)
        if level:
            self.flags[found.flag_id] = Stands(level, "mentor")

    @invariant()
    def every_flag_stands_as_it_must(self) -> None:
        names = {ident: name for name, ident in self.house.ids.items()}
        with self.house.at.database.read(ALL) as session:
            for row in session.execute(select(Flag).where(Flag.id.in_(self.flags))).scalars():
                now = self.flags[row.id]
                found = (row.level, row.state, names.get(row.holder_id), row.decision, row.version)
                assert found == (now.level, now.state, now.holder, now.decision, now.version)
                assert (row.state == "open") <= (row.holder_id is None) and (row.state == "decided") == (
                    row.decided_by is not None
                )
                assert (row.state == "open" and not row.historical) == (row.escalate_at is not None), (
                    "who waits climbs; what is held does not"
                )

    @invariant()
    def nobody_else_sees_anything(self) -> None:
        if not self.flags:
            return
        ident = list(self.flags)[self.done % len(self.flags)]
        assert self.house.people["other"].get(f"/v1/flags/{ident}").status_code == 404
        assert self.house.people["mentor"].get(f"/v1/flags/{ident}").status_code == 403
        assert self.house.flags("other") == []

    def teardown(self) -> None:
        if not self.flags:
            return
        with self.house.at.database.read(ALL) as session:
            assert list(self.house.at.trail.faults(session)) == []
        assert self.acts() - self.trail == self.done, "each act that was allowed stands on the trail once, and no other"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("workflow")
    made = house_on(f"sqlite:///{folder / 'data' / 'c.db'}", Path(folder), session_hours=100_000)  # each run leaps a week
    with made.at.database.write(ALL) as session:
        for program in session.execute(select(Program)).scalars():
            program.live = True
    made.add("second", "staff")
    made.add("both", "staff")
    given = {"email": "both@example.org", "name": "both", "role": "mentor"}
    assert made.people["admin"].post("/v1/members", json=given).status_code == 201
    other = made.people["admin"].post("/v1/programs", json={"name": "Other"}).json()["id"]
    made.people["admin"].headers["Coach-Program"] = other
    made.add("other", "staff")
    yield made
    made.at.database.engine.dispose()


def run(house: House, examples: int, steps: int) -> None:
    machine = type("Machine", (Workflow,), {"house": house})
    checks = list(HealthCheck)
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            phases=(Phase.generate,),  # making a failure smaller costs minutes, and all runs share the house
            deadline=None,
            database=None,
            derandomize=True,
            suppress_health_check=checks,
        ),
    )


def test_flags_stand_as_they_must_whatever_is_done_to_them(house: House) -> None:
    run(house, 6, 40)


@pytest.mark.long
def test_flags_stand_as_they_must_for_long(house: House) -> None:
    run(house, 60, 50)
