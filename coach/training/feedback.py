"""Verdicts of mentors -> training examples. The file's form stands in docs/feedback.md.

A verdict says one thing of one label: the other labels of its sentences, and its other sentences, are unknown and teach nothing.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from cryptography.fernet import Fernet, InvalidToken
from tokenizers import Tokenizer

from coach.errors import InputError
from coach.taxonomy import ABOUT, ASSERTIONS, LABELS, STATUSES
from coach.text.sentences import split
from coach.training.corpus import Item, Labelled
from coach.training.examples import Example, build, touched

FORM: Final = "coach-feedback 1"
VERDICTS: Final = ("right", "wrong", "missed")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was judged: `signal` lies in `text` (its passage with the sentence before it); `source` is the id of the note."""

    id: str
    source: str
    verdict: str
    text: str
    signal: Labelled


@dataclass(frozen=True, slots=True)
class Feedback:
    """One export: of which program, and the verdicts it still holds."""

    program: str
    verdicts: tuple[Verdict, ...]

    @property
    def sources(self) -> frozenset[str]:
        return frozenset(v.source for v in self.verdicts)


def read(path: Path, key: Path | None = None) -> Feedback:
    """A file of verdicts, opened with the key file where one is given.

    Raises InputError where it cannot be read, opened, or breaks its form; no word of it stands in the message.
    """
    lines = [line for line in _text(path, key).splitlines() if line.strip()]
    try:
        head = json.loads(lines[0])
        if head["form"] != FORM:
            raise ValueError("form")
        return Feedback(str(head["program"]), tuple(_verdict(path, n, line) for n, line in enumerate(lines[1:], 2)))
    except (IndexError, ValueError, KeyError, TypeError):
        raise InputError(f"{path.name}: its first line must be that of a {FORM} file, as in docs/feedback.md.") from None


def _text(path: Path, key: Path | None) -> str:
    try:
        data = path.read_bytes()
        return (Fernet(key.read_bytes().strip()).decrypt(data) if key else data).decode("utf-8")
    except InvalidToken:
        raise InputError(f"{path.name}: it was sealed with another key, or is damaged.") from None
    except OSError as error:
        raise InputError(f"{Path(error.filename or path).name}: cannot be read ({type(error).__name__}).") from None
    except ValueError:
        raise InputError(f"{path.name}: not text; an encrypted file needs its key file (--key), as it was made.") from None


def _verdict(path: Path, number: int, line: str) -> Verdict:
    try:
        row: dict[str, Any] = json.loads(line)
        before, text, quote = str(row["before"]).strip(), str(row["text"]), str(row["quote"])
        whole = f"{before} {text}" if before else text
        at = whole.find(quote, len(whole) - len(text))
        signal = Labelled(at, at + len(quote), row["label"], row["about"], row["assertion"], row["status"])
        good = (
            quote and at >= 0 and row["label"] in LABELS and row["verdict"] in VERDICTS and row["assertion"] in ASSERTIONS
            and row["about"] in (*ABOUT, None) and row["status"] in (*STATUSES, None) and row["id"] and row["source"]
        )  # fmt: skip
        if good:
            return Verdict(str(row["id"]), str(row["source"]), row["verdict"], whole, signal)
    except (ValueError, KeyError, TypeError):
        pass
    raise InputError(f"{path.name}:{number}: breaks the form of a verdict in docs/feedback.md.")


def examples(verdicts: Sequence[Verdict], tokenizer: Tokenizer) -> list[Example]:
    """Windows that teach one label each, at the sentences judged."""
    return [made for verdict in verdicts if teaches(verdict) for made in _examples(verdict, tokenizer)]


def teaches(verdict: Verdict) -> bool:
    """A signal that was said not to hold now, and is wrong, may hold after all or not be there: nobody can tell, so it teaches
    nothing."""
    return verdict.verdict != "wrong" or verdict.signal.assertion == "present"


def _examples(verdict: Verdict, tokenizer: Tokenizer) -> Iterator[Example]:
    signal, column = verdict.signal, LABELS.index(verdict.signal.label)
    # who is meant and whether it was spoken is not said of what was missed
    labelled = replace(signal, about=signal.about or ABOUT[0])
    held = () if verdict.verdict == "wrong" else (labelled,)
    sentences = split(verdict.text)
    rows = touched(signal, sentences)
    for one in build([Item(verdict.id, verdict.text, held, None, None)], tokenizer):
        known = np.zeros_like(one.scored)
        mine = [row - one.window.first for row in rows]
        known[[row for row in mine if 0 <= row < len(known)], column] = 1
        if not known.any():
            continue
        blank = np.zeros_like(one.about) if signal.about is None else one.about
        yield replace(one, scored=known, about=blank)


def sources(given: Sequence[Feedback]) -> dict[str, list[str]]:
    """Program -> ids of the notes whose verdicts teach; as a manifest lists them."""
    found: dict[str, set[str]] = {}
    for one in given:
        found.setdefault(one.program, set()).update(v.source for v in one.verdicts if teaches(v))
    return {program: sorted(ids) for program, ids in sorted(found.items())}


def digest(given: Sequence[Feedback]) -> str:
    """The same for the same verdicts, in whatever files and order."""
    return hashlib.sha256("\n".join(sorted(repr(v) for one in given for v in one.verdicts)).encode()).hexdigest()
