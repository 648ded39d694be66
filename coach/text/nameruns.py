"""Names of several words: phrases of the lists, and runs of capitals such as "Northern General", "St Mark's", "University of Leeds"."""

from collections.abc import Callable, Sequence
from typing import Final

from coach.text.namelists import NameLists
from coach.text.spans import Kind
from coach.text.words import SHORT, Word, words

Kinds = list[Kind | None]
_JOINS: Final = frozenset(
    "of|and|&|de|du|des|de la|la|the|for|of the|der|al|el".split("|")
)  # small words inside a name, besides a bare "&"
_SAINTS: Final = frozenset("st ste saint sainte mount mt fort lake port camp rue".split())
_CLOSE: Final = frozenset({" ", "  ", "-", " & ", "&", ". "})


def mark_phrases(lists: NameLists, found: Sequence[Word], kinds: Kinds, is_doubtful: Callable[[int, Kind], bool]) -> None:
    """Places and employers of the lists, in their own capitals, and in none where the word means nothing else."""
    for kind, table in (("PLACE", lists.places), ("EMPLOYER", lists.employers)):
        chosen: Kind = "PLACE" if kind == "PLACE" else "EMPLOYER"
        for i, word in enumerate(found):
            for phrase in table.get(word.key, ()):
                n = _matches(found, i, phrase)
                if n and not (n == 1 and is_doubtful(i, chosen)):
                    kinds[i : i + n] = [kinds[j] or chosen for j in range(i, i + n)]
                    break


def mark_runs(lists: NameLists, found: Sequence[Word], kinds: Kinds, is_plain: Callable[[Word], bool]) -> None:
    """The whole of a run of capitals, where it names something; `is_plain` says whether a word is one of the language."""
    i = 0
    while i < len(found):
        run = _run(found, i)
        i = run[-1] + 1 if run else i + 1
        while run and found[run[0]].begins and kinds[run[0]] is None and is_plain(found[run[0]]):
            run = run[1:]
        if len(run) > 1 and not all(kinds[j] == "PERSON" for j in run):
            kind = _kind(lists, found, kinds, run)
            if kind:
                kinds[run[0] : run[-1] + 1] = [kind] * (run[-1] + 1 - run[0])


def is_generic(lists: NameLists, word: Word) -> bool:
    """A word that names nobody by itself though it is written with a capital."""
    return any(word.key in group for group in (lists.capitals, lists.frequent, lists.of_employers, lists.of_places))


def goes_on(found: Sequence[Word], kinds: Sequence[Kind | None], j: int) -> bool:
    """Whether the word after `j` belongs to the same name: one of its kind, or a person's initial."""
    kind, after = kinds[j], found[j + 1]
    if found[j].owns:
        return False
    if kinds[j + 1] == kind:
        stops = after.gap == ". " and (len(found[j].text) == 1 or found[j].key in SHORT)
        return stops or after.gap in ({" ", "-"} if kind == "PERSON" else _CLOSE - {". "})
    initial = len(after.text) == 1 and after.capital and after.key not in {"i", "a"} and after.gap == " "
    return kind == "PERSON" and initial and found[j].capital


def _kind(lists: NameLists, found: Sequence[Word], kinds: Kinds, run: Sequence[int]) -> Kind | None:
    """What a run names, None where its words are what they mean."""
    keys = [found[j].key for j in run]
    capitals = [j for j in run if found[j].capital]
    telling = any(kinds[j] or not is_generic(lists, found[j]) for j in capitals)
    if keys[0] in _SAINTS:
        return "PLACE"
    if telling and any(k in lists.of_employers for k in keys):
        return "EMPLOYER"
    if telling and any(k in lists.of_places for k in keys[1:]):
        return "PLACE"
    if any(found[j].key not in lists.capitals for j in capitals) and not any(kinds[j] == "PERSON" for j in run):
        return next((kinds[j] for j in run if kinds[j]), "EMPLOYER")
    return None


def _run(found: Sequence[Word], i: int) -> list[int]:
    """The words from `i` on that are written with capitals, joined by blanks or small words such as "of"."""
    if not _counts(found[i]):
        return []
    run = [i]
    for j in range(i + 1, len(found)):
        word = found[j]
        if word.begins:
            break
        if _counts(word) and (word.gap in _CLOSE or j > run[-1] + 1):
            if j > run[-1] + 1 and " ".join(w.text for w in found[run[-1] + 1 : j]) not in _JOINS:
                break
            run.append(j)
        elif word.gap != " " or j - run[-1] > 2 or len(word.key) > 3:
            break
    return run


def _counts(word: Word) -> bool:
    """A capital, but for the writer's "I"."""
    return word.capital and word.key.split("'")[0] != "i"


def _matches(found: Sequence[Word], i: int, phrase: tuple[str, ...]) -> int:
    """How many words a phrase takes from `i` on; 0 where it does not stand there."""
    wanted = words(" ".join(phrase))
    here = found[i : i + len(wanted)]
    pairs = list(zip(here, wanted, strict=False))
    if len(here) < len(wanted) or any(w.key != p.key for w, p in pairs) or any(w.gap not in _CLOSE for w in here[1:]):
        return 0
    lacks = any(p.capital and not w.capital for w, p in pairs) and any(w.capital for w in here)
    return 0 if lacks or any(p.shouted and not w.shouted for w, p in pairs) else len(wanted)
