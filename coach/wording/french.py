"""Days and opening hours in French."""

import re

_MONTHS = "janvier février mars avril mai juin juillet août septembre octobre novembre décembre".split()
_DAY = re.compile(r"(\d{4})(?:-(\d{2}))?(?:-(\d{2}))?")
_SPAN = re.compile(r"\b(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})\b")
_HOUR = re.compile(r"\b(\d{1,2}):(\d{2})\b")
_RANGE = re.compile(r"\b(\w{3})-(\w{3})\b")
_BEFORE_HOURS = re.compile(r"(?<=[a-zéè])(?<!\bou)(?<!\bet) (?=de \d+\u00a0h)")
_WORD = re.compile(r"[^\W\d_]+")
_WHOLE = {"24/7": "jour et nuit, 7 jours sur 7", "Business hours": "heures de bureau", "Daily": "tous les jours"}
_DAYS = {"Mon": "lundi", "Tue": "mardi", "Wed": "mercredi", "Thu": "jeudi", "Fri": "vendredi", "Sat": "samedi", "Sun": "dimanche"}
_WORDS = {
    **_DAYS,
    "daily": "tous les jours",
    "Daily": "tous les jours",
    "Weekdays": "en semaine",
    "weekends": "la fin de semaine",
    "Phone": "téléphone",
    "chat": "clavardage",
    "ET": "(HE)",
    "CT": "(HC)",
    "PT": "(HP)",
    **{zone: zone for zone in ("AET", "AEST", "AEDT")},
}
_PHRASES = {
    "(one source)": "(une seule source)",
    "older pages say": "d'anciennes pages disent",
    "an older page:": "une ancienne page\u00a0:",
    "checked": "vérifié\u00a0:",
    "hours from": "heures de",
    "Hours conflict": "Heures contradictoires",
    "Conflict:": "Heures contradictoires\u00a0:",
    "in recent listings": "dans les listes récentes",
    "in later listings": "dans des listes plus récentes",
    "in older": "dans d'anciennes",
    "hours from memory": "heures de mémoire",
    "in most areas": "presque partout",
    "in most of Canada": "presque partout au Canada",
    "South Australia": "Australie-Méridionale",
    "e-mail at any time": "courriel en tout temps",
    " or ": " ou ",
    " and ": " et ",
    " in 20": " en 20",
}
_PHRASE = re.compile("|".join(map(re.escape, sorted(_PHRASES, key=len, reverse=True))))


def day(text: str) -> str:
    """'2026-03-01' -> '1er mars 2026', '2026-03' -> 'mars 2026'; any other text as it is."""
    found = _DAY.fullmatch(text)
    if not found or not 1 <= int(found[2] or 1) <= 12:
        return text
    year, month, number = found.groups()
    if month is None:
        return year
    first = f"{'1er' if number == '01' else int(number)} " if number else ""
    return f"{first}{_MONTHS[int(month) - 1]} {year}"


def hours(text: str) -> str:
    """'Mon-Fri 09:00-17:30' -> 'du lundi au vendredi, de 9 h à 17 h 30'. With a word that is not known here it stays as it is."""
    if text in _WHOLE:
        return _WHOLE[text]
    if any(word not in _WORDS for word in _WORD.findall(_PHRASE.sub(" ", text))):
        return text
    made = _PHRASE.sub(lambda m: _PHRASES[m[0]], text)
    made = _RANGE.sub(lambda m: f"du {_DAYS[m[1]]} au {_DAYS[m[2]]}" if {m[1], m[2]} <= _DAYS.keys() else m[0], made)
    made = _SPAN.sub(lambda m: f"de {_hour(m[1], m[2])} à {_hour(m[3], m[4])}", made)
    made = _HOUR.sub(lambda m: _hour(m[1], m[2]), made)
    made = _WORD.sub(lambda m: _WORDS.get(m[0], m[0]), made)
    return _BEFORE_HOURS.sub(", ", made).replace("24/7", _WHOLE["24/7"])


def _hour(hour: str, minute: str) -> str:
    return f"{int(hour)}\u00a0h" if minute == "00" else f"{int(hour)}\u00a0h\u00a0{minute}"
