"""Every word of the component: English here, other languages from the catalogue of the pages (api/web/locale)."""

from api.web import words
from api.web.language import LANGUAGES, catalogue
from coach import LABEL_NAMES

SCREEN = {
    "name": "Conversation coach",
    "title": "What happened in your session?",
    "lead": "Paste your notes. You will see what may be unspoken between you, who may be having a hard time, and what you could do next,"
    " with the words that gave it away.",
    "note": "Your note",
    "example": "Met for an hour at the library…",
    "kept": "This note will be kept, encrypted, for you. Program staff see the lines that worry the coach, never the whole note without"
    " giving you a reason.",
    "forgotten": "Nothing is stored and nobody is told. The note is read on this service and forgotten.",
    "waiting": "The coach is waiting for this page to sign it in.",
    "page": "It goes to {service} and nowhere else. You are typing in a page of {page}, which could read along.",
    "frame": "It goes to {service} and nowhere else. The page around this box cannot read it.",
    "region": "Where the mentee lives",
    "age": "The mentee's age",
    "keep": "Keep and read",
    "read": "Read it",
    "forget": "Only read it, keep nothing",
    "reading": "The coach is reading your note…",
    "empty": "Write or paste your note first.",
    "partly": "Not fully read.",
    "sent": "The text was sent to the language model at",
    "without": "This is the report without it.",
    "help_now": "Help now",
    "help": "Help",
    "help_later": "Help, should it be needed",
    "show": "Show",
    "handing": "Handing over well",
    "changed": "A number in the note has changed",
    "unspoken": "What may be unspoken",
    "relation": "How the relationship stands",
    "stage": "Stage",
    "next": "What to do next",
    "why": "Why",
    "seen_in": "The words that gave it away",
    "unsure": "What the coach could not tell",
    "call": "Call",
    "text": "Text",
    "chat": "Chat",
    "web": "Web page",
    "new_tab": "(opens in a new tab)",
    "take": "Put on my list",
    "taken": "On your list",
    "handed": "A step that you put on your list is handed to the page you are on, with the words of your note that it quotes.",
    "back": "Back to the note",
    "another": "Read another note",
    "gone": "When you leave this page the report is gone.",
    "guess": "A guess by software, for your judgement. It is no diagnosis, and a calm report does not mean that somebody is safe.",
    "danger": "If somebody may be in danger now, call your emergency number first.",
}
FAULTS = {
    "no_token": "This page did not sign the coach in. Your note is still here; try again, or reload the page once you have copied it.",
    "token_expired": "The page's sign-in has ended. Your note is still here; try again.",
    "wrong_credentials": "This page may not use the coach any more. Your note is still here: copy it, and tell whoever runs the page.",
    "other_origin": "The page's sign-in is for another address. Your note was not sent; tell whoever runs the page.",
    "door_shut": "Your program does not take notes from this page. Your note is still here: copy it, and read it on the coach's own pages.",
    "unreachable": "The coach cannot be reached. Your note is still here; try again in a moment.",
    "busy": "Many notes are being read just now. Your note is still here; try again in a moment.",
    "frame": "The coach's frame did not open. Tell whoever runs this page.",
    "other": "Something went wrong. Your note is still here.",
}
SAME = {"key_expired": "wrong_credentials", "not_allowed": "wrong_credentials", "too_many": "busy"}
"""Codes of the service that are told in the words of another."""

TABLES = {
    "level": words.LEVELS,
    "to_do": words.TO_DO,
    "stage": words.STAGES,
    "holder": words.HOLDERS,
    "kind": words.KINDS,
    "whose": words.WHOSE,
    "region": words.REGIONS,
    "age": words.AGES,
    "label": {code: name for code, name in LABEL_NAMES.items() if code.startswith("relationship.")},
}


def english() -> dict[str, dict[str, str]]:
    """Table -> code -> words."""
    faults = {**FAULTS, **{code: FAULTS[other] for code, other in SAME.items()}}
    return {"say": SCREEN, "fault": faults, **TABLES}


def spoken() -> dict[str, dict[str, dict[str, str]]]:
    """Language -> table -> code -> words; English where the catalogue has none."""
    return {
        language: {
            table: {code: catalogue(language).get(text, text) for code, text in rows.items()} for table, rows in english().items()
        }
        for language in LANGUAGES
    }
