"""Which services to name for a note: by region, concern and age, under the rules of indexes/resources/README.md."""

from collections.abc import Sequence

from coach.advise.audience import STAND_IN, for_men, for_young, named_groups, place
from coach.advise.needs import concerns, whose_age
from coach.advise.registry import Resources
from coach.taxonomy import Level
from coach.values import Note, Referral, Resource, Signal

_STRICT = frozenset({"suicide", "child_protection", "emergency"})
"""Rows of these concerns are shown only where they are confirmed."""
_CRISIS = frozenset({"suicide", "crisis"})
_ABROAD = _CRISIS | {"mental_health", "domestic_violence", "sexual_assault", "child_protection"}
"""Concerns for which the international directory helps where a region has nothing."""
MOST_AT_WATCH = 2
_EU = frozenset("AT BE BG HR CY CZ DK EE FI FR DE GR HU IE IT LV LT LU MT NL PL PT RO SK SI ES SE".split())
_WHY = {
    "emergency": "for immediate danger",
    "suicide": "for thoughts of suicide, also for those who worry about somebody",
    "crisis": "for somebody in crisis",
    "mental_health": "for support with mental health",
    "youth": "for young people",
    "domestic_violence": "for abuse at home or by a partner",
    "sexual_assault": "for sexual assault or harassment",
    "child_protection": "for a child who may be unsafe",
    "crime_victims": "for people who were harmed by a crime",
    "workplace": "for trouble at work",
    "human_rights": "for discrimination or harassment",
    "substance_use": "for drink or drugs",
    "gambling": "for gambling",
    "bereavement": "for grief",
    "debt": "for debt and money worries",
    "food": "for food",
    "housing": "for housing",
    "basic_needs": "for food, housing and bills",
    "health_advice": "for health advice",
    "directory": "to find a local line",
}
_SOURCES = {"single_source": "one source", "reported": "reported by a review"}
_LOCAL_EMERGENCY = Resource(
    "local-emergency", "Your local emergency number", ("INTERNATIONAL",), ("emergency",), "everyone", None, None, None, None,
    None, (), None, "active", None, None, None, "confirmed",
)  # fmt: skip

_OWN_WHY = "Your program's own."
_CAVEAT = "Check before you rely on it ({source}, {date})."
_ABROAD_WHY = (
    "the region is not known, so this is the international list",
    "nothing nearer is on file, so this is the international list",
)


def words(resources: Resources) -> tuple[str, ...]:
    """Every text that a reason or a caveat is put together from, for translators."""
    return (
        *(_for(c) for r in resources if not r.own for c in r.concerns),
        *(r.audience for r in resources if not r.own and r.audience != "everyone"),
        *("{concern} ({audience})", "day and night", "in {regions}", *_ABROAD_WHY),
        *(_OWN_WHY, _CAVEAT, *_SOURCES.values(), "date not known", _LOCAL_EMERGENCY.name),
    )


def referrals(
    resources: Resources, note: Note, signals: Sequence[Signal], level: Level, *, full: bool, most: int
) -> tuple[Referral, ...]:
    """Services for what holds now, nearest and surest first, at most `most` (two at watch).

    At emergency an emergency number leads; wherever suicide or self-harm was touched on, or the note was not fully read, a
    crisis line is listed; at urgent and above the list is never empty (the international directory where nothing else fits).
    """
    wanted = concerns(note, signals, level, full=full)
    minor, named = whose_age(note, signals), named_groups(note) if wanted else frozenset()
    picked: list[Resource] = []
    for concern in wanted:
        found = _fitting(resources, note.region, concern, minor, named)
        if concern == "emergency":
            picked.append(found[0] if found else _LOCAL_EMERGENCY)
            continue
        room = 2 if concern in ("suicide", "domestic_violence") else 1
        new = [r for r in found if r not in picked][: max(0, room - sum(concern in r.concerns for r in picked))]
        if concern == "crisis" and minor is not False and not any(for_young(r) for r in (*picked, *new)):
            new += [r for r in found if for_young(r)][:1]
        picked += new
    picked += _abroad(resources, wanted, picked, minor)
    cap = min(most, MOST_AT_WATCH) if level in ("none", "watch") else most
    shown = [_referral(r, wanted, note.region) for r in _together(picked, resources, cap)]
    lead = 1 if level == "emergency" else 0  # the emergency number stays first
    own = [Referral(r, _OWN_WHY) for r in resources.own] if shown else []
    return (*shown[:lead], *own, *shown[lead:])


def _together(picked: Sequence[Resource], resources: Resources, cap: int) -> list[Resource]:
    """At most `cap`; of a pair both or none."""
    out: list[Resource] = []
    for r in picked:
        other = resources.by_id(r.pairs_with) if r.pairs_with else None
        both = [x for x in (r, other) if x is not None and x not in out]
        if (other is None or _shown(other)) and len(out) + len(both) <= cap:
            out += both
    return out


def _abroad(resources: Resources, wanted: Sequence[str], picked: Sequence[Resource], minor: bool | None) -> list[Resource]:
    """The international directory, where the region has no crisis line that is wanted, or nothing at all to offer."""
    has_crisis = any(_CRISIS & set(r.concerns) for r in picked)
    has_any = any("emergency" not in r.concerns for r in picked)
    if not _ABROAD & set(wanted) or has_crisis or (has_any and not _CRISIS & set(wanted)):
        return []
    rows = [r for r in resources if "INTERNATIONAL" in r.regions and "directory" in r.concerns and _shown(r)]
    rows = [r for r in rows if _CRISIS & set(r.concerns) or (for_young(r) and minor)]
    return sorted(rows, key=lambda r: (for_young(r), -len(r.concerns)))[:2]


def places(region: str | None) -> tuple[str, ...]:
    """Where to look, nearest first: 'CA-QC' -> CA-QC, CA; 'FR' -> FR, EU; None -> INTERNATIONAL."""
    if not region:
        return ("INTERNATIONAL",)
    region = region.upper()
    country = region.split("-")[0]
    return tuple(dict.fromkeys((region, country, *(("EU",) if country in _EU else ()))))


def _fitting(resources: Resources, region: str | None, concern: str, minor: bool | None, named: frozenset[str]) -> list[Resource]:
    """Rows for one concern, best first; lines for women or men only where nothing is open to everybody.

    Where a country as a whole has a line for men alone, women's lines of its parts are taken in; `why` then names the part.
    """
    near = places(region)
    rows = [r for r in resources if concern in r.concerns]
    here = _placed([r for r in rows if not set(near).isdisjoint(r.regions)], named, minor)
    if here and all(for_men(r) for _, r in here):
        parts = _placed([r for r in rows if any(p.startswith(f"{near[0]}-") for p in r.regions)], named, minor)
        here = [(rank, r) for rank, r in parts if rank == STAND_IN and not for_men(r)] + here
    better = [(rank, r) for rank, r in here if rank != STAND_IN]
    return [r for rank, r in sorted(better or here, key=lambda row: _order(row[0], row[1], near, concern, minor))]


def _placed(rows: Sequence[Resource], named: frozenset[str], minor: bool | None) -> list[tuple[int, Resource]]:
    """Those that may be shown, with how well they fit who is meant (coach/advise/audience.py)."""
    return [(rank, r) for r in rows if _shown(r) and (rank := place(r, named, minor)) is not None]


def _shown(r: Resource) -> bool:
    unsure = r.confidence == "memory" or (r.confidence != "confirmed" and _STRICT & set(r.concerns))
    return r.status == "active" and not unsure and not r.own


def _order(rank: int, r: Resource, near: Sequence[str], concern: str, minor: bool | None) -> tuple[int, ...]:
    sure = ("confirmed", "single_source", "reported").index(r.confidence)
    age = int(for_young(r) != bool(minor))
    distance = min((i for i, p in enumerate(near) if p in r.regions), default=len(near))
    return (sure, age, rank, r.concerns.index(concern), 0 if r.call else 1, distance, len(r.concerns))


def _for(concern: str) -> str:
    return _WHY.get(concern, f"for {concern.replace('_', ' ')}")


def _referral(r: Resource, wanted: Sequence[str], region: str | None) -> Referral:
    concern = next((c for c in wanted if c in r.concerns), r.concerns[0])
    why = _for(concern)
    if r.audience != "everyone":
        why += f" ({r.audience})"
    if r.hours == "24/7":
        why += "; day and night"
    if region and not set(places(region)) & set(r.regions) and "INTERNATIONAL" not in r.regions:
        why += f"; in {', '.join(r.regions)}"
    if "INTERNATIONAL" in r.regions and r.id != _LOCAL_EMERGENCY.id:
        why += f"; {_ABROAD_WHY[region is not None]}"
    caveat = None
    if r.confidence != "confirmed":
        caveat = _CAVEAT.format(source=_SOURCES[r.confidence], date=r.source_date or "date not known")
    return Referral(r, why[0].upper() + why[1:], caveat)
