"""Codes of the service in words for people. All are in the catalogue: templates translate them with _()."""

from coach import LABEL_NAMES as LABELS

LEVELS = {
    "none": "Nothing here stood out",
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
SENTENCES = {
    "forgotten": "Nobody has been told: this note was not stored.",
    "unread": "Nobody has been told: this note could not be fully read. If something in it worries you, tell your program.",
    "calm": "Nobody has been told: nothing in this note called for it. It is kept for you.",
    "calm_sampled": "Nobody has been told: nothing in this note called for it. It is kept for you."
    " Staff look again at a few such notes each week.",
    "own": "This note is kept. Program staff may look at notes; if something worries you, speak to them.",
    "own_now": "This note is kept. Program staff may look at notes; if something worries you, speak to them."
    " Do not wait for anybody: use the help shown here.",
    "historical": "This is about a session some time ago: it stands on the staff's review list, and nobody has been alerted.",
    "decided": "Program staff have looked at this and decided. If something worries you still, tell them.",
    "drill": "This is a drill: it is marked as one wherever it shows.",
    "claimed": "A member of program staff is looking at this.",
    "claimed_now": "A member of program staff is looking at this. Do not wait for them: call the number shown here yourself.",
    "not_live": "Staff can see this note's flag, but nobody has been alerted: this program is not live yet. Call them yourself.",
    "nobody": "Nobody is on duty now and nobody could be alerted. Do not wait for the program: call the number shown here yourself.",
    "no_contact": "Staff can see this note's flag, but no contact could be alerted. Tell them yourself.",
    "emergency": "{alerts} on duty or on call are being alerted now. Do not wait for them: call the number shown here yourself.",
    "alerted": "Program staff are being alerted and see the lines that gave rise to it, not the whole note.",
    "remind": "Tell your mentee that program staff will see the sentences that worried you, not the whole note, and why.",
    "no_region": "Not known: the mentee's region. Lines for adults and for young people are shown; use those that fit.",
    "no_age": "Not known: whether the mentee is under 18. Lines for adults and for young people are shown; use those that fit.",
    "neither": "Not known: the mentee's region and whether the mentee is under 18."
    " Lines for adults and for young people are shown; use those that fit.",
    "slow": "The trained reader took too long; only fixed phrases were looked for. The note will be read again.",
    "failed": "The trained reader failed; only fixed phrases were looked for. The note will be read again.",
    "own_service": "Your program's own.",
}
"""What the service itself says in a stored answer (api/alerts, api/notes), in English; a page says it in its language."""
FAULTS = {
    "stale": "You read version {version}; it is at {found} now. Read it again, then decide.",
    "too_many": "More than {most} a minute. Wait {seconds} seconds.",
    "weak_password": "Choose a password of at least {least} characters: a few words are easy to keep.",
    "no_zone": "{zone} is not a time zone; one looks like America/Toronto.",
    "not_together": "A flag at {level} is decided by itself, not in a batch.",
    "state": "This flag is {state}.",
    "empty_note": "{note}: the note is empty. Paste or write what was said, then try again.",
    "long_note": "{note}: {length} characters; the limit is {most}. Split the file by session, or raise COACH_MAX_NOTE_CHARS.",
    "damaged": "{name}: damaged, or not what it claims to be ({fault}); save it again",
    "scan": "{name}: holds no text; a scan needs text recognition (OCR) first",
    "locked": "{name}: protected by a password; save a copy without one",
}
"""Faults with something filled in that a person may meet on a page, in English; all others stand in the catalogue as they are."""
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
SOURCES = {"reader": "the trained reader", "phrases": "a fixed phrase", "model": "the language model", "person": "a person"}
STATES = {
    "guessed": "guessed",
    "unspoken": "unspoken, so far as the notes show",
    "asked": "asked about",
    "agreed": "said or agreed",
    "broken": "agreed, and seems not to hold",
    "closed": "closed",
}
DOORS = {
    "embed": "Pages of other platforms (web component): the platform is told level and number of steps, the report only if its key says so",
    "mcp": "Assistants and agents (MCP): what they read goes on to their own language model",
    "slack": "Slack: what is typed there passes through Slack and is kept there",
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
LOOKS = {"first_look": "first look", "decision": "decision"}
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
