"""Middlewares that stand before every page and call: one shape for errors, known Host names, no other web sites.

A local service is reachable from any site the accountant visits. Two checks close that door without tokens: the Host
must be one of ours (a hostile name may resolve to 127.0.0.1), and a browser must not say that another site asks.
"""

import logging
from secrets import token_hex
from typing import Any
from urllib.parse import urlsplit

import msgspec
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from sqlalchemy.exc import OperationalError

from bridge.errors import Failure, Forbidden, Unauthorized
from bridge.problem_json import CONTENT_TYPE, plain_problem, problem_json, unexpected_problem
from bridge.settings import Settings
from reports.problems import Refused

log = logging.getLogger("komitent")

_CHALLENGE = 'Basic realm="Komitent", charset="UTF-8", Bearer realm="Komitent"'
_DEFAULT_PORTS = {"http": 80, "https": 443}


class Misdirected(Failure):
    """The Host header names somebody else."""

    status = 421
    code = "host_unknown"
    title = "Обращение по неизвестному имени узла"


class Busy(Failure):
    """The database cannot be written just now."""

    status = 503
    code = "database_busy"
    title = "База данных занята, повторите позже"


def middlewares(settings: Settings) -> list[Middleware]:
    """Return the middlewares in the order in which they see a request."""
    return [answer_errors, known_hosts(settings), same_site]


@web.middleware
async def answer_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn whatever is raised into the one error shape; the unexpected is logged in full and answered blandly."""
    try:
        return await handler(request)
    except (Failure, Refused) as error:
        return error_response(error)
    except web.HTTPException as error:
        if error.status < 400:
            raise
        allow = error.headers.get("Allow")
        return problem_response(plain_problem(error.status), {"Allow": allow} if allow else {})
    except web.RequestPayloadError:
        return problem_response(plain_problem(400))
    except ConnectionError:
        raise  # the client is gone: there is nobody to answer
    except OperationalError:
        log.exception("The database refused %s %s", request.method, request.path)
        return problem_response(problem_json(Busy()), {"Retry-After": "5"})
    except Exception:
        log_id = token_hex(6)
        log.exception("Error %s at %s %s", log_id, request.method, request.path)
        return problem_response(unexpected_problem(log_id))


def error_response(error: Failure | Refused) -> web.Response:
    """Answer an expected error."""
    return problem_response(
        problem_json(error), {"WWW-Authenticate": _CHALLENGE} if isinstance(error, Unauthorized) else {}
    )


def problem_response(problem: dict[str, Any], headers: dict[str, str] | None = None) -> web.Response:
    """Answer a problem that already has the common shape."""
    body = msgspec.json.encode(problem)
    return web.Response(body=body, status=problem["status"], content_type=CONTENT_TYPE, headers=headers)


def known_hosts(settings: Settings) -> Middleware:
    """Make the middleware that answers only to names of this machine."""
    names = {"127.0.0.1", "localhost", "::1", settings.host.strip("[]").casefold(), *settings.allowed_hosts}

    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        place = _place(f"http://{request.headers.get('Host', '')}")
        if place is None or place[0] not in names:
            raise Misdirected("Имя узла добавляется настройкой KOMITENT_ALLOWED_HOSTS")
        return await handler(request)

    return check


@web.middleware
async def same_site(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse what a browser sends on behalf of another site. Programs send neither header and pass."""
    site = request.headers.get("Sec-Fetch-Site")
    if site not in {None, "none", "same-origin"}:
        raise Forbidden("Запрос пришёл со страницы другого сайта")
    origin = request.headers.get("Origin")
    if origin is not None and not _is_origin_of(origin, request.headers["Host"]):
        raise Forbidden("Запрос пришёл со страницы другого сайта")
    return await handler(request)


def _is_origin_of(origin: str, host: str) -> bool:
    """True when the page came from this Host. A proxy before us may speak https: the scheme is the page's own."""
    place, own = _place(origin), _place(f"{origin.partition(':')[0]}://{host}")
    return place is not None and place == own


def _place(address: str) -> tuple[str, int] | None:
    """Host and port of an address, None when it is not one of the web."""
    try:
        parts = urlsplit(address)
        host, port = parts.hostname, parts.port or _DEFAULT_PORTS.get(parts.scheme)
    except ValueError:
        return None
    return (host, port) if host and port else None
