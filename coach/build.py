"""Settings -> Coach: the one place where parts are wired."""

import contextlib
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from coach.advise.adviser import Adviser
from coach.advise.brief import Briefs
from coach.advise.handoff import Handoffs
from coach.advise.next_steps import NextSteps
from coach.advise.numbers import Numbers
from coach.advise.registry import Resources
from coach.assess import heldout
from coach.assess.dial import Dial
from coach.assess.unspoken import Unspoken
from coach.detect.assertion import CueJudge
from coach.detect.merge import decided, merge
from coach.detect.phrases import PhraseDetector
from coach.encode.protocol import Encoder
from coach.errors import MissingDependency, ModelError, UnknownValue, UnreadableFile
from coach.guidance import index
from coach.guidance.cards import load_cards
from coach.guidance.handbook import Shelf
from coach.guidance.search import Guidance
from coach.pipeline import NOT_LOADED, SWITCHED_OFF, Coach, Parts, ReaderLike, SecondReaderLike
from coach.settings import ROOT, Settings
from coach.signing import SIGNATURE
from coach.signing import check as check_signature
from coach.text.language import is_read, note_language
from coach.text.sentences import split
from coach.values import Card, Outgoing
from coach.wording.files import Rewording
from coach.wording.reports import reworded_brief
from coach.wording.words import Words

if TYPE_CHECKING:
    from coach.llm.prompt import Prompt
    from coach.llm.protocol import Backend
    from coach.llm.rephrase import Rephraser, Silent
    from coach.text.masking import Masker

ANEW = "The guidance index {why}: it is made anew first, which can take minutes. `coach index build` does that ahead of time."


def build(
    settings: Settings | None = None,
    answer: Path | None = None,
    *,
    dial: bool = True,
    program: str | None = None,
    rephrased: Path | None = None,
    tell: Callable[[str], None] | None = None,
) -> Coach:
    """A coach of the parts that the settings name. Raises ContentError at a fault in a content file.

    `answer` is a file with a language model's answer, read in the place of a model. A language model that is missing is no
    error, every report says so; one elsewhere that nobody has accepted is (RemoteRefused). Without `dial` the reader's own
    threshold for urgent counts, whatever is written of its held-out notes. `program` is whose own handbook (`coach index add`)
    reports cite; ModelError where it is damaged or of another encoder. `rephrased` is a file with a language model's rewording.
    `tell` gets a sentence, once, where a report has to wait until the guidance index is made anew.

    A reader that is missing or damaged is no error here: every report says then that only phrases were looked for.
    """
    settings = settings or Settings()
    reader, fault = _reader(settings)
    guidance = build_guidance(settings, tell)
    resources = Resources(settings.resources_dir, settings.resources_extra)
    judge = CueJudge(settings.cues_dir)
    second = _second(settings, answer)
    adviser = Adviser(
        resources,
        Numbers(resources),
        Unspoken(settings.wording_dir),
        NextSteps(settings.wording_dir, settings.max_follow_ups),
        Handoffs(settings.wording_dir),
        guidance.picker,
        guidance.hit,
        guidance.passage,
        settings.max_resources,
    )
    return Coach(
        Parts(
            split=split,
            note_language=note_language,
            is_read=is_read,
            reader=reader,
            reader_fault=fault,
            phrases=PhraseDetector(settings.phrases_dir),
            merge=partial(merge, judge=judge),
            decide=partial(decided, judge=judge) if settings.llm_decides else None,
            adviser=adviser,
            max_note_chars=settings.max_note_chars,
            second=second,
            outgoing=_outgoing(settings, second),
            reword=_rewording(settings, resources),
            words=settings.words,
            dial=_dial(settings) if dial and reader else None,
            urgent_alarms=settings.urgent_alarms,
            handbook=build_shelf(settings).load(program, guidance.encoder) if program else None,
            rephraser=build_rephraser(settings, "follow_up.md", guidance, rephrased),
        )
    )


def build_rephraser(
    settings: Settings, prompt: str, guidance: Guidance | None = None, answer: Path | None = None
) -> "Rephraser | Silent | None":
    """What rewords by a language model; None unless the settings or an `answer` in a file ask for it. Raises as `build` does."""
    if not settings.llm_rephrase and answer is None:
        return None
    from coach.llm.reader import Given
    from coach.llm.rephrase import Silent

    said = _written(answer, settings.max_file_bytes) if answer else ""
    try:
        backend = Given(said) if answer else _backend(settings)
    except (ModelError, MissingDependency) as error:
        return Silent(settings.llm, error.message)
    return rephraser_for(settings, prompt, backend, guidance, masked=is_masked(settings, said))


def rephraser_for(
    settings: Settings, prompt: str, backend: "Backend", guidance: Guidance | None = None, *, masked: bool = False
) -> "Rephraser":
    """A rephraser that asks a backend; raises ContentError at a fault in its prompt or its word lists."""
    from coach.llm.faithful import Limits
    from coach.llm.prompt import PromptFile
    from coach.llm.rephrase import INPUTS, Rephraser
    from coach.text.parts import masked_parts

    book = guidance or build_guidance(settings)
    return Rephraser(
        PromptFile(settings.prompts_dir / prompt, INPUTS),
        backend,
        settings.llm_seconds,
        settings.llm_max_chars,
        Limits(settings.wording_dir / "limits.toml"),
        book.nearness,
        book.words_of,
        partial(masked_parts, build_masker(settings).mask) if masked else None,
    )


def _dial(settings: Settings) -> Dial | None:
    """None where the reader has no held-out notes. Raises ContentError for those of another reader, UnknownValue for a place of
    the dial that is none."""
    held = heldout.read(settings.reader_dir)
    dial = Dial(held) if held else None
    if dial:
        dial.choose(settings.urgent_alarms)
    return dial


def _rewording(settings: Settings, resources: Resources) -> Rewording:
    """The words of the settings' own language are loaded now, so that a fault in them shows at the start."""
    made = Rewording(settings.wording_dir, lambda: resources)
    made.words(settings.words)
    return made


def build_words(language: str | None = None, settings: Settings | None = None) -> Words:
    """The library's words in a language, by default that of the settings. Raises UnknownValue and ContentError."""
    settings = settings or Settings()
    return Rewording(settings.wording_dir, lambda: Resources(settings.resources_dir, settings.resources_extra)).words(
        language or settings.words
    )


def build_briefs(settings: Settings | None = None) -> Briefs:
    """What plans a pair's next session from its reports, in the language of the settings."""
    settings = settings or Settings()
    return Briefs(settings.wording_dir, partial(reworded_brief, words=build_words(settings=settings)))


def _reader(settings: Settings) -> tuple[ReaderLike | None, str | None]:
    if not settings.use_reader:
        return None, SWITCHED_OFF
    from coach.detect.reader import NeuralReader

    try:
        check_part(settings, "reader")
        return NeuralReader(settings.reader_dir, settings.threads), None
    except ModelError as error:
        return None, NOT_LOADED.format(fault=error.message)


def _second(settings: Settings, answer: Path | None) -> SecondReaderLike | None:
    """The language-model reader, None where none is set up."""
    if settings.llm == "none" and answer is None:
        return None
    from coach.llm.reader import Absent, Given, LanguageModelReader

    prompt = build_prompt(settings)
    said = _written(answer, settings.max_file_bytes) if answer else ""
    try:
        backend = Given(said) if answer else _backend(settings)
    except (ModelError, MissingDependency) as error:
        return Absent(settings.llm, error.message)
    mask = build_masker(settings).mask if is_masked(settings, said) else None
    return LanguageModelReader(prompt, backend, settings.llm_seconds, settings.llm_max_chars, mask=mask)


def _outgoing(settings: Settings, second: SecondReaderLike | None) -> Callable[[str], Outgoing | None] | None:
    """What gives the words that leave; None where no model elsewhere is asked."""
    if settings.llm != "openai" or not is_masked(settings):
        return None
    from coach.llm.reader import LanguageModelReader

    return second.outgoing if isinstance(second, LanguageModelReader) else None


def is_masked(settings: Settings, answer: str = "") -> bool:
    """Whether a language model sees notes without their names: one elsewhere, or one whose `answer` has placeholders in it."""
    from coach.llm.address import is_far
    from coach.text.masking import PLACEHOLDER

    return bool(PLACEHOLDER.search(answer)) or (settings.llm == "openai" and is_far(settings.llm_address))


def build_masker(settings: Settings) -> "Masker":
    """What takes the names out of a note."""
    from coach.text.masking import Masker

    return Masker(settings.names_dir)


def _backend(settings: Settings) -> "Backend":
    if settings.llm == "local":
        from coach.llm.local import LocalModel

        if settings.llm_dir is None:
            raise ModelError("no folder is named for it (COACH_LLM_DIR).")
        return LocalModel(settings.llm_dir, settings.llm_device, settings.llm_max_tokens)
    if settings.llm == "none":
        raise UnknownValue("No language model is set up: COACH_LLM must be local or openai (prompts/README.md).")
    if settings.llm != "openai":
        raise UnknownValue("COACH_LLM must be none, local or openai.")
    from coach.llm.acceptance import require
    from coach.llm.address import is_far
    from coach.llm.openai_backend import OpenAIBackend

    far = is_far(settings.llm_address)
    if far:
        require(settings.llm_remote_accepted, settings.names_dir, settings.corpus_dir / "names")
    return OpenAIBackend(
        settings.llm_address,
        settings.llm_model,
        settings.llm_key.get_secret_value(),
        remote_accepted=far,
        tries=settings.llm_tries,
        max_tokens=settings.llm_max_tokens,
    )


def _written(path: Path, most: int) -> str:
    """A model's answer from a file. Raises UnreadableFile."""
    try:
        with path.open("rb") as file:
            return file.read(most).decode("utf-8-sig")
    except (OSError, ValueError) as error:
        raise UnreadableFile(f"{path.name}: the answer cannot be read ({type(error).__name__}).") from None


def build_prompt(settings: Settings) -> "Prompt":
    """What a language model is asked about a note."""
    from coach.llm.prompt import Prompt

    return Prompt(settings.prompts_dir / "read_note.md")


def build_encoder(settings: Settings) -> Encoder:
    """The encoder that the settings name: "onnx" (default) or "sentence-transformers"."""
    if settings.encoder_kind == "onnx":
        from coach.encode.onnx import OnnxEncoder

        check_part(settings, "encoder")
        return OnnxEncoder(settings.encoder_dir, settings.threads)
    from coach.encode.sentence_transformer import SentenceTransformerEncoder

    return SentenceTransformerEncoder(settings.encoder_dir, settings.encoder_device)


def build_guidance(settings: Settings, tell: Callable[[str], None] | None = None) -> Guidance:
    """The cards with their index, which is read from disk and made anew where it is stale; `tell` gets a sentence before that."""
    cards = load_cards(settings.guidance_dir)
    return Guidance(
        cards,
        partial(build_encoder, settings),
        partial(_card_index, settings, cards, tell=tell),
        settings.search_min_score,
        settings.handbook_min_score,
    )


def build_shelf(settings: Settings) -> Shelf:
    """Programs' own handbooks."""
    return Shelf(settings.handbooks_dir)


def _card_index(
    settings: Settings, cards: tuple[Card, ...], encoder: Encoder, tell: Callable[[str], None] | None = None
) -> index.CardIndex:
    check_part(settings, "index")
    mark = index.fingerprint(cards, encoder.name)
    stored = index.load(settings.index_dir, mark)
    if stored is None:
        if tell:
            there = (settings.index_dir / "manifest.json").exists()
            tell(ANEW.format(why="is of other cards, or of another encoder" if there else "is missing"))
        stored = index.build(cards, encoder)
        if settings.signing_key or (settings.index_dir / SIGNATURE).exists():
            return stored  # one made here is not the signed one: it is kept in memory
        with contextlib.suppress(OSError):  # a read-only installation keeps the index in memory
            index.save(stored, settings.index_dir, mark)
    return stored


def build_index(settings: Settings) -> str:
    """Build and store the guidance index; says what was done."""
    cards, encoder = load_cards(settings.guidance_dir), build_encoder(settings)
    made = index.build(cards, encoder)
    index.save(made, settings.index_dir, index.fingerprint(cards, encoder.name))
    (settings.index_dir / SIGNATURE).unlink(missing_ok=True)  # it was of the one before
    return f"Indexed {len(cards)} cards, {len(made.owners)} passages, with {encoder.name}."


def signed_parts(settings: Settings) -> dict[str, Path]:
    """The folders whose manifests can be signed, by what they are."""
    return {"reader": settings.reader_dir, "encoder": settings.encoder_dir, "index": settings.index_dir}


def check_part(settings: Settings, part: str) -> None:
    """Raises ModelError for a part that is not signed as the settings ask."""
    check_signature(
        signed_parts(settings)[part], part, settings.signing_key, settings.signing_key_file or ROOT / "models" / "signing.pub"
    )


def index_state(settings: Settings) -> str | None:
    """What is wrong with the stored index, None where it fits cards and encoder."""
    check_part(settings, "index")
    mark = index.fingerprint(load_cards(settings.guidance_dir), build_encoder(settings).name)
    if index.load(settings.index_dir, mark) is None:
        return "The guidance index is missing or stale. Rebuild it: coach index build"
    return None
