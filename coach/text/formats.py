"""A file, or bytes from anywhere, -> notes. What a file is, its content tells; its name is only a hint where both fit."""

from collections.abc import Iterator
from pathlib import Path, PurePath

from coach.errors import CoachError, EmptyNote, UnreadableFile
from coach.text.captions import is_srt, is_vtt, read_captions
from coach.text.decode import UNTOLD, decode, is_untold
from coach.text.documents import is_email, read_docx, read_email, read_pdf
from coach.text.items import BadItem, Limits, bad, broken, checked, is_blank
from coach.text.jsonnotes import looks_like_json, read_json
from coach.values import Note

__all__ = ["BadItem", "Limits", "read_bytes", "read_file"]

_LINES = (".jsonl", ".ndjson")
_OLD_OFFICE = bytes.fromhex("d0cf11e0a1b11ae1")
_READ = ".txt, .md, .docx, .pdf, .vtt, .srt, .eml, .json or .jsonl"


def read_file(path: Path, limits: Limits) -> Iterator[Note | BadItem]:
    """The notes of a file, in order, with a BadItem in the place of each that could not be read; raises nothing."""
    try:
        with path.open("rb") as file:
            data = file.read(limits.max_file_bytes + 1)
    except OSError as fault:
        yield bad(_stem(path.name), path.name, UnreadableFile(_why_not_opened(path, fault)))
        return
    yield from read_bytes(data, path.name, limits)


def read_bytes(data: bytes, name: str, limits: Limits) -> Iterator[Note | BadItem]:
    """As read_file, for bytes already at hand; `name` is used in messages and, without its ending, as id."""
    stem, kind = _stem(name), "text"
    try:
        if len(data) > limits.max_file_bytes:
            raise UnreadableFile(f"larger than {limits.max_file_bytes} bytes; cut it up, or raise COACH_MAX_FILE_BYTES")
        kind = kind_of(data)
        text = _plain(data) if kind == "text" else None
        if text is not None:
            kind = _kind_of_text(text, name)
            if kind != "an e-mail" and is_untold(data, text):  # an e-mail names the encoding of its parts
                raise UnreadableFile(UNTOLD)
        if text is not None and kind in {"JSON", "JSON lines"}:
            yield from read_json(text, name, stem, limits, lines=kind == "JSON lines")
        else:
            yield checked(Note(stem, _text(data, text, kind, limits)), limits)
    except CoachError as error:
        yield bad(stem, name, error)
    except Exception as fault:
        yield broken(stem, name, kind, fault)


def _stem(name: str) -> str:
    stem = PurePath(name).stem.strip("<>")
    return stem if stem not in {"", "-"} else "stdin"


def _why_not_opened(path: Path, fault: OSError) -> str:
    if isinstance(fault, FileNotFoundError):
        return "no such file; check its name and folder"
    if path.is_dir():
        return "a folder; name the files in it"
    return f"could not be opened ({type(fault).__name__}); check its permissions"


def kind_of(data: bytes) -> str:
    """Format by the first bytes; "text" where nothing speaks against it."""
    head = data[:1024].lstrip(b"\xef\xbb\xbf \t\r\n\0")
    if head.startswith(b"%PDF-"):
        return "PDF"
    if head.startswith(b"PK\x03\x04"):
        return "a Word document"
    if head.startswith(_OLD_OFFICE):
        raise UnreadableFile("an old Office file (.doc), or one protected by a password; save it as .docx without a password")
    if head.startswith(b"{\\rtf"):
        raise UnreadableFile("a rich-text file (.rtf); save it as .docx or .txt")
    return "text"


def _plain(data: bytes) -> str:
    if not data:
        raise EmptyNote("the file is empty; write the note first, or leave it out")
    text = decode(data)
    if text is None and is_untold(data, text):
        raise UnreadableFile(UNTOLD)
    if text is None:
        raise UnreadableFile(f"holds no text (a picture, a recording or a program?); give {_READ}")
    if is_blank(text):
        raise EmptyNote("holds nothing but blank space; write the note first, or leave it out")
    return text


def _kind_of_text(text: str, name: str) -> str:
    ending = PurePath(name).suffix.lower()
    if is_vtt(text) or is_srt(text):
        return "captions"
    if ending in _LINES and any(line.lstrip().startswith("{") for line in text.split("\n")):
        return "JSON lines"
    if looks_like_json(text) or (ending == ".json" and text.lstrip()[0] in '{["'):
        return "JSON"
    return "an e-mail" if is_email(text, name) else "text"


def _text(data: bytes, text: str | None, kind: str, limits: Limits) -> str:
    """The note's text; plain text is given back as it is."""
    if kind == "PDF":
        return read_pdf(data, limits)
    if kind == "an e-mail":
        return read_email(data)
    if text is None:
        return read_docx(data, limits)
    return read_captions(text) if kind == "captions" else text
