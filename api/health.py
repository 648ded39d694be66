"""Whether the service can do its work: at the start, when it is asked (/healthz, /readyz), and for the desk.

A fault is told by part and file name, with what to do: never by a path of this machine, since /readyz asks nobody who they are.
"""

import logging
from collections.abc import Callable
from functools import lru_cache, partial
from typing import TypeVar

from fastapi import FastAPI
from fastapi.responses import JSONResponse
from starlette.responses import Response

from api.db import migrate
from api.errors import Broken
from api.services import Services
from api.web.language import LANGUAGES
from coach import Coach, CoachError, Settings, load_words

T = TypeVar("T")
log = logging.getLogger("coach.api")
REMEDY = "Mend the file or put back the one that was released; `coach validate` says whether all is well, and `coach serve` starts then."


class Health:
    """Of one service. Where the trained reader is switched off (COACH_USE_READER), phrases alone are no fault."""

    def __init__(self, at: Services) -> None:
        self._at, self._expects = at, Settings().use_reader

    def start(self) -> str | None:
        """Loads all that is needed to read a note and to say what was found, so that a damaged file stops the start: raises Broken.

        Gives why notes will be read by phrases alone, None where the trained reader reads.
        """
        at = self._at
        _ = at.analyst.coach, at.guidance, at.resources, at.briefs
        for language in LANGUAGES:
            unbroken(partial(load_words, language))()
        return self.reader()

    def reader(self) -> str | None:
        """Why notes are read by phrases alone; None where the trained reader reads, is switched off, or nothing loads at all."""
        try:
            coach = self._at.analyst.coach
        except Exception:  # `parts` tells it
            return None
        return _why(coach) if self._expects and coach.model[0] == "phrases" else None

    def parts(self) -> list[str]:
        """What keeps the service from working: the database, content, the encoder of the guidance."""
        try:
            found = migrate.revision(self._at.database.engine)
        except Exception as fault:
            return [f"the database does not answer ({type(fault).__name__})"]
        out = [] if found == migrate.newest() else ["the database is not up to date: coach-api db upgrade"]
        try:
            self._at.analyst.coach  # noqa: B018
            self._at.guidance.encoder  # noqa: B018
        except Exception as fault:
            out.append(f"the coach does not load ({_told(fault)})")
        return out

    def answer(self) -> Response:
        """503 with what is wrong. A reader alone that is refused: 200 and `degraded` where the settings say so."""
        parts, reader = self.parts(), self.reader()
        faults = parts + ([f"the trained reader does not load ({reader})"] if reader else [])
        degraded = not parts and reader is not None and self._at.settings.ready_without_reader
        status = "ready" if not faults else "degraded" if degraded else "not ready"
        return JSONResponse({"status": status, "faults": faults}, 503 if status == "not ready" else 200)


@lru_cache(maxsize=8)
def _why(coach: Coach) -> str:
    """The reason that every report gives then, asked for once: by two words that are nobody's."""
    return coach.analyze("We met.", words="en", remote=False).read_reason or "no reason is given"


def _told(fault: Exception) -> str:
    if isinstance(fault, Broken):
        return fault.why
    return fault.message if isinstance(fault, CoachError) else type(fault).__name__


def unbroken(make: Callable[[], T]) -> Callable[[], T]:
    """Loads a part of the library. Content or a model that is damaged is no fault of who asked: Broken, 503, with the file in the log."""

    def made() -> T:
        try:
            return make()
        except CoachError as fault:
            log.error("broken", extra={"fault": fault.message, "kind": fault.code})
            raise Broken(fault) from None

    return made


def install(app: FastAPI, health: Health) -> None:
    """`app.state.health`, /healthz and /readyz."""
    app.state.health = health

    @app.get("/healthz", tags=["health"])
    def alive() -> dict[str, str]:
        """The process runs."""
        return {"status": "ok"}

    @app.get("/readyz", tags=["health"], response_model=None)
    def ready() -> Response:
        """Database reachable and up to date, content and readers loaded; else 503 with what is wrong."""
        return health.answer()
