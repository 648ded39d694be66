"""What the pages of the weekly sample take and give."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, StringConstraints

from api.telling import Told
from api.types import Strict
from coach import LABEL_NAMES

WORRYING = tuple(label for label in LABEL_NAMES if not label.startswith("expectation.") and label != "relationship.progress")
"""Labels that a concern can have."""


def _worrying(label: str) -> str:
    if label not in WORRYING:
        raise Told("This is not a kind of concern.")
    return label


class SampledOut(BaseModel):
    """A note that waits for a second look: no words of it. `holder` has opened it and has not answered yet."""

    id: str
    week: str
    level: str
    received_at: datetime
    holder: str | None


class Missed(Strict):
    """What a person saw in a note that no reading had flagged; a concern about the mentor is kept from that mentor."""

    level: Literal["watch", "concern", "urgent", "emergency"]
    kind: Annotated[str, AfterValidator(_worrying)]
    about: Literal["mentee", "mentor", "other"] = "mentee"
    words: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)] | None = None
