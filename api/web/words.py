"""Codes of the service in words for people. All are in the catalogue: templates translate them with _()."""

from coach import LABEL_NAMES as LABELS

LEVELS = {
    "none": "Nothing here needs care",
    "watch": "Something to keep an eye on",
    "concern": "Worth acting on within days",
    "urgent": "Please act today",
    "emergency": "Act now",
}
TO_DO = {
    "none": "Carry on as you are.",
    "watch": "For you, at the next session.",
    "concern": "Point to help, and tell program staff within days.",
    "urgent": "Tell program staff today, and speak with the person today.",
    "emergency": "Call for help now, and do not leave the person alone.",
}
LEVEL_NAMES = {"none": "none", "watch": "watch", "concern": "concern", "urgent": "urgent", "emergency": "emergency"}
STAGES = {
    "trust": "Building trust",
    "application": "Work under way",
    "growth": "Growing independent",
    "unclear": "Not clear from this note",
}
ASSERTIONS = {"present": "", "negated": "said not to be so", "past": "in the past", "hypothetical": "only imagined or feared"}
WHOSE = {"mentee": "", "mentor": "the mentor's own", "other": "somebody else"}
HOLDERS = {"mentee": "The mentee", "mentor": "The mentor", "other": "Somebody else"}
KINDS = {"ask": "Ask", "do": "Do", "agree": "Agree", "refer": "Point to help", "escalate": "Tell the program"}
SOURCES = {"reader": "the trained reader", "phrases": "a fixed phrase", "model": "the language model"}
STATES = {
    "guessed": "guessed",
    "unspoken": "unspoken, so far as the notes show",
    "asked": "asked about",
    "agreed": "said or agreed",
    "broken": "agreed, and seems not to hold",
    "closed": "closed",
}
FLAG_STATES = {"open": "waiting", "claimed": "being looked at", "decided": "decided"}
DECISIONS = {
    "confirmed": "confirmed",
    "not_a_concern": "not a concern",
    "needs_more": "needs more",
    "escalated": "escalated",
}
EVENTS = {
    "raised": "raised",
    "claimed": "taken",
    "released": "given back",
    "handed_over": "handed over",
    "decided": "decided",
    "reopened": "opened again",
    "undone": "taken back",
    "comment": "comment",
    "answer": "answer to the mentor",
    "opened": "whole note opened",
}
AGES = {"unknown": "not known", "adult": "18 or older", "minor": "under 18"}
REGIONS = {
    "": "not known",
    "CA": "Canada",
    "CA-AB": "Canada: Alberta",
    "CA-BC": "Canada: British Columbia",
    "CA-MB": "Canada: Manitoba",
    "CA-NB": "Canada: New Brunswick",
    "CA-NL": "Canada: Newfoundland and Labrador",
    "CA-NS": "Canada: Nova Scotia",
    "CA-ON": "Canada: Ontario",
    "CA-PE": "Canada: Prince Edward Island",
    "CA-QC": "Canada: Quebec",
    "CA-SK": "Canada: Saskatchewan",
    "US": "United States",
    "GB": "United Kingdom",
    "IE": "Ireland",
    "AU": "Australia",
    "NZ": "New Zealand",
    "IN": "India",
    "ZA": "South Africa",
}


def label(name: str) -> str:
    return LABELS.get(name, name)


def of(table: dict[str, str], code: str | None) -> str:
    """A code in words; the code itself where it has none."""
    return table.get(code or "", code or "")
