"""Whose trouble it is, for advice: the mentor's own load, a friend's danger, the speakers of a transcript; else as it was heard."""

import pytest

from coach.advise import told
from coach.advise.chosen import near_child
from coach.advise.whose import as_told
from coach.settings import Settings
from coach.text.sentences import split
from coach.values import Note
from tests.signals import signal

CUES = told.load(Settings().wording_dir / "told.toml")
FRIEND = (
    "Call with Mateo. His friend Jonah from upstairs has been texting him goodbye sort of messages. "
    "This morning Jonah wrote that he doesn't want to be here. Mateo sat up all night."
)
SHOP = (
    "[00:01] Mentor: Hello Wanjiru.\n[00:02] Wanjiru: You told Mr. Otieno about it.\n"
    "[00:03] Mentor: I mentioned your next step. I see myself as a listener.\n[00:04] Wanjiru: I lay awake over it."
)


@pytest.mark.parametrize(
    ("text", "words", "label", "about"),
    [
        ("Four mentees now, plus the day job.", "Four mentees now", "distress.overwhelm", "mentor"),
        ("She's fine. It's me. Cancelled on Bríd twice.", "Cancelled on Bríd twice", "relationship.missed_meetings", "mentor"),
        ("It's me. Not sleeping. She hasn't slept in weeks.", "She hasn't slept in weeks", "distress.sleep_body", "mentee"),
        ("It's me.\n\nCancelled twice again.", "Cancelled twice again", "relationship.missed_meetings", "mentee"),
        ("It's me. Aoife is worn out as well.", "worn out", "distress.overwhelm", "mentee"),
        ("Cancelled on Bríd twice.", "Cancelled on Bríd twice", "relationship.missed_meetings", "mentee"),
        ("It's me. Thinking of ending it.", "Thinking of ending it", "distress.suicide", "mentee"),
        ("I've sent her nineteen emails.", "I've sent her nineteen emails", "relationship.over_contact", "mentor"),
        ("I let slip to his boss that he's looking.", "I let slip to his boss", "relationship.confidence_breach", "mentor"),
        ("I've been late for our last three.", "I've been late for our last three", "relationship.missed_meetings", "mentor"),
        ("I asked, he was late again.", "he was late again", "relationship.missed_meetings", "mentee"),
        ("I answered with hearts.", "I answered with hearts", "relationship.over_familiar", "mentor"),
        ("I told him I'd ring. His stepdad threw a plate last week.", "threw a plate", "distress.harm_from_others", "mentee"),
        (FRIEND, "goodbye sort of messages", "distress.suicide", "other"),
        (FRIEND, "doesn't want to be here", "distress.suicide", "mentee"),
        (FRIEND, "sat up all night", "distress.sleep_body", "mentee"),
        ("His sister told her that he wants to die.", "wants to die", "distress.suicide", "mentee"),
        ("His friend Jonah told me he wants to die.", "wants to die", "distress.suicide", "mentee"),
        (SHOP, "You told Mr. Otieno about it", "relationship.confidence_breach", "mentor"),
        (SHOP, "I mentioned your next step", "relationship.confidence_breach", "mentor"),
        (SHOP, "I see myself as a listener", "distress.lost_confidence", "mentor"),
        (SHOP, "I lay awake over it", "distress.sleep_body", "mentee"),
        (SHOP.replace("Mentor", "Ruth"), "You told Mr. Otieno about it", "relationship.confidence_breach", "mentee"),
        ("Me: Hi.\nSam: Hi.\nMe: I heard you'd been crying.\nSam: Yes.", "you'd been crying", "distress.low_mood", "mentee"),
        ("Her ex sent her a picture of her own gate.", "a picture of her own gate", "distress.harm_from_others", "mentee"),
    ],
)
def test_whose_it_is(text, words, label, about):
    note = Note("n", text)
    (made,) = as_told(note, [signal(note, words, label)], split(text), CUES)
    assert made.about == about


def test_a_friend_who_is_known_to_be_in_danger_is_known_again_by_name():
    note = Note("n", FRIEND)
    found = [signal(note, w, "distress.suicide") for w in ("goodbye sort of messages", "doesn't want to be here")]
    made = as_told(note, found, split(note.text), CUES)
    assert [(s.about, s.who) for s in made] == [("other", "Jonah")] * 2
    assert [s.quote for s in made] == [s.quote for s in found]


def test_what_was_heard_as_anothers_or_the_mentors_stays():
    note = Note("n", "Four mentees now. His friend Jonah has been texting him goodbyes.")
    found = [
        signal(note, "Four mentees now", "distress.overwhelm", about="other"),
        signal(note, "texting him goodbyes", "distress.suicide", about="mentor"),
    ]
    assert list(as_told(note, found, split(note.text), CUES)) == found


MARIT = "Third coffee with Marit. Her brother rang from the halls. "
SEAN = "Met Sean. His sister rang him on Sunday. "


@pytest.mark.parametrize(
    ("text", "words", "label", "about"),
    [
        (
            MARIT + "He's 19, and he keeps telling her they'd do better if he wasn't around.",
            "if he wasn't around",
            "suicide",
            "other",
        ),
        (MARIT + "He says he wants to die.", "He says he wants to die", "suicide", "other"),
        (MARIT + "He said she wants to die.", "she wants to die", "suicide", "mentee"),
        (MARIT + "She told him she wants to die.", "She told him she wants to die", "suicide", "mentee"),
        (MARIT + "They talked. It rained. We read. He wants to die.", "He wants to die", "suicide", "mentee"),
        (MARIT + "He hits her.", "He hits her", "harm_from_others", "mentee"),
        (MARIT + "He says he'll stab him.", "he'll stab him", "harm_to_others", "other"),
        (SEAN + "She says she wants to die.", "she wants to die", "suicide", "other"),
        (SEAN + "He says he wants to die.", "he wants to die", "suicide", "mentee"),
        ("Met Sean, he was low. Her brother came by. He wants to die.", "He wants to die", "suicide", "mentee"),
        ("Her sister rang. She wants to die.", "She wants to die", "suicide", "mentee"),
        ("Her brother's car. He wants to die.", "He wants to die", "suicide", "mentee"),
        ("Sam: Her brother rang. He wants to die.\nMe: Oh.\nSam: Yes.\nMe: Hm.", "He wants to die", "suicide", "mentee"),
        ("Her dad says he's just a burden.", "he's just a burden", "hopelessness", "other"),
        ("Her dad says she's just a burden.", "she's just a burden", "hopelessness", "mentee"),
        ("Her friend says she wants to die.", "she wants to die", "suicide", "mentee"),
        ("His mum told him he wants to die.", "he wants to die", "suicide", "mentee"),
        ("At the end he said his mate Luke told him he can't go on.", "he can't go on", "suicide", "other"),
        ("He wants to die, he said his mate told him off.", "He wants to die", "suicide", "mentee"),
    ],
)
def test_a_relative_who_was_brought_in_is_the_one_whom_he_or_she_means(text, words, label, about):
    note = Note("n", text)
    (made,) = as_told(note, [signal(note, words, f"distress.{label}")], split(text), CUES)
    assert made.about == about


TEO = "We met at the yard. His younger sister (15) stays with him since June. "


@pytest.mark.parametrize(
    ("text", "words", "about", "child"),
    [
        (TEO + "She told him the neighbour touched her leg.", "touched her leg", "other", True),
        (TEO + "She was followed home twice.", "She was followed home", "other", True),
        (
            "His wee sister (11) is at their gran's. She told him he'd grabbed her by the arm and locked her in.",
            "grabbed her by the arm",
            "other",
            True,
        ),
        (TEO + "She hit him with the charger.", "She hit him", "mentee", False),
        (TEO + "Their uncle shoved him down the stairs.", "shoved him", "mentee", False),
        (TEO + "She threw a plate.", "threw a plate", "mentee", False),
        ("Her brother Ivo, 9, came along. The stepdad hits him.", "hits him", "other", True),
        ("Her brother came along. The stepdad hits him.", "hits him", "other", False),
        ("Her brother, 24 now, came along. The landlord threatened him.", "threatened him", "other", False),
        ("Her brother is 3 years older. The stepdad hits him.", "hits him", "other", False),
        ("Her brother, 3 times now, came along. The stepdad hits him.", "hits him", "other", False),
        ("She is low. His sister (15) called. The neighbour touched her.", "touched her", "mentee", False),
    ],
)
def test_what_is_done_to_a_relative_who_was_brought_in_is_theirs(text, words, about, child):
    note = Note("n", text)
    (made,) = as_told(note, [signal(note, words, "distress.harm_from_others")], split(text), CUES)
    assert (made.about, bool(near_child(made, note))) == (about, child)


@pytest.mark.parametrize(
    ("text", "words", "label", "minor", "becomes"),
    [
        ("He's raging that she lets him smack their lad.", "He's raging", "anger", None, ("distress.harm_from_others", "other")),
        ("Her ex hits the kids.", "hits the kids", "harm_to_others", False, ("distress.harm_from_others", "other")),
        ("The child's stepdad beats her.", "beats her", "harm_from_others", None, ("distress.harm_from_others", "other")),
        ("My dad hits the kids.", "hits the kids", "harm_from_others", True, ("distress.harm_from_others", "mentee")),
        ("He's raging that he hit a deer.", "He's raging", "anger", None, ("distress.anger", "mentee")),
        ("He wants to die since she hits the kids.", "wants to die", "suicide", None, ("distress.suicide", "mentee")),
    ],
)
def test_where_a_child_is_struck_that_comes_first(text, words, label, minor, becomes):
    note = Note("n", text, None, minor)
    (made,) = as_told(note, [signal(note, words, f"distress.{label}")], split(text), CUES)
    assert (made.label, made.about) == becomes


def test_after_a_friends_goodbye_it_is_the_friend_who_is_silent():
    note = Note("n", "Her housemate texted goodbye. She knocked and there was no answer.")
    silent = signal(note, "there was no answer", "relationship.gone_dark")
    theirs = signal(note, "texted goodbye", "distress.suicide", about="other")
    mine = signal(note, "texted goodbye", "distress.suicide")
    for found, about in ((theirs, "other"), (mine, "mentee")):
        assert as_told(note, [found, silent], split(note.text), CUES)[1].about == about
    assert as_told(note, [silent], split(note.text), CUES)[0].about == "mentee"


@pytest.mark.parametrize(
    ("text", "about"),
    [
        ("His stepdad threw a plate last week and he's been at his cousin's.", "mentee"),
        ("Her husband took her phone again.", "mentee"),
        ("Her dad hit her sister on Sunday.", "other"),
        ("Her brother punched Amir at the bus stop.", "other"),
        ("The stepdad of a boy in her class threw a plate.", "other"),
    ],
)
def test_harm_done_at_home_to_nobody_else_who_is_named_is_the_mentees(text, about):
    note = Note("n", text)
    found = signal(note, text.rstrip("."), "distress.harm_from_others", about="other")
    (told_again,) = as_told(note, [found], split(text), CUES)
    assert told_again.about == about
