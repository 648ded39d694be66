"""The service: `create_app(settings)`. Nothing happens at import."""

import contextlib
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request, Response
from sqlalchemy.exc import DatabaseError

from api import errors, health, openapi
from api.accounts.routes import router as accounts
from api.accounts.service import is_first, one_time_link
from api.alerts.routes import router as alerts
from api.alerts.worker import Worker
from api.backup import NotDone
from api.clock import Clock, now
from api.counts import SharedCounts
from api.crowd import Crowd
from api.db import migrate
from api.db.session import ALL, Database, make_engine
from api.errors import Broken
from api.handbook.routes import router as handbook
from api.health import unbroken
from api.insights.routes import router as insights
from api.library.routes import router as library
from api.limits import Bounds, Rates, common_headers
from api.live import Bell
from api.notes.analyst import Analyst
from api.notes.routes import router as notes
from api.notes.service import read_again
from api.observe import Metrics, Observe, may_measure
from api.pairs.routes import router as pairs
from api.plugins.embed.routes import router as embed
from api.plugins.embed.tokens import SECRET as EMBED
from api.plugins.mcp import http as mcp
from api.plugins.slack import routes as slack
from api.plugins.webhooks.pages import router as webhook_page
from api.plugins.webhooks.routes import router as webhooks
from api.reviews.routes import router as reviews
from api.security import load_keys
from api.services import Services
from api.settings import ServiceSettings
from api.vault import AUDIT, Vault
from api.web import app as web
from api.web.agreed import AGREED
from coach import Coach, Limits, Resources, Settings, load, load_briefs, load_guidance

VERSION = "0.1.0"


def create_app(settings: ServiceSettings | None = None, *, clock: Clock = now, load_coach: Callable[[], Coach] = load) -> FastAPI:
    """An app of its own; several may live in one process.

    Raises KeyFault where the notes in the database could not be read, NotDone where the database itself is damaged or away.
    """
    at = make_services(settings or ServiceSettings(), clock, load_coach, hurried=True)
    worker = Worker(at, read_again)

    @asynccontextmanager
    async def life(_: FastAPI) -> AsyncIterator[None]:
        threading.Thread(target=_warm_up, args=(at,), name="warm-up", daemon=True).start()
        if at.settings.worker:
            worker.start()
        yield
        worker.stop()
        bell.close()
        app.state.mcp.close()
        app.state.slack.close()
        at.analyst.close()
        at.database.engine.dispose()

    app = FastAPI(
        title="Conversation coach",
        version=VERSION,
        summary="Reads mentors' notes: what is unspoken, who may be in distress, what to do next.",
        openapi_url="/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=life,
    )
    shared = None if at.database.embedded else SharedCounts(at.database.engine)
    app.state.services, app.state.rates, app.state.worker = at, Rates(shared), worker
    app.state.bell = bell = Bell(at.database)
    app.state.common_headers = common_headers(at.settings)
    errors.install(app)
    for router in (accounts, notes, pairs, reviews, alerts, insights, handbook, library, embed, webhooks, webhook_page):
        app.include_router(router)
    slack.install(app, at, app.state.rates)
    health.install(app, health.Health(at))
    _measures(app, at)
    openapi.install(app)
    mcp.install(app)
    web.install(app)
    app.add_middleware(Crowd, places=at.settings.requests_at_once)
    app.add_middleware(Bounds, settings=at.settings)
    app.add_middleware(Observe, metrics=at.metrics)
    return app


def _warm_up(at: Services) -> None:
    with contextlib.suppress(Broken):  # in the log already, and told by /readyz
        _ = at.analyst.coach


def make_services(
    settings: ServiceSettings, clock: Clock = now, load_coach: Callable[[], Coach] = load, *, hurried: bool = False
) -> Services:
    """Database (brought up to date where settings say so), keys, readers.

    What somebody waits for is `hurried`: a statement has COACH_DATABASE_SECONDS then, as it has not in a command or a migration.
    """
    if settings.embedded and settings.database_url is None:
        settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    database = Database(make_engine(settings.address, settings.database_seconds if hurried else 0))
    try:
        fresh = migrate.revision(database.engine) is None
    except DatabaseError as fault:
        raise NotDone(_no_start(settings, fault)) from None
    ring = load_keys(settings, fresh)
    if settings.embedded if settings.migrate is None else settings.migrate:
        _migrate(settings, database)
    vault, own = Vault(ring), Settings(words="en")  # stored in English, said in the language of each page
    at = Services(
        settings=settings,
        database=database,
        vault=vault,
        clock=clock,
        analyst=Analyst(settings, unbroken(load_coach), expects_reader=own.use_reader),
        metrics=Metrics(),
        limits=Limits.of(own),
        make_guidance=unbroken(lambda: load_guidance(own)),
        make_resources=unbroken(lambda: Resources(own.resources_dir, own.resources_extra)),
        make_briefs=unbroken(lambda: load_briefs(own)),
    )
    if migrate.revision(database.engine) == migrate.newest():
        with database.write(ALL) as session:
            vault.secret(session, AUDIT)
            vault.secret(session, "marks")
            vault.secret(session, EMBED)
            vault.secret(session, AGREED)
    return at


def _migrate(settings: ServiceSettings, database: Database) -> None:
    """On PostgreSQL by an engine of its own, without a limit at a statement."""
    if database.embedded:
        migrate.upgrade(database.engine)
        return
    patient = make_engine(settings.address)
    migrate.upgrade(patient)
    patient.dispose()


def _no_start(settings: ServiceSettings, fault: DatabaseError) -> str:
    """Of a database that cannot be opened: which, and what to do."""
    if not settings.embedded:
        return f"the database does not answer ({type(fault).__name__}). Start it, or see COACH_DATABASE_URL."
    place = settings.address.removeprefix("sqlite:///")
    return (
        f"the database {place} cannot be opened: {fault.orig}. Move it away and put a copy in its place: coach-api restore FILE"
    )


def first_token(at: Services) -> str | None:
    """The one-time token that makes the first admin (POST /v1/setup); None where there is one already."""
    with at.database.write(ALL) as session:
        if not is_first(session):
            return None
        return one_time_link(at, session, "admin", None)


def _measures(app: FastAPI, at: Services) -> None:
    @app.get("/metrics", tags=["health"], response_model=None)
    def metrics(request: Request) -> Response:
        """Prometheus' text format, for whoever has COACH_METRICS_KEY; without one set, on this machine alone."""
        may_measure(at.settings, request)
        return Response(at.metrics.text(), media_type="text/plain; version=0.0.4")

    @app.get("/v1/version", tags=["health"])
    def versions() -> dict[str, str]:
        """Of the service, of the model that reads notes, and of the guidance."""
        name, version = at.analyst.coach.model
        return {"service": VERSION, "model": name, "model_version": version, "index": at.guidance.version}
