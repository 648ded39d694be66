"""The phrase detector: high-precision rules of wording, matched by spaCy's Matcher, one sentence at a time.

Rules are content (indexes/phrases/*.toml); the README beside them says how to write one. Whether a finding is so, now, and
about whom is judged by a later stage: "no thoughts of suicide" is found here like "thoughts of suicide".
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from coach import tables
from coach.detect.narrow import spacy_deferred
from coach.detect.patterns import BREAK, PatternError, Step, Word, unfold, words
from coach.errors import ContentError
from coach.taxonomy import ABOUT, GRAVE, LABELS, STATUSES, About, Status, family
from coach.values import Finding, Sentence

with spacy_deferred():
    from spacy.matcher import Matcher
    from spacy.tokens import Doc
    from spacy.vocab import Vocab

_OTHER = "_"
"""Stands in the Doc for every word no rule knows, so that a note's words never enter spaCy's string store."""

_WANTED, _UNLESS = "match", "except"


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule as its file states it; `unless` is the file's `except`: wording around a match that makes it nothing."""

    id: str
    label: str
    score: float
    patterns: tuple[str, ...]
    match: tuple[str, ...]
    no_match: tuple[str, ...]
    explicit: bool = False
    about: About | None = None
    status: Status | None = None
    unless: tuple[str, ...] = ()


class PhraseDetector:
    """Finds the wordings of the rules in `folder`; immutable once built, safe to share between threads."""

    def __init__(self, folder: Path) -> None:
        """Load every *.toml of the folder. Raises ContentError naming file, rule and reason; an empty folder is one too."""
        files = sorted(folder.glob("*.toml"))
        if not files:
            raise ContentError(f"{folder}: no phrase rules (*.toml) here")
        loaded: dict[str, list[tuple[Rule, _Forms]]] = {}
        for file in files:
            language, rules = _read(file)
            loaded.setdefault(language, []).extend(rules)
        _refuse_twins(folder, (rule for rules in loaded.values() for rule, _ in rules))
        self._books = {language: _Book(rules) for language, rules in loaded.items()}

    def detect(self, text: str, sentences: Sequence[Sentence]) -> tuple[Finding, ...]:
        """Findings in order of their start; of findings with one label that overlap, the explicit or surest one stays.

        Offsets count in `text`. Every sentence is held against every language's rules: a short one is easily taken for another
        language, and a grave phrase must not be lost to that.
        """
        found: list[Finding] = []
        for sentence in sentences:
            said = words(text[sentence.start : sentence.end])
            spans = [hit for book in self._books.values() for hit in book.find(said)]
            found.extend(_best(_finding(rule, sentence.start + a, sentence.start + b) for rule, a, b in spans))
        return tuple(found)

    def check_examples(self) -> list[str]:
        """Faults in words: examples a rule wrongly meets or misses, and rules with too few of them; empty when all is well."""
        return [
            f"rule {rule.id}: {fault}" for book in self._books.values() for rule in book.rules for fault in _faults(rule, book)
        ]


_Forms = tuple[tuple[tuple[Step, ...], ...], tuple[tuple[Step, ...], ...]]
"""The unfolded patterns of a rule: what it looks for, and its exceptions."""


_Needs = frozenset[frozenset[str]]
"""Steps of a form: a sentence must hold a symbol of each."""


class _Book:
    """The rules of one language, one Matcher each; a rule runs only where a sentence holds all the words of one of its forms.

    A form is looked up by its anchor, the required step whose words are rarest among the rules; then each other required step
    must have a word in the sentence. What is left for the Matcher is order and distance.
    """

    def __init__(self, rules: Sequence[tuple[Rule, _Forms]]) -> None:
        self.rules = tuple(rule for rule, _ in rules)
        known = {w for _, forms in rules for side in forms for form in side for step in form for w in step.any_of}
        self._words = frozenset(w for w in known if not w.endswith("*"))
        self._prefixes = frozenset(w[:-1] for w in known if w.endswith("*"))
        self._lengths = sorted({len(prefix) for prefix in self._prefixes}, reverse=True)
        self._vocab = Vocab()
        self._matchers = [self._matcher(forms) for _, forms in rules]
        use = Counter(w for _, forms in rules for form in forms[0] for step in form for w in step.any_of)
        self._anchors: dict[str, list[tuple[int, _Needs]]] = {}
        for number, (_, (wanted, _unless)) in enumerate(rules):
            for needs, anchor in {self._needs(form, use) for form in wanted}:
                for word in anchor:
                    self._anchors.setdefault(word, []).append((number, needs))

    def find(self, said: Sequence[Word]) -> list[tuple[Rule, int, int]]:
        """(rule, start, end) of every match in the words of a sentence, exceptions taken out; offsets are those of the words."""
        symbols = [self._symbol(word) for word in said]
        here = frozenset(symbols)
        numbers = {
            number
            for symbol in here
            for number, needs in self._anchors.get(symbol, ())
            if not any(here.isdisjoint(step) for step in needs)
        }
        if not numbers:
            return []
        doc = Doc(self._vocab, words=symbols)
        hits = ((self.rules[n], first, last) for n in sorted(numbers) for first, last in self._hits(self._matchers[n], doc))
        return [(rule, said[first].start, said[last - 1].end) for rule, first, last in hits]

    def _needs(self, form: Sequence[Step], use: Mapping[str, int]) -> tuple[_Needs, frozenset[str]]:
        """The symbols of each required step of a form but its anchor, and those of the anchor."""
        required = [step.any_of for step in form if step.any_of and not step.optional]
        anchor = min(required, key=lambda any_of: sum(use[w] for w in any_of))
        needs = frozenset(frozenset(self._spread(any_of)) for any_of in required if any_of is not anchor)
        return needs, frozenset(self._spread(anchor))

    def _hits(self, matcher: Matcher, doc: Doc) -> list[tuple[int, int]]:
        """Matches of one rule as (first, last + 1) word; one that an exception overlaps is left out."""
        spans: dict[str, list[tuple[int, int]]] = {_WANTED: [], _UNLESS: []}
        for key, first, last in matcher(doc):
            spans[self._vocab.strings[key]].append((first, last))
        return [(a, b) for a, b in spans[_WANTED] if not any(a < d and c < b for c, d in spans[_UNLESS])]

    def _matcher(self, forms: _Forms) -> Matcher:
        matcher = Matcher(self._vocab, validate=False)
        for key, side in zip((_WANTED, _UNLESS), forms, strict=True):
            if side:
                matcher.add(key, [[self._token(step) for step in form] for form in side], greedy="LONGEST")
        return matcher

    def _symbol(self, word: Word) -> str:
        if word.norm in self._words or word.norm == BREAK:
            return word.norm
        return next((head + "*" for n in self._lengths if (head := word.norm[:n]) in self._prefixes), _OTHER)

    def _spread(self, any_of: Iterable[str]) -> set[str]:
        """The symbols that stand for any of these words; a prefix stands for every known word that begins so."""
        ready: set[str] = set()
        for word in any_of:
            if word.endswith("*"):
                ready |= {w for w in self._words if w.startswith(word[:-1])}
                ready |= {p + "*" for p in self._prefixes if p.startswith(word[:-1])}
            else:
                ready.add(word)
        return ready

    def _token(self, step: Step) -> dict[str, Any]:
        """A step as a token pattern of spaCy."""
        ready = sorted(self._spread(step.any_of))
        orth: Any = {"NOT_IN": [BREAK]} if not ready else {"IN": ready} if len(ready) > 1 else ready[0]
        return {"ORTH": orth, "OP": "?"} if step.optional else {"ORTH": orth}


def _finding(rule: Rule, start: int, end: int) -> Finding:
    return Finding(
        label=rule.label,
        start=start,
        end=end,
        score=rule.score,
        source="phrases",
        about=rule.about or "mentee",
        status=rule.status,
        rule=rule.id,
        explicit=rule.explicit,
    )


def _best(findings: Iterable[Finding]) -> list[Finding]:
    """Of overlapping findings with one label, the explicit, then the surest, then the longest."""
    kept: list[Finding] = []
    for finding in sorted(findings, key=lambda f: (not f.explicit, -f.score, f.start - f.end, f.start)):
        if not any(finding.label == k.label and finding.start < k.end and k.start < finding.end for k in kept):
            kept.append(finding)
    return sorted(kept, key=lambda f: (f.start, f.end, f.label))


def _faults(rule: Rule, book: _Book) -> list[str]:
    need = 4 if rule.label in GRAVE else 2
    faults = [] if len(rule.match) >= need else [f"needs at least {need} match examples"]
    if len(rule.no_match) < 2:
        faults.append("needs at least 2 no_match examples")
    for wanted, examples in ((True, rule.match), (False, rule.no_match)):
        for example in examples:
            if wanted != any(hit is rule for hit, _, _ in book.find(words(example))):
                faults.append(f"{'does not match' if wanted else 'must not match'}: {example}")
    return faults


def _read(file: Path) -> tuple[str, list[tuple[Rule, _Forms]]]:
    """Language and rules of one file. Raises ContentError."""
    data = tables.read(file)
    language, sets, entries = data.get("language"), data.get("sets", {}), data.get("rule")
    if not isinstance(language, str) or len(language) != 2:
        raise ContentError(f"{file}: 'language' must be a two-letter code")
    if not isinstance(sets, dict) or not all(isinstance(value, str) for value in sets.values()):
        raise ContentError(f"{file}: [sets] must hold strings of alternatives")
    if not isinstance(entries, list) or not entries:
        raise ContentError(f"{file}: no [[rule]] in it")
    if unknown := data.keys() - {"language", "sets", "rule"}:
        raise ContentError(f"{file}: unknown key '{min(unknown)}'")
    return language, [_rule(file, number, table, sets) for number, table in enumerate(entries, 1)]


def _rule(file: Path, number: int, table: Mapping[str, Any], sets: Mapping[str, str]) -> tuple[Rule, _Forms]:
    """One checked rule and its unfolded patterns."""
    where = f"{file}: rule {table.get('id', f'number {number}')}"
    data: dict[str, Any] = {
        ("unless" if key == "except" else key): tuple(v) if isinstance(v, list) else v for key, v in table.items()
    }
    if reason := _schema_fault(data):
        raise ContentError(f"{where}: {reason}")
    rule = Rule(**data)
    try:
        wanted, unless = (tuple(form for p in side for form in unfold(p, sets)) for side in (rule.patterns, rule.unless))
    except PatternError as fault:
        raise ContentError(f"{where}: {fault}") from fault
    return rule, (wanted, unless)


def _schema_fault(data: Mapping[str, Any]) -> str | None:
    """What is wrong with a rule's table, in words; None if nothing is."""
    names = [field.name for field in fields(Rule)]
    if unknown := [key for key in data if key not in names]:
        return f"unknown key '{unknown[0]}'"
    if missing := [name for name in names[:6] if name not in data]:
        return f"'{missing[0]}' is missing"
    if not isinstance(data["id"], str) or not data["id"]:
        return "'id' must be a string"
    if data["label"] not in LABELS:
        return f"unknown label '{data['label']}'"
    if isinstance(data["score"], bool) or not isinstance(data["score"], int | float) or not 0 < data["score"] <= 1:
        return "'score' must be a number over 0 and up to 1"
    if not isinstance(data.get("explicit", False), bool):
        return "'explicit' must be true or false"
    if data.get("about") not in (None, *ABOUT):
        return f"unknown about '{data['about']}'"
    if (family(data["label"]) == "expectation") != (data.get("status") in STATUSES):
        return "'status' must be implicit or explicit for an expectation, and is left out elsewhere"
    for name in ("patterns", "match", "no_match", "unless"):
        value = data.get(name, ())
        if not isinstance(value, tuple) or not all(isinstance(item, str) and item.strip() for item in value):
            return f"'{'except' if name == 'unless' else name}' must be a list of strings"
    return None if data["patterns"] else "'patterns' is empty"


def _refuse_twins(folder: Path, rules: Iterable[Rule]) -> None:
    seen: set[str] = set()
    for rule in rules:
        if rule.id in seen:
            raise ContentError(f"{folder}: rule {rule.id} stands twice")
        seen.add(rule.id)
