"""The application: everything wired once. Routes in lists, typed keys, start and stop in one generator."""

import asyncio
from collections.abc import AsyncIterator

from aiohttp import web

from bridge.api import (
    audit,
    calendar,
    catalogue,
    closing,
    documents,
    fetches,
    jobs,
    journal,
    lists,
    mappings,
    reports,
    returns,
    service,
    tie_out,
    treatments,
    uploads,
    workbooks,
)
from bridge.api.bodies import JSON_LIMIT, encode
from bridge.api.guard import middlewares
from bridge.api.keys import DATABASE, OPENAPI, QUEUE, SETTINGS, SOURCES
from bridge.api.openapi import contract
from bridge.api.routing import Route, register
from bridge.channels.wildberries import Wildberries
from bridge.db import access
from bridge.db.session import Database
from bridge.jobs import Runner, recover, tasks
from bridge.ports import Sources
from bridge.settings import Settings

RUNNER = web.AppKey("RUNNER", Runner)

REPORT_SOURCES: Sources = {"wildberries": Wildberries()}  # where reports can be fetched, by channel

ROUTES: list[Route] = [
    *service.ROUTES,
    *catalogue.ROUTES,
    *closing.ROUTES,
    *lists.ROUTES,
    *workbooks.ROUTES,  # before the tables, whose address would take .xlsx for a part of the kind
    *mappings.ROUTES,
    *uploads.ROUTES,
    *fetches.ROUTES,
    *reports.ROUTES,
    *treatments.ROUTES,
    *returns.ROUTES,
    *documents.ROUTES,
    *tie_out.ROUTES,
    *journal.ROUTES,
    *calendar.ROUTES,
    *audit.ROUTES,
    *jobs.ROUTES,
]


def make_app(settings: Settings, database: Database, sources: Sources = REPORT_SOURCES) -> web.Application:
    """Build the application over a migrated database; it works jobs off while it runs."""
    app = web.Application(middlewares=middlewares(settings), client_max_size=JSON_LIMIT)
    app[SETTINGS] = settings
    app[DATABASE] = database
    app[SOURCES] = sources
    app[OPENAPI] = encode(contract(ROUTES))
    register(app, ROUTES)
    app.cleanup_ctx.append(_work)
    app.on_shutdown.append(_halt)
    return app


async def _work(app: web.Application) -> AsyncIterator[None]:
    """Clear up after whatever ended before, then do jobs until the application stops."""
    database = app[DATABASE]
    await asyncio.to_thread(recover, database, app[SETTINGS])
    await database.writing(access.sweep_answers, running=database.dialect == "sqlite")
    runner = Runner(database, tasks(database, app[SETTINGS], app[SOURCES]), app[SETTINGS].incoming)
    app[QUEUE] = app[RUNNER] = runner
    async with runner.running():
        yield


async def _halt(app: web.Application) -> None:
    """Tell running imports and waiting requests first: they need the time more than anybody."""
    app[RUNNER].halt()
