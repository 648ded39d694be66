"""The alarm dial: accepted false urgent alarms -> the cut of the whole-note score, with what it promises on missed urgent notes.

Pure arithmetic on held-out notes. The promise is conformal risk control (Angelopoulos and others 2022): the loss of a cut, an urgent
note left below urgent, never falls as the cut rises, so that with k of n such notes missed a new one like them is missed with a
probability of at most (k + 1) / (n + 1). The floor and whatever else makes a note urgent without its score count as they stand.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import comb, floor, inf

from coach.errors import UnknownValue

ALARMS = (0.5, 1.0, 2.0, 5.0, 10.0)
"""The places of the dial: false urgent alarms among 100 calm notes that a program accepts."""
DEFAULT = 1.0
MISSED = 0.02
"""The share of urgent and emergency notes that may be left below urgent, in expectation; it wins over every place of the dial."""
MOST = 50.0
HIGHEST = 0.5
"""No cut lies above it: a score that says likelier than not is never dialled away."""
PREVALENCES = (0.01, 0.05, 0.25)


@dataclass(frozen=True, slots=True)
class Held:
    """A held-out note: its labelled level, the level of its report if its score did not count (both 0 to 4), its urgent score."""

    gold: int
    otherwise: int
    score: float

    def urgent(self, cut: float) -> bool:
        return self.otherwise >= 3 or self.score >= cut


@dataclass(frozen=True, slots=True)
class Count:
    """`hits` of `of` notes, their share, and the upper end of its 95% interval (Clopper and Pearson 1934); 1 without notes."""

    hits: int
    of: int
    share: float
    upper: float


@dataclass(frozen=True, slots=True)
class Outlook:
    """Where `prevalence` of the notes are urgent: alarms among 100 notes, and the share of alarms that are right.

    Each as (where all other notes are calm, where they are mixed as the held-out ones: many with a concern, which raise more).
    """

    prevalence: float
    alarms: tuple[float, float]
    precision: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Choice:
    """What a place of the dial gives on the held-out notes.

    `cut` is the urgent score from which a note is urgent; `promised` the greatest expected share of missed urgent notes, and
    `keeps` whether that is within the limit (false only with too few held-out notes); `fits` whether the false alarms are within
    `alarms`: where they are not, the limit on missed notes has won.
    """

    alarms: float
    cut: float
    promised: float
    keeps: bool
    fits: bool
    missed: Count
    raised: Count
    raised_concerns: Count
    outlook: tuple[Outlook, ...]


def choose(notes: Sequence[Held], alarms: float, limit: float = MISSED) -> Choice:
    """The lowest, so most careful, cut that raises at most `alarms` of 100 calm notes, or the highest that keeps `limit` if lower.

    Raises UnknownValue for `alarms` that is not above 0 and at most `MOST`.
    """
    if not 0 < alarms <= MOST:
        raise UnknownValue(
            f"{alarms:g} is no place of the alarm dial: a number of false alarms in 100 calm notes, up to {MOST:g}."
        )
    urgent, calm = [n for n in notes if n.gold >= 3], [n for n in notes if n.gold <= 1]
    concerns = [n for n in notes if n.gold == 2]
    cut = min(highest(urgent, limit), lowest(calm, alarms / 100))
    missed = count(sum(not n.urgent(cut) for n in urgent), len(urgent))
    raised, more = (count(sum(n.urgent(cut) for n in group), len(group)) for group in (calm, concerns))
    promised = (missed.hits + 1) / (missed.of + 1)
    return Choice(
        alarms,
        cut,
        promised,
        promised <= limit + _NEAR,
        raised.hits <= alarms / 100 * raised.of + _NEAR,
        missed,
        raised,
        more,
        tuple(_outlook(p, 1 - missed.share, raised, more) for p in PREVALENCES),
    )


def highest(urgent: Sequence[Held], limit: float) -> float:
    """The highest cut that misses at most `limit` of notes like these in expectation; where they are too few for that, the lowest
    score of them. Never above `HIGHEST`."""
    scores = sorted(n.score for n in urgent if n.otherwise < 3)
    below = max(0, floor(limit * (len(urgent) + 1) + _NEAR) - 1)
    return min(scores[below], HIGHEST) if below < len(scores) else HIGHEST


def lowest(calm: Sequence[Held], share: float) -> float:
    """The lowest cut that raises at most `share` of these, infinite where none does: halfway between the last score that it raises
    and the first that it does not."""
    scores = sorted((n.score for n in calm if n.otherwise < 3), reverse=True)
    left = floor(share * len(calm) + _NEAR) - (len(calm) - len(scores))
    if left < 0:
        return inf
    while 0 < left < len(scores) and scores[left - 1] == scores[left]:
        left -= 1  # equal scores are raised together or not at all
    under = scores[left] if left < len(scores) else 0.0
    over = scores[left - 1] if left else max(under, HIGHEST)
    return (under + over) / 2 if over > under else inf


def count(hits: int, of: int) -> Count:
    return Count(hits, of, hits / of if of else 0.0, upper(hits, of))


def upper(hits: int, of: int) -> float:
    """The share under which `hits` or fewer of `of` have a chance of 2.5%, by halving."""
    if hits >= of:
        return 1.0
    low, high = hits / of, 1.0
    for _ in range(50):
        middle = (low + high) / 2
        chance = sum(comb(of, i) * middle**i * (1 - middle) ** (of - i) for i in range(hits + 1))
        low, high = (middle, high) if chance > 0.025 else (low, middle)
    return high


def _outlook(prevalence: float, recall: float, raised: Count, more: Count) -> Outlook:
    mixed = (raised.hits + more.hits) / max(1, raised.of + more.of)
    right = prevalence * recall
    alarms = tuple(right + (1 - prevalence) * share for share in (raised.share, mixed))
    precision = tuple(right / a if a else 0.0 for a in alarms)
    return Outlook(prevalence, (100 * alarms[0], 100 * alarms[1]), (precision[0], precision[1]))


_NEAR = 1e-9


class Dial:
    """The places of the dial on one reader's held-out notes."""

    def __init__(self, notes: Sequence[Held]) -> None:
        self._notes = tuple(notes)
        self._chosen: dict[float, Choice] = {}

    def choose(self, alarms: float) -> Choice:
        """Reckoned once for each place. Raises UnknownValue."""
        if alarms not in self._chosen:
            self._chosen[alarms] = choose(self._notes, alarms)
        return self._chosen[alarms]

    def choices(self) -> tuple[Choice, ...]:
        """Every place, from the fewest alarms to the most careful."""
        return tuple(self.choose(alarms) for alarms in ALARMS)


def table(choices: Sequence[Choice]) -> str:
    """The dial as a table in Markdown."""
    head = (
        "accepted of 100 calm notes",
        "cut",
        "missed urgent notes",
        "promised at most",
        "calm notes raised",
        "notes of concern raised",
    )
    rows = [
        head + tuple(f"at {p:.0%} urgent: alarms in 100 notes, right ones" for p in PREVALENCES),
        ("---",) * (6 + len(PREVALENCES)),
    ]
    return "\n".join("| " + " | ".join(row) + " |" for row in [*rows, *map(_row, choices)])


def _row(c: Choice) -> tuple[str, ...]:
    fits = "" if c.fits else " (more: the limit on missed notes wins)"
    ahead = (f"{o.alarms[0]:.1f} to {o.alarms[1]:.1f}, {o.precision[0]:.0%} to {o.precision[1]:.0%}" for o in c.outlook)
    return (
        f"{c.alarms:g}{fits}",
        f"{c.cut:.4f}",
        _said(c.missed),
        f"{c.promised:.1%}",
        _said(c.raised),
        _said(c.raised_concerns),
        *ahead,
    )


def _said(c: Count) -> str:
    return f"{c.hits} of {c.of} (at most {c.upper:.1%})"
