"""What can be seen of a running service: structured logs and Prometheus metrics. Ids, counts and times; never a word of a note."""

import json
import logging
import secrets
import time
from typing import Any
from urllib.parse import urlsplit

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import Unauthorised
from api.settings import ServiceSettings, is_here

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
FIELDS = ("method", "path", "status", "ms", "fault", "places", "count", "alert", "note", "flag", "program", "kind")
log = logging.getLogger("coach.api")


class JsonLines(logging.Formatter):
    """One JSON object a line, of fixed fields: what is not listed above cannot slip in. Times are UTC."""

    converter = staticmethod(time.gmtime)

    def format(self, record: logging.LogRecord) -> str:
        row: dict[str, Any] = {"at": self.formatTime(record, "%Y-%m-%dT%H:%M:%SZ"), "level": record.levelname.lower()}
        ours = record.name.startswith("coach.")
        row["event"] = record.msg if ours else record.name
        row |= {k: getattr(record, k) for k in FIELDS if hasattr(record, k)}
        return json.dumps(row, default=str)


def set_up_logs() -> None:
    """One handler for everything: the words and tracebacks of other packages (uvicorn's, asyncio's) may hold a note's."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines())
    logging.getLogger().handlers = [handler]
    logging.getLogger("coach").handlers = [handler]
    logging.getLogger("coach").setLevel(logging.INFO)
    logging.getLogger("coach").propagate = False


class Metrics:
    """Its own registry, so that several apps can live in one process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter("coach_requests", "Requests", ["method", "path", "status"], registry=self.registry)
        self.seconds = Histogram("coach_request_seconds", "Time of a request", ["path"], registry=self.registry)
        self.notes = Counter("coach_notes", "Notes read", ["level", "coverage", "stored"], registry=self.registry)
        self.flags = Counter("coach_flags", "Flags raised", ["level"], registry=self.registry)
        self.alerts = Counter("coach_alerts", "Alerts", ["outcome"], registry=self.registry)
        self.waiting = Gauge("coach_alerts_waiting", "Alerts in the outbox", registry=self.registry)
        self.dead = Gauge("coach_alerts_dead", "Alerts given up", registry=self.registry)
        self.webhooks = Counter("coach_webhooks", "Webhook calls", ["outcome"], registry=self.registry)
        self.overdue = Gauge("coach_flags_overdue", "Flags past their deadline", registry=self.registry)

    def text(self) -> bytes:
        return generate_latest(self.registry)


def may_measure(settings: ServiceSettings, request: HTTPConnection) -> None:
    """Raises Unauthorised for whoever may not read the figures.

    An address of this machine alone is no proof: behind a proxy everybody has one. So it counts only where people come by such an
    address too.
    """
    if settings.metrics_key is not None:
        given = request.headers.get("Authorization", "").removeprefix("Bearer ").strip()
        known = secrets.compare_digest(given.encode(), settings.metrics_key.get_secret_value().encode())
    else:
        known = is_here(urlsplit(settings.public_url).hostname) and is_here(request.client.host if request.client else None)
    if not known:
        raise Unauthorised("The figures are for whoever runs the service: Authorization: Bearer COACH_METRICS_KEY.")


class Observe:
    """ASGI middleware: counts, times and logs each request by its route's pattern."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app, self._metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status, start = [500], time.perf_counter()

        async def noting(message: Message) -> None:
            if message["type"] == "http.response.start":
                status[0] = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noting)
        finally:
            seconds = time.perf_counter() - start
            path = str(getattr(scope.get("route"), "path", "unknown"))
            method = scope["method"] if scope["method"] in METHODS else "other"
            self._metrics.requests.labels(method, path, str(status[0])).inc()
            self._metrics.seconds.labels(path).observe(seconds)
            log.info("request", extra={"method": method, "path": path, "status": status[0], "ms": round(seconds * 1000, 1)})
