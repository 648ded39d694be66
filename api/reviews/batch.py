"""Several low flags decided at once, each on the version that was seen and each by itself: one that fails keeps no other back."""

from collections.abc import Sequence

from api.deps import Principal
from api.errors import Forbidden, Problem
from api.reviews import service
from api.reviews.schemas import Decided, DecideIn, Seen
from api.rules import rank_of
from api.services import Services

HIGHEST = "concern"
"""Urgent and emergency flags are looked at one by one."""


def is_low(level: str) -> bool:
    return rank_of(level) <= rank_of(HIGHEST)


def decide_several(at: Services, who: Principal, chosen: Sequence[Seen], given: DecideIn) -> list[Decided]:
    """What became of each, in order; `fault` says why one was not decided."""
    return [_one(at, who, seen, given) for seen in chosen]


def _one(at: Services, who: Principal, seen: Seen, given: DecideIn) -> Decided:
    try:
        with at.database.write(who.program) as session:
            flag = service.of(session, who, seen.id, lock=True)
            if not is_low(flag.level):
                raise Forbidden(f"A flag at {flag.level} is decided by itself, not in a batch.", code="one_by_one")
            service.decide(at, session, who, seen.id, seen.version, given)
    except Problem as problem:
        return Decided(id=seen.id, done=False, fault=problem.detail)
    return Decided(id=seen.id, done=True, fault=None)
