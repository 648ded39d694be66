"""The main job: a note in, a report out. The stages in order; each part is behind a protocol and wired in build.py."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from coach.assess.dial import DEFAULT, Dial
from coach.errors import CoachError, EmptyNote, NoteTooLong, UnknownValue
from coach.guidance.handbook import Handbook
from coach.text.age import under_18
from coach.values import Coverage, Finding, Heard, Note, Outgoing, Reading, Report, SecondReading, Sentence, Signal, Tongue

PHRASES = ("phrases", "1")
"""Name and version that a report gives where no trained reader read the note."""


class ReaderLike(Protocol):
    """A trained reader."""

    name: str
    version: str

    def read(self, text: str, sentences: Sequence[Sentence]) -> Reading | None: ...


class PhrasesLike(Protocol):
    """A rule detector."""

    def detect(self, text: str, sentences: Sequence[Sentence]) -> tuple[Finding, ...]: ...


class SecondReaderLike(Protocol):
    """A reader that is asked beside the trained one, such as a language model; it answers within its time and raises nothing."""

    def read(self, text: str, sentences: Sequence[Sentence]) -> tuple[tuple[Finding, ...], SecondReading]: ...


class RephraserLike(Protocol):
    """Rewords what a report advises, and raises nothing; see coach/llm/rephrase.py."""

    def report(self, report: Report, note: str) -> Report: ...


class AdviserLike(Protocol):
    """Signals -> the finished report; see coach/advise/adviser.py."""

    def report(self, note: Note, heard: Heard, urgent_from: float | None = None, handbook: Handbook | None = None) -> Report: ...


def _as_it_is(report: Report, _language: str) -> Report:
    return report


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of a coach. `reader` is None where it is switched off or its files failed; `reader_fault` says why.

    `dial` is None where the reader has no held-out notes to reckon it from; its own threshold for urgent counts then.
    `rephraser` is None unless a language model is to reword English reports.
    `handbook` is that of a program, whose passages reports cite; None for none.
    `decide` merges in the place of `merge` where a language model answered and may decide; None where it only adds.
    `second` is None where no language model is set up; `outgoing` gives what one elsewhere would be sent, and is None where none
    is elsewhere. `reword` says a finished report in a language, by default in `words`.
    """

    split: Callable[[str], tuple[Sentence, ...]]
    note_language: Callable[[Sequence[Sentence]], str]
    is_read: Callable[[str], bool]
    reader: ReaderLike | None
    reader_fault: str | None
    phrases: PhrasesLike
    merge: Callable[[str, Sequence[Sentence], Sequence[Finding]], tuple[Signal, ...]]
    adviser: AdviserLike
    max_note_chars: int
    second: SecondReaderLike | None = None
    decide: Callable[[str, Sequence[Sentence], Sequence[Finding]], tuple[tuple[Signal, ...], tuple[Signal, ...]]] | None = None
    outgoing: Callable[[str], Outgoing | None] | None = None
    reword: Callable[[Report, str], Report] = _as_it_is
    words: str = "en"
    dial: Dial | None = None
    urgent_alarms: float = DEFAULT
    handbook: Handbook | None = None
    rephraser: RephraserLike | None = None


class Coach:
    """Reads notes. Safe to share between threads; build one with `coach.build.build()`."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def analyze(
        self,
        note: Note | str,
        *,
        region: str | None = None,
        minor: bool | None = None,
        words: Tongue | None = None,
        urgent_alarms: float | None = None,
        handbook: Handbook | None = None,
        remote: bool = True,
        rephrase: bool = False,
    ) -> Report:
        """The report of one note.

        `region` is an ISO 3166 code ("CA-QC"), None where not known, as `minor` is (the note's own word on the
        mentee's age counts then: coach/text/age.py). `words` is the language of the report's own
        words, by default that of the settings; quotes stay as they are. `urgent_alarms` is how many false urgent alarms in 100 calm
        notes are accepted (coach/assess/dial.py), by default as many as in the settings. `handbook` is the program's own, by default
        the one that the coach was built with. Unless `remote`, a language model elsewhere is not asked, whatever the settings say.
        With `rephrase` a language model rewords the follow-ups of an English report below urgent, where one is set up for it.
        Raises EmptyNote, NoteTooLong and UnknownValue.
        """
        if isinstance(note, str):
            note = Note("note", note, region, minor)
        if not note.text.strip():
            raise EmptyNote(f"{note.id}: the note is empty. Paste or write what was said, then try again.")
        if len(note.text) > self._parts.max_note_chars:
            raise NoteTooLong(
                f"{note.id}: {len(note.text):,} characters; the limit is {self._parts.max_note_chars:,}. "
                "Split the file by session, or raise COACH_MAX_NOTE_CHARS."
            )
        if note.minor is None and under_18(note.text):
            note = replace(note, minor=True)
        own = handbook or self._parts.handbook
        report = self._parts.adviser.report(note, self.hear(note, remote), self._urgent_from(urgent_alarms), own)
        language = words or self._parts.words
        if rephrase and language == "en":  # in another language the library's own sentences are found again and translated
            report = self._rephraser.report(report, note.text)
        return self._parts.reword(report, language)

    @property
    def _rephraser(self) -> RephraserLike:
        if self._parts.rephraser is None:
            raise UnknownValue(
                "No language model is set up to reword: set COACH_LLM and COACH_LLM_REPHRASE=true (prompts/README.md)."
            )
        return self._parts.rephraser

    def _urgent_from(self, alarms: float | None) -> float | None:
        parts = self._parts
        return parts.dial.choose(parts.urgent_alarms if alarms is None else alarms).cut if parts.dial else None

    @property
    def dial(self) -> Dial | None:
        """The alarm dial of the reader; None where it has none, or where nothing but phrases reads."""
        return self._parts.dial if self._parts.reader else None

    def without_reader(self, reason: str) -> "Coach":
        """The same coach with phrases and advice alone: what answers where the reader fails. Every report gives `reason`."""
        return Coach(replace(self._parts, reader=None, reader_fault=reason, second=None))

    @property
    def model(self) -> tuple[str, str]:
        """Name and version of what reads: the trained reader, or phrases alone."""
        reader = self._parts.reader
        return (reader.name, reader.version) if reader else PHRASES

    def outgoing(self, text: str) -> Outgoing | None:
        """What a language model elsewhere would be sent about a note, word for word; None where none is set up or nothing would be.

        Asks nobody. Raises ContentError at a fault in the prompt's file.
        """
        parts = self._parts
        if parts.outgoing is None or not text.strip() or len(text) > parts.max_note_chars:
            return None
        return parts.outgoing(text)

    def hear(self, note: Note, remote: bool = True) -> Heard:
        """Text -> signals: sentences, detectors, assertion, merge. Unless `remote`, no model elsewhere is asked."""
        parts = self._parts
        sentences = parts.split(note.text)
        language = note.language or parts.note_language(sentences)
        read, reason = self._coverage(sentences, language)
        reading, fault = self._read(note.text, sentences)
        if fault and read == "full":
            read, reason = "phrases_only", fault
        asked = parts.second if remote or parts.outgoing is None else None
        more, second = asked.read(note.text, sentences) if asked and sentences else ((), None)
        findings = (*(reading.findings if reading else ()), *parts.phrases.detect(note.text, sentences), *more)
        aside: tuple[Signal, ...] = ()
        if parts.decide and second and second.kept:  # an answer in which nothing held may be of one that cannot read
            signals, aside = parts.decide(note.text, sentences, findings)
        else:
            signals = parts.merge(note.text, sentences, findings)
        name, version = PHRASES if fault else self.model
        return Heard(language, read, reason, sentences, signals, reading, name, version, second, aside)

    def _read(self, text: str, sentences: Sequence[Sentence]) -> tuple[Reading | None, str | None]:
        """The reader's view of the sentences it can read; a failing reader never stops the report."""
        parts = self._parts
        if parts.reader is None:
            return None, parts.reader_fault or _OFF
        readable = [s for s in sentences if parts.is_read(s.language)]
        if not readable:
            return None, None
        try:
            return parts.reader.read(text, readable), None
        except (CoachError, RuntimeError, ValueError) as error:
            return None, _FAILED.format(error=type(error).__name__)

    def _coverage(self, sentences: Sequence[Sentence], language: str) -> tuple[Coverage, str | None]:
        if not sentences:
            return "none", _NO_WORDS
        unread = sorted({s.language for s in sentences if not self._parts.is_read(s.language)})
        if not unread and self._parts.is_read(language):
            return "full", None
        names = ", ".join(dict.fromkeys(_LANGUAGES.get(code, _LANGUAGES["und"]) for code in unread or [language]))
        if all(s.language in unread for s in sentences) or not self._parts.is_read(language):
            phrases = _SEARCHED[0 if set(unread or [language]) <= {"fr"} else 1]
            return "phrases_only", _ANOTHER.format(languages=names, phrases=phrases)
        return "phrases_only", _PARTLY.format(languages=names)


_LANGUAGES = {
    "fr": "French",
    "es": "Spanish",
    "de": "German",
    "it": "Italian",
    "pt": "Portuguese",
    "nl": "Dutch",
    "ar": "Arabic",
    "ru": "Russian",
    "uk": "Ukrainian",
    "zh": "Chinese",
    "ja": "Japanese",
    "ko": "Korean",
    "hi": "Hindi",
    "pa": "Punjabi",
    "ur": "Urdu",
    "fa": "Persian",
    "tr": "Turkish",
    "pl": "Polish",
    "he": "Hebrew",
    "und": "a language that could not be told",
}

SWITCHED_OFF = "The trained reader is switched off (COACH_USE_READER); only fixed phrases were looked for."
NOT_LOADED = "{fault} Only fixed phrases were looked for."
_OFF = "The trained reader is switched off; only fixed phrases were looked for."
_FAILED = "The trained reader failed ({error}); only fixed phrases were looked for."
_NO_WORDS = "There are no words in this note, so nothing was read."
_ANOTHER = "This note is in {languages}, which the coach does not read. {phrases}: please read it yourself."
_SEARCHED = ("Only grave phrases were looked for", "It was hardly read")
_PARTLY = "Parts of this note are in {languages}; those were searched for grave phrases at most. Please read them yourself."
WORDS = (
    *(SWITCHED_OFF, NOT_LOADED, _OFF, _FAILED, _NO_WORDS, _PARTLY),
    *(_ANOTHER.replace("{phrases}", phrases) for phrases in _SEARCHED),
    *_LANGUAGES.values(),
)
"""Every reason why a note was not fully read, for translators."""
