"""Which services to name for a note: by region, concern and age, under the rules of indexes/resources/README.md."""

from collections.abc import Iterable, Sequence

from coach.advise.registry import Resources
from coach.taxonomy import SUICIDAL, Level, kind, rank
from coach.values import Note, Referral, Resource, Signal

CONCERNS: dict[str, tuple[str, ...]] = {
    "suicide": ("suicide", "crisis"),
    "self_harm": ("suicide", "crisis"),
    "harm_from_others": ("domestic_violence", "sexual_assault", "crime_victims"),
    "harm_to_others": ("crisis",),
    "hopelessness": ("crisis", "mental_health"),
    "low_mood": ("mental_health",),
    "anxiety": ("mental_health",),
    "lost_confidence": ("mental_health",),
    "overwhelm": ("mental_health",),
    "isolation": ("mental_health",),
    "sleep_body": ("mental_health", "health_advice"),
    "anger": ("mental_health",),
    "grief": ("bereavement", "mental_health"),
    "money": ("debt", "food", "housing", "basic_needs"),
    "substance": ("substance_use",),
}
_YOUNG = ("youth", "child", "children", "teen", "under 18", "under 19", "up to 20", "kids", "ages 5", "young")
_STRICT = frozenset({"suicide", "child_protection"})
_EU = frozenset("AT BE BG HR CY CZ DK EE FI FR DE GR HU IE IT LV LT LU MT NL PL PT RO SK SI ES SE".split())
_WHY = {
    "emergency": "for immediate danger",
    "suicide": "for thoughts of suicide, also for those who worry about somebody",
    "crisis": "for somebody in crisis",
    "mental_health": "for support with mental health",
    "domestic_violence": "for abuse at home or by a partner",
    "sexual_assault": "for sexual assault or harassment",
    "child_protection": "for a child who may be unsafe",
    "crime_victims": "for people who were harmed by a crime",
    "workplace": "for trouble at work",
    "substance_use": "for drink, drugs or gambling",
    "gambling": "for gambling",
    "bereavement": "for grief",
    "debt": "for debt and money worries",
    "food": "for food",
    "housing": "for housing",
    "basic_needs": "for food, housing and bills",
    "health_advice": "for health advice",
    "directory": "to find a local line",
}
_LOCAL_EMERGENCY = Resource(
    "local-emergency", "Your local emergency number", ("INTERNATIONAL",), ("emergency",), "everyone", None, None, None, None,
    None, (), None, "active", None, None, None, "confirmed",
)  # fmt: skip


def referrals(
    resources: Resources, note: Note, signals: Sequence[Signal], level: Level, *, full: bool, most: int
) -> tuple[Referral, ...]:
    """Services for what holds now, nearest and surest first, at most `most`.

    At emergency an emergency number leads; wherever suicide or self-harm was touched on, or the note was not fully read, a
    crisis line is listed; at urgent and above the list is never empty (the international directory where nothing else fits).
    """
    wanted = concerns(note, signals, level, full=full)
    if not wanted:
        return ()
    picked: list[Resource] = []
    for concern in wanted:
        fitting = sorted(_fitting(resources, note, concern), key=lambda r: _order(r, note, concern))
        new = [r for r in fitting if r.id not in {p.id for p in picked}]
        picked += new[: 2 if concern in ("suicide", "domestic_violence") or (concern == "crisis" and note.minor is None) else 1]
        if concern == "emergency" and not fitting:
            picked.insert(0, _LOCAL_EMERGENCY)
    if not [p for p in picked if p.id != "local-emergency"]:
        picked += sorted(
            (r for r in resources if "INTERNATIONAL" in r.regions and _shown(r)), key=lambda r: _order(r, note, "directory")
        )[:2]
    return tuple(_referral(r, wanted, note) for r in picked[:most])


def concerns(note: Note, signals: Sequence[Signal], level: Level, *, full: bool) -> tuple[str, ...]:
    """What help is wanted for, most pressing first."""
    out: list[str] = ["emergency"] if level == "emergency" else []
    real = [s for s in signals if s.label.startswith("distress.")]
    if any(s.label in SUICIDAL for s in real) or not full or rank(level) >= 3:
        out += ["suicide", "crisis"]
    now = [
        kind(s.label) for s in real if s.assertion == "present" and (rank(level) >= 2 or kind(s.label) in ("money", "substance"))
    ]
    if "harm_from_others" in now:
        out += ["child_protection"] if note.minor else (["domestic_violence"] if note.minor is False else ["child_protection"])
    for name in now:
        out += CONCERNS[name]
    return tuple(dict.fromkeys(out))


def _places(region: str | None) -> tuple[str, ...]:
    if not region:
        return ("INTERNATIONAL",)
    country = region.split("-")[0]
    return tuple(dict.fromkeys((region, country, *(("EU",) if country in _EU else ()))))


def _fitting(resources: Resources, note: Note, concern: str) -> Iterable[Resource]:
    places = _places(note.region)
    for r in resources:
        if concern not in r.concerns or not _shown(r) or not set(places) & set(r.regions):
            continue
        if _STRICT & set(r.concerns) and r.confidence != "confirmed":
            continue
        if _for_young(r) and note.minor is False:
            continue
        if r.audience.lower() == "adults" and note.minor is True:
            continue
        yield r


def _shown(r: Resource) -> bool:
    return r.status == "active" and r.confidence != "memory"


def _for_young(r: Resource) -> bool:
    return any(word in r.audience.lower() for word in _YOUNG)


def _order(r: Resource, note: Note, concern: str) -> tuple[int, ...]:
    places = _places(note.region)
    near = min((i for i, p in enumerate(places) if p in r.regions), default=9)
    general = r.audience.lower() in ("everyone", "adults")
    age = (0 if _for_young(r) else 1) if note.minor else (0 if general else 2)
    sure = ("confirmed", "single_source", "reported").index(r.confidence)
    return (sure, age, r.concerns.index(concern) if concern in r.concerns else 9, 0 if r.call else 1, near, len(r.concerns))


def _referral(r: Resource, wanted: Sequence[str], note: Note) -> Referral:
    concern = next((c for c in wanted if c in r.concerns), r.concerns[0])
    why = _WHY.get(concern, f"for {concern.replace('_', ' ')}")
    if r.audience.lower() != "everyone":
        why += f" ({r.audience})"
    if note.region is None and r.id != "local-emergency":
        why += "; the region is not known, so this is the international list"
    caveat = None
    if r.confidence != "confirmed":
        caveat = f"Check before you rely on it (one source, {r.source_date or 'date not known'})."
    return Referral(r, why[0].upper() + why[1:], caveat)
