"""Everything that people edit, checked as it would be at start: what `coach validate` runs."""

import contextlib
from collections.abc import Callable, Iterator
from functools import partial

from coach.advise.brief import Briefs
from coach.advise.handoff import Handoffs
from coach.advise.next_steps import NextSteps
from coach.advise.registry import Resources
from coach.assess.unspoken import Unspoken
from coach.build import build_masker, build_prompt, check_part, index_state, signed_parts
from coach.detect.assertion import CueJudge
from coach.detect.phrases import PhraseDetector
from coach.errors import MissingDependency
from coach.guidance.cards import check_cards, load_cards
from coach.settings import Settings
from coach.wording.files import LANGUAGES, faults


def content_checks(settings: Settings) -> Iterator[tuple[str, Callable[[], list[str]]]]:
    """(what, check) of everything that people edit; each check gives its faults in words."""

    def loads(*makers: Callable[[], object]) -> Callable[[], list[str]]:
        """A check that is passed by loading: what is wrong comes as a ContentError."""

        def check() -> list[str]:
            for make in makers:
                make()
            return []

        return check

    def cited() -> list[str]:
        known, folder = {card.id for card in load_cards(settings.guidance_dir)}, settings.wording_dir
        named = {
            "follow_ups.toml": NextSteps(folder).cards,
            "expectations.toml": Unspoken(folder).cards,
            "handoff.toml": Handoffs(folder).cards,
        }
        return [f"{name}: no card {ident!r}" for name, cards in named.items() for ident in sorted(cards - known)]

    def prompts() -> list[str]:
        from coach.llm.faithful import Limits
        from coach.llm.prompt import PromptFile
        from coach.llm.rephrase import INPUTS

        prompt = build_prompt(settings)
        for name in ("follow_up.md", "brief.md"):
            PromptFile(settings.prompts_dir / name, INPUTS)
        Limits(settings.wording_dir / "limits.toml")
        with contextlib.suppress(MissingDependency):  # the core has no Jinja; the shape is checked without
            prompt.messages("A note.")
        return []

    def corpus() -> list[str]:
        from coach.training import corpus as labelled

        return [] if labelled.notes(settings.corpus_dir) and labelled.bank(settings.corpus_dir) else ["the corpus is empty"]

    yield "guidance cards", lambda: check_cards(settings.guidance_dir)
    yield "phrase rules", lambda: PhraseDetector(settings.phrases_dir).check_examples()
    yield "cues", loads(lambda: CueJudge(settings.cues_dir))
    yield "resources", loads(lambda: Resources(settings.resources_dir, settings.resources_extra))
    yield (
        "wording",
        loads(
            lambda: Unspoken(settings.wording_dir), lambda: NextSteps(settings.wording_dir), lambda: Briefs(settings.wording_dir)
        ),
    )
    yield "cards that the wording cites", cited
    yield (
        "wording in other languages",
        lambda: [
            fault for tongue in LANGUAGES[1:] for fault in faults(settings.wording_dir, tongue, Resources(settings.resources_dir))
        ],
    )
    yield "prompts", prompts
    yield "corpus", corpus
    yield "names", loads(lambda: build_masker(settings))
    yield "signatures", loads(*(partial(check_part, settings, part) for part in signed_parts(settings)))
    yield "guidance index", lambda: [state] if (state := index_state(settings)) else []
