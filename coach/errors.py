"""Every error the coach raises on purpose, in one tree.

    CoachError                  anything below; has a stable `code` and says what to do
    ├── InputError              the note or file that was given cannot be read
    │   ├── UnreadableFile      wrong format, broken, password-protected, binary, too many bytes when unpacked
    │   ├── EmptyNote           nothing but blank space
    │   └── NoteTooLong         more characters than settings allow
    ├── UnknownValue            a label, region, id or option that does not exist
    ├── ContentError            a card, phrase, resource or corpus file breaks its schema (file, line, reason)
    ├── ModelError              weights, tokenizer or index missing, damaged or not made for each other
    └── MissingDependency       an optional package is needed and not installed; names the extra

A message names what was wrong, where, and the remedy. It never holds a note's text.
"""


class CoachError(Exception):
    """Base of the tree.

    `code` is a short snake_case name that programs may rely on; `message` is for people.
    """

    code = "coach_error"

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class InputError(CoachError):
    """The note or file that was given cannot be read."""

    code = "bad_input"


class UnreadableFile(InputError):
    """A file that is broken, protected, binary or not what it claims to be."""

    code = "unreadable_file"


class EmptyNote(InputError):
    """A note with nothing but blank space."""

    code = "empty_note"


class NoteTooLong(InputError):
    """A note with more characters than `Settings.max_note_chars`."""

    code = "note_too_long"


class UnknownValue(CoachError):
    """A label, region, id or option that does not exist."""

    code = "unknown_value"


class ContentError(CoachError):
    """A content file breaks its schema; the message names file, line or entry, and reason."""

    code = "bad_content"


class ModelError(CoachError):
    """Weights, tokenizer or index are missing, damaged or not made for each other."""

    code = "bad_model"


class MissingDependency(CoachError):
    """An optional package is needed and not installed."""

    code = "missing_dependency"

    def __init__(self, package: str, extra: str) -> None:
        super().__init__(f"{package} is not installed; install it with: pip install 'conversation-coach[{extra}]'")
        self.package = package
        self.extra = extra
