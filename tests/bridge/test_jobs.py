"""Jobs: claimed once, renewed while they run, run again after a crash, given up after too many."""

import asyncio
import os
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from bridge import jobs as module
from bridge.db import jobs as queries
from bridge.db.jobs import Job
from bridge.db.session import Database
from bridge.db.tables import jobs
from bridge.errors import NotFound
from bridge.jobs import Runner, recover
from bridge.ports import Progress
from bridge.settings import Settings
from reports.problems import Problem, Refused

Work = Callable[[dict[str, Any], Progress, threading.Event], dict[str, Any]]


@asynccontextmanager
async def runner(database: Database, work: Work, incoming: Path | None = None) -> AsyncIterator[Runner]:
    made = Runner(database, {"test": work}, incoming or Path("no-such-folder"))
    async with made.running():
        yield made


def echo(request: dict[str, Any], _progress: Progress, _stop: threading.Event) -> dict[str, Any]:
    return {"said": request["say"]}


def add(database: Database, **request: Any) -> str:
    with database.write() as connection:
        return queries.add(connection, "test", request)


def claim(database: Database) -> Job | None:
    with database.write() as connection:
        return queries.claim(connection, [])


def find(database: Database, uid: str) -> Job:
    with database.read() as connection:
        found = queries.find(connection, uid)
    assert found is not None
    return found


def expire(database: Database) -> None:
    """Let every lease run out."""
    with database.write() as connection:
        connection.execute(jobs.update().values(lease_until=datetime.now(UTC) - timedelta(seconds=1)))


# --- the queue --------------------------------------------------------------------------------------------------------


def test_a_job_is_claimed_once_and_in_order(database: Database) -> None:
    uids = [add(database, say=number) for number in (1, 2)]
    claimed = [claim(database), claim(database), claim(database)]
    assert [job and job.uid for job in claimed] == [*uids, None]
    assert find(database, uids[0]).state == "running"


def test_two_claimers_at_once_get_different_jobs(database: Database) -> None:
    uids = {add(database, say=number) for number in range(8)}
    found: list[str] = []

    def work() -> None:
        while job := claim(database):
            found.append(job.uid)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == sorted(uids)


def test_a_lost_lease_is_taken_over_and_the_old_holder_is_not_heard(database: Database) -> None:
    uid = add(database, say="x")
    first = claim(database)
    expire(database)
    second = claim(database)
    assert first is not None and second is not None
    assert (first.tries, second.tries) == (1, 2)
    with database.write() as connection:
        assert not queries.renew(connection, first, 1, None)
        queries.finish(connection, first, {"by": "first"}, 1, None)
        assert queries.renew(connection, second, 5, 10)
    assert (find(database, uid).state, find(database, uid).done, find(database, uid).total) == ("running", 5, 10)
    with database.write() as connection:
        queries.finish(connection, second, {"by": "second"}, 10, 10)
    assert find(database, uid).result == {"by": "second"}
    assert claim(database) is None


def test_a_released_job_waits_for_its_pause(database: Database) -> None:
    add(database, say="x")
    job = claim(database)
    assert job is not None
    with database.write() as connection:
        queries.release(connection, job, timedelta(hours=1))
    assert claim(database) is None
    with database.read() as connection:
        assert not queries.anything_waits(connection, [])
    expire(database)
    assert claim(database) is not None


# --- the runner -------------------------------------------------------------------------------------------------------


async def test_work_is_done_and_told(database: Database) -> None:
    async with runner(database, echo) as made:
        jobs_done = [await made.wait(await made.add("test", {"say": number}), 10) for number in range(3)]
    assert [(job.state, job.result) for job in jobs_done] == [("done", {"said": number}) for number in range(3)]


async def test_what_waited_before_the_start_is_done(database: Database) -> None:
    uid = add(database, say="early")
    async with runner(database, echo) as made:
        assert (await made.wait(uid, 10)).state == "done"


async def test_two_jobs_run_at_a_time(database: Database) -> None:
    together = threading.Barrier(2)

    def meet(_request: dict[str, Any], _progress: Progress, _stop: threading.Event) -> dict[str, Any]:
        together.wait(10)
        return {}

    async with runner(database, meet) as made:
        first, second = [await made.add("test", {}) for _ in range(2)]
        assert (await made.wait(first, 10)).state == (await made.wait(second, 10)).state == "done"


async def test_waiting_ends_when_the_time_is_over(database: Database) -> None:
    gate = threading.Event()

    def wait(_request: dict[str, Any], progress: Progress, _stop: threading.Event) -> dict[str, Any]:
        progress(7, 9)
        gate.wait(10)
        return {}

    async with runner(database, wait) as made:
        uid = await made.add("test", {})
        job = await made.wait(uid, 0.3)
        assert (job.state, job.done, job.total) == ("running", 7, 9)
        await asyncio.sleep(2 * module._RENEW_SECONDS)
        assert find(database, uid).done == 7
        gate.set()
        assert (await made.wait(uid, 10)).state == "done"


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (NotFound("нет"), 404, "not_found"),
        (Refused(Problem(code="file_type", message="m")), 415, "file_type"),
        (RuntimeError("secret"), 500, "internal"),
    ],
)
async def test_an_expected_end_is_told_and_the_unexpected_is_bland(
    database: Database, error: Exception, status: int, code: str
) -> None:
    def fail(_request: dict[str, Any], _progress: Progress, _stop: threading.Event) -> dict[str, Any]:
        raise error

    async with runner(database, fail) as made:
        job = await made.wait(await made.add("test", {}), 10)
    assert job.problem is not None
    assert (job.state, job.problem["status"], job.problem["code"]) == ("failed", status, code)
    assert "secret" not in str(job.problem)


async def test_a_busy_database_is_tried_again(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_BUSY_PAUSE", timedelta(0))
    runs: list[int] = []

    def busy(_request: dict[str, Any], _progress: Progress, _stop: threading.Event) -> dict[str, Any]:
        runs.append(1)
        if len(runs) < 3:
            raise OperationalError("x", {}, Exception("database is locked"))
        return {}

    async with runner(database, busy) as made:
        assert (await made.wait(await made.add("test", {}), 10)).state == "done"
    assert len(runs) == 3


async def test_a_job_that_kills_its_process_is_given_up(database: Database) -> None:
    uid = add(database, say="poison")
    for _ in range(queries.MAX_TRIES):
        assert claim(database) is not None
        expire(database)
    async with runner(database, echo) as made:
        job = await made.wait(uid, 10)
    assert job.problem is not None
    assert (job.state, job.problem["code"]) == ("failed", "job_gave_up")


async def test_a_stop_releases_what_runs(database: Database) -> None:
    """The flow notices the stop and ends; the next start does the job."""
    entered = threading.Event()

    def until_stopped(_request: dict[str, Any], _progress: Progress, stop: threading.Event) -> dict[str, Any]:
        entered.set()
        stop.wait(30)
        raise RuntimeError("stopped half way")

    begun = time.monotonic()
    async with runner(database, until_stopped) as made:
        uid = await made.add("test", {"say": "again"})
        await asyncio.to_thread(entered.wait, 10)
    assert time.monotonic() - begun < 4
    assert find(database, uid).state == "queued"
    async with runner(database, echo) as made:
        assert (await made.wait(uid, 10)).result == {"said": "again"}


async def test_a_flow_that_does_not_notice_the_stop_is_left_behind(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_STOP_SECONDS", 0.5)
    entered, gate = threading.Event(), threading.Event()

    def deaf(_request: dict[str, Any], _progress: Progress, _stop: threading.Event) -> dict[str, Any]:
        entered.set()
        gate.wait(30)
        return {"said": "too late"}

    async with runner(database, deaf) as made:
        uid = await made.add("test", {})
        await asyncio.to_thread(entered.wait, 10)
    assert (made.abandoned, find(database, uid).state) == (1, "queued")
    gate.set()


async def test_waiting_ends_when_the_bridge_stops(database: Database) -> None:
    def until_stopped(_request: dict[str, Any], _progress: Progress, stop: threading.Event) -> dict[str, Any]:
        stop.wait(30)
        raise RuntimeError

    async with runner(database, until_stopped) as made:
        waiting = asyncio.create_task(made.wait(await made.add("test", {}), 60))
        await asyncio.sleep(0.2)
        made.halt()
        async with asyncio.timeout(3):
            assert not (await waiting).finished


async def test_the_file_of_a_finished_job_goes(database: Database, tmp_path: Path) -> None:
    path = tmp_path / "x.upload"
    path.touch()
    async with runner(database, echo, tmp_path) as made:
        await made.wait(await made.add("test", {"say": "", "file": path.name}), 10)
    assert not path.exists()


def test_recovery_gives_back_jobs_and_clears_old_files(sqlite_database: Database, settings: Settings) -> None:
    settings.incoming.mkdir()
    needed, old, fresh = (settings.incoming / name for name in ("needed", "old", "fresh"))
    for path in (needed, old, fresh):
        path.touch()
    folder = settings.incoming / "fetch-killed"
    folder.mkdir()
    (folder / "half.json").touch()
    for path in (needed, old, folder):
        os.utime(path, (0, 0))
    uid = add(sqlite_database, file=needed.name)
    claim(sqlite_database)
    recover(sqlite_database, settings)
    assert find(sqlite_database, uid).state == "queued"
    assert {path.name for path in settings.incoming.iterdir()} == {"needed", "fresh"}
