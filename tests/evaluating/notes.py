"""A handful of labelled notes and reports, worked out by hand."""

TEXT = "He can't sleep. Dread every Sunday. No thoughts of suicide. He figured I'd call."


def signal(quote, label, assertion="present", about="mentee", status=None):
    at = TEXT.index(quote)
    place = {"quote": quote, "start": at, "end": at + len(quote), "score": 0.9}
    return {**place, "label": label, "assertion": assertion, "about": about, "status": status}


def note(*signals, ident="a", level="watch"):
    return {"id": ident, "text": TEXT, "triage": level, "stage": "trust", "signals": list(signals)}


def report(*signals, ident="a", level="watch"):
    return {"id": ident, "signals": list(signals), "triage": {"level": level}, "stage": {"name": "trust"}}


SLEEP = signal("can't sleep", "distress.sleep_body")
DREAD = signal("Dread every Sunday", "distress.anxiety")
DENIED = signal("No thoughts of suicide", "distress.suicide", "negated")
CALL = signal("He figured I'd call", "expectation.response_time", status="implicit")
