"""The service about itself: is it alive, and what is its contract."""

from typing import Any

from aiohttp import web
from sqlalchemy import Connection

from bridge import VERSION
from bridge.api import shapes
from bridge.api.bodies import encode, json_response
from bridge.api.keys import DATABASE, OPENAPI
from bridge.api.routing import Route


async def health(request: web.Request) -> web.Response:
    """Say that the service answers and reaches its database."""
    database = request.app[DATABASE]
    await database.reading(_touch)
    return json_response(encode(shapes.Health(version=VERSION, database=database.dialect)))


async def openapi(request: web.Request) -> web.Response:
    """Show the contract."""
    return json_response(request.app[OPENAPI])


def _touch(connection: Connection) -> None:
    connection.exec_driver_sql("SELECT 1")


ROUTES = [
    Route(method="GET", path="/health", handler=health, right=None, summary="Жив ли сервис", answer=shapes.Health),
    Route(
        method="GET", path="/api/v1/openapi.json", handler=openapi, right="read_contract",
        summary="Описание OpenAPI 3.1", answer=dict[str, Any],
    ),
]  # fmt: skip
