"""What handlers find in the application and the request, by typed keys.

``Queue`` is the port to the background jobs: handlers put work in and look at it, and know nothing of who does it.
"""

from typing import Any, Protocol

from aiohttp import web

from bridge.db.access import Caller
from bridge.db.jobs import Job
from bridge.db.session import Database
from bridge.ports import Sources
from bridge.settings import Settings


class Queue(Protocol):
    """Background work, seen from a handler."""

    async def add(self, kind: str, request: dict[str, Any]) -> str:
        """Put work in the queue and wake whoever does it; returns the id of the job."""

    async def look(self, uid: str) -> Job | None:
        """Look at a job."""

    async def wait(self, uid: str, seconds: float) -> Job:
        """Wait for a job to finish, at most so long; returns it as it is then."""


SETTINGS = web.AppKey("SETTINGS", Settings)
DATABASE = web.AppKey("DATABASE", Database)
QUEUE: web.AppKey[Queue] = web.AppKey("QUEUE", Queue)
SOURCES: web.AppKey[Sources] = web.AppKey("SOURCES")
OPENAPI: web.AppKey[bytes] = web.AppKey("OPENAPI", bytes)

CALLER = web.RequestKey("CALLER", Caller)
