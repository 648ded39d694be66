"""The rules of a program: from which level a flag is raised, by when it must be looked at, when it climbs, its working hours."""

from datetime import time
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from api.telling import Told
from coach import ALARMS, rank

Grave = Literal["concern", "urgent", "emergency"]
Door = Literal["embed", "mcp", "slack"]
PLACES = f"The alarm dial has these places: {', '.join(f'{a:g}' for a in ALARMS)}."
CLIMB: dict[Grave, int] = {"emergency": 5, "urgent": 60, "concern": 1440}


def rank_of(level: str) -> int:
    """`coach.rank` of a level as the database and a report's JSON give it."""
    return rank(level)  # type: ignore[arg-type]


class Hours(BaseModel):
    """Working hours in the program's time zone; `days` are 0 (Monday) to 6."""

    model_config = ConfigDict(extra="forbid")
    days: list[Annotated[int, Field(ge=0, le=6)]] = Field(default=[0, 1, 2, 3, 4], min_length=1)
    start: time = time(9)
    end: time = time(17)

    @model_validator(mode="after")
    def _a_day(self) -> "Hours":
        if self.start.tzinfo or self.end.tzinfo:
            raise Told("Working hours are in the program's time zone: write 09:00, without a zone.")
        if self.start >= self.end:
            raise Told("Working hours end after they begin, on the same day; for night shifts name contacts on call.")
        return self


class OwnService(BaseModel):
    """A help service of the program itself (employee assistance, campus counselling, safeguarding lead): shown first."""

    model_config = ConfigDict(extra="forbid")
    name: str = Field(min_length=1, max_length=200)
    call: str | None = Field(default=None, max_length=40, pattern=r"^[+0-9 ()./-]+$")
    url: str | None = Field(default=None, max_length=500, pattern=r"^https://")
    hours: str | None = Field(default=None, max_length=100)
    note: str | None = Field(default=None, max_length=300)


class Handbook(BaseModel):
    """Where the program's own rules stand."""

    model_config = ConfigDict(extra="forbid")
    title: str = Field(min_length=1, max_length=200)
    url: str | None = Field(default=None, max_length=500, pattern=r"^https://")


class Rules(BaseModel):
    """Minutes and days count in working hours except at emergency, which counts always and cannot be muted.

    `doors` are the plugins that show or take notes outside the service's own pages; all are shut until an admin opens them.
    `weekly_sample` is how many unflagged notes staff look at again each week; 0 draws none. `urgent_alarms` is the alarm dial: how
    many false urgent alarms among 100 calm notes the program accepts; more makes the coach more careful. `remote_model`: notes may be
    put to the language model elsewhere that the service has set up, each after its mentor agreed to the words that leave, or where a
    request asks for it. `share_feedback`: what mentors judged right, wrong or missed may leave, masked and encrypted, for training.
    """

    model_config = ConfigDict(extra="forbid")
    hours: Hours = Hours()
    services: list[OwnService] = Field(default_factory=list, max_length=20)
    handbook: Handbook | None = None
    doors: list[Door] = Field(default_factory=list, max_length=8)
    flag_from: Literal["watch", "concern"] = "concern"
    emergency_minutes: int = Field(default=15, ge=1, le=60)
    urgent: Literal["same_day"] = "same_day"
    concern_days: int = Field(default=3, ge=1, le=10)
    weekly_sample: int = Field(default=5, ge=0, le=50)
    urgent_alarms: float = Field(default=1.0, json_schema_extra={"enum": list(ALARMS)})
    remote_model: bool = False
    share_feedback: bool = False
    climb_minutes: dict[Grave, Annotated[int, Field(ge=1, le=10080)]] = Field(default_factory=lambda: dict(CLIMB))

    @field_validator("urgent_alarms")
    @classmethod
    def _a_place(cls, given: float) -> float:
        if given not in ALARMS:
            raise Told(PLACES)
        return given

    @field_validator("climb_minutes")
    @classmethod
    def _every_level(cls, given: dict[Grave, int]) -> dict[Grave, int]:
        """What is not named stays as it is by default; an emergency climbs within the hour, whatever is set."""
        merged = {**CLIMB, **given}
        if merged["emergency"] > 60:
            raise Told("An emergency climbs within 60 minutes.")
        return merged
