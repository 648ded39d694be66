"""The small pattern language of the phrase rules: text -> plain words, pattern -> steps. Pure Python, no spaCy.

Text and patterns go through the same `words`, so a rule author never meets a tokenizer: case, accents, curly quotes, hyphens,
extra blank space and missing apostrophes make no difference, and short forms are opened up ("dont" is "do not", "he's" is
"he is", "wanna" is "want to"). The language is described for authors in indexes/phrases/README.md.
"""

import itertools
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

BREAK: Final = ","
"""The word that stands for punctuation; no step matches it, so no phrase or gap crosses it."""

MOST_FORMS: Final = 64
"""Sequences one pattern may unfold into; more is a sign that it should be two rules."""

_JOINER = "\u00ad\u200b\u200c\u200d\u2060"
_LETTERS = rf"[^\W_][\w\u0300-\u036f{_JOINER}]*"
_WORD = re.compile(rf"{_LETTERS}(?:['\u2019\u02bc\u2018`]{_LETTERS})*|[^\w\s]")
_SILENT: Final = frozenset("'\"\u2018\u2019\u201c\u201d\u00ab\u00bb`*~/#")
_HYPHENS: Final = frozenset("-\u2010\u2011")
_ELISIONS: Final = frozenset(["j", "l", "d", "qu", "s", "n", "m", "t", "c", "jusqu", "lorsqu", "puisqu", "quelqu"])
_ENDINGS: Final = {"s": "is", "m": "am", "re": "are", "ve": "have", "ll": "will", "d": "would", "t": "t"}
_SHORT: Final[dict[str, tuple[str, ...]]] = {
    short: tuple(full.split())
    for short, full in {
        "dont": "do not", "doesnt": "does not", "didnt": "did not", "cant": "can not", "cannot": "can not", "wont": "will not",
        "won't": "will not", "can't": "can not", "shan't": "shall not", "ain't": "is not", "aint": "is not", "isnt": "is not",
        "arent": "are not", "wasnt": "was not", "werent": "were not", "hasnt": "has not", "havent": "have not", "hadnt": "had not",
        "wouldnt": "would not", "couldnt": "could not", "shouldnt": "should not", "im": "i am", "ive": "i have", "hes": "he is",
        "shes": "she is", "theyre": "they are", "youre": "you are", "theyd": "they would", "youd": "you would", "hed": "he would",
        "theyve": "they have", "thats": "that is", "wanna": "want to", "gonna": "going to", "tryna": "trying to", "gotta": "got to",
        "&": "and", "n't": "not", "dinnae": "do not", "didnae": "did not", "cannae": "can not", "tae": "to", "anymore": "any more",
        "pus": "plus",  # as Quebec writes it: "pus me réveiller"
    }.items()
}  # fmt: skip
_PIECE = re.compile(r"(?P<gap>\.\.(?P<reach>[1-9]))|(?P<words>[^?]+)(?P<optional>\?)?")


class PatternError(ValueError):
    """A pattern breaks the grammar; the message says how, and quotes only the pattern."""


class Word(NamedTuple):
    """A normalised word, with the offsets of the surface form it came from; parts of one short form share them."""

    norm: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Step:
    """One place of a pattern: any of these words (a trailing * is a prefix); an empty set is any word but punctuation."""

    any_of: frozenset[str]
    optional: bool = False


def words(text: str) -> list[Word]:
    """Normalised words of a text in order; quotes, slashes and tight hyphens are left out, other punctuation is one BREAK."""
    found: list[Word] = []
    for match in _WORD.finditer(text):
        start, end = match.span()
        said = match[0]
        if said.isascii() and said.isalnum():  # most words, which need no more than small letters
            low = said.lower()
            if low in _SHORT:
                found.extend(Word(part, start, end) for part in _SHORT[low])
            else:
                found.append(Word(low, start, end))
            continue
        if said in _HYPHENS and text[start - 1 : start].isalnum() and text[end : end + 1].isalnum():
            continue
        if said in _SILENT:
            continue
        parts = _parts(_fold(said))
        if parts == (BREAK,) and found and found[-1].norm == BREAK:
            continue
        found.extend(Word(part, start, end) for part in parts)
    return found


def unfold(pattern: str, sets: Mapping[str, str]) -> tuple[tuple[Step, ...], ...]:
    """The sequences of steps a pattern stands for.

    `sets` are the named alternatives of the file ("me" -> "me|him|her"), used as `$me`. Raises PatternError.
    """
    pieces = [_piece(piece, sets) for piece in pattern.split()]
    if not pieces:
        raise PatternError("a pattern is empty")
    if pattern.split()[0].startswith("..") or pattern.split()[-1].startswith(".."):
        raise PatternError(f"a gap stands at the end of '{pattern}'")
    if all(step.optional for piece in pieces for form in piece for step in form):
        raise PatternError(f"every word of '{pattern}' is optional")
    if len(list(itertools.islice(itertools.product(*pieces), MOST_FORMS + 1))) > MOST_FORMS:
        raise PatternError(f"'{pattern}' unfolds into more than {MOST_FORMS} forms; split it")
    return tuple(tuple(itertools.chain.from_iterable(forms)) for forms in itertools.product(*pieces))


def _fold(text: str) -> str:
    """Lower case, without accents and invisible joiners, curly apostrophes made straight."""
    if text.isascii():
        return text.lower().replace("`", "'")
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c) and c not in _JOINER)
    return re.sub(r"[\u2019\u02bc\u2018`]", "'", plain.lower())


def _parts(word: str) -> tuple[str, ...]:
    """Open up one folded word: "don't" -> ("do", "not"), "j'ai" -> ("j", "ai"), "he'll" -> ("he", "will")."""
    if word in _SHORT:
        return _SHORT[word]
    if word.endswith("n't"):
        return (word[:-3], "not")
    stem, mark, ending = word.rpartition("'")
    if mark and ending in _ENDINGS:
        return (*_parts(stem), _ENDINGS[ending])
    head, mark, rest = word.partition("'")
    if mark and head in _ELISIONS:
        return (head, *_parts(rest))
    bare = word.replace("'", "")
    return (bare,) if bare.isalnum() else (BREAK,)


def _piece(piece: str, sets: Mapping[str, str]) -> list[tuple[Step, ...]]:
    """The forms of one blank-separated piece; single words share one step, longer alternatives get their own form."""
    match = _PIECE.fullmatch(piece)
    if not match:
        raise PatternError(f"'{piece}' is not a word, alternatives or a gap ..1 to ..9")
    if match["gap"]:
        return [(Step(frozenset(), optional=True),) * int(match["reach"])]
    optional = match["optional"] is not None
    choices = [_choice(choice) for choice in _alternatives(match["words"], sets)]
    single = frozenset(c[0] for c in choices if len(c) == 1)
    forms = [tuple(Step(frozenset({w})) for w in c) for c in choices if len(c) > 1]
    if optional and forms:
        return [*([(Step(single, optional=True),)] if single else [()]), *forms]
    return [*([(Step(single, optional),)] if single else []), *forms]


def _alternatives(piece: str, sets: Mapping[str, str]) -> Iterable[str]:
    for choice in piece.split("|"):
        if not choice.startswith("$"):
            yield choice
        elif choice[1:] in sets:
            yield from sets[choice[1:]].split("|")
        else:
            raise PatternError(f"the set '{choice}' is not defined")


def _choice(choice: str) -> Sequence[str]:
    star = choice.endswith("*")
    norms = [word.norm for word in words(choice.removesuffix("*").replace("+", " "))]
    if not norms or BREAK in norms:
        raise PatternError(f"'{choice}' holds no word, or punctuation")
    if star:
        norms[-1] += "*"
    return norms
