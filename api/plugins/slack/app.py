"""The framework's app of a program's door: which request leads to which act. Every request is answered first, then acted on."""

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, NamedTuple

from api.errors import Busy, Conflict, NotFound, Problem, Unreadable, places, retry
from api.limits import Rates
from api.plugins.slack import blocks, inbound, service, web
from api.plugins.slack.acts import Acts, Body, typed
from api.plugins.slack.service import Door
from api.services import Services

if TYPE_CHECKING:
    from slack_bolt import App, BoltResponse

log = logging.getLogger("coach.slack")
THREADS, WAITING = 4, 32
SHUT = "There is no such door here."


class Later(Executor):
    """In place of the framework's threads: keeps what is to be done after the answer, for whoever dispatched the request."""

    def __init__(self) -> None:
        self._kept = threading.local()

    def submit(self, fn: Callable[..., Any], /, *given: Any, **named: Any) -> "Future[Any]":
        self._kept.acts.append(lambda: fn(*given, **named))
        return Future()

    def during(self, dispatch: Callable[[], "BoltResponse"]) -> "Served":
        acts: list[Callable[[], None]] = []
        self._kept.acts = acts
        return Served(dispatch(), acts)


class Served(NamedTuple):
    """An answer, and what is done once it has left: else the window it opens could cover what the act has shown already."""

    answer: "BoltResponse"
    acts: list[Callable[[], None]]


class Doors:
    """The open doors of a service. Another process, or an admin, may set one up anew: each request looks."""

    def __init__(self, at: Services, rates: Rates) -> None:
        self._at, self._rates, self._later = at, rates, Later()
        self._hands = ThreadPoolExecutor(THREADS, thread_name_prefix="slack")
        self._places = threading.BoundedSemaphore(THREADS + WAITING)
        self._apps: dict[str, tuple[str, App]] = {}

    def close(self) -> None:
        self._hands.shutdown(wait=False, cancel_futures=True)

    def act(self, acts: Sequence[Callable[[], None]]) -> None:
        """In the door's own threads: where Slack is slow or down nobody else waits, and only so many wait here."""
        for one in acts:
            if not self._places.acquire(blocking=False):
                log.warning("slack", extra={"kind": "act", "fault": "busy"})
                return
            self._hands.submit(one).add_done_callback(lambda _: self._places.release())

    def _full(self) -> bool:
        if not self._places.acquire(blocking=False):
            return True
        self._places.release()
        return False

    def serve(self, program: str, body: bytes, headers: Mapping[str, str]) -> Served:
        """Answers a request of Slack. Raises NotFound where the door is shut, Unauthorised, Conflict for one that came before.

        An event that Slack sends again under its id is answered and not acted on.
        """
        door = service.opened(self._at, program)
        if door is None or not _installed():
            raise NotFound(SHUT)
        text = inbound.verified(self._at, door, body, headers)
        from slack_bolt import BoltRequest, BoltResponse

        try:
            # of the headers this one alone: others could steer the framework, and are not under the signature
            request = BoltRequest(body=text, headers={"content-type": headers.get("content-type", "")})
        except (ValueError, TypeError, AttributeError, KeyError, RecursionError):
            raise Unreadable("This is no request of Slack.") from None
        if request.context.team_id not in (door.team, None):
            raise NotFound(SHUT)
        if self._full():
            raise Busy("Too much is under way in Slack; try again shortly.", headers=retry(5))
        if not inbound.first_time(self._at, door, headers["x-slack-signature"]):
            raise Conflict("This request has been served already.", code="replayed")
        event = request.body.get("event_id")
        if event is not None and not inbound.first_time(self._at, door, f"event:{event}"):
            return Served(BoltResponse(status=200, body=""), [])
        try:
            return self._later.during(lambda: self._app(door).dispatch(request))
        except Exception as fault:  # signed, and of a shape that the framework's own error handling stumbles over
            _log_fault(fault)
            raise Unreadable("This is no request of Slack.") from None

    def _app(self, door: Door) -> "App":
        known = self._apps.get(door.program)
        if known is None or known[0] != door.id:
            known = self._apps[door.program] = door.id, build(Acts(self._at, self._rates, door), self._later)
        return known[1]


def _installed() -> bool:
    try:
        import slack_bolt  # noqa: F401
    except ImportError:
        return False
    return True


def build(acts: Acts, later: Later) -> "App":
    """Signatures are checked before, on the service's clock; the token is the door's own, so nothing is asked of Slack here."""
    from slack_bolt import App, BoltResponse
    from slack_bolt.authorization import AuthorizeResult

    door = acts.door
    app = App(
        name="slack_bolt.app",  # Bolt silences the logger of this name: as "coach" it would be the whole service's
        logger=web.silent,
        signing_secret=door.signing_secret,
        client=acts.slack,
        authorize=lambda: AuthorizeResult(enterprise_id=None, team_id=door.team, bot_token=door.bot_token),
        request_verification_enabled=False,
        process_before_response=True,
        listener_executor=later,
    )

    def unforeseen(error: Exception) -> BoltResponse:
        """A request that the framework, or ours before an answer, can make nothing of."""
        _log_fault(error)
        return BoltResponse(status=422, body="")

    app.error(unforeseen)
    app.command("/coach")(ack=_taken, lazy=[_act(acts.open_window)])
    app.message_shortcut("coach_message")(ack=_taken, lazy=[_act(acts.coach_message)])
    app.view("coach_note")(ack=_reading, lazy=[_act(acts.coach_note)])
    app.view_closed("coach_note")(_taken)
    app.event("app_home_opened")(ack=_taken, lazy=[_act(acts.show_home)])
    app.action("coach_claim")(ack=_taken, lazy=[_act(acts.claim)])
    return app


def _log_fault(fault: Exception) -> None:
    """By its kind and place: its words may hold a note's."""
    log.error("slack", extra={"kind": "dispatch", "fault": type(fault).__name__, "places": places(fault)})


def _taken(ack: Callable[..., Any]) -> None:
    ack()


def _reading(ack: Callable[..., Any], body: Body) -> None:
    """An empty note is told in the window; any other turns it into one that waits for the answer."""
    if typed(body)[0].strip():
        ack(response_action="update", view=blocks.reading())
    else:
        ack(response_action="errors", errors={"note": "Write something first."})


def _act(act: Callable[[Body], None]) -> Callable[..., None]:
    def run(body: Body) -> None:
        """A fault is logged by its kind and place: its words may hold a note's."""
        try:
            act(body)
        except Exception as fault:
            kind = fault.code if isinstance(fault, Problem) else type(fault).__name__
            reason = getattr(fault, "reason", None)
            log.warning("slack", extra={"kind": act.__name__, "fault": reason or kind, "places": places(fault)})

    return run
