"""Wording said sideways (indexes/phrases/indirect.en.toml): look-alikes that it must leave alone, and what the cues and the floor make of it."""

import pytest

import coach
from coach.assess.ladder import triage
from coach.detect.assertion import CueJudge
from coach.detect.backing import bears_out
from coach.detect.patterns import words
from coach.detect.phrases import PhraseDetector
from coach.settings import ROOT
from coach.taxonomy import GRAVE, About
from coach.values import Note, Sentence
from tests.signals import reading, signal

DETECTOR = PhraseDetector(ROOT / "indexes" / "phrases")
JUDGE = CueJudge(ROOT / "indexes" / "cues")
LOOK_ALIKES = [
    "I've checked out of life at this company, she joked, six weeks to go.",
    "He logged out forever after the server move.",
    "She was gutted she woke up late for the interview.",
    "He asked to be taken off the rota most nights.",
    "It'd be easier for the family if we are not around on Sunday.",
    "It would be better for everyone if he was around more.",
    "He won't see the winter programme until September.",
    "She won't see thirty clients this month.",
    "They will not see Christmas this year as a quiet time.",
    "I don't trust myself with the pitch deck.",
    "He wrote letters for after-school club parents.",
    "Who gets her desk is still open.",
    "She planned her own wedding, not her own funeral, ha.",
    "Nobody should come to the funeral of this project in black.",
    "Now she can go in peace to the holiday.",
    "We are wasting air miles.",
    "Taking up space in the van is the new bench.",
    "He holds his hand over the candle in the play.",
    "She held her hand under the hot tap after the bee sting.",
    "He opens them again when the bad batch is out.",
    "Red lines all along the timetable.",
    "The sleeves hide the microphone lines.",
    "He got a hiding in chess from the twelve-year-old.",
    "That shift kicked the shit out of me.",
    "Took the belt at the regional title, brown next.",
    "Hit the ball with the cane handle.",
    "He shut the dog in the van for an hour.",
    "She tied her to the chair as a prank in drama class.",
    "Put the bins out until the truck comes.",
    "She hides in the bathroom when the phone rings, laughing.",
    "When it rains we hide under the bed of the truck.",
    "He sent her a photo of where he is staying in Lisbon.",
    "She sends him a picture of where she is every lunchtime because he's homesick, they're sweet.",
    "My partner took my phone to the repair shop.",
    "He will not let her sit near the kiln without goggles.",
    "He checks her steps in the proof.",
    "I found a tracker on the project board that helps.",
    "The ex keeps turning up in the data, an extra x.",
    "He said they know where she lives best: by the sea.",
    "She said they know where I live so the parcel came.",
    "I sat outside her flat last night waiting for the locksmith with her.",
    "Email the list to her or it goes to everyone by mistake.",
    "Finish it or they send it to the printers without you.",
    "He edited her photos for the yearbook.",
    "Turn your camera on with no background blur.",
    "They shared a video of me and the robot.",
    "He shared something private of his own.",
    "Someone left a noose on the set after the western.",
    "Call immigration on Monday about the form.",
    "Report police on him? No, report to police on him being missing bike.",
    "He rested his hand on her back as she cried at the grave, she's his sister.",
    "She hears a slap of the waves and the child laughing.",
    "They were hazed by the fog.",
    "He won't be working here much longer, new job in May.",
    "He won't be standing after ten pints.",
    "Next time she will know about it in advance.",
    "We caught him slipping on the wet floor, no injury.",
    "He got the thing under the seat fixed: the heater.",
    "Keeps a tool under the seat of the van for flat tyres.",
    "If she talks to the teacher the kids go home early on Friday.",
    "There is no after-party.",
    "It would be weeks before anyone finds the bug.",
    "Cba living with four flatmates any more.",
    "She's tired of existing on noodles.",
    "He deletes himself from every photo, shy.",
    "Kids count: the boss will kill him if he's late for the funeral tea.",
    "The enemy kills himself and we all cheer.",
    "he is happier when he is around the horses",
    "everyone would be fine if she was around on Monday",
    "He is sorry he was ever born a Leeds fan.",
    "He asked at night to be let go home.",
    "Lord, take me home, we sang at choir.",
]


@pytest.mark.parametrize("text", LOOK_ALIKES)
def test_a_look_alike_is_no_grave_signal(text: str) -> None:
    found = DETECTOR.detect(text, [Sentence(0, len(text), text)])
    assert not [f.rule for f in found if f.label in GRAVE]


@pytest.mark.parametrize(
    ("text", "phrase", "kind", "assertion", "about"),
    [
        ("I ask most nights to be let go as well.", "ask most nights to be let go", "suicide", "present", "mentor"),
        (
            "I sat in the car and thought how nice if the heart just stopped by itself.",
            "nice if the heart just stopped",
            "suicide",
            "present",
            "mentor",
        ),
        (
            "It would be three days before anyone thought to knock, he said.",
            "three days before anyone thought to knock",
            "suicide",
            "present",
            "mentee",
        ),
        (
            'She asked "are you thinking of killing yourself" out loud in the role play.',
            "killing yourself",
            "suicide",
            "hypothetical",
            "mentee",
        ),
        ("She hears the thump and then the little ones' crying stop.", "hears the thump", "harm_from_others", "present", "other"),
    ],
)
def test_the_cues_follow(text: str, phrase: str, kind: str, assertion: str, about: str) -> None:
    start = text.index(phrase)
    found = JUDGE.judge(text, Sentence(0, len(text), text), None, start, start + len(phrase), f"distress.{kind}")
    assert (found.assertion, found.about) == (assertion, about)


@pytest.mark.parametrize(
    ("sentence", "following", "expected"),
    [
        ("Are you thinking about suicide?", "She said no, it's the printer queue.", False),
        ('"Are you thinking about suicide?"', "No, God no.", False),
        ("Are you thinking about suicide?", "No, he said, but he has it all lined up.", True),
        ("Are you thinking about suicide?", "No plan, he said.", True),
        ("Are you thinking about suicide?", "No one would notice, he said.", True),
        ("Are you thinking about suicide?", "Not really, not today.", True),
        ("Are you thinking about suicide?", "He said nothing.", True),
        ("He is thinking about suicide.", "No, I said, stay.", True),
    ],
)
def test_a_question_that_was_answered_no_is_not_present(sentence: str, following: str, expected: bool) -> None:
    assert bears_out("present", "thinking about suicide", sentence, following) is expected


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("Her boss keeps her in the shed.", "urgent"),
        ("Her brother's boss keeps her in the shed. The police have it.", "watch"),
    ],
)
def test_abuse_in_plain_words_is_urgent_whatever_the_reader_says(text: str, level: str) -> None:
    note = Note("n", text)
    about: About = "other" if "brother" in text else "mentee"
    found = signal(note, "keeps her in the shed", "distress.harm_from_others", about=about, explicit=True)
    result = triage([found], reading(), note, full=True)
    assert result.level == level
    assert result.reasons[0].startswith("Harm from others")
    weaker = signal(note, "keeps her in the shed", "distress.harm_from_others", explicit=False)
    assert triage([weaker], reading(), note, full=True).level == "watch"


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("She said her goodbyes. Phone off since.", "emergency"),
        ("Phone off since. Later she came and said her goodbyes.", "urgent"),
        ("She said her goodbyes." + " We did sums." * 40 + " Phone off since.", "urgent"),
    ],
)
def test_a_goodbye_and_then_silence_is_an_emergency(text: str, level: str) -> None:
    note = Note("n", text)
    signals = [
        signal(note, "said her goodbyes", "distress.suicide"),
        signal(note, "Phone off since", "relationship.gone_dark"),
    ]
    assert triage(signals, reading(), note, full=True).level == level


def test_quebec_writes_pus() -> None:
    assert [w.norm for w in words("pus me réveiller")] == ["plus", "me", "reveiller"]


@pytest.mark.parametrize(
    "text",
    [
        "I asked if he was thinking of ending it. He said no, no plan, but then that some mornings he'd be glad not to wake up.",
        "No thoughts of suicide, he says, but he wishes he was dead.",
    ],
)
def test_a_plan_denied_does_not_deny_the_wish_told_after_it(text: str) -> None:
    report = coach.load().analyze(text)
    assert any(s.label == "distress.suicide" and s.assertion == "present" for s in report.signals)
