"""Types that several slices' schemas share."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

Region = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}(-[A-Z0-9]{1,3})?$")]


class Strict(BaseModel):
    """Unknown fields are a fault, so that a misspelt one is not lost in silence."""

    model_config = ConfigDict(extra="forbid")
