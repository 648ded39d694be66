"""A program's own handbook: cut, kept, found before the cards, and never mixed with another program's."""

import json

import pytest

from coach.advise.own import TELLING, with_own
from coach.build import build, build_guidance
from coach.cli import main
from coach.errors import ModelError, UnknownValue
from coach.guidance.handbook import LONGEST, Shelf, cut
from coach.report import from_dict, to_dict
from coach.settings import Settings
from coach.values import FollowUp, Note, Section
from tests.signals import signal

REPLIES = Section(
    "Reply times", 4, "Mentors of this program answer messages within three working days, and say so when they cannot."
)
GIFTS = Section("Gifts", None, "No gifts above ten pounds in either direction; tell the office of any other.")
QUERY = "how quickly do I have to answer my mentee's messages"


@pytest.fixture(scope="module")
def guidance(require):
    require("encoder")
    return build_guidance(Settings())


@pytest.fixture
def shelf(tmp_path):
    return Shelf(tmp_path)


def test_own_passages_come_first_with_heading_and_page(guidance, shelf):
    shelf.add("riverside", "staff guide.pdf", b"x", [REPLIES, GIFTS], guidance.encoder)
    found = guidance.search(QUERY, handbook=shelf.load("riverside", guidance.encoder))
    assert (found[0].title, found[0].source) == ("Reply times", "Your program's handbook: staff guide.pdf, page 4")
    assert found[0].id.startswith("handbook:") and found[1:] == guidance.search(QUERY, limit=9)
    assert "Gifts" not in [hit.title for hit in found]
    assert len(guidance.search(QUERY, limit=1, handbook=shelf.load("riverside", guidance.encoder))) == 1


def test_what_fits_nowhere_is_still_refused(guidance, shelf):
    shelf.add("riverside", "guide.md", b"x", [REPLIES, GIFTS], guidance.encoder)
    assert guidance.search("a recipe for lentil soup with cumin", handbook=shelf.load("riverside", guidance.encoder)) == ()


def test_programs_stay_apart(guidance, shelf):
    shelf.add("riverside", "guide.md", b"x", [REPLIES], guidance.encoder)
    assert shelf.load("hillside", guidance.encoder).passages == ()
    assert guidance.search(QUERY, handbook=shelf.load("hillside", guidance.encoder)) == guidance.search(QUERY)


@pytest.mark.parametrize("name", ["../riverside", "", "a/b", ".", "x" * 65])
def test_a_program_is_no_path(guidance, shelf, name):
    with pytest.raises(UnknownValue, match="no name of a program"):
        shelf.load(name, guidance.encoder)


def test_the_same_name_is_replaced_and_a_removed_one_is_gone(guidance, shelf):
    shelf.add("riverside", "guide.md", b"1", [REPLIES], guidance.encoder)
    shelf.add("riverside", "guide.md", b"2", [REPLIES, GIFTS], guidance.encoder)
    assert [(d.name, d.passages) for d in shelf.documents("riverside")] == [("guide.md", 2)]
    shelf.remove("riverside", "guide.md")
    assert shelf.documents("riverside") == ()
    with pytest.raises(UnknownValue, match=r"no document 'guide\.md'"):
        shelf.remove("riverside", "guide.md")


def test_a_damaged_file_and_another_encoder_are_told(guidance, shelf, tmp_path):
    shelf.add("riverside", "guide.md", b"x", [REPLIES], guidance.encoder)
    (path,) = (tmp_path / "riverside").glob("*.json")
    row = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**row, "encoder": "another", "seal": None}), encoding="utf-8")
    with pytest.raises(ModelError, match="coach index reindex --program riverside"):
        shelf.load("riverside", guidance.encoder)
    assert shelf.reindex("riverside", guidance.encoder) == 1
    assert len(shelf.load("riverside", guidance.encoder).passages) == 1
    path.write_text(path.read_text(encoding="utf-8")[:200], encoding="utf-8")
    with pytest.raises(ModelError, match="damaged"):
        shelf.load("riverside", guidance.encoder)


def test_long_sections_are_parted_at_paragraphs_and_lose_no_word():
    text = "\n\n".join(" ".join(f"w{p}.{n}" for n in range(size)) for p, size in enumerate((100, 90, 3, 400)))
    pieces = list(cut("guide.md", [Section("A", 2, text)]))
    assert " ".join(p.text for p in pieces).split() == text.split()
    assert all(len(p.text.split()) <= LONGEST + 12 for p in pieces)
    assert {(p.heading, p.page) for p in pieces} == {("A", 2)}


def test_from_the_command_line(capsys, monkeypatch, tmp_path, require):
    require("encoder")
    monkeypatch.setenv("COACH_HANDBOOKS_DIR", str(tmp_path / "shelf"))
    (tmp_path / "guide.md").write_text(f"# Reply times\n{REPLIES.text}\n", encoding="utf-8")
    (tmp_path / "empty.md").write_text("", encoding="utf-8")
    assert main(["index", "add", str(tmp_path / "guide.md"), str(tmp_path / "empty.md"), "--program", "riverside"]) == 1
    out, err = capsys.readouterr()
    assert "guide.md: 1 passages" in out and "empty.md" in err
    assert main(["index", "list", "--program", "riverside"]) == 0
    assert "guide.md: 1 passages" in capsys.readouterr().out
    assert main(["search", QUERY, "--program", "riverside"]) == 0
    assert capsys.readouterr().out.splitlines()[0].endswith("Reply times")
    assert main(["index", "remove", "guide.md", "--program", "riverside"]) == 0
    assert main(["index", "remove", "guide.md", "--program", "riverside"]) == 1
    assert main(["index", "add"]) == 2


SAFE = Section(
    "Safeguarding", 7, "If you fear that somebody may come to harm, tell the safeguarding lead the same day, whatever the hour."
)
PARKING = Section(
    "Parking", None, "The car park behind the building is for visitors with a badge. Bicycles may be left in the yard."
)
NOTE = "Third call with Sam. He figured I'd have answered his message by now, I never saw it. He parked the bicycle in the yard."


@pytest.fixture(scope="module")
def reader(require):
    require("reader")
    require("encoder")
    return build(Settings())


def test_a_follow_up_cites_the_passage_that_fits_it_beside_its_card(reader, guidance, shelf):
    shelf.add("riverside", "guide.pdf", b"x", [REPLIES, GIFTS, SAFE, PARKING], guidance.encoder)
    book = shelf.load("riverside", guidance.encoder)
    plain, report = reader.analyze(NOTE), reader.analyze(NOTE, handbook=book)
    (own,) = [g for g in report.guidance if g.own]
    assert (own.title, own.source) == ("Reply times", "Your program's handbook: guide.pdf, page 4")
    (step,) = [f for f in report.follow_ups if own.id in f.guidance]
    assert step.guidance == (own.id, "surface-reply-times")
    assert [f.text for f in report.follow_ups] == [f.text for f in plain.follow_ups]
    assert {i for f in report.follow_ups for i in f.guidance} <= {g.id for g in report.guidance}
    assert from_dict(to_dict(report)).guidance == report.guidance
    assert all("own" not in row for row in to_dict(plain)["guidance"])
    (french,) = [g for g in reader.analyze(NOTE, handbook=book, words="fr").guidance if g.own]
    assert french.source.startswith("Le guide de votre programme")


def test_whoever_must_tell_staff_finds_whom_and_a_passage_is_cited_once(guidance, shelf):
    shelf.add("riverside", "guide.pdf", b"x", [REPLIES, GIFTS, SAFE], guidance.encoder)
    steps = [FollowUp("escalate", "Tell program staff today.", "x", (), ()), FollowUp("escalate", "Tell them.", "y", (), ())]
    (first, second), cited = with_own(steps, (), shelf.load("riverside", guidance.encoder), guidance.passage)
    assert [hit.title for hit in cited] == ["Safeguarding"]
    assert (first.guidance, second) == ((cited[0].id,), steps[1])


@pytest.mark.parametrize(
    ("words", "card", "title"),
    [
        ("Ask: “How soon would each of us like a reply?”", "surface-reply-times", "Reply times"),
        ("Ask: “How soon would each of us like a reply?”", "grief", None),  # near to the words alone
        ("Tell them what went well.", "surface-reply-times", None),  # near to the card alone
        (TELLING, None, "Safeguarding"),
    ],
)
def test_a_passage_must_fit_the_words_and_the_card(guidance, shelf, words, card, title):
    shelf.add("riverside", "guide.pdf", b"x", [REPLIES, GIFTS, SAFE, PARKING], guidance.encoder)
    found = guidance.passage(words, card, shelf.load("riverside", guidance.encoder))
    assert (found.title if found else None) == title


def test_the_notes_own_words_draw_no_passage(guidance, shelf):
    """A bicycle in the quote is not what the step is about; without an encoder nothing is cited."""
    shelf.add("riverside", "guide.pdf", b"x", [PARKING], guidance.encoder)
    book = shelf.load("riverside", guidance.encoder)
    quote = "The car park behind the building, his bicycle in the yard"
    step = FollowUp("do", f"You wrote “{quote}”. Tell them what you saw, and ask about it.", "Praise counts.", (0,), ())
    signals = (signal(Note("n", quote), quote, "relationship.progress"),)
    assert with_own([step], signals, book, guidance.passage) == ((step,), ())

    def fails(*_):
        raise ModelError("no encoder")

    assert with_own([step], signals, book, fails) == ((step,), ())


def test_analyze_from_the_command_line_names_the_program(capsys, monkeypatch, tmp_path, require):
    require("reader")
    require("encoder")
    monkeypatch.setenv("COACH_HANDBOOKS_DIR", str(tmp_path / "shelf"))
    (tmp_path / "guide.md").write_text(f"# Reply times\n{REPLIES.text}\n", encoding="utf-8")
    (tmp_path / "note.txt").write_text(NOTE, encoding="utf-8")
    assert main(["index", "add", str(tmp_path / "guide.md"), "--program", "riverside"]) == 0
    capsys.readouterr()
    for more, expected in ([], False), (["--program", "riverside"], True), (["--program", "hillside"], False):
        assert main(["analyze", str(tmp_path / "note.txt"), *more]) == 0
        assert ("Your program's handbook: guide.md" in " ".join(capsys.readouterr().out.split())) == expected
