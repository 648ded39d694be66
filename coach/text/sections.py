"""A document -> its sections by heading, so that a passage can be cited: Markdown, plain text, Word, PDF and HTML."""

import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import PurePath

from coach.errors import CoachError, UnreadableFile
from coach.text.decode import UNTOLD, decode, is_untold
from coach.text.documents import Words, collect, read_pages, refuse_bad_archive, without_declarations
from coach.text.formats import kind_of
from coach.text.items import Limits, is_blank, too_long
from coach.values import Section

_STYLE = re.compile(r"(?:Heading|Title|berschrift|Titre)", re.IGNORECASE)
_MARK = re.compile(r"#{1,6}\s+(\S.*?)\s*#*")
_RULE = re.compile(r"(?:={3,}|-{3,})")
_NUMBERED = re.compile(r"\d+(?:\.\d+)*\.?\s+[A-Z][^.!?;:]{2,70}")
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def read_sections(data: bytes, name: str, limits: Limits) -> tuple[Section, ...]:
    """The sections of a document that have text, in order. Raises UnreadableFile or NoteTooLong naming the file."""
    try:
        if len(data) > limits.max_file_bytes:
            raise UnreadableFile(f"larger than {limits.max_file_bytes} bytes; cut it up, or raise COACH_MAX_FILE_BYTES")
        found = tuple(s for s in _sections(data, name, limits) if s.text)
    except CoachError as error:
        raise type(error)(f"{name}: {error.message}") from None
    except Exception as fault:  # a library's words may quote the document
        raise UnreadableFile(f"{name}: damaged, or not what it claims to be ({type(fault).__name__}); save it again") from None
    if not found:
        raise UnreadableFile(f"{name}: holds no text; a scan needs text recognition (OCR) first")
    return found


def _sections(data: bytes, name: str, limits: Limits) -> Iterator[Section]:
    kind = kind_of(data)
    if kind == "PDF":
        yield from _of_pages(read_pages(data, limits))
        return
    text = _docx(data, limits) if kind == "a Word document" else decode(data)
    if kind == "text" and is_untold(data, text):
        raise UnreadableFile(UNTOLD)
    if text is None or is_blank(text):
        raise UnreadableFile("holds no text (a picture, a recording or a program?); give .md, .txt, .docx, .pdf or .html")
    if PurePath(name).suffix.lower() in (".html", ".htm", ".xhtml"):
        text = _html(text)
    if len(text) > limits.max_note_chars:
        raise too_long(limits)
    yield from _cut(text, None, "")


def _docx(data: bytes, limits: Limits) -> str:
    """Word as Markdown: a paragraph in a heading's style becomes a heading."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        refuse_bad_archive(archive, limits)
    import docx

    lines = []
    for child in docx.Document(io.BytesIO(data)).element.body:
        out: list[str] = []
        collect([child], out)
        style = child.find(f"{_W}pPr/{_W}pStyle")
        is_heading = style is not None and _STYLE.search(style.get(f"{_W}val", ""))
        text = "".join(out)
        lines.append(f"# {' '.join(text.split())}\n" if is_heading and text.strip() else text)
    return "\n".join(lines)


class _Headed(Words):
    """HTML as Markdown: h1 to h6 become headings."""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        super().handle_starttag(tag, attrs)
        if len(tag) == 2 and tag[0] == "h" and tag[1] in "123456":
            self.out.append("# ")


def _html(source: str) -> str:
    parser = _Headed()
    parser.feed(without_declarations(source))
    parser.close()
    return "\n".join(" ".join(line.split()) for line in "".join(parser.out).split("\n"))


def _of_pages(pages: Iterator[str]) -> Iterator[Section]:
    """A heading goes on over the page's end; the section of each page is cited by itself."""
    heading = ""
    for number, page in enumerate(pages, 1):
        for section in _cut(page, number, heading, printed=True):
            heading = section.heading
            yield section


def _cut(text: str, page: int | None, heading: str, printed: bool = False) -> Iterator[Section]:
    """At headings of Markdown, or, of a printed page, at lines that look like one: numbered, or all in capitals."""
    lines, body = text.splitlines(), list[str]()
    for at, line in enumerate(lines):
        under = lines[at + 1].strip() if at + 1 < len(lines) else ""
        title = _title(line.strip(), under, printed)
        if title is not None:
            yield Section(heading, page, _joined(body))
            heading, body = title, []
        elif not (_RULE.fullmatch(line.strip()) and at and lines[at - 1].strip() == heading):
            body.append(line)
    yield Section(heading, page, _joined(body))


def _title(line: str, under: str, printed: bool) -> str | None:
    if found := _MARK.fullmatch(line):
        return found[1]
    if line and len(line) <= 80 and _RULE.fullmatch(under):
        return line
    letters = [c for c in line if c.isalpha()]
    if len(letters) >= 4 and len(line) <= 70 and all(c.isupper() for c in letters):
        return line
    return line if printed and _NUMBERED.fullmatch(line) else None


def _joined(lines: list[str]) -> str:
    """Paragraphs, a blank line apart."""
    paragraphs = re.split(r"\n\s*\n", "\n".join(lines))
    return "\n\n".join(" ".join(p.split()) for p in paragraphs if p.strip())
