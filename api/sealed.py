"""The words of stored rows, opened with their note's seal: the one place that knows by which name each is bound.

None where a row holds no words, or none any more.
"""

import json
from typing import Any

from api.db.models import FlagEvent, Note, StoredReport
from api.security import Seal


def note_text(seal: Seal, note: Note) -> str | None:
    return None if note.text is None else seal.open(note.text, f"note:{note.id}")


def report_body(seal: Seal, row: StoredReport) -> dict[str, Any] | None:
    if row.body is None:
        return None
    body: dict[str, Any] = json.loads(seal.open(row.body, f"report:{row.id}"))
    return body


def event_words(seal: Seal, event: FlagEvent) -> str | None:
    return None if event.words is None else seal.open(event.words, f"event:{event.id}")
