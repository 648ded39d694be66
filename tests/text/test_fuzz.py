"""Real small files of every format, broken in every way: a note with whole offsets or a fault in words, never an exception.

Hypothesis chooses the file, its name and the cuts; a seeded loop over many more runs is the long one.
"""

import json
import random
import zipfile
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coach.errors import InputError
from coach.text.formats import BadItem, read_bytes
from coach.text.sections import read_sections
from coach.text.sentences import split
from coach.values import Note
from tests.text.test_formats import LIMITS, SRT, VTT, make_docx, make_email, make_pdf, rezip

WORDS = (Path(__file__).parents[1] / "examples" / "newcomer-nurse.txt").read_bytes()[:1500]
TEXT = WORDS.decode("utf-8", "ignore")
HTML = f"<html><head><style>p {{}}</style></head><body><h1>Rules</h1><p>{TEXT}</p><ul><li>Call &amp; tell</ul></body></html>".encode()
MARKDOWN = f"# Reply times\n\n{TEXT}\n\n## On call\n\n- first\n- second\n".encode()
SEEDS: dict[str, bytes] = {
    "note.txt": WORDS,
    "wide.txt": TEXT.encode("utf-16"),
    "note.md": MARKDOWN,
    "note.docx": make_docx(),
    "note.pdf": make_pdf("Met Ana today.", "She is tired."),
    "talk.vtt": VTT.encode(),
    "talk.srt": SRT.encode(),
    "mail.eml": make_email(),
    "page.eml": make_email(html_only=True),
    "note.json": json.dumps({"text": TEXT, "region": "CA-ON", "minor": False}).encode(),
    "notes.json": json.dumps({"notes": [{"id": "a", "text": "Met Ana."}, {"text": "Tired."}]}).encode(),
    "notes.jsonl": b'{"id": "a", "text": "Met Ana."}\n{"text": "Tired.", "setting": "school"}\n',
    "rules.html": HTML,
}
NAMES = (*SEEDS, "-", "", "a", "." * 300, "../x.pdf", "a\n.docx", "ü\ud800.json")
CHUNKS = (b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"%PDF-1.7\n", b"PK\x03\x04", b"WEBVTT\n\n", b"From: a\nSubject: b\n\n", b'{"text":', b"[[[[", b"-->", b"<p", b"&#x110000;", b"\r", b"\xc3", b"=?utf-8?b?", b"00:00:99,999 --> 1\n", "\u202e".encode(), b"endobj", b"startxref\n99999999\n", b"\xed\xa0\x80")  # fmt: skip

MUTATIONS = st.lists(
    st.tuples(st.integers(0, 8), st.floats(0, 1, exclude_max=True), st.floats(0, 1, exclude_max=True), st.integers(0, 255), st.sampled_from(sorted(SEEDS))),
    min_size=1,
    max_size=6,
)  # fmt: skip


def mutated(data: bytes, changes: list[tuple[int, float, float, int, str]]) -> bytes:
    """Each change is (what, where, how far, a byte, another file); places are shares of the length, so they fit after every cut."""
    for what, where, far, byte, other in changes:
        at, to = sorted((int(where * len(data)), int(far * len(data))))
        match what:
            case 0:  # a bit
                data = data[:at] + bytes([data[at] ^ 1 << byte % 8]) + data[at + 1 :] if data else data
            case 1:  # a byte
                data = data[:at] + bytes([byte]) + data[at + 1 :]
            case 2:
                data = data[:to]
            case 3:
                data = data[:at] + data[to:]
            case 4:
                data = data[:to] + data[at:to] + data[to:]
            case 5:  # spliced with another file
                data = data[:at] + SEEDS[other][int(far * len(SEEDS[other])) :]
            case 6:
                data = data[:at] + CHUNKS[byte % len(CHUNKS)] + data[at:]
            case 7:  # a number is another one
                data = data[:at] + data[at : at + 40].translate(bytes.maketrans(b"0123456789", b"9999999990")) + data[at + 40 :]
            case _:
                data = _inside(data, at, byte)
    return data[:200_000]


def _inside(data: bytes, at: int, byte: int) -> bytes:
    """A member of an archive changed before it is packed again: a changed byte of a packed one is found by its checksum alone."""
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            member = archive.namelist()[byte % len(archive.namelist())]
            content = archive.read(member)
        place = at % (len(content) + 1)
        return rezip(data, {member: content[:place] + CHUNKS[at % len(CHUNKS)] + content[place + byte % 7 :]})
    except Exception:
        return data


def check(data: bytes, name: str) -> None:
    items = list(read_bytes(data, name, LIMITS))
    assert items
    for item in items:
        if isinstance(item, BadItem):
            assert (
                item.code in {"unreadable_file", "empty_note", "note_too_long", "invalid_note", "bad_input"}
                and len(item.message) > 20
            ), item
            assert "Traceback" not in item.message
        else:
            check_text(item)


def check_text(note: Note) -> None:
    note.text.encode("utf-8")
    here = 0
    for sentence in split(note.text):
        assert here <= sentence.start < sentence.end <= len(note.text)
        assert note.text[sentence.start : sentence.end] == sentence.text
        here = sentence.end


def check_handbook(data: bytes, name: str) -> None:
    try:
        found = read_sections(data, name, LIMITS)
    except InputError as fault:
        assert fault.message.startswith(f"{name}: ") and len(fault.message) > len(name) + 20
    else:
        assert found and all(section.text.strip() and (section.page or 1) > 0 for section in found)


def test_each_file_is_read_as_it_is() -> None:
    for name, data in SEEDS.items():
        if name != "rules.html":
            assert all(isinstance(item, Note) for item in read_bytes(data, name, LIMITS)), name
        check_handbook(data, name)


@given(st.sampled_from(sorted(SEEDS)), st.sampled_from(NAMES), st.booleans(), MUTATIONS)
@settings(max_examples=600, deadline=None)
def test_a_broken_file_is_a_note_or_a_fault_in_words(
    seed: str, name: str, own: bool, changes: list[tuple[int, float, float, int, str]]
) -> None:
    data = mutated(SEEDS[seed], changes)
    check(data, seed if own else name)
    check_handbook(data, seed if own else name)


@pytest.mark.long
def test_thousands_of_broken_files() -> None:
    chance = random.Random(20261126)
    for _ in range(8000):
        changes = [
            (chance.randrange(9), chance.random(), chance.random(), chance.randrange(256), chance.choice(sorted(SEEDS)))
            for _ in range(chance.randint(1, 12))
        ]
        seed = chance.choice(sorted(SEEDS))
        data = mutated(SEEDS[seed], changes)
        check(data, seed)
        check_handbook(data, chance.choice((seed, *NAMES)))
