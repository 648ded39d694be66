"""Types that several slices' schemas share."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from coach import LABEL_NAMES, REGION

REGION_FORM = f"^{REGION.pattern}$"
Region = Annotated[str, StringConstraints(pattern=REGION_FORM)]


def _label(name: str) -> str:
    if name not in LABEL_NAMES:
        raise ValueError("This is no label; the labelling guide lists them.")
    return name


Label = Annotated[str, AfterValidator(_label), Field(json_schema_extra={"enum": list(LABEL_NAMES)})]


class Strict(BaseModel):
    """Unknown fields are a fault, so that a misspelt one is not lost in silence."""

    model_config = ConfigDict(extra="forbid")
