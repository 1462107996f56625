"""Asking a service outside over HTTP: in turn, with patience, and with every failure put into one of three classes.

What the connectors share: one address that is https (or of this machine), answers of bearable size, no redirects,
pauses between requests, repeated tries of what may pass. Whatever goes wrong ends as RetryLater, FixSettings or
FixInput with words for a person. Nothing here writes a log, and no text holds a header that was sent: one is the token.
"""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from ipaddress import ip_address
from types import TracebackType
from typing import Any, Self, TypeVar
from urllib.parse import urlsplit

import aiohttp
import msgspec

from bridge import VERSION
from bridge.errors import Failure, FixInput, FixSettings, RetryLater
from bridge.extraction import Stopped
from bridge.shapes_said import place_and_message

T = TypeVar("T")
Pause = Callable[[float], Awaitable[object]]

_TIMEOUT = aiohttp.ClientTimeout(total=300, sock_connect=15, sock_read=120)
_ERROR_BYTES = 64 * 2**10
_SHOWN = 300  # characters of what the service said
_FIRST_PAUSE = 2.0
_LOOK_SECONDS = 0.2


class Patience(msgspec.Struct, frozen=True, kw_only=True):
    """How often to try one request, and what to bear. In seconds and bytes.

    ``interval``: between any two requests. ``waits``: all pauses before tries of one request; when the service asks for
    more, nothing is tried again.
    """

    tries: int = 4
    interval: float = 0.0
    waits: float = 300.0
    answer: int = 256 * 2**20


class _Again(Exception):
    """One try failed, the next may not. ``after``: seconds that the service asked to wait."""

    def __init__(self, said: str, after: float | None = None) -> None:
        super().__init__(said)
        self.after = after


class Service:
    """One service outside, for the time of an ``async with``. ``headers`` are sent with every request."""

    def __init__(
        self, address: str, headers: Mapping[str, str], patience: Patience, pause: Pause = asyncio.sleep
    ) -> None:
        self._address = checked_address(address)
        self._secrets = [value for value in headers.values() if value]
        self._headers = {
            "Accept": "application/json, application/problem+json",
            "User-Agent": f"Komitent/{VERSION}",
            **headers,
        }
        self._patience = patience
        self._pause = pause
        self._asked = False

    async def __aenter__(self) -> Self:
        jar = aiohttp.DummyCookieJar()
        self._session = aiohttp.ClientSession(headers=self._headers, timeout=_TIMEOUT, cookie_jar=jar)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._session.close()

    async def post(self, path: str, body: object, read: Callable[[bytes], T]) -> T | None:
        """Send JSON and read the answer; None when the service has nothing to say (204).

        ``read`` gets the whole body and raises ``msgspec.DecodeError`` for one it cannot read. Raises RetryLater,
        FixSettings, FixInput.
        """
        data = msgspec.json.encode(body)
        wait = self._patience.interval if self._asked else 0.0
        spent = 0.0
        for left in reversed(range(self._patience.tries)):
            if wait:
                await self._pause(wait)
            self._asked = True
            try:
                return await self._try(path, data, read)
            except _Again as again:
                backoff = _FIRST_PAUSE * 2 ** (self._patience.tries - left - 1)
                wait = max(self._patience.interval, backoff if again.after is None else again.after)
                spent += wait
                if not left or spent > self._patience.waits:
                    raise RetryLater(f"{again}. Повторите позже", extra=_advised(again.after)) from again
        raise AssertionError("there is at least one try")

    async def _try(self, path: str, data: bytes, read: Callable[[bytes], T]) -> T | None:
        json = {"Content-Type": "application/json"}
        try:
            async with self._session.post(
                self._address + path, data=data, headers=json, allow_redirects=False
            ) as answer:
                if answer.status == 204:
                    return None
                if answer.status != 200:
                    raise await self._refusal(answer)
                body = await _whole(answer, self._patience.answer)
        except aiohttp.ClientSSLError as error:
            raise FixSettings("Узел показал недействительный сертификат: проверьте сеть, время и адрес") from error
        except aiohttp.InvalidURL as error:
            raise FixSettings("Адрес сервиса записан неверно") from error
        except (aiohttp.ClientError, TimeoutError) as error:
            raise _Again("Связь с сервисом прервалась или её нет") from error
        return _read(body, read)

    async def _refusal(self, answer: aiohttp.ClientResponse) -> Exception:
        """Say what a status other than 200 and 204 means."""
        said = self._shown(await answer.content.read(_ERROR_BYTES))
        status = answer.status
        if status == 429:
            return _Again(f"Сервис просит не спешить (429){said}", _asked_pause(answer.headers))
        if status >= 500 or status == 408:
            return _Again(f"Сервис ответил ошибкой {status}{said}", _asked_pause(answer.headers))
        return refusal(status, said)

    def _shown(self, body: bytes) -> str:
        """Return what the service said, fit to be shown: one line, not long, without anything secret."""
        text = " ".join(_told(body).split())
        for secret in self._secrets:
            text = text.replace(secret, "•••")
        printable = "".join(char for char in text if char.isprintable())
        return f": {printable[:_SHOWN]}" if printable else ""


def refusal(status: int, said: str) -> Failure:
    """Return what a status that no second try will change means; ``said`` is what the service told, fit to be shown."""
    if status in (401, 403):
        return FixSettings(f"Сервис не принял токен ({status}){said}. Проверьте токен, его срок и категории")
    if status == 402:
        return FixSettings(
            f"Сервис требует оплаты (402){said}. Проверьте подписку в кабинете или загрузите отчёт файлом"
        )
    if status < 400 or status == 404:
        return FixSettings(
            f"По этому адресу сервис не отвечает ({status}){said}. Проверьте адрес (credentials.address); если он не "
            "задан, загрузите отчёт файлом и обновите программу"
        )
    return FixInput(
        f"Сервис не принял запрос ({status}){said}. Проверьте период; если он верен, загрузите отчёт файлом"
    )


def checked_address(address: str) -> str:
    """Return an address secrets may be sent to: https, or this very machine. Raises FixSettings."""
    try:
        parts = urlsplit(address.strip())
        host, plain = parts.hostname or "", not (parts.query or parts.fragment or parts.username or parts.password)
        right = bool(host) and plain and (parts.port or 1) > 0
    except ValueError:
        right = False
    if right and (parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(host))):
        return address.strip().rstrip("/")
    raise FixSettings("Адрес сервиса: https://узел или http://127.0.0.1:порт, без имени и пароля")


def run(work: Coroutine[Any, Any, T], stop: threading.Event | None = None) -> T:
    """Run a coroutine to its end in an event loop of this thread. Raises Stopped soon after ``stop`` is set."""

    async def watched() -> T:
        task = asyncio.ensure_future(work)
        while not task.done():
            await asyncio.wait({task}, timeout=_LOOK_SECONDS)
            if stop is not None and stop.is_set() and not task.done():
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task
                raise Stopped
        return task.result()

    return asyncio.run(watched())


async def _whole(answer: aiohttp.ClientResponse, limit: int) -> bytes:
    """Read a body, unpacked, up to the limit. Raises FixInput beyond it."""
    body = bytearray()
    async for chunk in answer.content.iter_chunked(2**20):
        body += chunk
        if len(body) > limit:
            raise FixInput(f"Ответ больше {limit // 2**20} МБ: возьмите период короче")
    return bytes(body)


def _read(body: bytes, read: Callable[[bytes], T]) -> T:
    """Read a body; one that is no JSON was cut on its way, one of another shape will not change by itself."""
    try:
        return read(body)
    except msgspec.ValidationError as error:
        place, message = place_and_message(str(error))
        raise FixInput(
            f"Ответ сервиса устроен не так, как он описан ({place}: {message}). "
            "Загрузите отчёт файлом и обновите программу"
        ) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise _Again("Ответ сервиса повреждён или оборван") from error


def _told(body: bytes) -> str:
    """Return the sentence of problem+json, else nothing: pages of a proxy are not for people."""
    try:
        found = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return ""
    words = [found.get("title"), found.get("detail")] if isinstance(found, dict) else []
    return ", ".join(word for word in words if isinstance(word, str) and word)


def _asked_pause(headers: Mapping[str, str]) -> float | None:
    """Return how many seconds the service asks to wait, None when it does not say so."""
    text = headers.get("Retry-After") or headers.get("X-Ratelimit-Retry") or ""
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())


def _advised(after: float | None) -> dict[str, int]:
    return {} if after is None else {"retry_after": int(after) + 1}


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
