"""Masking: what is found of each kind, what is left alone, and that the way back is exact for any text."""

import json
import string
import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from coach.errors import ContentError
from coach.settings import Settings
from coach.text.masking import PLACEHOLDER, Masker

SETTINGS = Settings()
MASKER = Masker(SETTINGS.names_dir)

FOUND = {
    "PERSON": [
        ("Met with Tarkwyn at four.", "Tarkwyn"),
        ("met w/ priya today, all good", "priya"),
        ("Will: I'm late.\r\nGrace: no rush", "Will"),
        ("Will: I'm late.\r\nGrace: no rush", "Grace"),
        ("Grace said it was over. Her grace moved me.", "Grace"),
        ("Saw Hope on Monday. Hope is tired.", "Hope"),
        ("Mark, 19, plumbing. Mark my words.", "Mark"),
        ("It was May who rang, in May.", "May who"),
        ("I told Mrs. Young about it.", "Young"),
        ("Her sister Joy drove.", "Joy"),
        ("Farah's brother came along.", "Farah"),
        ("9:47 PM Devon: u up", "Devon"),
        ("We spoke.\n\nBest,\nRosemary", "Rosemary"),
        ("Il a vu Zoé hier, et d'Amélie pas un mot.", "Amélie"),
        ("Elle a parlé à Mme Tremblay.", "Tremblay"),
        ("e\u0301te\u0301, we met Re\u0301mi 🎉 there", "Re\u0301mi"),
        ("the coach saw O'Brien and Ha-eun", "Ha-eun"),
    ],
    "PLACE": [
        ("She moved to Leeds in spring.", "Leeds"),
        ("It meets at St Mark's on Sundays.", "St Mark"),
        ("from Fort Qu'Appelle way", "Fort Qu'Appelle"),
        ("he lives in toronto now", "toronto"),
        ("Elle vient de Montréal.", "Montréal"),
        ("His mother fled from Zrenjanovac.", "Zrenjanovac"),
    ],
    "EMPLOYER": [
        ("She starts at Northfield Consulting Ltd on the 3rd.", "Northfield Consulting Ltd"),
        ("He works for Deloitte.", "Deloitte"),
        ("They phoned SADAG together.", "SADAG"),
        ("He has a place at the University of Brindleford.", "University of Brindleford"),
    ],
    "CONTACT": [
        ("Mail k.adeyemi88@example.org now", "k.adeyemi88@example.org"),
        ("jo dot alvarez at example dot com", "alvarez at example dot com"),
        ("see https://a.example/u/9913.", "https://a.example/u/9913"),
        ("he is @soft.lad.22 there", "@soft.lad.22"),
        ("snap: jay_jay2009", "jay_jay2009"),
        ("call (514) 555-0142 before noon", "(514) 555-0142"),
        ("call 0800 567 567, they said", "0800 567 567"),
        ("+44 7700 900 932", "+44 7700 900 932"),
        ("at 14B Larkspur Road, Leeds LS6 2QX", "14B Larkspur Road"),
        ("at 14B Larkspur Road, Leeds LS6 2QX", "LS6 2QX"),
        ("L8P 3T1 is the code", "L8P 3T1"),
        ("au 1284, rue des Érables, oui", "1284, rue des Érables"),
    ],
    "NUMBER": [
        ("DOB 12/03/2007, so nearly 18", "12/03/2007"),
        ("née le 3 avril 2001", "3 avril 2001"),
        ("account 83920174 is hers", "83920174"),
        ("SIN 046 454 286", "046 454 286"),
        ("case no. 77120/B", "77120/B"),
        ("NI QQ 12 34 56 C", "QQ 12 34 56 C"),
        ("Door code is 4417#", "4417#"),
    ],
}
LEFT = [
    "Will you call? Hope so. May I? Mark my words, she will.",
    "Went through the CV line by line. Next call the 14th, Thursday at 6.",
    "She wants to die. I asked about suicide. No plan. Called 988 at 10:12.",
    "He earns $120,000 and owes 40,000 since May 2024, 82% of it gone.",
    "In April and June we meet on Mondays; English homework, Year 9, week 12.",
    "NOT now. VERY tired. The NHS nurse and HR know.",
    "Elle a dit qu'elle ne dort pas. Nous avons parlé du travail.",
]


@pytest.mark.parametrize(("text", "name"), [row for rows in FOUND.values() for row in rows])
def test_a_name_of_each_kind_is_masked(text, name):
    at = text.index(name)
    inside = range(at, at + len(name.split(" who")[0]))
    masks = MASKER.spans(text)
    open_ = [text[i] for i in inside if text[i].isalnum() and not any(m.start <= i < m.end for m in masks)]
    assert not open_, MASKER.mask(text).text


@pytest.mark.parametrize("text", LEFT)
def test_what_names_nobody_is_left(text):
    assert MASKER.mask(text).text == text


def test_the_same_name_has_the_same_placeholder():
    text = "Met Dana Whitfield. Dana's mum, Mrs Whitfield, rang Rob. DANA knows Rob's number, 07700 900417; 07700 900417 is it."
    shown = MASKER.mask(text).text
    assert shown == (
        "Met [PERSON_1]. [PERSON_1]'s mum, Mrs [PERSON_1], rang [PERSON_2]. [PERSON_1] knows [PERSON_2]'s number, [CONTACT_1]; "
        "[CONTACT_1] is it."
    )


def test_a_surname_that_two_share_is_a_name_of_its_own():
    shown = MASKER.mask("Met Dana Whitfield and Rob Whitfield. Then Whitfield left. Dana stayed.").text
    assert shown == "Met [PERSON_1] and [PERSON_2]. Then [PERSON_3] left. [PERSON_1] stayed."


def test_a_quote_across_placeholders_comes_back_exact():
    text = "Dana Whitfield left.\r\nThen Dana\u2019s boss 🎉 rang Rob."
    masked = MASKER.mask(text)
    assert masked.restore("[PERSON_1]\u2019s boss 🎉 rang [PERSON_2]") == "Dana\u2019s boss 🎉 rang Rob"
    assert masked.restore("[PERSON_1] left") == "Dana Whitfield left"
    assert masked.restore("so [PERSON_2] and [PERSON_9]") == "so Rob and [PERSON_9]"


def test_what_looks_like_a_placeholder_is_masked_itself():
    masked = MASKER.mask("[PERSON_1] met Rob")
    assert masked.text == "[NUMBER_1] met [PERSON_1]"
    assert masked.restore(masked.text) == "[PERSON_1] met Rob"


_PIECES = st.sampled_from(
    [
        "Dana",
        "dana",
        "Will",
        "Grace's",
        "St. Mark’s",
        "Leeds",
        "\r\n",
        "\n",
        ". ",
        ", ",
        " ",
        "🎉",
        "👩‍👧",
        "[PERSON_1]",
        "a@b.co",
        "0800 567 567",
        "Mr. ",
        "d'",
        "É",
        "e\u0301",
        "I'm",
        "DOB 1/2/2003",
        "OF",
        "&",
        ":",
        "(",
        "“",
    ]
)


@settings(max_examples=150, deadline=None)
@given(st.one_of(st.text(max_size=80), st.lists(_PIECES, max_size=14).map("".join), st.text(string.printable, max_size=60)))
@example("Dana’s\r\n👩‍👧 Dana")
def test_the_way_back_is_exact(text):
    masked = MASKER.mask(text)
    assert masked.restore(masked.text) == text
    assert len(PLACEHOLDER.findall(masked.text)) == len(masked.spans)
    for a, b in [(0, len(masked.text) // 2), (len(masked.text) // 3, len(masked.text))]:
        start, end = masked.place(a, b)
        outer = "".join(text[s.start : s.end] for (p, q), s in zip(masked.places, masked.spans, strict=True) if p < b and a < q)
        kept = [c for i, c in enumerate(masked.text[a:b], a) if not any(p <= i < q for p, q in masked.places)]
        assert end - start == len(outer) + len(kept)


@pytest.mark.parametrize("piece", ["a", "1 ", "A-", "a.", "@a", "Mr. ", "case no ", "rue de la ", "12 Ab ", "é\u0301", "A A "])
def test_long_odd_texts_take_no_more_time_than_their_length(piece):
    short, long = piece * (2_000 // len(piece)), piece * (16_000 // len(piece))
    assert _seconds(long) < 40 * _seconds(short) + 0.3


def _seconds(text):
    start = time.process_time()
    MASKER.mask(text)
    return time.process_time() - start


def test_a_missing_list_is_told(tmp_path):
    with pytest.raises(ContentError, match="restore it from git"):
        Masker(tmp_path)


def test_the_lists_are_as_said():
    lists = MASKER._finder._lists
    assert len(lists.first) >= 2500
    for path in SETTINGS.names_dir.glob("*.txt"):
        assert "language model session from general knowledge" in path.read_text(encoding="utf-8").split("\n\n")[0]
    rows = [json.loads(line) for line in (SETTINGS.corpus_dir / "names" / "names-held-out.jsonl").read_text().splitlines()]
    assert all(set(row) == {"id", "spans"} for row in rows)
