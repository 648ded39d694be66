"""The splitter: offsets always hold, nothing is lost, and mentors' ways of writing are cut where a reader would."""

import re
import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from coach.text.sentences import LONGEST, split

PIECES = [
    "She is tired. ", "no sleep", "?! ", "... ", "…", "\n", "\r\n", "\r", "\n\n", "- ", "• ", "1. ", "ME: ", "ANA: ", "Ana: ", "10:42 ",
    "👩‍👩‍👧", "e\u0301", "🇨🇦 ", "שלום. ", "\u200f", "مرحبا؟ ", "他很累。", "4.30", " 11.00-12.15 ", "Dr. ", "w/ ", '"ok." ', "“No.” ", "(", ")",
    "\t", "\u00a0", "\u2028", "\x0b", "\x1c", "\u200b", "a" * 300, "word " * 70, ";", " — ", "*", "_", "\x00", "]", "i.",
]  # fmt: skip
TEXTS = st.one_of(
    st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=6)), max_size=30).map("".join),
    st.text(max_size=200),
)
LEFT_OUT = re.compile(r"(?:[\W_]|\d|[xX]|\b[a-z]\))*(?:[^\W\d_][^:\n]{0,90}:)?\s*")
"""What may stand before a sentence on its line: bullets, numbers, clock times, a speaker's label."""


@given(TEXTS)
@settings(max_examples=400, deadline=None)
@example("A\r\n- b\r\nME: c\r\nANA: d. e")
@example("x" * 1000)
@example("word " * 400)
def test_offsets_hold_and_nothing_is_lost(text: str) -> None:
    sentences = split(text)
    here = 0
    for s in sentences:
        assert here <= s.start < s.end <= len(text)
        assert text[s.start : s.end] == s.text == s.text.strip()
        assert len(s.text) <= max(LONGEST, 400)
        _only_marks(text[here : s.start])
        here = s.end
    _only_marks(text[here:])


def _only_marks(gap: str) -> None:
    for line in re.split(r"[\r\n\u2028\u2029\x0b\x0c\x85]", gap):
        assert LEFT_OUT.fullmatch(line.strip()), repr(gap)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Met Ana at 4.30. Room 11.00-12.15, 2.5 cm short.", ["Met Ana at 4.30.", "Room 11.00-12.15, 2.5 cm short."]),
        ("GPA 3.2. Rent $1,250.50. See www.example.org. Ok", ["GPA 3.2.", "Rent $1,250.50.", "See www.example.org.", "Ok"]),
        ("15.40 text from Sian. 15.41 rang x4.\n15.46 mum", ["15.40 text from Sian.", "15.41 rang x4.", "15.46 mum"]),
        ("Fine w/ that b/c the mtg. moved. Dr. Paley, e.g. the lab, left.", 2),
        ("Ask Mr. Singh. J. R. Smith came.", ["Ask Mr. Singh.", "J. R. Smith came."]),
        ("Asked straight, she said no. Later she rang.", ["Asked straight, she said no.", "Later she rang."]),
        ("No. 5 bus was late. Page, p. 31, ch. 2.", ["No. 5 bus was late.", "Page, p. 31, ch. 2."]),
        ("No. I wouldn't.", ["No.", "I wouldn't."]),
        ("Met 45 min. Went thru it. Off for 2 wks. then back.", ["Met 45 min.", "Went thru it.", "Off for 2 wks. then back."]),
        ("On Jan. 5 he left. U.S. visa denied. Ph.D. student.", ["On Jan. 5 he left.", "U.S. visa denied.", "Ph.D. student."]),
        ("Not seen since Mon. same q again", ["Not seen since Mon.", "same q again"]),
        ("Call at 5 p.m. Tomorrow we meet. Ends 6 p.m. on Friday.", ["Call at 5 p.m.", "Tomorrow we meet.", "Ends 6 p.m. on Friday."]),
        ("Bring pens, paper, etc. Next week off.", ["Bring pens, paper, etc.", "Next week off."]),
        ("He said wait... then left. She wasn't sure… but came.", ["He said wait... then left.", "She wasn't sure… but came."]),
        ("Really?! Yes!! ok", ["Really?!", "Yes!!", "ok"]),
        ("no caps here. i asked again. ok", ["no caps here.", "i asked again.", "ok"]),
        ("Hasn't slept.She is tired.", ["Hasn't slept.", "She is tired."]),
        ('She said "I can\'t." Then she laughed.', ['She said "I can\'t."', "Then she laughed."]),
        ('"Fine," he said. “No.” and left.', ['"Fine," he said.', "“No.” and left."]),
        ("- first\n- second. With two.\n* third\n1. fourth\n2) fifth\n[ ] sixth\n• seventh\n→ eighth", 9),
        ("Kayden, 14. Flipped a table. Y10.", ["Kayden, 14.", "Flipped a table.", "Y10."]),
        ("Goals: job\nConcerns: sleep\nNext: call", ["Goals: job", "Concerns: sleep", "Next: call"]),
        ("One line\r\nTwo line\r\n\r\nThree", ["One line", "Two line", "Three"]),
        ("A long talk at the library about all of his plans for the summer and\nhe was tired.", 1),
        ("A long talk at the library about all of his plans for the summer.\nHe was tired.", 2),
        ("مرحبا. كيف حالك؟ بخير.", 3),
        ("他两周没睡好了。他很累！真的吗？", 3),
        ("👍 good. 😢 sad! Next.", ["👍 good.", "😢 sad!", "Next."]),
        ("She simply isn't. He can’t. It was her mum's. Next.", 4),
        ("", []),
        (" \r\n\t\u00a0", []),
    ],
)  # fmt: skip
def test_where_it_cuts(text: str, expected: list[str] | int) -> None:
    found = [s.text for s in split(text)]
    assert (found if isinstance(expected, list) else len(found)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "ME: How?\nDARIUS: Good. I did two.\nME: Ok.",
            [("ME", "How?"), ("DARIUS", "Good."), ("DARIUS", "I did two."), ("ME", "Ok.")],
        ),
        ("Priya (mentee): fine\nMe: sure?\nPriya (mentee): no", [("Priya", "fine"), ("Me", "sure?"), ("Priya", "no")]),
        (
            "Ana Ruiz: hi\r\nSam: ho\r\nAna Ruiz: x\r\nSam: y",
            [("Ana Ruiz", "hi"), ("Sam", "ho"), ("Ana Ruiz", "x"), ("Sam", "y")],
        ),
        ("[10:42] Ana: hi there\n[10:43] Sam: hello", [("Ana", "hi there"), ("Sam", "hello")]),
        ("12/03/2024, 10:42 - Ana: hi\n12/03/2024, 10:43 - Sam: yo", [("Ana", "hi"), ("Sam", "yo")]),
        ("Mood: flat\nNext: Tues\nMood: better", [(None, "Mood: flat"), (None, "Next: Tues"), (None, "Mood: better")]),
        ("Goals: cert\nSleep: bad", [(None, "Goals: cert"), (None, "Sleep: bad")]),
    ],
)
def test_speakers(text: str, expected: list[tuple[str | None, str]]) -> None:
    assert [(s.speaker, s.text) for s in split(text)] == expected


def test_run_ons_are_cut_at_their_joints() -> None:
    run_on = "we talked about the job and then he said his brother is ill " * 8
    pieces = split(run_on)
    assert len(pieces) > 1
    assert all(len(p.text) <= LONGEST for p in pieces)
    assert "".join(p.text.replace(" ", "") for p in pieces) == run_on.replace(" ", "")


@pytest.mark.parametrize("unit", ["She is tired. ", "a", "字", "a.", '"', "- ", "A: b\n", "\n", "10:10 ", "Aa Bb "])
def test_longest_notes_of_any_shape_are_cut_in_seconds(unit: str) -> None:
    text = (unit * 400_000)[:400_000]
    began = time.process_time()
    sentences = split(text)
    assert time.process_time() - began < 15
    assert all(len(s.text) <= LONGEST for s in sentences)
