"""Queries of the queue: one table, the same on SQLite and PostgreSQL.

A job is only a trigger. Whoever claims it holds a lease and renews it; when the lease runs out (the process died) the
job is claimed again. ``tries`` grows with every claim and names the holder, so that a holder who lost its lease cannot
overwrite what the next one says.
"""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from uuid import uuid4

import msgspec
from sqlalchemy import ColumnElement, Connection, and_, or_, select, update

from bridge.db.tables import jobs

LEASE = timedelta(seconds=60)
MAX_TRIES = 5

State = Literal["queued", "running", "done", "failed"]


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """One job as stored. ``tries`` is also the mark of the holder."""

    uid: str
    kind: str
    request: dict[str, Any]
    state: State
    done: int
    total: int | None
    result: dict[str, Any] | None
    problem: dict[str, Any] | None
    tries: int

    @property
    def finished(self) -> bool:
        """True when nothing more will happen to it."""
        return self.state in {"done", "failed"}


def add(connection: Connection, kind: str, request: dict[str, Any]) -> str:
    """Put a job in the queue; returns its id."""
    uid = str(uuid4())
    values = {"uid": uid, "kind": kind, "request": request, "state": "queued", "done": 0, "tries": 0}
    connection.execute(jobs.insert().values(**values, created_at=datetime.now(UTC)))
    return uid


def find(connection: Connection, uid: str) -> Job | None:
    """Look at a job."""
    row = connection.execute(select(jobs).where(jobs.c.uid == uid)).first()
    return _job(row) if row else None


def anything_waits(connection: Connection, held: Collection[str]) -> bool:
    """True when a job could be claimed; a look that takes no lock."""
    return connection.execute(select(jobs.c.id).where(_claimable(held)).limit(1)).first() is not None


def claim(connection: Connection, held: Collection[str]) -> Job | None:
    """Take the oldest waiting job, or one whose holder died. ``held`` are the caller's own: never taken twice."""
    query = select(jobs).where(_claimable(held)).order_by(jobs.c.id).limit(1).with_for_update(skip_locked=True)
    row = connection.execute(query).first()
    if row is None:
        return None
    lease = {"state": "running", "tries": row.tries + 1, "lease_until": datetime.now(UTC) + LEASE}
    connection.execute(update(jobs).where(jobs.c.id == row.id).values(lease))
    return msgspec.structs.replace(_job(row), state="running", tries=row.tries + 1)


def renew(connection: Connection, job: Job, done: int, total: int | None) -> bool:
    """Renew the lease and write the progress. False: the lease was lost to another holder."""
    values = {"lease_until": datetime.now(UTC) + LEASE, "done": done, "total": total}
    return connection.execute(update(jobs).where(_held(job)).values(values)).rowcount == 1


def finish(connection: Connection, job: Job, result: dict[str, Any], done: int, total: int | None) -> None:
    """Write what came of it."""
    values = {"state": "done", "result": result, "lease_until": None, "done": done, "total": total}
    connection.execute(update(jobs).where(_held(job)).values(values))


def fail(connection: Connection, job: Job, problem: dict[str, Any]) -> None:
    """Write why it cannot be done."""
    connection.execute(update(jobs).where(_held(job)).values(state="failed", problem=problem, lease_until=None))


def release(connection: Connection, job: Job, pause: timedelta = timedelta(0)) -> None:
    """Give the job back to the queue, to be claimed after the pause."""
    values = {"state": "queued", "lease_until": datetime.now(UTC) + pause, "done": 0}
    connection.execute(update(jobs).where(_held(job)).values(values))


def release_all(connection: Connection) -> None:
    """Give back every running job: for the one process of a SQLite installation, when it starts."""
    connection.execute(update(jobs).where(jobs.c.state == "running").values(state="queued", lease_until=None))


def unfinished_requests(connection: Connection) -> list[dict[str, Any]]:
    """The requests of jobs that are still to be done, to know which incoming files are needed."""
    return list(connection.execute(select(jobs.c.request).where(jobs.c.state.in_(("queued", "running")))).scalars())


def _claimable(held: Collection[str]) -> ColumnElement[bool]:
    ready = or_(jobs.c.lease_until.is_(None), jobs.c.lease_until < datetime.now(UTC))
    return and_(jobs.c.state.in_(("queued", "running")), ready, jobs.c.uid.not_in(list(held)))


def _held(job: Job) -> ColumnElement[bool]:
    return and_(jobs.c.uid == job.uid, jobs.c.state == "running", jobs.c.tries == job.tries)


def _job(row: Any) -> Job:
    return Job(**{name: getattr(row, name) for name in Job.__struct_fields__})
