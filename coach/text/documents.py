"""Word, PDF and e-mail -> text. The libraries are imported only when such a file comes."""

import io
import logging
import re
import zipfile
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from html.parser import HTMLParser
from typing import Any

from coach.errors import UnreadableFile
from coach.text.decode import decode
from coach.text.items import Limits, too_long

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_SIGNS = {f"{_W}tab": "\t", f"{_W}br": "\n", f"{_W}cr": "\n", f"{_W}noBreakHyphen": "-"}
_UNSEEN = frozenset({f"{_W}pPr", f"{_W}rPr", f"{_W}del", f"{_W}moveFrom", f"{_W}sectPr", f"{_W}tblPr", _FALLBACK})
_MOST_MEMBERS = 5000
_HEADER = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,60}:")
_LONGEST_HEADERS = 100_000
_DECLARATION = re.compile(r"<!--|<[!?]")
_MAIL_HEADERS = frozenset({"message-id", "mime-version", "received", "content-type", "return-path", "delivered-to"})
_BLOCKS = frozenset("p div br li ul ol tr table h1 h2 h3 h4 h5 h6 blockquote hr section article header footer pre td th".split())
_HIDDEN = frozenset({"script", "style", "head", "title", "template"})


def read_docx(data: bytes, limits: Limits) -> str:
    """Paragraphs and table cells in order, a line each; list items begin with "- "; insertions are in, deletions out.

    Raises UnreadableFile for an archive that unpacks too large, is no Word document, or declares XML entities.
    """
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        refuse_bad_archive(archive, limits)
    import docx

    out: list[str] = []
    collect(docx.Document(io.BytesIO(data)).element.body, out)
    return "".join(out).strip("\n")


def refuse_bad_archive(archive: zipfile.ZipFile, limits: Limits) -> None:
    members = archive.infolist()
    if "word/document.xml" not in {m.filename for m in members}:
        raise UnreadableFile(
            "a zip archive or an office file that is not Word; save it as .docx, .pdf or .txt, and unpack archives"
        )
    if len(members) > _MOST_MEMBERS or sum(m.file_size for m in members) > limits.max_unpacked_bytes:
        raise UnreadableFile(
            f"unpacks to more than {limits.max_unpacked_bytes} bytes; remove its pictures or save it as .txt, "
            "or raise COACH_MAX_UNPACKED_BYTES"
        )
    if any(m.flag_bits & 1 for m in members):
        raise UnreadableFile("protected by a password; save a copy without one")
    for member in members:
        if member.filename.endswith((".xml", ".rels")):
            # zeros dropped, so that XML in UTF-16 cannot hide it
            content = archive.read(member).replace(b"\0", b"")
            if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
                raise UnreadableFile("its XML declares entities, which Word never writes; save it again in Word, or as .txt")


def collect(element: Any, out: list[str]) -> None:
    """Walk the XML in order, because `Paragraph.text` leaves out insertions, form fields and text boxes."""
    for child in element:
        if child.tag == f"{_W}t":
            out.append(child.text or "")
        elif child.tag in _SIGNS:
            out.append(_SIGNS[child.tag])
        elif child.tag == f"{_W}p":
            _new_line(out)
            out.append("- " if _is_listed(child) else "")
            collect(child, out)
            out.append("\n")
        elif child.tag not in _UNSEEN:
            collect(child, out)


def _new_line(out: list[str]) -> None:
    if out and not out[-1].endswith("\n"):
        out.append("\n")


def _is_listed(paragraph: Any) -> bool:
    properties = paragraph.find(f"{_W}pPr")
    if properties is None:
        return False
    style = properties.find(f"{_W}pStyle")
    return properties.find(f"{_W}numPr") is not None or (style is not None and style.get(f"{_W}val", "").startswith("List"))


def read_pdf(data: bytes, limits: Limits) -> str:
    """The text layer, page after page; raises UnreadableFile where there is none, and for passwords and too many pages."""
    text = "\n".join(read_pages(data, limits)).strip("\n")
    if not text.strip():
        raise UnreadableFile("holds no text, so it is probably a scan; run text recognition (OCR) on it first, or type the note")
    return text


def read_pages(data: bytes, limits: Limits) -> Iterator[str]:
    """The text layer of each page. Raises UnreadableFile for passwords and too many pages."""
    import pypdf
    from pypdf.errors import DependencyError, FileNotDecryptedError

    # its warnings may quote the file
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    locked = UnreadableFile("protected by a password; save a copy without one")
    try:
        reader = pypdf.PdfReader(io.BytesIO(data), strict=False)
        if reader.is_encrypted and not reader.decrypt(""):
            raise locked
        pages = len(reader.pages)
        if pages > limits.max_pages:
            raise UnreadableFile(f"has {pages} pages, over the {limits.max_pages} allowed; cut it up, or raise COACH_MAX_PAGES")
        yield from _pages(reader, limits)
    except (DependencyError, FileNotDecryptedError) as fault:
        raise locked from fault


def _pages(reader: Any, limits: Limits) -> Iterator[str]:
    length = drawn = 0
    for page in reader.pages:
        contents = page.get_contents()
        drawn += len(contents.get_data()) if contents is not None else 0
        if drawn > limits.max_unpacked_bytes // 4:  # 70 MB of them take half a minute, and fit into a file of 0.1 MB
            raise UnreadableFile(
                "unpacks to more drawing orders than a written page has; save its text as .txt, or print it anew"
            )
        text = page.extract_text()
        length += len(text)
        if length > limits.max_note_chars:
            raise too_long(limits)
        yield text


def is_email(text: str, name: str) -> bool:
    """Whether a text is a raw e-mail: its name says so, or it begins with headers that only mail programs write.

    A note that begins with a pasted "From: ... Subject: ..." stays a plain note.
    """
    lines = text[:20_000].splitlines()
    if not lines or not _HEADER.match(lines[0]):
        return False
    if name.lower().endswith(".eml"):
        return True
    names = set()
    for line in lines:
        if not line:
            break
        if line[0] not in " \t":
            found = _HEADER.match(line)
            if not found:
                return False
            names.add(found[0][:-1].lower())
    return "from" in names and bool(names & _MAIL_HEADERS)


def read_email(data: bytes) -> str:
    """Subject line, then the body: plain text where there is some, else the HTML's text; attachments are left out."""
    head = re.split(rb"\r?\n\r?\n", data, maxsplit=1)[0]
    if len(head) > _LONGEST_HEADERS:
        raise UnreadableFile("the e-mail's headers are longer than any mail program writes; paste its text into a .txt file")
    message = message_from_bytes(data, policy=policy.default)
    body = message.get_body(("plain", "html"))
    text = _content(body) if isinstance(body, EmailMessage) else ""
    if isinstance(body, EmailMessage) and body.get_content_type() == "text/html":
        text = text_of_html(text)
    if not text.strip():
        raise UnreadableFile("the e-mail has no text of its own; save its attachment, or paste the text into a .txt file")
    subject = " ".join(str(message.get("Subject") or "").split())
    return f"{subject}\n\n{text}" if subject else text


def _content(part: EmailMessage) -> str:
    try:
        return str(part.get_content())
    except (LookupError, UnicodeError):
        payload = part.get_payload(decode=True)
        return (decode(payload) or "") if isinstance(payload, bytes) else ""


def text_of_html(source: str) -> str:
    """The words of an HTML page, a line a block, without scripts and styles."""
    parser = Words()
    parser.feed(without_declarations(source))
    parser.close()
    lines = (" ".join(line.split()) for line in "".join(parser.out).split("\n"))
    return "\n".join(line for line in lines if line)


def without_declarations(source: str) -> str:
    """Drop comments and doctypes, and take a "<" that no ">" follows as a sign of its own.

    html.parser takes quadratic time where many of them begin and none ends.
    """
    last = source.rfind(">") + 1
    source = source[:last] + source[last:].replace("<", "&lt;")
    parts, here, unclosed = [], 0, set()
    for opening in _DECLARATION.finditer(source):
        close = "-->" if opening[0] == "<!--" else ">"
        if opening.start() < here:
            continue
        end = -1 if close in unclosed else source.find(close, opening.end())
        parts.append(source[here : opening.start()])
        here = opening.end() if end < 0 else end + len(close)
        if end < 0:
            unclosed.add(close)
    return "".join([*parts, source[here:]])


class Words(HTMLParser):
    """Gathers the words of a page in `out`, a line break at each block."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.out: list[str] = []
        self._hidden = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _BLOCKS:
            self.out.append("\n")
        if tag in _HIDDEN and not self._hidden:
            self._hidden = tag

    def handle_endtag(self, tag: str) -> None:
        if tag == self._hidden:
            self._hidden = ""
        elif tag in _BLOCKS:
            self.out.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            # a line break in the source is only a space on the page
            self.out.append(" ".join(data.split("\n")))
