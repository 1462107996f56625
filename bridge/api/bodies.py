"""Reading requests and writing answers: JSON through msgspec, decimals as strings, errors with their place.

Anything big is decoded in a worker thread: nothing is parsed on the event loop.
"""

import asyncio
import re
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

import msgspec
from aiohttp import web

from bridge.errors import BadInput, Failure
from bridge.shapes_said import place_and_message
from reports.problems import Problem

T = TypeVar("T")
P = ParamSpec("P")

JSON_LIMIT = 64 * 2**20
_encoder = msgspec.json.Encoder(decimal_format="string")
_SMALL = 64 * 2**10
_MOST_FORGIVEN = 20  # fields of one body
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,64}")


class Malformed(Failure):
    """The body is not JSON."""

    code = "malformed_json"
    title = "Тело запроса не разобрано как JSON"


async def read_json(request: web.Request, kind: type[T]) -> T:
    """Read the body as that type. Raises Malformed (400), BadInput (422) with the place of what is wrong."""
    data = (await request.read()).removeprefix(b"\xef\xbb\xbf")  # 1C likes to begin its files with a BOM
    if len(data) > _SMALL:
        return await asyncio.to_thread(_decode, data, kind)
    return _decode(data, kind)


async def answering(run: Callable[P, object], /, *args: P.args, **kwargs: P.kwargs) -> web.Response:
    """Run a flow and write its answer as JSON, both in a worker thread."""
    return json_response(await asyncio.to_thread(lambda: encode(run(*args, **kwargs))))


def encode(value: object) -> bytes:
    """Write a value as JSON."""
    return _encoder.encode(value)


def json_response(body: bytes, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    """Answer with JSON that is already written."""
    return web.Response(body=body, status=status, content_type="application/json", charset="utf-8", headers=headers)


def new_name(request: web.Request) -> str:
    """Return the name in the address under which something is to be stored. Raises BadInput for a bad one."""
    name = request.match_info["name"]
    if not _NAME.fullmatch(name) or name in {".", ".."}:
        raise BadInput("Имя: от 1 до 64 знаков из латинских букв, цифр, точки, дефиса и подчёркивания")
    return name


def number(request: web.Request, name: str, default: int, low: int, high: int) -> int:
    """Return a whole number of the query, between the two bounds. Raises BadInput."""
    text = request.query.get(name)
    if text is None:
        return default
    if not re.fullmatch(r"[0-9]{1,9}", text) or not low <= int(text) <= high:
        raise BadInput(f"{name}: целое число от {low} до {high}", problems=[_wrong(name, text, f"{low}..{high}")])
    return int(text)


def flag(text: str, name: str) -> bool:
    """Read a yes or no of the query or of a form. Raises BadInput."""
    if text.casefold() in {"true", "1", "yes"}:
        return True
    if text.casefold() in {"", "false", "0", "no"}:
        return False
    raise BadInput(f"{name}: true или false", problems=[_wrong(name, text, "true, false")])


def choice(request: web.Request, name: str, allowed: tuple[str, ...]) -> str | None:
    """Return one of the allowed words of the query, or None. Raises BadInput."""
    text = request.query.get(name) or None
    if text is not None and text not in allowed:
        raise BadInput(f"{name}: {', '.join(allowed)}", problems=[_wrong(name, text, ", ".join(allowed))])
    return text


def page(request: web.Request) -> dict[str, Any]:
    """Return ``limit`` and ``cursor`` of a list."""
    return {"limit": number(request, "limit", 100, 1, 1000), "cursor": request.query.get("cursor") or None}


def _wrong(name: str, found: str, expected: str) -> Problem:
    return Problem(
        code="parameter", message=f"Недопустимое значение {name}", column=name, found=found[:200], expected=expected
    )


def _decode(data: bytes, kind: type[T]) -> T:
    if b"\\u0000" in data:
        raise BadInput("Знак с кодом 0 в тексте не принимается")
    try:
        try:
            return msgspec.json.decode(data, type=kind)
        except msgspec.ValidationError:
            return _forgiving(msgspec.json.decode(data), kind)
    except msgspec.ValidationError as error:
        place, message = place_and_message(str(error))
        problem = Problem(code="field", message=f"{place}: {message}", column=place)
        raise BadInput(f"{place}: {message}", problems=[problem]) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Malformed(f"{error}") from error


def _forgiving(body: Any, kind: type[T]) -> T:
    """Read a body in which null stands for what is not given, and codes may be numbers: 1C writes both so."""
    for _ in range(_MOST_FORGIVEN):
        try:
            return msgspec.convert(body, kind)
        except msgspec.ValidationError as error:
            message, _, place = str(error).partition(" - at ")
            field = place.strip("`").rpartition(".")[2].partition("[")[0]
            objects = [one for one in (body if isinstance(body, list) else [body]) if isinstance(one, dict)]
            if message.endswith("got `null`"):
                changed = [one.pop(field, "") for one in objects if one.get(field, "") is None]
            elif message == "Expected `str`, got `int`" or (field == "vat_rate" and "got `float`" in message):
                changed = [one.update({field: _text(one[field])}) for one in objects if field in one]
            else:
                raise
            if not changed:
                raise
    return msgspec.convert(body, kind)


def _text(value: Any) -> Any:
    """Write whole numbers (and a rate) as text, also inside a list."""
    if isinstance(value, list):
        return [_text(each) for each in value]
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value
