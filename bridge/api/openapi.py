"""The contract as OpenAPI 3.1, written from the same route list that serves the requests."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from bridge import VERSION
from bridge.api import shapes
from bridge.api.once import HEADER
from bridge.api.permissions import PERMISSIONS
from bridge.api.routing import Query, Route
from bridge.problem_json import CONTENT_TYPE

_REF = "#/components/schemas/{name}"
_MEANINGS = {
    200: "Сделано", 201: "Создано", 202: "Принято, выполняется", 400: "Запрос не разобран",
    401: "Нужен токен или пароль", 403: "Роль не разрешает, или запрос пришёл с другого сайта", 404: "Не найдено",
    409: "Состояние не позволяет",
    413: "Слишком большой запрос", 415: "Файл этого вида не читается", 421: "Неизвестное имя узла",
    422: "Данные не приняты", 500: "Внутренняя ошибка", 503: "База данных занята",
}  # fmt: skip
_ALWAYS = (400, 403, 421, 422, 500, 503)


def contract(routes: Sequence[Route]) -> dict[str, Any]:
    """Return the whole document."""
    types = list(dict.fromkeys(_types(routes)))
    schemas, components = msgspec.json.schema_components(types, ref_template=_REF)
    known = dict(zip(types, schemas, strict=True))
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, known)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Komitent", "version": VERSION, "license": {"name": "MIT", "identifier": "MIT"}},
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {"schemas": components, "securitySchemes": _security_schemes()},
    }


def _types(routes: Iterable[Route]) -> Iterable[Any]:
    yield shapes.ProblemJson
    for route in routes:
        kinds = (route.answer, route.body, route.form, *route.answers.values())
        yield from (kind for kind in kinds if kind is not None)


def _operation(route: Route, known: Mapping[Any, Any]) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": route.handler.__name__,
        "summary": route.summary,
        "tags": [route.handler.__module__.rsplit(".", 1)[-1]],
        "parameters": _parameters(route),
        "responses": _responses(route, known),
    }
    if route.right is not None:
        operation["security"] = [{"token": []}, {"basic": []}]
        operation["x-roles"] = sorted(PERMISSIONS[route.right])
    body = _body(route, known)
    return operation | {"requestBody": body} if body else operation


def _parameters(route: Route) -> list[dict[str, Any]]:
    in_path = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in re.findall(r"\{(\w+)\}", route.path)
    ]
    in_query = [
        {"name": query.name, "in": "query", "description": query.summary, "schema": _query_schema(query)}
        for query in route.query
    ]
    key = {"name": HEADER, "in": "header", "schema": {"type": "string", "minLength": 1, "maxLength": 128}}
    return [*in_path, *in_query, *([key] if route.method == "POST" else [])]


def _query_schema(query: Query) -> dict[str, Any]:
    return {"type": query.kind, "enum": list(query.words)} if query.words else {"type": query.kind}


def _body(route: Route, known: Mapping[Any, Any]) -> dict[str, Any] | None:
    if route.form is not None:
        return {"required": True, "content": {"multipart/form-data": {"schema": known[route.form]}}}
    if route.body is not None:
        return {"required": True, "content": {"application/json": {"schema": known[route.body]}}}
    return None


def _responses(route: Route, known: Mapping[Any, Any]) -> dict[str, Any]:
    answers = {route.status: route.answer, **route.answers}
    found = {
        str(status): {
            "description": _MEANINGS[status],
            "content": {route.media if status == route.status else "application/json": {"schema": known[kind]}},
        }
        for status, kind in answers.items()
    }
    unauthorized = (401,) if route.right is not None else ()
    reused = (409,) if route.method == "POST" else ()
    for status in sorted({*_ALWAYS, *unauthorized, *reused, *route.problems}):
        content = {CONTENT_TYPE: {"schema": known[shapes.ProblemJson]}}
        found[str(status)] = {"description": _MEANINGS[status], "content": content}
    return found


def _security_schemes() -> dict[str, Any]:
    return {"token": {"type": "http", "scheme": "bearer"}, "basic": {"type": "http", "scheme": "basic"}}
