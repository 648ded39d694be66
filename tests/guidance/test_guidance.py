"""Cards, index and search."""

import shutil

import pytest

from coach.build import build_guidance
from coach.errors import ContentError, ModelError, UnknownValue
from coach.guidance import index
from coach.guidance.cards import check_cards, load_cards
from coach.guidance.evaluate import evaluate, load_queries
from coach.guidance.lexical import tokens
from coach.settings import Settings
from coach.taxonomy import LABELS
from coach.values import Note


@pytest.fixture(scope="module")
def guidance(require):
    require("encoder")
    return build_guidance(Settings())


def test_every_topic_has_its_card_and_every_label_its_cards():
    cards = load_cards(Settings().guidance_dir)
    assert len(cards) == 236
    assert {label for c in cards for label in c.labels} == set(LABELS)
    assert check_cards(Settings().guidance_dir) == []


@pytest.mark.parametrize(
    ("query", "among"),
    [
        (
            "she has gone quiet since March, three emails and no answer",
            {"gone-dark-first-reach", "gone-dark-after-goodbye", "unspoken-reply-times", "repair-reply-times"},
        ),
        ("how soon should we answer each other's messages", {"agree-reply-times", "unspoken-reply-times"}),
        (
            "she wants an introduction to my contacts before we know each other",
            {"asked-too-soon", "how-to-introduce", "when-to-introduce", "unspoken-access", "repair-access", "agree-access"},
        ),
        (
            "are you thinking about suicide, how do I ask",
            {c.stem for c in (Settings().guidance_dir / "cards").glob("*ask*suicide*.md")} | {"ask-about-suicide"},
        ),
    ],
)
def test_search_finds_what_a_mentor_means(guidance, query, among):
    found = [h.id for h in guidance.search(query, limit=8)]
    assert set(found) & among, found


@pytest.mark.parametrize("query", ["best pizza in Naples", "how do I renew my passport", "fix a Python segfault", "", "  "])
def test_search_refuses_what_it_knows_nothing_about(guidance, query):
    assert guidance.search(query) == ()


def test_filters_leave_only_what_serves(guidance):
    by_id = {c.id: c for c in guidance.cards}
    for hit in guidance.search("he hurt himself", audience="adult", stage="trust"):
        assert "adult" in by_id[hit.id].audience
        assert {"any", "trust"} & set(by_id[hit.id].stages)


def test_only_cards_of_a_label_and_no_label_that_is_none(guidance):
    hits = guidance.search("she has gone quiet since March", label="expectation.pace")
    by_id = {c.id: c for c in guidance.cards}
    assert hits and all("expectation.pace" in by_id[h.id].labels for h in hits)
    with pytest.raises(UnknownValue, match=r"expectation\.pace"):
        guidance.search("she has gone quiet", label="expectation.pase")


def test_a_result_says_why_it_came(guidance):
    query = "My mentee has gone quiet since the layoffs, no reply to two messages"
    by_id = {c.id: c for c in guidance.cards}
    for hit in guidance.search(query):
        card = by_id[hit.id]
        said = " ".join((card.title, card.situation, card.practice, card.passage, *card.heard))
        assert hit.why.like and hit.why.like.rstrip("…") in said
        assert set(hit.why.words) <= set(query.lower().replace(",", "").split())
        assert all(tokens(word)[0] in tokens(" ".join((said, *card.ask, *card.do, *card.avoid))) for word in hit.why.words)
    assert any(hit.why.words for hit in guidance.search(query))


def test_a_minor_gets_cards_for_the_young(guidance):
    by_id = {c.id: c for c in guidance.cards}
    for label in LABELS:
        card = guidance.card_for(label, "he told me at the club", Note("n", "x", minor=True))
        assert card is not None
        assert label in card.labels
        assert "youth" in by_id[card.id].audience or not any(label in c.labels and "youth" in c.audience for c in guidance.cards)


def test_an_unknown_card_is_told(guidance):
    with pytest.raises(UnknownValue):
        guidance.hit("no-such-card")


def test_a_stale_index_is_rebuilt_and_a_damaged_one_is_told(guidance, tmp_path):
    cards = guidance.cards[:3]
    made = index.build(cards, guidance.encoder)
    mark = index.fingerprint(cards, guidance.encoder.name)
    index.save(made, tmp_path, mark)
    assert index.load(tmp_path, mark) is not None
    assert index.load(tmp_path, index.fingerprint(guidance.cards[:2], guidance.encoder.name)) is None
    (tmp_path / "vectors.npz").write_bytes(b"damaged")
    with pytest.raises(ModelError, match="coach index build"):
        index.load(tmp_path, mark)


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ('id = "gone', 'id = "gine', "not the file's name"),
        ("+++\n", "---\n", "front matter"),
        ("## Good practice", "## Practice", "Good practice"),
        ("labels = [", 'labels = ["distress.weather", ', "distress.weather"),
        ("sources = [", 'sources = ["NOBODY", ', "NOBODY"),
        ("title = ", "name = ", "title is missing"),
    ],
)
def test_a_fault_in_a_card_names_file_and_reason(tmp_path, old, new, reason):
    folder = Settings().guidance_dir
    (tmp_path / "cards").mkdir()
    shutil.copy(folder / "sources.toml", tmp_path)
    name = next(p.name for p in sorted((folder / "cards").glob("gone*.md")))
    text = (folder / "cards" / name).read_text(encoding="utf-8")
    assert old in text
    (tmp_path / "cards" / name).write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(ContentError, match=f"{name}.*{reason}"):
        load_cards(tmp_path)


@pytest.mark.parametrize(
    "alike",
    [
        "The meetings, meeting, meet",
        "promised promises promise",
        "stopped stopping stops stop",
        "tries tried try",
        "class classes",
    ],
)
def test_words_are_stemmed_alike(alike):
    assert len(set(tokens(alike))) == 1


def test_words_that_differ_stay_apart():
    assert len(set(tokens("calling calm call pass passport mentee mentor"))) == 6


def test_the_search_is_as_good_as_the_readme_says(guidance):
    found = evaluate(guidance, load_queries(Settings().guidance_dir / "queries.jsonl"))
    hybrid = found["hybrid"]
    assert hybrid.ndcg10 > max(0.74, found["dense"].ndcg10, found["bm25"].ndcg10)
    assert min(hybrid.refused, hybrid.answered) >= 0.97


@pytest.mark.parametrize(
    ("label", "quote", "never"),
    [
        ("distress.grief", "bit quiet since his nan's funeral", "bereaved-by-suicide"),
        ("expectation.access", "hoping you'd have introduced me to Helen at the fund by now", "who-gets-sponsored"),
    ],
)
def test_a_card_of_another_matter_is_not_cited(require, label, quote, never):
    require("encoder")
    card = build_guidance(Settings()).card_for(label, quote, Note("n", quote))
    assert card is not None and label in card.labels and card.id != never


def test_a_card_about_somebody_else_is_not_cited_for_the_mentee():
    guidance = build_guidance(Settings())
    quote = "She said she's just a weight on everyone and that her flatmates would be better off if she wasn't around"
    pick = guidance.picker(Note("n", quote))
    theirs, hers = pick("distress.suicide", quote, "other"), pick("distress.suicide", quote, "mentee")
    assert theirs.about in ("any", "other")
    assert hers.about == "any"
    assert pick("distress.overwhelm", "I am at the end of my rope", "mentor").about in ("any", "mentor")


def test_a_card_for_what_is_over_is_never_picked_for_what_holds_now() -> None:
    guidance = build_guidance(Settings())
    quote = "He said that he tried to end his life once and wants to again"
    (over,) = [c for c in guidance.cards if c.over]
    for label in over.labels:
        picked = guidance.card_for(label, quote, Note("n", quote))
        assert picked is not None and not picked.over
