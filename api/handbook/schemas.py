"""What the handbook routes give."""

from datetime import datetime

from pydantic import BaseModel


class DocumentOut(BaseModel):
    """A document of the program's handbook; `passages` is how many pieces it was cut into for citing."""

    id: str
    name: str
    passages: int
    added_at: datetime
