"""Every error the coach raises on purpose, in one tree.

    CoachError                  anything below; has a stable `code` and says what to do
    ├── InputError              the note or file that was given cannot be read
    │   ├── UnreadableFile      wrong format, broken, password-protected, binary, too many bytes when unpacked
    │   ├── EmptyNote           nothing but blank space
    │   └── NoteTooLong         more characters than settings allow
    ├── UnknownValue            a label, region, id or option that does not exist
    ├── ContentError            a card, phrase, resource or corpus file breaks its schema (file, line, reason)
    ├── ModelError              weights, tokenizer or index missing, damaged or not made for each other
    ├── LanguageModelError      the language model that was asked for cannot be reached, or does not answer as it should
    ├── RemoteRefused           a setting names a language model elsewhere, and nobody has accepted that notes leave this machine
    ├── BatchError              an archive's run cannot begin or go on: another run's folder, inputs that changed, workers gone
    ├── MissingDependency       an optional package is needed and not installed; names the extra
    └── ServiceError            the service (coach.client) did not do what was asked; has `status` and the service's own `code`
        ├── Unreachable         no answer came: connection, name, time limit
        ├── NotSignedIn         no key, or one that is unknown, revoked or past its date
        ├── NotAllowed          the key lacks the scope, or this is for people alone
        ├── NotThere            no such note, pair, flag or card here, or it was erased
        ├── Conflict            it does not fit what is there: a key used for another note, a note on hold
        ├── Stale               it has changed since it was read: read it again, then change it
        ├── Refused             what was sent does not fit the service's description
        ├── Busy                too many requests just now; `retry_after` says when to come back, in seconds
        └── BadAnswer           an answer came that is not the service's: another version, a proxy, another address

A message names what was wrong, where, and the remedy. It never holds a note's text.
"""


class CoachError(Exception):
    """Base of the tree.

    `code` is a short snake_case name that programs may rely on; `message` is for people. `by_caller` is true where what was given is
    at fault, false where the installation is: its content, its weights, its settings, what it lacks.
    """

    code, by_caller = "coach_error", True

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

    code, by_caller = "bad_content", False


class ModelError(CoachError):
    """Weights, tokenizer or index are missing, damaged or not made for each other."""

    code, by_caller = "bad_model", False


class LanguageModelError(CoachError):
    """The language model cannot be reached, or does not answer as it should."""

    code, by_caller = "language_model", False


class RemoteRefused(CoachError):
    """The language model's address is neither this machine nor a private network, and nobody has accepted that."""

    code, by_caller = "remote_refused", False


class BatchError(CoachError):
    """An archive's run cannot begin or go on: its folder is another run's, its inputs changed, its workers are gone or differ."""

    code = "batch"


class MissingDependency(CoachError):
    """An optional package is needed and not installed."""

    code, by_caller = "missing_dependency", False

    def __init__(self, package: str, extra: str) -> None:
        super().__init__(f"{package} is not installed; install it with: pip install 'conversation-coach[{extra}]'")
        self.package = package
        self.extra = extra


class ServiceError(CoachError):
    """The service did not do what was asked.

    `status` is the HTTP status, None where no answer came; `code` the service's own where it gave one, which is finer than the
    class's; `retry_after` in seconds where the service said when to come back.
    """

    code = "service_error"

    def __init__(
        self, message: str, *, code: str | None = None, status: int | None = None, retry_after: float | None = None
    ) -> None:
        super().__init__(message)
        self.code = code or type(self).code
        self.status, self.retry_after = status, retry_after


class Unreachable(ServiceError):
    """No answer came: connection, name, time limit."""

    code = "unreachable"


class NotSignedIn(ServiceError):
    """No key, or one that is unknown, revoked or past its date."""

    code = "not_signed_in"


class NotAllowed(ServiceError):
    """The key lacks the scope, or this is for people alone."""

    code = "not_allowed"


class NotThere(ServiceError):
    """No such note, pair, flag or card here, or it was erased."""

    code = "not_found"


class Conflict(ServiceError):
    """It does not fit what is there."""

    code = "conflict"


class Stale(ServiceError):
    """It has changed since it was read."""

    code = "stale"


class Refused(ServiceError):
    """What was sent does not fit the service's description."""

    code = "invalid"


class Busy(ServiceError):
    """Too many requests just now."""

    code = "busy"


class BadAnswer(ServiceError):
    """An answer came that is not the service's."""

    code = "bad_answer"
