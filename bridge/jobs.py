"""Background jobs: a queue of one table, and a runner that works it off, two jobs at a time.

A job is only a trigger: its flow is idempotent and commits its effect by itself. A job whose process died is claimed
again when its lease has run out. Flows run in threads of an executor of their own, so that long imports never take the
threads that answer requests; progress is noted in memory and written by the loop, never from inside a transaction of
the flow.
"""

import asyncio
import logging
import shutil
import threading
from collections.abc import AsyncIterator, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from secrets import token_hex
from time import time
from typing import Any, ParamSpec, TypeVar

import msgspec
from sqlalchemy.exc import OperationalError

from bridge.db import jobs as queries
from bridge.db.jobs import MAX_TRIES, Job
from bridge.db.session import Database
from bridge.errors import Failure
from bridge.flows.fetch_reports import Order, fetch_reports
from bridge.flows.import_report import Upload, import_report
from bridge.ports import Progress, Sources
from bridge.problem_json import problem_json, unexpected_problem
from bridge.settings import Settings
from reports.problems import Refused

P = ParamSpec("P")
R = TypeVar("R")
# What does the work of one kind: request, progress, stop -> result. Raises Failure or Refused for an expected end.
Task = Callable[[dict[str, Any], Progress, threading.Event], dict[str, Any]]

log = logging.getLogger("komitent.jobs")

_LOOK_SECONDS = 1.0  # how often to look for work that another process put in
_RENEW_SECONDS = 0.5  # how often progress is written; the lease is renewed with it
_STOP_SECONDS = 5.0  # how long a running job may take to notice that the bridge stops
_BUSY_PAUSE = timedelta(seconds=5)
_ORPHAN_SECONDS = 24 * 3600


def tasks(database: Database, settings: Settings, sources: Sources) -> dict[str, Task]:
    """Return what does the work, by the kind of job."""
    return {
        "import_report": partial(_import_report, database, settings),
        "fetch_reports": partial(_fetch_reports, database, settings, sources),
    }


def _import_report(
    database: Database, settings: Settings, request: dict[str, Any], progress: Progress, stop: threading.Event
) -> dict[str, Any]:
    # the folder may lie elsewhere on the machine that works: a job names only the file in it
    upload = msgspec.convert({**request["upload"], "path": str(settings.incoming / request["file"])}, Upload)
    imported = import_report(database, settings, request["account"], upload, request["who"], progress, stop)
    result: dict[str, Any] = msgspec.to_builtins(imported)
    return result | {"already": imported.outcome == "already"}


def _fetch_reports(
    database: Database, settings: Settings, sources: Sources, request: dict[str, Any], progress: Progress,
    stop: threading.Event,
) -> dict[str, Any]:  # fmt: skip
    order = msgspec.convert(request["order"], Order)
    fetched = fetch_reports(database, settings, sources, order, request["who"], date.today(), progress, stop)
    result: dict[str, Any] = msgspec.to_builtins(fetched)
    return result


class _Running:
    """A job in hand: its progress as last told by the flow."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.done = 0
        self.total: int | None = None

    def progress(self, done: int, total: int | None) -> None:
        """Note how far the work is; called by the flow, from its thread."""
        self.done, self.total = done, total


class Runner:
    """Puts jobs in, works them off, and tells when one has finished."""

    def __init__(self, database: Database, tasks: Mapping[str, Task], incoming: Path, concurrency: int = 2) -> None:
        self.database = database
        self.tasks = tasks
        self.incoming = incoming
        self.concurrency = concurrency
        self.stop = threading.Event()
        self.abandoned = 0
        self._executor = ThreadPoolExecutor(2 * concurrency + 1, thread_name_prefix="job")
        self._running: dict[str, _Running] = {}
        self._wake = asyncio.Event()
        self._finished = asyncio.Event()

    # --- the queue, as handlers see it ---

    async def add(self, kind: str, request: dict[str, Any]) -> str:
        """Put a job in the queue and wake the loop; returns its id."""
        uid = await self.database.writing(queries.add, kind, request)
        self._wake.set()
        return uid

    async def look(self, uid: str) -> Job | None:
        """Look at a job; of one that runs here the progress is what the flow told last."""
        job = await self.database.reading(queries.find, uid)
        here = self._running.get(uid)
        if job is None or here is None or job.finished:
            return job
        return msgspec.structs.replace(job, done=here.done, total=here.total)

    async def wait(self, uid: str, seconds: float) -> Job:
        """Wait for a job to finish, at most so long and not beyond the stop; returns it as it is then."""
        deadline = asyncio.get_running_loop().time() + seconds
        while True:
            finished = self._finished
            job = await self.look(uid)
            assert job is not None, "jobs are never deleted"
            left = deadline - asyncio.get_running_loop().time()
            if job.finished or left <= 0 or self.stop.is_set():
                return job
            with suppress(TimeoutError):
                await asyncio.wait_for(finished.wait(), min(left, _LOOK_SECONDS))

    # --- the loop ---

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Work jobs off while inside; on the way out stop what runs, within a few seconds."""
        workers = [asyncio.create_task(self._work()) for _ in range(self.concurrency)]
        try:
            yield
        finally:
            self.halt()
            await asyncio.gather(*workers, return_exceptions=True)
            self._executor.shutdown(wait=not self.abandoned, cancel_futures=True)

    def halt(self) -> None:
        """Begin to stop: running flows are told, waiting requests are answered, nothing new is taken."""
        self.stop.set()
        self._wake.set()
        self._tell_finished()

    async def _work(self) -> None:
        while not self.stop.is_set():
            try:
                job = await self._claim()
            except OperationalError:
                log.warning("The queue cannot be read just now", exc_info=True)
                job = None
            if job is not None:
                await self._do(job)
            elif not self.stop.is_set():
                await self._rest()

    async def _rest(self) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._wake.wait(), _LOOK_SECONDS)
        if not self.stop.is_set():
            self._wake.clear()

    async def _claim(self) -> Job | None:
        return await self._threaded(self._claim_now)

    def _claim_now(self) -> Job | None:
        held = list(self._running)
        with self.database.read() as connection:
            if not queries.anything_waits(connection, held):
                return None
        with self.database.write() as connection:
            job = queries.claim(connection, held)
        if job is not None:
            self._running[job.uid] = _Running(job)
        return job

    async def _do(self, job: Job) -> None:
        """Run one job to an end, whichever."""
        here = self._running[job.uid]
        renewing = asyncio.create_task(self._renew(here))
        try:
            if job.tries > MAX_TRIES:
                await self._settle(queries.fail, job, _gave_up())
            else:
                await self._run(here)
        except OperationalError:
            log.warning("Job %s could not be settled; its lease will run out", job.uid, exc_info=True)
        finally:
            renewing.cancel()
            self._running.pop(job.uid, None)
            self._tell_finished()

    async def _run(self, here: _Running) -> None:
        job = here.job
        try:
            result = await self._outcome(here)
        except (Failure, Refused) as error:
            await self._settle(queries.fail, job, problem_json(error))
        except Exception as error:
            if self.stop.is_set():
                log.info("Job %s is left for the next start", job.uid)
                await self._threaded(self._write, queries.release, job)
            elif isinstance(error, OperationalError):
                log.warning("Job %s will be tried again", job.uid, exc_info=True)
                await self._threaded(self._write, queries.release, job, _BUSY_PAUSE)
            else:
                log_id = token_hex(6)
                log.exception("Error %s in job %s (%s)", log_id, job.uid, job.kind)
                await self._settle(queries.fail, job, unexpected_problem(log_id))
        else:
            await self._settle(queries.finish, job, result, here.done, here.total)

    async def _outcome(self, here: _Running) -> dict[str, Any]:
        """Run the flow; raises TimeoutError when it does not notice the stop in time."""
        task = self.tasks[here.job.kind]
        loop = asyncio.get_running_loop()
        work = loop.run_in_executor(self._executor, task, here.job.request, here.progress, self.stop)
        late = 0.0
        while late < _STOP_SECONDS:
            done, _ = await asyncio.wait({work}, timeout=_RENEW_SECONDS)
            if done:
                return work.result()
            late += _RENEW_SECONDS if self.stop.is_set() else 0
        self.abandoned += 1
        raise TimeoutError

    async def _settle(self, write: Callable[..., object], job: Job, *values: object) -> None:
        """Write the end of a job and let its file go: whoever needs it kept has copied it."""
        await self._threaded(self._write, write, job, *values)
        if name := job.request.get("file"):
            await self._threaded((self.incoming / name).unlink, missing_ok=True)

    async def _renew(self, here: _Running) -> None:
        """Write the progress and renew the lease while the job runs."""
        while True:
            await asyncio.sleep(_RENEW_SECONDS)
            with suppress(OperationalError):  # a busy database: the next round writes it
                await self._threaded(self._write, queries.renew, here.job, here.done, here.total)

    def _write(self, query: Callable[..., object], *values: object) -> None:
        with self.database.write() as connection:
            query(connection, *values)

    async def _threaded(self, call: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._executor, partial(call, *args, **kwargs))

    def _tell_finished(self) -> None:
        self._finished.set()
        self._finished = asyncio.Event()


def recover(database: Database, settings: Settings) -> None:
    """Before work begins: give back what a dead process held, and clear away files that no job waits for.

    Only a SQLite installation has exactly one process, which knows that whatever was running is not.
    """
    with database.write() as connection:
        if database.dialect == "sqlite":
            queries.release_all(connection)
        needed = {request.get("file") for request in queries.unfinished_requests(connection)}
    if not settings.incoming.is_dir():
        return
    for path in settings.incoming.iterdir():
        if path.name in needed or path.stat().st_mtime > time() - _ORPHAN_SECONDS:
            continue
        if path.is_dir():  # what a fetch that was killed had written
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def _gave_up() -> dict[str, Any]:
    detail = f"Задание прерывалось {MAX_TRIES} раз и больше не повторяется. Загрузите файл ещё раз"
    return problem_json(GaveUp(detail))


class GaveUp(Failure):
    """The process died again and again while it did this job."""

    status = 500
    code = "job_gave_up"
    title = "Задание не выполнено"
