"""The commands that stay: ``serve`` and ``worker``. Both end in good order within ten seconds of being asked to."""

import asyncio
import logging
import os
import signal
import threading

from aiohttp import web

from bridge.app import REPORT_SOURCES, make_app
from bridge.cli.opening import Exit, alone, opened
from bridge.db.session import Database
from bridge.jobs import Runner, tasks
from bridge.settings import Settings

_SHUTDOWN_SECONDS = 3.0  # for requests under way
_LAST_RESORT_SECONDS = 9.0


def serve(settings: Settings) -> int:
    """Serve until told to stop. Raises Exit when the data folder, the database or the address cannot be had."""
    _log_to_stderr()
    logging.getLogger("filelock").setLevel(logging.WARNING)
    with alone(settings), opened(settings, bring_up=True) as database:
        asyncio.run(_serve(settings, database))
    return 0


def work(settings: Settings) -> int:
    """Do jobs until told to stop. Raises Exit when the database cannot be had."""
    _log_to_stderr()
    with opened(settings) as database:
        asyncio.run(_work(settings, database))
    return 0


async def _serve(settings: Settings, database: Database) -> None:
    stop = _stop_event()
    runner = web.AppRunner(make_app(settings, database), access_log=None, shutdown_timeout=_SHUTDOWN_SECONDS)
    try:
        await runner.setup()
        await web.TCPSite(runner, settings.host, settings.port).start()
        print(f"Komitent слушает {_address(settings.host, runner.addresses[0][1])}", flush=True)
        await stop.wait()
        _leave_at_last()
    except OSError as error:
        raise Exit(f"Адрес {settings.host}:{settings.port} занят или недоступен: {error.strerror}") from error
    finally:
        await runner.cleanup()


async def _work(settings: Settings, database: Database) -> None:
    stop = _stop_event()
    work = tasks(database, settings, REPORT_SOURCES)
    async with Runner(database, work, settings.incoming).running():
        print("Komitent выполняет задания", flush=True)
        await stop.wait()
        _leave_at_last()


def _address(host: str, port: int) -> str:
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _stop_event() -> asyncio.Event:
    """Return an event that the signals to stop set: SIGTERM and Ctrl+C, on Windows Ctrl+Break too."""
    loop, stop = asyncio.get_running_loop(), asyncio.Event()

    def ask(*_: object) -> None:
        loop.call_soon_threadsafe(stop.set)

    for name in ("SIGINT", "SIGTERM", "SIGBREAK"):
        number = getattr(signal, name, None)
        if number is None:
            continue
        try:
            loop.add_signal_handler(number, stop.set)
        except NotImplementedError:  # the event loop of Windows has none
            signal.signal(number, ask)
    return stop


def _leave_at_last() -> None:
    """Leave even when a thread does not end: everything is built to survive worse than this."""
    timer = threading.Timer(_LAST_RESORT_SECONDS, os._exit, (0,))
    timer.daemon = True
    timer.start()


def _log_to_stderr() -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("alembic").setLevel(logging.WARNING)
