"""Documents by heading and page, whatever format they come in, and what is refused."""

import io

import docx
import pytest

from coach.errors import InputError, UnreadableFile
from coach.text.items import Limits
from coach.text.sections import read_sections
from coach.values import Section
from tests.text.test_formats import encrypted_pdf, make_pdf

LIMITS = Limits(max_note_chars=5_000, max_file_bytes=1_000_000, max_unpacked_bytes=2_000_000, max_pages=5)

MARKDOWN = """Before any heading.

# Reply times
Answer within *three* working days.

Say so when you cannot.

Out of hours
------------
Ring the duty phone.

## Empty one
"""


def of(text: str, name: str = "handbook.md") -> tuple[Section, ...]:
    return read_sections(text.encode(), name, LIMITS)


def test_markdown_by_its_headings() -> None:
    assert of(MARKDOWN) == (
        Section("", None, "Before any heading."),
        Section("Reply times", None, "Answer within *three* working days.\n\nSay so when you cannot."),
        Section("Out of hours", None, "Ring the duty phone."),
    )


def test_html_by_its_headings_and_without_scripts() -> None:
    page = "<html><head><title>x</title></head><body><h2>Reply <b>times</b></h2><p>Three days.</p><script>bad()</script></body></html>"
    assert of(page, "handbook.html") == (Section("Reply times", None, "Three days."),)


def test_word_by_its_styles() -> None:
    document = docx.Document()
    document.add_heading("Reply times", 1)
    document.add_paragraph("Three working days.")
    document.add_heading("Gifts", 2)
    document.add_paragraph("None over ten pounds.")
    out = io.BytesIO()
    document.save(out)
    found = read_sections(out.getvalue(), "handbook.docx", LIMITS)
    assert found == (Section("Reply times", None, "Three working days."), Section("Gifts", None, "None over ten pounds."))


def test_a_pdf_by_page_with_the_heading_that_goes_on() -> None:
    found = read_sections(make_pdf("2.1 Reply times", "Three working days."), "handbook.pdf", LIMITS)
    assert found == (Section("2.1 Reply times", 2, "Three working days."),)


@pytest.mark.parametrize(
    ("data", "name", "says"),
    [
        (b"", "a.md", "a.md: holds no text"),
        (b"   \n", "a.md", "a.md: holds no text"),
        (bytes(range(256)) * 20, "a.md", "a.md: holds no text"),
        (encrypted_pdf("x"), "a.pdf", "a.pdf: protected by a password"),
        (b"%PDF-1.4 nothing", "a.pdf", "a.pdf: damaged"),
        (b"PK\x03\x04 nothing", "a.docx", "a.docx: damaged"),
        (b"x" * 6_000, "a.txt", "a.txt: "),
        (b"x" * 1_000_001, "a.txt", "larger than"),
        (b"# A heading and nothing else", "a.md", "holds no text"),
    ],
)
def test_what_cannot_be_read_is_named(data: bytes, name: str, says: str) -> None:
    with pytest.raises((InputError, UnreadableFile), match=says):
        read_sections(data, name, LIMITS)
