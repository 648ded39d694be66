"""Assertion and person by cues: the cases that the labelling guide decides, each with the finding in double square brackets."""

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coach.detect.assertion import CueJudge, Judgement
from coach.errors import ContentError
from coach.taxonomy import ABOUT, ASSERTIONS
from coach.values import Sentence

ROOT = Path(__file__).resolve().parents[2]
JUDGE = CueJudge(ROOT / "indexes" / "cues")


def judge(marked: str, label: str, before: str = "", speaker: str | None = None, after: str = "") -> Judgement:
    """Judge the words in [[ ]] of one sentence; `before` is the sentence before, `after` the text that follows."""
    left, _, rest = marked.partition("[[")
    inside, _, right = rest.partition("]]")
    lead = before + " " if before else ""
    text = lead + left + inside + right + after
    sentence = Sentence(len(lead), len(text) - len(after), left + inside + right, speaker)
    earlier = Sentence(0, len(before), before) if before else None
    start = len(lead) + len(left)
    return JUDGE.judge(text, sentence, earlier, start, start + len(inside), f"distress.{label}")


ASSERTED = [
    # a direct question answered no
    ("I asked if he had [[thoughts of suicide]]. ", "suicide", "negated", "He said no, straight out"),
    ("any [[thoughts of harming himself]]? - No", "self_harm", "negated", ""),
    ("Asked about [[hurting herself]], she said no.", "self_harm", "negated", ""),
    ("I asked whether she wanted to [[die]] and she shook her head.", "suicide", "negated", ""),
    ("[[Thoughts of ending her life]]: No", "suicide", "negated", ""),
    ("I asked was she thinking of [[killing herself]] and she said yes.", "suicide", "present", ""),
    # plain denials
    ("No [[thoughts of suicide]], I asked directly.", "suicide", "negated", ""),
    ("Denies [[self-harm]].", "self_harm", "negated", ""),
    ("He is not [[suicidal]].", "suicide", "negated", ""),
    ("She has never [[thought of killing herself]].", "suicide", "negated", ""),
    ("The marks have nothing to do with [[hurting herself]].", "self_harm", "negated", ""),
    ("It wasn't about wanting to [[die]], he said.", "suicide", "negated", ""),
    ("She doesn't [[want to die]], she wants to sleep.", "suicide", "negated", ""),
    ("[[She isn't anxious about the viva.]]", "anxiety", "negated", ""),
    ("[[Sleeping well, eating fine.]]", "sleep_body", "negated", ""),
    # a negation inside the trouble, and other traps
    ("He [[can't stop thinking about dying]].", "suicide", "present", ""),
    ("She sees no [[reason to live]].", "suicide", "present", ""),
    ("He [[doesn't want to live]] any more.", "suicide", "present", ""),
    ("She's [[not sure she can keep going]].", "hopelessness", "present", ""),
    ("Not only does she [[want to die]], she has told her sister.", "suicide", "present", ""),
    ("He hasn't told anyone that he [[wants to die]].", "suicide", "present", ""),
    ("[[She hasn't slept in a week.]]", "sleep_body", "present", ""),
    ("She no longer [[thinks of suicide]].", "suicide", "past", ""),
    # a denial ends at but, though, a semicolon
    ("No thoughts of suicide but he is [[cutting]] again.", "self_harm", "present", ""),
    ("No [[thoughts of suicide]] but he is cutting again.", "suicide", "negated", ""),
    ("Denies self-harm; she [[wants to die]] most nights.", "suicide", "present", ""),
    # the past, and the recent past
    ("He used to [[cut himself]].", "self_harm", "past", ""),
    ("Back in first year she [[thought of suicide]].", "suicide", "past", ""),
    ("She was [[cutting]] two years ago.", "self_harm", "past", ""),
    ("As a teenager he [[wanted to die]].", "suicide", "past", ""),
    ("She [[cut herself]] after her divorce in 2019.", "self_harm", "past", ""),
    ("He [[doesn't get panic attacks any more]].", "anxiety", "past", ""),
    ("Her cousin [[took her own life]] on Monday.", "suicide", "past", ""),
    ("She [[cut herself]] last night.", "self_harm", "present", ""),
    ("He [[thought about suicide]] last week.", "suicide", "present", ""),
    ("He has been [[cutting himself]] since March.", "self_harm", "present", ""),
    ("A mate on his wing [[tried to end it]] last night.", "suicide", "present", ""),
    # what is conditional, feared or taught
    ("If she ever felt like [[ending it]] she would ring me.", "suicide", "hypothetical", ""),
    ("I'm worried that he might [[start hurting himself]] again.", "self_harm", "hypothetical", ""),
    ("The training covers what to do if a kid says they want to [[die]].", "suicide", "hypothetical", ""),
    ("Policy says: if a kid talks of [[suicide]], ring the lead.", "suicide", "hypothetical", ""),
    ("[[If the hours go she would lose the flat.]]", "money", "hypothetical", ""),
    # a conditional threat is held now
    ('"If they deport me I\'d [[do something stupid]]," he said.', "suicide", "present", ""),
    ('"If he comes near her again I\'ll [[break his legs]]," he said.', "harm_to_others", "present", ""),
]


ADMITTED = [
    ("[[She said \"sometimes, at night\" but that she hasn't got a plan and wouldn't do that to her brother.]]", "present"),
    ("[[He said now and then, no plan though.]]", "present"),
    ("[[She nodded, then said she would never do it.]]", "present"),
    ('[["Most nights," he told me, "but I\'d not act on it."]]', "present"),
    ("[[Said yes, on and off, not today.]]", "present"),
    ('She said "sometimes, at night" but [[she hasn\'t got a plan]].', "negated"),
    ("[[He said no, sometimes he just gets low.]]", "negated"),
    ("[[She said no, never.]]", "negated"),
]


@pytest.mark.parametrize(("marked", "assertion"), ADMITTED)
def test_a_denied_plan_takes_back_no_admitted_thoughts(marked, assertion):
    found = judge(marked, "suicide", before="I asked her straight whether she was thinking about suicide.")
    assert found.assertion == assertion


@pytest.mark.parametrize(("marked", "label", "expected", "after"), ASSERTED)
def test_assertion(marked: str, label: str, expected: str, after: str) -> None:
    found = judge(marked, label, after=after)
    assert found.assertion == expected, found
    assert 0 < found.certain <= 1
    assert found.cue or expected == "present"


@pytest.mark.parametrize(
    ("marked", "label", "expected"),
    [
        ("[[no man, just angry]]", "anger", "present"),
        ("He isn't low, he says, [[only stressed out]].", "overwhelm", "present"),
        ("[[He said no, just tired]].", "anger", "negated"),
        ("[[He's not angry, just tired]].", "anger", "negated"),
    ],
)
def test_no_just_grants_what_comes_after_it(marked: str, label: str, expected: str) -> None:
    assert judge(marked, label, before="I asked him straight whether he was angry or worse.").assertion == expected


def test_a_bare_no_needs_the_question_before_it() -> None:
    assert judge("[[He said no, tryna sleep]].", "suicide", "I asked was he thinking of suicide?").assertion == "negated"
    assert judge("[[He said no]].", "suicide", "Asked if he was ok.").assertion == "present"


@pytest.mark.parametrize(
    ("marked", "label", "about", "who"),
    [
        ("She [[wants to die]].", "suicide", "mentee", None),
        ("Her sister [[wants to die]].", "suicide", "other", "Her sister"),
        ("Someone on her course [[has panic attacks]].", "anxiety", "other", "Someone on her course"),
        ("A lad in his unit [[cut himself]] on Friday.", "self_harm", "other", None),
        ("His brother [[threatened to stab]] the landlord.", "harm_to_others", "other", "His brother"),
        ("His father says he is [[cutting himself]].", "self_harm", "mentee", None),
        ("She told her sister she [[wants to die]].", "suicide", "mentee", None),
        ("[[I haven't slept in a week]] and it shows in these notes.", "sleep_body", "mentor", None),
        ("[[I cried in the car]] afterwards.", "low_mood", "mentor", None),
        ('"I [[want to die]]," she said.', "suicide", "mentee", None),
        ("“I can't cope. I [[want to die]],” he wrote.", "suicide", "mentee", None),
        ("I asked him straight and he [[wants to die]].", "suicide", "mentee", None),
        ("Her uncle [[hits her]].", "harm_from_others", "mentee", None),
        ("Her stepdad [[hits her little brother]].", "harm_from_others", "other", "her little brother"),
    ],
)
def test_whose_it_is(marked: str, label: str, about: str, who: str | None) -> None:
    found = judge(marked, label)
    assert found.about == about, found
    assert about != "other" or found.who
    assert who is None or found.who == who, found


@pytest.mark.parametrize(
    ("speaker", "about"), [("DARIUS", "mentee"), ("Me", "mentor"), ("ME", "mentor"), ("I", "mentor"), (None, "mentor")]
)
def test_the_first_person_of_a_transcript_is_its_speaker(speaker: str | None, about: str) -> None:
    assert judge("[[I haven't slept]] since Sunday.", "sleep_body", speaker=speaker).about == about


@pytest.mark.parametrize(
    ("name", "content", "fault"),
    [
        ("en.toml", "[negated", "en.toml: not valid TOML"),
        ("en.toml", "[maybe]\nbefore = ['x']", "unknown section \\[maybe\\]"),
        ("en.toml", "[negated]\nbeyond = ['x']", "\\[negated\\] has no 'beyond'"),
        ("en.toml", "[core]\nsadness = ['x']", "\\[core\\] has no 'sadness'"),
        ("en.toml", "[negated]\nbefore = ['(x']", "\\[negated\\] before: '\\(x': "),
        ("en.toml", "[negated]\nbefore = ['<they>']", "<they> is not in \\[sets\\]"),
        ("en.toml", "[negated]\nbefore = 'x'", "must be a list"),
        ("en.toml", "[negated]\nbefore = ['x']", "\\[past\\] before is missing"),
        ("fr.toml", "", "fr.toml: \\[negated\\] before is missing"),
        ("readme.md", "", "en.toml is missing"),
    ],
)
def test_a_faulty_file_is_refused(tmp_path: Path, name: str, content: str, fault: str) -> None:
    (tmp_path / name).write_text(content, encoding="utf-8")
    with pytest.raises(ContentError, match=fault):
        CueJudge(tmp_path)


@given(
    st.text(max_size=300),
    st.integers(0, 300),
    st.integers(0, 300),
    st.sampled_from(["suicide", "sleep_body", "harm_from_others"]),
)
def test_any_text_is_judged(text: str, a: int, b: int, label: str) -> None:
    start, end = sorted((min(a, len(text)), min(b, len(text))))
    found = JUDGE.judge(text, Sentence(0, len(text), text), None, start, end, f"distress.{label}")
    assert found.assertion in ASSERTIONS and found.about in ABOUT and 0 < found.certain <= 1


@pytest.mark.parametrize("unit", ["no if ", "was not ", "her brother ", "a" * 40, "I asked if he would, ", '"', "if she ", "  "])
def test_a_judgement_takes_the_same_time_in_a_text_of_any_length(unit: str) -> None:
    def cost(length: int) -> float:
        text = (unit * length)[:length]
        sentence = Sentence(0, length, text)
        best = 1.0
        for _ in range(3):
            start = time.process_time()
            JUDGE.judge(text, sentence, None, length // 2, length // 2 + 20, "distress.suicide")
            best = min(best, time.process_time() - start)
        return best

    assert cost(400_000) < 0.05 + 10 * cost(2_000)
