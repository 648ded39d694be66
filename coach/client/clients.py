"""The two clients: the same calls, sent by httpx's client that waits or by the one that is awaited."""

import asyncio
import functools
import inspect
import re
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from typing import Any, Concatenate, ParamSpec, TypeVar, get_args

import httpx

from coach.client import calls
from coach.client.core import Call, Lost, Pages, Step, course
from coach.errors import UnknownValue

P = ParamSpec("P")
T = TypeVar("T")
TIMEOUT = 30.0
RETRIES = 3
pause_sync, pause_async = time.sleep, asyncio.sleep


def _with_self(method: Callable[..., Any], make: Callable[..., Any], result: Any = None) -> None:
    """Name, words and signature of the call, for help(), with the client as its first parameter and a value as what it gives."""
    functools.update_wrapper(method, make)
    del method.__wrapped__  # type: ignore[attr-defined]
    found = inspect.signature(make)
    (value,) = get_args(found.return_annotation)
    method.__signature__ = found.replace(  # type: ignore[attr-defined]
        parameters=[inspect.Parameter("self", inspect.Parameter.POSITIONAL_ONLY), *found.parameters.values()],
        return_annotation=result[value] if result else value,
    )


def _waiting(make: Callable[P, Call[T]]) -> Callable[Concatenate["Client", P], T]:
    def method(self: "Client", /, *args: P.args, **given: P.kwargs) -> T:
        return self._send(make(*args, **given))

    _with_self(method, make)
    return method


def _waiting_pages(make: Callable[P, Pages[T]]) -> Callable[Concatenate["Client", P], Iterator[T]]:
    def method(self: "Client", /, *args: P.args, **given: P.kwargs) -> Iterator[T]:
        return self._walk(make(*args, **given))

    _with_self(method, make, Iterator)
    return method


def _awaited(make: Callable[P, Call[T]]) -> Callable[Concatenate["AsyncClient", P], Coroutine[Any, Any, T]]:
    def method(self: "AsyncClient", /, *args: P.args, **given: P.kwargs) -> Coroutine[Any, Any, T]:
        return self._send(make(*args, **given))

    _with_self(method, make)
    return method


def _awaited_pages(make: Callable[P, Pages[T]]) -> Callable[Concatenate["AsyncClient", P], AsyncIterator[T]]:
    def method(self: "AsyncClient", /, *args: P.args, **given: P.kwargs) -> AsyncIterator[T]:
        return self._walk(make(*args, **given))

    _with_self(method, make, AsyncIterator)
    return method


def _options(address: str, key: str | None, timeout: float) -> dict[str, Any]:
    """What httpx's clients are made with. Raises UnknownValue, without the key in its words."""
    if not re.match(r"https?://[^/\s]", address):
        raise UnknownValue("The address begins with http:// or https:// and a host.")
    if key is not None and not re.fullmatch(r"[!-~]+", key):
        raise UnknownValue("This is no key: it holds blanks or characters outside ASCII. One begins with ck_.")
    headers = {"Accept": "application/json", "User-Agent": "conversation-coach-client"}
    return {
        "base_url": address,
        "timeout": timeout,
        "headers": {**headers, "Authorization": f"Bearer {key}"} if key else headers,
    }


class Client:
    """The service at an address, for code that waits. Safe to share between threads; close it, or use it in a `with`.

    `timeout` is in seconds, for each try; `retries` is how often what does no harm when it is sent twice is sent again after a
    lost connection or an answer of 429, 502, 503 or 504. Raises the ServiceErrors of coach.errors, and InputErrors for a note.
    `transport` is httpx's, for proxies and tests.
    """

    def __init__(
        self,
        address: str,
        key: str | None = None,
        *,
        timeout: float = TIMEOUT,
        retries: int = RETRIES,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._http = httpx.Client(transport=transport, **_options(address, key, timeout))
        self._retries = retries

    analyze = _waiting(calls.analyze)
    store = _waiting(calls.store)
    store_many = _waiting(calls.store_many)
    note = _waiting(calls.note)
    notes = _waiting_pages(calls.notes)
    read_again = _waiting(calls.read_again)
    feedback = _waiting(calls.feedback)
    pairs = _waiting(calls.pairs)
    pair = _waiting(calls.pair)
    add_pair = _waiting(calls.add_pair)
    change_pair = _waiting(calls.change_pair)
    close_pair = _waiting(calls.close_pair)
    ledger = _waiting(calls.ledger)
    add_entry = _waiting(calls.add_entry)
    change_entry = _waiting(calls.change_entry)
    follow_ups = _waiting(calls.follow_ups)
    change_follow_up = _waiting(calls.change_follow_up)
    brief = _waiting(calls.brief)
    search = _waiting(calls.search)
    card = _waiting(calls.card)
    resources = _waiting(calls.resources)
    resource = _waiting(calls.resource)
    flags = _waiting_pages(calls.flags)
    health = _waiting(calls.health)
    version = _waiting(calls.version)

    def _send(self, call: Call[T]) -> T:
        steps = course(call, call.request(self._http.build_request), self._retries)
        answer: httpx.Response | Lost | None = None
        while True:
            try:
                step = steps.send(answer)
            except StopIteration as end:
                value: T = end.value
                return value
            answer = self._do(step)

    def _do(self, step: Step) -> httpx.Response | Lost | None:
        if isinstance(step, float):
            pause_sync(step)
            return None
        try:
            return self._http.send(step)
        except httpx.RequestError as error:
            return Lost(type(error).__name__)

    def _walk(self, pages: Pages[T]) -> Iterator[T]:
        page = self._send(pages.at(None))
        while True:
            yield from page.items
            if page.next is None:
                return
            page = self._send(pages.at(page.next))

    def close(self) -> None:
        self._http.close()

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class AsyncClient:
    """The same for asyncio: the same methods, awaited; `notes` and `flags` are walked with `async for`. Close it with `aclose`."""

    def __init__(
        self,
        address: str,
        key: str | None = None,
        *,
        timeout: float = TIMEOUT,
        retries: int = RETRIES,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._http = httpx.AsyncClient(transport=transport, **_options(address, key, timeout))
        self._retries = retries

    analyze = _awaited(calls.analyze)
    store = _awaited(calls.store)
    store_many = _awaited(calls.store_many)
    note = _awaited(calls.note)
    notes = _awaited_pages(calls.notes)
    read_again = _awaited(calls.read_again)
    feedback = _awaited(calls.feedback)
    pairs = _awaited(calls.pairs)
    pair = _awaited(calls.pair)
    add_pair = _awaited(calls.add_pair)
    change_pair = _awaited(calls.change_pair)
    close_pair = _awaited(calls.close_pair)
    ledger = _awaited(calls.ledger)
    add_entry = _awaited(calls.add_entry)
    change_entry = _awaited(calls.change_entry)
    follow_ups = _awaited(calls.follow_ups)
    change_follow_up = _awaited(calls.change_follow_up)
    brief = _awaited(calls.brief)
    search = _awaited(calls.search)
    card = _awaited(calls.card)
    resources = _awaited(calls.resources)
    resource = _awaited(calls.resource)
    flags = _awaited_pages(calls.flags)
    health = _awaited(calls.health)
    version = _awaited(calls.version)

    async def _send(self, call: Call[T]) -> T:
        steps = course(call, call.request(self._http.build_request), self._retries)
        answer: httpx.Response | Lost | None = None
        while True:
            try:
                step = steps.send(answer)
            except StopIteration as end:
                value: T = end.value
                return value
            answer = await self._do(step)

    async def _do(self, step: Step) -> httpx.Response | Lost | None:
        if isinstance(step, float):
            await pause_async(step)
            return None
        try:
            return await self._http.send(step)
        except httpx.RequestError as error:
            return Lost(type(error).__name__)

    async def _walk(self, pages: Pages[T]) -> AsyncIterator[T]:
        page = await self._send(pages.at(None))
        while True:
            for item in page.items:
                yield item
            if page.next is None:
                return
            page = await self._send(pages.at(page.next))

    async def aclose(self) -> None:
        await self._http.aclose()

    async def __aenter__(self) -> "AsyncClient":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()
