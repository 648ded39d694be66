"""Contacts and numbers that identify, by their shape: addresses, phones, handles, postcodes, dates of birth, account numbers."""

import re
from collections.abc import Iterator
from typing import Final

from coach.text.spans import Kind, Span

_STREET: Final = (
    "street|st|road|rd|avenue|ave|av|boulevard|blvd|boul|lane|ln|drive|dr|court|ct|crescent|cres|close|place|pl|terrace|tce|way|"
    "row|square|sq|parade|pde|highway|hwy|grove|gardens|mews|hill|walk|circle|cir|trail|parkway|pkwy|quay"
)
_MONTH: Final = (
    "jan(?:uary|vier)?|feb(?:ruary)?|février|mar(?:ch|s)?|apr(?:il)?|avril|may|mai|june?|juin|july?|juillet|aug(?:ust)?|août|"
    "sept?(?:ember|embre)?|oct(?:ober|obre)?|nov(?:ember|embre)?|dec(?:ember)?|déc(?:embre)?"
)
_DATE: Final = (
    rf"(?:\d{{1,2}}[/.-]\d{{1,2}}[/.-](?:\d{{4}}|\d{{2}})|\d{{4}}[/.-]\d{{1,2}}[/.-]\d{{1,2}}|"
    rf"\d{{1,2}}(?:st|nd|rd|th|er)?(?: of)? (?:{_MONTH})\.?,? \d{{4}}|(?:{_MONTH})\.? \d{{1,2}}(?:st|nd|rd|th)?,? \d{{4}})"
)
_PLACES_TO_BE: Final = (
    "insta(?:gram)?|ig|snap(?:chat)?|tiktok|discord|telegram|skype|twitter|facebook|fb|whatsapp|handle|user ?name|login|gamertag|"
    "identifiant"
)
_REFERENCE: Final = (
    "account|acct|a/c|case|file|ref|reference|policy|member(?:ship)?|student|employee|staff|patient|client|badge|licen[cs]e|"
    "passport|visa|permit|mrn|nhs|nin|ni|sin|ssn|nino|health card|medicare|ohip|ramq|tax|utr|itin|plate|reg(?:istration)?|iban|"
    "sort code|routing|card|dossier|compte|matricule|passeport|nas|nir|sécurité sociale|a-number|uci|inmate|cdl"
)


def _rule(pattern: str, flags: int = re.IGNORECASE) -> re.Pattern[str]:
    return re.compile(pattern, flags)


_RULES: Final[tuple[tuple[Kind, re.Pattern[str]], ...]] = (
    # what looks like a placeholder already is masked as well, so that each placeholder in a masked text is one of ours
    ("NUMBER", _rule(r"\[(?:PERSON|PLACE|EMPLOYER|CONTACT|NUMBER)_\d+\]")),
    (
        "CONTACT",
        _rule(
            r"[\w.+'-]{1,80}\s?(?:@|\(at\)|\[at\]| at (?=[\w-]+ dot ))\s?[\w-]{1,63}(?:(?:\.| ?\(dot\) ?| dot )[\w-]{1,63}){1,6}"
        ),
    ),
    ("CONTACT", _rule(r"(?:https?://|www\.)[^\s<>\"'()]+[^\s<>\"'().,;:!?]")),
    (
        "CONTACT",
        _rule(
            r"\b\w[\w-]{0,62}(?:\.[\w-]{1,63}){0,5}\.(?:com|org|net|edu|gov|info|io|me|app|dev|co|ca|uk|us|fr|de|ie|au|nz|eu|ly|gg)\b(?:/[^\s<>\"'()]*[\w/])?"
        ),
    ),
    ("CONTACT", _rule(r"(?<![\w@.])@\w[\w.-]*\w")),
    (
        "CONTACT",
        _rule(
            rf"\b(?:{_PLACES_TO_BE})(?: (?:handle|name|id|account|number))?(?: is|:|=| -)\s?[\"'“]?"
            r"(?P<it>(?=[\w.#@-]{0,40}[\d_.@])[\w@][\w.#-]{2,40}\w|(?<=[:=] )\w{3,40})"
        ),
    ),
    (
        "CONTACT",
        _rule(r"(?<![\w.,$£€/-])(?:\+|00)?\(?\d(?:[ .()/–-]{0,2}\d){6,15}(?: ?(?:x|ext\.?|poste) ?\d{1,6})?(?!\w|%|[.,-]\d)"),
    ),
    (
        "CONTACT",
        _rule(
            rf"(?:\b(?:flat|apt\.?|apartment|unit|suite|room|no\.?) ?#?\w{{1,5}},? )?\b\d{{1,5}}[a-z]?(?:[-/]\d+[a-z]?)?,? "
            rf"(?-i:(?:[A-Z0-9][\w.'’-]* ){{1,4}})(?:{_STREET})\b\.?(?:,? (?:apt\.?|apartment|unit|flat|suite|#) ?#?\w{{1,5}})?"
        ),
    ),
    (
        "CONTACT",
        _rule(
            r"\b\d{1,4}(?: ?(?:bis|ter))?,? (?:rue|avenue|av\.|boul\.|boulevard|bd|chemin|ch\.|place|impasse|allée|quai|route|rang|côte)"
            r"(?:[ '’-](?:de|du|des|la|le|les|l|d|à|st|ste|saint|sainte|\d+e|(?-i:[A-ZÀ-Ý][\w-]*))\b)+"
        ),
    ),
    ("CONTACT", _rule(r"\bp\.?\s?o\.? box \d+\b")),
    ("CONTACT", _rule(r"\b(?:[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}|[ABCEGHJ-NPRSTVXY]\d[A-Z][ -]?\d[A-Z]\d)\b", 0)),
    ("CONTACT", _rule(r"\b[A-Z]{2},? \d{5}(?:-\d{4})?\b", 0)),
    ("CONTACT", _rule(r"\b\d{5} (?=[A-ZÀ-Ý][a-zà-ÿ])", 0)),
    (
        "NUMBER",
        _rule(
            rf"\b(?:d\.?o\.?b\.?|date of birth|birth ?date|birthday|born|b\.|née?|date de naissance|naissance|anniversaire)"
            rf"\W{{0,3}}(?:(?:is|was|on|in|le|en)\W{{1,2}})?"
            rf"(?P<it>{_DATE}|\d{{1,2}}(?:st|nd|rd|th)?(?: of)? (?:{_MONTH})|(?:{_MONTH}) \d{{1,2}}|(?:19|20)\d\d)\b"
        ),
    ),
    ("NUMBER", _rule(r"\b\d{1,2}[/.-]\d{1,2}[/.-](?:19\d\d|200\d|201[0-5])\b|\b(?:19\d\d|200\d|201[0-5])-\d\d-\d\d\b")),
    ("NUMBER", _rule(rf"\b\d{{1,2}}(?:st|nd|rd|th|er)?(?: of)? (?:{_MONTH})\.?,? (?:19\d\d|200\d|201[0-5])\b")),
    ("NUMBER", _rule(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b", 0)),
    ("NUMBER", _rule(r"\b[A-Z]{2} ?\d{2} ?\d{2} ?\d{2} ?[A-D]\b", 0)),
    (
        "NUMBER",
        _rule(r"\b\d{3}[- ]\d{2}[- ]\d{4}\b|\b\d{3}[- ]\d{3}[- ]\d{3}\b|\b\d{4}(?:[ -]?\d{4}){2,3}\b|\b\d{2}-\d{2}-\d{2}\b"),
    ),
    (
        "NUMBER",
        _rule(
            r"\b[A-Z]{1,5}[- ]?\d{4,20}[A-Z0-9-]{0,40}\b|\b\d{1,20}[A-Z]{1,9}\d{3,20}[A-Z0-9]{0,20}\b|\b[A-Z]{2}\d{2} ?[A-Z]{3}\b",
            0,
        ),
    ),
    (
        "NUMBER",
        _rule(
            rf"\b(?:{_REFERENCE})\W{{0,2}}"
            r"(?:(?:card|id|numbers?|nos?|num|numéro|n°|code|ends(?: in)?|ending(?: in)?)\b\W{0,2}){0,4}(?:is |was |are |est )?"
            r"(?P<it>(?=(?:[\w/-]{0,12}\d){3})[A-Z0-9][\w/-]{0,40}(?: \d[\w/-]{2,20}){0,6})"
        ),
    ),
    (
        "NUMBER",
        _rule(
            r"\b(?:pin|pass ?code|password|code|combination|mot de passe)\W{0,2}(?:is |was |to [\w ]{1,20} is |est )?"
            r"(?P<it>(?=[\w#*!-]{0,40}\d)[\w#*!-]{3,60})"
        ),
    ),
    ("NUMBER", _rule(r"\b\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}\b")),
    ("NUMBER", _rule(r"(?<![\w.,$£€-])\d{5,}(?![\w,%]|\.\d)")),
)
_SPANS_OF_YEARS: Final = re.compile(r"(?:1[89]|20)\d\d ?[–/-] ?(?:1[89]|20)\d\d")
_DAY: Final = re.compile(
    r"\d\d?[.h]\d\d ?[–-] ?\d\d?[.h]\d\d|(?:20\d\d[-./]\d\d?[-./]\d\d?|\d\d?[-./]\d\d?[-./]20(?:1[6-9]|[2-9]\d))(?: \d\d?)?"
)


def contacts(text: str) -> Iterator[Span]:
    """Spans of the kinds CONTACT and NUMBER; they may overlap. The day of a session is no number that identifies."""
    for kind, rule in _RULES:
        for m in rule.finditer(text):
            start, end = m.span("it" if "it" in rule.groupindex else 0)
            shown = text[start:end].strip()
            if not (_SPANS_OF_YEARS.fullmatch(shown) or (kind == "CONTACT" and _DAY.fullmatch(shown))):
                yield Span(start, end, kind)
