"""What a note tells beside its signals: done already, back again, gone well; and what of it is only planned, feared or somebody else's."""

import shutil

import pytest

from coach import tables
from coach.advise import told
from coach.advise.next_steps import NextSteps
from coach.errors import ContentError
from coach.settings import Settings
from coach.text.sentences import split
from coach.values import Note
from tests.security.test_redos import SENTENCE, SQUARE, slow_ones
from tests.signals import signal

PATH = Settings().wording_dir / "told.toml"


@pytest.fixture(scope="module")
def cues():
    return told.load(PATH)


@pytest.mark.parametrize(
    ("text", "done"),
    [
        ("I told the coordinator at five.", {"staff"}),
        ("Rang safeguarding straight after.", {"staff"}),
        ("I have emailed the programme lead about it.", {"staff"}),
        ("J'ai appelé la coordonnatrice à 17 h 10.", {"staff"}),
        ("I'll call the coordinator tomorrow.", set()),
        ("I should have told the coordinator.", set()),
        ("I have to call safeguarding.", set()),
        ("She asked me whether I told staff.", set()),
        ("She told the coordinator.", set()),
        ("He begged me not to tell staff.", set()),
        ("I've told her the programme's end is the 31st.", set()),
        ("We called the police from the office of the ward sister.", set()),
        ("I've let Donna in the office know.", {"staff"}),
        ("Odessa asked for me by name, the coordinator told me.", set()),
        ("Coordinator told at ten to eight.", {"staff"}),
        ("Called Ms. Tate at the office.", {"staff"}),
        ("Told Priya from the program.", {"staff"}),
        ("Emailed our coordinator Dee.", {"staff"}),
        ("I walked her home and called Ms Tate at the office.", {"staff"}),
        ("Walked him to the bus, then rang Dee, our coordinator.", {"staff"}),
        ("I've emailed Dee (our coordinator).", {"staff"}),
        ("I spoke to Mr Osei, who runs the mentoring.", {"staff"}),
        ("I let Dee at the mentoring office know.", {"staff"}),
        ("J'ai appelé Mme Tate au bureau du programme.", {"staff"}),
        ("J'ai prévenu Julie, notre coordonnatrice.", {"staff"}),
        ("I called Ms. Tate.", set()),
        ("I called Priya.", set()),
        ("I told Priya from work.", set()),
        ("I rang Dee, his sister.", set()),
        ("I called her boss at the office.", set()),
        ("She called Ms. Tate at the office.", set()),
        ("He cried and called Ms. Tate at the office.", set()),
        ("I asked and she told Priya from the program.", set()),
        ("I will call Ms. Tate at the office.", set()),
        ("I should have told Priya from the program.", set()),
        ("I haven't told Priya from the program.", {"hidden"}),
        ("I told Ms. Tate at the office party about my holiday.", set()),
        ("I told Tom the programme's end is May.", set()),
        ("Dee from the program called me.", set()),
        ("J'ai appelé Julie.", set()),
        ("Walked her to the wellbeing desk, they saw her at 5.15.", {"help"}),
        ("The nurse saw him within the hour.", {"help"}),
        ("We rang the crisis line together.", {"help"}),
        ("She refused when I said we'd go, and never called the crisis line.", set()),
        ("We agreed he goes to the don on his floor straight after our call.", {"spot"}),
        ("She has an appointment with her doctor on the 9th, made it herself.", {"doctor"}),
        ("He's been seeing a counsellor since May.", {"doctor"}),
        ("She wants to see a doctor.", set()),
        ("She'll see the EAP on Thursday at noon.", {"doctor"}),
        ("She'll see a doctor if it goes on.", set()),
        ("Crisis team's on the phone to them both.", {"help"}),
        ("Walked to the counselling drop-in with him.", {"help"}),
        ("Are you thinking about killing yourself?", {"asked"}),
        ("No wish to die, asked.", {"asked"}),
        ("I rang her, asked her directly if she's thinking of killing herself.", {"asked"}),
        ("I asked straight out whether she was thinking about suicide.", {"asked"}),
        ("I didn't ask whether she was thinking about suicide.", set()),
        ("She asked me about suicide in the news.", set()),
        ("I gave her the number of the student hardship fund.", {"advice"}),
        ("I don't want to let the programme down so I've said nothing.", {"hidden"}),
        ("I haven't told anyone.", {"hidden"}),
        ("She said sorry, I said nothing to be sorry for.", set()),
        ("Too much salt, and I said nothing.", set()),
    ],
)
def test_what_was_done_is_heard_and_what_was_not_is_not(cues, text, done):
    assert cues.told(split(text)).done == done


def test_in_a_transcript_only_the_mentors_own_words_tell_what_the_mentor_did(cues):
    assert cues.told(split("Me: Hello.\nSam: I told the coordinator.\nMe: Good.\nSam: Yes.")).done == frozenset()
    assert cues.told(split("Me: I told the coordinator.\nSam: Good.\nMe: Yes.\nSam: Hm.")).done == {"staff"}


@pytest.mark.parametrize(
    ("text", "kin"),
    [
        ("Dad's back.", {"father"}),
        ("Her ex has moved back in.", {"partner"}),
        ("Mum's boyfriend is back again since Friday.", {"partner"}),
        ("He's back home since Friday.", set()),
        ("Her brother lives there again.", {"brother"}),
        ("His stepdad was let out last week.", {"father"}),
        ("His dad's back hurts.", None),
        ("His dad's back from work at six.", None),
        ("He's back on the tools.", None),
        ("Her dad's back from the mine on pension.", None),
        ("Her dad's back from prison.", {"father"}),
        ("She was back in front of the class on Monday.", None),
        ("She is back at college.", None),
        ("I'd worry if his dad's back.", None),
        ("Dad won't be coming, and he isn't back home.", None),
    ],
)
def test_who_is_back_is_heard(cues, text, kin):
    back = cues.told(split(text)).back
    assert [b.kin for b in back] == ([] if kin is None else [frozenset(kin)])


@pytest.mark.parametrize(
    ("text", "good"),
    [
        ("Quiet. She booked it herself.", "She booked it herself."),
        ("She said she was glad somebody asked.", "She said she was glad somebody asked."),
        ("He asked if we could just do this again next week.", "He asked if we could just do this again next week."),
        ("She lives on her own.", None),
        ("He didn't do it himself.", None),
        ("His gran passed on Sunday.", None),
        ("She passed her first exam.", "She passed her first exam."),
        ("He called himself a waste of space.", None),
    ],
)
def test_what_went_well_is_heard(cues, text, good):
    assert cues.told(split(text)).good == good


def test_a_short_quote_is_widened_to_its_sentence_and_no_further():
    note = Note("n", "Rent is fine. Some days she stays in bed because what's the point.\nNext: Tuesday.")
    assert told.around(note, signal(note, "what's the point", "distress.hopelessness")) == (
        "Some days she stays in bed because what's the point"
    )


@pytest.mark.parametrize(("old", "new"), [("staff = [", "stuff = ["), ("back = [", "bakc = ["), ("\\\\bmentees now", "(mentees")])
def test_a_fault_in_the_cues_names_the_file(tmp_path, old, new):
    shutil.copy(PATH, tmp_path)
    path = tmp_path / "told.toml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(ContentError, match=r"told\.toml: "):
        told.load(path)


def test_no_cue_of_it_explodes():
    data = tables.read(PATH)
    lists = {**data.pop("done"), **data.pop("people"), **data.pop("mine"), **data}
    single = ((f"told/{name}[{n}]", told._any([e])) for name, found in lists.items() for n, e in enumerate(found))
    walked, slow = slow_ones(single, SENTENCE, 0.01, 6, SQUARE)
    assert walked > 30 and not slow, slow


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("She ran the whole rehearsal without me in the room. Next week the autumn pieces.", True),
        ("She stopped the altos and began again. In March she wouldn't have dared to.", True),
        ("We moved the meeting to Friday. Tea and biscuits.", False),
        ("He wouldn't have asked, he said, but for the rent.", False),
    ],
)
def test_what_went_well_stands_alone_where_nothing_else_is_said(cues, text, named):
    made = NextSteps(Settings().wording_dir)
    note = Note("n", text)
    steps = made.compose(note, [], "none", (), lambda *_: None, cues.told(split(text)))
    assert len(steps) == named
    assert all("You wrote “" in step.text and step.kind in ("do", "ask") for step in steps)
    assert not made.compose(note, [], "none", (), lambda *_: None)
