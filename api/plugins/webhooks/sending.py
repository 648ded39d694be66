"""The worker's part: calls every receiver that something is due for, all at the same time, each one event after the other.

A receiver that is slow holds up itself alone, for `webhook_seconds` an event from the look-up of its name to its answer's head.
"""

import asyncio
import contextlib
import logging
import threading
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import partial
from typing import Any

import httpx

from api.errors import places
from api.outward import pin, trust
from api.plugins.webhooks.due import look
from api.plugins.webhooks.parcel import AT_ONCE, Outcome, Parcel, leave, pack, settle, take
from api.services import Services

log = logging.getLogger("coach.worker")
LOOK = timedelta(seconds=30)
"""So often what has fallen due is looked for."""
LONGEST_WAIT = timedelta(days=1)
GRACE = 3.0
"""Seconds that calls under way have at a stop; what is cut off is sent again."""
Hook = Callable[[httpx.Request], Awaitable[None]]


class NoPublicAddress(Exception):
    """The receiver's name leads nowhere, or into a private network: which of them is not told, for that would map the network."""


class Deliverer:
    """`tick` sends all that is due now and gives how many calls that were; `run` goes on until it is stopped."""

    def __init__(self, at: Services) -> None:
        self._at = at

    def tick(self) -> int:
        return asyncio.run(self._once())

    def run(self, stopped: threading.Event) -> None:
        asyncio.run(self._until(stopped))

    async def _once(self) -> int:
        count = 0
        await self._told(partial(look, self._at))
        with _names() as names:
            while mine := await self._told(partial(take, self._at)):
                calls = sum(await asyncio.gather(*(self._drain(ident, names) for ident in mine)))
                if not calls:
                    break
                count += calls
        return count

    async def _until(self, stopped: threading.Event) -> None:
        under_way: set[asyncio.Task[int]] = set()
        looked: datetime | None = None
        with _names() as names:
            while not stopped.is_set():
                now = self._at.clock()
                if looked is None or now - looked >= LOOK:
                    looked = now
                    await self._told(partial(look, self._at))
                mine = await self._told(partial(take, self._at)) if len(under_way) < AT_ONCE else None
                for ident in mine or ():
                    task = asyncio.create_task(self._drain(ident, names))
                    under_way.add(task)
                    task.add_done_callback(under_way.discard)
                await asyncio.sleep(self._at.settings.worker_seconds)
            if under_way:
                _, late = await asyncio.wait(under_way, timeout=GRACE)
                for task in late:
                    task.cancel()
                await asyncio.gather(*late, return_exceptions=True)

    async def _told(self, act: Callable[[], Any]) -> Any:
        """A fault is logged by its kind and place, and tried again at the next look."""
        try:
            return await asyncio.to_thread(act)
        except Exception as fault:
            log.error("worker", extra={"fault": type(fault).__name__, "places": places(fault), "kind": "webhooks"})
            return None

    async def _drain(self, ident: str, names: ThreadPoolExecutor) -> int:
        """What is due for one subscription; how many calls that were. What cannot be packed is left to the next look."""
        count = 0
        for _ in range(AT_ONCE):
            parcel = await self._told(partial(pack, self._at, ident))
            if parcel is None:
                return count
            outcome = await self._post(parcel, names)
            await self._told(partial(settle, self._at, ident, parcel.delivery, outcome))
            count += 1
        await self._told(partial(leave, self._at, ident))
        return count

    async def _post(self, parcel: Parcel, names: ThreadPoolExecutor) -> Outcome:
        """One call. Its answer's body is not read; no proxy, no cookie, no second address by a redirect."""
        seconds = self._at.settings.webhook_seconds
        hooks = [] if self._at.settings.allow_private_webhooks else [_pinned(names)]
        try:
            async with (
                asyncio.timeout(seconds),
                httpx.AsyncClient(
                    verify=trust(),
                    timeout=seconds,
                    follow_redirects=False,
                    trust_env=False,
                    event_hooks={"request": hooks},
                ) as client,
                client.stream("POST", parcel.address, content=parcel.body.encode(), headers=parcel.headers) as answer,
            ):
                return Outcome(answer.status_code, None, _wait(answer.headers.get("retry-after"), self._at.clock()))
        except (TimeoutError, httpx.TimeoutException):
            return Outcome(None, "timeout")
        except NoPublicAddress:
            return Outcome(None, "no_public_address")
        except Exception as fault:  # an address that no library can make sense of must not be tried for ever
            return Outcome(None, type(fault).__name__)


def _pinned(names: ThreadPoolExecutor) -> Hook:
    """`outward.pin` in a thread: a name server that is slow holds up nobody else."""

    async def hook(request: httpx.Request) -> None:
        try:
            await asyncio.get_running_loop().run_in_executor(names, pin, request)
        except OSError:
            raise NoPublicAddress from None

    return hook


def _wait(given: str | None, now: datetime) -> timedelta:
    """Retry-After: seconds, or a date; a day at most, nothing where it says neither."""
    if given is None:
        return timedelta(0)
    if given.isdecimal() and len(given) < 10:
        return min(timedelta(seconds=int(given)), LONGEST_WAIT)
    with contextlib.suppress(ValueError, TypeError):
        return max(timedelta(0), min(parsedate_to_datetime(given) - now, LONGEST_WAIT))
    return timedelta(0)


@contextlib.contextmanager
def _names() -> Iterator[ThreadPoolExecutor]:
    """Threads that look up names. At the end nobody waits for a name server."""
    threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="webhook-names")
    try:
        yield threads
    finally:
        threads.shutdown(wait=False, cancel_futures=True)
