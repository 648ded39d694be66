"""What the readers of files share: the limits they keep, the item that could not be read, and the check of a finished note."""

import unicodedata
from dataclasses import dataclass, fields

from coach.errors import CoachError, EmptyNote, InputError, NoteTooLong
from coach.values import Note


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on what is read; the fields of the same names in `coach.settings.Settings` give the values."""

    max_note_chars: int
    max_file_bytes: int
    max_unpacked_bytes: int
    max_pages: int

    @classmethod
    def of(cls, settings: object) -> "Limits":
        """The limits that settings name; `settings` has a field of each name."""
        return cls(**{field.name: getattr(settings, field.name) for field in fields(cls)})


@dataclass(frozen=True, slots=True)
class BadItem:
    """A file or a line that could not be read, standing where its note would have stood.

    `code` is one of coach.errors; `message` names file, line and remedy, and never holds a note's text.
    """

    id: str
    code: str
    message: str


def bad(ident: str, place: str, error: CoachError) -> BadItem:
    """A BadItem for an error of ours; `place` is the file, and the line where there is one."""
    return BadItem(ident, error.code, f"{place}: {error.message}")


def broken(ident: str, place: str, kind: str, fault: Exception) -> BadItem:
    """A BadItem for a library's exception: the type of fault alone, because its words may quote the note."""
    return BadItem(
        ident,
        "unreadable_file",
        f"{place}: damaged, or not what it claims to be: reading it as {kind} failed ({type(fault).__name__}); "
        "open it in the program that made it and save it again, or paste the text into a .txt file",
    )


def checked(note: Note, limits: Limits) -> Note:
    """The note itself; raises EmptyNote or NoteTooLong.

    Lone halves of surrogate pairs, which JSON can smuggle in and nothing can write out, become U+FFFD; offsets stay.
    """
    if is_blank(note.text):
        raise EmptyNote("holds no text; write the note first, or leave it out")
    if len(note.text) > limits.max_note_chars:
        raise too_long(limits)
    clean = whole(note.text)
    return note if clean == note.text else Note(note.id, clean, note.region, note.minor, note.setting, note.language)


def too_long(limits: Limits) -> InputError:
    """The error for a text over `max_note_chars`."""
    return NoteTooLong(
        f"longer than {limits.max_note_chars} characters; cut it into one note a session, or raise COACH_MAX_NOTE_CHARS"
    )


def is_blank(text: str) -> bool:
    """Whether nothing in the text could be seen: space, control and format characters only."""
    return not text.strip() or all(c.isspace() or unicodedata.category(c) in {"Cc", "Cf"} for c in text)


def whole(text: str) -> str:
    """The text with lone surrogates replaced by U+FFFD, one for one."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return "".join("\ufffd" if "\ud800" <= c <= "\udfff" else c for c in text)
    return text
