"""The trained reader: sentences of a note -> findings, triage and stage, in one pass of a small encoder on ONNX Runtime, joined
sentence by sentence with a linear reader of the words themselves (coach/detect/ngrams.py).

Recipe, figures and limits: models/reader/README.md. Needs no torch. The weights are checked against the manifest's hashes.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from coach.detect.evidence import trim
from coach.detect.heads import Heads, WindowScores
from coach.detect.ngrams import Ngrams
from coach.detect.windows import Window, windows
from coach.encode.blas import one_thread
from coach.encode.weights import Floats, TokenStates, read_manifest, tokenizer
from coach.errors import ModelError
from coach.taxonomy import ABOUT, ASSERTIONS, FAMILIES, GRAVE, LABELS, LEVELS, STAGES, SUICIDAL, Assertion, Level, family
from coach.values import Finding, Reading, Sentence

NGRAMS_FILE = "ngrams.npz"
LINEAR = 0.3
"""The linear reader's share in the log-odds of a label (of 0.1 to 0.4 the best on the dev part, alike in all families)."""
_GRAVE = [i for i, label in enumerate(LABELS) if label in GRAVE]
_HOPELESS = [LABELS.index("distress.hopelessness")]
SHORT = 40
"""Tokens below which a note is short: 21 of the 4,374 notes of the corpus are."""
_URGENT = 2
UNSPOKEN = 0.7
"""From here the head for spoken or unspoken decides of an expectation that is mentioned but below its label's threshold (set
on the dev part: explicit F1 0.41 -> 0.45, unspoken ones unchanged)."""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Probabilities from which a label is reported: `now` and `mention` (N) in the order of LABELS; `levels` (4), cumulative."""

    now: Floats
    mention: Floats
    levels: Floats


@dataclass(frozen=True, slots=True)
class Urgency:
    """Weights, and what is added, of P(urgent or worse): the log-odds of the note as a whole, of its gravest sentence and of its most
    hopeless one, and the logarithm of its length in tokens.

    The network's own whole-note head saw its sentences' scores on notes that it knew by heart, and trusts them too little on new
    ones; these numbers are set on the dev part, on the notes that neither phrases nor floor make urgent.
    """

    whole: float
    gravest: float
    hopeless: float
    length: float
    bias: float

    def __call__(self, clues: Sequence[float]) -> float:
        """`clues` as `RawReading.clues` gives them."""
        z = self.bias + sum(w * x for w, x in zip((self.whole, self.gravest, self.hopeless, self.length), clues, strict=True))
        return float(1 / (1 + np.exp(-z)))


@dataclass(frozen=True, slots=True)
class RawReading:
    """Scores of every window of a note, before thresholds."""

    windows: tuple[tuple[Window, WindowScores], ...]
    urgency: Urgency | None = None

    @property
    def levels(self) -> Floats:
        """Cumulative level probabilities: of several windows the gravest counts. In a short note, unlike any that the whole-note
        head was trained on, its gravest sentence alone tells how urgent it is."""
        out = self._whole
        if self.tokens < SHORT:
            out[_URGENT] = self._most(_GRAVE)
        elif self.urgency:
            out[_URGENT] = self.urgency(self.clues)
        return out

    @property
    def clues(self) -> tuple[float, float, float, float]:
        """What `Urgency` weighs, in its order."""
        whole, gravest, hopeless = (self._whole[_URGENT], self._most(_GRAVE), self._most(_HOPELESS))
        return float(log_odds(whole)), float(log_odds(gravest)), float(log_odds(hopeless)), math.log(max(self.tokens, 1))

    @property
    def tokens(self) -> int:
        return sum(len(w.ids) - 2 for w, _ in self.windows)

    @property
    def _whole(self) -> Floats:
        out: Floats = np.max([s.levels for _, s in self.windows], axis=0)
        return out

    def _most(self, labels: Sequence[int]) -> float:
        """The greatest probability that one of these holds now in a sentence."""
        return float(max(s.now[:, labels].max() for _, s in self.windows))

    @property
    def stages(self) -> Floats:
        out: Floats = np.mean([s.stages for _, s in self.windows], axis=0)
        return out


class NeuralReader:
    """Reads one note at a time; safe to share between threads. Raises ModelError where files are missing, damaged or unfit."""

    source = "reader"

    def __init__(self, folder: Path, threads: int = 2) -> None:
        self.manifest = _manifest(folder)
        self.name, self.version = str(self.manifest["name"]), str(self.manifest["version"])
        self._tokenizer = tokenizer(folder)
        self._cls, self._sep = self._tokenizer.token_to_id("[CLS]"), self._tokenizer.token_to_id("[SEP]")
        self._states = TokenStates(folder, threads)
        with np.load(folder / "heads.npz", allow_pickle=False) as arrays:
            self._heads = Heads({k: arrays[k].astype(np.float32) for k in arrays.files})
        self._ngrams = _ngrams(folder, self.manifest)
        self._urgency = _urgency(self.manifest)
        self.thresholds = _thresholds(self.manifest)

    def read(self, text: str, sentences: Sequence[Sentence]) -> Reading | None:
        """Findings of all assertions, and the whole note's level and stage; None where there is nothing to read."""
        raw = self.score(text, sentences)
        if not raw.windows:
            return None
        found: list[Finding] = []
        for window, scores in raw.windows:
            here = sentences[window.first : window.first + len(window.spans)]
            found += _findings(text, here, window, scores, self.thresholds)
        levels, stages = raw.levels, raw.stages
        return Reading(
            tuple(found),
            level_of(levels, self.thresholds.levels),
            (float(levels[0]), float(levels[1]), float(levels[2]), float(levels[3])),
            (float(stages[0]), float(stages[1]), float(stages[2]), float(stages[3])),
        )

    def score(self, text: str, sentences: Sequence[Sentence]) -> RawReading:
        """The heads' scores of each window; training uses them to set thresholds on what is served."""
        encoding = self._tokenizer.encode(text, add_special_tokens=False)
        cut = windows(encoding.ids, encoding.offsets, sentences, self._cls, self._sep)
        return RawReading(tuple((w, self._scores(w, sentences)) for w in cut), self._urgency)

    def _scores(self, window: Window, sentences: Sequence[Sentence]) -> WindowScores:
        states = self._states(window.ids)
        with one_thread():
            return self._joined(self._heads(states, window.spans), window, sentences)

    def _joined(self, scores: WindowScores, window: Window, sentences: Sequence[Sentence]) -> WindowScores:
        """With the linear reader's view of each sentence in `now` and `mention`; as they are where the model has none."""
        if self._ngrams is None:
            return scores
        own = self._ngrams([s.text for s in sentences[window.first : window.first + len(window.spans)]])
        now, mention = np.split(own, 2, axis=1)
        return replace(scores, now=_mean(scores.now, now), mention=_mean(scores.mention, mention))


def log_odds(p: Any) -> Any:
    """Of probabilities, kept within 1e-4 of 0 and 1."""
    clipped = np.clip(p, 1e-4, 1 - 1e-4)
    return np.log(clipped / (1 - clipped))


def _mean(probabilities: Floats, linear: Floats) -> Floats:
    z = (1 - LINEAR) * log_odds(probabilities) + LINEAR * linear
    out: Floats = (1 / (1 + np.exp(-z))).astype(np.float32)
    return out


def _urgency(manifest: dict[str, Any]) -> Urgency | None:
    """None where the manifest has no such weights: readers trained before them have none."""
    try:
        return Urgency(**manifest["urgency"]) if "urgency" in manifest else None
    except TypeError:
        raise ModelError("The reader's weights of urgency are not those of this version. Retrain: coach train reader") from None


def _ngrams(folder: Path, manifest: dict[str, Any]) -> Ngrams | None:
    """None where the manifest lists no such file: readers trained before it have none."""
    if NGRAMS_FILE not in manifest["sha256"]:
        return None
    with np.load(folder / NGRAMS_FILE, allow_pickle=False) as arrays:
        return Ngrams({name: arrays[name] for name in Ngrams.names})


def level_of(levels: Floats, thresholds: Floats) -> Level:
    """The highest level whose cumulative probability reaches its threshold."""
    passed = [i for i in range(4) if levels[i] >= thresholds[i]]
    return LEVELS[max(passed) + 1] if passed else "none"


def _findings(
    text: str, sentences: Sequence[Sentence], window: Window, scores: WindowScores, thresholds: Thresholds
) -> list[Finding]:
    found = []
    for row, sentence in enumerate(sentences):
        now, mention = scores.now[row] >= thresholds.now, scores.mention[row] >= thresholds.mention
        for column in np.flatnonzero(now | mention):
            one = _finding(text, sentence, window, scores, row, int(column), bool(now[column]))
            if one:
                found.append(one)
    return found


def _finding(
    text: str, sentence: Sentence, window: Window, scores: WindowScores, row: int, column: int, now: bool
) -> Finding | None:
    label = LABELS[column]
    group = FAMILIES.index(family(label))
    assertion, certain = _assertion(scores.assertion[row, group], label, now)
    status = None if group else ("implicit" if now or scores.implicit[row] >= UNSPOKEN else "explicit")
    if assertion is None or (status == "explicit" and assertion != "present"):
        return None
    about = ABOUT[int(scores.about[row, group].argmax())]
    a, b = window.spans[row]
    start, end = trim(text, sentence, window.offsets[a:b], scores.tokens[a:b, column])
    score = float(scores.now[row, column] if now else scores.mention[row, column])
    return Finding(label, start, end, score, "reader", about, assertion, status, certain=certain)  # type: ignore[arg-type]


def _assertion(probabilities: Floats, label: str, now: bool) -> tuple[Assertion | None, float]:
    """The assertion and how sure; None where a mention is likeliest present but too weak to report as holding now."""
    if now:
        return "present", float(probabilities[0])
    if family(label) == "expectation":
        return "present", 1.0
    best = int(probabilities.argmax())
    if best == 0 and label not in SUICIDAL:
        return None, 0.0
    return ASSERTIONS[best], float(probabilities[best])


def _manifest(folder: Path) -> dict[str, Any]:
    manifest = read_manifest(folder, "Restore it from git or train one: coach train reader")
    if tuple(manifest.get("labels", ())) != LABELS or tuple(manifest.get("stages", ())) != STAGES:
        raise ModelError(f"The reader in {folder.name}/ was trained for other labels than these. Retrain: coach train reader")
    return manifest


def _thresholds(manifest: dict[str, Any]) -> Thresholds:
    t = manifest["thresholds"]
    return Thresholds(
        np.array([t["now"][k] for k in LABELS], np.float32),
        np.array([t["mention"][k] for k in LABELS], np.float32),
        np.array([t["levels"][k] for k in LEVELS[1:]], np.float32),
    )
