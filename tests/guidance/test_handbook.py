"""A program's own handbook: cut, kept, found before the cards, and never mixed with another program's."""

import json

import pytest

from coach.build import build_guidance
from coach.cli import main
from coach.errors import ModelError, UnknownValue
from coach.guidance.handbook import LONGEST, Shelf, cut
from coach.settings import Settings
from coach.values import Section

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
    path.write_text(json.dumps({**row, "encoder": "another"}), encoding="utf-8")
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
